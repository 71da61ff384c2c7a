"""What a badge is worth at the gate: every card we made has an answer, never "unknown" (DOMAIN §1.3 原证件失效)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Audit, Certificate, CertificateStatus, Delegation, Edition, Person, PersonStatus
from models.certificate import DEAD, Worth
from models.columns import SHANGHAI
from models.person import SETTLED
from workflow.actors import unscoped
from workflow.certificate_moves import CERTIFICATE


@dataclass(frozen=True)
class Truth:
    """A card and its worth; ``replaced_by`` is the number of the newer card once it has one."""

    worth: Worth
    card: Certificate
    replaced_by: str | None


def truth_of(session: Session, card_no: str) -> Truth | None:
    """Return what the card is worth now; None for a number we never gave out."""
    with unscoped(session):
        # A card that is used again has its number in two editions: the later one speaks.
        numbered = select(Certificate).where(Certificate.card_no == card_no).order_by(Certificate.id.desc()).limit(1)
        card = session.scalars(numbered).first()
        if card is None:
            return None
        current = session.scalar(select(Edition.is_current).where(Edition.id == card.edition_id))
        newer = session.scalars(
            select(Certificate)
            .where(Certificate.person_id == card.person_id, Certificate.status.not_in(DEAD), Certificate.id != card.id)
            .order_by(Certificate.version.desc())
        ).first()
        fit = select(Person.id).where(
            Person.id == card.person_id,
            Person.review_status == PersonStatus.approved,
            Person.payment_status.in_(SETTLED),
        )
        settled = session.scalar(fit) is not None
    return Truth(_worth(card, newer, settled=settled, current=bool(current)), card, newer.card_no if newer else None)


def _worth(card: Certificate, newer: Certificate | None, *, settled: bool, current: bool) -> Worth:
    if card.status is CertificateStatus.lost:
        return Worth.lost
    if card.status is CertificateStatus.void:
        return Worth.withdrawn if newer is None else Worth.replaced
    if not current:
        return Worth.past
    return Worth.valid if settled else Worth.unsettled


def void_list(session: Session, edition_id: int, province_id: int, at: datetime) -> str:
    """Return the void cards of an edition of a province as the text that is signed, for gates that have no network.

    Its first line says which cards it is about, at which moment (Shanghai) and how many there are; then CSV, ``card_no``,
    ``status`` (void, lost), ``since``. Lines stand in the order in which their cards' ends were entered in the trail,
    whose numbers are given out one transaction after the other: a later list begins as the earlier one did.
    """
    card, entered = Certificate, Audit.__table__
    ended = select(func.min(entered.c.id)).where(
        entered.c.noun == "certificate", entered.c.object_id == card.id, entered.c.action.in_(_ends())
    )
    first = func.coalesce(ended.scalar_subquery(), 0)  # what was there before the trail
    fallen = select(card.card_no, card.status, card.state_since).where(
        card.edition_id == edition_id, card.province_id == province_id, card.status.in_(DEAD), card.card_no.is_not(None)
    )
    with unscoped(session):
        home, edition = session.get_one(Delegation, province_id), session.get_one(Edition, edition_id)
        rows = session.execute(fallen.order_by(first, card.id)).all()
    head = f"# void list edition={edition.code} province={home.referral_code} at={_local(at)} cards={len(rows)} name={home.name}"
    lines = (f"{row.card_no},{row.status.value},{_local(row.state_since)}" for row in rows)
    return "".join(f"{line}\n" for line in (head, "card_no,status,since", *lines))


def _ends() -> list[str]:
    """Return what the trail calls the ends of a card."""
    fatal = (move.name for move in CERTIFICATE.moves.values() if move.target in DEAD)
    return ["certificate.void", *(f"certificate.{name}" for name in fatal)]


def _local(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
