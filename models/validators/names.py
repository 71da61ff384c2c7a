"""Names of persons and units, and badge numbers (DOMAIN §2.1, §2.3)."""

import re
import unicodedata

from models.validators.text import Invalid, clean_code, normalise, plain_hyphens

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_DOT = re.compile("[\u2022\u2027\u22c5\u2219\u30fb]")  # look-alikes of the middle dot in names such as 买买提·江
_STOP_IN_HAN = re.compile(f"(?<=[{_HAN}])\\.(?=[{_HAN}])")
_SPACE_IN_HAN = re.compile(f"(?<=[{_HAN}·])\\s+(?=[{_HAN}·])")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_HAN_CHAR = re.compile(f"[{_HAN}]")
_ENGLISH = re.compile(r"[A-Z][A-Z '-]*")
_CARD = re.compile(r"[A-Z0-9]{4,32}")
_APOSTROPHE = str.maketrans("\u2018\u2019\u02bc`", "''''")
_BRACKET = re.compile("([（）])")


def check_person_name(text: str) -> str:
    """Return a person's name of 1-50 letters of any script (rare Han too), with ``·`` as its one kind of dot.

    Spaces between Han characters are lay-out and go. Raises Invalid for digits, signs, and private-use characters,
    which another machine shows as a different character or none.
    """
    name = " ".join(normalise(text, 100).split())
    name = _SPACE_IN_HAN.sub("", _STOP_IN_HAN.sub("·", _DOT.sub("·", name))).translate(_APOSTROPHE)
    if not name:
        raise Invalid("请填写姓名")
    if len(name) > 50:
        raise Invalid(f"姓名过长（{len(name)}字），请控制在50字以内")
    if _PRIVATE.search(name):
        raise Invalid("姓名含有自造字，其他电脑无法显示，请用输入法的生僻字重新输入")
    if wrong := next((char for char in name if not (_is_letter(char) or _is_mark(char) or char in "· -'.")), None):
        raise Invalid(f"姓名含有“{wrong}”，只能填写文字、间隔号“·”、空格、连字符和撇号，请按证件填写")
    if not _is_letter(name[0]) or name[-1] in "· -":
        raise Invalid("姓名应以文字开头和结尾，请按证件填写")
    return name


def check_english_name(text: str) -> str:
    """Return a surname or given name as in the machine-readable zone: A-Z, space, hyphen, apostrophe, 50 at most."""
    name = " ".join(plain_hyphens(normalise(text, 100)).translate(_APOSTROPHE).upper().split())
    if not name:
        raise Invalid("请填写英文姓名")
    if len(name) > 50:
        raise Invalid(f"英文姓名过长（{len(name)}字），请控制在50字以内")
    if not _ENGLISH.fullmatch(name):
        raise Invalid(
            "英文姓名只能填写英文字母、空格、连字符和撇号并以字母开头，请按护照机读区填写（如MÜLLER填MUELLER）"
        )
    return name


def check_unit_name(text: str) -> str:
    """Return a unit's name of 2-100 characters; full-width brackets stay as the licence prints them."""
    if len(text) > 200:
        raise Invalid(f"单位名称过长（{len(text)}字），请控制在100字以内")
    name = "".join(part if part in "（）" else normalise(part) for part in _BRACKET.split(text))
    name = " ".join(name.split())
    if not name:
        raise Invalid("请填写单位名称")
    if not 2 <= len(name) <= 100:
        raise Invalid(f"单位名称应为2至100字，现为{len(name)}字，请按证照填写")
    if _PRIVATE.search(name):
        raise Invalid("单位名称含有自造字，其他电脑无法显示，请用输入法的生僻字重新输入")
    if not any(map(_is_letter, name)):
        raise Invalid("单位名称应含有文字，请按证照填写")
    return name


def check_card_no(text: str) -> str:
    """Return a badge number: 4-32 letters and digits (the fair publishes no format)."""
    number = clean_code(text)
    if not number:
        raise Invalid("请填写原证件号")
    if not _CARD.fullmatch(number):
        raise Invalid("证件号应为4至32位字母或数字，请按证件卡面填写")
    return number


def _is_letter(char: str) -> bool:
    return char.isalpha() or _HAN_CHAR.match(char) is not None  # Python's tables lack the newest Han


def _is_mark(char: str) -> bool:
    """Tell vowel signs, accents and variation selectors, which are part of a letter."""
    return unicodedata.category(char).startswith("M")
