"""Importing tracking numbers: parcels leave with them, and their cards along; the frame is ``importing`` (DOMAIN §5.4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from exchange import importing
from exchange.importing import Mode
from exchange.reading import read_sheet
from exchange.sheet_source import MIB, Limits
from exchange.table_plan import TablePlan
from exchange.tracking_plan import Planned, Verdict, compare, digest, read_lines
from exchange.tracking_template import COURIER, NAME, SENT, TRACKING
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
class Plan(TablePlan[Planned]):
    """A dry run: nothing was written. ``receipt`` is the batch that took the parcels along, once written."""

    written = WRITTEN

    digest: str
    receipt: str = ""

    @property
    def due(self) -> list[Planned]:
        """The rows whose parcels leave."""
        return [each for each in self.rows if each.verdict is Verdict.NEW]

    def changes(self) -> Iterator[Sequence[Any]]:
        """Yield row, number, unit, column and what would be written of every parcel that leaves."""
        for each in self.due:
            line = each.line
            for title, value in ((COURIER, line.courier), (TRACKING, line.tracking), (SENT, str(line.sent_on or ""))):
                if value:
                    yield line.row, each.parcel.number, each.parcel.unit, title, None, value

    def page(self) -> dict[str, Any]:
        """Return what a preview page tells; with the batch, once written."""
        return {**super().page(), "moves": [[SENT_BY, len(self.due), 0, self.receipt]] if self.receipt else []}


def may(actor: Actor) -> bool:
    """Whether the actor may hand parcels to the courier."""
    return actor.role in MACHINES["parcel"].moves["dispatch"].who


def plan(session: Session, actor: Actor, data: bytes, filename: str) -> Plan:
    """Say what a table would do; write nothing. Raises Forbidden, SheetError for a file that is no such table."""
    if not may(actor):
        raise Forbidden(f"import {KEY}")
    table = read_sheet(data, filename, LIMITS)
    importing.refuse_other_edition(session, actor, table.meta, NAME)
    with acting(session, actor):
        rows = compare(session, actor, read_lines(table))
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
