"""A card that was made stays made, whatever becomes of it: its money, its number, how the next one is obtained (DOMAIN §1.3, §4.3)."""

import pytest
from sqlalchemy import select, update

from models import (
    Certificate,
    CertificateStatus,
    CertMode,
    Edition,
    GroupPayEntry,
    GroupPayKind,
    Label,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    RefundTask,
    ReissueStatus,
    Role,
)
from tests import factories
from tests.conftest import on_sqlite
from tests.test_workflow import _cast
from workflow import books
from workflow.actors import SYSTEM, acting

C, M, P, R = CertificateStatus, PaymentStatus, PersonStatus, ReissueStatus
REUSE = {"cert_mode": CertMode.reuse, "old_card_no": "600000001", "old_edition": "6"}
pytestmark = pytest.mark.usefixtures("clean_books")


def group_paid(session, unit, **values):
    """Make a person for whom the node stands in and who has a queued card."""
    person = _cast.committed(session, unit, P.approved, **values)
    session.commit()
    return person.id


def self_paid(session, unit, **values):
    person = _cast.ready_person(session, unit, P.approved, **{"payment_status": M.paid, **values})
    session.commit()
    return person.id


def cards(session, person_id):
    """Return (id, mode, status, number) of a person's cards, the first one first."""
    keys = (Certificate.id, Certificate.mode, Certificate.status, Certificate.card_no)
    with acting(session, SYSTEM):
        rows = session.execute(select(*keys).where(Certificate.person_id == person_id).order_by(Certificate.version))
        return [tuple(row) for row in rows]


def produced(session, cast, person_id, status=C.made):
    """Let a person's card be made, and handed out where ``status`` says so; return its id."""
    card = cards(session, person_id)[-1][0]
    _cast.done(session, cast[Role.secretariat], "certificate", "start_production", card)
    with acting(session, SYSTEM):
        _cast.put(session.get_one(Certificate, card), status=status)
        session.commit()
    return card


def payment(session, person_id):
    with acting(session, SYSTEM):
        return session.scalar(select(Person.payment_status).where(Person.id == person_id))


ENDS = [("report_lost", C.delivered, C.lost), ("remake", C.made, C.void)]


@on_sqlite
@pytest.mark.parametrize(("move", "status", "end"), ENDS)
@pytest.mark.parametrize("who", [group_paid, self_paid])
def test_no_money_comes_back_once_a_card_was_made_though_it_was_lost_or_made_anew(
    session, cast, unit, move, status, end, who
):
    person = who(session, unit)
    before = payment(session, person)
    card = produced(session, cast, person, status)
    _cast.done(session, cast[Role.secretariat], "certificate", move, card, _cast.REASON)
    _cast.done(session, cast[Role.sub_delegation], "person", "delete", person, _cast.REASON)

    assert payment(session, person) is before
    assert [row[2] for row in cards(session, person)] == [end, C.void]
    assert _cast.values(session, RefundTask, "id") == []
    assert GroupPayKind.RELEASE not in _cast.values(session, GroupPayEntry, "kind")


@on_sqlite
@pytest.mark.parametrize(("move", "status", "end"), ENDS)
def test_a_free_place_stays_consumed_by_a_card_that_was_lost_or_made_anew(session, cast, unit, move, status, end):
    person = self_paid(session, unit, label=Label.VIP, payment_status=M.waived)
    with acting(session, SYSTEM):
        session.scalars(select(QuotaAllocation).where(QuotaAllocation.label == Label.VIP)).one().used = 1
        session.commit()
    card = produced(session, cast, person, status)
    _cast.done(session, cast[Role.secretariat], "certificate", move, card, _cast.REASON)
    _cast.done(session, cast[Role.sub_delegation], "person", "delete", person, _cast.REASON)
    assert _cast.allotment(session, unit) == (10, 1)
    assert cards(session, person)[0][2] is end


@on_sqlite
@pytest.mark.parametrize("status", [M.released, M.refunding, M.refunded, M.no_refund])
def test_the_books_name_who_gets_money_back_for_a_card_that_was_made(session, cast, unit, status):
    person = self_paid(session, unit)
    produced(session, cast, person)
    with acting(session, SYSTEM):
        session.connection().execute(update(Person).where(Person.id == person).values(payment_status=status))
        said = f"的证件已制作，缴费状态却是“{status.label}”"
        assert any(said in line for line in books.check(session))
        session.rollback()


RECEIPT = {"amount": "200", "serial_no": "收据-1", "paid_on": f"{factories.NOW:%Y-%m-%d}", "remark": ""}


@on_sqlite
@pytest.mark.parametrize(
    ("move", "answers", "fee"),
    [("record_reissue_fee", RECEIPT, R.paid), ("waive_reissue_fee", _cast.REASON, R.waived)],
)
def test_a_second_loss_is_the_secretariats_alone_and_costs_nothing_more(session, cast, unit, move, answers, fee):
    person = self_paid(session, unit)
    first = produced(session, cast, person, C.delivered)
    _cast.done(session, cast[Role.sub_delegation], "certificate", "report_lost", first, _cast.REASON)
    _cast.done(session, cast[Role.secretariat], "person", move, person, answers)
    second = produced(session, cast, person, C.delivered)
    again = _cast.run(session, cast[Role.sub_delegation], "certificate", "report_lost", second, _cast.REASON)
    assert _cast.refusals(session, again) == ["lost_before"]
    _cast.done(session, cast[Role.secretariat], "certificate", "report_lost", second, _cast.REASON)
    assert [row[1:3] for row in cards(session, person)] == [
        (CertMode.new, C.lost), (CertMode.reissue, C.lost), (CertMode.reissue, C.queued),
    ]  # fmt: skip
    assert _cast.values(session, Person, "reissue_status") == [fee]
    produced(session, cast, person)


def test_an_old_number_that_is_typed_like_ours_holds_nobodys_production_up(session, world, cast, unit):
    first, second, third = (self_paid(session, unit) for _ in range(3))
    target = cards(session, second)[0][0]
    with acting(session, SYSTEM):
        number = f"{session.get_one(Edition, world.edition.id).code}{target:08d}"
    typed = self_paid(session, unit, **{**REUSE, "old_card_no": number})
    with acting(session, SYSTEM):
        card = session.scalars(select(Certificate).where(Certificate.person_id == typed)).one()
        _cast.put(card, mode=CertMode.reuse, old_card_no=number)
        session.commit()
    _cast.done(session, cast[Role.secretariat], "certificate", "activate", card.id)
    ids = [cards(session, person)[0][0] for person in (first, second, third)]
    _cast.done(session, cast[Role.secretariat], "certificate", "start_production", ids)

    numbers = [cards(session, person)[0][3] for person in (typed, first, second, third)]
    assert numbers[0] == number
    assert numbers[2] == f"{number[:-8]}{90_000_000 + target:08d}"
    assert len(set(numbers)) == 4


@on_sqlite
def test_a_reuse_whose_queued_card_was_taken_back_by_a_correction_is_a_reuse_again(session, cast, unit):
    person = group_paid(session, unit, **REUSE)
    with acting(session, SYSTEM):
        _cast.put(
            session.get_one(Certificate, cards(session, person)[0][0]), mode=CertMode.reuse, old_card_no="600000001"
        )
        session.commit()
    for decision in ("cancelled", "confirmed"):
        answers = {"decision": decision, "payer": "", **_cast.REASON}
        _cast.done(session, cast[Role.secretariat], "person", "correct_group_pay", person, answers)
    assert [row[1:3] for row in cards(session, person)] == [(CertMode.reuse, C.void), (CertMode.reuse, C.queued)]


@on_sqlite
def test_after_a_card_that_was_made_the_next_one_is_an_upgrade(session, cast, unit):
    person = self_paid(session, unit)
    produced(session, cast, person, C.delivered)
    _cast.done(session, cast[Role.secretariat], "person", "upgrade_label", person, {"label": "VIP"})
    assert [row[1] for row in cards(session, person)] == [CertMode.new, CertMode.upgrade]
