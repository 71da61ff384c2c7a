"""The fee of replacing a lost card (补办费): due of its holder with the loss, settled before the new card is made (DOMAIN §1.3).

It stands on the person, who pays for a loss once in an edition: whatever becomes of the card that waits meanwhile (a change
of the identity, an upgrade), what is due stays due and what was paid stays paid.
"""

from typing import Any

from sqlalchemy import ColumnElement, case, exists, select
from sqlalchemy.orm import aliased

from models import Certificate, CertificateStatus, Person, ReissueStatus
from workflow import group_pay
from workflow.engine.confirming import cascade
from workflow.moves import Context

R = ReissueStatus
_lost: Any = aliased(Certificate)
_new: Any = aliased(Certificate)


def charge(context: Context) -> None:
    """Let the holders of the cards being done owe what the edition's table says; nothing where it says nothing.

    Another loss, which the secretariat alone lets be replaced, costs nothing more.
    """
    holders = select(Certificate.person_id).where(Certificate.id.in_(context.rows))
    first = Person.id.in_(holders) & Person.reissue_status.is_(None)
    cascade(context, "person", "reissue_charged", first & (group_pay.reissue_fee() > 0))


def charged(_: Context) -> dict[str, Any]:
    """What the loss writes on a person: the fee is a snapshot."""
    return {"reissue_status": R.owed, "reissue_fee": group_pay.reissue_fee()}


def owes() -> ColumnElement[bool]:
    """Whether a card's holder still owes the fee."""
    return exists(select(Person.id).where(Person.id == Certificate.person_id, Person.reissue_status == R.owed))


def replaced(person_id: Any) -> ColumnElement[bool]:
    """Whether a card was made after the one that the person lost."""
    later = select(_new.id).join(_lost, _lost.person_id == _new.person_id).where(_lost.version < _new.version)
    return exists(
        later.where(_new.person_id == person_id, _lost.status == CertificateStatus.lost, _new.card_no.is_not(None))
    )


def when_leaving() -> ColumnElement[Any]:
    """How the fee stands when a person is out: before the new card is made nothing more is asked, and money goes back."""
    open_ = Person.reissue_status.in_((R.owed, R.paid)) & ~replaced(Person.id)
    return case((open_, R.dropped), else_=Person.reissue_status)


def when_moved_away() -> ColumnElement[Any]:
    """How the fee stands when a person left for another province: nothing more is asked, what was paid stays here."""
    return case((Person.reissue_status == R.owed, R.dropped), else_=Person.reissue_status)


def when_back() -> ColumnElement[Any]:
    """How the fee stands when a person who was out is back: the card is still lost, so it is due again."""
    return case((Person.reissue_status == R.dropped, R.owed), else_=Person.reissue_status)
