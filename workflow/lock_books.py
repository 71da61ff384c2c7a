"""What must hold of locks: the state agrees with the moment, and after it nobody below the province changed anything.

The second is read off the trail: units and persons of a locked node that the node's own accounts wrote to after the lock,
outside exception windows. A write that was under way at that moment has a minute to end.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, case, exists, or_, select
from sqlalchemy.orm import Session

from models import Audit, Delegation, DelegationEdition, ExceptionWindow, Person, Role, Unit, WindowStatus
from models.delegation import BINDING
from workflow.registry import machine_of

UNDER_WAY = timedelta(minutes=1)
BELOW = (Role.sub_delegation.value, Role.unit.value)


def states(session: Session) -> Iterator[str]:
    """A node's moment is set exactly while its state binds."""
    row = DelegationEdition
    wrong = or_(
        and_(row.status.in_(BINDING), row.locked_at.is_(None)),
        and_(row.status.not_in(BINDING), row.locked_at.is_not(None)),
    )
    found = select(Delegation.short_name, row.status).join(Delegation, Delegation.id == row.delegation_id).where(wrong)
    for name, status in session.execute(found):
        yield f"锁定：{name} 的状态为“{status.label}”，与锁定提交时间不符"


def untouched(session: Session) -> Iterator[str]:
    """Nothing was changed after the lock by those below the province, save in exception windows."""
    node, window = DelegationEdition, ExceptionWindow
    for model in (Unit, Person):
        unit = Unit.id if model is Unit else Person.unit_id
        person = (
            window.person_id.is_(None)
            if model is Unit
            else or_(window.person_id.is_(None), window.person_id == Person.id)
        )
        ended = case((window.status == WindowStatus.open, window.until), else_=window.state_since)
        covered = exists(
            select(window.id).where(window.unit_id == unit, person, window.created_at <= Audit.at, Audit.at <= ended)
        )
        found = (
            select(Audit.action, Audit.object_ref, Audit.actor, Audit.at, node.locked_at)
            .join(model, model.id == Audit.object_id)
            .join(node, and_(node.delegation_id == model.delegation_id, node.edition_id == model.edition_id))
            .where(Audit.noun == model.__tablename__, Audit.action.in_(_writes(model)), Audit.role.in_(BELOW))
            .where(Audit.at > node.locked_at, Audit.delegation_id == node.delegation_id, ~covered)
            .order_by(Audit.id)
        )
        for action, ref, actor, at, locked_at in session.execute(found):
            if locked_at is not None and at > locked_at + UNDER_WAY:
                yield f"锁定：{ref} 在分团锁定提交后由 {actor} 修改（{action}），不在例外窗口内"


def _writes(model: Any) -> list[str]:
    """The actions that the lock forbids: plain saves, and the moves that ask for it."""
    noun = model.__tablename__
    moves = machine_of(noun).moves.values()
    held = [move.name for move in moves if any(guard.code == "locked" for guard in move.guards)]
    return [f"{noun}.{verb}" for verb in ("create", "edit", *held, *(f"undo:{name}" for name in held))]


CHECKS = (states, untouched)
