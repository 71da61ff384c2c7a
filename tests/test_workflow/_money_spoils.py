"""For every guard of the moves about money: what is ready, and how to spoil it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from models import (
    GroupPayDecision,
    GroupPayEntry,
    PaymentKind,
    PaymentStatus,
    Person,
    PersonStatus,
    RefundStatus,
    ReissueStatus,
    Role,
    StatementLine,
    StatementStatus,
    Unit,
)
from models.certificate import CertificateStatus
from tests import factories
from tests.test_workflow import _cast
from tests.test_workflow._card_spoils import OWING
from tests.test_workflow._cast import put
from tests.test_workflow._spoils import PAST, Case, card, edition, setting, settings
from workflow.sessions import writing_sets

M, P, D, R = PaymentStatus, PersonStatus, GroupPayDecision, ReissueStatus
TOMORROW = f"{factories.NOW + timedelta(days=2):%Y-%m-%d}"
ANSWERED = {"decision": "confirmed", "payer": ""}
LATE = {"payment_status": M.closed}


def same_serial(at: Any) -> None:
    """Let the bank's number be somebody else's payment."""
    other = factories.person(at.session, at.session.get_one(Unit, at.row.unit_id), group_pay_fee=20000)
    factories.payment(at.session, other, serial_no="BANK-1")


def wrong_amount(_: Any) -> dict[str, Any]:
    """Answer another amount."""
    return {"amount": "199.99"}


def to_come(_: Any) -> dict[str, Any]:
    """Answer a day to come."""
    return {"paid_on": TOMORROW}


def cap_used_up(at: Any) -> None:
    """Leave too little of the caps of everybody who might pay."""
    for node in (at.world.sub, at.world.province):
        put(_cast.settings_of(at.session, node), group_pay_cap=19_999)


def on_statement(at: Any) -> None:
    """Let a line of the person stand on an issued statement."""
    put(at.row, payer_id=at.world.sub.id, group_pay_decision=D.confirmed, payment_status=M.group_committed)
    entry = _cast.entry(at.session, at.row)
    bill = _cast.statement(
        at.session, at.world.sub, at.world.edition.id, status=StatementStatus.issued, number=1, line_count=1, total=20000,
    )  # fmt: skip
    line(at.session, bill, entry)


def line(session: Any, bill: Any, entry: GroupPayEntry) -> StatementLine:
    """Write a line as issuing would."""
    person = session.get_one(Person, entry.person_id)
    made: StatementLine = factories.saved(session, StatementLine(
        statement_id=bill.id, edition_id=bill.edition_id, delegation_id=bill.delegation_id, province_id=bill.province_id,
        line_no=1, entry_id=entry.id, node_name="福州分团", unit_name="单位", person_id=person.id, person_ref=person.ref,
        person_name=person.name, label=person.label, mode=person.cert_mode, period=person.period, fee=entry.amount,
        quantity=1, amount=entry.amount, confirmed_at=entry.at, kind=entry.kind,
    ))  # fmt: skip
    return made


def same_payer(at: Any) -> None:
    """Let the right decision stand already."""
    put(at.row, payer_id=at.world.sub.id, group_pay_decision=D.confirmed, payment_status=M.group_committed)


def elsewhere(at: Any) -> dict[str, Any]:
    """Ask for a payer of another province."""
    return {"payer": str(at.world.foreign_sub.id)}


def nothing_booked(at: Any) -> None:
    """Empty the ledger."""
    with writing_sets(at.session):
        at.session.execute(delete(GroupPayEntry))


def older_open(at: Any) -> None:
    """Let an older statement of the payer wait."""
    _cast.statement(at.session, at.world.sub, at.world.edition.id, status=StatementStatus.issued, number=1)


def refund_known(at: Any) -> None:
    """Let the bank's number stand for another refund."""
    other = at.session.scalars(select(Person).where(Person.id == at.row.person_id)).one()
    factories.payment(at.session, other, serial_no="BANK-1", amount=-20000, kind=PaymentKind.REFUND)


FINANCE, SECRETARIAT = Role.finance, Role.secretariat
CASES: tuple[tuple[str, str, Case, dict[str, Any]], ...] = (
    ("person", "record_payment", Case(P.approved, FINANCE), {
        "not_awaited": setting(payment_status=M.waived), "wrong_amount": wrong_amount, "serial_known": same_serial,
        "too_late": edition(pay_closes_at=PAST - timedelta(days=1)), "in_future": to_come,
    }),
    ("person", "record_reissue_fee", Case(P.approved, FINANCE, facts=OWING), {
        "nothing_owed": setting(reissue_status=R.waived), "wrong_amount": wrong_amount, "serial_known": same_serial,
        "in_future": to_come,
    }),
    ("person", "waive_reissue_fee", Case(P.approved, SECRETARIAT, facts=OWING), {"nothing_owed": setting(reissue_status=R.paid)}),
    ("person", "commit_late", Case(P.approved, facts=LATE), {
        "not_closed": setting(payment_status=M.unpaid), "not_allowed": settings(late_commit=False),
        "budget": cap_used_up,
    }),
    ("person", "correct_group_pay", Case(P.pending_review, SECRETARIAT, answers=ANSWERED), {
        "not_open": setting(payment_status=M.paid), "stated": on_statement, "card_made": card(CertificateStatus.made),
        "same_decision": same_payer, "no_such_payer": elsewhere, "budget": cap_used_up,
    }),
    ("statement", "issue", Case(StatementStatus.draft, FINANCE), {"nothing_due": nothing_booked}),
    ("statement", "settle", Case(StatementStatus.issued, FINANCE), {"older_open": older_open, "in_future": to_come}),
    ("refund_task", "refund", Case(RefundStatus.pending, FINANCE), {
        "no_refunds": edition(refunds=False), "serial_known": refund_known, "in_future": to_come,
    }),
)  # fmt: skip
