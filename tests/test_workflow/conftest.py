"""Fixtures: an approved unit with free places, who works, and books that end clean (``usefixtures`` for a whole module)."""

import pytest

from models import Label, UnitStatus
from tests import factories
from tests.test_workflow import _cast
from workflow import books


@pytest.fixture
def unit(session, world):
    made = _cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved)
    for label in (Label.STAFF, Label.VIP):
        factories.allocation(session, made, label)
    session.commit()
    return made


@pytest.fixture
def cast(session, world):
    return _cast.actors(session, world)


@pytest.fixture
def clean_books(session):
    yield
    session.rollback()
    assert books.check(session) == []
