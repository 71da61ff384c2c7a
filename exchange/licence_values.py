"""What is printed on a licence as values of the unit's fields: the code, the capital, the period (DOMAIN §2.1, §7.1)."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from models.validators import Invalid, check_person_name, check_unit_name, check_uscc, normalise
from models.validators.uscc import KNOWN_PREFIXES, organisation_check_char

FOR_EVER: Final = "长期"
_LOOKALIKES: Final = str.maketrans("OIZS", "0125")  # letters that no code has, for the digits they are taken for
_CODE: Final = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])")
_DAY: Final = re.compile(r"([12][0-9]{3})[年./-]([01]?[0-9])[月./-]([0-3]?[0-9])日?")
_FIGURES: Final = re.compile(r"([0-9][0-9,，]*(?:\.[0-9]+)?)(亿|万)?")
_WORDS: Final = re.compile("[零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖两十拾百佰千仟万亿]+")
_FOREIGN: Final = re.compile("美元|欧元|港元|港币|日元|英镑|澳元|新台币|卢布|法郎|USD|EUR|HKD|JPY|GBP", re.IGNORECASE)
_UNIT: Final = re.compile("[元圆万亿]")
_DIGITS: Final = {word: value for value, words in enumerate(("零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
                  for word in words}  # fmt: skip
_TENS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_HAN: Final = re.compile("[㐀-鿿]")
_NOT_A_NAME: Final = re.compile("[^㐀-鿿·A-Za-z .'-]")
_MOST_CAPITAL: Final = Decimal(10) ** 12


def codes_in(text: str, *, mended: bool) -> set[str]:
    """Return the credit codes in a text whose check characters hold; ``mended``: letters no code has count as digits."""
    found = set()
    for token in _CODE.findall(text.upper()):
        code = token.translate(_LOOKALIKES) if mended else token
        try:
            check_uscc(code)
        except Invalid:
            continue
        whole = organisation_check_char(code[8:16]) == code[16]
        if code[:2] in KNOWN_PREFIXES and (whole or code == token):
            found.add(code)
    return found


def is_sure(code: str) -> bool:
    """Whether a code that stands without a label is one: both of its check characters hold."""
    return organisation_check_char(code[8:16]) == code[16] and code[0] in "159N"


def unit_name(text: str) -> str | None:
    """Return a unit's name as forms store it, brackets as licences print them; None for what is none."""
    try:
        name = check_unit_name(text.replace("(", "（").replace(")", "）"))
    except Invalid:
        return None
    return name if len(_HAN.findall(name)) >= 4 and len(_HAN.findall(name)) * 2 > len(name) else None


def person_name(text: str) -> str | None:
    """Return a person's name; None for what is none."""
    try:
        name = check_person_name(_NOT_A_NAME.split(text)[0])
    except Invalid:
        return None
    return name if 2 <= len(name) <= 50 else None


def address(text: str) -> str | None:
    """Return an address; None for what is none."""
    try:
        found = normalise(text, 200)
    except Invalid:
        return None
    return found if len(_HAN.findall(found)) >= 4 else None


def capital(text: str) -> Decimal | None:
    """Return a capital in 万元人民币, in figures or in words; None for another currency and for what is none."""
    if _FOREIGN.search(text) or not _UNIT.search(text):
        return None
    if figures := _FIGURES.search(text):
        amount = Decimal(re.sub("[,，]", "", figures[1]))
        wan = amount * {"亿": 10_000, "万": 1}[figures[2]] if figures[2] else amount / 10_000
    elif words := _WORDS.search(text):
        yuan = _number(words[0])
        wan = Decimal(yuan) / 10_000
    else:
        return None
    return wan.quantize(Decimal("0.0001")) if 0 < wan < _MOST_CAPITAL else None


def _number(words: str) -> int:
    """Read a number written in Chinese, small or capital: 壹仟贰佰万 is 12 000 000."""
    total, section, digit = 0, 0, 0
    for word in words:
        if word in _DIGITS:
            digit = _DIGITS[word]
        elif word in _TENS:
            section += (digit or 1) * _TENS[word]
            digit = 0
        else:
            section += digit
            digit = 0
            total = (total + section) * 10**8 if word == "亿" else total + section * 10**4
            section = 0
    return total + section + digit


def validity(text: str) -> tuple[str, date | None] | None:
    """Return a period as printed and its last day (None: without end); None where there is no period."""
    days = [found for one in _DAY.finditer(text) if (found := _day(one)) is not None]
    if FOR_EVER in text or "永久" in text:
        return FOR_EVER, None
    if not days:
        return None
    last = days[-1]
    if len(days) == 1 and not re.search("至|到|止", text):
        return None
    return "至".join(f"{day:%Y-%m-%d}" for day in days[-2:]), last


def _day(found: re.Match[str]) -> date | None:
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def all_codes(texts: Iterable[str], *, mended: bool) -> set[str]:
    """Return the codes of several texts."""
    return {code for text in texts for code in codes_in(text, mended=mended)}
