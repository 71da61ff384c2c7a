"""Workbooks for people to fill in, and people's own workbooks given back with what became of each row (DOMAIN §5).

Choices stand in a hidden sheet under a name, because Excel refuses a file whose list written in place is longer than
255 characters. Whole columns are formatted as text, because a code typed as a number loses its last digits.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from exchange import sandbox
from exchange.annotate_child import OUTCOME, REASON, put_heading, put_text
from exchange.cells import HeaderCell
from exchange.reading import Sheet, read_sheet
from exchange.sheet_source import DEFAULT_LIMITS, MIB, SheetError
from exchange.xlsx_source import INSTRUCTIONS, META
from exchange.xlsx_writer import stream_xlsx

CHOICES: Final = "_choices"
# More than this takes openpyxl longer than anybody waits; the values then come back in a plain workbook.
KEPT_CELLS: Final = 100_000
_OPENPYXL_LIMITS: Final = replace(DEFAULT_LIMITS, child_memory=1024 * MIB, child_seconds=30, child_file_bytes=128 * MIB)


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One column to fill in: `choices` make a drop-down, `integer` (least, most) a column of whole numbers, else text."""

    title: str
    required: bool = False
    help: str = ""
    width: float = 16.0
    choices: Sequence[str] = ()
    integer: tuple[int, int] | None = None

    @property
    def heading(self) -> str:
        """The title as it stands in the file, mandatory ones with a star."""
        return f"{self.title}*" if self.required else self.title

    @property
    def rule(self) -> str:
        """What the column takes, in words."""
        if self.integer:
            return f"{self.integer[0]} 至 {self.integer[1]} 的整数"
        return "从下拉列表中选择" if self.choices else "文本"


def build_template(
    columns: Sequence[TemplateColumn],
    template: str,
    version: str,
    instructions: Sequence[str],
    sheet_title: str,
    rows: Iterable[Sequence[object]] = (),
    blank_rows: int = 2000,
    edition: str = "",
) -> bytes:
    """Return a workbook to fill in: the data sheet with `rows` in it, 填写说明, and hidden `_choices` and `_meta`.

    Drop-downs and number checks reach `blank_rows` below the rows given. `template`, `version` and the code of the
    `edition` that it is for come back from `read_sheet` in `Sheet.meta`.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = sheet_title
    last_row = 1 + _fill(sheet, columns, rows) + blank_rows
    _instruct(book.create_sheet(INSTRUCTIONS), columns, instructions)
    _check_typing(book, sheet, columns, last_row)
    meta = book.create_sheet(META)
    meta.sheet_state = "hidden"
    known = [("template", template), ("version", version), *([("edition", edition)] if edition else [])]
    for number, pair in enumerate(known, 1):
        for index, text in enumerate(pair, 1):
            put_text(meta.cell(number, index), text)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def annotate_workbook(original: bytes, filename: str, results: Mapping[int, tuple[str, str]]) -> bytes:
    """Return the uploaded table as .xlsx with 处理结果 and 错误说明 (`results` by row number), refused rows coloured.

    A workbook keeps its own sheets and formats; a CSV, a very large workbook and one that openpyxl cannot handle come
    back as a plain table of the same values. Raises SheetError as `read_sheet` does.
    """
    sheet = read_sheet(original, filename)
    if sheet.title and len(sheet.rows) * len(sheet.header) <= KEPT_CELLS:
        job = {"title": sheet.title, "header_row": sheet.header_row, "width": len(sheet.header), "results": results}
        try:
            payload = json.dumps(job).encode() + b"\n" + original
            return sandbox.run("exchange.annotate_child", [], payload, _OPENPYXL_LIMITS)
        except (SheetError, RuntimeError):
            # openpyxl stumbles over parts that a table does not need; the values are what people wait for.
            return _plain(sheet, results)
    return _plain(sheet, results)


def _fill(sheet: Worksheet, columns: Sequence[TemplateColumn], rows: Iterable[Sequence[object]]) -> int:
    """Write the headings and the rows given; return how many rows there were."""
    for index, column in enumerate(columns, 1):
        dimension = sheet.column_dimensions[get_column_letter(index)]
        dimension.width = column.width
        dimension.number_format = "0" if column.integer else "@"
        heading = sheet.cell(1, index)
        put_heading(heading, column.heading)
        if column.help:
            heading.comment = Comment(column.help, INSTRUCTIONS, height=120, width=280)
    sheet.freeze_panes = "A2"
    number = 1
    for number, row in enumerate(rows, 2):
        for index, (column, value) in enumerate(zip(columns, row, strict=True), 1):
            _put(sheet.cell(number, index), column, value)
    return number - 1


def _put(cell: Cell, column: TemplateColumn, value: object) -> None:
    if column.integer and isinstance(value, int):
        cell.value = value
        cell.number_format = "0"
    else:
        put_text(cell, "" if value is None else str(value))


def _instruct(sheet: Worksheet, columns: Sequence[TemplateColumn], instructions: Sequence[str]) -> None:
    """Write the instructions line by line, and below them a table of the columns."""
    table = [("列名", "是否必填", "填写内容", "说明")]
    table += [(each.title, "必填" if each.required else "选填", each.rule, each.help) for each in columns]
    for number, line in enumerate(instructions, 1):
        put_text(sheet.cell(number, 1), line)
    first = len(instructions) + 2
    for number, row in enumerate(table, first):
        for index, text in enumerate(row, 1):
            cell = sheet.cell(number, index)
            put_text(cell, text)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
    for index, width in enumerate((24, 10, 24, 64), 1):
        put_heading(sheet.cell(first, index), table[0][index - 1])
        sheet.column_dimensions[get_column_letter(index)].width = width


def _check_typing(book: Workbook, sheet: Worksheet, columns: Sequence[TemplateColumn], last_row: int) -> None:
    """Add the drop-downs, with their choices on a hidden sheet, and the checks of whole numbers."""
    hidden = book.create_sheet(CHOICES)
    hidden.sheet_state = "hidden"
    for index, column in enumerate(columns, 1):
        letters = get_column_letter(index)
        if column.integer:
            least, most = column.integer
            validation = DataValidation("whole", formula1=str(least), formula2=str(most), operator="between")
        elif column.choices:
            for number, choice in enumerate(column.choices, 1):
                put_text(hidden.cell(number, index), choice)
            cells = f"'{CHOICES}'!${letters}$1:${letters}${len(column.choices)}"
            book.defined_names[f"choices_{letters}"] = DefinedName(f"choices_{letters}", attr_text=cells)
            validation = DataValidation("list", formula1=f"choices_{letters}")
        else:
            continue
        validation.allow_blank = validation.showErrorMessage = True
        validation.errorTitle = column.title
        validation.error = f"请填写：{column.rule}"
        validation.add(f"{letters}2:{letters}{last_row}")
        sheet.add_data_validation(validation)


def _plain(sheet: Sheet, results: Mapping[int, tuple[str, str]]) -> bytes:
    kept = [index for index, title in enumerate(sheet.header) if title not in {OUTCOME, REASON}]
    header = [HeaderCell(sheet.header[index]) for index in kept] + [HeaderCell(OUTCOME, 12), HeaderCell(REASON, 48)]
    rows = ([*(row.cells[index].value for index in kept), *results.get(row.number, ("", ""))] for row in sheet.rows)
    return b"".join(stream_xlsx(header, rows, highlight=REASON))
