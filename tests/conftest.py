"""Fixtures: both databases, sessions, the application, a browser-like client.

A test that asks for ``database``, ``session``, ``app`` or ``client`` runs twice, on SQLite and on PostgreSQL. Where the
database makes no difference a module says so: ``pytestmark = on_sqlite`` (from ``tests.conftest``). Of a test with many
cases PostgreSQL gets the first, unless it is marked ``each_case``, for SQL of their own; ``--each-case`` runs them all.
"""

import base64
import gc
import os
import pickle
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, close_all_sessions

from models import Base, keyring
from settings import Settings
from tests import factories, servers
from tests.browser import log_in
from workflow.actors import SYSTEM
from workflow.sessions import make_engine, make_sessions

hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)  # the same examples on every machine
hypothesis.settings.load_profile("steady")

if memory := servers.place():  # a commit waits 3 ms for a disk: more than the rest of most tests
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
DATA_KEY = bytes(range(32))
INDEX_KEY = bytes(range(100, 132))
ENVIRONMENT = {
    "EXPO_SECRET_KEY": "tests-0123456789-abcdefghijklmnop",
    "EXPO_DATA_KEYS": f"1:{base64.b64encode(DATA_KEY).decode()}",
    "EXPO_INDEX_KEY": base64.b64encode(INDEX_KEY).decode(),
}


@dataclass
class Database:
    """A migrated, empty database at an address of its own; ``reset`` makes it so again.

    What takes long to build is built once and copied per test: ``once`` gives what was built, and its rows.
    """

    url: str
    reset: Callable[[], None]
    keep: Callable[[str], None]  # the rows there are now, by a name
    recall: Callable[[str], None]
    built: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def engine(self) -> Engine:
        """One for all tests, since it keeps the SQL of the statements it has compiled; who used it lets go of its connections."""
        return make_engine(self.url)

    def once(self, name: str, build: Callable[[], Any]) -> Any:
        """Return what ``build`` returned when it was first asked for, with all the rows of the database as it left them."""
        if name in self.built:
            self.recall(name)
        else:
            self.built[name] = pickle.dumps(build())
            self.keep(name)
        return pickle.loads(self.built[name])


def _create_tables(url: str) -> None:
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()


def _sqlite(folder: Path) -> Database:
    template, used = folder / "template.db", folder / "expo.db"
    _create_tables(f"sqlite:///{template}")

    def put(source: Path) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{used}{suffix}").unlink(missing_ok=True)
        shutil.copy(source, used)

    def keep(kept: str) -> None:
        with closing(sqlite3.connect(used)) as source, closing(sqlite3.connect(folder / f"{kept}.db")) as target:
            source.backup(target)

    return Database(f"sqlite:///{used}", partial(put, template), keep, lambda kept: put(folder / f"{kept}.db"))


def _postgresql(server, name: str) -> Database:
    template = f"{name}_template"
    _create_tables(server.new_database(template))

    def put(source: str) -> None:
        server.new_database(name, template=source)

    return Database(
        server.url(name),
        partial(put, template),
        lambda kept: server.new_database(f"{name}_{kept}", template=name) and None,
        lambda kept: put(f"{name}_{kept}"),
    )


def pytest_addoption(parser):
    parser.addoption("--each-case", action="store_true", help="run every case of every test on both databases")


def pytest_collection_finish():
    """Search what was loaded for garbage no more, and the rest seldom: these searches took a third of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Leave out what a test's further cases would repeat on PostgreSQL; a case that is named is run."""
    named = any("[" in argument for argument in config.args)
    if config.getoption("--each-case") or named:
        return
    first: dict[str, str] = {}
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        function = item.nodeid.partition("[")[0]
        again = item.get_closest_marker("postgres") and first.setdefault(function, item.nodeid) != item.nodeid
        (left if again and not item.get_closest_marker("each_case") else kept).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


@pytest.fixture(autouse=True)
def _ring() -> None:
    keyring.use(keyring.KeyRing(keys={1: DATA_KEY}, active=1, index_key=INDEX_KEY))


@pytest.fixture(scope="session")
def _databases(request, tmp_path_factory, worker_id) -> Callable[[str], Database]:
    made: dict[str, Database] = {}

    def get(backend: str) -> Database:
        if backend not in made:
            made[backend] = (
                _sqlite(tmp_path_factory.mktemp("sqlite"))
                if backend == "sqlite"
                else _postgresql(request.getfixturevalue("postgres"), f"expo_{worker_id}")
            )
        return made[backend]

    return get


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request, _databases):
    """Give a database, once SQLite, once PostgreSQL: empty, or with the world in it for a test that asks for ``world``."""
    found = _databases(request.param)
    if "world" in request.fixturenames:
        found.once("world", partial(_build_world, found))
    else:
        found.reset()
    return found


def _build_world(database: Database) -> factories.World:
    database.reset()
    with make_sessions(database.engine)(info={"actor": SYSTEM}) as session, session.begin():
        made = factories.world(session)
    database.engine.dispose()
    return made


@pytest.fixture
def sessions(database):
    """Give a session factory with scope, audit and state guard; its sessions need an actor."""
    yield make_sessions(database.engine)
    close_all_sessions()
    database.engine.dispose()


@pytest.fixture
def session(sessions) -> Iterator[Session]:
    """Give a session in which SYSTEM acts; on SQLite what it reads keeps the client waiting until it commits."""
    made: Session = sessions(info={"actor": SYSTEM})
    yield made
    made.close()


@pytest.fixture
def system(sessions):
    """Open short sessions in which SYSTEM acts, each a ``with`` block that commits and holds nothing open."""

    @contextmanager
    def open_session() -> Iterator[Session]:
        with sessions(info={"actor": SYSTEM}) as made, made.begin():
            yield made

    return open_session


@pytest.fixture
def world(database) -> factories.World:
    """Give the tree of ``factories.world``, committed."""
    made: factories.World = pickle.loads(database.built["world"])
    return made


@pytest.fixture(scope="session")
def _apps(tmp_path_factory):
    """One application per database address and run: only the data is new for each test."""
    from app import create_app  # noqa: PLC0415 - only the tests of the web faces need them

    made = {}

    def get(url: str):
        if url not in made:
            environment = {**ENVIRONMENT, "EXPO_DATABASE_URL": url}
            made[url] = create_app(Settings.from_environment(environment, tmp_path_factory.mktemp("instance")))
            made[url].config["TESTING"] = True
        return made[url]

    return get


@pytest.fixture
def app(database, _apps):
    """Give the application on ``database``."""
    from exchange import checkpoints  # noqa: PLC0415 - as above
    from extensions import db  # noqa: PLC0415 - as above

    made = _apps(database.url)
    checkpoints.file_of(Path(made.instance_path)).unlink(missing_ok=True)  # they are another database's
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app):
    """Give a browser that keeps its cookies."""
    return app.test_client()


@pytest.fixture
def login(client):
    """Log an account in: ``login(account)`` with the factories' password; returns the answer."""
    return lambda account, password=factories.PASSWORD: log_in(client, account.username, password)
