"""Whether something below the province may still change: the node's lock, and the exception windows in it (DOMAIN §1.1).

The one place that knows. Everything is a predicate in SQL over whatever says where a row is: columns of the row that is
judged, or plain values of one that is not there yet.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select

from models import DelegationEdition, Edition, ExceptionWindow, Person, PersonStatus, Unit, WindowStatus
from models.delegation import FINAL
from workflow.deadlines import over

SENTENCE = "分团已锁定提交，不能再修改；如需修改，请联系省交易团秘书处解锁或开启例外窗口"
UNSUBMITTED = (PersonStatus.draft, PersonStatus.returned)
"""Persons that expire when nothing is waited for any more (DOMAIN P16)."""


def binds(at: Any) -> ColumnElement[bool]:
    """Whether a node's settings are locked: it locked, or the edition's moment came and nobody has decided since.

    So the moment itself counts, not when the program gets round to writing it down.
    """
    moment = and_(Edition.id == DelegationEdition.edition_id, over(Edition.lock_at, at))
    came = exists(select(Edition.id).where(moment, DelegationEdition.state_since < Edition.lock_at))
    return or_(DelegationEdition.locked_at.is_not(None), came)


def is_locked(node: Any, edition: Any, at: Any) -> ColumnElement[bool]:
    """Whether a node is locked in an edition."""
    return _settings(node, edition, binds(at))


def is_final(node: Any, edition: Any) -> ColumnElement[bool]:
    """Whether nothing is waited for any more at a node: its lock was accepted, or the edition's moment has closed it."""
    return _settings(node, edition, DelegationEdition.status.in_(FINAL))


def _settings(node: Any, edition: Any, rule: ColumnElement[bool]) -> ColumnElement[bool]:
    own = (DelegationEdition.delegation_id == node, DelegationEdition.edition_id == edition)
    return exists(select(DelegationEdition.id).where(*own, rule))


def in_window(at: Any, unit: Any, person: Any = None) -> ColumnElement[bool]:
    """Whether a window is open for a unit, or for one person of it."""
    window = ExceptionWindow
    whole = and_(window.unit_id == unit, window.person_id.is_(None))
    mine = whole if person is None else or_(whole, window.person_id == person)
    return exists(select(window.id).where(window.status == WindowStatus.open, not_(over(window.until, at)), mine))


def window_of(model: Any, at: Any) -> ColumnElement[bool]:
    """Whether a window is open for a row of units or persons."""
    return in_window(at, Unit.id) if model is Unit else in_window(at, Person.unit_id, Person.id)


def is_shut(model: Any, at: Any) -> ColumnElement[bool]:
    """Whether a row of units or persons is out of reach for those below the province."""
    return and_(is_locked(model.delegation_id, model.edition_id, at), ~window_of(model, at))
