"""The five jobs at the product, by the fastest way of a trained clerk.

Find: Ctrl-K from anywhere, the four characters, Enter. Return: Ctrl-K and the unit's code, the move, a sentence at hand,
confirm (the review desk, Alt-Enter away, takes no click, but it fetches the next unit as well). Pay: the clerk's saved
view in the menu, all rows, confirm. Import: the menu, the list's panel, the file, only the good rows, write. Export: the saved view; the
columns are those the clerk has chosen for the list.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from bench import data
from bench.jobs_data import CLERK, VIEW, prepare
from bench.jobs_hands import Hands
from bench.jobs_servers import Server, free_port
from bench.jobs_work import REASON, WAITING, WRONG
from bench.visitor import PASSWORD
from tests.product import ROOT


class Ours:
    """The product on the million."""

    name = "product"
    options: Mapping[str, Any] = {}

    def __init__(self, folder: Path, source: str) -> None:
        self.work = prepare(source, folder / "product.db")
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        database = folder / "product.db"
        kept = {
            "EXPO_INSTANCE": str(data.FOLDER),
            "EXPO_DATABASE_URL": f"sqlite:///{database}",
            "PORT": str(port),
            "WEB_CONCURRENCY": "1",
        }
        command = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:create_app()")
        self._server = Server(command, ROOT, kept, self.address, "/readyz", database)
        self.start, self.stop = self._server.start, self._server.stop

    def log_in(self, page: Page) -> None:
        page.goto(f"{self.address}/login")
        page.get_by_label("用户名").fill(CLERK)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/admin/")
        for noun in ("person", "unit", "quota_allocation"):
            page.goto(f"{self.address}/admin/{noun}/")

    def home(self, page: Page) -> None:
        page.goto(f"{self.address}/admin/")

    def find(self, hands: Hands) -> None:
        self._go(hands, self.work.tail, self.work.person)

    def give_back(self, hands: Hands) -> None:
        page = hands.page
        self._go(hands, self.work.code, self.work.unit)
        sentence = page.get_by_role("button", name=REASON, exact=True)
        hands.click(page.locator("form.moves").get_by_role("button", name="退回修改", exact=True), sentence)
        hands.click(sentence)
        hands.click(page.locator("[data-confirm]"), page.locator(".figure").filter(has_text="已办理"))

    def pay(self, hands: Hands) -> None:
        page = hands.page
        self._view(hands)
        hands.click(page.get_by_role("checkbox", name="选中本页"))
        hands.click(page.locator("label.pick").filter(has_text=f"全部 {WAITING} 条"))
        hands.click(page.locator(".bulk-moves").get_by_role("button", name="确认代付"), page.locator("[data-confirm]"))
        done = page.locator(".figure").filter(has_text="已办理").filter(has_text=str(WAITING))
        hands.click(page.locator("[data-confirm]").filter(has_text=f"{WAITING} 条"), done)

    def take_in(self, hands: Hands) -> None:
        page = hands.page
        panel = page.locator("details.uploading")
        self._menu(hands, "单位额度", panel)
        hands.click(panel.locator("summary"), panel.get_by_label("额度表"))
        hands.give(panel.get_by_label("额度表"), self.work.book, page.get_by_text(f"错误 {WRONG} 处"))
        hands.click(page.get_by_text("只写入正确的"))
        hands.click(
            page.get_by_role("button", name="写入", exact=True), page.get_by_text(f"有错误的 {WRONG} 行没有写入")
        )

    def export(self, hands: Hands) -> Path:
        page = hands.page
        self._view(hands)
        panel = page.locator(".export-panel")
        hands.click(page.get_by_role("link", name="导出", exact=True), panel)
        return hands.download(panel.get_by_role("button", name="CSV"))

    def _go(self, hands: Hands, typed: str, found: str) -> None:
        page = hands.page
        hands.press("Control+k", page.get_by_role("dialog"))
        hands.write(typed, page.get_by_role("option", name=found).first)
        hands.press("Enter", page.locator("h1").filter(has_text=found))

    def _menu(self, hands: Hands, name: str, until: Locator) -> None:
        menu = hands.page.get_by_role("navigation", name="主菜单")
        hands.click(menu.get_by_role("link", name=name, exact=True), until)

    def _view(self, hands: Hands) -> None:
        menu = hands.page.get_by_role("navigation", name="主菜单")
        hands.click(menu.get_by_role("link", name=VIEW), hands.page.locator(".bulk").get_by_text(f"共 {WAITING} 条"))
