"""Statements of two nodes: what they confirmed until a month ago, of one paid up, of the other still to be paid."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo.fair import Fair, Place
from models import GroupPayKind, Statement, StatementLine, StatementStatus

if TYPE_CHECKING:
    from demo.persons import Holder

BILLED = {"FJ02": StatementStatus.settled, "FJ03": StatementStatus.issued}
UNTIL = timedelta(days=30)  # before the load


def is_settled(fair: Fair, place: Place, at: datetime) -> bool:
    """Whether what was confirmed then is paid by now."""
    return BILLED.get(place.node.code) is StatementStatus.settled and at < fair.now - UNTIL


def remember(fair: Fair, holder: "Holder", kind: GroupPayKind, entry_id: int, amount: int, at: datetime) -> None:
    """Keep a ledger line that stands on its node's statement."""
    place, home = holder.home.place, holder.home
    if place.node.code not in BILLED or at >= fair.now - UNTIL:
        return
    place.billed.append({
        "entry_id": entry_id, "node_name": place.node.short_name, "unit_name": home.name, "uscc": home.uscc,
        "person_id": holder.id, "person_ref": holder.ref, "person_name": holder.name, "id_masked": holder.id_masked,
        "label": holder.label, "mode": holder.mode, "period": holder.period, "fee": abs(amount),
        "quantity": 1 if amount > 0 else -1, "amount": amount, "confirmed_at": at, "kind": kind,
    })  # fmt: skip


def issue(fair: Fair) -> None:
    """Write the statements with their lines in the order of the ledger."""
    for place in fair.places.values():
        status = BILLED.get(place.node.code)
        if status is None or not place.billed:
            continue
        lines = sorted(place.billed, key=lambda line: line["entry_id"])
        issued_at = fair.now - UNTIL + timedelta(hours=10)
        facts: dict[str, Any] = {
            "status": status, "number": 1, "period_to": fair.now - UNTIL, "line_count": len(lines),
            "total": sum(line["amount"] for line in lines), "issued_by_id": fair.finance, "issued_at": issued_at,
            "state_since": issued_at,
        }  # fmt: skip
        if status is StatementStatus.settled:
            paid_at = issued_at + timedelta(days=6)
            facts |= {
                "settled_by_id": fair.finance, "settled_at": paid_at, "paid_on": paid_at.date(), "state_since": paid_at,
                "serial_no": f"BOC{paid_at:%Y%m%d}0000001",
            }  # fmt: skip
        head = fair.rows.add(
            Statement, issued_at, **place.at, edition_id=fair.edition_id, cap=place.cap, committed=facts["total"], **facts,
        )  # fmt: skip
        for number, line in enumerate(lines, 1):
            fair.rows.add(
                StatementLine, issued_at, **place.at, edition_id=fair.edition_id, statement_id=head, line_no=number, **line,
            )  # fmt: skip
