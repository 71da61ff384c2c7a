"""Migrations: up, down, up on both engines, equal to the models, and the append-only tables refuse changes."""

import pytest
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import create_engine, insert, inspect, text
from sqlalchemy.exc import DBAPIError

from app import create_app
from extensions import db
from models import Audit, Base
from models.kinds import now
from settings import Settings
from tests.conftest import ENVIRONMENT


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def address(request, tmp_path, worker_id):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'expo.db'}"
    return request.getfixturevalue("postgres").new_database(f"migrations_{worker_id}")


@pytest.fixture
def migrated(address, tmp_path):
    app = create_app(Settings.from_environment({**ENVIRONMENT, "EXPO_DATABASE_URL": address}, tmp_path))
    with app.app_context():
        upgrade()
        yield address
        db.engine.dispose()


@pytest.fixture
def engine(migrated):
    made = create_engine(migrated)
    yield made
    made.dispose()


def test_up_down_up_leaves_exactly_the_models_tables(engine):
    check()
    downgrade(revision="base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade()
    check()
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


@pytest.mark.parametrize("statement", ["UPDATE audit SET reason = 'x'", "DELETE FROM audit"])
def test_the_audit_trail_refuses_changes(engine, statement):
    with engine.begin() as connection:
        entry = {"id": 1, "at": now(), "actor": "甲", "role": "system", "action": "a", "noun": "unit", "hash": "0"}
        connection.execute(insert(Audit), [entry])
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
