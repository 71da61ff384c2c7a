"""Columns are chosen, moved and widened with the mouse and with the keyboard, and stay so."""

import pytest
from playwright.sync_api import Page, expect

from tests.test_browser.pages import Desk
from tests.test_browser.parts import press
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def page(people: People) -> Page:
    desk = people.at("xiamen1")
    desk.menu("人员")
    return desk.page


def heads(page: Page) -> list[str]:
    return [text for text in page.locator("thead th[data-key]").all_inner_texts() if text]


def width(page: Page, key: str) -> int:
    return round(page.locator(f"th[data-key={key}]").evaluate("head => head.offsetWidth"))


def test_columns_are_chosen_and_ordered_and_put_back(page: Page) -> None:
    standard = heads(page)
    page.get_by_role("link", name="列设置").click()
    panel = page.locator(".columns-panel")
    panel.get_by_label("邮箱", exact=True).check()
    panel.get_by_role("button", name=f"下移：{standard[1]}", exact=True).click()
    for label in standard[3:]:
        panel.get_by_label(label, exact=True).uncheck()
    press(panel.get_by_role("button", name="显示这些列"))
    chosen = [standard[0], standard[2], standard[1], "邮箱"]
    assert heads(page) == chosen

    page.reload()
    assert heads(page) == chosen
    page.get_by_role("link", name="列设置").click()
    press(panel.get_by_role("button", name="恢复标准"))
    assert heads(page) == standard


def test_a_column_is_widened_by_dragging_by_keys_and_put_back_by_a_double_click(page: Page) -> None:
    before = width(page, "name")
    grip = page.locator("[data-grip=name]")
    box = grip.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 3, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 83, box["y"] + 10, steps=4)
    page.mouse.up()
    assert width(page, "name") == before + 80

    with page.expect_request("**/arrange") as kept:
        page.keyboard.press("ArrowLeft")
    assert (width(page, "name"), grip.get_attribute("aria-valuenow")) == (before + 64, str(before + 64))
    answer = kept.value.response()
    assert answer is not None
    assert answer.status == 204
    page.reload()
    assert width(page, "name") == before + 64

    grip.dblclick()
    expect(page.locator("th[data-key=name]")).not_to_have_js_property("offsetWidth", before + 64)
    assert abs(width(page, "name") - before) <= 1


def test_rows_stand_closer_and_the_focus_stays_on_the_switch(page: Page) -> None:
    row = page.locator("tbody tr").first
    before = row.evaluate("row => row.offsetHeight")
    press(page.get_by_role("button", name="紧凑"))
    assert row.evaluate("row => row.offsetHeight") < before
    assert page.evaluate("document.activeElement.id") == "density"
    press(page.get_by_role("button", name="宽松"))
    assert row.evaluate("row => row.offsetHeight") == before


def test_without_scripts_columns_and_page_size_are_chosen_too(people: People) -> None:
    desk: Desk = people.at("xiamen2", java_script_enabled=False)
    page = desk.page
    desk.menu("人员")
    press(page.get_by_role("link", name="列设置"))
    panel = page.locator(".columns-panel")
    panel.get_by_label("邮箱", exact=True).check()
    press(panel.get_by_role("button", name="显示这些列"))
    press(page.get_by_role("navigation", name="翻页").get_by_role("button", name="20", exact=True))
    assert ("邮箱" in heads(page), page.locator("tbody tr").count()) == (True, 20)
