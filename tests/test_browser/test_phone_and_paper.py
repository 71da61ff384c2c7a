"""A list on a phone is cards, on paper a table of what was asked for; days are asked for in one step."""

import pytest
from playwright.sync_api import Page

from tests.test_browser.pages import Desk, List
from tests.test_browser.parts import line, press
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PHONE = {"width": 390, "height": 844}
NIGHT = "2026-03-31T18:30:00Z"  # the first of April already, at the fair


def is_wide(page: Page) -> bool:
    found: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return found


def test_on_a_phone_a_row_is_a_card_that_names_its_cells(people: People) -> None:
    desk = people.at("xiamen1", viewport=PHONE)
    desk.visit("/admin/person/")
    card = desk.page.locator("tbody tr").first
    heads = [text for text in desk.page.locator("thead th[data-key]").all_text_contents() if text]
    name, status = card.locator("th").inner_text(), card.locator("td[data-label=审核状态]")
    assert (is_wide(desk.page), card.evaluate("row => getComputedStyle(row).display")) == (False, "grid")
    assert (len(name) > 1, "审核状态" in heads, len(status.inner_text()) > 1) == (True, True, True)

    press(desk.page.locator("thead").get_by_role("link", name="姓名"))
    assert "sort=" in desk.page.url
    assert desk.page.locator("tbody td[data-label=审核状态]").count() == desk.page.locator("tbody tr").count()
    card.get_by_role("checkbox").check()
    assert "已选 1 条" in line(desk.page.locator(".bulk").inner_text())


def test_days_are_asked_for_in_one_step_and_are_those_of_the_fair(people: People) -> None:
    desk = people.at("xiamen1", timezone_id="America/New_York")
    desk.page.clock.set_fixed_time(NIGHT)
    desk.menu("人员")
    begins = {"今天": "2026-04-01", "近7天": "2026-03-26", "本月": "2026-04-01"}
    for label, first in begins.items():
        desk.page.get_by_role("link", name="筛选").click()
        panel = desk.page.locator(".filter-panel")
        panel.get_by_label("添加条件").select_option(label="登记时间")
        panel.get_by_role("group", name="登记时间").get_by_role("button", name=label).click()
        press(panel.get_by_role("button", name="应用筛选"))
        chips = [line(text) for text in desk.page.locator(".chip").all_inner_texts()]
        assert chips == [f"登记时间 不早于 {first}", "登记时间 不晚于 2026-04-01"]
        press(desk.page.locator(".chips-clear"))


def test_on_paper_stands_what_was_asked_for_and_every_row(people: People) -> None:
    desk: Desk = people.at("xiamen1")
    desk.menu("人员")
    listed = List(desk.page).filter({"人员标签": "专业观众"})
    rows = len(listed.names)
    desk.page.emulate_media(media="print")
    page = desk.page
    gone = [page.locator(part).first.is_visible() for part in (".side", ".topbar", ".search", ".c-acts", ".pager-turn")]
    stays = [page.locator(part).first.is_visible() for part in ("h1", ".chip", ".print-only", "thead th[data-key]")]
    last = page.locator("tbody tr").last.bounding_box()
    card = page.locator(".list-card").bounding_box()
    assert last is not None
    assert card is not None
    assert (gone, stays, rows > 10) == ([False] * 5, [True] * 4, True)
    assert last["y"] + last["height"] <= card["y"] + card["height"] + 1
