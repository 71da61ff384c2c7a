"""The payment template, and an uploaded table of payments cell by cell: what each row says and everything wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any, Final

from exchange import line_reading as reading
from exchange.importing import Finding
from exchange.reading import Cell, Kind, Row, Sheet
from exchange.saying import Said
from exchange.template_book import TemplateColumn, build_template
from models.validators import Invalid, normalise
from workflow.values import read_date, read_money

TEMPLATE: Final = "payments"
BOOK: Final = "缴费导入模板"
VERSION: Final = "1"
PERSON, AMOUNT, DAY, SERIAL, REMARK = "人员编号", "金额（元）", "支付日期", "流水号", "备注"
COLUMNS: Final = (
    TemplateColumn(PERSON, required=True, width=16, help="人员的系统编号，10 位；可在人员列表中导出"),
    TemplateColumn(AMOUNT, required=True, width=14, help="与该人员的证件费相等，如 200"),
    TemplateColumn(DAY, required=True, width=14, help="到账日期，如 2026-11-26"),
    TemplateColumn(SERIAL, required=True, width=30, help="银行或支付平台的流水号；一笔含多人时在其后加 -1、-2"),
    TemplateColumn(REMARK, width=30, help="不超过 200 字"),
)
INSTRUCTIONS: Final = (
    "每笔缴费一行，以人员编号识别人员，以流水号识别缴费：再次导入同一文件不会重复登记。",
    "金额须与该人员的证件费相等；支付日期须在缴费截止之前。",
    "人员编号和流水号列为文本格式，请勿改为数值；从别处复制时请“选择性粘贴—数值”。",
    "上传后先核对，确认后才写入；有错误的行会在原表中标注原因。",
)
REF: Final = 10
LONGEST: Final = {SERIAL: 64, REMARK: 200}
FILL: Final = Said("请填写后重新上传")
CHECK: Final = Said("请核对后重新填写")


def template(edition: str = "") -> bytes:
    """Return the workbook to fill in, for the edition of that code."""
    return build_template(COLUMNS, TEMPLATE, VERSION, INSTRUCTIONS, "缴费", edition=edition)


@dataclass
class Line:
    """One row as it was typed: amount in 分, and its findings."""

    row: int
    ref: str = ""
    amount: int | None = None
    paid_on: date | None = None
    serial_no: str = ""
    remark: str | None = None
    findings: list[Finding] = field(default_factory=list)

    def refuse(self, column: str, value: object, rule: Said, how: Said) -> None:
        """Note what is wrong with a cell."""
        self.findings.append(Finding(self.row, column, str(value)[:60], rule, how))


def read_lines(sheet: Sheet) -> list[Line]:
    """Read every row; raise SheetError when the table is not the payment template."""
    places = reading.places(sheet, COLUMNS, TEMPLATE, BOOK)
    lines = [_line(row, places) for row in sheet.rows]
    for column, key in ((PERSON, attrgetter("ref")), (SERIAL, attrgetter("serial_no"))):
        reading.refuse_twice(lines, key, column, _twice, Said("请每笔缴费只保留一行"))
    return lines


def _twice(rows: str, more: bool) -> Said:  # noqa: FBT001 - as ``refuse_twice`` asks
    return Said("第%(rows)s行等重复" if more else "第%(rows)s行重复", rows=rows)


def _line(row: Row, places: dict[str, int]) -> Line:
    line = Line(row.number)
    line.ref = _code(line, row.cells[places[PERSON]], PERSON).upper()
    if line.ref and len(line.ref) != REF:
        line.refuse(PERSON, line.ref, Said("应为%(n)s位的人员编号", n=REF), CHECK)
    line.serial_no = _code(line, row.cells[places[SERIAL]], SERIAL)
    line.amount = _value(line, row.cells[places[AMOUNT]], AMOUNT, read_money)
    if line.amount == 0:
        line.refuse(AMOUNT, 0, Said("金额应大于0"), CHECK)
    line.paid_on = _value(line, row.cells[places[DAY]], DAY, read_date)
    if REMARK in places:
        line.remark = _text(line, row.cells[places[REMARK]], REMARK) or None
    return line


def _code(line: Line, cell: Cell, column: str) -> str:
    """Read a number that is text: a spreadsheet's own number has lost its last digits, or its first zeros."""
    return _text(line, cell, column) if reading.code(line, cell, column, FILL) else ""


def _text(line: Line, cell: Cell, column: str) -> str:
    if cell.kind is Kind.EMPTY or reading.unreadable(line, cell, column):
        return ""
    try:
        return normalise(cell.text, LONGEST.get(column, 60))
    except Invalid as bad:
        reading.found(line, cell, column, *reading.halves(bad.message))
        return ""


def _value(line: Line, cell: Cell, column: str, read: Callable[[Any], Any]) -> Any:
    if cell.kind is Kind.EMPTY:
        reading.found(line, cell, column, Said("未填写"), FILL)
    elif not reading.unreadable(line, cell, column):
        try:
            return read(cell.value)
        except Invalid as bad:
            reading.found(line, cell, column, *reading.halves(bad.message))
    return None
