"""Workbooks of any size, written as a stream in constant memory.

Inline strings, zlib level 1 and one column of a batch at a time keep it near twice the time of a bare `csv.writer`
(PERFORMANCE §3). A `str` is always a text cell, whatever it starts with, so no formula can arise and 18-digit codes
keep their digits (DOMAIN §0.6). Dates are real dates, so that Excel and WPS sort and group them.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from math import isfinite
from typing import Final, cast

from exchange import xlsx_parts as parts
from exchange.cells import SHUT, HeaderCell, Look, column_letters, legal_text, local_time, yes_no

BATCH_ROWS: Final = 256
CHUNK_BYTES: Final = 32_768
SHEET_ROWS = 1_048_576
# An entry below 2 GiB needs no zip64 record, which some readers of streamed archives do not understand.
SHEET_BYTES = 1_500_000_000
CELL_UNITS: Final = 32_767  # UTF-16 units in one cell
CUT_MARK: Final = "…（内容过长，已截断）"
EXACT: Final = 10**15  # numbers from here on lose digits in a spreadsheet
FIRST_EXACT_DATE: Final = date(1900, 3, 1)  # before it the serials count a 29 February 1900 that never was
EPOCH: Final = date(1899, 12, 30).toordinal()

_HEX_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def stream_xlsx(
    header: Sequence[HeaderCell],
    rows: Iterable[Sequence[object]],
    sheet: str = "数据",
    note: str = "",
    highlight: str | None = None,
    form: parts.Form | None = None,
    above: Sequence[Sequence[str]] = (),
) -> Iterator[bytes]:
    """Yield a workbook piece by piece; the first piece comes before the first row is asked for.

    `note` (who exported what and when) goes into the document properties and the printed footer. Rows whose cell
    under the heading `highlight` is filled are coloured. What does not fit on a sheet goes on in 数据2, 数据3, …
    With a `form` the sheet is protected, and others stand beside it; its rows have to fit on one sheet. Lines of text
    `above` the headings go with neither. A row of another length than the header raises ValueError.
    """
    marked = None if highlight is None else [column.title for column in header].index(highlight)
    sink = _Sink()
    source = iter(rows)
    batches = iter(lambda: list(islice(source, BATCH_ROWS)), [])
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.opening(note).items():
            archive.writestr(name, content)
        yield sink.take()
        sheets, batch = 0, next(batches, None)
        while batch is not None or not sheets:
            sheets += 1
            with archive.open(parts.sheet_path(sheets), "w") as entry:
                size = entry.write(_top(header, form, above, selected=sheets == 1).encode())
                last_row = len(above) + 1
                while batch is not None and last_row + len(batch) <= SHEET_ROWS and size < SHEET_BYTES:
                    size += entry.write(_batch_xml(batch, last_row + 1, header).encode())
                    last_row += len(batch)
                    yield from sink.ready()
                    batch = next(batches, None)
                entry.write(parts.sheet_tail(header, last_row, note, marked, form).encode())
        titles = [sheet if number == 1 else f"{sheet}{number}" for number in range(1, sheets + 1)]
        filtered = f"$A$1:${column_letters(len(header) - 1)}${last_row}" if form is not None else ""
        _finish(archive, titles, form, filtered)
    yield sink.take()


def _finish(archive: zipfile.ZipFile, titles: list[str], form: parts.Form | None, filtered: str) -> None:
    """Write the sheets beside the data, and what names them all."""
    beside, names = form.beside() if form is not None else ((), {})
    for number, side in enumerate(beside, len(titles) + 1):
        archive.writestr(parts.sheet_path(number), parts.side_sheet(side))
    hidden = {side.title for side in beside if side.hidden}
    for name, content in parts.closing([*titles, *(side.title for side in beside)], hidden, names, filtered).items():
        archive.writestr(name, content)


class _Sink:
    """The file that the archive writes to: it only keeps what was not handed on yet."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(piece)
        self._size += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Hold nothing back anywhere else."""

    def close(self) -> None:
        """Own nothing that could be closed."""

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return taken

    def ready(self) -> Iterator[bytes]:
        if self._size >= CHUNK_BYTES:
            yield self.take()


def _top(
    header: Sequence[HeaderCell], form: parts.Form | None, above: Sequence[Sequence[str]], *, selected: bool
) -> str:  # fmt: skip
    head = parts.sheet_head(header, selected=selected, form=form, above=len(above))
    return f"{head}{_above(above)}{_heading(header, len(above) + 1)}"


def _above(lines: Sequence[Sequence[str]]) -> str:
    rows = (
        "".join(_text(f"{column_letters(index)}{number}", text) for index, text in enumerate(line) if text)
        for number, line in enumerate(lines, 1)
    )
    return "".join(f'<row r="{number}">{row}</row>' for number, row in enumerate(rows, 1))


def _heading(header: Sequence[HeaderCell], number: int) -> str:
    cells = (
        _text(
            f"{column_letters(index)}{number}",
            column.title,
            parts.OPEN_HEADING if column.look is Look.open else parts.HEADING,
        )
        for index, column in enumerate(header)
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


def _batch_xml(batch: Sequence[Sequence[object]], first_row: int, header: Sequence[HeaderCell]) -> str:
    """Write one batch, column by column: the values of a column are mostly of one kind, which is cheap to tell."""
    numbers = [str(number) for number in range(first_row, first_row + len(batch))]
    columns = list(zip(*batch, strict=True))
    if len(columns) != len(header):
        raise ValueError(f"a row has {len(columns)} values below {len(header)} headings")
    strips = [
        _column(column_letters(index), numbers, values, header[index].look) for index, values in enumerate(columns)
    ]
    rows = map("".join, zip(*strips, strict=True))
    return "".join([f'<row r="{number}">{row}</row>' for number, row in zip(numbers, rows, strict=True)])


def _column(letters: str, numbers: Sequence[str], values: Sequence[object], look: Look) -> list[str]:
    """One cell's XML per row. Plain text and plain whole numbers, nearly all there is, skip the look at each cell."""
    if look is Look.open:
        return [_to_fill(letters + number, value) for number, value in zip(numbers, values, strict=True)]
    grey = parts.GREY if look is Look.shut else 0
    kinds = set(map(type, values))
    if kinds <= {str, type(None)} and _plain(cast(list[str], [value for value in values if value])):
        start, end = f'<c r="{letters}', f'" s="{parts.TEXT + grey}" t="inlineStr"><is><t>'
        return [
            f"{start}{number}{end}{value}</t></is></c>" if value else ""
            for number, value in zip(numbers, values, strict=True)
        ]
    if kinds == {int} and all(-EXACT < value < EXACT for value in cast(Sequence[int], values)):
        start, end = f'<c r="{letters}', f'" s="{parts.GENERAL + grey}"><v>'
        return [f"{start}{number}{end}{value}</v></c>" for number, value in zip(numbers, values, strict=True)]
    return [_cell(letters + number, value, grey) for number, value in zip(numbers, values, strict=True)]


def _to_fill(reference: str, value: object) -> str:
    """Write a cell of an open column: its style is told even where it is empty, for it says who may write."""
    if value is SHUT:
        return f'<c r="{reference}" s="{parts.GREY + parts.TEXT}"/>'
    return _text(reference, str(value), parts.OPEN) if value else f'<c r="{reference}" s="{parts.OPEN}"/>'


def _plain(texts: Sequence[str]) -> bool:
    """Whether every text can stand in XML as it is, without escapes, kept spaces or a cut."""
    joined = f"|{'|'.join(texts)}|"
    return (
        joined.isprintable()
        and not any(mark in joined for mark in ("&", "<", ">", "_x", "| ", " |"))
        and (len(joined) < CELL_UNITS // 2 or max(map(len, texts)) < CELL_UNITS // 2)
    )


def _cell(reference: str, value: object, grey: int = 0) -> str:
    """Any value as a cell: nothing for None and ''; text where a number would lose digits or is none."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _text(reference, value, parts.TEXT + grey) if value else ""
    if isinstance(value, bool):
        return _text(reference, yes_no(value=value), parts.TEXT + grey)
    if isinstance(value, int | float | Decimal):
        exact = isfinite(value) and -EXACT < value < EXACT
        if exact:
            return _number(reference, value, parts.GENERAL + grey)
    elif isinstance(value, date):
        return _date(reference, value, grey)
    return _text(reference, str(value), parts.TEXT + grey)


def _number(reference: str, value: float | Decimal, style: int) -> str:
    # The style is told even where it is the default one: LibreOffice would take the column's instead.
    return f'<c r="{reference}" s="{style}"><v>{value}</v></c>'


def _text(reference: str, text: str, style: int = parts.TEXT) -> str:
    text = _cut(legal_text(text))
    space = ' xml:space="preserve"' if text != text.strip() else ""
    text = _HEX_ESCAPE.sub("_x005F_", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t{space}>{text}</t></is></c>'


def _cut(text: str) -> str:
    """At most 32,767 UTF-16 units, all that a cell holds; Excel calls a longer one damage."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * CELL_UNITS:
        return text
    return units[: 2 * (CELL_UNITS - len(CUT_MARK))].decode("utf-16-le", "ignore") + CUT_MARK


def _date(reference: str, value: date, grey: int) -> str:
    """Write a serial day number with a date format; text before March 1900, where spreadsheets disagree."""
    if isinstance(value, datetime):
        value = local_time(value)
        if value.date() >= FIRST_EXACT_DATE:
            seconds = value.hour * 3600 + value.minute * 60 + value.second
            return _number(reference, value.toordinal() - EPOCH + seconds / 86400, parts.MOMENT + grey)
        return _text(reference, value.isoformat(" ", "seconds"), parts.TEXT + grey)
    if value >= FIRST_EXACT_DATE:
        return _number(reference, value.toordinal() - EPOCH, parts.DATE + grey)
    return _text(reference, value.isoformat(), parts.TEXT + grey)
