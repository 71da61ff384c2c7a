"""The product's pages as a person uses them: by the words that stand on them."""

from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.test_browser.acts import Preview
from tests.test_browser.parts import Form, kept, line, press


class Desk:
    """Somebody's window at the back office."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def log_in(self, username: str, password: str) -> "Desk":
        """Come in by the door."""
        self.visit("/login")
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("密码").fill(password)
        press(self.page.get_by_role("button", name="登录"))
        return self

    def visit(self, path: str) -> "Desk":
        """Open a page by its address."""
        self.page.goto(self.address + path)
        return self

    def menu(self, name: str) -> "List":
        """Open a list by its name in the menu."""
        press(self.page.get_by_role("navigation", name="主菜单").get_by_role("link", name=name, exact=True))
        return List(self.page)

    @property
    def path(self) -> str:
        """Where the window is, without what follows the question mark."""
        return self.page.url.removeprefix(self.address).partition("?")[0]

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    @property
    def messages(self) -> list[str]:
        """What the page says about what just happened."""
        return [line(text) for text in self.page.locator(".flashes .note-text").all_inner_texts()]

    @property
    def words(self) -> str:
        """All that stands on the page, as one line."""
        return line(self.page.locator("main").inner_text())

    def fact(self, label: str) -> str:
        """Return what a details page tells under a label."""
        return (
            self.page.locator(".facts > div")
            .filter(has=self.page.get_by_text(label, exact=True))
            .locator("dd")
            .inner_text()
        )

    def related(self, name: str) -> list[str]:
        """The rows of a list that hangs on the shown one."""
        rows = self.page.get_by_role("region", name=name, exact=True).locator("tbody tr")
        return [line(text) for text in rows.all_inner_texts()]

    def add(self, name: str) -> Form:
        """Begin a new row of a list that hangs on the shown one."""
        press(self.page.get_by_role("region", name=name, exact=True).get_by_role("link", name="新增"))
        return Form(self.page)

    def moves(self) -> list[str]:
        """What may be done with the shown row now."""
        return self.page.locator("form.moves > button").all_inner_texts()

    def act(self, move: str) -> Preview:
        press(self.page.locator("form.moves").get_by_role("button", name=move, exact=True))
        return Preview(self.page)

    def press(self, name: str) -> None:
        press(self.page.get_by_role("button", name=name, exact=True))

    def follow(self, name: str) -> None:
        press(self.page.get_by_role("link", name=name, exact=True))

    def edit(self) -> Form:
        self.follow("编辑")
        return Form(self.page)


class List:
    """A list: narrowing it, choosing rows, what may be done with them."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def go(self, name: str) -> None:
        """Follow a link above the list."""
        press(self.page.get_by_role("link", name=name, exact=True))

    def take_in(self) -> None:
        """Go to the page on which a table is taken in, with its template and instructions."""
        self.page.locator(".uploading > summary").click()
        press(self.page.get_by_role("link", name="模板与填写说明"))

    def new(self) -> Form:
        press(self.page.get_by_role("link", name="新增", exact=True))
        return Form(self.page)

    def search(self, words: str) -> "List":
        self.page.get_by_role("searchbox").fill(words)
        press(self.page.get_by_role("search").get_by_role("button", name="搜索"))
        return self

    def filter(self, chosen: Mapping[str, str]) -> "List":
        """Choose values in the filter panel, by the words of fields and values."""
        self.page.get_by_role("link", name="筛选").click()
        panel = self.page.locator(".filter-panel")
        for field, value in chosen.items():
            values = panel.get_by_role("group", name=field, exact=True)
            if not values.is_visible():
                panel.get_by_label("添加条件").select_option(label=field)
            if long := panel.locator(".filter-value select").and_(panel.get_by_label(field, exact=True)).all():
                long[0].select_option(label=value)  # more values than fit as boxes
            else:
                values.get_by_label(value, exact=True).check()
        press(panel.get_by_role("button", name="应用筛选"))
        return self

    @property
    def names(self) -> list[str]:
        """The rows of the page, by name."""
        return self.page.locator("table.rows tbody th").all_inner_texts()

    def row(self, name: str) -> Locator:
        return self.page.locator("table.rows tbody tr").filter(has=self.page.get_by_role("link", name=name, exact=True))

    def cells(self, name: str) -> str:
        """What the row of that name tells."""
        return line(self.row(name).inner_text())

    def open(self, name: str) -> None:
        press(self.row(name).get_by_role("link", name=name, exact=True))

    def choose(self, *names: str) -> "List":
        for name in names:
            self.row(name).get_by_role("checkbox").check()
        return self

    def choose_all_matching(self) -> "List":
        """Choose every row that the filter finds, on this page or not."""
        self.page.get_by_role("checkbox", name="选中本页").check()
        self.page.get_by_role("radio", name="符合条件的记录").check()
        return self

    def act(self, move: str) -> Preview:
        """Press a move's button above the rows."""
        press(self.page.locator(".bulk-moves").get_by_role("button", name=move, exact=True))
        return Preview(self.page)

    def export(self, kind: str, folder: Path) -> Path:
        """Download what the list shows, with all columns there are."""
        if not self.page.locator(".export-panel").is_visible():
            self.page.get_by_role("link", name="导出", exact=True).click()
        for box in self.page.locator(".export-columns input").all():
            box.check()
        with self.page.expect_download() as download:
            self.page.locator(".export-panel").get_by_role("button", name=kind).click()
        return kept(download.value, folder)
