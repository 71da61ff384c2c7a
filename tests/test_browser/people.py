"""People at their browsers, each with cookies of their own; everything their pages do is watched."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Playwright, Request, Response

from tests.product import Product
from tests.test_browser.pages import Desk

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Without these the browser calls home at every start, and is refused many times at once.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 20_000  # milliseconds: a step on a busy machine
HONEST = {409, 422}  # a form that was refused and says why
ANSWERED = "Failed to load resource: the server responded with a status of"  # judged by the answer itself
TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`))"""


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Open a Chinese browser that keeps to itself."""
    chinese: dict[str, str | float | bool] = {
        **os.environ,
        "LANGUAGE": "zh_CN",
        "LC_ALL": "C.UTF-8",
    }  # UTF-8 or no Chinese file names
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--lang=zh-CN"], env=chinese)
    yield browser
    browser.close()


class People:
    """Opens windows at a product; ``faults`` is whatever a page should not have done."""

    def __init__(self, product: Product, browser: Browser) -> None:
        self.product = product
        self.browser = browser
        self.faults: list[str] = []
        self.missing: set[str] = set()
        self.windows: list[BrowserContext] = []

    def window(self, **options: object) -> Desk:
        """Open a window nobody has logged in at."""
        settings = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": {"width": 1440, "height": 900}}
        context = self.browser.new_context(**{**settings, **options})  # type: ignore[arg-type]  # Playwright's own names
        context.set_default_timeout(PATIENCE)
        context.add_init_script(TELL_VIOLATIONS)
        context.on("request", self._leaves)
        context.on("response", self._answers)
        context.on("console", self._says)
        context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))
        self.windows.append(context)
        return Desk(context.new_page(), self.product.address)

    def at(self, username: str, **options: object) -> Desk:
        """Open a window and log in with a demo account."""
        return self.window(**options).log_in(username, self.product.passwords[username])

    def finds_nothing(self, desk: Desk, path: str) -> None:
        """Have somebody open an address that is not there for them."""
        self.missing.add(path)
        answer = desk.page.goto(self.product.address + path)
        assert answer is not None
        assert answer.status == 404

    def photograph(self, folder: Path) -> list[Path]:
        """Take pictures of all windows, for whoever reads of a failure."""
        taken = []
        for number, page in enumerate(page for window in self.windows for page in window.pages):
            taken.append(folder / f"window-{number}.png")
            page.screenshot(path=taken[-1])
        return taken

    def leave(self) -> None:
        for window in self.windows:
            window.close()

    def _leaves(self, request: Request) -> None:
        if urlsplit(request.url).scheme.startswith("http") and not request.url.startswith(self.product.address):
            self.faults.append(f"request: {request.url}")

    def _answers(self, response: Response) -> None:
        expected = urlsplit(response.url).path in self.missing or response.status in HONEST
        if response.status >= 400 and not expected:
            self.faults.append(f"{response.status}: {response.url}")

    def _says(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(ANSWERED):
            self.faults.append(f"console: {message.text} ({message.page.url if message.page else ''})")
