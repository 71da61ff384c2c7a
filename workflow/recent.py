"""The rows that an account opened last: ids only, kept per account, and looked up anew whenever they are shown."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import RecentItem
from models.kinds import now
from workflow.actors import Actor

KEPT = 10


def remember(session: Session, actor: Actor, noun: str, object_id: int) -> None:
    """Note that the actor has just opened a row that he may see; the oldest ones are forgotten."""
    items = list(session.scalars(_newest(actor)))
    found = next((item for item in items if (item.noun, item.object_id) == (noun, object_id)), None)
    if found is None:
        session.add(RecentItem(account_id=actor.account_id, noun=noun, object_id=object_id, at=now()))
    else:
        found.at = now()
    for old in [item for item in items if item is not found][KEPT - 1 :]:
        session.delete(old)
    session.flush()


def recent(session: Session, actor: Actor) -> list[tuple[str, int]]:
    """Return noun and id of what the actor opened last, the newest first; whether he still sees it is not asked here."""
    return [(item.noun, item.object_id) for item in session.scalars(_newest(actor).limit(KEPT))]


def _newest(actor: Actor) -> Select[RecentItem]:
    own = select(RecentItem).where(RecentItem.account_id == actor.account_id)
    return own.order_by(RecentItem.at.desc(), RecentItem.id.desc())
