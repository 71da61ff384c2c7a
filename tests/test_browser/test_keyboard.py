"""The main job without a mouse: come in, find a unit, open its menu, return it, say yes, take it back; every stop is seen."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from models import Account, Unit, UnitStatus
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
OPINION = "营业执照照片不清晰，请重新上传"
MOST = 120  # stops on the way to anything
STOP = """(wanted) => {
    const at = document.activeElement;
    if (!at || at === document.body) return [false, true];
    const look = getComputedStyle(at);
    const seen = look.outlineStyle !== "none" || look.boxShadow !== "none" || at.matches("main, .pick input");
    return [at.matches(wanted), seen];
}"""


def _go_to(page: Page, wanted: str, key: str = "Tab") -> None:
    """Press Tab until what is wanted has the focus; whatever has it on the way shows that it has."""
    for _ in range(MOST):
        there, seen = page.evaluate(STOP, wanted)
        assert seen, page.evaluate("() => document.activeElement.outerHTML.slice(0, 200)")
        if there:
            return
        page.keyboard.press(key)
    raise AssertionError(f"no stop at {wanted}")


def _enter(page: Page, address: str, key: str = "Enter") -> None:
    """Press what has the focus and wait for the page it leads to."""
    page.keyboard.press(key)
    page.wait_for_url(re.compile(address))


def _unit(stored: Any) -> tuple[int, str]:
    with stored() as session:
        node = session.scalars(select(Account.delegation_id).where(Account.username == "xiamen1")).one()
        here = (Unit.delegation_id == node, Unit.review_status == UnitStatus.pending_first)
        found = session.execute(select(Unit.id, Unit.name).where(*here).order_by(Unit.id).limit(1)).one()
        return found.id, found.name


def _state(stored: Any, number: int) -> UnitStatus:
    with stored() as session:
        return session.get_one(Unit, number).review_status


def test_a_unit_is_returned_and_taken_back_by_keyboard_alone(people: People, stored: Any) -> None:
    number, name = _unit(stored)
    page = people.window().visit("/login").page
    _go_to(page, "[name=username]")
    page.keyboard.type("xiamen1")
    _go_to(page, "[name=password]")
    page.keyboard.type(people.product.passwords["xiamen1"])
    _enter(page, "/admin/$")

    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.matches('.skip-link')")
    _go_to(page, ".side a[href='/admin/unit/']")
    _enter(page, "/admin/unit/$")
    page.keyboard.press("/")
    page.keyboard.type(name)
    _enter(page, "[?&]search=")
    page.wait_for_function(
        "() => document.querySelectorAll('table.rows tbody tr').length === 1"
    )  # the address is first
    _go_to(page, "a[data-menu]")
    page.keyboard.press("Enter")
    page.locator("details.row-menu[open]").wait_for()
    _go_to(page, "button[value^='return_for_edit:']")
    _enter(page, "/admin/batch/[^/?]+[?]")
    _go_to(page, "[name=opinion]")
    page.keyboard.type(OPINION)
    _go_to(page, "[data-confirm]")
    _enter(page, "/receipt", "Space")
    assert _state(stored, number) is UnitStatus.returned

    _go_to(page, "form[action$='/undo'] button")
    before = page.url
    _enter(page, f"^(?!{re.escape(before)}$).*/receipt", "Space")
    assert _state(stored, number) is UnitStatus.pending_first


def test_what_is_wrong_is_announced_and_has_the_focus(people: People) -> None:
    page = people.at("xiamen1").visit("/admin/unit/new").page
    page.evaluate("() => [...document.forms].forEach((form) => (form.noValidate = true))")
    page.locator("form.sheet .btn-primary").press("Enter")
    page.locator("[role=alert]").wait_for()

    assert page.evaluate("() => document.activeElement.matches('[role=alert]')")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    field = page.evaluate(
        "() => [document.activeElement.getAttribute('aria-invalid'), document.activeElement.getAttribute('aria-describedby')]"
    )
    assert (field[0], page.locator(f"[id='{field[1].split()[-1]}']").inner_text() != "") == ("true", True)


def test_the_question_mark_opens_the_help_of_the_page_but_not_while_typing(people: People) -> None:
    page = people.at("xiamen1").visit("/admin/unit/new").page
    page.locator("[name=name]").press("?")
    assert page.locator("[name=name]").input_value() == "?"

    page.locator("[name=name]").fill("")
    page.locator("h1").click()
    page.keyboard.press("?")
    page.wait_for_url("**/admin/help/unit#columns")
    assert page.locator("#columns-title").is_visible()
