"""The payment template, and an uploaded table of payments cell by cell: what each row says and everything wrong with it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from exchange.importing import Finding
from exchange.reading import Cell, Kind, Row, Sheet
from exchange.saying import Said
from exchange.sheet_source import SheetError
from exchange.template_book import TemplateColumn, build_template
from models.validators import Invalid, normalise
from workflow.values import read_date, read_money

TEMPLATE: Final = "payments"
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
AS_TEXT: Final = Said("请改为文本后重新填写")
CHECK: Final = Said("请核对后重新填写")
_DAMAGED = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE)


def template() -> bytes:
    """Return the workbook to fill in."""
    return build_template(COLUMNS, TEMPLATE, VERSION, INSTRUCTIONS, "缴费")


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
    places = _places(sheet)
    lines = [_line(row, places) for row in sheet.rows]
    _refuse_twice(lines, PERSON, lambda line: line.ref)
    _refuse_twice(lines, SERIAL, lambda line: line.serial_no)
    return lines


def _plain(title: str) -> str:
    return re.sub(r"[\s*＊]", "", title).replace("(", "（").replace(")", "）")


def _places(sheet: Sheet) -> dict[str, int]:
    if sheet.meta.get("template", TEMPLATE) != TEMPLATE:
        raise SheetError("这不是缴费导入模板；请下载缴费导入模板填写后再上传")
    titles = list(map(_plain, sheet.header))
    missing = [column.title for column in COLUMNS if column.required and column.title not in titles]
    if missing:
        raise SheetError(f"缺少列“{'”“'.join(missing)}”；请下载缴费导入模板填写后再上传")
    known = [column.title for column in COLUMNS]
    twice = next((title for title in titles if title in known and titles.count(title) > 1), None)
    if twice:
        raise SheetError(f"列“{twice}”出现了两次；请删除多余的一列后再上传")
    return {title: titles.index(title) for title in known if title in titles}


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


def _unreadable(line: Line, cell: Cell, column: str) -> bool:
    """Refuse what stands for another value than the one seen: formulas and errors."""
    if cell.kind is Kind.FORMULA:
        line.refuse(
            column, cell.text, Said("单元格%(cell)s是公式", cell=cell.address), Said("请复制后“选择性粘贴—数值”")
        )
    elif cell.kind is Kind.ERROR:
        line.refuse(column, cell.text, Said("单元格%(cell)s是错误值", cell=cell.address), Said("请填写实际内容"))
    return cell.kind in (Kind.FORMULA, Kind.ERROR)


def _missing(line: Line, cell: Cell, column: str) -> bool:
    """Refuse an empty cell, and one that cannot be read."""
    if cell.kind is Kind.EMPTY or (cell.kind is Kind.TEXT and not cell.text.strip()):
        line.refuse(column, "", Said("未填写"), Said("请填写后重新上传"))
        return True
    return _unreadable(line, cell, column)


def _code(line: Line, cell: Cell, column: str) -> str:
    """Read a number that is text: a spreadsheet's own number has lost its last digits, or its first zeros."""
    if _missing(line, cell, column):
        return ""
    if cell.kind is not Kind.TEXT:
        rule = Said("单元格%(cell)s为%(kind)s格式，末位可能已丢失", cell=cell.address, kind=cell.kind.label)
        line.refuse(column, cell.text, rule, AS_TEXT)
        return ""
    if _DAMAGED.fullmatch(cell.text.strip()):
        line.refuse(column, cell.text, Said("单元格%(cell)s为科学计数法，末位已丢失", cell=cell.address), AS_TEXT)
        return ""
    return _text(line, cell, column)


def _text(line: Line, cell: Cell, column: str) -> str:
    if cell.kind is Kind.EMPTY or _unreadable(line, cell, column):
        return ""
    try:
        return normalise(cell.text, LONGEST.get(column, 60))
    except Invalid as bad:
        line.refuse(column, cell.text, Said(bad.message), CHECK)
        return ""


def _value(line: Line, cell: Cell, column: str, read: Callable[[Any], Any]) -> Any:
    if _missing(line, cell, column):
        return None
    try:
        return read(cell.value)
    except Invalid as bad:
        line.refuse(column, cell.text, Said(bad.message), CHECK)
        return None


def _refuse_twice(lines: Sequence[Line], column: str, key: Callable[[Line], str]) -> None:
    """Refuse every row of a person or a bank's number that stands more than once: which one is meant nobody can tell."""
    rows: dict[str, list[Line]] = {}
    for line in lines:
        if key(line):
            rows.setdefault(key(line), []).append(line)
    for same in rows.values():
        if len(same) > 1:
            told = "、".join(str(line.row) for line in same[:5])
            for line in same:
                line.refuse(column, key(line), Said("第%(rows)s行重复", rows=told), Said("请每笔缴费只保留一行"))
