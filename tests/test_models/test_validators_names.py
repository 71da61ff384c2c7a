import pytest

from models.validators import Invalid, check_card_no, check_english_name, check_person_name, check_unit_name


def refusal(check, given) -> str:
    with pytest.raises(Invalid) as refused:
        check(given)
    return refused.value.message


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("欧阳娜娜", "欧阳娜娜"),
        ("张　三", "张三"),
        (" 买买提 • 江 ", "买买提·江"),
        ("古丽娜尔.买买提", "古丽娜尔·买买提"),
        ("刘䶮", "刘䶮"),
        ("王㛃", "王㛃"),
        ("林喆", "林喆"),
        ("陈𬭼", "陈𬭼"),
        ("李\U00031350", "李\U00031350"),
        ("江〇", "江〇"),
        ("John  O’Neill", "John O'Neill"),
        ("J. R. Smith-Jones", "J. R. Smith-Jones"),
        ("José María", "José María"),
        ("Нурлан", "Нурлан"),
        ("สมชาย", "สมชาย"),
        ("字" * 50, "字" * 50),
    ],
)
def test_a_name_in_any_script_passes_in_one_form(typed, stored):
    assert check_person_name(typed) == stored


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "请填写姓名"),
        ("\u200b", "请填写姓名"),
        ("字" * 51, "姓名过长（51字），请控制在50字以内"),
        ("张3", "姓名含有“3”，只能填写文字、间隔号“·”、空格、连字符和撇号，请按证件填写"),
        ("张③", "姓名含有“3”，只能填写文字、间隔号“·”、空格、连字符和撇号，请按证件填写"),
        ("张三（兼）", "姓名含有“(”，只能填写文字、间隔号“·”、空格、连字符和撇号，请按证件填写"),
        ("=张三", "姓名含有“=”，只能填写文字、间隔号“·”、空格、连字符和撇号，请按证件填写"),
        ("刘\ue863", "姓名含有自造字，其他电脑无法显示，请用输入法的生僻字重新输入"),
        ("·张", "姓名应以文字开头和结尾，请按证件填写"),
        ("张·", "姓名应以文字开头和结尾，请按证件填写"),
        ("-", "姓名应以文字开头和结尾，请按证件填写"),
        ("\u0301a", "姓名应以文字开头和结尾，请按证件填写"),
    ],
)
def test_a_wrong_name_is_told_what_is_wrong(typed, message):
    assert refusal(check_person_name, typed) == message


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("Zhang", "ZHANG"), ("o’neill", "O'NEILL"), ("Smith–Jones", "SMITH-JONES"), (" van  der Berg ", "VAN DER BERG")],
)
def test_an_english_name_is_as_in_the_machine_readable_zone(typed, stored):
    assert check_english_name(typed) == stored


@pytest.mark.parametrize("typed", ["MÜLLER", "张", "A1", "-A", "A.B"])
def test_an_english_name_has_no_other_characters(typed):
    assert refusal(check_english_name, typed) == (
        "英文姓名只能填写英文字母、空格、连字符和撇号并以字母开头，请按护照机读区填写（如MÜLLER填MUELLER）"
    )


def test_an_english_name_has_1_to_50_letters():
    assert refusal(check_english_name, " ") == "请填写英文姓名"
    assert refusal(check_english_name, "A" * 51) == "英文姓名过长（51字），请控制在50字以内"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("福建（集团）有限公司", "福建（集团）有限公司"),
        ("福建(集团)有限公司", "福建(集团)有限公司"),
        (" ＡＢＣ  （中国）　公司", "ABC（中国）公司"),
        ("3M", "3M"),
        ("字" * 100, "字" * 100),
    ],
)
def test_a_units_name_keeps_the_brackets_of_its_licence(typed, stored):
    assert check_unit_name(typed) == stored


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "请填写单位名称"),
        ("厂", "单位名称应为2至100字，现为1字，请按证照填写"),
        ("厂" * 101, "单位名称应为2至100字，现为101字，请按证照填写"),
        ("厂" * 201, "单位名称过长（201字），请控制在100字以内"),
        ("12345", "单位名称应含有文字，请按证照填写"),
        ("福建\ue863厂", "单位名称含有自造字，其他电脑无法显示，请用输入法的生僻字重新输入"),
    ],
)
def test_a_wrong_unit_name_is_told_what_is_wrong(typed, message):
    assert refusal(check_unit_name, typed) == message


def test_a_card_number_has_4_to_32_letters_and_digits():
    assert check_card_no(" zy-6 001234 ") == "ZY6001234"
    assert refusal(check_card_no, "") == "请填写原证件号"
    assert [refusal(check_card_no, typed) for typed in ("A12", "A" * 33, "证1234")] == [
        "证件号应为4至32位字母或数字，请按证件卡面填写"
    ] * 3
