"""A node locks its submission; after it only the province changes units, persons and quota, save in exception windows."""

from datetime import timedelta
from unittest import mock

import pytest
from sqlalchemy import func, select

from models import (
    Attachment,
    Audit,
    Batch,
    Certificate,
    Edition,
    ExceptionWindow,
    GroupPayDecision,
    Label,
    LockStatus,
    Notice,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    QuotaPool,
    Role,
    Unit,
    UnitStatus,
    WindowStatus,
)
from models.kinds import now
from tests import factories
from tests.conftest import on_sqlite
from tests.test_workflow import _cast
from workflow import books, engine, expiring, locks, saving
from workflow.actors import SYSTEM, acting, actor_for
from workflow.answers import AnswersInvalid
from workflow.engine import Selection, open_moves
from workflow.machines import MACHINES

U, P, L, W = UnitStatus, PersonStatus, LockStatus, WindowStatus
SUB = Role.sub_delegation
APPROVED = {"review_status": U.approved}
# What a lock holds; beside it cards and parcels are handed out, and requests end.
HELD = {("transfer_request", "accept")}
GOES_ON = {("unit", "ask_to_correct_code"), ("person", "commit_late")}
NOT_IN_WINDOWS = {("unit", "assign"), ("unit", "request_transfer"), ("transfer_request", "accept")}
REFUSED = "locked"


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[SUB])


@pytest.fixture
def secretary(session, world):
    return actor_for(session, world.accounts[Role.secretariat])


def settings(session, node):
    with acting(session, SYSTEM):
        found = _cast.settings_of(session, node)
        session.refresh(found)
        return found


def locked(session, node, status=L.locked):
    """Let a node be locked, as the moves would have left it."""
    with acting(session, SYSTEM):
        _cast.put(_cast.settings_of(session, node), status=status, locked_at=now() - timedelta(hours=1))
        session.commit()


def states(session, *persons):
    with acting(session, SYSTEM):
        by_id = dict(session.execute(select(Person.id, Person.review_status)).all())
    return [by_id[person.id] for person in persons]


def clean(session):
    assert books.check(session) == []


# --- locking, accepting, unlocking -------------------------------------------------------------------------------


def test_a_node_locks_the_province_accepts_and_unlocks_with_a_reason(session, world, clerk, secretary):
    node = settings(session, world.below)
    _cast.done(session, clerk, "delegation_edition", "lock", node.id)
    assert (settings(session, world.below).status, settings(session, world.below).locked_at is None) == (
        L.locked,
        False,
    )
    _cast.done(session, secretary, "delegation_edition", "accept_lock", node.id)
    assert settings(session, world.below).status is L.accepted
    with acting(session, secretary), pytest.raises(AnswersInvalid):
        engine.run(session, secretary, "delegation_edition", "unlock", [node.id], {"reason": "短"})
    session.rollback()
    _cast.done(session, secretary, "delegation_edition", "unlock", node.id, _cast.REASON)
    found = settings(session, world.below)

    assert (found.status, found.locked_at) == (L.unlocked, None)
    with acting(session, SYSTEM):
        told = session.execute(select(Notice.delegation_id, Notice.sentence).order_by(Notice.id)).all()
        trail = session.scalars(
            select(Audit.action).where(Audit.noun == "delegation_edition", Audit.action.contains("lock"))
        )
        assert list(trail) == [f"delegation_edition.{name}" for name in ("lock", "accept_lock", "unlock")]
    assert [node for node, _said in told] == [world.province.id, world.below.id, world.below.id]
    clean(session)


def test_what_is_left_blocks_the_lock_and_what_is_only_worth_knowing_does_not(session, world, clerk):
    unit = factories.unit(session, world.edition, world.below, review_status=U.pending_second)
    factories.person(session, unit, review_status=P.returned)
    factories.unit(session, world.edition, world.below)
    other = factories.unit(session, world.edition, world.other_sub, review_status=U.pending_first)
    factories.person(session, other)
    session.commit()
    node = settings(session, world.below)
    _cast.done(session, clerk, "delegation_edition", "lock", node.id)
    above = _cast.run(session, clerk, "delegation_edition", "lock", settings(session, world.sub).id)
    assert _cast.refusals(session, above) == [None]


# --- what the lock does ------------------------------------------------------------------------------------------


def rows_for(session, world, noun, state):
    """Make a row in a state at the locked node, ready for anything."""
    unit = _cast.ready_unit(session, world, world.sub, **APPROVED)
    for label in (Label.STAFF, Label.VIP):
        factories.allocation(session, unit, label)
    match noun:
        case "unit":
            return unit.id, _cast.ready_unit(session, world, world.sub, review_status=state)
        case "person":
            return unit.id, _cast.ready_person(session, unit, state)
        case "transfer_request":
            offered = _cast.ready_unit(session, world, world.other_sub, **APPROVED)
            return unit.id, _cast.request(session, offered, world.sub, status=state)
        case "certificate":
            holder = _cast.ready_person(session, unit, P.approved, payment_status=PaymentStatus.paid)
            card = session.scalars(select(Certificate).where(Certificate.person_id == holder.id)).one()
            _cast.put(card, status=state)
            return unit.id, card
    raise AssertionError(noun)


def of_sub(noun):
    return [move for move in MACHINES[noun].moves.values() if not move.hidden and SUB in move.who]


BELOW_PROVINCE = [
    (noun, move.name) for noun in ("unit", "person", "transfer_request") for move in of_sub(noun)
    if (noun != "transfer_request" and (noun, move.name) not in GOES_ON) or (noun, move.name) in HELD
]  # fmt: skip


@on_sqlite
@pytest.mark.parametrize(("noun", "name"), BELOW_PROVINCE)
def test_no_move_below_the_province_is_done_after_the_lock(session, world, clerk, noun, name):
    move = MACHINES[noun].moves[name]
    row_ids = [rows_for(session, world, noun, state)[1].id for state in move.source]
    locked(session, world.sub)
    answers = _cast.answers_to(move, target=str(world.other_sub.id), label="VIP")
    before = _cast.business(session)
    batch = _cast.run(session, clerk, noun, name, row_ids, answers)

    assert set(_cast.refusals(session, batch)) == {REFUSED}
    assert _cast.business(session) == before
    said = open_moves(session, clerk, noun, row_ids)
    assert {said[row_id][name] for row_id in row_ids} == {next(g.sentence for g in move.guards if g.code == REFUSED)}


def test_every_move_that_undoes_or_changes_units_and_persons_knows_of_the_lock():
    moves = [(noun, move) for noun in ("unit", "person") for move in of_sub(noun)]
    free = {(noun, move.name) for noun, move in moves if REFUSED not in {guard.code for guard in move.guards}}
    assert free == GOES_ON
    assert not {(noun, move.name) for noun, move in moves if move.revocable} & free


@on_sqlite
@pytest.mark.parametrize(("noun", "name"), [pair for pair in BELOW_PROVINCE if pair[0] in ("unit", "person")])
def test_in_a_window_the_unit_and_its_persons_move_again_but_stay_at_their_node(session, world, clerk, noun, name):
    move, answers = MACHINES[noun].moves[name], {}
    answers = _cast.answers_to(move, target=str(world.other_sub.id), label="VIP")
    row = rows_for(session, world, noun, move.source[0])[1]
    _cast.window(session, row if noun == "unit" else session.get_one(Unit, row.unit_id))
    locked(session, world.sub)
    batch = _cast.run(session, clerk, noun, name, row.id, answers)

    assert (_cast.refusals(session, batch) == [REFUSED]) is ((noun, name) in NOT_IN_WINDOWS)


def refusal(session, actor, write):
    with acting(session, actor):
        try:
            write()
        except saving.Invalid as refused:
            return refused.errors.get("")
        finally:
            session.rollback()
    return None


def saves(session, world, clerk):
    """Every plain write that changes units, persons and quota, by name."""
    unit = _cast.ready_unit(session, world, world.sub, **APPROVED)
    person = _cast.ready_person(session, unit)
    intention = factories.intention(session, unit)
    allotment = factories.allocation(session, unit, Label.VIP)
    session.commit()
    link = {"unit_id": str(unit.id)}
    picture = {**link, "kind": "PHOTO", "person_id": str(person.id), "filename": "a.jpg", "media_type": "image/jpeg"}
    models = {type(row).__tablename__: type(row) for row in (unit, person, intention, allotment)}
    return unit, person, {
        "edit unit": lambda: saving.edit(session, clerk, unit, {"remark": "改"}, unit.row_version),
        "edit person": lambda: saving.edit(session, clerk, person, {"title": "总监"}, person.row_version),
        "edit intention": lambda: saving.edit(session, clerk, intention, {"product": "茶"}, intention.row_version),
        "edit allotment": lambda: saving.edit(session, clerk, allotment, {"allotted": "11"}, allotment.row_version),
        "add unit": lambda: saving.create(session, clerk, models["unit"], {"delegation_id": str(world.sub.id), "name": "新公司"}),
        "add person": lambda: saving.create(session, clerk, models["person"], {**link, "name": "赵六"}),
        "add intention": lambda: saving.create(session, clerk, models["intention"], {**link, "zone": "FOOD", "product": "茶"}),
        "add preset": lambda: saving.create(
            session, clerk, models["quota_allocation"], {"delegation_id": str(world.sub.id), "uscc": factories.uscc(), "label": "VIP", "allotted": "1"}
        ),
        "add picture": lambda: saving.create(session, clerk, Attachment, picture),
    }  # fmt: skip


def test_no_plain_save_below_the_province_is_done_after_the_lock(session, world, clerk):
    _unit, _person, writes = saves(session, world, clerk)
    locked(session, world.sub)
    assert {name: refusal(session, clerk, write) for name, write in writes.items()} == dict.fromkeys(
        writes, locks.SENTENCE
    )


def test_a_window_opens_the_plain_saves_of_its_unit_or_of_one_person_alone(session, world, clerk):
    unit, person, writes = saves(session, world, clerk)
    outside = {"add unit", "add preset", "edit allotment"}
    window = _cast.window(session, unit)
    locked(session, world.sub)
    assert {name for name, write in writes.items() if refusal(session, clerk, write) == locks.SENTENCE} == outside
    with acting(session, SYSTEM):
        window.person_id = person.id
        session.commit()
    found = {name for name, write in writes.items() if refusal(session, clerk, write) == locks.SENTENCE}
    assert found == set(writes) - {"edit person", "add picture"}


# --- what expires ------------------------------------------------------------------------------------------------


@pytest.fixture
def left(session, world):
    """A node with persons that were not submitted, on free labels, committed, in a window, and presets nobody used."""
    unit = _cast.ready_unit(session, world, world.below, **APPROVED)
    factories.allocation(session, unit, Label.VIP, allotted=3, used=2)
    draft = _cast.ready_person(session, unit, label=Label.VIP)
    paid_for = {"group_pay_decision": GroupPayDecision.confirmed, "payer_id": world.below.id, "group_pay_fee": 0}
    returned = _cast.ready_person(
        session, unit, P.returned, label=Label.VIP, **paid_for, payment_status=PaymentStatus.waived
    )
    done = _cast.ready_person(session, unit, P.pending_review)
    excepted = _cast.ready_person(session, unit)
    _cast.window(session, unit, excepted)
    preset = {"unit_id": None, "uscc": factories.uscc(), "unit_name": "未登记公司", "allotted": 4}
    factories.allocation(session, unit, Label.STAFF, **preset)
    session.commit()
    return unit, draft, returned, done, excepted


def pools(session, node, label):
    with acting(session, SYSTEM):
        own = select(QuotaPool.allocated).where(QuotaPool.delegation_id == node.id, QuotaPool.label == label)
        return session.scalar(own)


def test_accepting_lets_what_was_not_submitted_expire_and_gives_the_quota_back(session, world, secretary, left):
    unit, *persons = left
    clean(session)
    locked(session, world.below)
    before = pools(session, world.below, Label.STAFF)
    batch = _cast.done(session, secretary, "delegation_edition", "accept_lock", settings(session, world.below).id)

    assert states(session, *persons) == [P.expired, P.expired, P.pending_review, P.draft]
    assert _cast.allotment(session, unit) == (3, 0)
    assert pools(session, world.below, Label.STAFF) == before - 4
    with acting(session, SYSTEM):
        child = session.scalars(select(Batch).where(Batch.parent_id == batch.id)).one()
        assert (child.move, child.done) == ("expire", 2)
        assert session.scalar(select(func.sum(QuotaAllocation.allotted)).where(QuotaAllocation.unit_id.is_(None))) == 0
    clean(session)


@pytest.fixture
def moment(session, world):
    """The edition's moment came an hour ago; the nodes have been as they are for a week."""
    came = now() - timedelta(hours=1)
    with acting(session, SYSTEM):
        session.get_one(Edition, world.edition.id).lock_at = came
        for node in (world.province, world.sub, world.below, world.other_sub, world.other_province, world.foreign_sub):
            _cast.put(_cast.settings_of(session, node), state_since=came - timedelta(days=7))
        session.commit()
    return came


def test_the_editions_moment_closes_every_node_once(session, world, left, moment):
    locked(session, world.other_sub, L.accepted)
    _unit, *persons = left
    with acting(session, SYSTEM):
        expiring.close_due(session, moment - timedelta(microseconds=1))
        session.commit()
        assert session.scalar(select(func.count()).select_from(Batch)) == 0
        expiring.close_due(session, moment)
        session.commit()
        batches = session.execute(select(Batch.move, Batch.province_id, Batch.done).order_by(Batch.id)).all()
        seen = _cast.business(session)
        expiring.close_due(session, moment + timedelta(days=1))
        session.commit()
        assert _cast.business(session) == seen
        assert session.scalar(select(func.count()).select_from(Batch)) == len(batches)

    assert {(name, number) for name, _province, number in batches} == {("close", 3), ("close", 2), ("expire", 2)}
    assert {settings(session, node).status for node in (world.sub, world.below, world.province)} == {L.closed}
    assert settings(session, world.below).locked_at == moment
    assert settings(session, world.other_sub).status is L.accepted
    assert states(session, *persons)[:2] == [P.expired, P.expired]
    clean(session)


@pytest.mark.usefixtures("moment")
def test_closing_is_done_whole_or_not_at_all(session, left):
    before = _cast.business(session)
    with (
        acting(session, SYSTEM),
        mock.patch.object(expiring, "_expire", side_effect=RuntimeError),
        pytest.raises(RuntimeError),
    ):
        expiring.close_due(session, now())
    session.rollback()
    assert _cast.business(session) == before
    assert states(session, *left[1:3]) == [P.draft, P.returned]


@pytest.mark.usefixtures("moment")
def test_who_is_unlocked_after_the_moment_stays_so(session, world, clerk, secretary, left):
    with acting(session, SYSTEM):
        expiring.close_due(session, now())
        session.commit()
    _cast.done(session, secretary, "delegation_edition", "unlock", settings(session, world.below).id, _cast.REASON)
    with acting(session, SYSTEM):
        expiring.close_due(session, now())
        session.commit()
    assert settings(session, world.below).status is L.unlocked
    _cast.done(session, clerk, "person", "reopen_expired", left[1].id)
    assert states(session, left[1]) == [P.draft]
    assert _cast.allotment(session, left[0]) == (3, 1)
    clean(session)


# --- exception windows -------------------------------------------------------------------------------------------


def until(days):
    return {"until": _cast.in_days(days), **_cast.REASON}


def test_a_window_opens_lets_change_and_closes_by_itself(session, world, clerk, secretary):
    unit = _cast.ready_unit(session, world, world.sub, **APPROVED)
    expired, other = (_cast.ready_person(session, unit, P.expired) for _ in range(2))
    locked(session, world.sub, L.accepted)
    assert _cast.refusals(session, _cast.run(session, clerk, "person", "reopen_expired", expired.id)) == [REFUSED]
    _cast.done(session, secretary, "person", "open_window", expired.id, until(3))
    again = _cast.run(session, secretary, "person", "open_window", expired.id, until(4))
    assert _cast.refusals(session, again) == ["window_open"]
    found = _cast.run(session, clerk, "person", "reopen_expired", [expired.id, other.id])
    assert _cast.refusals(session, found) == [None, REFUSED]
    with acting(session, SYSTEM):
        window = session.scalars(select(ExceptionWindow)).one()
        closes = window.until
        assert (window.person_id, window.reason, window.opened_by_id) == (
            expired.id,
            _cast.REASON["reason"],
            secretary.account_id,
        )
        expiring.close_due(session, closes - timedelta(microseconds=1))
        session.commit()
        assert states(session, expired) == [P.draft]
        expiring.close_due(session, closes)
        session.commit()
        session.refresh(window)
        assert window.status is W.lapsed
    assert states(session, expired) == [P.expired]
    clean(session)


@on_sqlite
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("", "请填写“开到”"),
        ("明天", "“明天”不是可识别的日期，请填写如 1985-03-07"),
        ("2020-01-01 24时", "“开到”须晚于现在，请填写北京时间，如 2024-10-20 18:00"),
        (_cast.in_days(15), "“开到”最多为 14 天之后，请改早"),
    ],
)
def test_a_window_ends_ahead_and_soon(session, world, secretary, answer, sentence):
    unit = _cast.ready_unit(session, world, world.sub, **APPROVED)
    session.commit()
    with acting(session, secretary), pytest.raises(AnswersInvalid) as wrong:
        engine.run(session, secretary, "unit", "open_window", [unit.id], {"until": answer, **_cast.REASON})
    assert wrong.value.errors == {"until": sentence}


def test_closed_early_what_is_left_expires_at_once_where_the_node_is_through(session, world, secretary):
    unit = _cast.ready_unit(session, world, world.sub, **APPROVED)
    person = _cast.ready_person(session, unit)
    waiting = _cast.ready_unit(session, world, world.below, **APPROVED)
    unsettled = _cast.ready_person(session, waiting)
    windows = [_cast.window(session, each).id for each in (unit, waiting)]
    locked(session, world.sub, L.accepted)
    locked(session, world.below, L.locked)
    _cast.done(session, secretary, "exception_window", "close_early", windows, _cast.REASON)

    assert states(session, person, unsettled) == [P.expired, P.draft]
    clean(session)


def test_past_its_end_a_window_counts_no_more_though_nobody_has_closed_it(session, world, clerk, secretary):
    unit = _cast.ready_unit(session, world, world.sub, review_status=U.pending_first)
    window = _cast.window(session, unit, until=now() - timedelta(seconds=1))
    locked(session, world.sub)
    assert _cast.refusals(session, _cast.run(session, clerk, "unit", "pass_first_review", unit.id)) == [REFUSED]
    _cast.done(session, secretary, "unit", "open_window", unit.id, until(1))
    _cast.done(session, clerk, "unit", "pass_first_review", unit.id)
    with acting(session, SYSTEM):
        assert [each.status for each in session.scalars(select(ExceptionWindow).order_by(ExceptionWindow.id))] == [
            W.lapsed,
            W.open,
        ]
        assert window.id


def test_windows_of_many_rows_are_opened_at_once(session, world, secretary):
    units = [_cast.ready_unit(session, world, world.sub, **APPROVED) for _ in range(3)]
    session.commit()
    chosen = Selection.matching([Unit.id.in_([unit.id for unit in units])])
    with acting(session, secretary):
        batch = engine.run(session, secretary, "unit", "open_window", chosen, until(2))
        session.commit()
    assert batch.done == 3
    assert [row[0] for row in _cast.values(session, ExceptionWindow, "unit_id", "status")] == [
        unit.id for unit in units
    ]


def test_in_a_window_a_person_is_submitted_though_the_day_for_it_is_over(session, world, clerk):
    unit = _cast.ready_unit(session, world, world.sub, **APPROVED)
    person = _cast.ready_person(session, unit)
    _cast.window(session, unit, person)
    session.get_one(Edition, world.edition.id).person_closes_at = now() - timedelta(days=1)
    locked(session, world.sub)
    _cast.done(session, clerk, "person", "submit", person.id)
    assert states(session, person) == [P.pending_confirm]


# --- the books ---------------------------------------------------------------------------------------------------


def test_the_books_name_what_was_changed_behind_a_lock_and_only_that(session, world, clerk):
    units = [_cast.ready_unit(session, world, world.sub, review_status=U.pending_first) for _ in range(3)]
    session.commit()
    for unit in units:
        _cast.done(session, clerk, "unit", "pass_first_review", unit.id)
    clean(session)
    with acting(session, SYSTEM):
        _cast.put(_cast.settings_of(session, world.sub), status=L.locked, locked_at=now() - timedelta(hours=1))
        _cast.window(session, units[1], created_at=now() - timedelta(minutes=30))
        session.commit()
    found = books.check(session)
    assert [unit.ref in line for line, unit in zip(found, (units[0], units[2]), strict=True)] == [True, True]
    assert all("不在例外窗口内" in line for line in found)
    with acting(session, SYSTEM):
        _cast.put(_cast.settings_of(session, world.sub), status=L.unlocked)
        session.commit()
    assert any("与锁定提交时间不符" in line for line in books.check(session))
    with acting(session, SYSTEM):
        _cast.put(_cast.settings_of(session, world.sub), locked_at=None)
        session.commit()
    clean(session)


def assigned(session, world, secretary, unit):
    _cast.done(session, secretary, "unit", "assign", unit.id, {"target": str(world.other_sub.id)})


def taken(session, world, secretary, unit):
    request = _cast.request(session, unit, world.other_sub)
    session.commit()
    _cast.done(session, secretary, "transfer_request", "accept", request.id, {"answer": "同意接收"})


def handed_abroad(session, world, _secretary, unit):
    request = _cast.request(session, unit, world.foreign_sub)
    session.commit()
    there = _cast.clerk_of(session, world.other_province, Role.secretariat)
    _cast.done(session, there, "transfer_request", "accept", request.id, {"answer": "同意接收"})


@pytest.mark.parametrize(
    ("move", "node"), [(assigned, "other_sub"), (taken, "other_sub"), (handed_abroad, "foreign_sub")]
)
def test_a_window_does_not_travel_with_its_unit_to_a_node_that_is_through(session, world, secretary, move, node):
    unit = _cast.ready_unit(session, world, world.sub, **APPROVED)
    stays = _cast.ready_unit(session, world, world.sub, **APPROVED)
    person = _cast.ready_person(session, unit)
    for each in ((unit,), (unit, person), (stays,)):
        _cast.window(session, *each)
    target = getattr(world, node)
    locked(session, target, L.accepted)
    move(session, world, secretary, unit)
    assert _cast.values(session, ExceptionWindow, "unit_id", "status") == [
        (unit.id, W.closed), (unit.id, W.closed), (stays.id, W.open),
    ]  # fmt: skip
    there = _cast.clerk_of(session, target)
    session.commit()
    found = {}
    for row, given in ((unit, {"address": "鼓楼区八一七路1号"}), (person, {"title": "总监"})):
        with acting(session, there):
            fresh = session.get_one(type(row), row.id, populate_existing=True)
            try:
                saving.edit(session, there, fresh, given, fresh.row_version)
            except saving.Invalid as refused:
                found[type(row)] = refused.errors
            session.rollback()
    assert found == {Unit: {"": locks.SENTENCE}, Person: {"": locks.SENTENCE}}
    batch = _cast.run(session, there, "person", "submit", person.id)
    assert _cast.refusals(session, batch) == [REFUSED]
    assert states(session, person) == [P.draft]
    clean(session)


def test_a_unit_that_left_the_province_leaves_no_window_open(session, world, secretary):
    unit = _cast.ready_unit(session, world, world.sub, **APPROVED)
    _cast.window(session, unit)
    request = _cast.request_outside(session, unit)
    session.commit()
    _cast.done(session, secretary, "transfer_request", "hand_over", request.id, {"answer": "同意转出"})
    assert _cast.values(session, ExceptionWindow, "status") == [W.closed]
