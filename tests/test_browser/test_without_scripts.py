"""With scripts off everything still works: coming in, narrowing, choosing, previewing; grave acts still ask."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from models import Account, Person, PersonStatus, TransferRequest, TransferStatus, Unit, UnitStatus
from tests.test_browser.acts import Import
from tests.test_browser.pages import Desk
from tests.test_browser.parts import press
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DELETABLE = (UnitStatus.draft, UnitStatus.returned, UnitStatus.pending_second, UnitStatus.pending_first)


@pytest.fixture
def desk(people: People) -> Desk:
    return people.at("xiamen1", java_script_enabled=False)


def _names(stored: Any, model: Any, state: Any) -> list[str]:
    with stored() as session:
        node = session.scalars(select(Account.delegation_id).where(Account.username == "xiamen1")).one()
        here = (model.delegation_id == node, model.review_status == state)
        return list(session.scalars(select(model.name).where(*here)))


def _deletable(stored: Any) -> tuple[str, UnitStatus]:
    """Return a unit of the desk's own node that nobody asked to take over, and its state."""
    with stored() as session:
        node = session.scalars(select(Account.delegation_id).where(Account.username == "fuzhou1")).one()
        asked = select(TransferRequest.unit_id).where(TransferRequest.status == TransferStatus.requested)
        free = (Unit.delegation_id == node, Unit.review_status.in_(DELETABLE), Unit.id.not_in(asked))
        name, state = session.execute(
            select(Unit.name, Unit.review_status).where(*free).order_by(Unit.id).limit(1)
        ).one()
        return name, state


def _state(stored: Any, name: str) -> Any:
    with stored() as session:
        return session.scalars(select(Unit.review_status).where(Unit.name == name)).one()


def test_chosen_rows_are_moved(desk: Desk, stored: Any) -> None:
    waiting = _names(stored, Person, PersonStatus.pending_confirm)[:2]
    listed = desk.menu("人员")
    press(desk.page.get_by_role("link", name="筛选"))
    panel = desk.page.locator(".filter-panel")
    panel.get_by_role("group", name="审核状态", exact=True).get_by_label("待确认", exact=True).check()
    press(panel.get_by_role("button", name="应用筛选"))

    preview = listed.choose(*waiting).act("取消代付")
    assert waiting
    assert preview.figures == [f"{len(waiting)} 将办理", "0 不能办理", f"{len(waiting)} 待确认 变为 待审核"]
    receipt = preview.confirm()

    assert sorted(row[0].split()[0] for row in receipt.rows) == sorted(waiting)
    assert {tuple(row[1:4]) for row in receipt.rows} == {("已办理", "待确认", "待审核")}
    assert set(_names(stored, Person, PersonStatus.pending_confirm)) & set(waiting) == set()


def test_a_deletion_still_asks_for_the_name(people: People, stored: Any) -> None:
    desk = people.at("fuzhou1", java_script_enabled=False)
    unit, state = _deletable(stored)
    listed = desk.menu("单位").search(unit)
    listed.choose(unit)
    preview = listed.act("删除")
    preview.form.fill({"理由": "重复登记，已另行报名", "确认文字": "别的名字"})
    preview.confirm()
    assert f"请输入“{unit}”以确认；尚未办理" in desk.words
    assert _state(stored, unit) is state

    preview.form.fill({"确认文字": unit})
    receipt = preview.confirm()
    assert [row[1:4] for row in receipt.rows] == [["已办理", state.label, "已删除"]]
    assert _state(stored, unit) is UnitStatus.deleted


def test_decisions_are_made_away_from_the_desk(desk: Desk, stored: Any, tmp_path: Path) -> None:
    waiting, passed = (_names(stored, Unit, state)[0] for state in (UnitStatus.pending_first, UnitStatus.approved))
    listed = desk.menu("单位")
    press(desk.page.get_by_role("link", name="导出", exact=True))
    path = listed.export("离线审核表", tmp_path)
    assert path.name.startswith("单位_离线审核表_")

    book = load_workbook(path)
    sheet = book.worksheets[0]
    places = {cell.value: cell.column for cell in sheet[1]}
    rows = {sheet.cell(row, places["单位名称"]).value: row for row in range(2, sheet.max_row + 1)}
    for name, move, words in ((waiting, "退回修改", "营业执照照片不清晰，请重新上传"), (passed, "删除", "短")):
        sheet.cell(rows[name], places["处理意见"], move)
        sheet.cell(rows[name], places["意见"], words)
    book.save(path)

    desk.menu("单位").take_in()
    page = Import(desk.page).upload(path)
    assert [figure for figure in page.figures if not figure.startswith("0")][0::2] == ["1 将办理", "1 有错误"]
    assert [row[3:] for row in page.table("错误")] == [["“理由”须为 5 至 500 个字", "请补充后重新上传"]]
    page.write("只办理可以办理的 1 行", "办理")
    assert desk.messages == ["已办理 1 行，未办理 1 行"]
    receipt = page.receipt("退回修改")
    assert [row[1:] for row in receipt.rows] == [["已办理", "待初审", "退回修改", "营业执照照片不清晰，请重新上传"]]
    assert waiting in _names(stored, Unit, UnitStatus.returned)
    assert passed in _names(stored, Unit, UnitStatus.approved)
