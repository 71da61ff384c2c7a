"""An uploaded quota table, cell by cell: what each row asks for, and everything wrong with it (DOMAIN §5.1, §0.6)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from exchange.importing import Finding
from exchange.line_reading import code, found, halves, places, refuse_twice, unreadable
from exchange.quota_template import BOOK, CODE, COLUMNS, LABELS, MOST, NAME, REMARK, TEMPLATE
from exchange.reading import Cell, Kind, Row, Sheet
from exchange.saying import Said
from models import Label
from models.validators import Invalid, check_unit_name, check_uscc, normalise

_WHOLE = re.compile(r"[0-9]{1,4}(?:\.0+)?")
_LONGEST_REMARK = 200


@dataclass
class Line:
    """One row: the numbers asked for by label (None keeps what stands), and its findings."""

    row: int
    uscc: str = ""
    name: str | None = None
    remark: str | None = None
    wanted: dict[Label, int | None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    warnings: list[Said] = field(default_factory=list)


def read_lines(sheet: Sheet) -> list[Line]:
    """Read every row; raise SheetError when the table is not the quota template."""
    where = places(sheet, COLUMNS, TEMPLATE, BOOK)
    lines = [_line(row, where) for row in sheet.rows]
    refuse_twice(lines, lambda line: line.uscc, CODE, _twice, Said("请每家单位只保留一行"))
    return lines


def _line(row: Row, where: dict[str, int]) -> Line:
    line = Line(row.number)
    line.uscc = _code(line, row.cells[where[CODE]])
    if NAME in where:
        line.name = _checked(line, row.cells[where[NAME]], NAME, check_unit_name)
    if REMARK in where:
        line.remark = _checked(line, row.cells[where[REMARK]], REMARK, _remark)
    for title, label in LABELS.items():
        line.wanted[label] = _number(line, row.cells[where[title]], title)
    return line


def _code(line: Line, cell: Cell) -> str:
    typed = code(line, cell, CODE, Said("请填写18位统一社会信用代码"))
    try:
        return check_uscc(typed) if typed else ""
    except Invalid as bad:
        found(line, cell, CODE, *halves(bad.message))
    return ""


def _checked(line: Line, cell: Cell, column: str, check: Callable[[str], str]) -> str | None:
    """Return an optional text in its stored form; None for a blank."""
    if cell.kind is Kind.EMPTY or unreadable(line, cell, column):
        return None
    try:
        return check(cell.text) or None
    except Invalid as bad:
        found(line, cell, column, *halves(bad.message))
        return None


def _remark(text: str) -> str:
    return normalise(text, _LONGEST_REMARK)


def _number(line: Line, cell: Cell, column: str) -> int | None:
    if cell.kind is Kind.EMPTY or unreadable(line, cell, column):
        return None
    text = cell.text.strip()
    if cell.kind is Kind.TEXT and len(text) <= 20:
        text = normalise(text)
    if not text:
        return None
    if cell.kind in (Kind.TEXT, Kind.NUMBER) and _WHOLE.fullmatch(text) and int(float(text)) <= MOST:
        return int(float(text))
    found(line, cell, column, Said("应为0至%(most)s的整数", most=MOST), Said("请填写整数；保持不变请留空，不分配填0"))
    return None


def _twice(rows: str, more: bool) -> Said:  # noqa: FBT001 - as refuse_twice calls it
    return Said("第%(rows)s行等代码重复" if more else "第%(rows)s行代码重复", rows=rows)
