"""What has changed on a row since it was last returned: told from the trail, column by column."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from models import Attachment, Audit, Intention
from models.words import Labelled
from workflow.actors import unscoped
from workflow.registry import machine_of

RETURNED = "returned"
CHILDREN: Mapping[str, tuple[type[Any], ...]] = {"unit": (Attachment, Intention), "person": (Attachment,)}


@dataclass(frozen=True)
class Differences:
    """Since when, what became of each column (as the trail wrote it, masked), and which kinds of other rows changed."""

    returned_at: datetime
    opinion: str
    columns: Mapping[str, tuple[Any, Any]]
    beside: tuple[type[Any], ...]


def since_return(session: Session, noun: str, row_id: int) -> Differences | None:
    """Return what changed since the row's last return; None for one never returned. The caller may see the row."""
    own = and_(Audit.noun == noun, Audit.object_id == row_id)
    with unscoped(session):
        returned = session.scalars(
            select(Audit).where(own, Audit.action.in_(_returns(noun))).order_by(Audit.id.desc()).limit(1)
        ).first()
        if returned is None:
            return None
        edits = select(Audit.changes).where(own, Audit.action == f"{noun}.edit", Audit.id > returned.id)
        changes = [json.loads(text) for text in session.scalars(edits.order_by(Audit.id))]
        beside = tuple(model for model in CHILDREN[noun] if session.scalar(_touched(noun, row_id, model, returned.id)))
    return Differences(returned.at, returned.reason or "", _summed(changes), beside)


def _returns(noun: str) -> list[str]:
    moves = machine_of(noun).moves.values()
    return [
        f"{noun}.{move.name}" for move in moves if isinstance(move.target, Labelled) and move.target.value == RETURNED
    ]


def _touched(noun: str, row_id: int, model: type[Any], after: int) -> Any:
    """Count the entries about a row's children of a kind after an entry of the trail."""
    mine: ColumnElement[bool] = getattr(model, f"{noun}_id") == row_id
    if noun == "unit" and model is Attachment:
        mine = and_(mine, Attachment.person_id.is_(None))
    children = select(model.id).where(mine)
    return select(func.count(Audit.id)).where(
        Audit.noun == model.__tablename__, Audit.object_id.in_(children), Audit.id > after,
        or_(Audit.action.endswith(".create"), Audit.action.endswith(".edit")),
    )  # fmt: skip


def _summed(changes: list[dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    """Join edits one after the other: the first value before, the last one after; what is as before is no change."""
    found: dict[str, tuple[Any, Any]] = {}
    for edit in changes:
        for key, pair in edit.items():
            if isinstance(pair, list) and len(pair) == 2:
                found[key] = (found[key][0] if key in found else pair[0], pair[1])
    return {key: pair for key, pair in found.items() if pair[0] != pair[1]}
