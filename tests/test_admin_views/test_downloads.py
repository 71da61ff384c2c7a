"""Exports: exactly the rows and columns of the list, masked by role, entered in the trail before the first row leaves."""

import csv
import io
import json
import re

import openpyxl
import pytest
from sqlalchemy import select

from models import Audit, PersonStatus, Role, UnitStatus
from tests import factories
from tests.test_admin_views._desk import Desk

COLUMNS = ["name", "review_status", "id_no", "mobile", "unit_id", "delegation_id", "created_at"]


@pytest.fixture
def office(client, login, world):
    return Desk(client, login, world.accounts[Role.secretariat])


@pytest.fixture
def persons(system, world):
    """Give three approved persons and one draft of the sub-delegation, and one approved elsewhere."""
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.approved, name="海丰公司")
        other = factories.unit(session, world.edition, world.other_sub, review_status=UnitStatus.approved)
        for number, name in enumerate(("甲一", "乙二", "丙三"), 1):
            factories.person(session, unit, name=name, id_no=factories.resident_id(number), mobile=f"1380000000{number}",
                             review_status=PersonStatus.approved, created_at=factories.NOW.replace(2024, 9, number, 0, 0, 0, 0))  # fmt: skip
        factories.person(session, unit, name="丁四", review_status=PersonStatus.draft)
        factories.person(session, other, name="戊五", review_status=PersonStatus.approved)


def export(desk, address="", **fields):
    page = desk.get(f"/admin/person/{address}{'&' if '?' in address else '?'}panel=exports")
    given = {"columns": COLUMNS, "format": "csv", "query": page.fields["query"], "sort": page.fields["sort"], **fields}
    return desk.post("/admin/person/export", **given).response


def table(response):
    return list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"))))


def trail(system):
    with system() as session:
        rows = session.execute(select(Audit.actor, Audit.changes, Audit.reason).where(Audit.action == "person.export"))
        return [(actor, json.loads(changes), reason) for actor, changes, reason in rows]


@pytest.mark.usefixtures("persons")
def test_the_file_holds_the_rows_columns_and_order_of_the_list(office, world):
    rows = table(export(office, f"?review_status=approved&delegation_id={world.sub.id}&sort=name"))
    assert rows[0] == ["姓名", "审核状态", "证件号码", "手机号码", "登记时间", "单位", "交易团/分团"]
    masked = [f"{number[:3]}***********{number[-4:]}" for number in map(factories.resident_id, (3, 2, 1))]
    assert rows[1:] == [
        ["丙三", "审核通过", masked[0], "138****0003", "2024-09-03 08:00:00", "海丰公司", "福州分团"],
        ["乙二", "审核通过", masked[1], "138****0002", "2024-09-02 08:00:00", "海丰公司", "福州分团"],
        ["甲一", "审核通过", masked[2], "138****0001", "2024-09-01 08:00:00", "海丰公司", "福州分团"],
    ]


@pytest.mark.usefixtures("persons")
def test_a_workbook_holds_the_same(office):
    response = export(office, "?review_status=approved&sort=name", format="xlsx", columns=["name", "unit_id"])
    sheet = openpyxl.load_workbook(io.BytesIO(response.data)).active
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["姓名", "丙三", "乙二", "戊五", "甲一"]


@pytest.mark.usefixtures("persons")
def test_the_name_of_the_file_is_chinese_with_day_and_minute(office):
    header = export(office, format="xlsx").headers["Content-Disposition"]
    assert re.search(r"filename\*=UTF-8''%E4%BA%BA%E5%91%98_\d{4}-\d\d-\d\d_\d{4}\.xlsx$", header)


@pytest.mark.usefixtures("persons")
def test_the_trail_tells_who_what_and_how_many_even_when_nobody_reads_on(office, system, world):
    page = office.get("/admin/person/?review_status=approved&panel=exports")
    answer = office.client.post(
        "/admin/person/export",
        data={"csrf_token": page.fields["csrf_token"], "columns": ["name", "id_no"], "format": "csv",
              "query": page.fields["query"], "sort": "-created_at"},
        buffered=False,
    )  # fmt: skip
    answer.close()  # the reader goes away before the first row
    told = {"筛选": "审核状态是审核通过", "列": "姓名、证件号码", "行数": 4, "格式": "csv", "完整号码": False}
    assert trail(system) == [(world.accounts[Role.secretariat].name, told, None)]


@pytest.mark.usefixtures("persons")
def test_whole_numbers_need_the_right_and_a_reason(office, system):
    whole = export(office, "?sort=name&review_status=approved", whole="1", reason="报送公安部门审核")
    assert [row[2] for row in table(whole)[1:]][:2] == [factories.resident_id(3), factories.resident_id(2)]
    refused = export(office, whole="1", reason="")
    assert (refused.status_code, refused.location) == (303, "/admin/person/")
    assert "导出完整号码须填写事由（2 至 200 个字）" in office.get("/admin/person/").words
    assert [(told["完整号码"], reason) for _actor, told, reason in trail(system)] == [(True, "报送公安部门审核")]


@pytest.mark.usefixtures("persons")
def test_a_role_that_may_not_reveal_gets_masks_or_nothing(client, login, world, system):
    desk = Desk(client, login, world.accounts[Role.finance])
    assert "导出完整号码" not in desk.get("/admin/person/?panel=exports").words
    assert table(export(desk, "?sort=name"))[1][2].count("*") == 11
    assert export(desk, whole="1", reason="想看一看").status_code == 403
    assert [told["完整号码"] for _actor, told, _reason in trail(system)] == [False]


@pytest.mark.usefixtures("persons")
def test_a_sub_delegation_exports_its_own_rows(desk):
    assert [row[0] for row in table(export(desk, "?sort=name"))[1:]] == ["丁四", "丙三", "乙二", "甲一"]


def test_the_rows_of_two_nodes_leave_in_the_order_of_the_list(client, login, system, world):
    with system() as session:
        below = factories.delegation(session, parent=world.sub)
        units = [factories.unit(session, world.edition, node) for node in (world.sub, below, world.other_sub)]
        for number, unit in enumerate([*units, *units, *units[::-1]], 1):
            factories.person(session, unit, name=f"{unit.id}之{number}", mobile=f"1380000000{number}",
                             created_at=factories.NOW.replace(2024, 9, number))  # fmt: skip
        clerk = factories.account(session, world.sub)
    desk = Desk(client, login, clerk)
    shown = [row[1] for row in desk.get("/admin/person/").rows]
    rows = table(export(desk))[1:]
    assert [row[0] for row in rows] == shown
    assert [row[3] for row in rows] == [f"138****000{number}" for number in (9, 8, 5, 4, 2, 1)]
    assert [row[0] for row in table(export(desk, "?sort=created_at"))[1:]] == shown[::-1]


@pytest.mark.usefixtures("persons")
def test_a_query_that_is_not_ones_own_exports_nothing(office, system):
    answer = export(office, query="forged")
    assert (answer.status_code, trail(system)) == (303, [])
    assert "没有收到列表的筛选条件，请回到列表重新选择" in office.get("/admin/person/").words


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"columns": []}, "请至少选择一列再导出"),
        ({"columns": ["id_no_index", "row_version", "nosuch"]}, "请至少选择一列再导出"),
        ({"format": "exe"}, "请选择导出为 Excel 还是 CSV"),
    ],
)
def test_an_export_that_asks_for_nothing_sensible_leads_back_with_a_sentence(office, system, fields, told):
    assert export(office, **fields).status_code == 303
    assert (told in office.get("/admin/person/").words, trail(system)) == (True, [])


def test_formulas_and_long_codes_stay_text(office, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, name="=1+1公司", contact_name="+86甲")
    page = office.get("/admin/unit/?panel=exports")
    fields = {"columns": ["name", "uscc"], "query": page.fields["query"], "sort": page.fields["sort"]}
    rows = table(office.post("/admin/unit/export", format="csv", **fields).response)
    assert rows == [["单位名称", "统一社会信用代码"], ["'=1+1公司", unit.uscc]]
    book = office.post("/admin/unit/export", format="xlsx", **fields).response
    cells = next(openpyxl.load_workbook(io.BytesIO(book.data)).active.iter_rows(min_row=2))
    assert [(cell.value, cell.data_type) for cell in cells] == [("=1+1公司", "s"), (unit.uscc, "s")]


def test_without_the_right_there_is_no_export(client, login, world):
    desk = Desk(client, login, world.accounts[Role.sysadmin])
    assert "导出" not in desk.get("/admin/fee/").links
    assert desk.post("/admin/fee/export", format="csv", columns=["name"]).status == 403
