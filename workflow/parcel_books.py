"""The books of parcels: what each says of its cards is counted again from the cards (see ``workflow.books``)."""

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models import Certificate, CertificateStatus, Parcel, ParcelStatus
from models.certificate import DEAD
from models.parcel import HOLDING, MOST_CARDS
from workflow.parcels import in_parcel


def differences(session: Session) -> Iterator[str]:
    """Say which parcels and cards do not agree: counts, states, and cards without the parcel they need."""
    inside = select(func.count()).where(Certificate.parcel_id == Parcel.id).scalar_subquery()
    held = Parcel.status.in_(HOLDING)
    wrong = or_(
        and_(held, inside != Parcel.cards),
        and_(Parcel.status == ParcelStatus.unpacked, or_(inside != 0, Parcel.cards != 0)),
        and_(held, or_(Parcel.cards == 0, Parcel.cards > MOST_CARDS)),
    )
    for number, cards, n in session.execute(select(Parcel.number, Parcel.cards, inside).where(wrong)):
        yield f"包裹：{number} 的证件数量记为 {cards}，装入的证件为 {n}"
    card, states = Certificate, CertificateStatus
    expected = (
        (states.mailing, ParcelStatus.sent), (states.made, ParcelStatus.packed), (states.made, ParcelStatus.returned),
        (states.delivered, ParcelStatus.delivered),
    )  # fmt: skip
    fits = or_(*(and_(card.status == status, Parcel.status == parcel) for status, parcel in expected))
    dead = and_(card.status.in_(DEAD), Parcel.status != ParcelStatus.packed)
    pairs = select(card.ref, Parcel.number).join(Parcel, Parcel.id == card.parcel_id)
    for ref, number in session.execute(pairs.where(~or_(fits, dead, Parcel.status == ParcelStatus.returned))):
        yield f"证件：{ref} 的状态与包裹 {number} 的状态不符"
    lone = select(card.ref).where(card.status == states.mailing, ~in_parcel())
    for (ref,) in session.execute(lone):
        yield f"证件：{ref} 正在寄递，却不在任何包裹中"
    strange = pairs.where(or_(card.unit_id != Parcel.unit_id, card.edition_id != Parcel.edition_id))
    for ref, number in session.execute(strange):
        yield f"证件：{ref} 装入了其他单位或届次的包裹 {number}"
