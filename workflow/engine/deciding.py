"""Deciding row by row: one move on many rows, each in the version its decision was made on and with words of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session, aliased

from models import Batch, BatchRow
from workflow.actors import SYSTEM, Actor, acting
from workflow.engine.confirming import apply, hold, lock
from workflow.engine.looking import BudgetLook, look, sentence_of
from workflow.engine.staging import Selection, answers_of, judge, of_batch, preview
from workflow.moves import WORDS, Context, Machine, Move
from workflow.registry import machine_of
from workflow.sessions import writing_sets


@dataclass(frozen=True)
class Decision:
    """What is decided on one row: the version that was looked at, and the words for it."""

    seen: int
    words: str | None = None


@dataclass(frozen=True)
class Decided:
    """What became of a move: its batch (None: not one row could be done), sentences by refused id, the budget."""

    batch: Batch | None
    refused: Mapping[int, str]
    budget: BudgetLook | None


def hold_all(session: Session, noun: str, ids: list[int]) -> None:
    """Lock rows that several moves are about to write, all at once: two who decide never wait in a circle."""
    with acting(session, SYSTEM):
        hold(session, machine_of(noun), ids)


def decide(
    session: Session, actor: Actor, noun: str, move_name: str, decisions: Mapping[int, Decision],
    answers: Mapping[str, Any], source: str,
) -> Decided:  # fmt: skip
    """Do a move on the decided rows that can be done; a constant number of statements for any number of rows.

    ``answers`` are those common to all rows; whoever calls has checked each row's words by ``read_answers``. Raises
    Forbidden when the role lacks the move; rows that are not the actor's are left out.
    """
    machine = machine_of(noun)
    model: Any = machine.model
    selection = Selection.matching([model.id.in_(sorted(decisions))], source)
    batch = preview(session, actor, noun, move_name, selection)
    move = of_batch(batch)[1]
    read = answers_of(move, answers, strict=False)
    lock(session, actor, batch, read)
    _note_decisions(session, batch, decisions)
    context = judge(session, actor, batch, read)
    refused = _refused(session, machine, move, batch)
    seen = look(session, batch)
    if seen.will == 0:
        session.delete(batch)
        session.flush()
        return Decided(None, refused, seen.budget)
    apply(_with_words(context, model, move, decisions), machine, move)
    return Decided(batch, refused, seen.budget)


def _note_decisions(session: Session, batch: Batch, decisions: Mapping[int, Decision]) -> None:
    """Write beside each staged row the version it was decided on, and its words; another version is refused by ``judge``."""
    mine = (BatchRow.batch_id == bindparam("batch"), BatchRow.object_id == bindparam("row"))
    note = update(BatchRow).where(*mine).values(seen=bindparam("version"), said=bindparam("words"))
    values = [
        {"batch": batch.id, "row": row_id, "version": decision.seen, "words": decision.words}
        for row_id, decision in sorted(decisions.items())
    ]
    with acting(session, SYSTEM), writing_sets(session):
        session.connection().execute(note, values)


def _refused(session: Session, machine: Machine, move: Move, batch: Batch) -> dict[int, str]:
    rows = select(BatchRow.object_id, BatchRow.refusal, BatchRow.before).where(
        BatchRow.batch_id == batch.id, BatchRow.refusal.is_not(None)
    )
    with acting(session, SYSTEM):
        return {row[0]: sentence_of(machine, move, row[1] or "", row[2]) for row in session.execute(rows)}


def _with_words(context: Context, model: Any, move: Move, decisions: Mapping[int, Decision]) -> Context:
    """Let the move's text answer be each row's own words."""
    ask = next((ask for ask in move.asks if ask.name in WORDS), None)
    own = {row_id: decision.words for row_id, decision in decisions.items()}
    if ask is None or not any(own.values()):
        return context
    row = aliased(BatchRow)
    words: ColumnElement[str | None] = (
        select(row.said)
        .where(row.batch_id == context.batch_id, row.object_id == model.id)
        .correlate(model)
        .scalar_subquery()
    )
    return replace(context, answers={**context.answers, ask.name: words}, own=own)
