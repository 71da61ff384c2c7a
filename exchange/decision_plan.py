"""What the decisions of a workbook come to: row by row done, or why not. Whoever only wants to know takes it back.

A dry run does everything and is rolled back (``decision_import``), so that what is shown is what will be done, also
where one move leaves less of a pool to the next.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange import decision_words as say
from exchange.decision_reading import Line
from models import Batch, BatchRow, Outcome
from models.columns import SHANGHAI, columns_of, shown
from models.kinds import mask
from models.words import Labelled
from workflow import engine, history
from workflow.actors import Actor, unscoped
from workflow.engine import BudgetLook, Decision
from workflow.moves import WORDS, Machine, Move
from workflow.registry import machine_of

MOST_CHANGES: Final = 3  # of another's edit told to whoever comes too late


class Fate(Labelled):
    """What becomes of one row."""

    WILL = "WILL", "将办理", "success"
    BLANK = "BLANK", "未填写", "muted"
    SAME = "SAME", "相同", "muted"
    STALE = "STALE", "已变化", "warning"
    CLOSED = "CLOSED", "不能办理", "danger"
    BAD = "BAD", "有错误", "danger"


@dataclass
class Fated:
    """A row and what becomes of it; ``note`` says why it is the same, ``before`` and ``after`` what a move changes."""

    line: Line
    fate: Fate = Fate.BLANK
    title: str = ""
    before: str = ""
    after: str = ""
    note: str = ""

    def end(self, fate: Fate, rule: str, how: str) -> None:
        """Settle a row that is not done."""
        self.fate = fate
        self.line.refuse(rule, how)


@dataclass(frozen=True)
class Done:
    """One move of the workbook: its batch's reference ("" where no row could be done), rows done and not, its budget."""

    move: Move
    ref: str
    done: int
    refused: int
    budget: BudgetLook | None


@dataclass
class Plan:
    """Every row's fate and every move's outcome."""

    rows: list[Fated]
    done: list[Done] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Name what is done to which rows, and what for which reasons is not; the order of the rows does not matter.

        Of what is wrong with the table itself the reasons are left out: they name rows by number.
        """
        told = sorted(
            (
                each.line.ref, each.line.seen, each.fate, each.line.move.name if each.line.move else "",
                sorted(each.line.answers.items()), each.line.words or "",
                [one.rule for one in each.line.findings if each.fate is not Fate.BAD],
            )
            for each in self.rows
        )  # fmt: skip
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class _Book:
    """What the steps below share."""

    session: Session
    actor: Actor
    machine: Machine
    nodes: Mapping[int, str]

    @property
    def model(self) -> Any:
        """The noun's model."""
        return self.machine.model


def decide(
    session: Session, actor: Actor, noun: str, lines: Sequence[Line], nodes: Mapping[str, int], source: str
) -> Plan:  # fmt: skip
    """Do what the lines say, as far as it can be done; a constant number of statements for any number of rows.

    ``source`` says on the receipts where the choice comes from. The session's actor is the one who decides.
    """
    book = _Book(session, actor, machine_of(noun), {node: name for name, node in nodes.items()})
    plan = Plan([Fated(line) for line in lines])
    asked: dict[str, Fated] = {}
    for each in plan.rows:
        if each.line.findings:
            each.fate = Fate.BAD
        elif each.line.move is not None:
            asked[each.line.ref] = each
    found = _find(book, asked)
    ready = {row.id: asked[ref] for ref, row in found.items() if row.row_version == asked[ref].line.seen}
    late = {ref: each for ref, each in asked.items() if ref not in found or found[ref].id not in ready}
    _settle_late(book, late, found)
    for each in ready.values():
        _tell(book, each, found[each.line.ref])
    plan.done = _carry_out(book, ready, source)
    return plan


def _find(book: _Book, asked: Mapping[str, Fated]) -> dict[str, Any]:
    """Lock and return the rows that the actor may see, by reference, with the columns that the moves change."""
    model = book.model
    keys = {(each.line.move.shows if each.line.move else "") or book.machine.column for each in asked.values()}
    columns = [getattr(model, key) for key in sorted({*keys, book.machine.column})]
    titled = book.machine.titled.label("title")
    rows = select(model.id, model.ref, model.row_version, titled, *columns)
    gone = [member for member in columns_of(model)[book.machine.column].enum or () if member.value == "deleted"]
    there = rows.where(model.ref.in_(sorted(asked)), book.machine.state.not_in(gone))
    ids = [row.id for row in book.session.execute(there)]
    engine.hold_all(book.session, book.machine.noun, sorted(ids))
    return {row.ref: row for row in book.session.execute(there)}


def _tell(book: _Book, each: Fated, row: Any) -> None:
    """Say what stands and what will stand."""
    move = each.line.move
    if move is None:
        return
    key = move.shows or book.machine.column
    each.title, each.before = _title(book, row.title), _said(book, key, getattr(row, key))
    answer = each.line.answers.get({"delegation_id": "target"}.get(key, key))
    if isinstance(move.target, Labelled) and not move.shows:
        each.after = move.target.label
    elif answer is not None and move.shows:
        each.after = _said(book, key, answer)


def _title(book: _Book, title: str) -> str:
    sensitivity = columns_of(book.machine.model)[book.machine.title].sensitivity
    return mask(sensitivity, title) if sensitivity else title


def _said(book: _Book, key: str, value: Any) -> str:
    column = columns_of(book.machine.model)[key]
    if column.links:
        return book.nodes.get(int(value), "")
    return shown(column, value)


def _settle_late(book: _Book, late: Mapping[str, Fated], found: Mapping[str, Any]) -> None:
    """Tell of rows that are gone or were changed since they were handed out: done already, or by whom to what."""
    if not late:
        return
    before = _done_before(book, late)
    stale = {ref: found[ref] for ref in late if ref in found}
    told = history.newest(book.session, book.machine.noun, sorted(row.id for row in stale.values()))
    for ref, each in late.items():
        move, row = each.line.move, found.get(ref)
        state = getattr(row, book.machine.column) if row is not None else None
        if ref in before:
            each.fate, each.note = Fate.SAME, say.DONE_BEFORE.format(ref=before[ref])
        elif row is None or move is None:
            each.end(Fate.BAD, say.MISSING, say.DROP)
        elif isinstance(move.target, Labelled) and state == move.target and state not in move.source:
            each.fate, each.note = Fate.SAME, say.STANDS.format(state=move.target.label)
        else:
            each.end(Fate.STALE, _since(told.get(row.id)), say.RESTORE)


def _done_before(book: _Book, late: Mapping[str, Fated]) -> dict[str, str]:
    """Return the batch that did exactly this for the actor already: same row, version, move, answers and words."""
    mine = select(BatchRow, Batch).join(Batch, Batch.id == BatchRow.batch_id).where(
        Batch.account_id == book.actor.account_id, Batch.noun == book.machine.noun, BatchRow.outcome == Outcome.done,
        BatchRow.object_ref.in_(sorted(late)),
    )  # fmt: skip
    found = {}
    with unscoped(book.session):
        for row, batch in book.session.execute(mine):
            line = late[row.object_ref].line
            asked = json.loads(batch.asked)
            words = row.said or next((asked[name] for name in WORDS if name in asked), None)
            plain = {name: "y" if value is True else str(value) for name, value in asked.items() if value}
            answers = {name: value for name, value in plain.items() if name not in WORDS}
            decided = (batch.move, row.seen, answers, words)
            if line.move and decided == (line.move.name, line.seen, line.answers, line.words):
                found[row.object_ref] = batch.ref
    return found


def _since(entry: history.Entry | None) -> str:
    if entry is None:
        return say.STALE_SOMEHOW
    changes = [f"{label} {before or '—'}→{after or '—'}" for label, before, after in entry.changes[:MOST_CHANGES]]
    at = entry.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return say.STALE.format(at=at, who=entry.actor, what="；".join(changes) or entry.action_label)


def _carry_out(book: _Book, ready: Mapping[int, Fated], source: str) -> list[Done]:
    """Do the moves one after another in the order of their table, rows with equal answers together."""
    groups: dict[tuple[int, str], dict[int, Fated]] = defaultdict(dict)
    order = {name: number for number, name in enumerate(book.machine.moves)}
    for row_id, each in sorted(ready.items()):
        if each.line.move is not None:
            groups[order[each.line.move.name], json.dumps(each.line.answers, sort_keys=True)][row_id] = each
    done = []
    for (number, answers), rows in sorted(groups.items()):
        move = list(book.machine.moves.values())[number]
        decisions = {row_id: Decision(each.line.seen, each.line.words) for row_id, each in rows.items()}
        came = engine.decide(
            book.session, book.actor, book.machine.noun, move.name, decisions, json.loads(answers), source
        )
        for row_id, each in rows.items():
            if row_id in came.refused:
                each.end(Fate.CLOSED, came.refused[row_id], say.CLEAR)
            else:
                each.fate = Fate.WILL
        refused = len(came.refused)
        done.append(Done(move, came.batch.ref if came.batch else "", len(rows) - refused, refused, came.budget))
    return done
