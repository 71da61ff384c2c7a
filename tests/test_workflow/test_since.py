"""How long a row has been in its state: every move to another state begins it anew, and so does its undo."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models import Label, Person, PersonStatus, Role, Unit, UnitStatus
from tests import factories
from workflow import engine
from workflow.actors import SYSTEM, acting, actor_for

LONG_AGO = factories.NOW - timedelta(days=9)


@pytest.fixture
def rows(session, world):
    """Give a unit that waits for its second review and a person that waits for the decision on group pay."""
    state = {"review_status": UnitStatus.pending_second, "state_since": LONG_AGO}
    with acting(session, SYSTEM):
        unit = factories.unit(session, world.edition, world.sub, **state)
        person = factories.person(session, unit, review_status=PersonStatus.pending_confirm, state_since=LONG_AGO)
        factories.allocation(session, unit, Label.STAFF)
        session.commit()
    return unit.id, person.id


@pytest.fixture
def clerk(session, world):
    found = actor_for(session, world.accounts[Role.secretariat])
    session.info["actor"] = found
    return found


def since(session, model=Unit):
    return session.scalars(select(model.state_since)).one()


def test_a_move_begins_a_new_wait_and_so_does_its_undo(session, clerk, rows):
    batch = engine.run(session, clerk, "unit", "back_to_first_review", rows[:1], {"opinion": "请分团再核对一次资质"})
    session.commit()
    moved = since(session)
    assert (moved, moved > LONG_AGO) == (batch.done_at, True)

    engine.undo(session, clerk, batch)
    assert session.scalars(select(Unit.review_status)).one() is UnitStatus.pending_second
    assert since(session) > moved


def test_a_move_that_keeps_the_state_lets_the_wait_run_on(session, clerk, rows):
    engine.run(session, clerk, "person", "change_label", rows[1:], {"label": "STAFF"})
    assert session.scalars(select(Person.label)).one() is Label.STAFF
    assert since(session, Person) == LONG_AGO
