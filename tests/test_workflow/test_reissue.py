"""The fee of a lost card: due with the loss, settled before the new card is made, given back when that is not made (DOMAIN §1.3)."""

import pytest
from sqlalchemy import select, update

from models import (
    Certificate,
    CertificateStatus,
    CertMode,
    Fee,
    Label,
    Payment,
    PaymentKind,
    PaymentPurpose,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    RefundCause,
    RefundStatus,
    RefundTask,
    ReissueStatus,
    Role,
    Unit,
    UnitStatus,
)
from tests import factories
from tests.test_workflow import _cast
from workflow import books, engine
from workflow.actors import SYSTEM, acting
from workflow.engine import Selection

C, M, P, R = CertificateStatus, PaymentStatus, PersonStatus, ReissueStatus
TODAY = f"{factories.NOW:%Y-%m-%d}"
PAY = {"amount": "200", "serial_no": "收据-17", "paid_on": TODAY, "remark": ""}
BACK = {"paid_on": TODAY, "serial_no": "BACK-1"}
pytestmark = pytest.mark.usefixtures("clean_books")


@pytest.fixture
def do(session, cast):
    """Give ``do(role, noun, move, id, answers)`` that must be done."""

    def done(role, noun, move, row_id, answers=None):
        return _cast.done(session, cast[Role[role]], noun, move, row_id, answers)

    return done


@pytest.fixture
def lost(session, do, unit):
    """Give ``lost()``: a person who paid, whose card was handed out and lost; returns the id of the person."""

    def lose(**values):
        person = _cast.ready_person(session, unit, P.approved, **{"payment_status": M.paid, **values})
        session.commit()
        card = cards(session, person.id)[-1][0]
        do("secretariat", "certificate", "start_production", card)
        with acting(session, SYSTEM):
            _cast.put(session.get_one(Certificate, card), status=C.delivered)
            session.commit()
        do("sub_delegation", "certificate", "report_lost", card, _cast.REASON)
        return person.id

    return lose


def cards(session, person_id):
    """Return (id, mode, status) of a person's cards, the first one first."""
    keys = (Certificate.id, Certificate.mode, Certificate.status)
    with acting(session, SYSTEM):
        rows = session.execute(select(*keys).where(Certificate.person_id == person_id).order_by(Certificate.version))
        return [tuple(row) for row in rows]


def fee(session, person_id):
    with acting(session, SYSTEM):
        found = select(Person.reissue_status, Person.reissue_fee, Person.payment_status)
        return tuple(session.execute(found.where(Person.id == person_id)).one())


def tariff(session, amount, label=Label.PROFESSIONAL):
    """Write what a reissue costs into the edition's table; None takes the lines away."""
    with acting(session, SYSTEM):
        for line in session.scalars(select(Fee).where(Fee.mode == CertMode.reissue, Fee.label == label)):
            if amount is None:
                session.delete(line)
            else:
                line.amount = amount
        session.commit()


def refusal(session, cast, move, card):
    return _cast.refusals(session, _cast.run(session, cast[Role.secretariat], "certificate", move, card))[0]


def test_a_lost_card_is_replaced_when_its_fee_is_recorded(session, cast, do, lost):
    tariff(session, 20000)
    person = lost()
    tariff(session, 99900)
    (_, _, first), (card, mode, second) = cards(session, person)
    assert (first, mode, second) == (C.lost, CertMode.reissue, C.queued)
    assert fee(session, person) == (R.owed, 20000, M.paid)
    assert refusal(session, cast, "start_production", card) == "fee_owed"

    do("finance", "person", "record_reissue_fee", person, PAY)
    assert fee(session, person) == (R.paid, 20000, M.paid)
    found = _cast.values(session, Payment, "purpose", "kind", "amount", "serial_no")
    assert found[-1] == (PaymentPurpose.REISSUE, PaymentKind.RECEIPT, 20000, "收据-17")
    do("secretariat", "certificate", "start_production", card)
    assert cards(session, person)[-1][2] is C.making


def test_the_secretariat_may_waive_it(session, do, lost):
    person = lost()
    do("secretariat", "person", "waive_reissue_fee", person, _cast.REASON)
    assert fee(session, person)[0] is R.waived
    do("secretariat", "certificate", "start_production", cards(session, person)[-1][0])
    assert len(_cast.values(session, Payment, "id")) == 1


@pytest.mark.parametrize("amount", [None, 0])
def test_nothing_is_due_where_the_table_asks_for_nothing(session, do, lost, amount):
    tariff(session, amount)
    person = lost()
    assert fee(session, person) == (None, None, M.paid)
    do("secretariat", "certificate", "start_production", cards(session, person)[-1][0])


def test_of_all_matching_cards_those_that_owe_are_left_out(session, cast, do, lost):
    owing, settled = lost(), lost()
    do("finance", "person", "record_reissue_fee", settled, PAY)
    secretary = cast[Role.secretariat]
    with acting(session, secretary):
        waiting = Selection.matching([Certificate.status == C.queued])
        batch = engine.run(session, secretary, "certificate", "start_production", waiting)
        session.commit()
    assert (batch.chosen, batch.done) == (2, 1)
    assert [cards(session, each)[-1][2] for each in (owing, settled)] == [C.queued, C.making]


def test_a_misprint_costs_its_holder_nothing(session, do, unit):
    person = _cast.ready_person(session, unit, P.approved, payment_status=M.paid)
    session.commit()
    do("secretariat", "certificate", "start_production", cards(session, person.id)[-1][0])
    do("secretariat", "certificate", "remake", cards(session, person.id)[-1][0], _cast.REASON)
    assert fee(session, person.id)[0] is None
    do("secretariat", "certificate", "start_production", cards(session, person.id)[-1][0])


def test_the_fee_stays_due_when_the_waiting_card_is_made_out_anew(session, cast, do, lost):
    person = lost()
    do("secretariat", "person", "upgrade_label", person, {"label": "VIP"})
    (card, mode, status) = cards(session, person)[-1]
    assert (mode, status) == (CertMode.upgrade, C.queued)
    assert refusal(session, cast, "start_production", card) == "fee_owed"
    (task,) = _cast.values(session, RefundTask, "purpose", "cause", "amount")
    assert task == (PaymentPurpose.FEE, RefundCause.upgraded, 20000)
    do("secretariat", "person", "record_reissue_fee", person, PAY)
    do("secretariat", "certificate", "start_production", card)


def test_an_upgrade_gives_back_the_badges_own_fee_alone(session, do, lost):
    tariff(session, 5000)
    person = lost()
    do("finance", "person", "record_reissue_fee", person, {**PAY, "amount": "50"})
    do("secretariat", "person", "upgrade_label", person, {"label": "VIP"})
    assert _cast.values(session, RefundTask, "purpose", "amount") == [(PaymentPurpose.FEE, 20000)]


@pytest.mark.parametrize(("move", "answers", "left"), [("refund", BACK, 20000), ("keep", _cast.REASON, 25000)])
def test_who_paid_and_leaves_before_the_new_card_is_made_waits_for_finance(session, do, lost, move, answers, left):
    tariff(session, 5000)
    person = lost()
    do("finance", "person", "record_reissue_fee", person, {**PAY, "amount": "50"})
    do("sub_delegation", "person", "delete", person, _cast.REASON)
    assert fee(session, person) == (R.dropped, 5000, M.paid)
    (task,) = _cast.values(session, RefundTask, "id", "purpose", "cause", "amount", "paid_serial")
    assert task[1:] == (PaymentPurpose.REISSUE, RefundCause.deleted, 5000, "收据-17")

    do("finance", "refund_task", move, task[0], answers)
    assert fee(session, person) == (R.dropped, 5000, M.paid)
    assert sum(_cast.values(session, Payment, "amount")) == left
    status = RefundStatus.refunded if move == "refund" else RefundStatus.kept
    assert _cast.values(session, RefundTask, "status") == [status]


def test_who_owes_and_leaves_owes_nothing_more(session, do, lost):
    person = lost()
    do("sub_delegation", "person", "delete", person, _cast.REASON)
    assert fee(session, person)[0] is R.dropped
    assert _cast.values(session, RefundTask, "id") == []


def test_once_the_new_card_is_made_the_fee_is_spent(session, do, lost):
    person = lost()
    do("finance", "person", "record_reissue_fee", person, PAY)
    card = cards(session, person)[-1][0]
    do("secretariat", "certificate", "start_production", card)
    with acting(session, SYSTEM):
        _cast.put(session.get_one(Certificate, card), status=C.delivered)
        session.commit()
    do("sub_delegation", "person", "delete", person, _cast.REASON)
    assert fee(session, person)[0] is R.paid
    assert _cast.values(session, RefundTask, "id") == []


def test_a_free_badge_costs_what_the_table_says_and_who_is_back_owes_it_again(session, do, unit, lost):
    tariff(session, 5000, Label.STAFF)
    with acting(session, SYSTEM):
        staff = select(QuotaAllocation).where(QuotaAllocation.unit_id == unit.id, QuotaAllocation.label == Label.STAFF)
        session.scalars(staff).one().used += 1
    person = lost(label=Label.STAFF, payment_status=M.waived)
    do("secretariat", "person", "record_reissue_fee", person, {**PAY, "amount": "50"})
    with acting(session, SYSTEM):
        _cast.put(session.get_one(Unit, unit.id), review_status=UnitStatus.pending_second)
        session.commit()
    do("secretariat", "unit", "reject", unit.id, _cast.OPINION)
    assert fee(session, person) == (R.dropped, 5000, M.waived)
    do("finance", "refund_task", "refund", _cast.values(session, RefundTask, "id")[0], BACK)
    do("secretariat", "unit", "reopen", unit.id, _cast.REASON)
    assert fee(session, person)[:2] == (R.owed, 5000)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"reissue_status": R.paid}, "的补办费缴费记录净额 0.00 元，按缴费状态和退费事项应为 200.00 元"),
        ({"reissue_status": R.owed}, "的补办费未收，新证件却已制证"),
    ],
)
def test_the_books_find_a_card_made_without_its_fee_and_a_fee_without_its_payment(session, do, lost, values, sentence):
    person = lost()
    do("secretariat", "person", "waive_reissue_fee", person, _cast.REASON)
    do("secretariat", "certificate", "start_production", cards(session, person)[-1][0])
    assert books.check(session) == []
    session.rollback()
    session.connection().execute(update(Person).where(Person.id == person).values(**values))
    assert any(sentence in found for found in books.check(session))
    session.rollback()
