"""The receipt of a batch: every chosen row with what it was, what became of it and why not, on a page and as a file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange import labels
from exchange.cells import HeaderCell
from exchange.xlsx_writer import stream_xlsx
from models import Batch, BatchRow, Outcome, Person, Unit
from models.columns import columns_of, model_named
from workflow import engine
from workflow.moves import Machine, Move
from workflow.registry import machine_of

CHUNK = 1000
UNDO = "undo:"
SHEET = {"zh": "回执", "en": "Receipt"}
Said = Callable[[str], str]
HEADINGS = {"zh": ("结果", "办理前", "办理后", "原因"), "en": ("Outcome", "Before", "After", "Reason")}


@dataclass(frozen=True)
class Line:
    """One row of a receipt in words; ``unit`` names a person's unit where the reader may see the person.

    ``reason`` says why nothing was done, or what was said to the row alone.
    """

    object_id: int
    title: str
    ref: str
    unit: str
    outcome: Outcome
    before: str
    after: str
    reason: str


def about(batch: Batch) -> tuple[Machine, Move]:
    """Return the machine and the move of a batch, of an undoing one the move that was undone."""
    machine = machine_of(batch.noun)
    return machine, machine.moves[batch.move.removeprefix(UNDO)]


def called(batch: Batch, lang: str) -> str:
    """Return what the batch did, in words."""
    _, move = about(batch)
    label = labels.of_move(move, lang)
    if not batch.move.startswith(UNDO):
        return label
    return f"Undo: {label}" if lang == "en" else f"撤销“{label}”"


def lines(
    session: Session, batch: Batch, lang: str, outcome: Outcome | None = None, offset: int = 0, limit: int | None = None
) -> list[Line]:
    """Return rows of the receipt in order; a constant number of statements."""
    rows = engine.receipt_rows(session, batch, outcome, offset, limit)
    machine, move = about(batch)
    said = worded(session, machine, move, [value for row in rows for value in (row.before, row.after or "")], lang)
    units = units_of(session, batch.noun, rows)
    return [
        Line(
            row.object_id, row.title, row.object_ref, units.get(row.object_id, ""), row.outcome,
            said.get(row.before, row.before), said.get(row.after or "", row.after or ""),
            engine.sentence_of(machine, move, row.refusal, row.before) if row.refusal else row.said or "",
        )
        for row in rows
    ]  # fmt: skip


def worded(session: Session, machine: Machine, move: Move, values: Iterable[str], lang: str) -> dict[str, str]:
    """Return stored before and after values in words."""
    words = labels_in(machine, move, lang)
    said = engine.names_of(session, machine, move, sorted(set(values)))
    return {value: words.get(text, text) for value, text in said.items()}


def labels_in(machine: Machine, move: Move, lang: str) -> dict[str, str]:
    """Return the words in a language by the Chinese label, for the column a receipt compares."""
    enum = columns_of(machine.model)[move.shows or machine.column].enum
    return {member.label: labels.of_member(member, lang) for member in enum or ()}


def units_of(session: Session, noun: str, rows: Iterable[BatchRow]) -> dict[int, str]:
    """Return the units of persons by the persons' ids, as far as the reader may see them."""
    if noun != Person.__tablename__:
        return {}
    ids = [row.object_id for row in rows]
    found = session.execute(
        select(Person.id, Unit.name).join(Unit, Unit.id == Person.unit_id).where(Person.id.in_(ids))
    )
    return {row[0]: row[1] for row in found}


def receipt_xlsx(session: Session, batch: Batch, lang: str = "zh", said: Said = str) -> Iterator[bytes]:
    """Yield the receipt as a workbook, piece by piece, in constant memory; ``said`` translates the reasons."""
    persons = batch.noun == Person.__tablename__
    first = [labels.of_noun(model_named(batch.noun), lang), "Reference" if lang == "en" else "系统编号"]
    unit = [labels.of_noun(Unit, lang)] if persons else []
    widths = {first[0]: 30.0, HEADINGS[lang][3]: 60.0, **dict.fromkeys(unit, 30.0)}
    header = [HeaderCell(title, widths.get(title, 14.0)) for title in (*first, *unit, *HEADINGS[lang])]
    note = f"{called(batch, lang)} {batch.ref}"
    yield from stream_xlsx(header, _rows(session, batch, lang, said, with_unit=persons), SHEET[lang], note)


def _rows(session: Session, batch: Batch, lang: str, said: Said, *, with_unit: bool) -> Iterator[tuple[str, ...]]:
    for offset in range(0, batch.chosen, CHUNK):
        for line in lines(session, batch, lang, offset=offset, limit=CHUNK):
            unit = (line.unit,) if with_unit else ()
            outcome = labels.of_member(line.outcome, lang)
            yield (line.title, line.ref, *unit, outcome, line.before, line.after, said(line.reason))
