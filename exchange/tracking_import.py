"""Importing tracking numbers: parcels leave with them, and their cards along; the frame is ``importing`` (DOMAIN §5.4)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from exchange import importing, saying
from exchange.importing import SHOWN, Finding, Mode
from exchange.reading import read_sheet
from exchange.sheet_source import MIB, Limits
from exchange.tracking_plan import Planned, Verdict, compare, digest, read_lines
from exchange.tracking_template import COURIER, SENT, TRACKING
from models import ImportJob, Parcel
from models.kinds import now
from workflow import engine, trail
from workflow.actors import SYSTEM, Actor, Forbidden, acting
from workflow.engine.confirming import cascade
from workflow.machines import MACHINES
from workflow.moves import Context
from workflow.parcel_moves import today
from workflow.sessions import writing_sets

KEY: Final = "parcel-tracking"
LIMITS: Final = Limits(file_bytes=5 * MIB, rows=100_000)
WRITTEN: Final = {Verdict.NEW: "已登记寄出", Verdict.SAME: "相同", Verdict.BAD: "未写入"}
SENT_BY: Final = "dispatched"


@dataclass(frozen=True)
class Plan:
    """A dry run: nothing was written. ``receipt`` is the batch that took the parcels along, once written."""

    filename: str
    data: bytes
    target_id: int
    rows: list[Planned]
    digest: str
    receipt: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """How many rows leave, are the same, are bad."""
        by_verdict = Counter(each.verdict for each in self.rows)
        return {"new": by_verdict[Verdict.NEW], "same": by_verdict[Verdict.SAME], "bad": by_verdict[Verdict.BAD]}

    @property
    def bad(self) -> int:
        """How many rows have errors."""
        return self.counts["bad"]

    @property
    def due(self) -> list[Planned]:
        """The rows whose parcels leave."""
        return [each for each in self.rows if each.verdict is Verdict.NEW]

    @property
    def errors(self) -> list[Finding]:
        """Every finding of every row, in the order of the file."""
        return [finding for each in self.rows for finding in each.line.findings]

    def page(self) -> dict[str, Any]:
        """Return what a preview page tells, as JSON takes it."""
        errors = [[*one[:3], saying.told(one.rule), saying.told(one.how)] for one in self.errors]
        changes = [
            [each.line.row, each.parcel.number, each.parcel.unit, title, None, value]
            for each in self.due
            for title, value in ((COURIER, each.line.courier), (TRACKING, each.line.tracking), (SENT, str(each.line.sent_on or "")))
            if value
        ]  # fmt: skip
        moves = [[SENT_BY, len(self.due), 0, self.receipt]] if self.receipt else []
        return {
            "counts": self.counts, "moves": moves, "budgets": [], "warnings": [], "warnings_more": 0,
            "errors": errors[:SHOWN], "errors_more": max(len(errors) - SHOWN, 0),
            "changes": changes[:SHOWN], "changes_more": max(len(changes) - SHOWN, 0),
        }  # fmt: skip

    def results(self, *, written: bool) -> Mapping[int, tuple[str, str]]:
        """Return row number → what becomes of it and why."""
        words = WRITTEN if written else {verdict: verdict.label for verdict in Verdict}
        return {
            each.line.row: (words[each.verdict], "；".join(one.sentence for one in each.line.findings))
            for each in self.rows
        }

    def told(self) -> dict[str, Any]:
        """Return the rows by verdict, for the trail."""
        return self.counts


def may(actor: Actor) -> bool:
    """Whether the actor may hand parcels to the courier."""
    return actor.role in MACHINES["parcel"].moves["dispatch"].who


def plan(session: Session, actor: Actor, data: bytes, filename: str) -> Plan:
    """Say what a table would do; write nothing. Raises Forbidden, SheetError for a file that is no such table."""
    if not may(actor):
        raise Forbidden(f"import {KEY}")
    with acting(session, actor):
        rows = compare(session, actor, read_lines(read_sheet(data, filename, LIMITS)))
        return Plan(filename, data, actor.delegation_id, rows, digest(rows))


def commit(session: Session, actor: Actor, ref: str, mode: Mode = "all") -> Plan:
    """Write what was previewed, see ``importing.commit``; the same file twice changes nothing."""
    return importing.commit(session, actor, KEY, ref, mode, lambda job: _write(session, actor, job))


def _write(session: Session, actor: Actor, job: ImportJob) -> Plan:
    """Plan again over locked parcels, write their numbers, and let them leave in one batch."""
    first = plan(session, actor, job.content, job.filename)
    engine.hold_all(session, "parcel", [each.parcel.id for each in first.due])
    planned = plan(session, actor, job.content, job.filename)
    if not planned.due or planned.digest != job.digest:
        return planned
    context, day = Context(session, actor, now()), today(now())
    values = [
        {
            "parcel": each.parcel.id, "courier": each.line.courier, "tracking": each.line.tracking,
            "day": each.line.sent_on or day,
        }
        for each in planned.due
    ]  # fmt: skip
    with acting(session, SYSTEM), writing_sets(session), trail.on_behalf_of(session, actor):
        session.connection().execute(
            update(Parcel)
            .where(Parcel.id == bindparam("parcel"))
            .values(courier=bindparam("courier"), tracking_no=bindparam("tracking"), sent_on=bindparam("day")),
            values,
        )
        for each, value in zip(planned.due, values, strict=True):
            changes = {"courier": [None, value["courier"]], "tracking_no": [None, value["tracking"]], "sent_on": [None, str(value["day"])]}  # fmt: skip
            trail.note(session, "parcel.edit", "parcel", each.parcel.id, each.parcel.ref, changes)
        batch = cascade(context, "parcel", SENT_BY, Parcel.id.in_([each.parcel.id for each in planned.due]))
    return replace(planned, receipt=batch.ref if batch else "")
