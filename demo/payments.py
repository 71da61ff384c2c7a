"""Group-pay decisions and what they leave: payment states and ledger lines that add up to what nodes committed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from demo import statements
from demo.chance import Odds
from demo.fair import Fair, fee_of
from models import (
    GroupPayDecision,
    GroupPayEntry,
    GroupPayKind,
    Payment,
    PaymentKind,
    PaymentPurpose,
    PaymentStatus,
    Person,
    PersonStatus,
    RefundCause,
    RefundStatus,
    RefundTask,
    ReissueStatus,
    UnitStatus,
)
from models.person import SETTLED

if TYPE_CHECKING:
    from demo.persons import Holder

P, S, R = PaymentStatus, PersonStatus, ReissueStatus
DECIDED = (S.pending_review, S.approved, S.rejected, S.returned)
CONFIRMED = {  # of badges that cost something, by how the review ended
    S.pending_review: Odds({P.group_committed: 1}),
    S.returned: Odds({P.group_committed: 1}),
    S.approved: Odds({P.group_committed: 1}),
    S.rejected: Odds({P.released: 1}),
}
CANCELLED = {
    S.pending_review: Odds({P.unpaid: 70, P.paid: 30}),
    S.returned: Odds({P.unpaid: 80, P.paid: 20}),
    S.approved: Odds({P.unpaid: 30, P.paid: 70}),
    S.rejected: Odds({P.unpaid: 50, P.refunding: 25, P.refunded: 15, P.no_refund: 10}),
}


HANDLED = {P.refunding: RefundStatus.pending, P.refunded: RefundStatus.refunded, P.no_refund: RefundStatus.kept}


@dataclass
class Decision:
    """What was decided for a person, when, and the columns it leaves; without ``at`` nothing is decided yet."""

    at: datetime | None = None
    columns: dict[str, Any] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Whether a card may be made."""
        return self.columns.get("payment_status") in SETTLED


def decide(fair: Fair, holder: "Holder") -> Decision:
    """Decide by the state of the person: confirmed where the node pays, else cancelled, or not yet."""
    chance, home = fair.chance, holder.home
    undecided = holder.status is S.returned and chance.happens(0.5)
    if home.status is not UnitStatus.approved or holder.status not in DECIDED or undecided:
        return Decision()
    confirmed = home.pays and chance.happens(0.75)
    fee = fee_of(holder.label, holder.period)
    waits = holder.status is S.pending_review
    at = fair.lately(holder.submitted_at) if waits else chance.later(holder.submitted_at, fair.now, 0.5)
    payment = chance.draw((CONFIRMED if confirmed else CANCELLED)[holder.status]) if fee else P.waived
    if payment is P.group_committed and statements.is_settled(fair, home.place, at):
        payment = P.group_settled
    decision = GroupPayDecision.confirmed if confirmed else GroupPayDecision.cancelled
    return Decision(at, {
        "group_pay_decision": decision, "group_pay_fee": fee, "payer_id": home.place.id if confirmed else None,
        "decided_by_id": chance.one(home.place.accounts), "decided_at": at, "payment_status": payment,
    })  # fmt: skip


def book(fair: Fair, holder: "Holder", decision: Decision) -> None:
    """Write the ledger: one line for each confirmed fee, and one that takes it back when the person is out; else what
    the person paid itself.
    """
    fee, place = decision.columns.get("group_pay_fee"), holder.home.place
    if not fee or decision.at is None:
        return
    if decision.columns["payer_id"] is None:
        _pay(fair, holder, decision.columns["payment_status"], fee, decision.at)
        return
    line = {
        "edition_id": fair.edition_id, "person_id": holder.id, "unit_id": holder.home.id, "by_id": decision.columns["decided_by_id"],
    }  # fmt: skip
    entry_id = fair.rows.add(
        GroupPayEntry, decision.at, **place.at, **line, kind=GroupPayKind.COMMIT, amount=fee, at=decision.at
    )
    statements.remember(fair, holder, GroupPayKind.COMMIT, entry_id, fee, decision.at)
    if decision.columns["payment_status"] is P.released:
        at = fair.chance.later(decision.at, fair.now)
        entry_id = fair.rows.add(GroupPayEntry, at, **place.at, **line, kind=GroupPayKind.RELEASE, amount=-fee, at=at)
        statements.remember(fair, holder, GroupPayKind.RELEASE, entry_id, -fee, at)
    else:
        place.committed += fee


def reissue(fair: Fair, holder: "Holder", at: datetime) -> None:
    """Let the holder of a lost badge owe its fee, have paid it, or be let off: one after the other."""
    fee, status = fee_of(holder.label, holder.period), (R.owed, R.paid, R.waived)[fair.lost % 3]
    if not fee:
        return
    fair.lost += 1
    fair.rows.amend(Person, reissue_status=status, reissue_fee=fee)
    if status is R.paid:
        fair.rows.add(
            Payment, at, **holder.home.owner, edition_id=fair.edition_id, person_id=holder.id, at=at, paid_on=at.date(),
            by_id=fair.finance, kind=PaymentKind.RECEIPT, purpose=PaymentPurpose.REISSUE, amount=fee,
            serial_no=f"BB{at:%Y%m%d}{holder.id:07d}",
        )  # fmt: skip


def _pay(fair: Fair, holder: "Holder", status: PaymentStatus, fee: int, decided_at: datetime) -> None:
    """Write what came in, and what became of it when the person was out."""
    if status not in (P.paid, *HANDLED):
        return
    at = decided_at + (fair.now - decided_at) * 0.3
    serial = f"BOC{at:%Y%m%d}{holder.id:07d}"
    place = {**holder.home.owner, "edition_id": fair.edition_id, "person_id": holder.id}
    facts: dict[str, Any] = {"at": at, "paid_on": at.date(), "by_id": fair.finance}
    fair.rows.add(Payment, at, **place, **facts, kind=PaymentKind.RECEIPT, amount=fee, serial_no=serial)
    if status not in HANDLED:
        return
    task, gone_at = HANDLED[status], at + (fair.now - at) * 0.6
    facts = {"handled_at": gone_at, "handled_by_id": fair.finance} if task is not RefundStatus.pending else {}
    if task is RefundStatus.refunded:
        facts |= {"serial_no": f"{serial}R", "refunded_on": gone_at.date()}
        fair.rows.add(
            Payment, gone_at, **place, at=gone_at, paid_on=gone_at.date(), by_id=fair.finance, kind=PaymentKind.REFUND,
            amount=-fee, serial_no=f"{serial}R",
        )  # fmt: skip
    elif task is RefundStatus.kept:
        facts["reason"] = "按本届规定不予退费"
    fair.rows.add(
        RefundTask, gone_at, **place, person_ref=holder.ref, status=task, cause=RefundCause.rejected, amount=fee,
        paid_serial=serial, **facts,
    )  # fmt: skip
