"""Somebody's hands and patience at a panel: what they do is counted, and how long the page makes them wait.

A click is a press of the mouse, a keystroke is a key (Ctrl-K is two). A closed list of the browser is opened and then
chosen from: two clicks. What is chosen in the system's own window for files is the same everywhere and not counted.
Requests and bytes are what the browser's network reports over the wire, compressed and with headings; what comes out
of the browser's cache is no request.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

SETTLES = 400  # milliseconds in which a page sends what it sends after it is shown
Seen = Locator | Callable[[], object]


@dataclass
class Figures:
    """What a job took."""

    clicks: int = 0
    keys: int = 0
    requests: int = 0
    bytes: int = 0
    seconds: float = 0  # all the waiting for pages
    last: float = 0  # from the deciding act to its result


class Wire:
    """What a page has the browser fetch."""

    def __init__(self, page: Page) -> None:
        self._asked: Counter[str] = Counter()  # by the request's number, which a redirect keeps
        self._sizes: Counter[str] = Counter()
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._asks)
        session.on("Network.requestServedFromCache", lambda event: self._keeps(event["requestId"]))
        session.on("Network.responseReceived", self._answers)
        session.on("Network.dataReceived", lambda event: self._adds(event, event["encodedDataLength"]))
        session.on("Network.loadingFinished", self._ends)
        session.send("Network.enable")

    @property
    def requests(self) -> int:
        """How many went over the wire."""
        return self._asked.total()

    @property
    def bytes(self) -> int:
        """How much came over the wire."""
        return self._sizes.total()

    def forget(self) -> None:
        """Begin anew."""
        self._asked.clear()
        self._sizes.clear()

    def _asks(self, event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            self._asked[event["requestId"]] += 1
            self._adds(event, event.get("redirectResponse", {}).get("encodedDataLength", 0))

    def _keeps(self, request: str) -> None:
        """Count no request that the cache has answered."""
        self._asked.pop(request, None)
        self._sizes.pop(request, None)

    def _answers(self, event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            self._keeps(event["requestId"])
        else:
            self._adds(event, event["response"]["encodedDataLength"])

    def _ends(self, event: dict[str, Any]) -> None:
        """Take the whole size, which the pieces before it may not have told."""
        request = event["requestId"]
        if request in self._asked:
            self._sizes[request] = max(self._sizes[request], int(event["encodedDataLength"]))

    def _adds(self, event: dict[str, Any], size: float) -> None:
        if event["requestId"] in self._asked:
            self._sizes[event["requestId"]] += int(size)


class Hands:
    """A clerk at a window: every act is counted, ``until`` is what is waited for after it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.done = Figures()
        self._wire = Wire(page)

    def begin(self, *, cold: bool) -> None:
        """Count from here on; in a fresh browser what the start page has fetched belongs to it."""
        self.done = Figures()
        if not cold:
            self._wire.forget()

    def end(self) -> Figures:
        """Return the figures, once nothing more is under way."""
        self.page.wait_for_timeout(SETTLES)
        self.done.requests, self.done.bytes = self._wire.requests, self._wire.bytes
        return self.done

    def click(self, target: Locator, until: Seen | None = None) -> None:
        target.hover()  # the way of the mouse is the hand's time, not the page's
        self.done.clicks += 1
        self._waits(self._press_mouse, until)

    def press(self, keys: str, until: Seen | None = None) -> None:
        """Press a key, or several at once: Control+k."""
        self.done.keys += len(keys.split("+"))
        self._waits(lambda: self.page.keyboard.press(keys), until)

    def write(self, text: str, until: Seen | None = None) -> None:
        """Type where the focus is."""
        self.done.keys += len(text)
        self._waits(lambda: self.page.keyboard.type(text), until)

    def choose(self, closed: Locator, label: str, until: Seen | None = None) -> None:
        """Choose from a closed list of the browser."""
        self.done.clicks += 2
        self._waits(lambda: closed.select_option(label=label), until)

    def give(self, field: Locator, path: Path, until: Seen | None = None) -> None:
        """Press the button of a field for files and choose one in the system's window."""
        self.done.clicks += 1
        self._waits(lambda: field.set_input_files(path), until)

    def download(self, button: Locator) -> Path:
        """Press what sends a file and wait for its last byte."""
        found: list[Path] = []

        def keep() -> None:
            with self.page.expect_download() as download:
                self._press_mouse()
            found.append(download.value.path())

        button.hover()
        self.done.clicks += 1
        self._waits(keep, None, decides=True)
        return found[0]

    def _press_mouse(self) -> None:
        self.page.mouse.down()
        self.page.mouse.up()

    def _waits(self, act: Callable[[], object], until: Seen | None, *, decides: bool = False) -> None:
        started = time.perf_counter()
        act()
        if isinstance(until, Locator):
            until.wait_for()
        elif until is not None:
            until()
        if until is not None or decides:
            self.done.last = time.perf_counter() - started
            self.done.seconds += self.done.last
