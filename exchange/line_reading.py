"""What the readers of uploaded tables share: where its columns stand, and what is wrong with a cell whatever it means."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from exchange.importing import Finding, Line
from exchange.reading import Cell, Kind, Sheet
from exchange.saying import Said
from exchange.sheet_source import SheetError
from exchange.template_book import TemplateColumn

_DAMAGED: Final = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE)
_HOW: Final = re.compile(r"^(.*?)[，；](请.*)$", re.DOTALL)
_BRACKETS: Final = str.maketrans("()", "（）")
AS_TEXT: Final = Said("请改为文本后重新填写")
NAMED: Final = 5  # rows that are told when a value stands in several


L = TypeVar("L", bound=Line)


def places(sheet: Sheet, columns: Sequence[TemplateColumn], template: str, name: str) -> dict[str, int]:
    """Return where each column stands; raise SheetError when it is another table, lacks a column or has one twice.

    ``template`` is what the hidden sheet of our own workbooks calls it, ``name`` what people do.
    """
    if sheet.meta.get("template", template) != template:
        raise SheetError(f"这不是{name}；请下载{name}填写后再上传")
    titles = [re.sub(r"[\s*＊]", "", title).translate(_BRACKETS) for title in sheet.header]
    missing = [column.title for column in columns if column.required and column.title not in titles]
    if missing:
        raise SheetError(f"缺少列“{'”“'.join(missing)}”；请下载{name}填写后再上传")
    known = [column.title for column in columns]
    twice = next((title for title in titles if title in known and titles.count(title) > 1), None)
    if twice:
        raise SheetError(f"列“{twice}”出现了两次；请删除多余的一列后再上传")
    return {title: titles.index(title) for title in known if title in titles}


def found(line: Line, cell: Cell, column: str, rule: Said, how: Said) -> None:
    """Note what is wrong with a cell."""
    line.findings.append(Finding(line.row, column, cell.text[:60], rule, how))


def unreadable(line: Line, cell: Cell, column: str) -> bool:
    """Refuse what stands for another value than the one seen: formulas and errors."""
    if cell.kind is Kind.FORMULA:
        found(line, cell, column, Said("单元格%(cell)s是公式", cell=cell.address), Said("请复制后“选择性粘贴—数值”"))
    elif cell.kind is Kind.ERROR:
        found(line, cell, column, Said("单元格%(cell)s是错误值", cell=cell.address), Said("请填写实际内容"))
    return cell.kind in (Kind.FORMULA, Kind.ERROR)


def code(line: Line, cell: Cell, column: str, empty: Said) -> str:
    """Return a code as typed; "" with a finding where nothing stands, or a number that has lost digits (DOMAIN §0.6)."""
    if unreadable(line, cell, column):
        return ""
    if cell.kind is Kind.EMPTY:
        found(line, cell, column, Said("未填写"), empty)
    elif cell.kind is not Kind.TEXT:
        rule = Said("单元格%(cell)s为%(kind)s格式，末位已丢失", cell=cell.address, kind=cell.kind.label)
        found(line, cell, column, rule, AS_TEXT)
    elif _DAMAGED.fullmatch(cell.text.strip()):
        found(line, cell, column, Said("单元格%(cell)s为科学计数法，末位已丢失", cell=cell.address), AS_TEXT)
    else:
        return cell.text
    return ""


def halves(message: str) -> tuple[Said, Said]:
    """Split a validator's sentence into what is wrong and how to mend it."""
    parts = _HOW.match(message)
    return Said.halves(parts[1], parts[2], message) if parts else (Said(message), Said("请核对后重新填写"))


def refuse_twice(
    lines: Iterable[L], key: Callable[[L], str], column: str, say: Callable[[str, bool], Said], how: Said
) -> None:
    """Refuse every row of a value that stands more than once: which one is meant nobody can tell.

    ``say`` makes the sentence of the first rows and of whether there are more.
    """
    same: dict[str, list[L]] = {}
    for line in lines:
        if value := key(line):
            same.setdefault(value, []).append(line)
    for value, rows in same.items():
        told = "、".join(str(line.row) for line in rows[:NAMED])
        rule = say(told, len(rows) > NAMED)
        for line in rows if len(rows) > 1 else ():
            line.findings.append(Finding(line.row, column, value, rule, how))
