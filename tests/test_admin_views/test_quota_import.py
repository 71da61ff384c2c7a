"""The pages of the quota import: template, upload, preview, commit, and the table back with reasons."""

import io

import openpyxl
import pytest
from sqlalchemy import select

from models import Audit, ImportJob, Label, QuotaAllocation, QuotaPool, Role
from tests import factories
from tests.browser import token
from tests.test_admin_views._desk import Desk, Page
from tests.test_exchange.quota_tables import book

PLACE = "/admin/quota_allocation/import"
FIRST, SECOND, THIRD = (factories.uscc(number) for number in (901, 902, 903))


def upload(desk, *rows, name="额度.xlsx", data=None, **fields):
    """Choose a file and press the button; return the answer, on its preview page if there is one."""
    content = (io.BytesIO(book(*rows) if data is None else data), name)
    form = {"csrf_token": token(desk.client, PLACE), "file": content, **fields}
    answer = Page(desk.client.post(PLACE, data=form, content_type="multipart/form-data"))
    if answer.status != 303:
        return answer
    page = desk.get(answer.location)
    page.address = answer.location
    return page


def standing(system):
    with system() as session:
        row = QuotaAllocation
        return [tuple(found) for found in session.execute(select(row.uscc, row.label, row.allotted).order_by(row.id))]


def test_the_list_leads_to_the_import_and_the_page_offers_the_template(desk):
    assert desk.get("/admin/quota_allocation/").links["模板与填写说明"] == f"{PLACE}"
    page = desk.get(PLACE)
    assert page.links["下载空白模板"] == f"{PLACE}/template.xlsx"
    assert "填写的是额度总数：再次导入同一文件不会重复增加" in page.words
    sheet = openpyxl.load_workbook(io.BytesIO(desk.client.get(f"{PLACE}/template.xlsx").data)).worksheets[0]
    assert [cell.value for cell in sheet[1]][1] == "统一社会信用代码*"


def test_a_template_with_the_present_numbers_is_entered_in_the_trail(desk, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub)
        factories.allocation(session, unit, Label.VIP, allotted=7)
    answer = desk.client.post(f"{PLACE}/template.xlsx", data={"csrf_token": token(desk.client, PLACE)})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert [cell.value for cell in sheet[2]][1:4] == [unit.uscc, unit.name, 7]
    with system() as session:
        assert session.scalars(select(Audit.reason).where(Audit.action == "quota_allocation.export")).all() == [
            "额度导入模板（含现有数据）"
        ]


def test_an_upload_shows_what_it_would_do_and_writes_nothing_before_yes(desk, system):
    page = upload(desk, (1, FIRST, "甲公司", 3, 2, None), (2, SECOND, "乙公司", None, 1, "晚到"))
    assert page.figures == ["2 新增", "0 变更", "0 相同，不改动", "0 有错误"]
    assert [row for row in page.rows if row[1] in (FIRST, SECOND)] == [
        ["2", FIRST, "甲公司", "VIP额度", "—", "3"],
        ["2", FIRST, "甲公司", "工作人员额度", "—", "2"],
        ["3", SECOND, "乙公司", "工作人员额度", "—", "1"],
    ]
    assert ["福州分团", "VIP", "3", "80", "够用"] in page.rows
    assert standing(system) == []
    answer = desk.post(f"{page.address}/commit")
    assert (answer.status, answer.location) == (303, page.address)
    assert standing(system) == [(FIRST, Label.VIP, 3), (FIRST, Label.STAFF, 2), (SECOND, Label.STAFF, 1)]
    done = desk.get(page.address)
    assert "已写入：新增 2 行，变更 0 行；相同未动 0 行，未写入 0 行" in done.words
    assert done.links["查看单位额度"] == "/admin/quota_allocation/"


def test_a_long_table_tells_its_first_changes_and_all_when_asked(desk):
    page = upload(desk, *((n, factories.uscc(76_543_000 + n), f"第{n}公司", 1, None, None) for n in range(25)))

    def told(shown):
        return sum(row[3] == "VIP额度" for row in shown.rows if len(row) > 3)

    assert (told(page), "另有 5 处" in page.words) == (20, True)
    whole = desk.get(page.links["逐条显示"])
    assert (told(whole), "另有" in whole.words) == (25, False)


def test_the_same_file_again_changes_nothing(desk, system, world):
    rows = [(1, FIRST, "甲公司", 3, 2, None)]
    for _ in range(2):
        page = upload(desk, *rows)
        desk.post(f"{page.address}/commit")
    assert page.figures == ["0 新增", "0 变更", "1 相同，不改动", "0 有错误"]
    assert ("没有可写入的行。改好表格后请重新上传。" in page.words, "写入" in page.buttons) == (True, False)
    with system() as session:
        pool = select(QuotaPool.allocated).where(QuotaPool.delegation_id == world.sub.id, QuotaPool.label == Label.VIP)
        assert session.scalars(pool).all() == [23]


def test_every_error_is_told_at_once_and_the_good_rows_may_be_written_alone(desk, system):
    page = upload(
        desk, (1, FIRST, "甲公司", 3, 0, None), (2, 913501982_00000001, "乙公司", 1, 1, None), (3, THIRD, "丙公司", "三", -1, None)
    )  # fmt: skip
    assert page.figures == ["1 新增", "0 变更", "0 相同，不改动", "2 有错误"]
    assert [row[:2] for row in page.rows if len(row) == 5 and row[0] in "34"] == [
        ["3", "统一社会信用代码"], ["4", "VIP额度"], ["4", "工作人员额度"],
    ]  # fmt: skip
    refused = desk.post(f"{page.address}/commit", mode="all")
    assert (refused.status, "没有写入任何数据： 不能写入的行怎么办 ：有2行错误，未写入任何数据" in refused.words) == (
        422,
        True,
    )
    assert standing(system) == []
    assert desk.post(f"{page.address}/commit", mode="good").status == 303
    assert standing(system) == [(FIRST, Label.VIP, 3)]
    assert "有错误的 2 行没有写入，原因见标注了的原表。" in desk.get(page.address).words


def test_the_table_comes_back_with_what_became_of_every_row(desk):
    page = upload(desk, (1, FIRST, "甲公司", 3, 0, None), (2, SECOND, "乙公司", "三", 1, None))
    desk.post(f"{page.address}/commit", mode="good")
    answer = desk.client.get(f"{page.address}/result.xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0].values)
    assert rows[0][-2:] == ("处理结果", "错误说明")
    assert [row[-2] for row in rows[1:]] == ["已新增", "未写入"]
    assert "VIP额度" in rows[2][-1]
    assert "%E9%A2%9D%E5%BA%A6_%E5%A4%84%E7%90%86%E7%BB%93%E6%9E%9C.xlsx" in answer.headers["Content-Disposition"]


def test_a_second_click_writes_nothing_more_and_shows_the_result(desk, system):
    page = upload(desk, (1, FIRST, "甲公司", 3, 0, None))
    answers = [desk.post(f"{page.address}/commit") for _ in range(2)]
    assert [(answer.status, answer.location) for answer in answers] == [(303, page.address)] * 2
    with system() as session:
        assert len(session.scalars(select(Audit.id).where(Audit.action == "quota_allocation.import")).all()) == 1


def test_data_that_moved_on_leads_to_a_new_preview_and_nothing_is_written(desk, system, world):
    page = upload(desk, (1, FIRST, "甲公司", 30, 0, None))
    with system() as session:
        pool = select(QuotaPool).where(QuotaPool.delegation_id == world.sub.id, QuotaPool.label == Label.VIP)
        session.scalars(pool).one().total = 25
    answer = desk.post(f"{page.address}/commit")
    again = desk.get(answer.location)
    assert (answer.status, answer.location != page.address, standing(system)) == (303, True, [])
    assert "数据在预览后已变化，没有写入；以下是按现在的数据重新核对的结果" in again.words
    assert "分团VIP额度余额不足：需30个，剩余5个" in again.words


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "额度.xlsx", "文件是空的；请下载模板填写后再上传"),
        (b"\x89PNG\r\n\x1a\n123", "额度.png", "只能读取 .xlsx 或 .csv 文件；请下载模板填写后再上传"),
        ("姓名,电话\n王五,1\n".encode(), "名单.csv", "统一社会信用代码"),
    ],
)
def test_a_file_that_is_no_quota_table_is_told_at_its_field(desk, system, data, name, sentence):
    answer = upload(desk, data=data, name=name)
    assert (answer.status, sentence in answer.words) == (422, True)
    with system() as session:
        assert session.scalars(select(ImportJob.id)).all() == []


def test_without_a_file_the_page_asks_for_one(desk):
    answer = desk.post(PLACE)
    assert (answer.status, "请选择要上传的文件" in answer.words) == (422, True)


def test_a_csv_is_read_too_and_may_go_to_a_node_below_but_to_no_other(desk, system, world):
    data = f"统一社会信用代码,单位名称,VIP额度,工作人员额度\n{FIRST},甲公司,3,0\n".encode("gb18030")
    foreign = upload(desk, data=data, name="额度.csv", target_id=str(world.other_sub.id))
    assert (foreign.status, "所选交易团/分团不存在或不在您的管理范围内，请重新选择" in foreign.words) == (422, True)
    page = upload(desk, data=data, name="额度.csv", target_id=str(world.below.id))
    desk.post(f"{page.address}/commit")
    with system() as session:
        assert session.scalars(select(QuotaAllocation.delegation_id)).all() == [world.below.id]


def test_an_upload_is_its_accounts_alone(desk, login, system, world):
    page = upload(desk, (1, FIRST, "甲公司", 3, 0, None))
    with system() as session:
        colleague = factories.account(session, world.sub)
    desk.post("/logout")
    login(colleague)
    answers = [desk.get(page.address), desk.post(f"{page.address}/commit"), desk.get(f"{page.address}/result.xlsx")]
    assert ([answer.status for answer in answers], standing(system)) == ([404] * 3, [])


@pytest.mark.parametrize("role", [Role.finance, Role.auditor, Role.sysadmin, Role.security])
def test_a_role_without_the_right_gets_nothing(client, login, world, system, role):
    other = Desk(client, login, world.accounts[role])
    answers = [
        other.get(PLACE), other.post(PLACE), other.get(f"{PLACE}/template.xlsx"), other.post(f"{PLACE}/template.xlsx"),
        other.get(f"{PLACE}/AAAAAAAAAA"), other.post(f"{PLACE}/AAAAAAAAAA/commit"),
    ]  # fmt: skip
    assert ([answer.status for answer in answers], standing(system)) == ([403] * 6, [])
