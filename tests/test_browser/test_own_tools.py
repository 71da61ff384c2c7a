"""What a clerk does all day beside the moves: finds from anywhere, keeps views, ticks across pages, edits a cell, takes back."""

from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from models import Account, Person, PersonStatus, Unit, UnitStatus
from models.kinds import opened
from tests.test_browser.pages import Desk, List
from tests.test_browser.parts import press
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def desk(people: People) -> Desk:
    return people.at("fuzhou1")


def _rows(stored: Any, model: Any, state: Any) -> list[Any]:
    with stored() as session:
        node = session.scalars(select(Account.delegation_id).where(Account.username == "fuzhou1")).one()
        return list(session.scalars(select(model).where(model.delegation_id == node, model.review_status == state)))


def test_a_person_is_found_by_the_last_digits_from_any_page_and_comes_first_next_time(desk: Desk, stored: Any) -> None:
    person, page = _rows(stored, Person, PersonStatus.pending_confirm)[0], desk.page
    tail = opened(person, "id_no")[-4:]
    desk.menu("审计日志")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="查找")
    box.fill(tail)
    expect(page.get_by_role("option", name=person.name).first).to_be_visible()
    listed = page.get_by_role("group", name="人员").get_by_role("option")
    while person.name not in page.locator("[role=option][aria-selected=true]").inner_text():
        page.keyboard.press("ArrowDown")
    assert listed.filter(has_text=person.name).first.get_attribute("id") == box.get_attribute("aria-activedescendant")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(person.name)

    # The window tells of it while it is open, the server knows of it when the window has been left.
    for leave in (lambda: desk.menu("单位"), lambda: desk.visit("/admin/unit/"), lambda: desk.menu("人员")):
        leave()
        page.get_by_role("link", name="查找").click()
        expect(page.get_by_role("group", name="最近打开").get_by_role("option").first).to_contain_text(person.name)
        page.keyboard.press("Escape")
        expect(box).to_be_hidden()


def test_ticked_rows_stay_ticked_on_other_pages_and_are_moved_together(desk: Desk) -> None:
    page, address = desk.page, "/admin/person/?size=20&sort=name&view=0"
    desk.visit(address)
    chosen = List(page).names[:2]
    List(page).choose(*chosen)
    press(page.get_by_role("link", name="下一页"))
    chosen.append(List(page).names[0])
    List(page).choose(chosen[-1])
    press(page.locator("thead").get_by_role("link", name="姓名"))  # another order, the same choice
    expect(page.locator("[data-bulk] [data-count]")).to_have_text("3")
    press(page.get_by_role("button", name="查看已选"))
    assert sorted(List(page).names) == sorted(chosen)

    List(page).row(chosen[0]).get_by_role("checkbox").uncheck()
    preview = List(page).act("删除")
    assert sum(int(figure.split()[0]) for figure in preview.figures[:2]) == 2
    desk.visit(address)
    expect(page.locator("[data-bulk] [data-count]")).to_have_text("2")
    page.get_by_role("button", name="清除选择").click()
    desk.visit(address)
    expect(page.locator("[data-bulk] [data-count]")).to_have_text("0")


def test_a_cell_is_edited_by_keyboard_and_a_move_is_taken_back_by_the_toast(desk: Desk, stored: Any) -> None:
    unit, page = _rows(stored, Unit, UnitStatus.pending_first)[0], desk.page
    listed = desk.menu("单位").search(unit.name)
    row = listed.row(unit.name)
    row.get_by_role("checkbox").focus()
    page.keyboard.press("F2")
    heads = page.locator("thead th").evaluate_all("heads => heads.map((head) => head.dataset.key)")
    cell = row.locator("> *").nth(heads.index("city"))
    while page.evaluate("document.activeElement.cellIndex") != heads.index("city"):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    cell.get_by_role("textbox", name="所在城市").fill("")
    page.keyboard.press("Enter")
    expect(cell.get_by_role("alert")).to_have_text("请填写“所在城市”")
    cell.get_by_role("textbox").fill("漳州市")
    page.keyboard.press("Enter")
    expect(cell).to_have_text("漳州市")

    listed.choose(unit.name)
    listed.act("初审通过并提报").confirm()
    toast = page.get_by_role("status").filter(has_text="已办理 1 条")
    press(toast.get_by_role("button", name="撤销"))
    assert desk.heading.startswith("撤销")
    with stored() as session:
        now = session.get_one(Unit, unit.id)
        assert (now.city, now.review_status) == ("漳州市", UnitStatus.pending_first)
