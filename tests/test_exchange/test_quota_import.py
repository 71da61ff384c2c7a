"""Previewing a quota table: every row's verdict and every error at once (DOMAIN §4.2, §5.1)."""

import json
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from exchange import quota_import, quota_template
from exchange.importing import Refused
from exchange.quota_import import Counts
from exchange.sheet_source import SheetError
from models import DelegationEdition, Label, QuotaAllocation, Role, UnitStatus
from tests import factories
from tests.test_exchange.quota_tables import HEAD, book, findings, handed, imported, plan
from workflow import quota
from workflow.actors import actor_for

VIP, STAFF = Label.VIP, Label.STAFF


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


@pytest.fixture
def secretary(session, world):
    return actor_for(session, world.accounts[Role.secretariat])


def test_every_error_of_every_row_is_told_at_once(session, clerk):
    good, twice = factories.uscc(), factories.uscc()
    planned = plan(
        session, clerk,
        (1, 913501000000000000, "数值公司", 1, 1, ""),
        (2, "91350100000000000X", "校验公司", "很多", -1, "长" * 201),
        (3, "", "无代码公司", 1, 1, ""),
        (4, twice, "甲", 1, 1, ""),
        (5, twice, "乙公司", 1.5, 1000, ""),
        (6, good, "两空公司", "", "", ""),
        (7, "=A1", "公式公司", 1, True, ""),
        (8, factories.uscc(), "好公司", 1, 1, ""),
    )  # fmt: skip

    assert findings(planned) == [
        (2, "统一社会信用代码", "单元格B2为数值格式，末位已丢失"),
        (3, "统一社会信用代码", "统一社会信用代码校验未通过，可能有错位或错字"),
        (3, "备注", "内容过长（201字）"),
        (3, "VIP额度", "应为0至999的整数"),
        (3, "工作人员额度", "应为0至999的整数"),
        (4, "统一社会信用代码", "未填写"),
        (5, "单位名称", "单位名称应为2至100字，现为1字"),
        (5, "统一社会信用代码", "第5、6行代码重复"),
        (6, "VIP额度", "应为0至999的整数"),
        (6, "工作人员额度", "应为0至999的整数"),
        (6, "统一社会信用代码", "第5、6行代码重复"),
        (7, "VIP额度", "两项额度都没有填写"),
        (8, "统一社会信用代码", "单元格B8是公式"),
        (8, "工作人员额度", "应为0至999的整数"),
    ]
    assert {bool(error.how) and error.how.startswith("请") for error in planned.errors} == {True}
    assert planned.counts == Counts(new=1, bad=7)


def test_a_number_below_use_is_that_rows_error(session, world, clerk):
    unit = factories.unit(session, world.edition, world.sub)
    factories.allocation(session, unit, VIP, allotted=5, used=3)

    assert findings(plan(session, clerk, (1, unit.uscc, "", 2, "", ""))) == [(2, "VIP额度", "已占用3，不能低于3")]
    assert plan(session, clerk, (1, unit.uscc, "", 3, "", "")).counts == Counts(changed=1)


def test_the_pool_is_asked_for_the_whole_file_and_feeds_rows_in_order(session, world, clerk):
    unit = factories.unit(session, world.edition, world.sub)
    factories.allocation(session, unit, VIP, allotted=50)
    codes = [factories.uscc() for _ in range(3)]
    rows = [(place, code, "新公司", 30, "", "") for place, code in enumerate(codes, 1)]

    planned = plan(session, clerk, *rows)
    assert findings(planned) == [
        (3, "VIP额度", "分团VIP额度余额不足：需30个，剩余0个"),
        (4, "VIP额度", "分团VIP额度余额不足：需30个，剩余0个"),
    ]
    assert [(each.node, each.label, each.needed, each.left) for each in planned.budgets] == [("福州分团", VIP, 90, 30)]
    freed = plan(session, clerk, *rows[:2], (4, unit.uscc, "", 20, "", ""))
    assert (freed.counts, freed.errors) == (Counts(new=2, changed=1), [])
    assert [(each.needed, each.left) for each in freed.budgets] == [(30, 30)]


def test_units_and_presets_of_other_nodes_are_refused_without_naming_them(session, world, clerk):
    unit = factories.unit(session, world.edition, world.other_sub, name="厦门公司")
    code = factories.uscc()
    quota.set_allotment(
        session, edition_id=world.edition.id, delegation_id=world.other_sub.id, province_id=world.province.id, label=VIP,
        allotted=1, uscc=code,
    )  # fmt: skip
    planned = plan(session, clerk, (1, unit.uscc, "", 1, "", ""), (2, code, "", 1, "", ""))

    assert findings(planned) == [
        (2, "统一社会信用代码", "该单位已在其他交易团/分团登记"),
        (3, "统一社会信用代码", "其他交易团/分团已为该代码预设额度"),
    ]
    assert "厦门" not in json.dumps(planned.page(), ensure_ascii=False)


def test_a_unit_another_node_preset_for_gets_its_own_and_a_warning(session, world, clerk):
    code = factories.uscc()
    quota.set_allotment(
        session, edition_id=world.edition.id, delegation_id=world.other_sub.id, province_id=world.province.id, label=VIP,
        allotted=1, uscc=code,
    )  # fmt: skip
    unit = factories.unit(session, world.edition, world.sub, uscc=code, name="福州公司")
    planned = plan(session, clerk, (1, code, "别的名字", 4, 2, ""))

    assert planned.warnings == [
        (2, "单位名称与登记名称“福州公司”不一致，以登记名称为准"),
        (2, "其他交易团/分团也为该代码预设了额度，请联系省交易团秘书处核对"),
    ]
    assert imported(session, clerk, (1, code, "别的名字", 4, 2, "")).written == 2
    rows = session.execute(
        select(QuotaAllocation.uscc, QuotaAllocation.allotted).where(QuotaAllocation.unit_id == unit.id)
    )
    assert sorted(tuple(row)[1] for row in rows) == [2, 4]
    assert imported(session, clerk, (1, code, "别的名字", 4, 2, "")).counts == Counts(same=1)


def test_the_secretariat_sets_units_where_they_are_and_presets_where_it_chooses(session, world, secretary):
    unit = factories.unit(session, world.edition, world.below)
    code = factories.uscc()
    imported(session, secretary, (1, unit.uscc, "", 2, "", ""), (2, code, "", 3, "", ""), target_id=world.other_sub.id)

    assert (handed(session, world.below), handed(session, world.other_sub)) == (2, 3)
    with pytest.raises(Refused, match="不在您的管理范围内"):
        plan(session, secretary, (1, code, "", 3, "", ""), target_id=world.foreign_sub.id)


def test_a_locked_node_and_a_rejected_unit_take_no_quota(session, world, clerk, secretary):
    unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.rejected)
    here = select(DelegationEdition).where(DelegationEdition.delegation_id == world.sub.id)
    session.scalars(here).one().locked_at = factories.NOW
    session.flush()
    rows = [(1, unit.uscc, "", 1, "", ""), (2, factories.uscc(), "", 1, "", "")]

    assert [rule for _, _, rule in findings(plan(session, clerk, *rows))] == [
        "该单位审核不通过", "分团已锁定提交", "分团已锁定提交",
    ]  # fmt: skip
    assert len(findings(plan(session, secretary, *rows, target_id=world.sub.id))) == 1


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        (("序号", "统一社会信用代码*", "VIP额度*"), "缺少列“工作人员额度”"),
        ((*HEAD, "单位名称"), "列“单位名称”出现了两次"),
    ],
)
def test_another_table_is_refused_in_one_sentence(session, clerk, head, sentence):
    with pytest.raises(SheetError, match=sentence):
        quota_import.plan(session, clerk, book(("1",) * len(head), head=head), "额度.xlsx")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_in_its_encodings(session, clerk, encoding):
    code = factories.uscc()
    text = ",".join(HEAD) + f"\r\n1,{code},福州（测试）公司,2,,\r\n2,9.13501E+17,坏公司,1,1,\r\n"
    planned = quota_import.plan(session, clerk, text.encode(encoding), "额度.csv")

    assert findings(planned) == [(3, "统一社会信用代码", "单元格B3为科学计数法，末位已丢失")]
    assert list(planned.changes()) == [(2, code, "福州（测试）公司", "VIP额度", None, 2)]


def test_the_template_comes_back_as_a_good_file(session, world, clerk):
    unit = factories.unit(session, world.edition, world.sub, name="福州甲公司")
    factories.allocation(session, unit, VIP, allotted=5)
    factories.unit(session, world.edition, world.other_sub)
    empty = quota_template.template(session, clerk)
    filled = quota_template.template(session, clerk, filled=True)

    assert quota_import.plan(session, clerk, empty, "模板.xlsx").counts == Counts()
    planned = quota_import.plan(session, clerk, filled, "模板.xlsx")
    assert (planned.counts, planned.errors) == (Counts(same=1), [])
    sheet = load_workbook(BytesIO(filled)).worksheets[0]
    assert [cell.value for cell in sheet[2]][:5] == ["1", unit.uscc, "福州甲公司", 5, None]


def test_the_page_is_small_however_long_the_file(session, clerk):
    rows = [(number, factories.uscc(), f"第{number}公司", "x", "", "") for number in range(1000)]
    page = plan(session, clerk, *rows).page()

    assert (len(page["errors"]), page["errors_more"], page["counts"]["bad"]) == (200, 800, 1000)
    assert len(json.dumps(page, ensure_ascii=False)) < 60_000


def test_a_preset_whose_unit_registered_elsewhere_can_only_be_lowered(session, world, clerk):
    code = factories.uscc()
    imported(session, clerk, (1, code, "", 5, "", ""))
    factories.unit(session, world.edition, world.other_sub, uscc=code)
    session.commit()

    assert findings(plan(session, clerk, (1, code, "", 6, "", ""))) == [
        (2, "统一社会信用代码", "该单位已在其他交易团/分团登记")
    ]
    assert imported(session, clerk, (1, code, "", 0, 0, "")).written == 1
    assert handed(session, world.sub) == 20
