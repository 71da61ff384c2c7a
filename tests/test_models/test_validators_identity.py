from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.papers import IdType
from models.validators import ID_TYPES, Invalid, check_identity, facts_from_identity, identity_warnings, mrz_check_digit
from models.validators.identity import CHECK_CHARS, PROVINCES, check_char_18

TODAY = date(2026, 9, 1)


@st.composite
def resident_ids(draw):
    province = draw(st.sampled_from(sorted(PROVINCES)))
    born = draw(st.dates(date(1900, 1, 1), TODAY))
    first17 = f"{province}{draw(st.integers(0, 9999)):04d}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return first17 + check_char_18(first17)


def with_check(first17: str) -> str:
    return first17 + check_char_18(first17)


def refusal(id_type: str, number: str) -> str:
    with pytest.raises(Invalid) as refused:
        check_identity(id_type, number, TODAY)
    return refused.value.message


def test_the_six_papers_are_those_of_a_person():
    assert {member.value: member.label for member in IdType} == ID_TYPES


@pytest.mark.parametrize(
    ("id_type", "typed", "stored"),
    [
        ("RESIDENT_ID", "11010519491231002X", "11010519491231002X"),
        ("RESIDENT_ID", "110105 19491231 002x", "11010519491231002X"),
        ("RESIDENT_ID", "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("RESIDENT_ID", "500101199003071017", "500101199003071017"),
        ("HMT_RESIDENCE", "810000198503070017", "810000198503070017"),
        ("FOREIGN_PR", "911398199012310021", "911398199012310021"),
        ("FOREIGN_PR", "kaz110090123105", "KAZ110090123105"),
        ("HK_MACAO_PERMIT", "h12345678", "H12345678"),
        ("HK_MACAO_PERMIT", "M1234567801", "M1234567801"),
        ("TAIWAN_PERMIT", "12345678", "12345678"),
        ("TAIWAN_PERMIT", "0012345678", "0012345678"),
        ("TAIWAN_PERMIT", "0012345678(B)", "0012345678B"),
        ("PASSPORT", "e12345678", "E12345678"),
        ("PASSPORT", "AB123", "AB123"),
        ("PASSPORT", "123456789012345", "123456789012345"),
    ],
)
def test_a_right_number_passes_in_one_form(id_type, typed, stored):
    assert check_identity(id_type, typed, TODAY) == stored


@pytest.mark.parametrize(
    ("id_type", "number", "message"),
    [
        ("DRIVING_LICENCE", "1", f"证件类型不在范围内，请从以下选择：{'、'.join(ID_TYPES.values())}"),
        ("RESIDENT_ID", "", "请填写居民身份证号码"),
        ("RESIDENT_ID", "110105491231002", "居民身份证号码应为17位数字加1位数字或X，请填写18位号码"),
        ("RESIDENT_ID", "1101051949123100२X", "居民身份证号码应为17位数字加1位数字或X，请填写18位号码"),
        ("RESIDENT_ID", "110105194912310021", "居民身份证号码校验未通过，可能有错位或错字，请对照证件逐位核对"),
        ("RESIDENT_ID", "16010519491231002X", "居民身份证号码中的省级代码“16”不存在，请对照证件核对"),
        ("RESIDENT_ID", "11010519490231002X", "居民身份证号码中的出生日期不存在，请对照证件核对第7至14位"),
        (
            "RESIDENT_ID",
            "440524188001010014",
            "居民身份证号码中的出生日期1880-01-01距今超过130年，请对照证件核对第7至14位",
        ),
        (
            "RESIDENT_ID",
            with_check("35010220260902001"),
            "居民身份证号码中的出生日期2026-09-02晚于今天，请对照证件核对第7至14位",
        ),
        (
            "HMT_RESIDENCE",
            "11010519491231002X",
            "港澳台居民居住证号码应以810000、820000或830000开头，请核对证件类型和号码",
        ),
        ("FOREIGN_PR", "11010519491231002X", "外国人永久居留身份证号码（18位）应以9开头，请核对证件类型和号码"),
        (
            "FOREIGN_PR",
            with_check("91639819901231002"),
            "外国人永久居留身份证号码中的省级代码“16”不存在，请对照证件核对",
        ),
        (
            "FOREIGN_PR",
            "9113981990123100",
            "外国人永久居留身份证号码应为17位数字加1位数字或X，请填写18位号码（外国人永久居留身份证旧证为3位字母加12位数字）",
        ),
        (
            "FOREIGN_PR",
            "911398199012310",
            "外国人永久居留身份证号码旧证应为3位字母加12位数字，新证应为18位，请对照证件核对",
        ),
        ("FOREIGN_PR", "KAZ160090123105", "外国人永久居留身份证号码第4、5位“16”不是省级代码，请对照证件核对"),
        ("FOREIGN_PR", "KAZ110090023105", "外国人永久居留身份证号码中的出生日期“900231”不存在，请对照证件核对"),
        ("FOREIGN_PR", "KAZ110090123106", "外国人永久居留身份证号码校验未通过，可能有错位或错字，请对照证件逐位核对"),
        ("HK_MACAO_PERMIT", "H123456789", "港澳居民来往内地通行证号码应为H或M加8位或10位数字，请对照证件核对"),
        (
            "TAIWAN_PERMIT",
            "123456789",
            "台湾居民来往大陆通行证号码应为8位数字（旧证为10位数字，可加1位字母），请对照证件核对",
        ),
        ("PASSPORT", "E123", "护照号码应为5至15位大写字母或数字，请按护照资料页填写"),
        ("PASSPORT", "E1234567890123456", "护照号码应为5至15位大写字母或数字，请按护照资料页填写"),
    ],
)
def test_a_wrong_number_is_told_what_is_wrong(id_type, number, message):
    assert refusal(id_type, number) == message


@pytest.mark.parametrize(
    ("born", "passes"), [(date(1896, 9, 1), True), (date(1895, 9, 2), True), (date(1895, 9, 1), False)]
)
def test_nobody_is_older_than_130(born, passes):
    number = with_check(f"350102{born:%Y%m%d}001")

    if passes:
        assert check_identity("RESIDENT_ID", number, TODAY) == number
    else:
        assert "距今超过130年" in refusal("RESIDENT_ID", number)


def test_who_is_born_today_has_a_number():
    number = with_check(f"350102{TODAY:%Y%m%d}001")

    assert check_identity("RESIDENT_ID", number, TODAY) == number
    assert "晚于今天" in refusal("RESIDENT_ID", with_check(f"350102{TODAY + timedelta(days=1):%Y%m%d}001"))


@settings(deadline=None)
@given(resident_ids(), st.integers(0, 17), st.sampled_from(CHECK_CHARS))
def test_one_wrong_character_never_passes(number, place, char):
    typed = number[:place] + char + number[place + 1 :]
    try:
        assert check_identity("RESIDENT_ID", typed, TODAY) == number
    except Invalid:
        assert typed != number


@settings(deadline=None)
@given(resident_ids())
def test_birth_and_sex_are_read_off_the_number(number):
    birth, sex = facts_from_identity("RESIDENT_ID", number)

    assert f"{birth:%Y%m%d}" == number[6:14]
    assert sex == ("M" if number[16] in "13579" else "F")


@pytest.mark.parametrize(
    ("id_type", "number", "facts"),
    [
        ("RESIDENT_ID", "11010519491231002x", (date(1949, 12, 31), "F")),
        ("HMT_RESIDENCE", "810000198503070017", (date(1985, 3, 7), "M")),
        ("FOREIGN_PR", "911398199012310021", (date(1990, 12, 31), "F")),
        ("FOREIGN_PR", "KAZ110090123105", (None, None)),
        ("PASSPORT", "110105194912310021", (None, None)),
        ("RESIDENT_ID", "11010519490231002X", (None, "F")),
        ("RESIDENT_ID", "写错了", (None, None)),
    ],
)
def test_a_number_states_only_what_it_holds(id_type, number, facts):
    assert facts_from_identity(id_type, number) == facts


@pytest.mark.parametrize(
    ("text", "digit"), [("L898902C3", "6"), ("740812", "2"), ("120415", "9"), ("ZE184226B<<<<<", "1")]
)
def test_machine_readable_fields_have_the_check_digits_of_the_specimen_passport(text, digit):
    assert mrz_check_digit(text) == digit


@pytest.mark.parametrize(
    ("id_type", "nationality", "warnings"),
    [
        ("PASSPORT", "CHN", ["中国籍人员使用护照登记，请核对是否应改用居民身份证"]),
        ("PASSPORT", "KAZ", []),
        ("RESIDENT_ID", "CHN", []),
    ],
)
def test_a_chinese_passport_is_a_warning(id_type, nationality, warnings):
    assert identity_warnings(id_type, nationality) == warnings
