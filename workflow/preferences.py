"""An account's wishes for its lists: read and kept by whoever they belong to, and entered in no trail."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Preference
from workflow.actors import Actor
from workflow.savepoint import savepoint

EVERYWHERE = ""


def wishes(session: Session, actor: Actor, noun: str) -> dict[str, Any]:
    """Return what the actor wishes for a noun's list, over what holds everywhere."""
    mine = select(Preference.noun, Preference.settings).where(
        Preference.account_id == actor.account_id, Preference.noun.in_((EVERYWHERE, noun))
    )
    found: dict[str, str] = {row.noun: row.settings for row in session.execute(mine)}
    kept: list[dict[str, Any]] = [json.loads(found.get(name, "{}")) for name in (EVERYWHERE, noun)]
    return kept[0] | kept[1]


def keep(session: Session, actor: Actor, noun: str, changes: dict[str, Any]) -> None:
    """Keep the actor's changed wishes beside the others; None forgets one. The caller has checked every value."""
    row = _own(session, actor, noun)
    if row is None:
        try:
            with savepoint(session):
                row = Preference(account_id=actor.account_id, noun=noun, settings="{}")
                session.add(row)
                session.flush()
        except IntegrityError:  # another window of the same account was faster
            row = _own(session, actor, noun)
    if row is not None:
        kept = {**json.loads(row.settings), **changes}
        row.settings = json.dumps({name: value for name, value in kept.items() if value is not None})


def _own(session: Session, actor: Actor, noun: str) -> Preference | None:
    mine = select(Preference).where(Preference.account_id == actor.account_id, Preference.noun == noun)
    found: Preference | None = session.scalars(mine).one_or_none()
    return found
