"""The five jobs as they are put to a clerk of any panel, and what a panel must be able to do to take part."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from openpyxl import Workbook
from playwright.sync_api import Page

from bench.jobs_hands import Hands
from workflow import canned

REASON = canned.GENERAL["unit"][1]
WAITING = 300  # persons of one city who wait for group pay
ROWS, WRONG, NONSENSE = 200, 3, "两个"
COLUMNS = 6


@dataclass(frozen=True)
class Work:
    """What the clerk is asked to do."""

    tail: str  # of somebody's identity number, borne by nobody else in the clerk's reach
    person: str
    code: str  # of a unit to be returned
    unit: str
    book: Path  # quota, with mistakes
    mended: Path  # the same without


class Panel(Protocol):
    """A panel with a server of its own, its data as they were prepared, and how a clerk works with it."""

    name: str
    options: Mapping[str, Any]  # of the browser's windows

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def log_in(self, page: Page) -> None: ...
    def home(self, page: Page) -> None: ...
    def find(self, hands: Hands) -> None: ...
    def give_back(self, hands: Hands) -> None: ...
    def pay(self, hands: Hands) -> None: ...
    def take_in(self, hands: Hands) -> None: ...
    def export(self, hands: Hands) -> Path: ...


def book(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]], wrong: int) -> Path:
    """Write a table of quota; in the last rows the last number is none."""
    made = Workbook(write_only=True)
    sheet = made.create_sheet("额度")
    sheet.append(header)
    lines = [list(row) for row in rows]
    if len(lines) != ROWS:
        raise RuntimeError(f"{len(lines)} rows of quota instead of {ROWS}: {path.name}")
    for line in lines[len(lines) - wrong :]:
        line[-1] = NONSENSE
    for line in lines:
        sheet.append(line)
    made.save(path)
    return path
