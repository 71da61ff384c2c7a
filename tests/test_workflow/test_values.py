"""What people type becomes what is stored, in every form DOMAIN §5 names."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from models import DelegationEdition, Edition, Intention, Label, Person, QuotaPool, Unit, Zone
from models.columns import columns_of
from models.validators import Invalid
from workflow.values import read_date, read_moment, read_value

BIRTH = date(1985, 3, 7)


def read(model, key, raw, country="CHN"):
    return read_value(model, columns_of(model)[key], raw, country)


@pytest.mark.parametrize(
    "raw",
    ["1985-03-07", "1985/3/7", "1985.03.07", "19850307", "1985年3月7日", "１９８５-０３-０７", "1985-03-07 00:00:00",
     BIRTH, datetime(1985, 3, 7, 9, tzinfo=UTC), 31113, 31113.0],
)  # fmt: skip
def test_a_birthday_is_read_in_all_its_forms(raw):
    assert read_date(raw) == BIRTH


@pytest.mark.parametrize("raw", ["1985-02-30", "85-3-7", "昨天", "1885-01-01", "9999-01-01", "", 5, True])
def test_what_is_no_date_is_refused(raw):
    with pytest.raises(Invalid):
        read_date(raw)


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2024-10-20 24:00", datetime(2024, 10, 20, 16, tzinfo=UTC)),
        ("2024-10-20T18:30", datetime(2024, 10, 20, 10, 30, tzinfo=UTC)),
        ("2024-10-20", datetime(2024, 10, 19, 16, tzinfo=UTC)),
        (datetime.fromisoformat("2024-10-20 08:00"), datetime(2024, 10, 20, tzinfo=UTC)),
        (datetime(2024, 10, 20, tzinfo=UTC), datetime(2024, 10, 20, tzinfo=UTC)),
    ],
)
def test_a_moment_is_on_the_clock_of_shanghai(raw, moment):
    assert read_moment(raw) == moment


@pytest.mark.parametrize("raw", ["2024-10-20 25:00", "2024-10-20 24:01", "2024-10-20 10:60"])
def test_what_no_clock_shows_is_refused(raw):
    with pytest.raises(Invalid, match="不存在"):
        read_moment(raw)


@pytest.mark.parametrize(
    ("model", "key", "raw", "value"),
    [
        (Person, "label", "专业观众", Label.PROFESSIONAL),
        (Person, "label", "VIP", Label.VIP),
        (Person, "label", Label.STAFF, Label.STAFF),
        (Intention, "zone", "FOOD", Zone.FOOD),
        (Unit, "is_returning", "是", True),
        (Unit, "is_returning", "on", True),
        (Unit, "is_returning", "", False),
        (Unit, "is_returning", None, False),
        (Unit, "remark", "  \u200b ", None),
        (Unit, "reg_capital", "1,234.5", Decimal("1234.5000")),
        (Unit, "address", "五四路　1号", "五四路 1号"),
        (Unit, "delegation_id", "7", 7),
        (QuotaPool, "total", 6.0, 6),
        (QuotaPool, "total", "０", 0),
        (DelegationEdition, "group_pay_cap", "1,234.50", 123450),
        (DelegationEdition, "group_pay_cap", 100, 10000),
        (Person, "mobile", 13800138000, "13800138000"),
        (Person, "mobile", "+86 138-0013-8000", "13800138000"),
        (Person, "nationality", "中国香港", "HKG"),
        (Person, "nationality", "chn", "CHN"),
        (Edition, "show_opens_on", "20261105", date(2026, 11, 5)),
    ],
)
def test_a_value_is_read_by_its_kind(model, key, raw, value):
    assert read(model, key, raw) == value


@pytest.mark.parametrize(
    ("model", "key", "raw", "sentence"),
    [
        (Person, "label", "贵宾", "“贵宾”不在可选范围内，请从以下选择：专业观众、工作人员、VIP"),
        (Unit, "is_returning", "也许", "请填写“是”或“否”"),
        (Unit, "remark", "长" * 501, "内容过长（501字），请控制在500字以内"),
        (Unit, "reg_capital", "1.23456", "小数最多4位"),
        (Unit, "reg_capital", "1e15", "数值过大，请核对单位"),
        (Unit, "reg_capital", "五百万", "“五百万”不是数字，请只填写数字，不带单位"),
        (Unit, "reg_capital", "nan", "“nan”不是数字，请只填写数字，不带单位"),
        (Unit, "delegation_id", "1 or 1", "请从列表中选择"),
        (QuotaPool, "total", "-1", "不能为负数"),
        (QuotaPool, "total", "1.5", "请填写整数"),
        (QuotaPool, "total", True, "请填写数字"),
        (QuotaPool, "total", "1e400000", "数值过大，请核对"),
        (DelegationEdition, "group_pay_cap", "0.001", "小数最多2位"),
        (DelegationEdition, "group_pay_cap", "20000001", "金额过大，请核对单位（元）"),
        (Person, "nationality", "火星", "“火星”不是国家（地区）名称或三位代码，请从列表中选择，如 中国、CHN"),
        (Person, "id_no", 3.50102198503071e17, "单元格为数值格式，末位已丢失，请改为文本后重新填写"),
        (Person, "id_no", float("nan"), "单元格为数值格式，末位已丢失，请改为文本后重新填写"),
    ],
)
def test_a_bad_value_gets_its_sentence(model, key, raw, sentence):
    with pytest.raises(Invalid) as bad:
        read(model, key, raw)

    assert bad.value.message == sentence


def test_a_number_without_dialling_code_is_the_mainlands_or_its_owners():
    assert read(Person, "mobile", "51234567", "HKG") == "+85251234567"
    assert read(Person, "mobile", "13800138000", "HKG") == "13800138000"
    assert read(Person, "mobile", "13800138000", "USA") == "13800138000"
    with pytest.raises(Invalid):
        read(Person, "mobile", "51234567", "CHN")
