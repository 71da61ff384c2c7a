"""The page changes in parts: the frame stays, address and back button tell the truth, and no answer is lost."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.test_browser.pages import Desk, List
from tests.test_browser.parts import press
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MARKED = "document.querySelector('.topbar').dataset.marked = 'yes'"
HEADER = "x-part"


@pytest.fixture
def desk(people: People) -> Desk:
    found = people.at("fuzhou1")
    found.menu("人员")
    found.page.evaluate(MARKED)
    return found


def stands(page: Page) -> bool:
    """Whether the frame is the one that was marked."""
    return page.locator(".topbar[data-marked=yes]").count() == 1


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.id")
    return found


def documents(page: Page) -> list[str]:
    """Keep what the window asks for as whole pages."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.is_navigation_request():
            asked.append(request.url)

    page.on("request", note)
    return asked


def test_narrowing_ordering_and_turning_leave_the_frame_and_the_back_button_returns(desk: Desk) -> None:
    listed, page = List(desk.page), desk.page
    first, asked = listed.names, documents(page)

    press(page.get_by_role("navigation", name="翻页").get_by_role("button", name="20", exact=True))
    assert (listed.names, focused(page)) == (first[:20], "size-20")
    press(page.get_by_role("link", name="下一页"))
    second = listed.names
    assert ("page=2" in page.url, set(second) & set(first[:20])) == (True, set())
    press(page.locator("thead").get_by_role("link", name="姓名"))
    assert (page.locator("th[aria-sort]").inner_text(), focused(page)) == ("姓名", "sort-name")
    listed.filter({"审核状态": "待确认"})
    narrowed = listed.names
    assert page.locator(".chip").count() == 1

    for wanted in (second, first[:20]):
        page.go_back(wait_until="commit")
        if wanted is second:
            page.go_back(wait_until="commit")
        expect(page.locator("table.rows tbody th").first).to_have_text(wanted[0])
        expect(page.locator("table.rows tbody th")).to_have_count(len(wanted))
    assert page.locator(".chip").count() == 0
    page.reload()
    assert (listed.names, len(narrowed) > 0, asked[:-1]) == (first[:20], True, [])


def requests(page: Page) -> list[str]:
    """Keep what the window asks the server for, by method and last word of the path."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.resource_type in ("document", "fetch"):
            asked.append(f"{request.method} {request.url.partition('?')[0].rpartition('/')[2]}")

    page.on("request", note)
    return asked


def test_a_move_is_started_done_and_left_within_the_frame_by_one_request_an_act(desk: Desk) -> None:
    page = desk.page
    listed = List(page).filter({"审核状态": "待确认"})
    asked = requests(page)
    preview = listed.choose(listed.names[0]).act("取消代付")
    assert (stands(page), page.title().split(" · ")[0], focused(page)) == (True, "预览：取消代付", "content")
    preview.confirm()
    assert (stands(page), desk.path.endswith("/receipt"), asked) == (True, True, ["POST moves", "POST confirm"])
    desk.follow("返回列表")
    assert (stands(page), desk.heading, page.locator(".chip").count()) == (True, "人员", 1)


def test_menu_and_rows_change_the_page_within_the_frame_and_the_back_button_returns(desk: Desk) -> None:
    page = desk.page
    asked = documents(page)
    desk.menu("单位")
    current = page.get_by_role("navigation", name="主菜单").locator("[aria-current=page]")
    assert (desk.heading, current.inner_text().strip(), focused(page)) == ("单位", "单位", "content")
    unit = List(page).names[0]
    List(page).open(unit)
    assert (desk.heading, page.title().startswith(f"{unit} · "), stands(page)) == (unit, True, True)
    desk.menu("首页")
    chart = "canvas => canvas.toDataURL().length > 5000"
    page.wait_for_function(f"[...document.querySelectorAll('canvas[data-chart]')].every({chart})")

    for wanted in (unit, "单位", "人员"):
        page.go_back(wait_until="commit")
        expect(page.locator("h1")).to_have_text(wanted)
        expect(page).to_have_title(re.compile(f"^{re.escape(wanted)} · "))
    assert (asked, stands(page)) == ([], True)


def test_on_a_phone_the_menu_closes_when_its_page_has_come(people: People) -> None:
    desk = people.at("fuzhou1", viewport={"width": 390, "height": 800})
    page = desk.page
    page.evaluate(MARKED)
    page.get_by_role("link", name="打开菜单").click()
    menu = page.get_by_role("navigation", name="主菜单")
    expect(menu).to_be_in_viewport()
    menu.get_by_role("link", name="单位", exact=True).click()
    expect(page.locator("h1")).to_have_text("单位")
    expect(menu).not_to_be_in_viewport()
    assert (stands(page), desk.path, page.url.endswith("#menu")) == (True, "/admin/unit/", False)


def test_an_answer_that_was_refused_is_shown_with_its_reason(desk: Desk) -> None:
    listed = List(desk.page).filter({"审核状态": "待提交"})
    preview = listed.choose(listed.names[0]).act("删除")
    address = desk.page.url
    preview.form.fill({"理由": "重复登记，已另行报名", "确认文字": "别的名字"})
    desk.page.locator("[data-confirm]").evaluate("button => button.disabled = false")
    preview.confirm()
    assert ("以确认；尚未办理" in desk.words, stands(desk.page), desk.page.url) == (True, True, address)
    assert desk.page.evaluate("document.activeElement.matches('[data-focus]')")


def test_who_is_no_longer_logged_in_meets_the_door_and_comes_back(people: People, desk: Desk) -> None:
    page = desk.page
    page.context.clear_cookies(name="session")
    press(page.locator("thead").get_by_role("link", name="姓名"))
    assert (desk.path, desk.heading, page.locator(".side").count()) == ("/login", "登录", 0)

    page.get_by_label("用户名").fill("fuzhou1")
    page.get_by_label("密码").fill(people.product.passwords["fuzhou1"])
    press(page.get_by_role("button", name="登录"))
    assert (desk.path, page.locator("th[aria-sort]").inner_text()) == ("/admin/person/", "姓名")


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_error_is_shown_as_a_page(people: People, desk: Desk, status: int) -> None:
    """The server's own error pages, as they come for an address that is wrong by then."""
    page = desk.page
    people.missing.add("/admin/person/")
    wrong = {403: "/admin/delegation/new", 404: "/admin/nothing", 500: ""}[status]

    def answer(route: Route) -> None:
        if wrong:
            shown = route.fetch(url=people.product.address + wrong)
            assert shown.status == status
            route.fulfill(response=shown)
        else:
            route.fulfill(status=500, content_type="text/plain; charset=utf-8", body="系统出现错误\n编号：1\n")

    page.route("**/admin/person/?*", answer)
    page.locator("thead").get_by_role("link", name="姓名").click()
    if wrong:
        expect(page.locator(".fault-code")).to_have_text(str(status))
    else:
        expect(page.get_by_role("alert")).to_contain_text("系统出现错误")
    assert stands(page)


def test_a_broken_line_is_told_and_a_slow_one_shows(desk: Desk, people: People) -> None:
    page = desk.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/admin/person/?*", hold)
    page.locator("thead").get_by_role("link", name="姓名").click()
    expect(page.locator(".progress-line")).to_be_visible()
    held[0].abort()
    expect(page.get_by_role("alert")).to_contain_text("没有收到完整的回应")
    expect(page.locator(".progress-line")).to_be_hidden()
    assert people.faults.pop().startswith("console: Failed to load resource")
    assert stands(page)


def test_the_part_is_the_page_without_its_head(desk: Desk) -> None:
    answers: Any = desk.page.evaluate("""async () => {
        const [whole, part] = await Promise.all([{}, {"X-Part": "1"}].map(async (headers) =>
            new DOMParser().parseFromString(await (await fetch("/admin/person/", { headers })).text(), "text/html")));
        const rows = (page) => [...page.querySelectorAll("tbody th")].map((row) => row.textContent).join();
        return [rows(whole) === rows(part), whole.title === part.title, part.querySelectorAll("link, script").length];
    }""")
    assert answers == [True, True, 0]
