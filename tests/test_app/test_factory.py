"""Building the application: as often as one likes, with everything in its place."""

import pytest
from sqlalchemy import select

from app import create_app
from extensions import begin_writing, db
from models import Audit, Edition, Role
from settings import Settings
from tests.conftest import ENVIRONMENT
from workflow.actors import SYSTEM, NobodyAsks
from workflow.trail import note


def test_a_second_application_writes_no_second_trail(database, tmp_path, world, login, system):
    create_app(Settings.from_environment({**ENVIRONMENT, "EXPO_DATABASE_URL": database.url}, tmp_path))
    login(world.accounts[Role.finance])
    with system() as session:
        assert session.scalars(select(Audit.action).where(Audit.action.startswith("account.log"))).all() == [
            "account.login"
        ]


def test_nobody_asks_before_somebody_has_entered(app):
    with app.test_request_context("/login"):
        app.preprocess_request()
        with pytest.raises(NobodyAsks):
            db.session.scalars(select(Edition.id)).all()


def test_a_reading_request_may_turn_to_writing(app, world, system):
    with app.test_request_context("/"):
        db.session.info.update(actor=SYSTEM, read_only=True)
        assert db.session.scalars(select(Edition.id)).all() == [world.edition.id]
        begin_writing()
        note(db.session(), "unit.export", "unit")
        db.session.commit()
    with system() as session:
        assert session.scalars(select(Audit.action).where(Audit.noun == "unit")).all() == ["unit.export"]


def test_readers_wait_for_no_writer(app, world, session):
    """A page is read while a long write holds SQLite's one write lock."""
    session.get_one(Edition, world.edition.id).name = "held"
    session.flush()
    with app.test_request_context("/"):
        db.session.info.update(actor=SYSTEM, read_only=True)
        assert db.session.scalars(select(Edition.name)).all() == [world.edition.name]
    session.rollback()
