"""A person whose identity is edited: an approved one goes back to the police check, and the card is void; of one that
was handed over to the police no result counts any more (DOMAIN §1.2).
"""

from sqlalchemy.orm import Session

from models import Person, PersonStatus, SecurityStatus
from models.kinds import now
from workflow.actors import Actor
from workflow.engine.confirming import cascade
from workflow.moves import Context


def changed(session: Session, actor: Actor, person: Person, *, on_card: bool) -> None:
    """Do what the edit entails in its transaction; ``on_card``: a field was changed that an approval rests on."""
    session.flush()
    context, mine = Context(session, actor, now()), Person.id == person.id
    if person.review_status is PersonStatus.approved and on_card:
        cascade(context, "person", "identity_changed", mine)
    elif person.security_status is SecurityStatus.sent:
        cascade(context, "person", "changed_after_hand_over", mine)
