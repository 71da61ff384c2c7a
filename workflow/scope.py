"""Row scope: a session hook narrows every ORM statement to the actor's part of the tree (DESIGN §3.5).

Closed by default: a statement without an actor raises NobodyAsks. ``acting(session, SYSTEM)`` is the one way to see
everything, used at the named places only (login, uniqueness of identities, the engine's own bookkeeping, commands).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, event, false, inspect, or_, select, true
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import util as sql_util

from models import (
    Account,
    Audit,
    Base,
    Batch,
    BatchRow,
    Delegation,
    Erasure,
    Notice,
    Person,
    PersonStatus,
    Role,
    SavedView,
    SecurityStatus,
    TransferRequest,
)
from models.base import Placed
from workflow.actors import Actor, acting, actor_of
from workflow.rights import allowed

PUBLIC = {"edition", "fee"}
INTERNAL = {"web_session", "login_attempt", "audit_head", "claim"}  # the program's own, nobody's business
OWN = {  # an account's own tools and work: whoever it is, and nobody else writes
    "canned_opinion",
    "job",
    "notice_read",
    "preference",
    "recent_item",
    "saved_view",
    "view_default",
}
WITHOUT_BUSINESS = {Role.sysadmin}
KEEPERS = (Role.secretariat, Role.sysadmin, Role.auditor)  # who see what is kept of persons, as counts


def placed(actor: Actor, delegation: Any, province: Any) -> ColumnElement[bool]:
    """Whether a place (delegation and province columns) lies in the actor's part of the tree."""
    if actor.role is Role.system:
        return true()
    if actor.is_provincial or actor.role is Role.sysadmin:
        return province == actor.province_id  # type: ignore[no-any-return]  # columns are untyped here
    return delegation.in_(actor.subtree or (actor.delegation_id,))  # type: ignore[no-any-return]  # as above


@lru_cache(maxsize=4096)
def condition(model: type[Base], actor: Actor) -> ColumnElement[bool]:
    """Return the predicate that tells which rows of ``model`` the actor may see."""
    if actor.role is Role.system or model.__tablename__ in PUBLIC:
        return true()
    if model is Delegation:
        return or_(Delegation.id == actor.delegation_id, placed(actor, Delegation.id, Delegation.province_id))
    if model in NARROWED:
        return NARROWED[model](actor)
    if model.__tablename__ in OWN:
        return model.account_id == actor.account_id  # type: ignore[attr-defined, no-any-return]  # each of them has one
    if model is BatchRow:
        return BatchRow.batch_id.in_(select(Batch.id).where(condition(Batch, actor)))
    return false() if model.__tablename__ in INTERNAL or actor.role in WITHOUT_BUSINESS else _business(model, actor)


def _business(model: Any, actor: Actor) -> ColumnElement[bool]:
    """The business rows: by their place, and by the role's own limits."""
    here = placed(actor, model.delegation_id, model.province_id)
    if model is Audit and actor.role is Role.sub_delegation:
        return Audit.account_id == actor.account_id
    if model is TransferRequest:
        there = placed(actor, TransferRequest.target_id, TransferRequest.target_province_id)
        return or_(here, TransferRequest.target_id.is_not(None) & there)
    if actor.role is Role.unit:
        return here & _own_unit(model, actor)
    if actor.role is Role.security and model is Person:  # those of open rows of its batches, and nobody else
        return (
            here
            & (Person.review_status == PersonStatus.pending_review)
            & (Person.security_status == SecurityStatus.sent)
        )
    return here


def _shared(actor: Actor) -> ColumnElement[bool]:
    """The views that are shared with the actor's role: in the whole province, or at one node."""
    near = or_(SavedView.delegation_id == SavedView.province_id, SavedView.delegation_id == actor.delegation_id)
    here = SavedView.province_id == actor.province_id
    return here & near & SavedView.roles.contains(f",{actor.role.value},")


def beyond(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return a condition whose subselects look past the actor's own part of the tree; the rows it is put on stay narrowed.

    For what may be told of an own row because another one is elsewhere (a twin at the review desk). The hook finds entities
    by the marks that the ORM puts on their columns; without these the subselects are plain SQL on tables.
    """
    return sql_util._deep_deannotate(condition)  # noqa: SLF001 - no public way; tests/test_admin_views/test_hints.py holds it


def nodes_of(model: type[Base], actor: Actor) -> tuple[int, ...]:
    """Return the nodes in which all rows lie that the actor sees of a model; none where rows are narrowed otherwise."""
    narrowed = (
        issubclass(model, Placed) and model.__tablename__ != "transfer_request"
    )  # it is seen from its target, too
    return actor.subtree if narrowed and actor.role is Role.sub_delegation else ()


def _own_unit(model: Any, actor: Actor) -> ColumnElement[bool]:
    column = inspect(model).columns.get("unit_id") if model.__tablename__ != "unit" else inspect(model).columns["id"]
    return false() if column is None or actor.unit_id is None else column == actor.unit_id


def _accounts(actor: Actor) -> ColumnElement[bool]:
    if actor.role in (Role.secretariat, Role.sysadmin):
        nodes = or_(Delegation.province_id == actor.province_id, Delegation.id == actor.province_id)
        return Account.delegation.has(nodes)
    if actor.role is Role.sub_delegation:
        return Account.delegation_id.in_(actor.subtree or (actor.delegation_id,))
    return Account.id == actor.account_id


def _notices(actor: Actor) -> ColumnElement[bool]:
    """One's own, and those for one's role at one's own node, save of one's own doing."""
    of_desk = (Notice.delegation_id == actor.delegation_id) & (Notice.role == actor.role.value)
    return or_(Notice.account_id == actor.account_id, of_desk & Notice.by_id.is_distinct_from(actor.account_id))


# What is narrowed in its own way, whatever the role.
NARROWED: dict[type[Base], Callable[[Actor], ColumnElement[bool]]] = {
    Account: _accounts,
    Erasure: lambda actor: true() if actor.role in KEEPERS else false(),
    Notice: _notices,
    SavedView: lambda actor: or_(SavedView.account_id == actor.account_id, _shared(actor)),
}


@lru_cache(maxsize=1024)  # of 80 KB
def _criteria(actor: Actor) -> tuple[Any, ...]:
    models: list[type[Base]] = [mapper.class_ for mapper in Base.registry.mappers]
    return tuple(
        with_loader_criteria(model, condition(model, actor), include_aliases=True)
        for model in models
        if model.__tablename__ not in PUBLIC
    )


class SetWriteRefused(RuntimeError):
    """A set-based INSERT, UPDATE or DELETE ran outside ``writing_sets``: it would leave no audit row."""


def _narrow(state: ORMExecuteState) -> None:
    actor = actor_of(state.session)
    if not (state.is_select or state.session.info.get("writing_sets")):
        raise SetWriteRefused("use the engine, or workflow.sessions.writing_sets with its own audit entry")
    if actor.role is Role.system or state.is_column_load or state.is_insert:
        return
    state.statement = state.statement.options(*_criteria(actor))


def holds(actor: Actor, delegation_id: int | None, province_id: int | None) -> bool:
    """Whether a place is the actor's to write to (the Python twin of ``placed`` for rows being flushed)."""
    if actor.role is Role.system:
        return True
    if actor.is_provincial or actor.role is Role.sysadmin:
        return province_id == actor.province_id
    return delegation_id in (actor.subtree or (actor.delegation_id,))


class OutOfScope(Exception):
    """A row was created in, moved to or taken from a part of the tree that is not the actor's."""


def _guard(session: Session, *_: Any) -> None:
    actor = actor_of(session)
    if actor.role is Role.system:
        return
    for row in [*session.new, *session.dirty, *session.deleted]:
        if row in session.dirty and not session.is_modified(row):
            continue
        if not (_is_at_home(actor, row) if isinstance(row, Placed) else _may_write(session, actor, row)):
            raise OutOfScope(type(row).__name__)


def _is_at_home(actor: Actor, row: Placed) -> bool:
    """Whether the row hangs in the actor's part of the tree, and did before if it is being moved."""
    state, here = inspect(row), (row.delegation_id, row.province_id)
    old = [state.attrs[key].history.deleted for key in ("delegation_id", "province_id")]
    before = [gone[0] if gone else now for gone, now in zip(old, here, strict=True)]
    return holds(actor, *here) and holds(actor, before[0], before[1])


def _may_write(session: Session, actor: Actor, row: Any) -> bool:
    """Rows without a place: those of the nouns the role edits; accounts besides within its part of the tree."""
    if row.__tablename__ in OWN:
        return bool(row.account_id == actor.account_id)
    if isinstance(row, Account):
        if inspect(row).persistent and row.id == actor.account_id:
            return True
        node = session.get(Delegation, row.delegation_id)
        if node is None or not holds(actor, node.id, node.province_id or node.id):
            return False
    return allowed(actor, "create" if row in session.new else "edit", row.__tablename__)


__all__ = ["OutOfScope", "SetWriteRefused", "acting", "actor_of", "condition", "holds", "install", "nodes_of", "placed"]


def install(sessions: Any) -> None:
    """Attach the hook and the flush guard to a session factory (sessionmaker or scoped_session)."""
    event.listen(sessions, "do_orm_execute", _narrow)
    event.listen(sessions, "before_flush", _guard)
