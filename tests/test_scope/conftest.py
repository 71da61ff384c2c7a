"""The stage of this folder's tests: one planted database and one application for all tests of a module."""

from contextlib import contextmanager

import pytest
from sqlalchemy.orm import close_all_sessions

from admin_views import languages
from models import keyring
from tests.conftest import DATA_KEY, INDEX_KEY, _postgresql, _sqlite
from tests.test_scope import _arena
from workflow.actors import SYSTEM
from workflow.sessions import make_engine, make_sessions


def _opener(sessions):
    """Open short sessions in which SYSTEM acts."""

    @contextmanager
    def system():
        with sessions(info={"actor": SYSTEM}) as session, session.begin():
            yield session

    return system


@pytest.fixture
def arenas(_arenas):
    """Give the stage on an engine; whatever a test changed on it is put back, its readers' language included."""
    get, made = _arenas
    yield get
    for arena in made.values():
        arena.vault.put_back(arena.vault.changed())
        for seat in arena.seats.values():
            seat.client.delete_cookie(languages.COOKIE)


@pytest.fixture(scope="module")
def _arenas(request, _apps, tmp_path_factory, worker_id):
    """Build the stage on an engine once per module and worker."""
    from extensions import db  # noqa: PLC0415 - as in tests.conftest

    keyring.use(keyring.KeyRing(keys={1: DATA_KEY}, active=1, index_key=INDEX_KEY))
    made = {}

    def get(backend: str) -> _arena.Arena:
        if backend not in made:
            folder = tmp_path_factory.mktemp("scope")
            server = request.getfixturevalue("postgres") if backend == "postgresql" else None
            database = _postgresql(server, f"scope_{worker_id}") if server else _sqlite(folder)
            database.reset()
            engine = make_engine(database.url)
            app = _apps(database.url)
            app.config["PROPAGATE_EXCEPTIONS"] = False  # a failure is an answer like any other
            made[backend] = _arena.build(app, database.url, _opener(make_sessions(engine)))
            engine.dispose()
        return made[backend]

    yield get, made
    for arena in made.values():
        arena.vault.close()
        close_all_sessions()
        with arena.app.app_context():
            db.engine.dispose()
