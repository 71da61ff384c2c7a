"""Sessions end on the server: idle, old, or revoked (SECURITY A08-A10)."""

from datetime import timedelta

import pytest
from flask import flash
from sqlalchemy import event, func, select

from extensions import db
from models import Role, WebSession
from models.kinds import now
from tests import factories
from tests.browser import log_in


@pytest.fixture
def entered(client, world, login):
    login(world.accounts[Role.secretariat])
    return client


def age(system, **columns):
    """Move the moments of every session into the past."""
    with system() as session:
        for row in session.scalars(select(WebSession)):
            for name, past in columns.items():
                setattr(row, name, now() - past)


def moments(system):
    with system() as session:
        return session.execute(select(WebSession.created_at, WebSession.seen_at)).one()


def test_half_an_hour_without_use_ends_a_session(entered, system):
    age(system, seen_at=timedelta(minutes=29, seconds=50))
    assert entered.get("/account").status_code == 200
    age(system, seen_at=timedelta(minutes=30))
    assert entered.get("/account").location == "/login?next=/account"


def test_eight_hours_end_a_session_in_constant_use(entered, system):
    age(system, created_at=timedelta(hours=7, minutes=59))
    assert entered.get("/account").status_code == 200
    age(system, created_at=timedelta(hours=8))
    assert entered.get("/account").location == "/login?next=/account"


def test_use_is_noted_once_a_minute_at_most(entered, system):
    before = moments(system)
    entered.get("/account")
    assert moments(system) == before
    age(system, seen_at=timedelta(seconds=61))
    entered.get("/account")

    assert now() - moments(system).seen_at < timedelta(seconds=5)


def test_a_page_seen_again_writes_nothing(app, entered):
    entered.get("/account")
    said = []
    with app.app_context():
        engine = db.engine

    def listen(_connection, _cursor, statement, *_):
        said.append(statement.split()[0])

    event.listen(engine, "before_cursor_execute", listen)
    entered.get("/account")
    event.remove(engine, "before_cursor_execute", listen)

    assert set(said) - {"BEGIN", "SET", "SELECT", "WITH"} == set()


@pytest.mark.usefixtures("entered")
def test_ended_sessions_are_cleared_away_by_the_next_visitor(app, system):
    age(system, seen_at=timedelta(minutes=31))
    app.test_client().get("/login")

    with system() as session:
        assert session.scalars(select(WebSession.account_id)).all() == [None]


def test_static_files_and_the_two_health_questions_touch_no_session(app, entered, system):
    before = moments(system)
    age(system, seen_at=timedelta(minutes=5))
    for path in ("/static/favicon.svg", "/livez"):
        entered.get(path, buffered=True)
        assert now() - moments(system).seen_at > timedelta(minutes=4)
    fresh = app.test_client()
    fresh.get("/livez")

    assert fresh.get_cookie("session") is None
    assert moments(system).created_at == before.created_at


def test_a_request_that_ends_after_logout_brings_no_session_back(app, entered, system):
    """A slow answer writes what it flashed; the row it read has gone meanwhile."""
    with app.test_request_context(
        "/account", headers={"Cookie": f"session={entered.get_cookie('session').value}"}
    ) as slow:
        flash("saved late")
        with system() as session:
            for row in session.scalars(select(WebSession)):
                session.delete(row)
        app.process_response(app.make_response("done"))
        assert slow.session.modified

    with system() as session:
        assert session.scalar(select(func.count(WebSession.id))) == 0


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("value", ["", "x", "é", "0" * 4000, "' OR 1=1 --"])
def test_a_made_up_cookie_is_nobody(client, value):
    client.set_cookie("session", value)

    assert client.get("/admin/").status_code == 302


def test_two_browsers_of_an_account_are_two_sessions(app, world, entered):
    other = app.test_client()
    log_in(other, world.accounts[Role.secretariat].username, factories.PASSWORD)

    assert entered.get_cookie("session").value != other.get_cookie("session").value
    assert [browser.get("/account").status_code for browser in (entered, other)] == [200, 200]
