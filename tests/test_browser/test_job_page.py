"""The page of a job in the background: it waits, is left and come back to, moves on by itself once a worker lives, and hands the file over."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import product
from tests.conftest import ENVIRONMENT
from tests.test_browser.exports import read_csv
from tests.test_browser.pages import Desk
from tests.test_browser.parts import kept, press
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
WAITS = 60_000  # milliseconds until a worker has started on a busy machine


@pytest.fixture(scope="module")
def served(_loaded: Path, tmp_path_factory: Any) -> Iterator[product.Product]:
    """Serve the demo data where an export of more than five rows is long."""
    folder = tmp_path_factory.mktemp("served") / "instance"
    with product.running(_loaded, folder, {**ENVIRONMENT, "EXPO_LONG_EXPORT": "5"}) as running:
        yield running


@pytest.fixture
def work(served: product.Product) -> Iterator[Callable[[], None]]:
    """Start a worker, which ends with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> None:
        command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
        with (served.folder / "worker.log").open("w") as log:
            worker = subprocess.Popen(command, cwd=product.ROOT, env=dict(served.environment), stdout=log, stderr=log)
        started.append(worker)

    yield begin
    for worker in started:
        worker.terminate()
        worker.wait(60)


def ask(desk: Desk) -> int:
    """Ask for the list of units as CSV; return how many rows it has. The page of the job comes."""
    desk.menu("单位")
    rows: int = desk.page.locator("table.rows tbody tr").count()
    desk.page.get_by_role("link", name="导出", exact=True).click()
    press(desk.page.locator(".export-panel").get_by_role("button", name="CSV"))
    return rows


def state(page: Page) -> Any:
    return expect(page.locator("#job-title .badge"))


def test_a_job_waits_for_a_worker_and_then_hands_its_file_over_without_a_reload(
    people: People, work: Callable[[], None], tmp_path: Path
) -> None:
    desk = people.at("fuzhou1")
    rows = ask(desk)
    page, address = desk.page, desk.page.url
    state(page).to_have_text("排队等候")
    assert "后台程序暂未运行" in desk.words
    desk.menu("人员")
    desk.visit(address.removeprefix(desk.address))
    state(page).to_have_text("排队等候")

    page.evaluate("window.stood = true")
    work()
    expect(page.get_by_role("button", name="下载", exact=True)).to_be_visible(timeout=WAITS)
    assert page.evaluate("window.stood") is True
    with page.expect_download() as download:
        page.get_by_role("button", name="下载", exact=True).click()
    table = read_csv(kept(download.value, tmp_path))
    assert (len(table) - 1, rows > 5) == (rows, True)
    desk.menu("单位")
    expect(page.locator(".bell-count")).to_have_text("1")


def test_a_job_that_is_taken_back_before_its_turn_is_never_done(people: People, work: Callable[[], None]) -> None:
    desk = people.at("fuzhou2")
    ask(desk)
    press(desk.page.get_by_role("button", name="取消任务"))
    state(desk.page).to_have_text("已取消")
    work()
    ask(desk)
    expect(desk.page.get_by_role("button", name="下载", exact=True)).to_be_visible(timeout=WAITS)
    press(desk.page.get_by_role("link", name="全部后台任务"))
    told = [row.split("\t") for row in desk.page.locator("table.rows tbody tr").all_inner_texts()]
    assert [any("已取消" in cell for cell in row) for row in told] == [False, True]
