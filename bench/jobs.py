"""Five jobs of a clerk's day in a scripted browser, at the product and, where ``PEERS`` names their folder, at its peers.

    ./run bench jobs                  the product alone, on the million of ``bench/data.py`` (made once)
    PEERS=/path ./run bench jobs      beside Django + Unfold and starlette-admin on as many rows of the same kind

One clerk of a sub-delegation with 17,000 of 1,000,000 persons begins each job at the start page and (1) finds a person by
the last four characters of the identity number and opens it, (2) returns the unit of a given code with a reason,
(3) confirms group pay for the 300 persons of one city who wait for it, (4) imports 200 rows of quota, three of them
wrong, and finishes, (5) exports the list of those 300 with six columns as CSV. Each panel is worked in the fastest way it
has for a trained clerk (told at the head of ``jobs_ours.py``, ``jobs_django.py`` and ``jobs_starlette.py``). What a clerk
keeps in the product itself (saved views, the columns of a list) stands before the job begins; bookmarks and other means of
the browser are used at none. The reason is a sentence that the product has at hand; at the peers it is typed.

Every round begins with the same database and a fresh server that has shown each list once. The panels take turns; round 0
has an empty browser cache ("cold", with the start page itself), the others keep it ("warm"). Clicks, keys and requests are
the same in every round; "waits" is the median of all that the page makes a clerk wait for, from an act to what it leads to,
"last" that of the deciding act alone. ``BENCH_ROUNDS`` says how many warm rounds (5); none begins six minutes after the
first, so that a busy machine makes fewer, which is told.

The peers' folder has ``v/`` (their Python), ``data/expo.db``, ``django_peer/manage.py`` and ``starlette_peer.py``.
"""

import csv
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from bench import data, timing
from bench.jobs_django import Django
from bench.jobs_hands import Figures, Hands
from bench.jobs_ours import Ours
from bench.jobs_starlette import Starlette
from bench.jobs_work import COLUMNS, WAITING, Panel
from bench.lists import PERSONS, UNITS
from tests.test_browser.people import chromium

ROUNDS = int(os.environ.get("BENCH_ROUNDS") or 5)
WINDOW: ViewportSize = {"width": 1920, "height": 1080}
PATIENCE = 60_000  # milliseconds
LONGEST = 6 * 60  # seconds after which no round begins
# In this order, for whoever is paid for waits no more.
JOBS = {
    "find": "1 find a person by the last 4 characters and open it",
    "give_back": "2 return one unit with a reason",
    "export": "5 export the filtered list with 6 columns",
    "pay": "3 confirm group pay for 300 persons of one city",
    "take_in": "4 import 200 quota rows with 3 errors and finish",
}
Results = dict[tuple[str, str], list[Figures]]


def run() -> None:
    """Print a table per job."""
    folder = data.FOLDER / "jobs"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        panels: list[Panel] = [Ours(folder, data.sqlite("million", UNITS, PERSONS))]
        if os.environ.get("PEERS"):
            panels += [peer(folder, Path(os.environ["PEERS"])) for peer in (Django, Starlette)]
        _tell(panels, measure(panels, ROUNDS))
    finally:
        shutil.rmtree(folder)


def measure(panels: list[Panel], rounds: int) -> Results:
    """Do every job at every panel in a cold round and so many warm ones."""
    results: Results = {(panel.name, job): [] for panel in panels for job in JOBS}
    with sync_playwright() as playwright, chromium(playwright) as browser:
        windows = {panel.name: _window(browser, panel) for panel in panels}
        begun = timing.wall()
        for number in range(rounds + 1):
            if number > 1 and timing.wall() - begun > LONGEST:
                data.say(f"only {number - 1} warm rounds: the machine is busy")
                break
            data.say(f"round {number} of {rounds}")
            with _served(panels):
                for panel in panels:
                    panel.log_in(windows[panel.name].pages[0])
                for job in JOBS:
                    for panel in panels:
                        found = _do(browser, windows[panel.name], panel, job, cold=number == 0)
                        results[panel.name, job].append(found)
    return results


@contextmanager
def _served(panels: list[Panel]) -> Iterator[None]:
    try:
        for panel in panels:
            panel.start()
        yield
    finally:
        for panel in panels:
            panel.stop()


def _window(browser: Browser, panel: Panel, state: Any = None) -> BrowserContext:
    """Open a window with an empty cache; ``state`` holds somebody's cookies."""
    context = browser.new_context(locale="zh-CN", viewport=WINDOW, storage_state=state, **panel.options)
    context.set_default_timeout(PATIENCE)
    context.new_page()
    return context


def _do(browser: Browser, window: BrowserContext, panel: Panel, job: str, *, cold: bool) -> Figures:
    """Do a job in the panel's window, or in one whose cache is empty."""
    context = _window(browser, panel, window.storage_state()) if cold else window
    page = context.pages[0] if cold else context.new_page()
    try:
        return _work(page, panel, job, cold=cold)
    except Exception as error:
        error.add_note(f"{panel.name}, {job}, at {page.url}")
        raise
    finally:
        (context if cold else page).close()


def _work(page: Page, panel: Panel, job: str, *, cold: bool) -> Figures:
    hands = Hands(page)
    panel.home(page)
    page.wait_for_load_state("networkidle")
    hands.begin(cold=cold)
    made = getattr(panel, job)(hands)
    figures = hands.end()
    if isinstance(made, Path):
        _check_table(made)
    return figures


def _check_table(path: Path) -> None:
    """Refuse an export that is not the one asked for."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    found = len(rows) - 1, {len(row) for row in rows}
    if found != (WAITING, {COLUMNS}):
        raise RuntimeError(f"{found[0]} rows with {found[1]} columns were exported")


def _tell(panels: list[Panel], results: Results) -> None:
    for job, title in sorted(JOBS.items(), key=lambda pair: pair[1]):
        timing.head(title, "clicks", "keys", "both", "requests cold", "warm", "KB cold", "warm", "waits", "last")
        for panel in panels:
            cold, *warm = results[panel.name, job]
            timing.row(
                panel.name, cold.clicks, cold.keys, cold.clicks + cold.keys,
                cold.requests, f"{median(one.requests for one in warm):.0f}",
                f"{cold.bytes / 1024:.0f}", f"{median(one.bytes for one in warm) / 1024:.0f}",
                timing.milliseconds(median(one.seconds for one in warm)), timing.milliseconds(median(one.last for one in warm)),
            )  # fmt: skip
        print()
