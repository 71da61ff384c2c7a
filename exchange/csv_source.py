"""An uploaded CSV as numbered records: the encoding and the delimiter are found out, guarded texts restored."""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from typing import Final

from exchange.csv_writer import undo_neutralised
from exchange.sheet_source import SheetError, Source

_MEND: Final = "请用 Excel 或 WPS 另存为“CSV UTF-8（逗号分隔）”或 .xlsx 再上传"
_DELIMITERS: Final = (",", "\t", ";")
_QUOTED = re.compile('"(?:[^"]|"")*"')
_AS_TEXT = re.compile('="([^"]*)"')


def open_csv(data: bytes) -> Source:
    """Open a CSV; the records raise SheetError as well, when its quotes do not close."""
    text, encoding = _decoded(data)
    return Source(_records(text, _delimiter(text)), encoding=encoding)


def _decoded(data: bytes) -> tuple[str, str]:
    """Decode strictly, UTF-8 first: most UTF-8 Chinese would pass as GB18030 mojibake, hardly ever the reverse."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SheetError(f"文件是 UTF-16 编码的文本；{_MEND}")
    if b"\x00" in data:
        raise SheetError(f"文件含有二进制内容，不是 CSV 文本；{_MEND}")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise SheetError(f"文件的文字编码既不是 UTF-8 也不是 GB18030，无法识别；{_MEND}")


def _delimiter(text: str) -> str:
    """Take the delimiter that the first line with any has most of, outside quotes."""
    for line in _QUOTED.sub("", text[:65_536]).splitlines():
        most = max(_DELIMITERS, key=line.count)
        if most in line:
            return most
    return ","


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[object]]]:
    records = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, values in enumerate(records, 1):
            yield number, [_restored(value) if value[:1] in {"'", "="} else value for value in values]
    except csv.Error as error:
        raise SheetError(f"第 {number + 1} 行附近的双引号不成对，或单元格过长；{_MEND}") from error


def _restored(value: str) -> str:
    """Undo our own guard against formulas, and the ="…" by which others keep long codes text."""
    as_text = _AS_TEXT.fullmatch(value)
    return as_text[1] if as_text else undo_neutralised(value)
