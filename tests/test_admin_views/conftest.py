"""Fixtures of the desk: a clerk of the sub-delegation at work, units and persons to work on."""

import pytest

from models import Role, UnitStatus
from tests import factories
from tests.test_admin_views._desk import DRAFT, PENDING, WAITING, Desk


@pytest.fixture
def desk(client, login, world):
    return Desk(client, login, world.accounts[Role.sub_delegation])


@pytest.fixture
def units(system, world):
    """Give three units, the second of which cannot be returned."""
    with system() as session:
        made = [factories.unit(session, world.edition, world.sub, review_status=s) for s in (PENDING, DRAFT, PENDING)]
        return [unit.id for unit in made]


@pytest.fixture
def persons(system, world):
    """Give five visitors waiting for the decision on group pay, of a fee of 200 元 each."""
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.approved)
        return [factories.person(session, unit, review_status=WAITING, name=f"王{n}").id for n in "一二三四五"]
