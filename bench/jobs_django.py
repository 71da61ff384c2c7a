"""The five jobs at Django's admin with Unfold, import-export, simple-history and fsm-2, by its fastest way.

Find: Unfold's Ctrl-K, the four characters, down, Enter. Return: Ctrl-K and the code, the action in the page's head, the
reason in its dialogue, Enter. Pay: the filters beside the list, the page's box, all that match, the action, its form.
Import: a table with a wrong row is refused as a whole, so the mended one is given after it. Export: the filters, the three
columns that are too many, the format.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from bench.jobs_hands import Hands
from bench.jobs_peers import CITY, NODE, prepare
from bench.jobs_servers import Server, free_port
from bench.jobs_work import REASON, ROWS, WAITING, WRONG

HEADER = ("uscc", "unit_name", "delegation", "vip", "staff")
STANDING = f"SELECT uscc, unit_name, delegation_id, vip, staff + 1 FROM quota WHERE delegation_id = {NODE} ORDER BY id LIMIT {ROWS}"
CLERK, PASSWORD = "fj05", "peer"
UNWANTED = ("Id", "Pay Mode", "Cert No")


class Django:
    """Django with Unfold on the peers' million."""

    name = "Django + Unfold"
    options: Mapping[str, Any] = {}

    def __init__(self, folder: Path, peers: Path) -> None:
        self.work = prepare(peers / "data/expo.db", folder / "django.db", HEADER, STANDING)
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        database = folder / "django.db"
        command = (str(peers / "v/bin/python"), "manage.py", "up", str(port))
        kept = {"PEER_DB": str(database)}
        self._server = Server(command, peers / "django_peer", kept, self.address, "/admin/login/", database)
        self.start, self.stop = self._server.start, self._server.stop

    def log_in(self, page: Page) -> None:
        page.goto(f"{self.address}/admin/")
        page.locator("[name=username]").fill(CLERK)
        page.locator("[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="人员", exact=True).first.wait_for()
        for noun in ("person", "unit", "quota"):
            page.goto(f"{self.address}/admin/expo/{noun}/")

    def home(self, page: Page) -> None:
        page.goto(f"{self.address}/admin/")

    def find(self, hands: Hands) -> None:
        self._go(hands, self.work.tail, self.work.person)

    def give_back(self, hands: Hands) -> None:
        page = hands.page
        self._go(hands, self.work.code, self.work.unit)
        reason = page.locator("#dialog input[name=reason]")
        hands.click(page.get_by_text("退回修改", exact=True).first, lambda: _focused(reason))
        hands.write(REASON)
        hands.press("Enter", page.get_by_text("1 done"))

    def pay(self, hands: Hands) -> None:
        page = hands.page
        self._filter(hands)
        hands.click(page.locator("#action-toggle"))
        hands.click(page.get_by_text(f"选中所有的 {WAITING} 个"))
        hands.choose(page.locator("select[name=action]"), "Confirm pay")
        hands.click(page.locator("button[name=index]"), page.get_by_role("button", name="OK"))
        hands.click(page.get_by_role("button", name="OK"), page.get_by_text(f"{WAITING} done, 0 skipped"))

    def take_in(self, hands: Hands) -> None:
        page = hands.page
        self._menu(hands, "额度", page.get_by_role("link", name="导入").first)
        hands.click(page.get_by_role("link", name="导入").first, page.get_by_role("button", name="提交"))
        hands.give(page.locator("input[name=import_file]"), self.work.book)
        hands.click(page.get_by_role("button", name="提交"), page.locator("li[x-data]").nth(WRONG - 1))
        confirm = page.locator("form[action$='process_import/'] button")
        hands.give(page.locator("input[name=import_file]"), self.work.mended)
        hands.click(page.get_by_role("button", name="提交"), confirm)
        hands.click(confirm, lambda: page.wait_for_url("**/expo/quota/"))

    def export(self, hands: Hands) -> Path:
        page = hands.page
        self._filter(hands)
        hands.click(page.get_by_role("link", name="导出").first, page.get_by_role("button", name="提交"))
        for column in UNWANTED:
            hands.click(page.get_by_label(column, exact=True))
        hands.choose(page.locator("select[name=format]"), "csv")
        return hands.download(page.get_by_role("button", name="提交"))

    def _go(self, hands: Hands, typed: str, found: str) -> None:
        page = hands.page
        hands.press("Control+k", lambda: _focused(page.locator("#search-input-command")))
        hands.write(typed, page.locator("#command-results-list li").filter(has_text=found).first)
        hands.press("ArrowDown")
        hands.press("Enter", page.locator("#content, main").locator(f"input[name=name][value='{found}']"))

    def _menu(self, hands: Hands, name: str, until: Locator) -> None:
        hands.click(hands.page.locator("#nav-sidebar").get_by_role("link", name=name, exact=True), until)

    def _filter(self, hands: Hands) -> None:
        page = hands.page
        beside = page.locator("#changelist-filter")
        self._menu(hands, "人员", beside)
        hands.click(beside.get_by_role("link", name="to_confirm"), beside.locator("a[href*='status__exact']").first)
        hands.click(beside.get_by_role("link", name=CITY), page.get_by_text(f"{WAITING} 条结果"))


def _focused(field: Locator) -> None:
    field.page.wait_for_function("field => document.activeElement === field", arg=field.element_handle())
