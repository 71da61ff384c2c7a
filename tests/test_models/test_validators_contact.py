import pytest

from models.validators import Invalid, check_email, check_mobile, check_phone, check_postcode
from models.validators.contact import _PHONE_HINT

MAINLAND = "手机号码应为以1开头的11位数字；境外号码请以“+国家（地区）代码”开头，如+852"


def refusal(check, *given) -> str:
    with pytest.raises(Invalid) as refused:
        check(*given)
    return refused.value.message


@pytest.mark.parametrize(
    ("typed", "region", "stored"),
    [
        ("13800138000", "CN", "13800138000"),
        ("+86 138-0013-8000", "CN", "13800138000"),
        ("0086 13800138000", "CN", "13800138000"),
        ("(+86)13800138000", "CN", "13800138000"),
        ("１３８００１３８０００", "CN", "13800138000"),
        ("14012345678", "CN", "14012345678"),
        ("19412345678", "CHN", "19412345678"),
        ("5123 4567", "HK", "+85251234567"),
        ("+852-5123-4567", "CN", "+85251234567"),
        ("66123456", "MAC", "+85366123456"),
        ("0912-345-678", "TW", "+886912345678"),
        ("+886 912 345 678", "TWN", "+886912345678"),
        ("+886 0912 345 678", "TWN", "+886912345678"),
        ("+65 9123 4567", "SG", "+6591234567"),
        ("0044 7911 123456", "GB", "+447911123456"),
    ],
)
def test_a_mobile_number_is_stored_in_one_form(typed, region, stored):
    assert check_mobile(typed, region) == stored


@pytest.mark.parametrize("prefix", ["140", "144", "146", "148", "149", "154", "160", "164", "168", "169", "179", "194"])
def test_whole_blocks_that_others_refuse_pass(prefix):
    assert check_mobile(f"{prefix}12345678") == f"{prefix}12345678"


@pytest.mark.parametrize(
    ("typed", "region", "message"),
    [
        ("", "CN", "请填写手机号码"),
        ("1380013800", "CN", MAINLAND),
        ("12800138000", "CN", MAINLAND),
        ("138001380001", "CN", MAINLAND),
        ("1380013800१", "CN", MAINLAND),
        ("+8613800138", "CN", MAINLAND),
        ("3123456", "HK", "手机号码（香港）应为8位数字，请核对"),
        ("31234567", "HK", "手机号码（香港）应为8位数字，请核对"),
        ("51234567", "MO", "手机号码（澳门）应为以6开头的8位数字，请核对"),
        ("0812345678", "TW", "手机号码（台湾）应为以09开头的10位数字，请核对"),
        ("91234567", "SG", "境外手机号码请以“+国家（地区）代码”开头填写，如+6591234567"),
        ("+6512", "SG", "境外手机号码应为“+国家（地区）代码”加号码，共7至15位数字，请核对"),
        ("+1234567890123456", "SG", "境外手机号码应为“+国家（地区）代码”加号码，共7至15位数字，请核对"),
    ],
)
def test_a_wrong_mobile_number_is_told_what_is_wrong(typed, region, message):
    assert refusal(check_mobile, typed, region) == message


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0591-87811716  87811656", "0591-87811716 87811656"),
        ("0591-87811716、0591-87811656", "0591-87811716 0591-87811656"),
        ("0591-87811716，010-62345678", "0591-87811716 010-62345678"),
        ("059187811716", "0591-87811716"),
        ("02062345678", "020-62345678"),
        ("05962345678", "0596-2345678"),
        ("（0591）87811716", "0591-87811716"),
        ("0591 87811716", "0591-87811716"),
        ("0591 - 87811716", "0591-87811716"),
        ("0591-87811716转801", "0591-87811716-801"),
        ("0591-87811716 ext. 801", "0591-87811716-801"),
        ("400 123 4567", "400-123-4567"),
        ("8001234567 0591-87811716", "800-123-4567 0591-87811716"),
        ("+86-591-87811716", "0591-87811716"),
        ("+852 2512 3456", "+85225123456"),
    ],
)
def test_a_phone_field_holds_one_or_two_numbers(typed, stored):
    assert check_phone(typed) == stored


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "请填写固定电话"),
        ("87811716", f"“87811716”不是可用的固定电话；{_PHONE_HINT}"),
        ("13800138000", f"“13800138000”不是可用的固定电话；{_PHONE_HINT}"),
        ("0591-17811716", f"“0591-17811716”不是可用的固定电话；{_PHONE_HINT}"),
        ("0591-87811716 1234", f"“1234”不是可用的固定电话；{_PHONE_HINT}"),
        ("0591", f"“0591”不是可用的固定电话；{_PHONE_HINT}"),
        ("、", f"固定电话最多填写两个号码；{_PHONE_HINT}"),
        ("0591-87811716 87811656 87811657", f"固定电话最多填写两个号码；{_PHONE_HINT}"),
    ],
)
def test_a_wrong_phone_is_told_what_is_wrong(typed, message):
    assert refusal(check_phone, typed) == message


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Name.First@Example.COM", "Name.First@example.com"),
        ("ｎａｍｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "name@example.com"),
        (" a+b@mail.example.com.cn ", "a+b@mail.example.com.cn"),
        ("a@xn--fiqs8s.xn--fiqs8s", "a@xn--fiqs8s.xn--fiqs8s"),
    ],
)
def test_an_address_keeps_its_name_and_its_domain_is_lower_case(typed, stored):
    assert check_email(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "name",
        "@example.com",
        "a b@example.com",
        ".a@example.com",
        "a..b@example.com",
        "张@example.com",
        "a@b@example.com",
    ],
)
def test_a_wrong_address_is_told_its_form(typed):
    assert refusal(check_email, typed) == "邮箱格式不正确，应形如name@example.com，不能含空格和中文"


@pytest.mark.parametrize("domain", ["example", "-a.com", "a..com", "a.c", "a.com1", "例子.com", "a_b.com"])
def test_a_wrong_domain_is_named(domain):
    assert refusal(check_email, f"a@{domain}") == f"邮箱域名“{domain}”不正确，应形如example.com，请核对"


def test_an_address_fits_its_column():
    assert check_email("a" * 64 + "@" + "b" * 31 + ".com") == "a" * 64 + "@" + "b" * 31 + ".com"
    assert refusal(check_email, "a" * 64 + "@" + "b" * 32 + ".com") == "邮箱过长（101字），请控制在100字以内"
    assert refusal(check_email, "") == "请填写邮箱"


def test_a_postcode_has_six_digits():
    assert check_postcode(" ３５０００１ ") == "350001"
    assert [refusal(check_postcode, typed) for typed in ("35000", "3500011", "35000A", "")] == [
        "邮编应为6位数字，如350001"
    ] * 4
