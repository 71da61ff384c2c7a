"""Parcels of a unit's cards: waiting, on their way, delivered, and now and then one that came back."""

from datetime import datetime
from typing import TYPE_CHECKING

from demo.chance import Odds
from demo.fair import Fair
from models import CertificateStatus, Parcel, ParcelStatus
from models.parcel import MOST_CARDS

if TYPE_CHECKING:
    from demo.persons import Holder

C, B = CertificateStatus, ParcelStatus
OF_MADE = Odds[ParcelStatus | None]({None: 50, B.packed: 40, B.returned: 10})
COURIERS = ("顺丰速运", "中国邮政", "京东物流")
LEFT = (B.sent, B.delivered, B.returned)


def put_in(fair: Fair, holder: "Holder", at: datetime, status: CertificateStatus) -> int | None:
    """Return the parcel that a mailed card in a state lies in; one of its unit with room, else a new one."""
    state = {C.mailing: B.sent, C.delivered: B.delivered}.get(status)
    if status is C.made:
        state = fair.chance.draw(OF_MADE)
    if state is None or not holder.mailed:
        return None
    row = holder.home.parcels.get(state)
    if row is None or row["cards"] == MOST_CARDS:
        number = _new(fair, holder, at, state)
        row = holder.home.parcels[state] = fair.rows.waiting[Parcel][-1]
        row["number"] = f"8P{number:08d}"
    row["cards"] += 1
    found: int = row["id"]
    return found


def _new(fair: Fair, holder: "Holder", at: datetime, state: ParcelStatus) -> int:
    way = {}
    if state in LEFT:
        way = {
            "courier": fair.chance.one(COURIERS), "sent_on": at.date(), "label_prints": 1,
            "tracking_no": f"SF{fair.rows.last.get(Parcel, 0) + 1:010d}",
        }  # fmt: skip
    return fair.rows.add(
        Parcel, at, edition_id=fair.edition_id, **holder.home.owner, status=state, **holder.recipient, **way,
        delivered_at=at if state is B.delivered else None,
        return_reason="地址不详，无法投递" if state is B.returned else None,
    )  # fmt: skip
