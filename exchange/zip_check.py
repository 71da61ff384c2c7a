"""The look at an uploaded workbook before any parser sees it (SECURITY I03, I04).

Everything in it is unpacked once, part by part and within the limits; what a plain table never holds is refused by name.
"""

import re
import zipfile
import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import Final

from exchange.sheet_source import MIB, Limits, SheetError

DAMAGED: Final = "文件已损坏或不是标准的 Excel 工作簿；请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"
# The end of a formula with or without a namespace prefix, the type of an error cell; a false alarm costs only time.
_MARKS: Final = (b"f>", b'"e"', b"'e'")
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_REFERENCE: Final = rb"""\s[^<>]*?ref\s*=\s*["']\$?([A-Za-z]+)\$?(\d+):\$?([A-Za-z]+)\$?(\d+)"""
_MERGED = re.compile(b"mergeCell" + _REFERENCE)
_DIMENSION = re.compile(b"dimension" + _REFERENCE)
_ENTRY_MARK: Final = b"PK\x01\x02"


def check_workbook(data: bytes, limits: Limits) -> frozenset[str]:
    """Refuse what is dangerous or no .xlsx; return the paths of the parts that hold formulas or error values.

    Raises SheetError.
    """
    # Counted before the directory is read: its objects alone could fill the memory.
    if data.count(_ENTRY_MARK) > limits.entries:
        raise SheetError(f"文件内部的部件超过 {limits.entries} 个；请把数据复制到新下载的模板中再上传")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_names([entry.filename for entry in entries])
            _check_sizes(entries, limits)
            return frozenset(
                entry.filename for entry in entries if _check_part(entry.filename, archive.read(entry), limits)
            )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise SheetError(DAMAGED) from error


def _check_names(names: Sequence[str]) -> None:
    lowered = [name.lower() for name in names]
    if len(set(lowered)) != len(lowered):
        raise SheetError("文件内部有重名的部件，可能被篡改；请用 Excel 或 WPS 打开后另存为 .xlsx 再上传")
    if any(".." in name or name.startswith("/") or "\\" in name or ":" in name for name in lowered):
        raise SheetError("文件内部的部件名不合法，可能被篡改；请用 Excel 或 WPS 打开后另存为 .xlsx 再上传")
    if any("vbaproject" in name for name in lowered):
        raise SheetError("文件含有宏；请另存为不含宏的 .xlsx 再上传")
    if any("externallinks/" in name for name in lowered):
        raise SheetError("文件含有指向其他工作簿的链接；请在“数据 → 编辑链接”中断开链接，或粘贴为值后再上传")
    if "xl/workbook.bin" in lowered or "mimetype" in lowered:
        raise SheetError("文件是 .xlsb 或 .ods 格式；请用 Excel 或 WPS 另存为 .xlsx 再上传")
    if "xl/workbook.xml" not in lowered:
        raise SheetError("文件不是 Excel 工作簿；请上传 .xlsx 或 .csv 文件")


def _check_sizes(entries: Sequence[zipfile.ZipInfo], limits: Limits) -> None:
    if any(entry.flag_bits & 1 for entry in entries):
        raise SheetError("文件已加密，请去掉打开密码后重新上传")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > limits.unpacked_bytes:
        raise SheetError(
            f"文件展开后超过 {limits.unpacked_bytes // MIB} MB；请删除多余的行、列和格式，或拆成几个文件上传"
        )
    if unpacked > limits.ratio_from and unpacked > limits.ratio * packed:
        raise SheetError(f"文件的压缩比超过 {limits.ratio} 倍，不像正常的表格；请把数据复制到新下载的模板中再上传")


def _check_part(name: str, content: bytes, limits: Limits) -> bool:
    """Refuse what one part must not hold; say whether it has formulas or error values."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise SheetError("文件内部含有不允许的 XML 声明（DOCTYPE 或 ENTITY）；请把数据复制到新下载的模板中再上传")
    if not name.lower().endswith((".xml", ".rels")):
        return False
    declared = _ENCODING.match(content[:200].removeprefix(b"\xef\xbb\xbf"))
    if b"\x00" in content or (declared and declared[1].lower() not in {b"utf-8", b"us-ascii"}):
        raise SheetError("文件内部的文字编码不是 UTF-8；请用 Excel 或 WPS 打开后另存为 .xlsx 再上传")
    _check_ranges(content, limits)
    return any(mark in content for mark in _MARKS)


def _check_ranges(content: bytes, limits: Limits) -> None:
    """Refuse ranges far beyond any table: some readers make a cell for each place in them."""
    merged = 0
    for corners in _MERGED.findall(content):
        merged += _area(*corners)
        if merged > limits.merged_cells:
            raise SheetError("合并单元格的范围过大；请取消合并单元格后再上传")
    # Ten times the cap: a stray format far below the table is common and harmless.
    if any(_area(*corners) > 10 * limits.rows * limits.columns for corners in _DIMENSION.findall(content)):
        raise SheetError("表格的范围过大，数据区以外可能有多余的内容或格式；请删除空白的行和列后另存再上传")


def _area(left: bytes, top: bytes, right: bytes, bottom: bytes) -> int:
    """Count the cells of a range; digits beyond nine are as good as nine."""
    return (column_number(right) - column_number(left) + 1) * (int(bottom[:9]) - int(top[:9]) + 1)


def column_number(letters: bytes) -> int:
    """Count a column from 1 by its letters: A → 1, XFD → 16384; letters beyond three are left out."""
    number = 0
    for letter in letters.upper()[:3]:
        number = number * 26 + letter - 64
    return number
