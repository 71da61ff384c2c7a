"""A person whose identity is edited: an approved one goes back to the police check, and the card is void; of one that
was handed over to the police no result counts any more (DOMAIN §1.2).
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Attachment, AttachmentKind, Person, PersonStatus, SecurityStatus
from models.kinds import now
from workflow.actors import Actor, actor_of, unscoped
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


def pictured(session: Session, picture: Attachment) -> None:
    """Do what a picture just stored entails, by whatever road it came: another portrait is another identity.

    It counts as a change of the person, so whoever saw the former one is told; the same picture once more changes
    nothing, nor do pictures of anything but a face.
    """
    if picture.kind is not AttachmentKind.PHOTO:
        return
    actor, person_id = actor_of(session), picture.person_id
    former = select(Attachment.sha256).where(
        Attachment.person_id == person_id, Attachment.kind == AttachmentKind.PHOTO, Attachment.id < picture.id
    )
    with unscoped(session):
        own = select(Person).where(Person.id == person_id).with_for_update()  # a result may be on its way
        person = session.scalars(own.execution_options(populate_existing=True)).one()
        if session.scalar(former.order_by(Attachment.id.desc()).limit(1)) == picture.sha256:
            return
        person.row_version += 1
    changed(session, actor, person, on_card=True)
