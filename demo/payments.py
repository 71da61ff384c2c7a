"""Group-pay decisions and what they leave: payment states and ledger lines that add up to what nodes committed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from demo.chance import Odds
from demo.fair import Fair, fee_of
from models import GroupPayDecision, GroupPayEntry, GroupPayKind, PaymentStatus, PersonStatus, UnitStatus
from models.person import SETTLED

if TYPE_CHECKING:
    from demo.persons import Holder

P, S = PaymentStatus, PersonStatus
DECIDED = (S.pending_review, S.approved, S.rejected, S.returned)
CONFIRMED = {  # of badges that cost something, by how the review ended
    S.pending_review: Odds({P.group_committed: 1}),
    S.returned: Odds({P.group_committed: 1}),
    S.approved: Odds({P.group_committed: 90, P.group_settled: 10}),
    S.rejected: Odds({P.released: 1}),
}
CANCELLED = {
    S.pending_review: Odds({P.unpaid: 70, P.paid: 30}),
    S.returned: Odds({P.unpaid: 80, P.paid: 20}),
    S.approved: Odds({P.unpaid: 30, P.paid: 70}),
    S.rejected: Odds({P.unpaid: 50, P.refunding: 25, P.refunded: 15, P.no_refund: 10}),
}


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
    decision = GroupPayDecision.confirmed if confirmed else GroupPayDecision.cancelled
    return Decision(at, {
        "group_pay_decision": decision, "group_pay_fee": fee, "payer_id": home.place.id if confirmed else None,
        "decided_by_id": chance.one(home.place.accounts), "decided_at": at, "payment_status": payment,
    })  # fmt: skip


def book(fair: Fair, holder: "Holder", decision: Decision) -> None:
    """Write the ledger: one line for each confirmed fee, and one that takes it back when the person is out."""
    fee, place = decision.columns.get("group_pay_fee"), holder.home.place
    if not fee or decision.at is None or decision.columns["payer_id"] is None:
        return
    line = {
        "edition_id": fair.edition_id, "person_id": holder.id, "unit_id": holder.home.id, "by_id": decision.columns["decided_by_id"],
    }  # fmt: skip
    fair.rows.add(GroupPayEntry, decision.at, **place.at, **line, kind=GroupPayKind.COMMIT, amount=fee, at=decision.at)
    if decision.columns["payment_status"] is P.released:
        at = fair.chance.later(decision.at, fair.now)
        fair.rows.add(GroupPayEntry, at, **place.at, **line, kind=GroupPayKind.RELEASE, amount=-fee, at=at)
    else:
        place.committed += fee
