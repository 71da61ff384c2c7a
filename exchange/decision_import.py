"""Importing decisions by table: a dry run of all of them, and doing exactly that; the frame is ``importing``."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange import decision_sheet as sheet
from exchange import decision_words as say
from exchange import importing
from exchange.decision_plan import Fate, Fated, Plan, decide
from exchange.decision_reading import Form, Line, read_lines
from exchange.importing import Mode
from exchange.reading import Sheet, read_sheet
from exchange.sheet_source import MIB, Limits, SheetError
from models import Delegation, Edition, ImportJob
from models.columns import model_named
from workflow.actors import Actor, Forbidden, acting, unscoped
from workflow.engine import BudgetLook
from workflow.machines import MACHINES
from workflow.savepoint import rehearsal

LIMITS: Final = Limits(file_bytes=20 * MIB, rows=2 * sheet.MOST_ROWS, columns=120)
SOURCE: Final = "离线审核表"
WRITTEN: Final = {Fate.WILL: "已办理", Fate.STALE: "未办理", Fate.CLOSED: "未办理", Fate.BAD: "未办理"}
_LEFT_OUT: Final = (Fate.STALE, Fate.CLOSED, Fate.BAD)


@dataclass(frozen=True)
class Read:
    """A table as read; nothing of it has been looked up."""

    filename: str
    data: bytes
    noun: str
    lines: Sequence[Line]
    nodes: Mapping[str, int]


@dataclass(frozen=True)
class Decided:
    """What a table does, or would do (then ``plan`` was taken back); ``typed`` is what was typed to say yes."""

    read: Read
    plan: Plan
    target_id: int
    is_done: bool = False
    typed: str = ""

    @property
    def filename(self) -> str:
        """The table's name."""
        return self.read.filename

    @property
    def data(self) -> bytes:
        """The table itself."""
        return self.read.data

    @property
    def digest(self) -> str:
        """Name the plan."""
        return self.plan.digest

    @property
    def counts(self) -> dict[str, int]:
        """Rows by fate."""
        by_fate = Counter(each.fate for each in self.plan.rows)
        return {fate.value.lower(): by_fate[fate] for fate in Fate}

    @property
    def bad(self) -> int:
        """How many rows somebody decided on and that are not done."""
        return sum(each.fate in _LEFT_OUT for each in self.plan.rows)

    def page(self) -> dict[str, Any]:
        """Return what a preview page tells, as JSON takes it: the first findings and changes, and how many more."""
        errors = [finding for each in self.plan.rows for finding in each.line.findings]
        will = [each for each in self.plan.rows if each.fate is Fate.WILL]
        warnings = [(each.line.row, sentence) for each in self.plan.rows for sentence in each.line.warnings]
        done = [each for each in self.plan.done if each.done]
        return {
            "counts": self.counts,
            **importing.few("errors", errors),
            **importing.few("changes", will, _change), **importing.few("warnings", warnings),
            "budgets": [_budget(each.move.label, each.budget) for each in self.plan.done if each.budget],
            "moves": [[each.move.name, each.done, each.refused, each.ref if self.is_done else ""] for each in self.plan.done],
            "final": sorted({each.move.confirm for each in done if each.move.irrevocable}),
            "typed": sum(each.done for each in done if each.move.typed),
        }  # fmt: skip

    def results(self, *, written: bool) -> Mapping[int, tuple[str, str]]:
        """Return row number → what becomes of it and why."""
        return {
            each.line.row: (
                WRITTEN.get(each.fate, each.fate.label) if written else each.fate.label,
                "；".join([each.note] * bool(each.note) + [one.sentence for one in each.line.findings] + each.line.warnings),
            )
            for each in self.plan.rows
        }  # fmt: skip

    def told(self) -> dict[str, Any]:
        """Return the rows by fate and the moves, for the trail."""
        batches = {each.ref: f"{each.move.name} {each.done}" for each in self.plan.done if each.ref}
        return {**self.counts, "moves": batches} | ({"typed": self.typed} if self.typed else {})


def _change(each: Fated) -> list[Any]:
    line = each.line
    label = line.move.label if line.move else ""
    return [line.row, line.ref, each.title, label, each.before, each.after, line.words or ""]


def _budget(move: str, budget: BudgetLook) -> list[Any]:
    needed, left = (
        f"{Decimal(amount).scaleb(-2):,.2f}" if budget.unit == "元" else f"{amount:,}"
        for amount in (budget.needed, budget.left)
    )
    return [move, f"{budget.label}（{budget.unit}）", needed, left, budget.short]


def read(session: Session, actor: Actor, noun: str, data: bytes, filename: str) -> Read:
    """Read a table of decisions; raise Forbidden, and SheetError for a file that is none of this list's and this node's."""
    moves = sheet.decidable(actor, noun)
    if not moves:
        raise Forbidden(f"decide {noun}")
    table = read_sheet(data, filename, LIMITS)
    _check_meta(session, actor, noun, table)
    nodes = sheet.nodes_of(session)
    return Read(filename, data, noun, read_lines(table, Form(moves, nodes, sheet.sealer(actor, noun))), nodes)


def _check_meta(session: Session, actor: Actor, noun: str, table: Sheet) -> None:
    """Refuse another list's, edition's or node's workbook as a whole; a CSV tells nothing, its rows are checked alone."""
    meta = table.meta
    if not meta:
        return
    if meta.get("template") != sheet.TEMPLATE:
        raise SheetError(say.NOT_A_BOOK)
    if (other := meta.get("noun", "")) != noun:
        named = {name: model_named(name).__label__ for name in MACHINES}
        raise SheetError(say.OTHER_NOUN.format(noun=named.get(other, other[:30])))
    with unscoped(session):
        edition = session.scalar(select(Edition.code).where(Edition.id == actor.edition_id))
        node = session.scalar(select(Delegation.code).where(Delegation.id == actor.delegation_id))
    if meta.get("edition") != edition:
        raise SheetError(say.OTHER_EDITION)
    if meta.get("node") != node:
        raise SheetError(say.OTHER_NODE)


def plan(session: Session, actor: Actor, asked: Read) -> Decided:
    """Say what a table would do: do it all and take it back. The session must be one that may write."""
    with rehearsal(session):
        made = _decide(session, actor, asked)
    return Decided(asked, made, actor.delegation_id)


def _decide(session: Session, actor: Actor, asked: Read) -> Plan:
    lines = [replace(line, findings=[*line.findings], warnings=[*line.warnings]) for line in asked.lines]
    with acting(session, actor):
        return decide(session, actor, asked.noun, lines, asked.nodes, f"{SOURCE} {asked.filename}"[:500])


def commit(session: Session, actor: Actor, noun: str, ref: str, mode: Mode, typed: str = "") -> Decided:
    """Do what was previewed, see ``importing.commit``; ``typed`` is what was typed to confirm, kept in the trail."""

    def write(job: ImportJob) -> Decided:
        asked = read(session, actor, noun, job.content, job.filename)
        return Decided(asked, _decide(session, actor, asked), actor.delegation_id, is_done=True, typed=typed)

    return importing.commit(session, actor, noun, ref, mode, write)
