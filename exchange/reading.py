"""Reading of uploaded tables, .xlsx and CSV, into cells that know their address and what kind of thing they hold.

What arrives comes from strangers: the size and the first bytes are looked at here, everything else happens in a
confined child process (sandbox.py). The whole file is read before the first row is given out, so a refusal never
comes half-way.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from types import NoneType
from typing import Final, NamedTuple

from exchange import read_child, sandbox
from exchange.cells import column_letters, yes_no
from exchange.sheet_source import DEFAULT_LIMITS, MIB, Limits, SheetError
from exchange.xlsx_source import FORMULA
from models.words import Labelled

__all__ = ["Cell", "Kind", "Limits", "Row", "Rows", "Sheet", "SheetError", "Value", "read_sheet"]

# Below this size a CSV cannot use up anything worth a process of its own.
IN_PLACE_BYTES: Final = 512 * 1024

_OLE: Final = bytes.fromhex("D0CF11E0A1B11AE1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_TEXT_SUFFIXES: Final = {".csv", ".txt", ".tsv"}
_BOOK_SUFFIXES: Final = {".xlsx", ".xlsm", ".xls", ".et"}

Value = str | int | float | bool | date | None


class Kind(Labelled):
    """What a cell holds. FORMULA keeps the result last computed, ERROR the text shown (#N/A)."""

    TEXT = "TEXT", "文本"
    NUMBER = "NUMBER", "数值"
    DATE = "DATE", "日期"
    BOOL = "BOOL", "逻辑值"
    EMPTY = "EMPTY", "空"
    FORMULA = "FORMULA", "公式"
    ERROR = "ERROR", "错误值"


_KINDS: Final[Mapping[type, Kind]] = {
    str: Kind.TEXT,
    int: Kind.NUMBER,
    float: Kind.NUMBER,
    bool: Kind.BOOL,
    date: Kind.DATE,
    datetime: Kind.DATE,
    NoneType: Kind.EMPTY,
}


class Cell(NamedTuple):
    """One cell; `row` counts from 1, `column` from 0."""

    value: Value
    kind: Kind
    row: int
    column: int

    @property
    def address(self) -> str:
        """The cell as people name it: C5."""
        return f"{column_letters(self.column)}{self.row}"

    @property
    def text(self) -> str:
        """The value as one would type it: 6 for 6.0, an ISO date, 是 or 否, nothing for an empty cell."""
        if isinstance(self.value, bool):
            return yes_no(value=self.value)
        if isinstance(self.value, datetime):
            return self.value.isoformat(" ", "seconds")
        return "" if self.value is None else str(self.value)


class Row(NamedTuple):
    """A row with anything in it, by its number in the sheet; as many cells as the header has."""

    number: int
    cells: list[Cell]


class Rows:
    """The data rows; cells are made while iterating, so that a big file stays small. Can be gone through again."""

    def __init__(self, blocks: Sequence[bytes], count: int, width: int, marks: Mapping[str, Mapping[str, str]]) -> None:
        self._blocks = blocks
        self._count = count
        self._width = width
        self._marks = {int(row): {int(column): mark for column, mark in of.items()} for row, of in marks.items()}

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        for block in self._blocks:
            for number, *values in json.loads(block, object_hook=_dated):
                filled = [None if value == "" else value for value in values]
                filled.extend([None] * (self._width - len(filled)))
                cells = [Cell(value, _KINDS[type(value)], number, column) for column, value in enumerate(filled)]
                for column, mark in self._marks.get(number, {}).items():
                    if column < self._width:
                        cells[column] = cells[column]._replace(kind=Kind.FORMULA if mark == FORMULA else Kind.ERROR)
                yield Row(number, cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as read.

    `header`: stripped titles from column A on, "" where data has none above it; `header_row`: its row number.
    `title`: the worksheet read, "" for CSV. `encoding`: "utf-8" or "gb18030" for CSV, else "".
    `meta`: the keys and values of a hidden `_meta` sheet, if there is one.
    """

    header: list[str]
    rows: Rows
    header_row: int
    title: str
    encoding: str
    meta: dict[str, str]


def read_sheet(data: bytes, filename: str, limits: Limits = DEFAULT_LIMITS) -> Sheet:
    """Read the first visible data sheet of a workbook, or a CSV.

    Raises SheetError with a sentence that says what is wrong and how to mend it.
    """
    kind = _format(data, filename, limits)
    parse = read_child.parse if kind == "csv" and len(data) <= IN_PLACE_BYTES else _in_child
    answer = parse(data, kind, limits)
    *blocks, last = answer.splitlines()
    ending = json.loads(last)
    if "error" in ending:
        raise SheetError(ending["error"])
    header = [title.strip() for title in ending["header"]]
    return Sheet(
        header=header,
        rows=Rows(blocks, ending["rows"], len(header), ending["marks"]),
        header_row=ending["header_row"],
        title=ending["title"],
        encoding=ending["encoding"],
        meta=ending["meta"],
    )


def is_encrypted(data: bytes) -> bool:
    """Whether a workbook has a password to open it."""
    return data.startswith(_OLE) and _ENCRYPTED in data


def _in_child(data: bytes, kind: str, limits: Limits) -> bytes:
    return sandbox.run("exchange.read_child", [kind], data, limits)


def _format(data: bytes, filename: str, limits: Limits) -> str:
    """Tell "xlsx" from "csv" by content, because names lie; refuse the rest by what it is."""
    if len(data) > limits.file_bytes:
        raise SheetError(f"文件超过 {limits.file_bytes // MIB} MB；请拆成几个文件分批上传")
    if not data.strip():
        raise SheetError("文件是空的；请下载模板填写后再上传")
    if data.startswith(b"PK\x03\x04"):
        return "xlsx"
    if data.startswith(_OLE):
        if is_encrypted(data):
            raise SheetError("文件已加密，请去掉打开密码后重新上传")
        raise SheetError("文件是旧版 .xls 格式；请用 Excel 或 WPS 另存为 .xlsx 再上传")
    suffix = PurePath(filename).suffix.lower()
    if suffix in _TEXT_SUFFIXES:
        return "csv"
    if suffix in _BOOK_SUFFIXES:
        raise SheetError(
            f"文件的扩展名是 {suffix}，内容却不是 Excel 工作簿；请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"
        )
    raise SheetError("只能读取 .xlsx 或 .csv 文件；请下载模板填写后再上传")


def _dated(content: dict[str, str]) -> date:
    """Rebuild the only objects that a row can hold; a moment at midnight is still a moment."""
    text = content["date"]
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
