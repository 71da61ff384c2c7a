"""Which moves a role has, and which of them are open on given rows (with the reason where they are closed)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, null, select
from sqlalchemy.orm import Session

from models.kinds import now
from workflow import scope
from workflow.actors import SYSTEM, Actor, acting
from workflow.engine.looking import sentence_of
from workflow.engine.staging import refusals
from workflow.moves import Context, Machine, Move
from workflow.registry import machine_of


def offered(actor: Actor, noun: str) -> list[Move]:
    """Return the moves of the actor's role in the table's order."""
    return [move for move in machine_of(noun).moves.values() if actor.role in move.who and not move.hidden]


def open_moves(session: Session, actor: Actor, noun: str, ids: Sequence[int]) -> dict[int, dict[str, str | None]]:
    """Tell for every row which of the role's moves are open (None) or why not (a sentence); two statements at most.

    Rows outside the actor's scope are absent from the answer.
    """
    machine = machine_of(noun)
    moves = offered(actor, noun)
    if not ids or not moves:
        return {}
    model: Any = machine.model
    with acting(session, SYSTEM):
        here = scope.condition(machine.model, actor)
        states = {
            row[0]: row[1] for row in session.execute(select(model.id, machine.state).where(model.id.in_(ids), here))
        }
        codes = _guarded(session, actor, machine, moves, states)
    said: dict[tuple[Any, ...], dict[str, str | None]] = {}  # rows alike in state and guards share one answer
    answers = {}
    for row_id, state in states.items():
        found = codes.get(row_id, {})
        alike = (state, *found.values())
        if alike not in said:
            said[alike] = {move.name: _sentence(machine, move, state, found) for move in moves}
        answers[row_id] = said[alike]
    return answers


def _guarded(
    session: Session, actor: Actor, machine: Machine, moves: Sequence[Move], states: dict[int, Any]
) -> dict[int, dict[str, str | None]]:
    """Evaluate the guards of the moves whose from-states occur among the rows, in one statement."""
    context = Context(session, actor, now())
    present = set(states.values())
    asked = [move for move in moves if move.guards and present & set(move.source)]
    columns = {}
    for move in asked:
        rules = refusals(machine, move, context)[1:]
        if rules:
            columns[move.name] = case(*rules, else_=null())
    if not columns:
        return {}
    model: Any = machine.model
    rows = session.execute(select(model.id, *columns.values()).where(model.id.in_(list(states))))
    return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows}


def _sentence(machine: Machine, move: Move, state: Any, codes: dict[str, str | None]) -> str | None:
    if state not in move.source:
        return sentence_of(machine, move, "state", state)
    code = codes.get(move.name)
    return None if code is None else sentence_of(machine, move, code)
