"""Parsing of an uploaded table into lines of JSON: in a confined child, or in place for a small CSV.

Each line is a list of rows, each row its number followed by its values: text, number, boolean, null or
``{"date": ISO text}``. The last line is an object that tells the rest: `Ending`. A refusal is the one line
``{"error": sentence}``.
"""

import json
import sys
from collections.abc import Iterator
from datetime import date
from itertools import chain, islice
from typing import Final

from exchange.csv_source import open_csv
from exchange.sheet_source import MIB, Limits, SheetError, Source
from exchange.xlsx_source import open_workbook

BLOCK_ROWS: Final = 500

Record = tuple[int, list[object]]


def main(arguments: list[str]) -> None:
    """Read the file on standard input; `arguments`: the limits, then "xlsx" or "csv"."""
    settings, kind = arguments
    limits = Limits(**json.loads(settings))
    sys.stdout.buffer.write(parse(sys.stdin.buffer.read(), kind, limits))


def parse(data: bytes, kind: str, limits: Limits) -> bytes:
    """Return the lines described above; whatever is wrong with the file is told in them."""
    try:
        source = open_workbook(data, limits) if kind == "xlsx" else open_csv(data)
        return b"\n".join(_lines(source, limits))
    except SheetError as error:
        return _line({"error": str(error)})


def _lines(source: Source, limits: Limits) -> Iterator[bytes]:
    records = _filled(source, limits)
    (header_row, header), records = _heading(records)
    rows, width, size = 0, len(header), 0
    for block in iter(lambda: list(islice(records, BLOCK_ROWS)), []):
        rows += len(block)
        if rows > limits.rows:
            raise SheetError(f"数据超过 {limits.rows} 行；请拆成几个文件分批上传")
        width = max(width, *(len(values) for _, values in block))
        line = _line([[number, *values] for number, values in block])
        size += len(line)
        if size > limits.content_bytes:
            raise SheetError(f"文件内容超过 {limits.content_bytes // MIB} MB；请拆成几个文件分批上传")
        yield line
    yield _line(
        {
            "header": [*map(str, header), *[""] * (width - len(header))],
            "header_row": header_row,
            "rows": rows,
            "title": source.title,
            "encoding": source.encoding,
            "meta": source.meta,
            "marks": source.marks,
        },
    )


def _filled(source: Source, limits: Limits) -> Iterator[Record]:
    """Pass the records that hold more than blanks, cut after their last cell: formatted empty rows are no data."""
    for number, values in source.records:
        while values and values[-1] == "":
            values.pop()
        if len(values) > limits.columns:
            raise SheetError(
                f"第 {number} 行有 {len(values)} 列，最多读取 {limits.columns} 列；请删除右侧多余的列后再上传"
            )
        if any(not isinstance(value, str) or value.strip() for value in values):
            yield number, values


def _heading(records: Iterator[Record]) -> tuple[Record, Iterator[Record]]:
    """Take the first row as the heading, or the second below a title: a row with one cell above one with more."""
    first = next(records, None)
    if first is None:
        raise SheetError("文件里没有内容；请下载模板填写后再上传")
    second = next(records, None)
    if second is None:
        return first, records
    if _cells(first) == 1 and _cells(second) > 1:
        return second, records
    return first, chain([second], records)


def _cells(record: Record) -> int:
    return sum(value != "" for value in record[1])


def _line(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, default=_plain, separators=(",", ":")).encode()


def _plain(value: object) -> object:
    if isinstance(value, date):
        return {"date": value.isoformat()}
    raise TypeError(f"{type(value).__name__} in a sheet")
