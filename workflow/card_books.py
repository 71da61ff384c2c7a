"""The books of card numbers: issued once, carried by every card that was made, used again by its holder alone.

And none is issued to replace a lost one before its fee is settled.
"""

from collections.abc import Iterator

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from models import Certificate, CertificateStatus, Person, ReissueStatus
from models.certificate import DEAD
from models.personal import CLEARED
from workflow import reissue
from workflow.security import NAMELESS

MADE = (
    CertificateStatus.making,
    CertificateStatus.made,
    CertificateStatus.mailing,
    CertificateStatus.ready,
    CertificateStatus.delivered,
)


def differences(session: Session) -> Iterator[str]:
    """Say which cards have no number or another's, who got one without its fee, and who holds two."""
    card, states = Certificate, CertificateStatus
    numberless = card.status.in_((*MADE, states.activated)) & card.card_no.is_(None)
    for (ref,) in session.execute(select(card.ref).where(numberless)):
        yield f"证件：{ref} 已制证或开通，却没有证件号"
    early = and_(card.status == states.queued, card.card_no.is_not(None))
    for (ref,) in session.execute(select(card.ref).where(early)):
        yield f"证件：{ref} 尚待制证，却已有证件号"
    # With the holder's data the old number goes, too; that of the card stays.
    wiped = and_(card.old_card_no.is_(None), card.holder_name.in_((NAMELESS, CLEARED)))
    kept = and_(card.status == states.activated, card.card_no.is_distinct_from(card.old_card_no), ~wiped)
    for (ref,) in session.execute(select(card.ref).where(kept)):
        yield f"证件：{ref} 复用开通，证件号却不是原证件号"
    twin = aliased(Certificate)
    issued = and_(card.status != states.activated, card.old_card_no.is_distinct_from(card.card_no), ~wiped)
    earlier = select(twin.id).where(twin.card_no == card.card_no, twin.id < card.id)
    for ref, number in session.execute(select(card.ref, card.card_no).where(issued, exists(earlier))):
        yield f"证件：{ref} 的证件号 {number} 以前发过"
    owing = select(Person.ref).where(Person.reissue_status == ReissueStatus.owed, reissue.replaced(Person.id))
    for (ref,) in session.execute(owing):
        yield f"证件：人员 {ref} 的补办费未收，新证件却已制证"
    live = select(card.person_id, func.count()).where(card.status.not_in(DEAD)).group_by(card.person_id)
    for person_id, n in session.execute(live.having(func.count() > 1)):
        yield f"证件：人员 {person_id} 有 {n} 张有效证件"
