"""Mobile and landline numbers, e-mail addresses, postcodes (DOMAIN §7.4)."""

import re

from models.validators.text import Invalid, clean_code, normalise, plain_hyphens

# Dialling code -> (prefix of the number as dialled at home, shape at home).
_HOME_SHAPES = {
    "86": ("", re.compile(r"1[3-9][0-9]{9}")),
    "852": ("", re.compile(r"[4-79][0-9]{7}")),
    "853": ("", re.compile(r"6[0-9]{7}")),
    "886": ("0", re.compile(r"09[0-9]{8}")),
}
_DIALLING_CODES = {
    "CN": "86", "CHN": "86", "HK": "852", "HKG": "852", "MO": "853", "MAC": "853", "TW": "886", "TWN": "886",
}  # fmt: skip
_MOBILE_HINTS = {
    "86": "应为以1开头的11位数字；境外号码请以“+国家（地区）代码”开头，如+852",
    "852": "（香港）应为8位数字，请核对",
    "853": "（澳门）应为以6开头的8位数字，请核对",
    "886": "（台湾）应为以09开头的10位数字，请核对",
}
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")

_AREA = re.compile(r"0[0-9]{2,3}")
_LANDLINE = re.compile(r"0[0-9]{2,3}-?[2-9][0-9]{6,7}(?:-[0-9]{1,6})?")
_LOCAL = re.compile(r"[2-9][0-9]{6,7}(?:-[0-9]{1,6})?")
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_BETWEEN_NUMBERS = re.compile(r"[\s,、]+")
_BETWEEN_INTERNATIONAL = re.compile(r"[,、]+")
_EXTENSION = re.compile(r"\s?(?:转|EXT\.?)\s?", re.IGNORECASE)
_PHONE_HINT = "固定电话应为“区号-号码”或400、800号码，如0591-87811716，两个号码用空格隔开"

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOP_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{2,59}")
_POSTCODE = re.compile(r"[0-9]{6}")


def check_mobile(text: str, region: str = "CN") -> str:
    """Return a mobile number: 11 digits for the mainland, else E.164 (``+85251234567``).

    ``region`` (ISO 3166-1, two or three letters) says how to read a number without ``+`` or ``00``; a number with
    its own dialling code is read by that. Raises Invalid.
    """
    number = clean_code(text).replace("(", "").replace(")", "")
    if not number:
        raise Invalid("请填写手机号码")
    if number.startswith("00"):
        number = "+" + number[2:]
    if number.startswith("+"):
        return _international(number)
    code = _DIALLING_CODES.get(region.upper())
    if code is None:
        raise Invalid("境外手机号码请以“+国家（地区）代码”开头填写，如+6591234567")
    return _home_mobile(code, number)


def check_phone(text: str) -> str:
    """Return one or two landline numbers as ``0591-87811716 87811656``: area code, hyphen, number, ``-`` extension.

    400 and 800 numbers become ``400-123-4567``; a second number may lean on the first one's area code. Numbers with
    ``+`` become E.164, those of the mainland are written as at home. Raises Invalid.
    """
    plain = plain_hyphens(normalise(text, 100)).replace("(", "").replace(")", "-")
    if not plain:
        raise Invalid("请填写固定电话")
    if _SERVICE.fullmatch(clean_code(plain)):
        return _service(clean_code(plain))
    plain = _EXTENSION.sub("-", plain)
    parts = _phone_parts(plain)
    if not 1 <= len(parts) <= 2:
        raise Invalid(f"固定电话最多填写两个号码；{_PHONE_HINT}")
    numbers: list[str] = []
    for part in parts:
        numbers.append(_landline(part, follows_area=bool(numbers) and numbers[-1].startswith("0")))
    return " ".join(numbers)


def check_email(text: str) -> str:
    """Return an e-mail address of at most 100 characters with its domain in lower case; raise Invalid."""
    address = normalise(text, 200)
    if not address:
        raise Invalid("请填写邮箱")
    if len(address) > 100:
        raise Invalid(f"邮箱过长（{len(address)}字），请控制在100字以内")
    local, at, domain = address.rpartition("@")
    labels = domain.lower().split(".")
    if not at or not _LOCAL_PART.fullmatch(local) or local[0] == "." or local[-1] == "." or ".." in local:
        raise Invalid("邮箱格式不正确，应形如name@example.com，不能含空格和中文")
    if len(labels) < 2 or not _TOP_LABEL.fullmatch(labels[-1]) or not all(map(_LABEL.fullmatch, labels)):
        raise Invalid(f"邮箱域名“{domain}”不正确，应形如example.com，请核对")
    return f"{local}@{domain.lower()}"


def check_postcode(text: str) -> str:
    """Return a mainland postcode of six digits; raise Invalid."""
    code = clean_code(text)
    if not _POSTCODE.fullmatch(code):
        raise Invalid("邮编应为6位数字，如350001")
    return code


def _home_mobile(code: str, number: str) -> str:
    """Check a number as dialled at home and return its stored form."""
    prefix, shape = _HOME_SHAPES[code]
    if not shape.fullmatch(number):
        raise Invalid(f"手机号码{_MOBILE_HINTS[code]}")
    return number if code == "86" else f"+{code}{number.removeprefix(prefix)}"


def _international(number: str) -> str:
    for code, (prefix, _) in _HOME_SHAPES.items():
        if number.startswith(f"+{code}"):
            return _home_mobile(code, prefix + number[1 + len(code) :].removeprefix(prefix or " "))
    if not _E164.fullmatch(number):
        raise Invalid("境外手机号码应为“+国家（地区）代码”加号码，共7至15位数字，请核对")
    return number


def _phone_parts(plain: str) -> list[str]:
    """Split a field into numbers, giving a lone area code (``0591 87811716``) back to its number."""
    if "+" in plain:
        return [clean_code(part) for part in _BETWEEN_INTERNATIONAL.split(plain) if part.strip()]
    parts: list[str] = []
    for part in _BETWEEN_NUMBERS.split(plain.replace("- ", "-").replace(" -", "-")):
        if parts and _AREA.fullmatch(parts[-1]):
            parts[-1] += f"-{part}"
        elif part:
            parts.append(part)
    return parts


def _landline(part: str, *, follows_area: bool) -> str:
    compact = part.replace("-", "")
    if _SERVICE.fullmatch(compact):
        return _service(compact)
    if part.startswith("+86"):
        part = "0" + part[3:].removeprefix("0")
    elif _E164.fullmatch(part):
        return part
    if follows_area and _LOCAL.fullmatch(part):
        return part
    if not _LANDLINE.fullmatch(part):
        raise Invalid(f"“{part}”不是可用的固定电话；{_PHONE_HINT}")
    if "-" in part[:5]:
        return part
    area = 3 if part[1] in "12" else 4  # 010 and 02x are the three-digit area codes
    return f"{part[:area]}-{part[area:]}"


def _service(digits: str) -> str:
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
