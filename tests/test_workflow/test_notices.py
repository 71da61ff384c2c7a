"""Who is told what: each move that tells, one notice per node and batch, written with what it tells; read per account."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from models import (
    Edition,
    Label,
    Notice,
    NoticeRead,
    ParcelStatus,
    PersonStatus,
    QuotaPool,
    Role,
    SecurityBatch,
    TransferStatus,
    UnitStatus,
    WindowStatus,
)
from models.kinds import now
from tests import factories
from tests.test_workflow import _cast, _spoils, test_guards
from workflow import engine, notices, quota, saving, security
from workflow.actors import SYSTEM, acting, actor_for
from workflow.answers import AnswersInvalid
from workflow.machines import MACHINES
from workflow.moves import Context

S, P, T, W = UnitStatus, PersonStatus, TransferStatus, WindowStatus
SUB, OTHER, PROVINCE = "sub", "other_sub", "province"


@dataclass(frozen=True)
class Case:
    """A move by ``by`` on two rows of ``sub`` in a state; who is told, with how many rows, of which list."""

    noun: str
    move: str
    state: object
    told: tuple[tuple[str, int, str], ...]
    by: Role = Role.secretariat
    answers: dict = field(default_factory=dict)


RETURNED_PARCEL = _spoils.Case(ParcelStatus.sent, Role.secretariat)
WINDOW = {"until": _cast.in_days(2), **_cast.REASON}
# Of the lock itself and of what the system does at its moment: see test_locks.
OF_LOCKS = {
    *(("delegation_edition", name) for name in ("lock", "accept_lock", "unlock", "close")),
    ("exception_window", "lapse"), ("person", "expire"),
}  # fmt: skip
# One row each, made ready as for the tests of guards: who is told.
ALONE = {
    ("parcel", "dispatch"): SUB, ("parcel", "return_parcel"): SUB, ("statement", "issue"): SUB, ("unit", "request_leaving"): PROVINCE,
    ("transfer_request", "hand_over"): SUB, ("unit", "correct_code"): SUB, ("unit", "release_code"): SUB,
    ("certificate", "give_up_reuse"): SUB,
}  # fmt: skip
# What the system does by itself, or by a table: see test_money and test_tracking_import.
BY_ITSELF = {("person", "close_unpaid"), ("parcel", "dispatched")}
# What the police are told, at the secretariat's own node: see below.
OF_POLICE = {("security_batch", "recall_batch")}
RETURNED = ((SUB, 2, "unit"),)
CASES = [
    Case("unit", "return_for_edit", S.pending_second, RETURNED, answers=_cast.OPINION),
    Case("unit", "return_for_edit", S.pending_first, (), by=Role.sub_delegation, answers=_cast.OPINION),
    Case("unit", "back_to_first_review", S.pending_second, RETURNED, answers=_cast.OPINION),
    Case("unit", "reject", S.pending_second, RETURNED, answers=_cast.OPINION),
    Case("unit", "reopen", S.rejected, RETURNED, answers=_cast.REASON),
    Case("unit", "withdraw_approval", S.approved, RETURNED, answers=_cast.REASON),
    Case("unit", "assign", S.pending_first, ((SUB, 2, ""), (OTHER, 2, "unit")), answers={"target": OTHER}),
    Case("unit", "assign", S.pending_first, ((OTHER, 2, "unit"),), by=Role.sub_delegation, answers={"target": OTHER}),
    Case("unit", "request_transfer", S.pending_first, ((OTHER, 2, "transfer_request"),), by=Role.sub_delegation,
         answers={"target": OTHER}),
    Case("transfer_request", "accept", T.requested, ((SUB, 2, "transfer_request"),)),
    Case("transfer_request", "decline", T.requested, ((SUB, 2, "transfer_request"),), answers={"answer": "材料不全，暂不接收"}),
    Case("transfer_request", "withdraw", T.requested, ((OTHER, 2, "transfer_request"),), by=Role.sub_delegation),
    Case("person", "return_for_edit", P.pending_confirm, ((SUB, 2, "person"),), answers=_cast.OPINION),
    Case("unit", "open_window", S.approved, RETURNED, answers=WINDOW),
    Case("person", "open_window", P.expired, ((SUB, 2, "person"),), answers=WINDOW),
    Case("exception_window", "close_early", W.open, ((SUB, 2, "exception_window"),), answers=_cast.REASON),
]  # fmt: skip


@pytest.fixture
def actors(session, world):
    found = _cast.actors(session, world)
    session.commit()
    return found


def rows_for(session, world, case):
    """Make two rows for a move; return their ids."""
    status = (
        case.state
        if case.noun == "unit"
        else S.approved
        if case.noun in ("person", "exception_window")
        else S.pending_first
    )
    units = [_cast.ready_unit(session, world, world.sub, review_status=status) for _ in range(2)]
    made: list[Any] = list(units)
    if case.noun == "person":
        made = [_cast.ready_person(session, unit, case.state) for unit in units]
    elif case.noun == "exception_window":
        made = [_cast.window(session, unit) for unit in units]
    elif case.noun == "transfer_request":
        made = [_cast.request(session, unit, world.other_sub) for unit in units]
    session.commit()
    return [row.id for row in made]


def told(session, world):
    """Return who was told: node, rows, list, in order; each at the desk of its node."""
    names = {getattr(world, name).id: name for name in (SUB, OTHER, PROVINCE, "below", "foreign_sub")}
    with acting(session, SYSTEM):
        found = session.scalars(select(Notice).order_by(Notice.delegation_id, Notice.id)).all()
    roles = {
        Role.secretariat.value if names[row.delegation_id] == PROVINCE else Role.sub_delegation.value for row in found
    }
    assert {row.role for row in found} <= roles
    return [(names[row.delegation_id], row.rows, row.noun) for row in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.noun} {case.move} by {case.by}")
def test_a_move_tells_the_nodes_of_its_rows_once(session, world, actors, case):
    ids = rows_for(session, world, case)
    answers = {key: getattr(world, value).id if key == "target" else value for key, value in case.answers.items()}
    batch = _cast.done(session, actors[case.by], case.noun, case.move, ids, answers)

    assert sorted(told(session, world)) == sorted(case.told)
    with acting(session, SYSTEM):
        stored = session.scalars(select(Notice)).all()
    assert {row.batch_id for row in stored} <= {batch.id}
    assert [row.sentence for row in stored if f"{row.rows} " not in row.sentence] == []


@pytest.mark.parametrize(("noun", "move"), ALONE)
def test_a_move_of_one_row_tells_its_node(session, world, actors, noun, move):
    machine = MACHINES[noun]
    case = next((case for *which, case, _ in test_guards.CASES if which == [noun, move]), RETURNED_PARCEL)
    row = _spoils.build(session, world, machine, case)
    session.commit()
    answers = {**_cast.answers_to(machine.moves[move], target=str(world.other_sub.id)), **case.answers}
    _cast.done(session, actors[case.role], noun, move, row.id, answers)

    assert [node for node, rows, _ in told(session, world) if rows == 1] == [ALONE[noun, move]]


def test_every_move_that_tells_is_in_the_table():
    telling = {
        (noun, move.name) for noun, machine in MACHINES.items() for move in machine.moves.values() if move.notify
    }

    assert telling - OF_LOCKS - BY_ITSELF - OF_POLICE - set(ALONE) == {
        (case.noun, case.move) for case in CASES if case.told
    }


def statements(session, work):
    asked = []
    bind = session.get_bind()

    def listen(*arguments):
        asked.append(arguments[2])

    event.listen(bind, "before_cursor_execute", listen)
    work()
    event.remove(bind, "before_cursor_execute", listen)
    return [text for text in asked if "notice" in text]


def test_one_row_and_many_take_the_same_statements(session, world, actors):
    first = rows_for(session, world, CASES[0])
    more = rows_for(session, world, CASES[0]) + rows_for(session, world, CASES[0])
    by = actors[Role.secretariat]
    one = statements(session, lambda: _cast.done(session, by, "unit", "return_for_edit", first[:1], _cast.OPINION))
    many = statements(session, lambda: _cast.done(session, by, "unit", "return_for_edit", more, _cast.OPINION))

    assert len(one) == len(many) == 1
    assert told(session, world) == [(SUB, 1, "unit"), (SUB, 4, "unit")]


def test_nobody_is_told_of_what_was_not_done(session, world, actors):
    ids = rows_for(session, world, CASES[0])
    with pytest.raises(AnswersInvalid), acting(session, actors[Role.secretariat]):
        engine.run(session, actors[Role.secretariat], "unit", "return_for_edit", ids, {})
    session.rollback()
    refused = rows_for(session, world, Case("unit", "return_for_edit", S.draft, ()))
    _cast.run(session, actors[Role.secretariat], "unit", "return_for_edit", refused, _cast.OPINION)

    assert told(session, world) == []


def test_an_undone_batch_is_told_again(session, world, actors):
    ids, by = rows_for(session, world, CASES[0]), actors[Role.secretariat]
    batch = _cast.done(session, by, "unit", "return_for_edit", ids, _cast.OPINION)
    with acting(session, by):
        engine.undo(session, by, batch)
        session.commit()

    assert told(session, world) == [(SUB, 2, "unit"), (SUB, 2, "unit")]
    with acting(session, SYSTEM):
        assert (
            session.scalars(select(Notice.sentence).order_by(Notice.id.desc())).first()
            == "此前通知的“退回修改”已被撤销"
        )


def sentences(session):
    with acting(session, SYSTEM):
        return [
            (row.delegation_id, row.noun, row.sentence) for row in session.scalars(select(Notice).order_by(Notice.id))
        ]


def test_a_node_is_told_when_its_pool_cap_or_switch_is_changed_from_above(session, world, actors):
    by = actors[Role.secretariat]
    with acting(session, SYSTEM):
        mine = (QuotaPool.delegation_id == world.sub.id, QuotaPool.label == Label.VIP)
        pool = session.scalars(select(QuotaPool).where(*mine)).one()
    settings = _cast.settings_of(session, world.sub)
    saving.edit(session, by, pool, {"total": "90"}, pool.row_version)
    saving.edit(session, by, pool, {"total": "90"}, pool.row_version)  # nothing changed, nobody told
    saving.edit(session, by, settings, {"group_pay_cap": "5000", "group_pay_enabled": ""}, settings.row_version)
    own = actors[Role.sub_delegation]
    with acting(session, SYSTEM):
        session.refresh(settings)
    saving.edit(session, own, settings, {"group_pay_cap": "4000"}, settings.row_version)  # by the node itself
    session.commit()

    assert sentences(session) == [
        (world.sub.id, "quota_pool", "上级已将本分团VIP额度总数由100调整为90"),
        (world.sub.id, "delegation_edition", "上级已修改本分团的设置：统付额度（元）、统付开关"),
    ]


def test_both_sides_are_told_of_a_preset_that_is_not_applied(session, world):
    code = factories.uscc()
    preset = {"unit_id": None, "uscc": code, "unit_name": None}
    unit = factories.unit(session, world.edition, world.other_sub)
    factories.allocation(session, unit, Label.VIP, **preset, delegation_id=world.sub.id)
    new = factories.unit(session, world.edition, world.other_sub, uscc=code)
    quota.bind_presets(session, new)
    session.commit()

    assert [(node, noun) for node, noun, _ in sentences(session)] == [
        (world.other_sub.id, "unit"),
        (world.sub.id, "quota_allocation"),
    ]


@pytest.mark.parametrize(("left", "days"), [(timedelta(days=4), None), (timedelta(days=3), 3), (timedelta(hours=30), 3),
                                            (timedelta(hours=24), 1), (timedelta(minutes=5), 1), (timedelta(0), None)])  # fmt: skip
def test_a_deadline_is_told_three_days_and_one_day_ahead_once(session, world, left, days):
    with acting(session, SYSTEM):
        closes = session.get_one(Edition, world.edition.id).unit_closes_at
    for _ in range(2):
        notices.tell_of_deadlines(session, closes - left)
        session.commit()
    found = sentences(session)

    assert len(found) == (6 if days else 0)
    assert {sentence.rpartition("，")[2] for _, _, sentence in found} == ({f"剩余不足{days}天"} if days else set())


def unread(session, account):
    actor = actor_for(session, account)
    with acting(session, actor):
        return len(session.scalars(select(Notice.id).where(notices.unread(actor))).all())


def test_a_notice_is_read_by_each_account_and_not_told_to_its_own_doer(session, world, actors):
    first, second = world.accounts[Role.sub_delegation], factories.account(session, world.sub)
    others = [factories.account(session, node) for node in (world.other_sub, world.below)]
    _cast.done(
        session, actors[Role.secretariat], "unit", "return_for_edit", rows_for(session, world, CASES[0]), _cast.OPINION
    )
    assert [unread(session, account) for account in (first, second, *others)] == [1, 1, 0, 0]
    assert unread(session, world.accounts[Role.secretariat]) == 0

    mine = actor_for(session, first)
    with acting(session, mine):
        notices.mark_read(session, mine)
        notices.mark_read(session, mine)
    session.commit()
    assert [unread(session, account) for account in (first, second)] == [0, 1]


def test_nobody_marks_another_nodes_notice(session, world, actors):
    _cast.done(
        session, actors[Role.secretariat], "unit", "return_for_edit", rows_for(session, world, CASES[0]), _cast.OPINION
    )
    stranger = actor_for(session, factories.account(session, world.other_sub))
    with acting(session, SYSTEM):
        ref = session.scalars(select(Notice.ref)).one()
    with acting(session, stranger):
        notices.mark_read(session, stranger, ref)
        notices.mark_read(session, stranger)
    session.commit()
    with acting(session, SYSTEM):
        assert session.scalars(select(NoticeRead)).all() == []


def test_notices_go_after_a_season(session, world, actors):
    _cast.done(
        session, actors[Role.secretariat], "unit", "return_for_edit", rows_for(session, world, CASES[0]), _cast.OPINION
    )
    mine = actor_for(session, world.accounts[Role.sub_delegation])
    with acting(session, mine):
        notices.mark_read(session, mine)
    notices.forget(session, now() + timedelta(days=89))
    assert len(sentences(session)) == 1
    notices.forget(session, now() + timedelta(days=91))
    assert sentences(session) == []


def to_police(session):
    """Return what the police were told: sentence, and the list with the one row where there is one."""
    with acting(session, SYSTEM):
        told = session.scalars(select(Notice).where(Notice.role == Role.security.value).order_by(Notice.id)).all()
        numbers = {batch.id: batch.number[-3:] for batch in session.scalars(select(SecurityBatch))}
    return [(row.sentence, row.noun, numbers.get(row.object_id)) for row in told]


def test_the_police_are_told_of_each_batch_with_what_is_new_changed_and_withdrawn(session, world, actors):
    by = actors[Role.secretariat]
    unit = _cast.ready_unit(session, world, world.sub, review_status=S.approved)
    first, second, third = (_cast.ready_person(session, unit, P.pending_review) for _ in range(3))
    session.commit()
    _cast.done(session, by, "person", "hand_over_to_security", [first.id, second.id])
    saving.edit(session, by, first, {"name": "林小静"}, first.row_version)
    session.commit()
    _cast.done(session, by, "person", "delete", second.id, _cast.answers_to(MACHINES["person"].moves["delete"]))
    _cast.done(session, by, "person", "hand_over_to_security", [first.id, third.id])
    _cast.done(session, by, "person", "delete", third.id, _cast.answers_to(MACHINES["person"].moves["delete"]))
    with acting(session, by):
        security.hand_over_withdrawals(Context(session, by, factories.NOW))
        session.commit()
    numbers = _cast.values(session, SecurityBatch, "number")
    counts = [(2, 0, 0), (1, 1, 1), (0, 0, 1)]

    assert to_police(session) == [
        (
            f"省团移交了送审批次{number}：新增{added}人、变更{changed}人、撤回{withdrawn}人",
            "security_batch",
            number[-3:],
        )
        for number, (added, changed, withdrawn) in zip(numbers, counts, strict=True)
    ]
    assert unread(session, world.accounts[Role.security]) == 3
    for other in (Role.secretariat, Role.finance, Role.auditor, Role.sub_delegation):
        assert unread(session, world.accounts[other]) == 0
    assert unread(session, factories.account(session, world.other_province, Role.security)) == 0


def test_the_police_are_told_of_a_batch_that_is_recalled(session, world, actors):
    by = actors[Role.secretariat]
    unit = _cast.ready_unit(session, world, world.sub, review_status=S.approved)
    person = _cast.ready_person(session, unit, P.pending_review)
    session.commit()
    _cast.done(session, by, "person", "hand_over_to_security", person.id)
    batch_id = _cast.values(session, SecurityBatch, "id")[0]
    _cast.done(session, by, "security_batch", "recall_batch", batch_id, _cast.REASON)

    assert to_police(session)[1:] == [("省团收回了 1 个送审批次，尚无结果的人员请停止审核", "security_batch", None)]
