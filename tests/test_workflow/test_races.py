"""Forty clerks at one moment on the last ten of a cap, a quota and a pool: ten, and every other one is told."""

from collections import Counter

import pytest
from sqlalchemy import select

from models import (
    Batch,
    BatchRow,
    DelegationEdition,
    GroupPayEntry,
    Label,
    Outcome,
    Person,
    PersonStatus,
    QuotaAllocation,
    QuotaPool,
    ReviewRecord,
    Role,
    Unit,
    UnitStatus,
)
from tests import factories
from tests.test_workflow import _cast
from tests.test_workflow._together import careless, confirmer, mover, together
from workflow import books, engine
from workflow.actors import SYSTEM, Forbidden, acting, actor_for
from workflow.engine import AlreadyDone, Selection

CLERKS, LAST, FEE = 40, 10, 20000
FROM_POOL = {"label": "VIP", "from_pool": "y"}


@pytest.fixture
def scene(session, world):
    """A unit with forty persons who wait for their decision; room for ten VIP and for ten fees; two colleagues."""
    unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.approved)
    factories.allocation(session, unit, Label.VIP, allotted=LAST)
    persons = [factories.person(session, unit, review_status=PersonStatus.pending_confirm) for _ in range(CLERKS)]
    settings = _cast.settings_of(session, world.sub)
    _cast.put(settings, group_pay_cap=LAST * FEE)
    clerks = [actor_for(session, world.accounts[Role.sub_delegation]), _cast.clerk_of(session, world.sub)]
    session.commit()
    return unit, [person.id for person in persons], clerks


def of_all(scene, sessions, name, answers=None):
    """Return one work per person: each of the clerks in turn runs the move on it."""
    _, persons, clerks = scene
    return [mover(sessions, clerks[at % 2], "person", name, person, answers) for at, person in enumerate(persons)]


def clean(session):
    session.rollback()
    session.expire_all()
    return books.check(session)


def test_forty_clerks_confirm_group_pay_on_a_cap_for_ten(sessions, session, world, scene):
    found = together(of_all(scene, sessions, "confirm_group_pay"))

    assert Counter(found) == {"done": LAST, "budget": CLERKS - LAST}
    assert clean(session) == []
    assert _cast.settings_of(session, world.sub).group_pay_committed == LAST * FEE
    assert _cast.values(session, GroupPayEntry, "amount") == [FEE] * LAST
    assert Counter(_cast.values(session, Person, "review_status")) == {
        PersonStatus.pending_review: LAST, PersonStatus.pending_confirm: CLERKS - LAST,
    }  # fmt: skip


def test_forty_clerks_upgrade_and_change_labels_on_the_last_ten_of_a_unit(sessions, session, scene):
    works = of_all(scene, sessions, "upgrade_label", {"label": "VIP"})
    works[::2] = of_all(scene, sessions, "change_label", {"label": "VIP"})[::2]
    found = together(works)

    assert Counter(found) == {"done": LAST, "budget": CLERKS - LAST}
    assert clean(session) == []
    assert _cast.allotment(session, scene[0]) == (LAST, LAST)
    assert Counter(_cast.values(session, Person, "label")) == {Label.VIP: LAST, Label.PROFESSIONAL: CLERKS - LAST}


def test_forty_clerks_draw_the_last_ten_of_a_pool_for_forty_units(sessions, session, world, scene):
    persons = []
    for _ in range(CLERKS):
        unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.approved)
        persons.append(factories.person(session, unit, review_status=PersonStatus.pending_confirm).id)
    pool = session.scalars(
        select(QuotaPool).where(QuotaPool.delegation_id == world.sub.id, QuotaPool.label == Label.VIP)
    ).one()
    above = session.scalars(
        select(QuotaPool).where(QuotaPool.delegation_id == world.province.id, QuotaPool.label == Label.VIP)
    ).one()
    above.allocated -= pool.total - pool.allocated - LAST
    pool.total = pool.allocated + LAST
    session.commit()
    clerks = scene[2]
    found = together(
        [
            mover(sessions, clerks[at % 2], "person", "upgrade_label", person, FROM_POOL)
            for at, person in enumerate(persons)
        ]
    )

    assert Counter(found) == {"done": LAST, "budget": CLERKS - LAST}
    assert clean(session) == []
    session.refresh(pool)
    assert pool.allocated == pool.total
    assert len([used for used in _cast.values(session, QuotaAllocation, "used") if used]) == LAST


@pytest.mark.parametrize(
    ("model", "inner", "outer", "step"),
    [
        (DelegationEdition, "group_pay_committed", "group_pay_cap", FEE),
        (QuotaAllocation, "used", "allotted", 1),
        (QuotaPool, "allocated", "total", 1),
    ],
)
@pytest.mark.usefixtures("scene")
def test_without_the_guard_the_same_clerks_oversell(database, session, world, model, inner, outer, step):
    """Negative control: the harness sees a race where there is one."""
    row = session.scalars(select(model).where(model.delegation_id == world.sub.id).order_by(model.id)).first()
    if model is QuotaPool:
        row.total = row.allocated + LAST
    session.commit()
    key, limit = row.id, getattr(row, outer)
    session.close()
    naive, work = careless(database.url, model, key, inner, limit, step)
    found = together([work] * CLERKS)
    naive.dispose()

    assert found.count("done") > LAST


# --- the same batch, the same undo -------------------------------------------------------------------------------


def previewed(session, actor, noun, name, ids, answers=None):
    """Look at a move and leave it unconfirmed; return the batch's id and the signature of what was shown."""
    with acting(session, actor):
        batch = engine.preview(session, actor, noun, name, Selection.of_ids(ids), answers)
        signature = engine.look(session, batch).signature
        session.commit()
    return batch.id, signature


def test_a_batch_confirmed_ten_times_at_once_is_done_once(sessions, session, world, scene):
    _, persons, clerks = scene
    batch_id, signature = previewed(session, clerks[0], "person", "confirm_group_pay", persons[:5])
    found = together([confirmer(sessions, clerks[0], batch_id, signature)] * 10)

    assert Counter(found) == {"Confirmed": 1, "AlreadyDone": 9}
    assert clean(session) == []
    assert _cast.values(session, GroupPayEntry, "amount") == [FEE] * 5
    assert _cast.settings_of(session, world.sub).group_pay_committed == 5 * FEE
    assert Counter(_cast.values(session, BatchRow, "outcome")) == {Outcome.done: 5}


def undoer(sessions, actor, batch_id):
    def work():
        with sessions(info={"actor": actor}) as session:
            batch = session.get_one(Batch, batch_id)
            try:
                back = engine.undo(session, actor, batch)
            except (AlreadyDone, Forbidden) as told:
                return type(told).__name__
            session.commit()
            return back.done

    return work


@pytest.fixture
def returned(session, world):
    """Thirty units returned for edit in one batch by the clerk."""
    units = [
        factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first) for _ in range(30)
    ]
    clerk = actor_for(session, world.accounts[Role.sub_delegation])
    ids = [unit.id for unit in units]
    session.commit()
    batch = _cast.done(session, clerk, "unit", "return_for_edit", ids, _cast.OPINION)
    session.commit()
    return clerk, ids, batch.id


def test_a_batch_undone_ten_times_at_once_is_undone_once(sessions, session, returned):
    clerk, _, batch_id = returned
    found = together([undoer(sessions, clerk, batch_id)] * 10)

    assert found.count(30) == 1
    assert set(found) - {30} <= {"AlreadyDone", "Forbidden"}
    assert set(_cast.values(session, Unit, "review_status")) == {UnitStatus.pending_first}
    assert clean(session) == []


def test_an_undo_never_overwrites_what_somebody_did_at_the_same_moment(sessions, session, returned):
    clerk, ids, batch_id = returned
    editors = [editor(sessions, clerk, unit_id) for unit_id in ids[::3]]
    found = together([undoer(sessions, clerk, batch_id), *editors])
    session.expire_all()
    now = dict(_cast.values(session, Unit, "id", "review_status"))
    edited = {unit_id for unit_id, said in zip(ids[::3], found[1:], strict=True) if said == "deleted"}

    assert set(found[1:]) <= {"deleted", "changed"}
    assert len(ids) - len(edited) <= found[0] <= len(ids)
    assert {unit_id for unit_id, status in now.items() if status is UnitStatus.deleted} == edited
    assert {now[unit_id] for unit_id in ids if unit_id not in edited} == {UnitStatus.pending_first}
    assert clean(session) == []


def editor(sessions, actor, unit_id):
    """Return a work that deletes a unit, be it returned still or pending again."""

    def work():
        word = mover(sessions, actor, "unit", "delete", unit_id, _cast.REASON)()
        return "deleted" if word == "done" else word

    return work


def test_ten_requests_for_one_unit_open_one(sessions, world, scene):
    unit, _, clerks = scene
    answers = {"target": str(world.other_sub.id)}
    found = together([mover(sessions, clerks[0], "unit", "request_transfer", unit.id, answers)] * 10)

    assert found.count("done") == 1
    assert set(found) <= {"done", "requested", "changed"}


def test_parallel_reviews_of_different_units_all_leave_their_records(sessions, session, world):
    units = [
        factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first) for _ in range(CLERKS)
    ]
    clerk = actor_for(session, world.accounts[Role.sub_delegation])
    session.commit()
    found = together([mover(sessions, clerk, "unit", "pass_first_review", unit.id) for unit in units])

    assert Counter(found) == {"done": CLERKS}
    assert sorted(_cast.values(session, ReviewRecord, "unit_id")) == sorted(unit.id for unit in units)
    with acting(session, SYSTEM):
        assert books.check(session) == []
