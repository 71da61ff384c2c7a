"""The product on demo data behind a real server, and people with browsers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy.orm import Session

from tests import product
from tests.conftest import ENVIRONMENT
from tests.test_browser.people import People, chromium
from workflow.actors import SYSTEM
from workflow.sessions import make_engine, make_sessions

pytest.register_assert_rewrite("tests.test_browser.registering")  # a part of a test
UNITS = 150
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def _loaded(tmp_path_factory):
    return product.loaded(tmp_path_factory.mktemp("demo") / "instance", UNITS, ENVIRONMENT)


@pytest.fixture(scope="module")
def served(_loaded, tmp_path_factory) -> Iterator[product.Product]:
    """Serve the demo data as the first start loads them, afresh for each module."""
    with product.running(_loaded, tmp_path_factory.mktemp("served") / "instance", ENVIRONMENT) as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright, chromium(playwright) as opened:
        yield opened


@pytest.fixture
def people(request, served, browser, tmp_path) -> Iterator[People]:
    """Let people in; at the end nothing may have gone wrong on any of their pages."""
    made = People(served, browser)
    yield made
    if request.node.stash[FAILED]:
        told = [*map(str, made.photograph(tmp_path)), *made.faults, (served.folder / "server.log").read_text()[-4000:]]
        request.node.add_report_section("teardown", "windows", "\n".join(told))
    made.leave()
    assert made.faults == []


@pytest.fixture
def stored(served) -> Iterator[Callable[[], AbstractContextManager[Session]]]:
    """Give what opens a session on all that the product has stored, for reading."""
    engine = make_engine(f"sqlite:///{served.folder / 'expo.db'}")

    @contextmanager
    def reading() -> Iterator[Session]:
        with make_sessions(engine)(info={"actor": SYSTEM, "read_only": True}) as session:
            yield session

    yield reading
    engine.dispose()
