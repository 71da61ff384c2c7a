"""Cards of approved and settled persons, along the whole way from queued to delivered; a few replaced ones."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from demo import parcels, payments
from demo.chance import Odds
from demo.fair import Fair
from demo.payments import Decision
from models import Certificate, CertificateStatus, CertMode, Label
from models.edition import FREE_LABELS

if TYPE_CHECKING:
    from demo.persons import Holder

C = CertificateStatus
MAILED = Odds({C.queued: 45, C.making: 12, C.made: 12, C.mailing: 12, C.delivered: 19})
FETCHED = Odds({C.queued: 45, C.making: 12, C.made: 6, C.ready: 18, C.delivered: 19})
REUSE = Odds({C.queued: 40, C.activated: 60})
NUMBERED = (C.making, C.made, C.mailing, C.ready, C.delivered, C.activated)
UPGRADED, LOST = 0.35, 0.03  # of VIP cards, of all cards: how often the first one is replaced


def issue(fair: Fair, holder: "Holder", decision: Decision) -> None:
    """Give a person its card; now and then the first one was upgraded or lost and a second is queued."""
    chance, at = fair.chance, fair.chance.later(decision.at or holder.submitted_at, fair.now, 0.8)
    if holder.mode is CertMode.reuse:
        status = chance.draw(REUSE)
        _write(fair, holder, at, status, number=holder.old_card_no if status is C.activated else None)
    elif holder.label is Label.VIP and decision.columns["group_pay_fee"] == 0 and chance.happens(UPGRADED):
        _write(fair, holder, at, C.void, label=Label.PROFESSIONAL, void_reason="升级标签，原证件失效")
        _write(fair, holder, chance.later(at, fair.now), C.queued, version=2, mode=CertMode.upgrade)
    elif chance.happens(LOST):
        _write(fair, holder, at, C.lost)
        lost_at = chance.later(at, fair.now)
        _write(fair, holder, lost_at, C.queued, version=2, mode=CertMode.reissue)
        payments.reissue(fair, holder, lost_at)
    else:
        _write(fair, holder, at, chance.draw(MAILED if holder.mailed else FETCHED))


def _write(fair: Fair, holder: "Holder", at: datetime, status: CertificateStatus, **facts: Any) -> None:
    number = facts.pop("number", None)
    if status in NUMBERED or status is C.lost:
        number = number or f"8{fair.rows.last.get(Certificate, 0) + 1:08d}"
    if status in (C.made, C.mailing, C.delivered):
        facts["parcel_id"] = parcels.put_in(fair, holder, at, status)
    label = facts.pop("label", holder.label)
    made = status not in (C.queued, C.void, C.activated)
    fair.rows.add(Certificate, at, **{
        "edition_id": fair.edition_id, **holder.home.owner, "person_id": holder.id, "card_no": number, "version": 1,
        "mode": holder.mode, "status": status, "label": label, "period": holder.period, "holder_name": holder.name,
        "unit_name": holder.home.name, "delegation_name": holder.home.place.node.name,
        "consumes_quota": made and (label in FREE_LABELS or status is C.lost), "old_card_no": holder.old_card_no, **facts,
    })  # fmt: skip
