"""Unified social credit code 统一社会信用代码 (GB 32100-2015; DOMAIN §7.1)."""

import re

from models.validators.text import Invalid, clean_code

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
VALUES = {char: value for value, char in enumerate(ALPHABET)}

KNOWN_PREFIXES = frozenset(
    [
        "11",
        "12",
        "13",
        "19",
        "21",
        "29",
        "31",
        "32",
        "33",
        "34",
        "35",
        "39",
        "41",
        "49",
        "51",
        "52",
        "53",
        "59",
        "61",
        "62",
        "69",
        "71",
        "72",
        "79",
        "81",
        "89",
        "91",
        "92",
        "93",
        "A1",
        "A9",
        "N1",
        "N2",
        "N3",
        "N9",
        "Y1",
    ]
)
CATEGORY_OF_PREFIX = {
    "11": "GOVERNMENT",
    "12": "INSTITUTION",
    "51": "SOCIAL_ORG",
    "52": "SOCIAL_ORG",
    "53": "SOCIAL_ORG",
    "91": "ENTERPRISE",
    "92": "ENTERPRISE",
    "93": "ENTERPRISE",
}
CATEGORY_LABELS = {
    "ENTERPRISE": "企业",
    "SOCIAL_ORG": "社会组织",
    "INSTITUTION": "事业单位",
    "GOVERNMENT": "政府机构",
    "OTHER": "其他",
}
_SHAPE = re.compile(f"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")
_FOREIGN_CHAR = re.compile(f"[^{ALPHABET}]")


def uscc_check_char(first17: str) -> str:
    """Return the 18th character that GB 32100 demands after the first 17."""
    return ALPHABET[-sum(VALUES[char] * weight for char, weight in zip(first17, WEIGHTS, strict=True)) % 31]


def organisation_check_char(first8: str) -> str:
    """Return the check character of the organisation code inside (GB 11714): characters 9-16 decide character 17."""
    total = sum(int(char, 36) * weight for char, weight in zip(first8, ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def check_uscc(code: str) -> str:
    """Return the code in its stored form; raise Invalid for a wrong length, character or check character."""
    code = clean_code(code)
    if not code:
        raise Invalid("请填写统一社会信用代码（18位）")
    if len(code) == 15:
        raise Invalid("15位为旧工商注册号，请填写证照上的18位统一社会信用代码")
    if len(code) != 18:
        raise Invalid(f"统一社会信用代码应为18位，现为{len(code)}位，请对照证照核对")
    if wrong := _FOREIGN_CHAR.search(code):
        raise Invalid(
            f"统一社会信用代码第{wrong.start() + 1}位“{wrong[0]}”不可用，"
            "代码只含数字和除I、O、S、V、Z外的大写字母，请核对是否应为1、0、5、U、2"
        )
    if not _SHAPE.fullmatch(code):
        raise Invalid("统一社会信用代码第3至8位（行政区划码）应为数字，请对照证照核对")
    if uscc_check_char(code[:17]) != code[17]:
        raise Invalid("统一社会信用代码校验未通过，可能有错位或错字，请对照证照逐位核对")
    return code


def uscc_warnings(code: str, category: str) -> list[str]:
    """Return what a reviewer should look at in a valid code: its prefix, the unit's category, the code inside.

    Raises Invalid where ``check_uscc`` does.
    """
    code, warnings = check_uscc(code), []
    prefix, expected = code[:2], CATEGORY_OF_PREFIX.get(code[:2])
    if prefix not in KNOWN_PREFIXES:
        warnings.append(f"统一社会信用代码以“{prefix}”开头，不在现行登记管理部门目录内，请核对证照")
    if expected and expected != category:
        warnings.append(
            f"统一社会信用代码以“{prefix}”开头，属于{CATEGORY_LABELS[expected]}，"
            f"与所选单位分类“{CATEGORY_LABELS.get(category, category)}”不一致，请核对"
        )
    if organisation_check_char(code[8:16]) != code[16]:
        warnings.append("统一社会信用代码第9至17位（组织机构代码）校验不符，请核对证照")
    return warnings
