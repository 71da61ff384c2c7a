"""The last places under forty clerks and under any order of acts: never oversold, none lost."""

import threading
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import create_engine, func, select, update

from models import QuotaAllocation, QuotaPool
from tests import factories
from tests.conftest import on_sqlite
from tests.test_workflow._quota import VIP, allotment_of, numbers, pool_of, set_vip, wrong_sums
from workflow import quota
from workflow.actors import SYSTEM
from workflow.quota import QuotaShort


@pytest.fixture
def unit(session, world):
    made = factories.unit(session, world.edition, world.sub)
    factories.allocation(session, made, VIP, allotted=3)
    session.commit()
    return made


def forty(work):
    """Let 40 clerks start at once; return how many got their place, and what went wrong otherwise."""
    start, won, errors = threading.Barrier(40), [], []

    def clerk_(number):
        start.wait()
        try:
            work(number)
            won.append(number)
        except QuotaShort:
            pass
        except Exception as error:  # noqa: BLE001 - whatever else happens is the finding
            errors.append(repr(error))

    threads = [threading.Thread(target=clerk_, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(won), errors


def test_forty_clerks_on_the_last_ten_get_exactly_ten(sessions, session, world, unit):
    set_vip(session, world, 10, unit_id=unit.id)
    session.commit()

    def reserve(_):
        with sessions(info={"actor": SYSTEM}) as own, own.begin():
            quota.reserve_many(own, {(unit.id, VIP): 1})

    assert forty(reserve) == (10, [])
    session.expire_all()
    assert allotment_of(session, unit) == (10, 10)


def test_forty_clerks_drawing_the_last_ten_of_a_pool_get_exactly_ten(sessions, session, world):
    quota.set_pool(session, pool_of(session, world.sub), 30)
    units = [factories.unit(session, world.edition, world.sub) for _ in range(40)]
    session.commit()

    def draw(number):
        with sessions(info={"actor": SYSTEM}) as own, own.begin():
            quota.draw_from_pool(own, world.sub.id, world.edition.id, {(units[number].id, VIP): 1})

    assert forty(draw) == (10, [])
    session.expire_all()
    assert numbers(session, world.sub) == (30, 30)
    assert wrong_sums(session) == []


def test_without_the_guard_the_same_clerks_oversell(database, session, world, unit):
    """Negative control: read, add, write as a program does that trusts what it read."""
    set_vip(session, world, 10, unit_id=unit.id)
    session.commit()
    session.close()
    engine = create_engine(database.url)
    row = QuotaAllocation.__table__.c

    def reserve(_):
        with engine.connect() as connection:
            key = row.unit_id == unit.id
            used = connection.execute(select(row.used).where(key)).scalar_one()
            if used >= 10:
                raise QuotaShort("full")
            time.sleep(0.002)
            connection.execute(update(QuotaAllocation).where(key).values(used=used + 1))
            connection.commit()

    won, _ = forty(reserve)
    engine.dispose()
    assert won > 10


# --- any order of acts -------------------------------------------------------------------------------------------


class Acts(RuleBasedStateMachine):
    """Clerks at random: whatever is granted or refused, the books stay exact."""

    world: Any
    session: Any

    def __init__(self):
        super().__init__()
        session, world = self.session, self.world
        nodes = (world.sub, world.below, world.other_sub)
        self.units = [factories.unit(session, world.edition, node) for node in nodes]
        self.nodes = [node.id for node in nodes]
        self.used = dict.fromkeys(range(3), 0)
        session.flush()

    def teardown(self):
        self.session.rollback()

    def tries(self, act, *args, **more):
        try:
            act(self.session, *args, **more)
        except QuotaShort:
            return False
        return True

    @rule(place=st.integers(0, 2), count=st.integers(1, 4))
    def reserve(self, place, count):
        if self.tries(quota.reserve_many, {(self.units[place].id, VIP): count}):
            self.used[place] += count

    @rule(place=st.integers(0, 2), count=st.integers(1, 4))
    def release(self, place, count):
        if self.tries(quota.release_many, {(self.units[place].id, VIP): count}):
            self.used[place] -= count

    @rule(place=st.integers(0, 2), count=st.integers(1, 30))
    def draw(self, place, count):
        needs = {(self.units[place].id, VIP): count}
        self.tries(quota.draw_from_pool, self.nodes[place], self.world.edition.id, needs)

    @rule(place=st.integers(0, 2), allotted=st.integers(0, 60))
    def allot(self, place, allotted):
        self.tries(
            quota.set_allotment, edition_id=self.world.edition.id, delegation_id=self.nodes[place],
            province_id=self.world.province.id, label=VIP, allotted=allotted, unit_id=self.units[place].id,
        )  # fmt: skip

    @rule(node=st.sampled_from(["sub", "below", "other_sub", "province"]), total=st.integers(0, 400))
    def resize(self, node, total):
        self.tries(quota.set_pool, pool_of(self.session, getattr(self.world, node)), total)

    @rule(place=st.integers(0, 2), goal=st.integers(0, 2))
    def move(self, place, goal):
        unit, source = self.units[place], self.nodes[place]
        self.nodes[place] = [self.world.sub.id, self.world.below.id, self.world.other_sub.id][goal]
        unit.delegation_id = self.nodes[place]
        quota.move_share(self.session, unit.id, source, self.nodes[place])

    @invariant()
    def books_are_exact(self):
        assert wrong_sums(self.session) == []
        found = select(QuotaAllocation.unit_id, QuotaAllocation.used).where(QuotaAllocation.label == VIP)
        used = {row.unit_id: row.used for row in self.session.execute(found)}
        assert {unit.id: used.get(unit.id, 0) for unit in self.units} == {
            unit.id: self.used[place] for place, unit in enumerate(self.units)
        }
        over = select(func.count()).where(QuotaPool.allocated > QuotaPool.total)
        assert self.session.scalar(over.select_from(QuotaPool)) == 0


@on_sqlite
def test_no_order_of_acts_breaks_the_books(session, world):
    class Here(Acts):
        pass

    Here.session, Here.world = session, world
    calm = settings(
        max_examples=30,
        stateful_step_count=25,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Here, settings=calm)
