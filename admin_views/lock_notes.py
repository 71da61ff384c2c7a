"""What pages say of locks and windows: the start page of the own lock and of each node's, a row's page of what binds it."""

from functools import reduce
from operator import add
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, case, func, select

from admin_views.list_page import Reader
from admin_views.sentences import spoken
from exchange import labels
from models import Delegation, DelegationEdition, ExceptionWindow, LockStatus, Person, Role, Unit, WindowStatus
from models.delegation import BINDING
from models.figures import deadline
from models.kinds import now
from workflow import locks, scope
from workflow.actors import unscoped
from workflow.deadlines import over
from workflow.lock_checks import BLOCKERS

BELOW_PROVINCE = (Role.sub_delegation, Role.unit)


def state(reader: Reader, status: LockStatus) -> dict[str, str]:
    """Return a state of the lock in words."""
    return {"label": labels.of_member(status, reader.lang), "tone": status.tone, "means": spoken(status.means)}


def settings_of(reader: Reader) -> DelegationEdition | None:
    """Return the settings of the reader's own node in the edition at hand."""
    own_node = DelegationEdition.delegation_id == reader.actor.delegation_id
    here = (own_node, DelegationEdition.edition_id == reader.actor.edition_id)
    found: DelegationEdition | None = reader.session.scalar(select(DelegationEdition).where(*here))
    return found


def left() -> ColumnElement[int]:
    """How many kinds of things block the lock of a node."""
    return reduce(add, (case((item.left(), 1), else_=0) for item in BLOCKERS.values()))


def lock_card(reader: Reader) -> dict[str, Any]:
    """Return the state of the reader's own lock for the start page; nothing for whoever has none to make."""
    if reader.actor.role is not Role.sub_delegation or (row := settings_of(reader)) is None:
        return {}
    n = 0
    if row.status not in BINDING:
        with unscoped(reader.session):  # units that others offer are out of sight, and block all the same
            n = reader.session.scalar(select(left()).where(DelegationEdition.id == row.id)) or 0
    text = _("还有 %(n)s 项须先办理", n=n) if n else "" if row.status in BINDING else _("可以锁定提交")
    return {**state(reader, row.status), "text": text, "url": url_for("locking.checklist", row_id=row.id)}


def nodes(reader: Reader) -> dict[int, Any]:
    """Return id, state, since when and what is left of each node below the province, by node."""
    row, home = DelegationEdition, reader.actor.delegation_id
    found = select(row.delegation_id, row.id, row.status, row.state_since, left().label("left"))
    mine = scope.condition(row, reader.actor)
    here = (row.edition_id == reader.actor.edition_id, row.delegation_id != home, mine)
    ordered = found.join(Delegation, Delegation.id == row.delegation_id).where(*here).order_by(Delegation.code)
    with unscoped(reader.session):  # as above
        return {each.delegation_id: each for each in reader.session.execute(ordered)}


def windows_by_node(reader: Reader) -> dict[int, int]:
    """Count the open exception windows of each node."""
    window = ExceptionWindow
    rows = select(window.delegation_id, func.count()).where(window.status == WindowStatus.open)
    rows = rows.where(window.edition_id == reader.actor.edition_id).group_by(window.delegation_id)
    return {row[0]: row[1] for row in reader.session.execute(rows)}


def note(reader: Reader, row: Any) -> tuple[str, str]:
    """Return a tone and a sentence for the page of a unit or a person: until when it may be changed, or why it may not."""
    if not isinstance(row, Unit | Person):
        return "", ""
    at, window = now(), ExceptionWindow
    unit, person = (row.id, None) if isinstance(row, Unit) else (row.unit_id, row.id)
    mine = window.person_id.is_(None) if person is None else (window.person_id.is_(None) | (window.person_id == person))
    still = (window.status == WindowStatus.open, ~over(window.until, at), window.unit_id == unit, mine)
    ends = reader.session.scalar(select(func.max(window.until)).where(*still))
    if ends is not None:
        return "info", _("例外窗口开到 %(when)s：在此之前可以修改和提交", when=deadline(ends, reader.lang))
    locked = reader.session.scalar(select(locks.is_locked(row.delegation_id, row.edition_id, at)))
    return ("warning", spoken(locks.SENTENCE)) if locked and reader.actor.role in BELOW_PROVINCE else ("", "")
