import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.validators import Invalid, check_uscc, uscc_warnings
from models.validators.uscc import ALPHABET, KNOWN_PREFIXES, organisation_check_char, uscc_check_char

VALID = [
    "91110000600037341L",
    "914403001922038216",
    "9144030071526726XG",
    "91350000157987632G",
    "12100000400002259P",
    "N2350102MF12345080",
    "A1110000MB0123406K",
]


@st.composite
def codes(draw):
    first17 = draw(
        st.tuples(
            st.sampled_from(sorted(KNOWN_PREFIXES)),
            st.text("0123456789", min_size=6, max_size=6),
            st.text(ALPHABET, min_size=9, max_size=9),
        ).map("".join)
    )
    return first17 + uscc_check_char(first17)


@pytest.mark.parametrize("code", VALID)
def test_codes_on_real_licences_pass(code):
    assert check_uscc(code) == code


@pytest.mark.parametrize(
    "typed",
    [
        "91110000600037341l",
        "９１１１００００６０００３７３４１Ｌ",
        " 9111 0000-6000 37341L\u200b",
        "9111\u20130000600037341L",
    ],
)
def test_a_code_is_stored_in_one_form_however_it_was_typed(typed):
    assert check_uscc(typed) == "91110000600037341L"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("12440300MB2C92173A", "统一社会信用代码校验未通过，可能有错位或错字，请对照证照逐位核对"),
        (
            "9111000060003734IL",
            "统一社会信用代码第17位“I”不可用，代码只含数字和除I、O、S、V、Z外的大写字母，请核对是否应为1、0、5、U、2",
        ),
        ("110105600037341", "15位为旧工商注册号，请填写证照上的18位统一社会信用代码"),
        ("9111000060003734", "统一社会信用代码应为18位，现为16位，请对照证照核对"),
        ("911100006000373411L", "统一社会信用代码应为18位，现为19位，请对照证照核对"),
        ("9111A000600037341L", "统一社会信用代码第3至8位（行政区划码）应为数字，请对照证照核对"),
        (
            "9111000060003734१L",
            "统一社会信用代码第17位“१”不可用，代码只含数字和除I、O、S、V、Z外的大写字母，请核对是否应为1、0、5、U、2",
        ),
        (" - ", "请填写统一社会信用代码（18位）"),
    ],
)
def test_a_wrong_code_is_told_what_is_wrong(code, message):
    with pytest.raises(Invalid) as refusal:
        check_uscc(code)

    assert refusal.value.message == message


@settings(deadline=None)
@given(codes(), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_never_passes(code, place, char):
    typed = code[:place] + char + code[place + 1 :]

    assert passes(typed) is (typed == code)


@settings(deadline=None)
@given(codes(), st.integers(0, 16))
def test_two_neighbours_exchanged_never_pass(code, place):
    typed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]

    assert passes(typed) is (typed == code)


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("91110000600037341L", "ENTERPRISE"),
        ("12100000400002259P", "INSTITUTION"),
        ("N2350102MF12345080", "ENTERPRISE"),  # the prefix says nothing about the category
    ],
)
def test_a_code_that_agrees_with_its_category_gives_no_warning(code, category):
    assert uscc_warnings(code, category) == []


def test_another_category_than_the_prefix_states_is_a_warning():
    assert uscc_warnings("91110000600037341L", "INSTITUTION") == [
        "统一社会信用代码以“91”开头，属于企业，与所选单位分类“事业单位”不一致，请核对"
    ]


def test_a_prefix_outside_the_catalogue_is_a_warning():
    assert uscc_warnings(completed("9911000060003734"), "ENTERPRISE") == [
        "统一社会信用代码以“99”开头，不在现行登记管理部门目录内，请核对证照"
    ]


def test_a_wrong_organisation_code_inside_is_a_warning():
    code = "91110000600037342"

    assert uscc_warnings(code + uscc_check_char(code), "ENTERPRISE") == [
        "统一社会信用代码第9至17位（组织机构代码）校验不符，请核对证照"
    ]


def test_warnings_are_for_valid_codes_only():
    with pytest.raises(Invalid):
        uscc_warnings("12440300MB2C92173A", "INSTITUTION")


@pytest.mark.parametrize(("first8", "char"), [("71526726", "X"), ("60003734", "1"), ("40000225", "9")])
def test_the_organisation_code_has_its_own_check(first8, char):
    assert organisation_check_char(first8) == char


def completed(first16: str) -> str:
    first17 = first16 + organisation_check_char(first16[8:])
    return first17 + uscc_check_char(first17)


def passes(code: str) -> bool:
    try:
        check_uscc(code)
    except Invalid:
        return False
    return True
