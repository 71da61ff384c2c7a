"""Two at one moment over one hand-over batch: every result is counted, every batch has a number of its own."""

from collections import Counter

import pytest

from models import (
    Person,
    PersonStatus,
    Role,
    SecurityBatch,
    SecurityBatchStatus,
    SecurityRow,
    SecurityStatus,
    UnitStatus,
)
from tests import factories
from tests.test_workflow import _cast
from tests.test_workflow._together import mover, together
from workflow import books, security
from workflow.actors import acting, actor_for
from workflow.moves import Context

MANY = 12
P = PersonStatus


@pytest.fixture
def office(session, world):
    return actor_for(session, world.accounts[Role.secretariat])


@pytest.fixture
def persons(session, world):
    """Persons who wait for their review, each of a unit of its own."""
    units = [_cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved) for _ in range(MANY)]
    made = [_cast.ready_person(session, unit, P.pending_review) for unit in units]
    session.commit()
    return [person.id for person in made]


def clean(session):
    session.rollback()
    session.expire_all()
    return books.check(session)


@pytest.mark.parametrize("move", ["security_pass", "security_data_wrong", "security_not_pass"])
def test_results_of_one_batch_that_come_at_once_are_all_counted(sessions, session, office, persons, move):
    _cast.done(session, office, "person", "hand_over_to_security", persons)
    session.close()
    found = together([mover(sessions, office, "person", move, person) for person in persons])
    assert Counter(found) == {"done": MANY}
    assert _cast.values(session, SecurityBatch, "waiting", "status") == [(0, SecurityBatchStatus.closed)]
    assert clean(session) == []


def test_results_and_leavers_of_one_batch_are_all_counted(sessions, session, office, persons):
    _cast.done(session, office, "person", "hand_over_to_security", persons)
    session.close()
    works = [mover(sessions, office, "person", "security_pass", person) for person in persons]
    works[::2] = [mover(sessions, office, "person", "delete", person, _cast.REASON) for person in persons[::2]]
    assert Counter(together(works)) == {"done": MANY}
    assert _cast.values(session, SecurityBatch, "waiting", "status") == [(0, SecurityBatchStatus.closed)]
    assert clean(session) == []


def test_hand_overs_at_one_moment_have_numbers_of_their_own(sessions, session, office, persons):
    session.close()
    found = together([mover(sessions, office, "person", "hand_over_to_security", person) for person in persons])
    assert Counter(found) == {"done": MANY}
    numbers = _cast.values(session, SecurityBatch, "number")
    assert sorted(number[-3:] for number in numbers) == [f"{n:03d}" for n in range(1, MANY + 1)]
    assert clean(session) == []


def test_withdrawals_are_told_once_by_whoever_is_first(sessions, session, office, persons):
    _cast.done(session, office, "person", "hand_over_to_security", persons)
    _cast.done(session, office, "person", "delete", persons, _cast.REASON)
    session.close()

    def work():
        with sessions(info={"actor": office}) as own, acting(own, office):
            made = security.hand_over_withdrawals(Context(own, office, factories.NOW))
            own.commit()
            return made and made.withdrawn

    assert sorted(together([work] * 6), key=str) == [MANY, *[None] * 5]
    assert _cast.values(session, SecurityBatch, "added", "withdrawn") == [(MANY, 0), (0, MANY)]
    assert set(_cast.values(session, Person, "security_status")) == {SecurityStatus.none}
    assert len(_cast.values(session, SecurityRow, "id")) == 2 * MANY
    assert clean(session) == []
