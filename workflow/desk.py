"""The review desk's queue: what waits for a clerk's word, in which order, and handing it over one by one.

Which rows these are is read from the tables of moves: those on which one of the role's yeses (``Move.settles``) is open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from models import Audit
from models.kinds import now
from models.words import Labelled
from workflow import claims, scope
from workflow.actors import Actor, unscoped
from workflow.engine.offering import offered
from workflow.engine.staging import refusals
from workflow.machines import MACHINES
from workflow.moves import Context, Move
from workflow.registry import machine_of

CANDIDATES = 10  # rows looked at before asking the database again for ones nobody has taken meanwhile
MOST_TRIES = 20
DESKS = tuple(noun for noun, machine in MACHINES.items() if any(move.settles for move in machine.moves.values()))
"""The nouns that have a review desk."""


@dataclass(frozen=True)
class Line:
    """A clerk's queue of a noun: the reader's filters, a least number of days waited, what he put off (in that order)."""

    noun: str
    conditions: tuple[ColumnElement[bool], ...] = ()
    days: int = 0
    skipped: tuple[int, ...] = ()

    @property
    def model(self) -> Any:
        """The rows' model."""
        return machine_of(self.noun).model

    @property
    def since(self) -> ColumnElement[Any]:
        """Since when a row waits."""
        return self.model.state_since  # type: ignore[no-any-return]  # models are untyped here


@dataclass(frozen=True)
class Waiting:
    """A row of the queue as its page shows it; ``holder`` has it before him, ``again``: it was returned before."""

    id: int
    name: str
    since: Any
    again: bool
    state: Labelled
    holder: str


def nouns(actor: Actor) -> list[str]:
    """Return the nouns at whose desk the actor has something to say."""
    return [noun for noun in DESKS if any(move.settles for move in offered(actor, noun))]


def decisions(actor: Actor, noun: str) -> list[Move]:
    """Return the decisions of the desk that the actor's role has, in the table's order."""
    return [move for move in offered(actor, noun) if move.key]


def states(actor: Actor, noun: str) -> list[Labelled]:
    """Return the states in which rows may wait for the actor."""
    found = [state for move in decisions(actor, noun) if move.settles for state in move.source]
    return list(dict.fromkeys(found))


def waits(session: Session, actor: Actor, noun: str) -> ColumnElement[bool]:
    """Whether a row waits for the actor: one of his yeses is open on it. For statements that run unscoped."""
    machine, context = machine_of(noun), Context(session, actor, now())
    model: Any = machine.model
    yeses = [
        and_(*(~rule for rule, _code in refusals(machine, move, context)))
        for move in decisions(actor, noun)
        if move.settles
    ]
    here = (model.edition_id == actor.edition_id, scope.condition(machine.model, actor))
    return and_(*here, or_(false(), *yeses))


def is_waiting(session: Session, actor: Actor, noun: str, row_id: int) -> bool:
    """Tell whether a row still waits for the actor's word."""
    model: Any = machine_of(noun).model
    with unscoped(session):
        return session.scalar(select(model.id).where(model.id == row_id, waits(session, actor, noun))) is not None


def _narrowed(session: Session, actor: Actor, line: Line) -> list[ColumnElement[bool]]:
    found = [waits(session, actor, line.noun), *line.conditions]
    if line.days:
        found.append(line.since <= now() - timedelta(days=line.days))
    return found


def _ordered(actor: Actor, line: Line, rows: Select[Any]) -> Select[Any]:
    """Put off ones last; then what the clerk already has, what was returned before, and the longest wait."""
    model = line.model
    last = case({row_id: place for place, row_id in enumerate(line.skipped, 1)}, value=model.id, else_=0)
    own = case((claims.by_self(line.noun, actor, model.id), 0), else_=1)
    again = case((model.round > 1, 0), else_=1)
    order = [again, line.since, model.id]
    return rows.order_by(*([last] if line.skipped else []), own, *order)


def left(session: Session, actor: Actor, line: Line) -> int:
    """Count what waits and nobody else has before him."""
    model = line.model
    rows = select(func.count(model.id)).where(*_narrowed(session, actor, line))
    with unscoped(session):
        return session.scalar(rows.where(~claims.by_others(line.noun, actor, model.id))) or 0


def per_state(session: Session, actor: Actor, line: Line) -> dict[Labelled, int]:
    """Count what waits in each state, claimed or not."""
    machine = machine_of(line.noun)
    model: Any = machine.model
    rows = select(machine.state, func.count(model.id)).where(*_narrowed(session, actor, line))
    with unscoped(session):
        found = {row[0]: row[1] for row in session.execute(rows.group_by(machine.state))}
    return {state: found.get(state, 0) for state in states(actor, line.noun)}


def waiting(session: Session, actor: Actor, line: Line, most: int) -> list[Waiting]:
    """Return the head of the queue, with those that others have before them."""
    machine = machine_of(line.noun)
    model: Any = machine.model
    columns = (model.id, getattr(model, machine.title), line.since, model.round > 1, machine.state)
    statement = _ordered(actor, line, select(*columns).where(*_narrowed(session, actor, line))).limit(most)
    with unscoped(session):
        rows = session.execute(statement).all()
    held = claims.holders(session, actor, line.noun, [row[0] for row in rows])
    return [Waiting(row[0], row[1], row[2], bool(row[3]), row[4], held.get(row[0], "")) for row in rows]


def hand_over(session: Session, actor: Actor, line: Line, but: Sequence[int] = ()) -> int | None:
    """Claim the first row that waits, none of ``but``, and return its id; None when nothing is left."""
    model = line.model
    free = (~claims.by_others(line.noun, actor, model.id), model.id.not_in(but))
    rows = _ordered(actor, line, select(model.id).where(*_narrowed(session, actor, line), *free)).limit(CANDIDATES)
    for _try in range(MOST_TRIES):
        with unscoped(session):
            candidates = session.scalars(rows).all()
        if not candidates:
            return None
        for row_id in candidates:
            if claims.take(session, actor, line.noun, row_id):
                return int(row_id)
    return None


def decided(session: Session, noun: str, row_id: int) -> tuple[str, str] | None:
    """Return who last moved a row and what the trail calls it; the caller may see the row."""
    moves = [f"{noun}.{name}" for name in machine_of(noun).moves]
    rows = select(Audit.actor, Audit.action).where(
        Audit.noun == noun, Audit.object_id == row_id, Audit.action.in_(moves)
    )
    with unscoped(session):
        found = session.execute(rows.order_by(Audit.id.desc()).limit(1)).first()
    return None if found is None else (found.actor, found.action)
