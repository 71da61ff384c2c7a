"""A closed button says why, to the mouse that rests on it and to the keyboard that stands on it, and does nothing."""

import pytest
from playwright.sync_api import Locator, expect

from tests.test_browser.pages import Desk, List
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def desk(people: People) -> Desk:
    found = people.at("fuzhou1")
    found.menu("单位")
    return found


def tells(desk: Desk, closed: Locator) -> str:
    """Have a closed button tell its reason by hover, then by focus; return it."""
    page, tip = desk.page, desk.page.get_by_role("tooltip")
    expect(tip).to_be_hidden()
    closed.hover()
    expect(tip).to_be_visible()
    reason = tip.inner_text()
    expect(closed).to_have_attribute("aria-describedby", tip.get_attribute("id") or "")
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()

    closed.focus()
    expect(tip).to_be_visible()
    expect(tip).to_have_text(reason)
    closed.evaluate("button => button.blur()")
    expect(tip).to_be_hidden()
    return reason


def test_a_move_that_is_closed_to_a_row_tells_why_in_the_rows_menu(desk: Desk) -> None:
    menu = desk.page.evaluate(
        """() => [...document.querySelectorAll("template")].find((one) => one.content.querySelector("[data-reason]")).id"""
    )
    desk.page.locator(f"a[data-menu={menu}]").first.click()
    closed = desk.page.locator("details.row-menu [data-move][data-reason]").first
    reason = tells(desk, closed)
    assert (len(reason) > 4, closed.get_attribute("data-reason")) == (True, reason)


def test_a_bulk_move_that_no_ticked_row_is_open_to_tells_why_and_is_not_sent(desk: Desk) -> None:
    listed = List(desk.page).filter({"审核状态": "待初审"})
    listed.choose(listed.names[0])
    closed = desk.page.locator(".bulk-moves [data-bulk-move][aria-disabled=true]").first
    reason = tells(desk, closed)
    assert len(reason) > 4
    address = desk.page.url
    closed.click(force=True)
    closed.press("Enter")
    assert (desk.page.url, desk.heading) == (address, "单位")
