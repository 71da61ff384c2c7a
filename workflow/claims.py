"""Claims: a row handed to a clerk at the review desk is handed to nobody else for ten minutes (compare and set).

They are no business data and leave no trail; what is decided does. Nothing but the desk's queue minds them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from models import Account, Claim
from models.kinds import now
from workflow.actors import Actor, unscoped
from workflow.sessions import writing_sets

HELD_FOR = timedelta(minutes=10)
QUIET = {"synchronize_session": False}


def take(session: Session, actor: Actor, noun: str, object_id: int) -> bool:
    """Claim a row or renew the claim on it; False when somebody else has it. One statement, so two never both get it."""
    at = now()
    make = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    values = {"account_id": actor.account_id, "until": at + HELD_FOR}
    statement = (
        make(Claim)
        .values(noun=noun, object_id=object_id, **values)
        .on_conflict_do_update(
            index_elements=["noun", "object_id"],
            set_=values,
            where=or_(Claim.account_id == actor.account_id, Claim.until <= at),
        )
    )
    with _writing(session):
        done: Any = session.execute(statement.returning(Claim.id), execution_options=QUIET)
        return done.scalar_one_or_none() is not None


def release(session: Session, actor: Actor, noun: str, *object_ids: int, but: Sequence[int] = ()) -> None:
    """Give the actor's claims on these rows back, or on all of the noun save ``but``."""
    which = [Claim.account_id == actor.account_id, Claim.noun == noun, Claim.object_id.not_in(but)]
    if object_ids:
        which.append(Claim.object_id.in_(object_ids))
    with _writing(session):
        session.execute(delete(Claim).where(*which), execution_options=QUIET)


def drop(session: Session, noun: str, object_id: int) -> None:
    """Forget whoever claimed a row: it has been decided."""
    with _writing(session):
        session.execute(delete(Claim).where(Claim.noun == noun, Claim.object_id == object_id), execution_options=QUIET)


def holders(session: Session, actor: Actor, noun: str, object_ids: Sequence[int]) -> Mapping[int, str]:
    """Return who of the others has which of the rows now, by name; the caller may see the rows."""
    rows = (
        select(Claim.object_id, Account.name)
        .join(Account, Account.id == Claim.account_id)
        .where(Claim.noun == noun, Claim.object_id.in_(object_ids), _of_others(actor))
    )
    with unscoped(session):
        return {row.object_id: row.name for row in session.execute(rows)}


def by_others(noun: str, actor: Actor, key: Any) -> ColumnElement[bool]:
    """Whether somebody else has the row of that key now; for statements that run unscoped."""
    return select(Claim.id).where(Claim.noun == noun, Claim.object_id == key, _of_others(actor)).exists()


def by_self(noun: str, actor: Actor, key: Any) -> ColumnElement[bool]:
    """Whether the actor has the row of that key now; for statements that run unscoped."""
    mine = (Claim.account_id == actor.account_id, Claim.until > now())
    return select(Claim.id).where(Claim.noun == noun, Claim.object_id == key, *mine).exists()


def _of_others(actor: Actor) -> ColumnElement[bool]:
    return (Claim.account_id != actor.account_id) & (Claim.until > now())


@contextmanager
def _writing(session: Session) -> Iterator[None]:
    with unscoped(session), writing_sets(session):
        yield
