"""What a badge is worth at the gate: every card we made has an answer, never "unknown" (DOMAIN §1.3 原证件失效)."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Certificate, CertificateStatus, Edition, Person, PersonStatus
from models.certificate import DEAD, Worth
from models.columns import SHANGHAI
from models.person import SETTLED
from workflow.actors import unscoped


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


def void_lines(session: Session, edition_id: int) -> Iterator[str]:
    """Yield the void cards of an edition in the order in which they fell: the list only grows at its end."""
    card = Certificate
    fallen = select(card.card_no, card.status, card.state_since).where(
        card.edition_id == edition_id, card.status.in_(DEAD), card.card_no.is_not(None)
    )
    for number, status, since in session.execute(fallen.order_by(card.state_since, card.id)):
        yield f"{number},{status.value},{since.astimezone(SHANGHAI).isoformat(timespec='seconds')}"
