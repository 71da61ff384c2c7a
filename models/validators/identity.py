"""Numbers of the six identity papers (DOMAIN §2.3, §7.2, §7.3): GB 11643, ISO 7064 MOD 11-2, ICAO 9303."""

import re
from datetime import date

from models.validators.text import Invalid, clean_code

ID_TYPES = {
    "RESIDENT_ID": "居民身份证",
    "HK_MACAO_PERMIT": "港澳居民来往内地通行证",
    "TAIWAN_PERMIT": "台湾居民来往大陆通行证",
    "HMT_RESIDENCE": "港澳台居民居住证",
    "PASSPORT": "护照",
    "FOREIGN_PR": "外国人永久居留身份证",
}
OLDEST_AGE = 130
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARS = "10X98765432"
PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)

_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_OLD_FOREIGN_PR = re.compile(r"[A-Z]{3}[0-9]{12}")
_PERMITS = {
    "HK_MACAO_PERMIT": (re.compile(r"[HM](?:[0-9]{8}|[0-9]{10})"), "应为H或M加8位或10位数字，请对照证件核对"),
    "TAIWAN_PERMIT": (
        re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?"),
        "应为8位数字（旧证为10位数字，可加1位字母），请对照证件核对",
    ),
    "PASSPORT": (re.compile(r"[A-Z0-9]{5,15}"), "应为5至15位大写字母或数字，请按护照资料页填写"),
}


def check_char_18(first17: str) -> str:
    """Return the 18th character of a citizen-style number (ISO 7064 MOD 11-2) after its 17 digits."""
    return CHECK_CHARS[sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True)) % 11]


def mrz_check_digit(text: str) -> str:
    """Return the check digit of a machine-readable field: weights 7-3-1, A=10 … Z=35, filler < = 0 (ICAO 9303-3)."""
    return str(sum((0 if char == "<" else int(char, 36)) * (7, 3, 1)[i % 3] for i, char in enumerate(text)) % 10)


def check_identity(id_type: str, number: str, today: date) -> str:
    """Return the paper's number in its stored form; raise Invalid when the paper cannot carry such a number.

    ``today`` is the day against which a birth is in the future or more than 130 years ago.
    """
    if id_type not in ID_TYPES:
        raise Invalid(f"证件类型不在范围内，请从以下选择：{'、'.join(ID_TYPES.values())}")
    number, label = clean_code(number), ID_TYPES[id_type]
    if not number:
        raise Invalid(f"请填写{label}号码")
    if id_type in _PERMITS:
        return _check_permit(id_type, number)
    if id_type == "FOREIGN_PR" and len(number) == 15:
        return _check_old_foreign_pr(number)
    if not _EIGHTEEN.fullmatch(number):
        hint = "（外国人永久居留身份证旧证为3位字母加12位数字）" if id_type == "FOREIGN_PR" else ""
        raise Invalid(f"{label}号码应为17位数字加1位数字或X，请填写18位号码{hint}")
    _check_issuer(id_type, number)
    _check_birth(label, _date_of(number[6:14]), today)
    if check_char_18(number[:17]) != number[17]:
        raise Invalid(f"{label}号码校验未通过，可能有错位或错字，请对照证件逐位核对")
    return number


def facts_from_identity(id_type: str, number: str) -> tuple[date | None, str | None]:
    """Return the birth date and the sex ("M" or "F") that an 18-character number states; None for what it does not.

    The old 15-character residence card has a two-digit year and no sex, so it states neither.
    """
    number = clean_code(number)
    if id_type not in {"RESIDENT_ID", "HMT_RESIDENCE", "FOREIGN_PR"} or not _EIGHTEEN.fullmatch(number):
        return None, None
    return _date_of(number[6:14]), "M" if int(number[16]) % 2 else "F"


def identity_warnings(id_type: str, nationality: str) -> list[str]:
    """Return what a reviewer should look at; ``nationality`` is ISO 3166-1 alpha-3."""
    if id_type == "PASSPORT" and nationality == "CHN":
        return ["中国籍人员使用护照登记，请核对是否应改用居民身份证"]
    return []


def _check_permit(id_type: str, number: str) -> str:
    pattern, hint = _PERMITS[id_type]
    if id_type == "TAIWAN_PERMIT":
        number = number.replace("(", "").replace(")", "")  # the old paper prints its last letter in brackets
    if not pattern.fullmatch(number):
        raise Invalid(f"{ID_TYPES[id_type]}号码{hint}")
    return number


def _check_old_foreign_pr(number: str) -> str:
    """Check the form before 2023: country(3) region(4) birth(YYMMDD) serial(1) check(1)."""
    label = ID_TYPES["FOREIGN_PR"]
    if not _OLD_FOREIGN_PR.fullmatch(number):
        raise Invalid(f"{label}号码旧证应为3位字母加12位数字，新证应为18位，请对照证件核对")
    if number[3:5] not in PROVINCES:
        raise Invalid(f"{label}号码第4、5位“{number[3:5]}”不是省级代码，请对照证件核对")
    if not (_date_of("19" + number[7:13]) or _date_of("20" + number[7:13])):
        raise Invalid(f"{label}号码中的出生日期“{number[7:13]}”不存在，请对照证件核对")
    if mrz_check_digit(number[:14]) != number[14]:
        raise Invalid(f"{label}号码校验未通过，可能有错位或错字，请对照证件逐位核对")
    return number


def _check_issuer(id_type: str, number: str) -> None:
    label = ID_TYPES[id_type]
    if id_type == "HMT_RESIDENCE":
        if number[:6] not in {"810000", "820000", "830000"}:
            raise Invalid(f"{label}号码应以810000、820000或830000开头，请核对证件类型和号码")
        return
    if id_type == "FOREIGN_PR" and number[0] != "9":
        raise Invalid(f"{label}号码（18位）应以9开头，请核对证件类型和号码")
    start = 1 if id_type == "FOREIGN_PR" else 0
    if number[start : start + 2] not in PROVINCES:
        raise Invalid(f"{label}号码中的省级代码“{number[start : start + 2]}”不存在，请对照证件核对")


def _date_of(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _check_birth(label: str, birth: date | None, today: date) -> None:
    if birth is None:
        raise Invalid(f"{label}号码中的出生日期不存在，请对照证件核对第7至14位")
    if birth > today:
        raise Invalid(f"{label}号码中的出生日期{birth}晚于今天，请对照证件核对第7至14位")
    age = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    if age > OLDEST_AGE:
        raise Invalid(f"{label}号码中的出生日期{birth}距今超过{OLDEST_AGE}年，请对照证件核对第7至14位")
