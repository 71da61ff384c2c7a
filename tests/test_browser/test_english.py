"""In English no page of any role says anything in Chinese but what somebody typed, and that is marked as Chinese."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.product import Product
from tests.test_browser.crawling import Crawl
from tests.test_browser.pages import Desk
from tests.test_browser.people import People
from tests.test_exchange.quota_tables import book

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
READERS = ("xiamen1", "fj_mishu1", "gongan1", "caiwu1", "guanli1", "shenji1")
# A page is read without being drawn. Chinese may stand in an element that says so, in what somebody typed into a field, and in
# an attribute, a status or the title of the window (which ends with the edition) when the same words stand marked on the page.
READ = r"""async (address) => {
    const answer = await fetch(address, {headers: {Accept: "text/html"}});
    if (!(answer.headers.get("Content-Type") ?? "").startsWith("text/html")) return {links: [], wrong: []};
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const links = [...page.querySelectorAll("a[href]")].map((link) => new URL(link.getAttribute("href"), address).href);
    return {links, wrong: unmarked(page)};
}"""
UNMARKED = r"""() => {
    const chinese = /[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]+/g;
    const said = ["title", "aria-label", "placeholder", "alt"];
    const typed = "[lang^=zh], textarea, input, script, style, template[data-typed]";
    window.unmarked = (page) => {
        const marked = [...page.querySelectorAll("[lang^=zh]")].map((element) => element.textContent).join("\n");
        const lost = (text) => (text.match(chinese) ?? []).some((run) => !marked.includes(run));
        const found = [];
        const look = (root) => {
            for (const element of root.querySelectorAll("*")) {
                if (element.localName === "template") look(element.content);
                const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("");
                if (element.localName === "title") lost(own.split(" · ").slice(0, -1).join()) && found.push(`title: ${own.trim()}`);
                else if (element.matches("[role=status]")) lost(own) && found.push(`status: ${own.trim()}`);
                else if (chinese.test(own) && !element.closest(typed)) found.push(own.trim());
                chinese.lastIndex = 0;
                for (const {name, value} of element.attributes) {
                    if ((said.includes(name) || name.startsWith("data-say")) && !element.closest(typed) && lost(value)) found.push(`${name}: ${value}`);
                }
            }
        };
        look(page);
        return found;
    };
}"""


@pytest.fixture
def found() -> dict[str, list[str]]:
    """What was said in Chinese, by address."""
    return {}


def _read(page: Page, found: dict[str, list[str]], reader: str, address: str) -> list[str]:
    told: dict[str, list[str]] = page.evaluate(READ, address)
    _keep(found, reader, address, told["wrong"])
    return told["links"]


def _keep(found: dict[str, list[str]], reader: str, address: str, wrong: list[str]) -> None:
    if wrong:
        found[f"{reader} {address.partition('://')[2].partition('/')[2]}"] = sorted(set(wrong))[:8]


def _in_english(people: People, reader: str) -> Desk:
    desk = people.at(reader)
    if desk.page.locator("html").get_attribute("lang") != "en":
        desk.press("English")
    desk.page.evaluate(UNMARKED)
    return desk


def test_no_page_of_any_role_speaks_chinese(people: People, served: Product, found: dict[str, list[str]]) -> None:
    for reader in READERS:
        page = _in_english(people, reader).page
        crawl = Crawl(served, every_noun=True)
        crawl.walk("/admin/", lambda address, page=page, reader=reader: _read(page, found, reader, address))  # type: ignore[misc]  # bound at once

    assert found == {}


def test_neither_do_previews_receipts_and_imports(people: People, found: dict[str, list[str]], tmp_path: Path) -> None:
    for page in _acts(_in_english(people, "xiamen1"), tmp_path):
        page.evaluate(UNMARKED)
        _keep(found, "xiamen1", page.url, page.evaluate("() => unmarked(document)"))

    assert found == {}


def _acts(desk: Desk, folder: Path) -> Any:
    """Yield the pages that only a form leads to."""
    page = desk.page
    for noun, move in (("unit", "delete"), ("unit", "assign"), ("person", "confirm_group_pay"), ("person", "delete")):
        desk.visit(f"/admin/{noun}/")
        page.locator("[data-check-page]").check()
        page.locator(f".bulk-moves button[value={move}]").click()
        page.locator("#confirm-title").wait_for()
        yield page
    page.locator("[name=reason]").fill("x")
    page.locator("[name=confirm_typed]").fill(page.locator(".typed-ask code").inner_text())
    page.evaluate("() => [...document.forms].forEach((form) => (form.noValidate = true))")
    page.locator("[data-confirm], [formaction]").first.click()
    yield page
    desk.visit("/admin/unit/?review_status=pending_first")
    page.locator("tbody th a").first.click()
    page.locator("form.moves button[value^=return_for_edit]").click()
    page.locator("[name=opinion]").fill("营业执照照片不清晰，请重新上传")
    page.locator("[data-confirm]").click()
    page.locator(".rows.stacks").wait_for()
    yield page
    desk.visit("/admin/unit/new")
    page.evaluate("() => [...document.forms].forEach((form) => (form.noValidate = true))")
    page.locator("form.sheet .sheet-foot button").first.click()
    page.locator("[role=alert]").wait_for()
    yield page
    path = folder / "quota.xlsx"
    rows = [
        (1, 91350100076543210, "甲公司", 1, 1),
        (2, "9135010007654321", "乙公司", "两", -1),
        (3, "", "丙公司", 1, 1),
    ]
    path.write_bytes(
        book(*rows, (4, "913501000765432109", "丁公司", 999, 0), (5, "91350100MA0000000X", "戊", None, None))
    )
    desk.visit("/admin/quota_allocation/import")
    page.locator("input[type=file]").set_input_files(path)  # and it is sent
    page.locator("#errors-title").wait_for()
    yield page
