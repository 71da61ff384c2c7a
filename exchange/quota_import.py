"""Importing quota by table: what a table would do, and doing it (DOMAIN §5.1, §4.2); the frame is ``importing``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange import importing, saying
from exchange.importing import CHANGED, Mode, Refused
from exchange.quota_plan import FIELDS, TITLES, Budget, Planned, Stock, Verdict, budgets, compare, digest, stock
from exchange.quota_reading import read_lines
from exchange.quota_template import BOOK
from exchange.reading import read_sheet
from exchange.saying import Said
from exchange.sheet_source import MIB, Limits
from exchange.table_plan import TablePlan
from models import Delegation, ImportJob
from workflow.actors import Actor, Forbidden, acting
from workflow.quota_rows import QuotaShort
from workflow.quota_sets import Allotment, set_allotments
from workflow.rights import allowed

NOUN: Final = "quota_allocation"
LIMITS: Final = Limits(file_bytes=5 * MIB, rows=100_000)
WRITTEN: Final = {Verdict.NEW: "已新增", Verdict.CHANGED: "已变更", Verdict.SAME: "相同", Verdict.BAD: "未写入"}


@dataclass(frozen=True)
class Counts:
    """Rows by verdict."""

    new: int = 0
    changed: int = 0
    same: int = 0
    bad: int = 0


@dataclass(frozen=True)
class Plan(TablePlan[Planned]):
    """A dry run: nothing was written. ``budgets`` tells per pool what the whole file asks for and what is left."""

    written = WRITTEN

    budgets: list[Budget]
    digest: str

    @property
    def counts(self) -> Counts:
        """How many rows are new, changed, same, bad."""
        return Counts(**self.tally)

    @property
    def due(self) -> list[Allotment]:
        """What the good rows write."""
        return [write for each in self.rows for write in each.due]

    @property
    def warnings(self) -> list[tuple[int, Said]]:
        """What somebody should look at though the row is good."""
        return [(each.line.row, sentence) for each in self.rows for sentence in each.line.warnings]

    def changes(self) -> Iterator[Sequence[Any]]:
        """Yield row, code, name, column, present and future value of everything that would be written."""
        for each in self.rows:
            for write in each.due:
                told = (each.line.row, each.line.uscc, write.after["unit_name"] or "")
                if write.more or write.row_id is None:
                    yield (
                        *told,
                        Said(TITLES[write.label]),
                        write.before.get("allotted"),
                        write.after["allotted"],
                    )
                for key, title in FIELDS.items():
                    if write.row_id is not None and write.before[key] != write.after[key]:
                        column = Said("%(column)s（%(label)s）", column=title, label=write.label.label)
                        yield (*told, column, write.before[key], write.after[key])

    def page(self) -> dict[str, Any]:
        """Return what a preview page tells; with warnings, and the pools."""
        return {
            **super().page(),
            **importing.few("warnings", [(row, saying.told(sentence)) for row, sentence in self.warnings]),
            "budgets": [
                [each.node, each.label.label, each.needed, each.left, each.needed > each.left] for each in self.budgets
            ],
        }  # fmt: skip

    def reasons(self, row: Planned) -> list[str]:
        """Return what is said of a row beside its verdict, warnings last."""
        return [*super().reasons(row), *row.line.warnings]


@dataclass(frozen=True)
class Result:
    """What a commit did: rows by verdict (bad ones were left out), and how many allotments were written."""

    counts: Counts
    written: int


def plan(session: Session, actor: Actor, data: bytes, filename: str, target_id: int | None = None) -> Plan:
    """Say what a table would do; write nothing.

    New presets hang on ``target_id``, by default the actor's own node; what stands already stays where it is. Raises
    Forbidden, SheetError for a file that is no quota table, Refused for a node outside the actor's part of the tree.
    """
    return _plan(session, actor, data, filename, target_id or actor.delegation_id, lock=False)[0]


def _plan(
    session: Session, actor: Actor, data: bytes, filename: str, target_id: int, *, lock: bool
) -> tuple[Plan, Stock]:  # fmt: skip
    if not allowed(actor, "import", NOUN):
        raise Forbidden(f"import {NOUN}")
    with acting(session, actor):
        if session.scalar(select(Delegation.id).where(Delegation.id == target_id)) is None:
            raise Refused("所选交易团/分团不存在或不在您的管理范围内，请重新选择")
        table = read_sheet(data, filename, LIMITS)
        importing.refuse_other_edition(session, actor, table.meta, BOOK)
        lines = read_lines(table)
        there = stock(session, actor, target_id, [line.uscc for line in lines if line.uscc], lock=lock)
        rows = compare(there, lines)
        return Plan(filename, data, target_id, rows, budgets(session, there, rows), digest(rows)), there


def keep(session: Session, actor: Actor, planned: Plan) -> ImportJob:
    """Keep a preview until its commit, in place of the account's last one; the caller commits."""
    return importing.keep(session, actor, NOUN, planned)


def commit(session: Session, actor: Actor, ref: str, mode: Mode = "all") -> Result:
    """Write what was previewed, see ``importing.commit``; an import sets numbers, the same file twice adds nothing."""
    done = importing.commit(session, actor, NOUN, ref, mode, lambda job: _write(session, actor, job))
    return Result(done.counts, len(done.due))


def _write(session: Session, actor: Actor, job: ImportJob) -> Plan:
    planned, there = _plan(session, actor, job.content, job.filename, job.target_id, lock=True)
    try:
        set_allotments(session, there.held, planned.due)
    except QuotaShort as short:
        raise Refused(CHANGED) from short
    return planned
