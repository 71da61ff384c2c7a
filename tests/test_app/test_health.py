"""Whether it lives touches nothing; whether it is ready tells no stranger why not (SECURITY O03)."""

import pytest
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from admin_views import health
from admin_views.queueing import Queue
from extensions import db, migrate
from models import keyring
from tests import factories


@pytest.fixture
def migrated(app):
    """Mark the tables as made by the newest migration."""
    with app.app_context():
        script = ScriptDirectory(migrate.directory)
        with db.engine.begin() as connection:
            MigrationContext.configure(connection).stamp(script, "heads")


def ready(client):
    answer = client.get("/readyz")
    return answer.status_code, answer.text


def test_it_lives_even_without_its_database(client, monkeypatch):
    monkeypatch.setattr("admin_views.sessions.system_session", None)
    monkeypatch.setattr(health, "system_session", None)

    assert (client.get("/livez").status_code, client.get("/livez").text) == (200, "ok\n")


@pytest.mark.usefixtures("migrated")
def test_a_migrated_database_with_its_keys_is_ready(client, system, monkeypatch):
    monkeypatch.setattr(Queue, "has_worker", lambda _queue: True)
    assert ready(client) == (200, "ok\n")
    with system() as session:
        world = factories.world(session)
        factories.person(session, factories.unit(session, world.edition, world.sub))
    assert ready(client) == (200, "ok\n")


@pytest.mark.usefixtures("migrated")
def test_without_a_worker_small_work_goes_on_and_that_is_told(client, monkeypatch):
    monkeypatch.setattr(Queue, "has_worker", lambda _queue: False)
    assert ready(client) == (200, "ok, no live worker\n")


def test_tables_of_another_version_are_not(client):
    assert ready(client) == (503, "unavailable\n")


@pytest.mark.usefixtures("migrated")
def test_other_keys_than_the_stored_numbers_were_sealed_with_are_not(client, system):
    with system() as session:
        world = factories.world(session)
        factories.person(session, factories.unit(session, world.edition, world.sub))
    keyring.use(keyring.KeyRing(keys={1: bytes(range(1, 33))}, active=1, index_key=bytes(range(32))))

    assert ready(client) == (503, "unavailable\n")


@pytest.mark.usefixtures("migrated")
def test_a_full_disk_is_not(client, monkeypatch):
    monkeypatch.setattr(health, "LEAST_DISK", 2**70)

    assert ready(client) == (503, "unavailable\n")
