"""Adding 处理结果 and 错误说明 to somebody's own workbook; runs in a confined child, because openpyxl loads all of it."""

import json
import sys
from collections.abc import Mapping
from io import BytesIO
from typing import Final

from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from exchange.cells import legal_text

OUTCOME: Final = "处理结果"
REASON: Final = "错误说明"
HEADING_FONT: Final = Font(bold=True)
HEADING_FILL: Final = PatternFill("solid", fgColor="FFE8EDF5")
_REFUSED_FILL: Final = PatternFill("solid", bgColor="FFFDE2E1")


def main(_: list[str]) -> None:
    """Read one line of JSON (title, header_row, width, results) and the workbook behind it; write the new workbook."""
    job = json.loads(sys.stdin.buffer.readline())
    book = load_workbook(BytesIO(sys.stdin.buffer.read()))
    results = {int(number): result for number, result in job["results"].items()}
    annotate(book[job["title"]], job["header_row"], job["width"], results)
    answer = BytesIO()
    book.save(answer)
    sys.stdout.buffer.write(answer.getvalue())


def annotate(sheet: Worksheet, header_row: int, width: int, results: Mapping[int, tuple[str, str]]) -> None:
    """Fill both columns, those of an earlier round if they are there; rows with a reason are coloured."""
    titles = {str(cell.value).strip(): cell.column for cell in sheet[header_row][:width]}
    columns = []
    for title in (OUTCOME, REASON):
        if title not in titles:
            width += 1
            titles[title] = width
            put_heading(sheet.cell(header_row, width), title)
            sheet.column_dimensions[get_column_letter(width)].width = 12 if title == OUTCOME else 48
            if title == REASON:
                _colour(sheet, header_row + 1, width)
        columns.append(titles[title])
    for number in range(header_row + 1, max(sheet.max_row, *results, 0) + 1):
        for column, text in zip(columns, results.get(number, ("", "")), strict=True):
            put_text(sheet.cell(number, column), text)


def put_heading(cell: Cell, title: str) -> None:
    """Write a heading, bold on the colour of headings."""
    put_text(cell, title)
    cell.font = HEADING_FONT
    cell.fill = HEADING_FILL
    cell.alignment = Alignment(vertical="center", wrap_text=True)


def put_text(cell: Cell, text: str) -> None:
    """Write text as text: openpyxl would make a formula of "=…" and an error of "#N/A"."""
    cell.value = legal_text(text) or None
    cell.number_format = "@"
    if cell.value is not None:
        cell.data_type = "s"


def _colour(sheet: Worksheet, first_row: int, reason: int) -> None:
    """Colour by rule, not by cell, so that a row mended in the next round loses its colour by itself."""
    letters = get_column_letter(reason)
    rule = FormulaRule(formula=[f"LEN(TRIM(${letters}{first_row}))>0"], fill=_REFUSED_FILL)
    sheet.conditional_formatting.add(f"A{first_row}:{letters}{max(sheet.max_row, first_row)}", rule)
