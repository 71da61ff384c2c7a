"""An approved person whose identity is edited goes back to the police check, and the card is void (DOMAIN §1.2)."""

from sqlalchemy.orm import Session

from models import Person, PersonStatus
from models.kinds import now
from workflow.actors import Actor
from workflow.engine.confirming import cascade
from workflow.moves import Context


def changed(session: Session, actor: Actor, person: Person) -> None:
    """Send the person back to review in the transaction of the edit; nothing happens before approval."""
    session.flush()
    if person.review_status is PersonStatus.approved:
        cascade(Context(session, actor, now()), "person", "identity_changed", Person.id == person.id)
