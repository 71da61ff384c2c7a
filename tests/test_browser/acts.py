"""Acts in two steps: what would happen, then what did. Moves have a preview and a receipt, tables an import."""

from pathlib import Path

from playwright.sync_api import Page

from tests.test_browser.parts import Form, kept, line, press


class Preview:
    """The page that shows what a move will do before it does anything."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def figures(self) -> list[str]:
        return [line(text) for text in self.page.locator(".figure").all_inner_texts()]

    @property
    def will(self) -> list[str]:
        """The rows that will be done, by name."""
        return [
            line(text).split()[0]
            for text in self.page.locator("[aria-labelledby=will-title] tbody th").all_inner_texts()
        ]

    @property
    def cannot(self) -> str:
        """The reasons why not, each with its rows."""
        return line(self.page.locator("[aria-labelledby=cannot-title]").inner_text())

    @property
    def budget(self) -> str:
        """What is needed and what is left."""
        return line(self.page.locator(".budget").inner_text())

    @property
    def warning(self) -> str:
        """What cannot be undone."""
        return line(self.page.locator(".split-side .note").inner_text())

    @property
    def form(self) -> Form:
        """What the move asks."""
        return Form(self.page)

    def next(self) -> "Preview":
        """Ask for the numbers with the answers now given."""
        press(self.page.get_by_role("button", name="下一步：核对"))
        return self

    def confirm(self) -> "Receipt":
        press(self.page.locator("[data-confirm]"))
        return Receipt(self.page)


class Receipt:
    """What became of every row."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def figures(self) -> list[str]:
        return [line(text) for text in self.page.locator(".figure").all_inner_texts()]

    @property
    def rows(self) -> list[list[str]]:
        """Name, outcome, before, after, reason of each row."""
        rows = self.page.locator("table.rows tbody tr").all()
        return [[line(cell) for cell in row.locator("th, td").all_inner_texts()] for row in rows]

    def download(self, folder: Path) -> Path:
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="下载回执").click()
        return kept(download.value, folder)


class Import:
    """Quota or decisions by table: template, upload, what it would do, writing it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def template(self, folder: Path) -> Path:
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name="下载空白模板").click()
        return kept(download.value, folder)

    def upload(self, path: Path) -> "Import":
        """Choose a table; with scripts it is sent at once."""
        with self.page.expect_navigation():
            self.page.locator("input[type=file]").set_input_files(path)
            if not self.page.locator("html.js").count():
                self.page.get_by_role("button", name="上传并核对").click()
        return self

    @property
    def figures(self) -> list[str]:
        return [line(text) for text in self.page.locator(".figure").all_inner_texts()]

    def table(self, title: str) -> list[list[str]]:
        """Return the rows of 错误, 提醒 or 将写入的内容."""
        rows = self.page.locator("section").filter(has=self.page.get_by_role("heading", name=title)).locator("tbody tr")
        return [[line(cell) for cell in row.locator("th, td").all_inner_texts()] for row in rows.all()]

    @property
    def verdict(self) -> str:
        """What may be done with the upload."""
        return line(self.page.locator(".split-side").inner_text())

    def write(self, which: str = "", act: str = "写入") -> "Import":
        """Write what was shown; ``which`` rows, where some are bad."""
        if which:
            self.page.get_by_label(which).check()
        press(self.page.get_by_role("button", name=act, exact=True))
        return self

    def receipt(self, move: str) -> "Receipt":
        """Follow the way from a move that was done to its receipt."""
        row = self.page.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=move, exact=True))
        press(row.get_by_role("link", name="查看回执").first)
        return Receipt(self.page)
