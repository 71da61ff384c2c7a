"""Money of persons who come back: old refunds, released commitments, and what a node pays after its lock (DOMAIN §1.1, §4.3)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models import (
    Certificate,
    Edition,
    GroupPayEntry,
    GroupPayKind,
    LockStatus,
    PaymentStatus,
    Person,
    PersonStatus,
    RefundStatus,
    RefundTask,
    Role,
    Statement,
    Unit,
    UnitStatus,
)
from models.kinds import now
from tests import factories
from tests.conftest import on_sqlite
from tests.test_workflow import _cast
from workflow import books, engine, payments, saving
from workflow.actors import SYSTEM, acting

M, P, K, L = PaymentStatus, PersonStatus, GroupPayKind, LockStatus
TODAY = f"{factories.NOW:%Y-%m-%d}"
CLERK, SECRETARIAT, FINANCE = Role.sub_delegation, Role.secretariat, Role.finance
pytestmark = pytest.mark.usefixtures("clean_books")


@pytest.fixture
def do(session, cast):
    """Give ``do(role, noun, move, id, answers)`` that must be done."""

    def done(role, noun, move, row_id, answers=None):
        batch = _cast.done(session, cast[role], noun, move, row_id, answers)
        assert books.check(session) == []
        return batch

    return done


def status(session, person_id):
    with acting(session, SYSTEM):
        return session.scalar(select(Person.payment_status).where(Person.id == person_id))


def lock(session, node, state=L.locked, hours=0):
    """Write a node's lock of so many hours ago, as the moves would have left it."""
    with acting(session, SYSTEM):
        _cast.put(_cast.settings_of(session, node), status=state, locked_at=now() - timedelta(hours=hours))
        session.commit()


def expired(session, world, do, person_id):
    """Return a person, let the lock find it unsubmitted, unlock, and let it fill its form in again."""
    do(CLERK, "person", "return_for_edit", person_id, _cast.OPINION)
    node = _cast.settings_of(session, world.sub)
    lock(session, world.sub)
    do(SECRETARIAT, "delegation_edition", "accept_lock", node.id)
    left = status(session, person_id)
    do(SECRETARIAT, "delegation_edition", "unlock", node.id, _cast.REASON)
    do(CLERK, "person", "reopen_expired", person_id)
    do(CLERK, "person", "submit", person_id)
    return left


def pay(do, person_id, serial):
    answers = {"amount": "200", "serial_no": serial, "paid_on": TODAY, "remark": ""}
    do(CLERK, "person", "cancel_group_pay", person_id)
    do(FINANCE, "person", "record_payment", person_id, answers)


def refund(do, task, move="refund"):
    answers = {"paid_on": TODAY, "serial_no": f"BACK-{task}"} if move == "refund" else _cast.REASON
    do(FINANCE, "refund_task", move, task, answers)


def paid_twice(session, world, do, unit):
    """A person who paid, expired (a refund task waits), came back and paid again."""
    person = _cast.ready_person(session, unit, P.pending_confirm)
    session.commit()
    pay(do, person.id, "IN-1")
    assert expired(session, world, do, person.id) is M.refunding
    pay(do, person.id, "IN-2")
    return person.id


@on_sqlite
@pytest.mark.parametrize("move", ["refund", "keep"])
def test_an_old_refund_leaves_who_paid_again_paid(session, world, do, unit, move):
    person = paid_twice(session, world, do, unit)
    refund(do, 1, move)
    assert status(session, person) is M.paid


@on_sqlite
@pytest.mark.parametrize(("last", "end"), [("refund", M.refunded), ("keep", M.no_refund)])
def test_who_left_twice_waits_until_both_refunds_are_decided(session, world, do, unit, last, end):
    person = paid_twice(session, world, do, unit)
    do(SECRETARIAT, "person", "delete", person, _cast.REASON)
    assert _cast.values(session, RefundTask, "amount", "status") == [(20000, RefundStatus.pending)] * 2
    refund(do, 1)
    assert status(session, person) is M.refunding
    refund(do, 2, last)
    assert status(session, person) is end


def made_anew(session, world, do, person):
    """Let a person's card be made, and the identity be corrected after it: the card is void, the money spent."""
    with acting(session, SYSTEM):
        card = session.scalars(select(Certificate).where(Certificate.person_id == person)).one()
        card_id = card.id
        session.commit()
    do(SECRETARIAT, "certificate", "start_production", card_id)
    secretary = _cast.actors(session, world)[SECRETARIAT]
    with acting(session, secretary):
        row = session.get_one(Person, person)
        saving.edit(session, secretary, row, {"name": "王改名"}, row.row_version)
        session.commit()


@on_sqlite
@pytest.mark.parametrize("paid", [M.group_committed, M.paid])
def test_who_comes_back_after_a_card_was_made_is_not_charged_again(session, world, do, unit, paid):
    ready = _cast.committed if paid is M.group_committed else _cast.ready_person
    person = ready(session, unit, P.approved, payment_status=paid).id
    session.commit()
    made_anew(session, world, do, person)
    assert expired(session, world, do, person) is paid
    assert _cast.values(session, Person, "review_status", "payment_status") == [(P.pending_review, paid)]
    assert len(_cast.values(session, GroupPayEntry, "id")) == (paid is M.group_committed)


@on_sqlite
def test_who_comes_back_with_the_unit_after_a_card_was_made_is_not_charged_again(session, world, do, unit):
    person = _cast.committed(session, unit, P.approved).id
    with acting(session, SYSTEM):
        _cast.put(unit, review_status=UnitStatus.approved)
        session.commit()
    made_anew(session, world, do, person)
    fresh = _cast.ready_person(session, unit, P.submitted).id
    with acting(session, SYSTEM):  # as a unit stands that came from another province with nothing but void cards
        _cast.put(session.get_one(Unit, unit.id), review_status=UnitStatus.pending_second)
        session.commit()
    do(SECRETARIAT, "unit", "reject", unit.id, _cast.OPINION)
    assert _cast.values(session, Person, "review_status", "payment_status") == [
        (P.rejected, M.group_committed), (P.rejected, M.undecided),
    ]  # fmt: skip
    do(SECRETARIAT, "unit", "reopen", unit.id, _cast.REASON)
    do(SECRETARIAT, "unit", "pass_second_review", unit.id)
    assert _cast.values(session, Person, "id", "review_status", "payment_status") == [
        (person, P.pending_review, M.group_committed), (fresh, P.pending_confirm, M.undecided),
    ]  # fmt: skip


@on_sqlite
def test_settling_a_statement_settles_nobody_whose_commitment_on_it_was_released(session, world, do, unit):
    person = _cast.ready_person(session, unit, P.pending_confirm)
    steady = _cast.ready_person(session, unit, P.pending_confirm)
    session.commit()
    finance = _cast.actors(session, world)[FINANCE]

    def issue():
        with acting(session, SYSTEM):
            made = saving.create(session, finance, Statement, {"delegation_id": str(world.sub.id)})
            session.commit()
        do(FINANCE, "statement", "issue", made.id)
        return made.id

    do(CLERK, "person", "confirm_group_pay", [person.id, steady.id])
    first = issue()
    assert expired(session, world, do, person.id) is M.released
    do(CLERK, "person", "confirm_group_pay", person.id)
    do(FINANCE, "statement", "settle", first, {"paid_on": TODAY, "serial_no": "BANK-1"})
    assert [status(session, one.id) for one in (person, steady)] == [M.group_committed, M.group_settled]
    do(FINANCE, "statement", "settle", issue(), {"paid_on": TODAY, "serial_no": "BANK-2"})
    assert status(session, person.id) is M.group_settled
    assert _cast.values(session, GroupPayEntry, "kind") == [K.COMMIT, K.COMMIT, K.RELEASE, K.COMMIT]


def late(session, world, *units):
    """Persons who did not pay in time, one of each unit."""
    made = [_cast.ready_person(session, one, P.approved).id for one in units]
    with acting(session, SYSTEM):
        session.get_one(Edition, world.edition.id).pay_closes_at = now() - timedelta(hours=1)
        session.commit()
        payments.close_due(session, now())
        session.commit()
    return made


def committed(session, *nodes):
    with acting(session, SYSTEM):
        return [_cast.settings_of(session, node).group_pay_committed for node in nodes]


@on_sqlite
@pytest.mark.parametrize("state", [L.locked, L.accepted])
def test_a_node_may_commit_late_though_it_is_locked(session, world, do, unit, state):
    (person,) = late(session, world, unit)
    lock(session, world.sub, state, hours=1)
    do(CLERK, "person", "commit_late", person)
    assert status(session, person) is M.group_committed
    assert committed(session, world.sub, world.province) == [20000, 0]


def test_what_the_secretariat_commits_late_is_paid_by_each_persons_own_node(session, world, do, unit):
    other = _cast.ready_unit(session, world, world.other_sub, review_status=UnitStatus.approved)
    ids = late(session, world, unit, unit, other)
    do(SECRETARIAT, "person", "commit_late", ids)
    assert committed(session, world.sub, world.other_sub, world.province) == [40000, 20000, 0]
    payers = _cast.values(session, Person, "payer_id")
    assert payers == [world.sub.id, world.sub.id, world.other_sub.id]
    assert _cast.values(session, GroupPayEntry, "delegation_id") == payers


@on_sqlite
def test_the_cap_of_each_node_holds_what_the_secretariat_commits_late(session, world, unit):
    other = _cast.ready_unit(session, world, world.other_sub, review_status=UnitStatus.approved)
    ids = late(session, world, unit, unit, other)
    with acting(session, SYSTEM):
        _cast.put(_cast.settings_of(session, world.sub), group_pay_cap=39_999)
        session.commit()
    secretary = _cast.actors(session, world)[SECRETARIAT]
    with acting(session, secretary):
        batch = engine.preview(session, secretary, "person", "commit_late", engine.Selection.of_ids(ids))
        seen = engine.look(session, batch)
        engine.confirm(session, secretary, batch, {}, seen.signature, accept_partial=True)
        session.commit()
    assert _cast.refusals(session, batch) == [None, "budget", None]
    assert committed(session, world.sub, world.other_sub, world.province) == [20000, 20000, 0]
