"""What a table of moves says of itself: read by the pages of help and by docs/states.md."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import Case

from models.columns import Column, columns_of
from models.words import Labelled
from workflow.actors import SYSTEM
from workflow.moves import Context, Machine, Move

MISSING = "missing_"  # how the guards on mandatory columns are called


@dataclass(frozen=True)
class Told:
    """One move: where from, where to (several where it depends on the row, none where the state stays), and when not.

    ``closed`` are the sentences with which it is refused; ``needs`` the columns that must be filled in first.
    """

    move: Move
    sources: tuple[Labelled, ...]
    targets: tuple[Labelled, ...]
    anywhere: bool
    closed: tuple[str, ...]
    needs: tuple[Column, ...]


def states_of(machine: Machine) -> type[Labelled]:
    """Return the enumeration that the machine's column holds; raise LookupError when it holds none."""
    found = columns_of(machine.model)[machine.column].enum
    if found is None:
        raise LookupError(machine.column)
    return found


def tell(machine: Machine) -> list[Told]:
    """Tell every move of the table, in its order."""
    return [_tell(machine, move) for move in machine.moves.values()]


def _tell(machine: Machine, move: Move) -> Told:
    columns = columns_of(machine.model)
    codes = [guard.code.removeprefix(MISSING) for guard in move.guards if guard.code.startswith(MISSING)]
    sentences = (guard.sentence for guard in move.guards if not guard.code.startswith(MISSING))
    return Told(
        move=move,
        sources=move.source,
        targets=_targets(move),
        anywhere=len(move.source) >= len(states_of(machine)) - 2,
        closed=_once(sentences),
        needs=tuple(columns[code] for code in codes),
    )


def _once(sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentences))


def _targets(move: Move) -> tuple[Labelled, ...]:
    """Return where a move may lead; a target that depends on the row is a CASE, whose results are read off."""
    if not callable(move.target):
        return () if move.target is None else (move.target,)
    found = move.target(Context(cast("Session", None), SYSTEM, datetime.fromtimestamp(0, UTC)))
    if not isinstance(found, Case):
        raise TypeError(f"{move.name}: the target is no CASE, so nobody can say where it leads")
    results: list[Any] = [result for _condition, result in found.whens]
    if found.else_ is not None:
        results.append(found.else_)
    return tuple(dict.fromkeys(result.value for result in results))
