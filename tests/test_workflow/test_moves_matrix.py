"""Every machine × move × role × state × {own, foreign, missing} row, judged by the tables alone (SECURITY Z08)."""

import re
from dataclasses import replace
from functools import partial
from itertools import product
from typing import NamedTuple

import pytest
from sqlalchemy import or_, select

from models import (
    BatchRow,
    Certificate,
    CertificateStatus,
    CertMode,
    Delegation,
    DelegationEdition,
    ExceptionWindow,
    GetMethod,
    GroupPayDecision,
    Label,
    LockStatus,
    Parcel,
    ParcelStatus,
    PaymentStatus,
    Person,
    PersonStatus,
    RefundStatus,
    RefundTask,
    ReissueStatus,
    Role,
    SecurityBatch,
    SecurityBatchStatus,
    Statement,
    StatementStatus,
    TransferRequest,
    TransferStatus,
    Unit,
    UnitStatus,
    WindowStatus,
)
from models.delegation import BINDING
from tests import factories
from tests.conftest import on_sqlite
from tests.test_workflow import _cast
from workflow import engine
from workflow.actors import SYSTEM, Forbidden, acting
from workflow.engine import ForeignRows, Selection
from workflow.machines import MACHINES

ROLES = tuple(role for role in Role if role is not Role.system)
MISSING = 999_999
MOVES = [(noun, name) for noun, machine in MACHINES.items() for name in machine.moves]
SHOWN = [(noun, name) for noun, name in MOVES if not MACHINES[noun].moves[name].hidden]
WITHOUT_CODE = (UnitStatus.deleted, UnitStatus.released, UnitStatus.transferred_out)
CHINESE = re.compile(r"[\u4e00-\u9fff]{4,}")


# Holders who use last year's card again, and would fetch a new one themselves.
REUSE = {"cert_mode": CertMode.reuse, "old_edition": "6", "get_method": GetMethod.PICKUP}


# Holders of whom the fee for replacing a lost card is due.
OWING = {"reissue_status": ReissueStatus.owed, "reissue_fee": 20000}


class Row(NamedTuple):
    """A row of the stage: its number and its unit's."""

    id: int
    unit_id: int


def move_of(noun, name):
    return MACHINES[noun].moves[name]


def states_of(noun):
    return tuple(MACHINES[noun].state.type.enum_class)


def units(session, world, node):
    """One unit per state, each ready for whatever may come; one that is out for good has no code."""
    rows = {}
    for state in UnitStatus:
        gone = {"uscc": None} if state in WITHOUT_CODE else {}
        rows[state] = _cast.ready_unit(session, world, node, review_status=state, **gone)
    return rows


def persons(session, world, node):
    """One professional visitor per state in an approved unit with quota to spare."""
    unit = _cast.ready_unit(session, world, node, review_status=UnitStatus.approved)
    for label in (Label.STAFF, Label.VIP):
        factories.allocation(session, unit, label)
    return {state: _cast.ready_person(session, unit, state) for state in PersonStatus}


def payers(session, world, node, **payment):
    """One person per state whose fee was decided on, and who is to pay, or paid for, as ``payment`` says."""
    unit = _cast.ready_unit(session, world, node, review_status=UnitStatus.approved)
    for label in (Label.STAFF, Label.VIP):
        factories.allocation(session, unit, label)
    decided = {"group_pay_decision": GroupPayDecision.cancelled, "group_pay_fee": 20000, **payment}
    return {state: _cast.ready_person(session, unit, state, **decided) for state in PersonStatus}


def bills(session, world, node):
    """One statement per state, each of a node of its own, which stands in for one person."""
    rows = {}
    for state in StatementStatus:
        payer = factories.delegation(session, node)
        factories.node_settings(session, world.edition, payer)
        rows[state] = _cast.bill(session, world, payer, state)
    return rows


def refunds(session, world, node):
    """One task per state."""
    unit = _cast.ready_unit(session, world, node, review_status=UnitStatus.approved)
    return {
        state: _cast.task(session, _cast.ready_person(session, unit, PersonStatus.rejected), status=state)
        for state in RefundStatus
    }


def sent_persons(session, world, node):
    """One person whom the police have on their list."""
    unit = _cast.ready_unit(session, world, node, review_status=UnitStatus.approved)
    for label in (Label.STAFF, Label.VIP):
        factories.allocation(session, unit, label)
    person = _cast.ready_person(session, unit, PersonStatus.pending_review)
    _cast.handed_over(session, person)
    return {PersonStatus.pending_review: person}


def security_batches(session, world, node):
    """One batch per state, each with a person who waits as long as it may be answered."""
    unit = _cast.ready_unit(session, world, node, review_status=UnitStatus.approved)
    return {
        state: _cast.handed_over(session, _cast.ready_person(session, unit, PersonStatus.pending_review), status=state)
        for state in SecurityBatchStatus
    }


def requests(session, world, source, target):
    """One transfer request per state, each for a unit of its own."""
    approved = {"review_status": UnitStatus.approved}
    return {
        state: _cast.request(session, _cast.ready_unit(session, world, source, **approved), target, status=state)
        for state in TransferStatus
    }


def leavings(session, world, node):
    """One request per state for a unit that leaves for a delegation outside this installation."""
    approved = {"review_status": UnitStatus.approved}
    return {
        state: _cast.request_outside(session, _cast.ready_unit(session, world, node, **approved), status=state)
        for state in TransferStatus
    }


def cards(session, world, node, **person):
    """One card per state, each of a holder of its own in an approved unit; ``person`` says how they want them."""
    unit = _cast.ready_unit(session, world, node, review_status=UnitStatus.approved)
    rows = {}
    for number, state in enumerate(CertificateStatus):
        paid = {"payment_status": PaymentStatus.paid, "old_card_no": f"7{unit.id:04d}{number:04d}", **person}
        holder = _cast.ready_person(session, unit, PersonStatus.approved, **paid)
        card = session.scalars(select(Certificate).where(Certificate.person_id == holder.id)).one()
        printed = int(holder.cert_mode is CertMode.reuse)
        _cast.put(card, status=state, mode=holder.cert_mode, old_card_no=holder.old_card_no, print_count=printed)
        rows[state] = card
    return rows


def parcels(session, world, node):
    """One parcel per state of an approved unit, each with a card that fits it."""
    unit = _cast.ready_unit(session, world, node, review_status=UnitStatus.approved)
    inside = {ParcelStatus.sent: CertificateStatus.mailing, ParcelStatus.delivered: CertificateStatus.delivered}
    rows = {}
    for state in ParcelStatus:
        rows[state] = factories.parcel(session, unit, state, cards=int(state is not ParcelStatus.unpacked))
        holder = _cast.ready_person(session, unit, PersonStatus.approved, payment_status=PaymentStatus.paid)
        card = session.scalars(select(Certificate).where(Certificate.person_id == holder.id)).one()
        card.parcel_id = None if state is ParcelStatus.unpacked else rows[state].id
        _cast.put(card, status=inside.get(state, CertificateStatus.made))
    return rows


def nodes(session, world, above):
    """One node's settings per state of the lock, below ``above``."""
    made = {}
    for state in LockStatus:
        locked = {"locked_at": factories.NOW} if state in BINDING else {}
        node = factories.delegation(session, above)
        made[state] = factories.node_settings(session, world.edition, node, status=state, **locked)
    return made


def windows(session, world, node):
    """One exception window per state, each of a unit of its own."""
    approved = {"review_status": UnitStatus.approved}
    return {
        state: _cast.window(session, _cast.ready_unit(session, world, node, **approved), status=state)
        for state in WindowStatus
    }


@pytest.fixture
def stage(database, session, world):
    """Give own and foreign rows of every noun in every state."""
    return database.once("stage", partial(build_stage, session, world))


def build_stage(session, world):
    """Build the stage; ``direct`` rows hang on the province itself."""
    made = {
        ("unit", "own"): units(session, world, world.sub),
        ("unit", "direct"): units(session, world, world.province),
        ("unit", "foreign"): units(session, world, world.foreign_sub),
        ("person", "own"): persons(session, world, world.sub),
        ("person", "sent"): sent_persons(session, world, world.sub),
        ("person", "foreign"): persons(session, world, world.foreign_sub),
        ("person", "unpaid"): payers(session, world, world.sub, payment_status=PaymentStatus.unpaid),
        ("person", "owing"): payers(session, world, world.sub, payment_status=PaymentStatus.paid, **OWING),
        ("person", "late"): payers(session, world, world.sub, payment_status=PaymentStatus.closed),
        ("statement", "own"): bills(session, world, world.sub),
        ("statement", "foreign"): bills(session, world, world.foreign_sub),
        ("refund_task", "own"): refunds(session, world, world.sub),
        ("refund_task", "foreign"): refunds(session, world, world.foreign_sub),
        ("certificate", "own"): cards(session, world, world.sub),
        ("certificate", "reuse"): cards(session, world, world.sub, **REUSE),
        ("certificate", "foreign"): cards(session, world, world.foreign_sub),
        ("parcel", "own"): parcels(session, world, world.sub),
        ("parcel", "foreign"): parcels(session, world, world.foreign_sub),
        ("delegation_edition", "own"): nodes(session, world, world.sub),
        ("delegation_edition", "foreign"): nodes(session, world, world.foreign_sub),
        ("exception_window", "own"): windows(session, world, world.sub),
        ("exception_window", "foreign"): windows(session, world, world.foreign_sub),
        ("security_batch", "own"): security_batches(session, world, world.province),
        ("security_batch", "foreign"): security_batches(session, world, world.other_province),
        ("transfer_request", "own"): requests(session, world, world.sub, world.other_sub),
        ("transfer_request", "incoming"): requests(session, world, world.other_sub, world.sub),
        ("transfer_request", "outside"): leavings(session, world, world.sub),
        ("transfer_request", "foreign"): requests(session, world, world.foreign_sub, world.other_province),
    }
    session.commit()
    return {
        place: {
            state: Row(row.id, row.id if place[0] == "unit" else getattr(row, "unit_id", 0))
            for state, row in rows.items()
        }
        for place, rows in made.items()
    }


def actor_for(actors, role, row):
    """Return the role's actor; the unit's login is that of the row's own unit."""
    if role is Role.unit:
        return replace(actors[Role.sub_delegation], role=Role.unit, unit_id=row.unit_id)
    return actors[role]


def outcome(session, actor, noun, name, row_id, answers):
    """Run the move on one row; return what became of it in a word."""
    with acting(session, actor):
        try:
            batch = engine.run(session, actor, noun, name, [row_id], answers)
        except Forbidden:
            return "forbidden" if not session.in_transaction() else "forbidden late"
        except ForeignRows:
            return "foreign"
    return _cast.refusals(session, batch)[0] or "done"


def expected(move, role, state, position):
    """Return what the tables allow for the cell."""
    if move.hidden or role not in move.who:
        return {"forbidden"}
    outside = role is Role.unit and position in ("direct", "incoming")
    unseen = role is Role.security and (state, position) != (PersonStatus.pending_review, "sent")
    if position in ("foreign", "missing") or unseen or outside:
        return {"foreign"}
    if position == "direct" and role is Role.sub_delegation:
        return {"foreign"}
    if state not in move.source:
        return {"state"}
    return {"done", *(guard.code for guard in move.guards)}


def cells(stage, noun):
    for (kind, position), rows in stage.items():
        if kind == noun:
            for role, state in product(ROLES, rows):
                yield role, state, position, rows[state]
    own = stage[noun, "own"]
    for role, state in product(ROLES, own):
        yield role, state, "missing", own[state]


@on_sqlite
@pytest.mark.parametrize(("noun", "name"), MOVES)
def test_every_cell_is_forbidden_foreign_refused_or_done_and_only_done_cells_change_anything(
    session, world, stage, noun, name
):
    move, actors = move_of(noun, name), _cast.actors(session, world)
    answers = _cast.answers_to(move, target=str(world.other_sub.id), label="VIP")
    before = _cast.business(session)
    session.rollback()
    wrong, ran, seen = [], set(), set()
    for role, state, position, row in cells(stage, noun):
        actor = actor_for(actors, role, row)
        row_id = MISSING if position == "missing" else row.id
        found = outcome(session, actor, noun, name, row_id, answers)
        changed = found != "forbidden" and _cast.business(session) != before
        if found not in expected(move, role, state, position) or changed != (found == "done"):
            wrong.append((role, state, position, found, changed))
        if found == "done":
            ran.add(state)
        seen.add((state, position != "foreign" and role in move.who))
        session.rollback()

    assert wrong == []
    assert ran == (set() if move.hidden else set(move.source))
    assert {state for state, _ in seen} == set(states_of(noun))


@on_sqlite
def test_a_row_chosen_with_a_foreign_or_missing_one_is_not_done_either(session, world, stage):
    actors = _cast.actors(session, world)
    for noun, name in SHOWN:
        move = move_of(noun, name)
        own, foreign = stage[noun, "own"][move.source[0]], stage[noun, "foreign"][move.source[0]]
        answers = _cast.answers_to(move, target=str(world.other_sub.id))
        for other in (foreign.id, MISSING):
            actor = actors[Role.secretariat if Role.secretariat in move.who else move.who[0]]
            with acting(session, actor), pytest.raises(ForeignRows):
                engine.run(session, actor, noun, name, [own.id, other], answers)
            session.rollback()


@on_sqlite
def test_what_the_buttons_say_is_what_the_move_does(session, world, stage):
    """``open_moves`` says None exactly where a run with answers is done (moves whose guard needs an answer may refuse)."""
    actors, wrong = _cast.actors(session, world), []
    for noun, role in product(MACHINES, (Role.sub_delegation, Role.secretariat, Role.security, Role.finance)):
        actor = actors[role]
        ids = [row.id for (kind, _), by_state in stage.items() if kind == noun for row in by_state.values()]
        said = engine.open_moves(session, actor, noun, ids)
        assert said.keys() & {row.id for row in stage[noun, "foreign"].values()} == set()
        for move in engine.offered(actor, noun):
            answers = _cast.answers_to(move, target=str(world.other_sub.id), label="VIP")
            with acting(session, actor):
                batch = engine.preview(session, actor, noun, move.name, Selection.of_ids(list(said)), answers)
            found = dict(zip(sorted(said), _cast.refusals(session, batch), strict=True))
            for row_id, code in found.items():
                if (said[row_id][move.name] is None) != (code is None):
                    wrong.append((noun, role, row_id, move.name, said[row_id][move.name], code))

    assert wrong == []


def test_every_refusal_says_what_is_wrong_in_chinese():
    mute = []
    for noun, name in MOVES:
        machine, move = MACHINES[noun], move_of(noun, name)
        codes = ["gone", "changed", "budget", *(guard.code for guard in move.guards)]
        said = {code: engine.sentence_of(machine, move, code) for code in codes}
        said |= {state: engine.sentence_of(machine, move, "state", state) for state in states_of(noun)}
        unnamed = {
            state for state in states_of(noun) if state.label not in said[state] or move.label not in said[state]
        }
        mute += [(noun, name, code) for code in said if code in unnamed or not CHINESE.search(said[code])]

    assert mute == []


def test_codes_of_a_table_mean_one_thing():
    """A code in the database is put into words through the table: two guards of a move never share one."""
    shared = [
        (noun, name)
        for noun, name in MOVES
        if len({guard.code for guard in move_of(noun, name).guards}) != len(move_of(noun, name).guards)
    ]

    assert shared == []


def test_only_the_engine_may_do_hidden_moves():
    assert {(noun, name) for noun, name in MOVES if move_of(noun, name).hidden and move_of(noun, name).who} == set()
    assert {(noun, name) for noun, name in SHOWN if not move_of(noun, name).who} == set()
    assert [(noun, name) for noun, name in MOVES if Role.system in move_of(noun, name).who] == []


@on_sqlite
@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.system, Role.unit)])
def test_a_hidden_move_is_not_offered_and_cannot_be_previewed(session, world, role):
    actor = _cast.actors(session, world)[role]
    for noun, machine in MACHINES.items():
        assert [move.name for move in engine.offered(actor, noun) if move.hidden or role not in move.who] == []
        for move in machine.moves.values():
            if move.hidden:
                with pytest.raises(Forbidden):
                    engine.preview(session, actor, noun, move.name, Selection.matching([]))


@on_sqlite
def test_all_matching_rows_are_the_actors_own_and_each_has_its_outcome(session, world, stage):
    actor = _cast.actors(session, world)[Role.sub_delegation]
    batch = _cast.run(
        session,
        actor,
        "person",
        "return_for_edit",
        [stage["person", "own"][PersonStatus.pending_confirm].id],
        _cast.OPINION,
    )
    assert batch.done == 1
    with acting(session, SYSTEM):
        nodes = select(Delegation.id).where(or_(Delegation.id == world.sub.id, Delegation.parent_id == world.sub.id))
        here = select(Person.id).where(Person.delegation_id.in_(nodes)).order_by(Person.id)
        own = list(session.scalars(here))
        ready = Person.review_status.in_((PersonStatus.pending_confirm, PersonStatus.pending_review))
        able = len(list(session.scalars(here.where(ready))))
    with acting(session, actor):
        everything = engine.run(
            session, actor, "person", "return_for_edit", Selection.matching([Person.id > 0]), _cast.OPINION
        )
    with acting(session, SYSTEM):
        staged = list(
            session.scalars(
                select(BatchRow.object_id).where(BatchRow.batch_id == everything.id).order_by(BatchRow.object_id)
            )
        )
    assert staged == own
    assert (everything.chosen, everything.done, everything.refused) == (len(own), able, len(own) - able)


@on_sqlite
def test_a_stranger_may_not_confirm_what_another_role_previewed(session, world, stage):
    """The batch's number is no key: confirming asks for the role again (SECURITY Z08)."""
    actors = _cast.actors(session, world)
    unit = stage["unit", "direct"][UnitStatus.pending_second]
    secretary = actors[Role.secretariat]
    with acting(session, secretary):
        batch = engine.preview(session, secretary, "unit", "pass_second_review", Selection.of_ids([unit.id]))
        seen = engine.look(session, batch)
        session.commit()
    states = _cast.values(session, Unit, "review_status")
    for role in (Role.auditor, Role.finance, Role.security, Role.sysadmin, Role.sub_delegation):
        with acting(session, actors[role]), pytest.raises(Forbidden):
            engine.confirm(session, actors[role], batch, {}, seen.signature)
        session.rollback()
    assert _cast.values(session, Unit, "review_status") == states
    with acting(session, secretary):
        assert isinstance(engine.confirm(session, secretary, batch, {}, seen.signature), engine.Confirmed)


def test_the_tables_are_over_these_models():
    models = {
        Unit,
        Person,
        TransferRequest,
        DelegationEdition,
        ExceptionWindow,
        Certificate,
        Parcel,
        Statement,
        RefundTask,
        SecurityBatch,
    }
    assert {machine.model for machine in MACHINES.values()} == models
