"""The pages of the decision workbook: export from the list, upload, what would happen, yes, receipts, the table back."""

import io

import openpyxl
import pytest
from sqlalchemy import select

from exchange import read_child, reading
from models import Audit, ImportJob, Role, Unit, UnitStatus
from tests import factories
from tests.browser import token
from tests.test_admin_views._desk import OPINION, PENDING, Desk, Page, cap, states
from tests.test_exchange.decision_tables import Table

PASS, RETURN, REJECT = "初审通过并提报", "退回修改", "审核不通过"


@pytest.fixture(autouse=True)
def _in_place(monkeypatch):
    """Read without a process of its own: what that is for is shown by ``test_hostile_files``."""
    monkeypatch.setattr(reading, "_in_child", read_child.parse)


def exported(desk, noun, *columns, address="", **fields):
    page = desk.get(f"/admin/{noun}/?panel=exports&{address}")
    form = {"query": page.fields["query"], "sort": page.fields["sort"], "columns": list(columns), "format": "decisions"}
    data = {"csrf_token": token(desk.client, "/admin/"), **form, **fields}
    return desk.client.post(f"/admin/{noun}/export", data=data)


def table(desk, noun, *columns, **more):
    return Table(exported(desk, noun, *(columns or ("name", "review_status")), **more).data)


def upload(desk, noun, data, name="单位_离线审核表.xlsx"):
    place = f"/admin/{noun}/import"
    form = {"csrf_token": token(desk.client, place), "file": (io.BytesIO(data), name)}
    answer = Page(desk.client.post(place, data=form, content_type="multipart/form-data"))
    if answer.status != 303:
        return answer
    page = desk.get(answer.location)
    page.address = answer.location
    return page


def test_the_list_is_taken_away_as_it_is_filtered_sorted_and_masked(desk, units, system, world):
    with system() as session:
        factories.unit(session, world.edition, world.other_sub, review_status=PENDING)
    answer = exported(desk, "unit", "contact_mobile", "name", address="review_status=pending_first&sort=id")
    assert "%E5%8D%95%E4%BD%8D_%E7%A6%BB%E7%BA%BF%E5%AE%A1%E6%A0%B8%E8%A1%A8_" in answer.headers["Content-Disposition"]
    rows = Table(answer.data).rows
    assert [row["行编号"] for row in rows] == refs(system, units[2], units[0])
    assert {row["联系人手机"][3:7] for row in rows} == {"****"}
    assert list(rows[0])[4:] == ["单位名称", "联系人手机", "处理意见", "意见", "接收方"]
    with system() as session:
        told = session.scalars(select(Audit.changes).where(Audit.action == "unit.export")).one()
    assert '"行数": 2, "格式": "decisions", "完整号码": false' in told


def refs(system, *ids):
    with system() as session:
        return [session.get_one(Unit, number).ref for number in ids]


def test_the_list_leads_to_the_import_and_the_import_to_the_export(desk):
    assert desk.get("/admin/unit/").links["模板与填写说明"] == "/admin/unit/import"
    page = desk.get("/admin/unit/import")
    assert page.links["到列表导出离线审核表"] == "/admin/unit/?panel=exports"
    assert "工作表保护没有密码" in page.words


@pytest.mark.usefixtures("units")
def test_from_the_file_to_the_receipts_and_the_table_back(desk, system):
    data = table(desk, "unit").write(2, PASS).write(4, RETURN, OPINION).saved()
    page = upload(desk, "unit", data)
    assert page.figures == [
        "2 将办理",
        "1 未填写，不办理",
        "0 相同，不重复办理",
        "0 导出后已变化",
        "0 不能办理",
        "0 有错误",
    ]
    assert [row for row in page.rows if len(row) == 4] == [[PASS, "1", "0", ""], [RETURN, "1", "0", ""]]
    assert [row[3:] for row in page.rows if len(row) == 6][1:] == [
        [PASS, "待初审", "待复审"], [RETURN, "待初审", f"退回修改{OPINION}"],
    ]  # fmt: skip
    assert states(system) == [PENDING, UnitStatus.draft, PENDING]
    assert desk.post(f"{page.address}/commit").location == page.address
    assert states(system) == [UnitStatus.returned, UnitStatus.draft, UnitStatus.pending_second]
    done = desk.get(page.address)
    assert "已办理 2 行，未办理 0 行" in done.words
    receipt = desk.get(done.links["查看回执"])
    assert [row[1:] for row in receipt.rows if len(row) == 5] == [["已办理", "待初审", "退回修改", OPINION]]
    rows = list(
        openpyxl.load_workbook(io.BytesIO(desk.client.get(f"{page.address}/result.xlsx").data)).worksheets[0].values
    )
    assert [row[-2:] for row in rows] == [
        ("处理结果", "错误说明"),
        ("已办理", None),
        ("未填写", None),
        ("已办理", None),
    ]


@pytest.mark.usefixtures("units")
def test_the_same_file_again_offers_nothing_to_do(desk, system):
    data = table(desk, "unit").write(2, PASS).saved()
    desk.post(f"{upload(desk, 'unit', data).address}/commit")
    before = states(system)
    again = upload(desk, "unit", data)
    assert again.figures[:3] == ["0 将办理", "2 未填写，不办理", "1 相同，不重复办理"]
    assert ("没有可写入的行。改好表格后请重新上传。" in again.words, "办理" in again.buttons) == (True, False)
    assert states(system) == before


@pytest.mark.usefixtures("units")
def test_what_is_grave_takes_a_tick_and_a_typed_count(desk, system):
    page = upload(desk, "unit", table(desk, "unit").write(2, REJECT, OPINION).write(4, REJECT, OPINION).saved())
    assert "请输入“确认2”" in page.words
    refused = desk.post(f"{page.address}/commit", confirm_typed="确认3")
    assert (refused.status, states(system)) == (422, [PENDING, UnitStatus.draft, PENDING])
    assert ("请勾选以确认；尚未办理" in refused.words, "请输入“确认2”以确认；尚未办理" in refused.words) == (True, True)
    assert desk.post(f"{page.address}/commit", sure="y", confirm_typed="确认2").status == 303
    assert states(system) == [UnitStatus.rejected, UnitStatus.draft, UnitStatus.rejected]


def test_with_the_cap_short_only_the_rows_that_fit_are_done_if_one_agrees(desk, persons, system, world):
    cap(system, world, 40_000)
    filled = table(desk, "person", address="sort=id")
    for row in range(2, 2 + len(persons)):
        filled.write(row, "确认代付")
    page = upload(desk, "person", filled.saved())
    assert ["确认代付", "统付额度（元）", "1,000.00", "400.00", "不够"] in page.rows
    assert page.figures[0::4] == ["2 将办理", "3 不能办理"]
    refused = desk.post(f"{page.address}/commit", mode="all", sure="y")
    assert (refused.status, "有3行错误，未写入任何数据" in refused.words) == (422, True)
    assert desk.post(f"{page.address}/commit", mode="good", sure="y").status == 303
    assert "已办理 2 行，未办理 3 行" in desk.get(page.address).words


def test_data_that_moved_on_leads_to_a_new_preview_and_nothing_is_done(desk, units, system):
    page = upload(desk, "unit", table(desk, "unit").write(2, PASS).write(4, PASS).saved())
    with system() as session:
        session.get_one(Unit, units[0]).remark = "刚刚补充"
        session.get_one(Unit, units[0]).row_version += 1
    answer = desk.post(f"{page.address}/commit")
    again = desk.get(answer.location)
    assert (answer.status, answer.location != page.address) == (303, True)
    assert states(system) == [PENDING, UnitStatus.draft, PENDING]
    assert "数据在预览后已变化，没有写入；以下是按现在的数据重新核对的结果" in again.words
    assert (again.figures[0], again.figures[3]) == ("1 将办理", "1 导出后已变化")


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "a.xlsx", "文件是空的"),
        (b"PK\x03\x04" + b"x" * 99, "a.xlsx", "文件已损坏"),
        ("姓名,电话\n王五,1\n".encode(), "名单.csv", "这不是离线审核表"),
    ],
)
def test_a_file_that_is_no_decision_workbook_is_told_at_its_field(desk, system, data, name, sentence):
    answer = upload(desk, "unit", data, name)
    assert (answer.status, sentence in answer.words) == (422, True)
    with system() as session:
        assert session.scalars(select(ImportJob.id)).all() == []


@pytest.mark.usefixtures("units")
def test_a_csv_of_the_same_rows_is_read_too(desk, system):
    rows = table(desk, "unit").write(2, RETURN, OPINION).rows
    lines = [",".join(rows[0]), *(",".join(str(value or "") for value in row.values()) for row in rows)]
    page = upload(desk, "unit", "\r\n".join(lines).encode("gb18030"), "单位.csv")
    desk.post(f"{page.address}/commit")
    assert states(system) == [PENDING, UnitStatus.draft, UnitStatus.returned]


@pytest.mark.usefixtures("units")
def test_an_upload_is_its_accounts_alone_and_its_lists(desk, login, system, world):
    page = upload(desk, "unit", table(desk, "unit").write(2, PASS).saved())
    assert desk.get(page.address.replace("/unit/", "/person/")).status == 404
    with system() as session:
        colleague = factories.account(session, world.sub)
    desk.post("/logout")
    login(colleague)
    answers = [desk.get(page.address), desk.post(f"{page.address}/commit"), desk.get(f"{page.address}/result.xlsx")]
    assert ([answer.status for answer in answers], states(system)) == ([404] * 3, [PENDING, UnitStatus.draft, PENDING])


@pytest.mark.parametrize("role", [Role.finance, Role.auditor, Role.sysadmin])
def test_a_role_without_a_move_gets_nothing(client, login, world, role):
    other = Desk(client, login, world.accounts[role])
    answers = [
        other.get("/admin/person/import"), other.post("/admin/person/import"), other.get("/admin/person/import/AAAAAAAAAA"),
        other.post("/admin/person/import/AAAAAAAAAA/commit"), other.post("/admin/person/export", format="decisions"),
    ]  # fmt: skip
    assert [answer.status for answer in answers] == [403] * 5


def test_the_police_take_away_decisions_but_no_other_file(client, login, world):
    police = Desk(client, login, world.accounts[Role.security])
    page = police.get("/admin/person/?panel=exports")
    assert [word for word in ("离线审核表", "Excel (xlsx)", "CSV") if word in page.buttons] == ["离线审核表"]
    assert (
        police.post("/admin/person/export", format="xlsx", query=page.fields["query"], columns=["name"]).status == 403
    )
    assert len(table(police, "person", "name", "id_no").rows) == 0


def test_templates_are_the_lists_own(desk):
    assert [
        desk.get("/admin/unit/import/template.xlsx").status,
        desk.post("/admin/unit/import/template.xlsx").status,
    ] == [404, 404]
    assert desk.get("/admin/fee/import").status == 404


def test_text_that_looks_like_a_formula_stays_text(desk, system, world):
    with system() as session:
        factories.unit(
            session, world.edition, world.sub, review_status=PENDING, name='=HYPERLINK("http://evil","点我")'
        )
    filled = table(desk, "unit")
    assert (filled.cell("单位名称", 2).value, filled.cell("单位名称", 2).data_type) == (
        '=HYPERLINK("http://evil","点我")',
        "s",
    )
    filled.cell("意见", 2).value = "@SUM(1+1)*cmd|' /C calc'!A0"
    filled.cell("意见", 2).data_type = "s"
    page = upload(desk, "unit", filled.write(2, RETURN).saved())
    desk.post(f"{page.address}/commit")
    back = openpyxl.load_workbook(io.BytesIO(desk.client.get(f"{page.address}/result.xlsx").data)).worksheets[0]
    assert {cell.data_type for row in back.iter_rows() for cell in row if cell.value} == {"s"}
    with system() as session:
        assert session.scalars(select(Unit.opinion)).all() == ["@SUM(1+1)*cmd|' /C calc'!A0"]


def test_a_decision_workbook_never_carries_numbers_in_full(desk):
    answer = exported(desk, "unit", "name", whole="1", reason="电话核对")
    assert (answer.status_code, answer.location) == (303, "/admin/unit/")
    assert "离线审核表始终脱敏：请取消“导出完整号码”后再导出" in desk.get("/admin/unit/").words
