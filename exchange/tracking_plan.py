"""An uploaded table of tracking numbers: what each row asks for, what stands, and everything wrong (DOMAIN §5.4)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange import line_reading as reading
from exchange.importing import Finding
from exchange.line_reading import found
from exchange.reading import Cell, Kind, Row, Sheet
from exchange.saying import Said
from exchange.tracking_template import COLUMNS, COURIER, NAME, PARCEL, SENT, TEMPLATE, TRACKING
from models import Edition, Parcel, ParcelStatus, Unit
from models.kinds import now
from models.validators import Invalid
from models.words import Labelled
from workflow.actors import Actor, unscoped
from workflow.parcel_moves import TRACKING_FORM, plain, today, tracking
from workflow.values import read_date

CHUNK: Final = 500  # values of one IN
CHECK_BILL: Final = Said("请核对运单")


class Verdict(Labelled):
    """What becomes of one row."""

    NEW = "NEW", "登记寄出", "success"
    SAME = "SAME", "相同", "muted"
    BAD = "BAD", "有错误", "danger"


@dataclass
class Line:
    """One row: the parcel's number, and what was typed beside it."""

    row: int
    number: str = ""
    courier: str = ""
    tracking: str = ""
    sent_on: date | None = None
    findings: list[Finding] = field(default_factory=list)


@dataclass
class Planned:
    """A row, the parcel it is about, and its verdict."""

    line: Line
    parcel: Any = None  # id, ref, number, row_version, status, courier, tracking_no, unit

    @property
    def verdict(self) -> Verdict:
        """Bad with any finding; the same where the parcel left with this very number."""
        if self.line.findings:
            return Verdict.BAD
        return Verdict.NEW if self.parcel.status is ParcelStatus.packed else Verdict.SAME


def read_lines(sheet: Sheet) -> list[Line]:
    """Read every row; raise SheetError when the table has not the columns."""
    where = reading.places(sheet, COLUMNS, TEMPLATE, NAME)
    lines = [_line(row, where) for row in sheet.rows]
    reading.refuse_twice(lines, lambda line: line.number, PARCEL, _parcel_twice, Said("请每个包裹只保留一行"))
    reading.refuse_twice(lines, _bill, TRACKING, _bill_twice, CHECK_BILL)
    return lines


def _bill(line: Line) -> str:
    return f"{line.courier} {line.tracking}" if line.tracking else ""


def _parcel_twice(rows: str, more: bool) -> Said:  # noqa: FBT001 - as refuse_twice calls it
    return Said("第%(rows)s行等包裹号重复" if more else "第%(rows)s行包裹号重复", rows=rows)


def _bill_twice(rows: str, more: bool) -> Said:  # noqa: FBT001 - as above
    return Said("第%(rows)s行等快递单号重复" if more else "第%(rows)s行快递单号重复", rows=rows)


def _line(row: Row, where: Mapping[str, int]) -> Line:
    line = Line(row.number)
    number = reading.code(line, row.cells[where[PARCEL]], PARCEL, Said("请填写面单上的包裹号"))
    line.number = "".join(number.split()).upper()[:50]
    line.courier = _courier(line, row.cells[where[COURIER]])
    line.tracking = _tracking(line, row.cells[where[TRACKING]])
    if SENT in where:
        line.sent_on = _day(line, row.cells[where[SENT]])
    return line


def _courier(line: Line, cell: Cell) -> str:
    if reading.unreadable(line, cell, COURIER):
        return ""
    name = plain(cell.text) if cell.kind is Kind.TEXT else ""
    if not 2 <= len(name) <= 50:
        found(line, cell, COURIER, Said("应为2至50个字"), Said("请填写快递公司名称，如 顺丰速运"))
    return name


def _tracking(line: Line, cell: Cell) -> str:
    number = tracking(reading.code(line, cell, TRACKING, Said("请填写运单上的号码")))
    if number and not TRACKING_FORM.fullmatch(number):
        found(line, cell, TRACKING, Said("应为6至40位字母、数字或连字符"), CHECK_BILL)
    return number


def _day(line: Line, cell: Cell) -> date | None:
    if cell.kind is Kind.EMPTY or reading.unreadable(line, cell, SENT):
        return None
    try:
        day = read_date(cell.value)
    except Invalid as bad:
        found(line, cell, SENT, *reading.halves(bad.message))
        return None
    if day > today(now()):
        found(line, cell, SENT, Said("晚于今天"), Said("请填写实际寄出的日期"))
    return day


def compare(session: Session, actor: Actor, lines: Sequence[Line]) -> list[Planned]:
    """Say of every row what it would do to the actor's parcels; a parcel elsewhere is one that does not exist."""
    here = _parcels(session, [line.number for line in lines if line.number])
    taken = _taken(session, actor, [line.tracking for line in lines if line.tracking])
    return [_plan(actor, line, here, taken) for line in lines]


def _parcels(session: Session, numbers: Sequence[str]) -> dict[str, Any]:
    """Return the parcels by number as the session's actor may see them."""
    rows: dict[str, Any] = {}
    columns = (Parcel.id, Parcel.ref, Parcel.number, Parcel.row_version, Parcel.status, Parcel.courier, Parcel.tracking_no, Parcel.sent_on)  # fmt: skip
    which = (
        select(*columns, Parcel.edition_id, Unit.name.label("unit"), Edition.name.label("edition"))
        .join(Unit, Unit.id == Parcel.unit_id)
        .join(Edition, Edition.id == Parcel.edition_id)
    )
    for start in range(0, len(numbers), CHUNK):
        part = which.where(Parcel.number.in_(numbers[start : start + CHUNK]))
        rows.update({row.number: row for row in session.execute(part)})
    return rows


def _taken(session: Session, actor: Actor, numbers: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return whose tracking numbers these are already in the edition, whoever sees the parcel."""
    taken: dict[tuple[str, str], int] = {}
    which = select(Parcel.courier, Parcel.tracking_no, Parcel.id).where(Parcel.edition_id == actor.edition_id)
    with unscoped(session):
        for start in range(0, len(numbers), CHUNK):
            part = which.where(Parcel.tracking_no.in_(numbers[start : start + CHUNK]))
            taken.update({(row.courier, row.tracking_no): row.id for row in session.execute(part)})
    return taken


def _plan(actor: Actor, line: Line, here: Mapping[str, Any], taken: Mapping[tuple[str, str], int]) -> Planned:
    planned = Planned(line, here.get(line.number))
    if line.number and not any(finding.column == PARCEL for finding in line.findings):
        _look(actor, planned, taken)
    return planned


def _look(actor: Actor, planned: Planned, taken: Mapping[tuple[str, str], int]) -> None:
    """Note what the parcel itself forbids."""
    line, parcel = planned.line, planned.parcel
    if parcel is None:
        _refuse(line, PARCEL, line.number, Said("没有这个包裹"), Said("请核对面单上的包裹号"))
    elif parcel.edition_id != actor.edition_id:
        rule = Said("包裹属于%(typed)s，不是本届", typed=parcel.edition)
        _refuse(line, PARCEL, line.number, rule, Said("请删除此行"))
    elif parcel.status is ParcelStatus.unpacked:
        _refuse(line, PARCEL, line.number, Said("包裹已拆开"), Said("请使用新包裹的包裹号"))
    elif parcel.status is not ParcelStatus.packed:
        if (parcel.courier, parcel.tracking_no) != (line.courier, line.tracking):
            rule = Said("已登记寄出，快递单号为%(typed)s", typed=f"{parcel.courier} {parcel.tracking_no}")
            _refuse(line, TRACKING, line.tracking, rule, Said("请核对；确需更正请办理“更正快递单号”"))
    elif taken.get((line.courier, line.tracking), parcel.id) != parcel.id:
        _refuse(line, TRACKING, line.tracking, Said("该快递单号已登记在另一包裹上"), CHECK_BILL)


def _refuse(line: Line, column: str, value: str, rule: Said, how: Said) -> None:
    line.findings.append(Finding(line.row, column, value, rule, how))


def digest(rows: Sequence[Planned]) -> str:
    """Name a plan: equal digests mean that the same parcels leave with the same numbers for the same reasons."""
    told = [
        (
            each.line.row, each.verdict, [finding.sentence for finding in each.line.findings], each.line.courier, each.line.tracking,
            str(each.line.sent_on), each.parcel and (each.parcel.id, each.parcel.row_version),
        )
        for each in rows
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()
