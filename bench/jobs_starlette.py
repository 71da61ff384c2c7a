"""The five jobs at starlette-admin, by its fastest way.

Find: the menu, the search box, the four characters, Enter, the row. Return: the menu, the search box, the code, the row's
action, the reason, yes. Pay: the filter's two rows, the page's box, all that match, the action, yes. Import: the file,
existing rows, preview, the good rows. Export: the filter, all rows, the columns that are too many, yes.
"""

import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from bench.jobs_hands import Hands
from bench.jobs_peers import CITY, NODE, prepare
from bench.jobs_servers import Server, free_port
from bench.jobs_work import REASON, ROWS, WAITING, WRONG

HEADER = ("id", "uscc", "unit_name", "vip", "staff")
STANDING = (
    f"SELECT id, uscc, unit_name, vip, staff + 1 FROM quota WHERE delegation_id = {NODE} ORDER BY id LIMIT {ROWS}"
)
UNWANTED = ("id", "pay_mode", "cert_no", "region")


class Starlette:
    """starlette-admin on the peers' million."""

    name = "starlette-admin"
    options: Mapping[str, Any] = {"extra_http_headers": {"X-Deleg": str(NODE)}}  # it has no login of its own here

    def __init__(self, folder: Path, peers: Path) -> None:
        self.work = prepare(peers / "data/expo.db", folder / "starlette.db", HEADER, STANDING)
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        database = folder / "starlette.db"
        command = (str(peers / "v/bin/uvicorn"), "starlette_peer:app", "--port", str(port))
        kept = {"PEER_DB": str(database)}
        self._server = Server(command, peers, kept, self.address, "/admin/", database, signal.SIGTERM)
        self.start, self.stop = self._server.start, self._server.stop

    def log_in(self, page: Page) -> None:
        for noun in ("person", "unit", "quota"):
            page.goto(f"{self.address}/admin/{noun}/list")

    def home(self, page: Page) -> None:
        page.goto(f"{self.address}/admin/")

    def find(self, hands: Hands) -> None:
        page = hands.page
        row = self._search(hands, "Persons", self.work.tail, self.work.person)
        shown = page.locator(".page-body").get_by_text("Edit", exact=True)
        hands.click(row.get_by_text(self.work.person, exact=True), lambda: _arrived(shown, "**/detail*"))

    def give_back(self, hands: Hands) -> None:
        page, dialogue = hands.page, hands.page.locator("#modal-action.show")
        row = self._search(hands, "Units", self.work.code, self.work.unit)
        hands.click(row.get_by_title("退回修改"), dialogue.locator("[name=reason]"))
        hands.click(dialogue.locator("[name=reason]"))
        hands.write(REASON)
        hands.click(dialogue.get_by_role("button", name="Yes, Proceed"), page.get_by_text("1 done"))

    def pay(self, hands: Hands) -> None:
        page = hands.page
        self._filter(hands)
        self._take_all(hands)
        hands.click(page.get_by_role("button", name="With selected"), page.get_by_text("确认代付", exact=True))
        hands.click(page.get_by_text("确认代付", exact=True), page.locator("#modal-action.show"))
        yes = page.locator("#modal-action.show").get_by_role("button", name="Yes, Proceed")
        hands.click(yes, page.get_by_text(f"{WAITING} done, 0 skipped"))

    def take_in(self, hands: Hands) -> None:
        page, go = hands.page, hands.page.locator("#import-submit")
        self._menu(hands, "Quotas", page.get_by_role("button", name="Import"))
        hands.click(page.get_by_role("button", name="Import"), page.locator("#modal-import.show"))
        hands.give(page.locator("#import-file"), self.work.book)
        hands.click(page.locator("#import-update-existing"))
        hands.click(go, page.locator("#import-preview-errors tbody tr").nth(WRONG - 1))
        hands.click(go, page.locator("#import-result-summary").get_by_text(f"{ROWS - WRONG} updated"))

    def export(self, hands: Hands) -> Path:
        page, dialogue = hands.page, hands.page.locator("#modal-action.show")
        self._filter(hands)
        self._take_all(hands)
        hands.click(page.get_by_text("Export", exact=True).first, dialogue)
        for column in UNWANTED:
            hands.click(dialogue.locator(f"[name=fields][value={column}]"))
        return hands.download(dialogue.get_by_role("button", name="Export"))

    def _menu(self, hands: Hands, name: str, until: Locator) -> None:
        hands.click(hands.page.locator("#sidebar-menu, .navbar-vertical").get_by_role("link", name=name).first, until)

    def _search(self, hands: Hands, name: str, typed: str, found: str) -> Locator:
        page = hands.page
        box = page.get_by_label("Search in list")
        self._menu(hands, name, box)
        hands.click(box)
        hands.write(typed)
        rows = page.locator("tbody tr")
        hands.press("Enter", lambda: _arrived(rows.filter(has_text=found).first, "**q=*"))
        return rows.filter(has_text=found).first

    def _filter(self, hands: Hands) -> None:
        page, rows = hands.page, hands.page.locator("#filter-rows .filter-row")
        self._menu(hands, "Persons", page.get_by_role("button", name="Filters"))
        hands.click(page.get_by_role("button", name="Filters"))
        for place, (field, value) in enumerate((("Status", "to_confirm"), ("Region", CITY))):
            if place:
                hands.click(page.get_by_role("button", name="Add filter"))
            hands.choose(rows.nth(place).locator(".filter-row-field"), field)
            hands.choose(rows.nth(place).locator(".filter-row-value-select"), value)
        hands.click(page.get_by_role("button", name="Apply filters"), page.locator("#active-filters"))

    def _take_all(self, hands: Hands) -> None:
        page = hands.page
        hands.click(page.locator("#select-all-rows"))
        hands.click(
            page.locator("#select-all-matching-link"),
            page.locator("#select-all-banner-all").get_by_text(f"All {WAITING} rows"),
        )


def _arrived(shown: Locator, address: str) -> None:
    shown.page.wait_for_url(address)
    shown.wait_for()
