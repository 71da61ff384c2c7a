"""Which moves a role has, and which of them are open on given rows (with the reason where they are closed)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import add
from typing import Any, cast

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, case, literal, select
from sqlalchemy.orm import Session

from models.kinds import UtcDateTime, now
from workflow import scope
from workflow.actors import SYSTEM, Actor, acting
from workflow.engine.looking import sentence_of
from workflow.engine.staging import refuses
from workflow.moves import Context, Guard, Machine, Move
from workflow.registry import machine_of

MOST_GUARDS = 62  # bits of a whole number on both engines


def offered(actor: Actor, noun: str) -> list[Move]:
    """Return the moves of the actor's role in the table's order."""
    return [move for move in machine_of(noun).moves.values() if actor.role in move.who and not move.hidden]


def open_moves(
    session: Session, actor: Actor, noun: str, ids: Sequence[int], states: Mapping[int, Any] | None = None
) -> dict[int, dict[str, str | None]]:
    """Tell for every row which of the role's moves are open (None) or why not (a sentence); two statements at most.

    Rows outside the actor's scope are absent from the answer. ``states``: the rows' states, where the actor has just
    read them.
    """
    machine = machine_of(noun)
    moves = offered(actor, noun)
    if not ids or not moves:
        return {}
    with acting(session, SYSTEM):
        states = _states(session, actor, machine, ids) if states is None else states
        asked = _asked(noun, actor, frozenset(states.values()))
        found = {} if asked is None else asked.of(session, states)
    said: dict[tuple[Any, int], dict[str, str | None]] = {}  # rows alike in state and guards share one answer
    answers = {}
    for row_id, state in states.items():
        alike = (state, found.get(row_id, 0))
        if alike not in said:
            said[alike] = {move.name: _sentence(machine, move, state, asked, alike[1]) for move in moves}
        answers[row_id] = said[alike]
    return answers


def open_sets(
    session: Session, actor: Actor, noun: str, moves: Sequence[Move], conditions: Sequence[ColumnElement[bool]]
) -> dict[int, tuple[str, ...]]:
    """Tell for every row of a query which of the moves are open, by name; two statements. Equal answers are one object."""
    machine = machine_of(noun)
    model: Any = machine.model
    seen = select(model.id, machine.state).where(*conditions, scope.condition(machine.model, actor))
    with acting(session, SYSTEM):
        states: dict[int, Any] = {row[0]: row[1] for row in session.execute(seen)}
        asked = _asked(noun, actor, frozenset(states.values()))
        found = {} if asked is None else asked.of(session, states)
    said: dict[tuple[Any, int], tuple[str, ...]] = {}
    for row_id, state in states.items():
        alike = (state, found.get(row_id, 0))
        if alike not in said:
            said[alike] = tuple(move.name for move in moves if _is_open(move, state, asked, alike[1]))
    return {row_id: said[state, found.get(row_id, 0)] for row_id, state in states.items()}


def _is_open(move: Move, state: Any, asked: "_Asked | None", refusals: int) -> bool:
    return state in move.source and (asked is None or asked.first(move, refusals) is None)


def _states(session: Session, actor: Actor, machine: Machine, ids: Sequence[int]) -> dict[int, Any]:
    model: Any = machine.model
    seen = select(model.id, machine.state).where(model.id.in_(ids), scope.condition(machine.model, actor))
    return {row[0]: row[1] for row in session.execute(seen)}


@dataclass(frozen=True)
class _Asked:
    """One statement that asks each guard once, and which bit of its answer is which guard's refusal."""

    statement: Select[Any]
    bits: Mapping[Guard, int]

    def of(self, session: Session, states: Mapping[int, Any]) -> dict[int, int]:
        """Return the refusals of the rows as bits."""
        rows = session.execute(self.statement, {"ids": list(states), "at": now()})
        return {row[0]: row[1] for row in rows}

    def first(self, move: Move, refusals: int) -> str | None:
        """Return the code of the first of the move's guards that refuses."""
        return next((guard.code for guard in move.guards if refusals & self.bits.get(guard, 0)), None)


@lru_cache(maxsize=512)
def _asked(noun: str, actor: Actor, present: frozenset[Any]) -> _Asked | None:
    """Put together what asks the guards of the moves out of some states; None where there are none.

    Guards depend on the actor alone as long as nothing is answered, so the statement is made once: building it anew
    took ten times as long as running it.
    """
    machine = machine_of(noun)
    # Guards are predicates: they compare the moment, and ask no session.
    context = Context(cast(Session, None), actor, cast(Any, bindparam("at", type_=UtcDateTime())))
    guards = dict.fromkeys(
        guard for move in offered(actor, noun) if present & set(move.source) for guard in move.guards
    )
    rules = {guard: rule for guard in guards if (rule := refuses(guard, context)) is not None}
    if not rules:
        return None
    if len(rules) > MOST_GUARDS:
        raise ValueError(f"{noun}: more than {MOST_GUARDS} guards")
    bits = {guard: 1 << position for position, guard in enumerate(rules)}
    parts = [
        case((rule, literal(bits[guard], BigInteger)), else_=literal(0, BigInteger)) for guard, rule in rules.items()
    ]
    model: Any = machine.model
    rows = model.id.in_(bindparam("ids", expanding=True))
    return _Asked(select(model.id, reduce(add, parts)).where(rows), bits)


def _sentence(machine: Machine, move: Move, state: Any, asked: _Asked | None, refusals: int) -> str | None:
    if state not in move.source:
        return sentence_of(machine, move, "state", state)
    code = None if asked is None else asked.first(move, refusals)
    return None if code is None else sentence_of(machine, move, code)
