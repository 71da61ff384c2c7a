"""The daily report (日报) for the leader: the tables of the start page as a small styled workbook, numbers as numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Final

from openpyxl import Workbook
from openpyxl.chart import LineChart, Reference
from openpyxl.formatting.rule import DataBarRule
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from exchange.annotate_child import put_heading, put_text
from exchange.cells import legal_text, local_time

FORMATS: Final = {"number": "#,##0", "money": "#,##0.00", "share": "0.0%", "date": "yyyy-mm-dd"}
WIDTHS: Final = {"text": 14.0, "number": 11.0, "money": 14.0, "share": 11.0, "date": 12.0}
FIRST_WIDTH: Final = 40.0
_LINE: Final = Border(bottom=Side(style="thin", color="FFDDE3EB"))
_ILLEGAL: Final = str.maketrans(dict.fromkeys(r"[]:*?/\\"))  # what no sheet's name may hold


@dataclass(frozen=True)
class Column:
    """A heading: what its cells are (text, number, money in 分, share of 1, date), and what stands above it."""

    label: str
    kind: str = "number"
    group: str = ""


@dataclass(frozen=True)
class Table:
    """A titled table; ``lines``: its columns of numbers are also drawn over its first one."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]
    total: Sequence[object] = ()
    lines: bool = False


@dataclass(frozen=True)
class Sheet:
    """A sheet of the report: tables below each other."""

    name: str
    tables: Sequence[Table] = field(default_factory=tuple)


def workbook(title: str, facts: Iterable[str], as_of: datetime, sheets: Sequence[Sheet]) -> bytes:
    """Return the report; each sheet begins with the title and one line of facts (node, moment, by whom)."""
    book = Workbook()
    book.remove(book.active)
    book.properties.title = legal_text(title)
    book.properties.created = book.properties.modified = local_time(as_of)
    told = "　".join(facts)
    for each in sheets:
        sheet = book.create_sheet(each.name.translate(_ILLEGAL)[:31])
        put_text(sheet.cell(1, 1), title)
        sheet.cell(1, 1).font = Font(bold=True, size=14)
        put_text(sheet.cell(2, 1), told)
        row = 4
        for table in each.tables:
            row = _table(sheet, table, row, titled=len(each.tables) > 1) + 2
        _print(sheet, told, one=each.tables[0] if len(each.tables) == 1 else None)
    answer = BytesIO()
    book.save(answer)
    return answer.getvalue()


def _table(sheet: Worksheet, table: Table, row: int, *, titled: bool) -> int:
    """Write a table from a row on; return its last row."""
    if titled:
        put_text(sheet.cell(row, 1), table.title)
        sheet.cell(row, 1).font = Font(bold=True, size=12)
        row += 1
    row = _heads(sheet, table, row)
    first = row + 1
    for values in (*table.rows, *((table.total,) if table.total else ())):
        row += 1
        for place, (column, value) in enumerate(zip(table.columns, values, strict=True), 1):
            _put(sheet, row, place, column.kind, value)
            if values is table.total:
                sheet.cell(row, place).font = Font(bold=True)
    for place, column in enumerate(table.columns, 1):
        letters = get_column_letter(place)
        width = FIRST_WIDTH if place == 1 and column.kind == "text" else WIDTHS[column.kind]
        sheet.column_dimensions[letters].width = max(width, sheet.column_dimensions[letters].width or 0)
        if column.kind == "share" and table.rows:
            bar = DataBarRule("num", 0, "num", 1, color="FF5B95D6")
            sheet.conditional_formatting.add(f"{letters}{first}:{letters}{row}", bar)
    if table.lines and table.rows:
        _draw(sheet, table, first - 1, row)
    return row


def _heads(sheet: Worksheet, table: Table, row: int) -> int:
    """Write the headings, those of groups above them; return the last row of both."""
    if any(column.group for column in table.columns):
        start = 1
        for place, column in enumerate(table.columns, 1):
            put_heading(sheet.cell(row, place), column.group)
            sheet.cell(row, place).alignment = Alignment(horizontal="center")
            if place == len(table.columns) or table.columns[place].group != column.group:
                sheet.merge_cells(start_row=row, start_column=start, end_row=row, end_column=place)
                start = place + 1
        row += 1
    for place, column in enumerate(table.columns, 1):
        put_heading(sheet.cell(row, place), column.label)
        if column.kind != "text":
            sheet.cell(row, place).alignment = Alignment(horizontal="right", vertical="center", wrap_text=True)
    return row


def _put(sheet: Worksheet, row: int, place: int, kind: str, value: object) -> None:
    cell = sheet.cell(row, place)
    cell.border = _LINE
    if kind == "text" or isinstance(value, str) or value is None:
        put_text(cell, "" if value is None else str(value))
        cell.alignment = Alignment(indent=1 if place > 1 else 0)
        return
    cell.value = Decimal(value).scaleb(-2) if kind == "money" and isinstance(value, int) else value
    cell.number_format = FORMATS[kind]


def _draw(sheet: Worksheet, table: Table, head: int, last: int) -> None:
    """Draw a table's numbers as lines, beside it."""
    chart = LineChart()
    chart.title, chart.width, chart.height = table.title, 26.0, 11.0
    chart.add_data(
        Reference(sheet, min_col=2, max_col=len(table.columns), min_row=head, max_row=last), titles_from_data=True
    )
    chart.set_categories(Reference(sheet, min_col=1, min_row=head + 1, max_row=last))
    chart.x_axis.number_format, chart.x_axis.delete, chart.y_axis.delete = "mm-dd", False, False
    sheet.add_chart(chart, f"{get_column_letter(len(table.columns) + 2)}{head}")


def _print(sheet: Worksheet, told: str, *, one: Table | None) -> None:
    """Lay the sheet on landscape pages of full width, headings repeated, the facts in the footer."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = "landscape", 9, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = told[:100].replace("&", "&&"), "&P / &N"
    if one is not None:
        head = 5 if any(column.group for column in one.columns) else 4
        sheet.freeze_panes = f"B{head + 1}"
        sheet.print_title_rows = f"1:{head}"
