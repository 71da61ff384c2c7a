"""An uploaded workbook as numbered records, once the check of its zip has passed.

python-calamine reads it fastest (PERFORMANCE §4), but gives a formula's last result as if it had been typed, and an
error as an empty cell. Both are therefore looked up in the sheet's XML, where the check found any.
"""

import posixpath
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from io import BytesIO
from math import isfinite
from typing import Final
from xml.etree import ElementTree as ET

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from exchange.cells import column_letters
from exchange.sheet_source import Limits, SheetError, Source
from exchange.zip_check import DAMAGED, check_workbook, column_number

META: Final = "_meta"
INSTRUCTIONS: Final = "填写说明"
FORMULA: Final = "f"
EXACT: Final = 10**15

_RELATIONS: Final = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
# Attributes cannot hold "<", so no match runs beyond the next tag: linear whatever the file holds.
_TOKEN = re.compile(rb"<(?:\w+:)?(?:c\s([^<>]*)|(f)[\s/>]|v>([^<]*))")
_ADDRESS = re.compile(rb"""\br\s*=\s*["']([A-Z]+)(\d+)["']""")
_IS_ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")


def open_workbook(data: bytes, limits: Limits) -> Source:
    """Open the first visible sheet that holds anything, 填写说明 aside.

    Raises SheetError, the records do as well.
    """
    marked = check_workbook(data, limits)
    try:
        workbook = CalamineWorkbook.from_object(BytesIO(data))
        sheet = _data_sheet(workbook)
        meta = _meta(workbook)
        marks = _marks(data, sheet.name, marked) if marked else {}
    except (CalamineError, ET.ParseError, KeyError, ValueError, OSError) as error:
        raise SheetError(DAMAGED) from error
    if (sheet.end or (0, 0))[1] >= limits.columns:
        last = column_letters((sheet.end or (0, 0))[1])
        raise SheetError(
            f"工作表“{sheet.name}”用到了 {last} 列，最多读取 {limits.columns} 列；请删除右侧多余的列后再上传"
        )
    return Source(_records(sheet, marks), title=sheet.name, meta=meta, marks=marks)


def _data_sheet(workbook: CalamineWorkbook) -> CalamineSheet:
    names = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet
        and sheet.visible == SheetVisibleEnum.Visible
        and sheet.name != INSTRUCTIONS
    ]
    if not names:
        raise SheetError(f"文件里除“{INSTRUCTIONS}”外没有可见的工作表；请下载模板填写后再上传")
    for name in names:
        if (sheet := workbook.get_sheet_by_name(name)).end is not None:
            return sheet
    raise SheetError(f"工作表“{names[0]}”是空的；请填写后再上传")


def _meta(workbook: CalamineWorkbook) -> dict[str, str]:
    if META not in workbook.sheet_names:
        return {}
    rows = workbook.get_sheet_by_name(META).to_python(nrows=50)
    return {str(key): str(value) for key, value, *_ in (row for row in rows if len(row) > 1)}


def _records(sheet: CalamineSheet, marks: Mapping[int, Mapping[int, str]]) -> Iterator[tuple[int, list[object]]]:
    """Yield the rows from row 1 on, padded on the left: calamine leaves out empty columns there, but no rows."""
    left: list[object] = [""] * (sheet.start or (0, 0))[1]
    for number, row in enumerate(sheet.iter_rows(), 1):
        values = left + row
        if not {str}.issuperset(map(type, values)):
            values = [
                value if type(value) is str else _value(value, number, column) for column, value in enumerate(values)
            ]
        for column, mark in marks.get(number, {}).items():
            if mark != FORMULA and column < len(values):
                values[column] = mark
        yield number, values


def _value(value: object, number: int, column: int) -> object:
    """Give whole numbers back as int, which calamine makes float, and clock times as text."""
    if isinstance(value, float):
        if not isfinite(value):
            address = f"{column_letters(column)}{number}"
            raise SheetError(f"单元格 {address} 的内容不是有效的数字；请改正后重新上传")
        return int(value) if value.is_integer() and -EXACT < value < EXACT else value
    return str(value) if isinstance(value, time | timedelta) else value


def _marks(data: bytes, title: str, marked: frozenset[str]) -> dict[int, dict[int, str]]:
    """Find the cells of one sheet that hold a formula or an error."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        path = _sheet_path(archive, title)
        content = archive.read(path) if path in marked else b""
    marks: dict[int, dict[int, str]] = defaultdict(dict)
    attributes = b""
    for cell, formula, result in _TOKEN.findall(content):
        if cell:
            attributes = cell
        elif (formula or _IS_ERROR.search(attributes)) and (address := _ADDRESS.search(attributes)):
            row, column = int(address[2][:9]), column_number(address[1]) - 1
            marks[row][column] = FORMULA if formula else result.decode(errors="replace")[:40]
    return marks


def _sheet_path(archive: zipfile.ZipFile, title: str) -> str:
    """Follow workbook.xml and its relations to the part that holds a sheet."""
    actual = {name.lower(): name for name in archive.namelist()}
    book = ET.fromstring(archive.read(actual["xl/workbook.xml"]))  # noqa: S314 -- checked: no DOCTYPE, no entities
    relations = ET.fromstring(archive.read(actual["xl/_rels/workbook.xml.rels"]))  # noqa: S314 -- as above
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for sheet in book.iter():
        if sheet.tag.endswith("}sheet") and sheet.get("name") == title:
            identity = next(filter(None, map(sheet.get, _RELATIONS)), None)
            path = posixpath.normpath(posixpath.join("/xl", targets[identity])).lstrip("/")
            return actual[path.lower()]
    raise KeyError(title)
