"""For every guard of a certificate's moves: the card that is ready, and how to spoil it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    AttachmentKind,
    Certificate,
    CertificateStatus,
    CertMode,
    GetMethod,
    Label,
    PaymentStatus,
    Period,
    Person,
    PersonStatus,
    ReissueStatus,
    Unit,
)
from models.kinds import opened
from tests import factories
from tests.test_workflow import _cast
from tests.test_workflow._cast import put
from workflow.reuse import FACE


def card_of(session: Session, unit: Unit, status: CertificateStatus, facts: dict[str, Any]) -> Certificate:
    """Make a card in a state; ``facts`` are its holder's, ``print_count`` its own."""
    printed = facts.pop("print_count", 0)
    paid = {"payment_status": PaymentStatus.paid, "old_card_no": "7001", "old_edition": "6", **facts}
    holder = _cast.ready_person(session, unit, PersonStatus.approved, **paid)
    card = session.scalars(select(Certificate).where(Certificate.person_id == holder.id)).one()
    put(card, status=status, mode=holder.cert_mode, old_card_no=holder.old_card_no, print_count=printed)
    return card


def holder(**values: Any) -> Any:
    """Write values on the card's holder."""
    return lambda at: put(at.session.get_one(Person, at.row.person_id), **values)


def used_by_another(at: Any) -> None:
    """Let the old card be somebody else's by now."""
    other = factories.person(at.session, at.session.get_one(Unit, at.row.unit_id))
    factories.certificate(at.session, other, card_no=at.row.old_card_no, status=CertificateStatus.activated)


def lost_before(at: Any) -> None:
    """Let an earlier card of the holder have been lost."""
    person = at.session.get_one(Person, at.row.person_id)
    factories.certificate(at.session, person, status=CertificateStatus.lost)


def last_year(*, own: bool = True, photo: str = "0", **values: Any) -> Any:
    """Let the old card have been made in an earlier edition, as this year's save for ``values``."""

    def spoil(at: Any) -> None:
        session, card = at.session, at.row
        person = session.get_one(Person, card.person_id)
        past = factories.edition(session, is_current=False)
        unit = factories.unit(session, past, at.world.sub)
        number = opened(person, "id_no") if own else factories.resident_id(9_001)
        then = factories.person(session, unit, id_no=number, review_status=PersonStatus.approved)
        _cast.attachment(session, unit, AttachmentKind.PHOTO, then).sha256 = photo
        face = {key: getattr(card, key) for key in FACE}
        facts = {"status": CertificateStatus.delivered, "card_no": card.old_card_no, **face, **values}
        factories.certificate(session, then, **facts)

    return spoil


CHANGED = {
    "old_card_dead": last_year(status=CertificateStatus.lost), "old_card_others": last_year(own=False),
    "face_holder_name": last_year(holder_name="王六"), "face_unit_name": last_year(unit_name="福州海丝贸易有限公司"),
    "face_delegation_name": last_year(delegation_name="厦门分团"), "face_label": last_year(label=Label.STAFF),
    "face_period": last_year(period=Period.LATE), "face_photo": last_year(photo="1"),
}  # fmt: skip
OUT = {"holder_out": holder(payment_status=PaymentStatus.unpaid)}
OWING = {"reissue_status": ReissueStatus.owed, "reissue_fee": 20000}
REUSE = {"cert_mode": CertMode.reuse}
PICKUP = {"get_method": GetMethod.PICKUP}
BY_MAIL = {"by_mail": holder(get_method=GetMethod.MAIL)}
