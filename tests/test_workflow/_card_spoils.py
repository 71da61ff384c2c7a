"""For every guard of a certificate's moves: the card that is ready, and how to spoil it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Certificate,
    CertificateStatus,
    CertMode,
    GetMethod,
    PaymentStatus,
    Person,
    PersonStatus,
    Unit,
)
from tests import factories
from tests.test_workflow import _cast
from tests.test_workflow._cast import put


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


OUT = {"holder_out": holder(payment_status=PaymentStatus.unpaid)}
REUSE = {"cert_mode": CertMode.reuse}
PICKUP = {"get_method": GetMethod.PICKUP}
BY_MAIL = {"by_mail": holder(get_method=GetMethod.MAIL)}
