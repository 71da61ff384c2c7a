"""An uploaded quota table, cell by cell: what each row asks for, and everything wrong with it (DOMAIN §5.1, §0.6)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from exchange.importing import Finding
from exchange.quota_template import CODE, COLUMNS, LABELS, MOST, NAME, REMARK, TEMPLATE
from exchange.reading import Cell, Kind, Row, Sheet
from exchange.saying import Said
from exchange.sheet_source import SheetError
from models import Label
from models.validators import Invalid, check_unit_name, check_uscc, normalise

_DAMAGED = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE)
_HOW = re.compile(r"^(.*?)[，；](请.*)$", re.DOTALL)
_WHOLE = re.compile(r"[0-9]{1,4}(?:\.0+)?")
_LONGEST_REMARK = 200
AS_TEXT = Said("请改为文本后重新填写")


@dataclass
class Line:
    """One row: the numbers asked for by label (None keeps what stands), and its findings."""

    row: int
    uscc: str = ""
    name: str | None = None
    remark: str | None = None
    wanted: dict[Label, int | None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    warnings: list[Said] = field(default_factory=list)


def read_lines(sheet: Sheet) -> list[Line]:
    """Read every row; raise SheetError when the table is not the quota template."""
    places = _places(sheet)
    lines = [_line(row, places) for row in sheet.rows]
    _refuse_twice(lines)
    return lines


def _places(sheet: Sheet) -> dict[str, int]:
    if sheet.meta.get("template", TEMPLATE) != TEMPLATE:
        raise SheetError("这不是额度导入模板；请下载额度导入模板填写后再上传")
    titles = [re.sub(r"[\s*＊]", "", title) for title in sheet.header]
    missing = [column.title for column in COLUMNS if column.required and column.title not in titles]
    if missing:
        raise SheetError(f"缺少列“{'”“'.join(missing)}”；请下载额度导入模板填写后再上传")
    known = [column.title for column in COLUMNS]
    twice = next((title for title in titles if title in known and titles.count(title) > 1), None)
    if twice:
        raise SheetError(f"列“{twice}”出现了两次；请删除多余的一列后再上传")
    return {title: titles.index(title) for title in known if title in titles}


def _line(row: Row, places: dict[str, int]) -> Line:
    line = Line(row.number)
    line.uscc = _code(line, row.cells[places[CODE]])
    if NAME in places:
        line.name = _checked(line, row.cells[places[NAME]], NAME, check_unit_name)
    if REMARK in places:
        line.remark = _checked(line, row.cells[places[REMARK]], REMARK, _remark)
    for title, label in LABELS.items():
        line.wanted[label] = _number(line, row.cells[places[title]], title)
    return line


def _found(line: Line, cell: Cell, column: str, rule: Said, how: Said) -> None:
    line.findings.append(Finding(line.row, column, cell.text[:60], rule, how))


def _unreadable(line: Line, cell: Cell, column: str) -> bool:
    """Refuse what stands for another value than the one seen: formulas and errors."""
    if cell.kind is Kind.FORMULA:
        _found(line, cell, column, Said("单元格%(cell)s是公式", cell=cell.address), Said("请复制后“选择性粘贴—数值”"))
    elif cell.kind is Kind.ERROR:
        _found(line, cell, column, Said("单元格%(cell)s是错误值", cell=cell.address), Said("请填写实际内容"))
    return cell.kind in (Kind.FORMULA, Kind.ERROR)


def _code(line: Line, cell: Cell) -> str:
    if _unreadable(line, cell, CODE):
        return ""
    if cell.kind is Kind.EMPTY:
        _found(line, cell, CODE, Said("未填写"), Said("请填写18位统一社会信用代码"))
    elif cell.kind is not Kind.TEXT:
        rule = Said("单元格%(cell)s为%(kind)s格式，末位已丢失", cell=cell.address, kind=cell.kind.label)
        _found(line, cell, CODE, rule, AS_TEXT)
    elif _DAMAGED.fullmatch(cell.text.strip()):
        _found(line, cell, CODE, Said("单元格%(cell)s为科学计数法，末位已丢失", cell=cell.address), AS_TEXT)
    else:
        try:
            return check_uscc(cell.text)
        except Invalid as bad:
            _found(line, cell, CODE, *_halves(bad.message))
    return ""


def _halves(message: str) -> tuple[Said, Said]:
    """Split a validator's sentence into what is wrong and how to mend it."""
    found = _HOW.match(message)
    return Said.halves(found[1], found[2], message) if found else (Said(message), Said("请核对后重新填写"))


def _checked(line: Line, cell: Cell, column: str, check: Callable[[str], str]) -> str | None:
    """Return an optional text in its stored form; None for a blank."""
    if cell.kind is Kind.EMPTY or _unreadable(line, cell, column):
        return None
    try:
        return check(cell.text) or None
    except Invalid as bad:
        _found(line, cell, column, *_halves(bad.message))
        return None


def _remark(text: str) -> str:
    return normalise(text, _LONGEST_REMARK)


def _number(line: Line, cell: Cell, column: str) -> int | None:
    if cell.kind is Kind.EMPTY or _unreadable(line, cell, column):
        return None
    text = cell.text.strip()
    if cell.kind is Kind.TEXT and len(text) <= 20:
        text = normalise(text)
    if not text:
        return None
    if cell.kind in (Kind.TEXT, Kind.NUMBER) and _WHOLE.fullmatch(text) and int(float(text)) <= MOST:
        return int(float(text))
    _found(line, cell, column, Said("应为0至%(most)s的整数", most=MOST), Said("请填写整数；保持不变请留空，不分配填0"))
    return None


def _refuse_twice(lines: Sequence[Line]) -> None:
    """Refuse every row of a code that stands more than once: which one is meant nobody can tell."""
    rows: dict[str, list[Line]] = {}
    for line in lines:
        if line.uscc:
            rows.setdefault(line.uscc, []).append(line)
    for same in rows.values():
        if len(same) > 1:
            told = "、".join(str(line.row) for line in same[:5])
            rule = Said("第%(rows)s行等代码重复" if len(same) > 5 else "第%(rows)s行代码重复", rows=told)
            for line in same:
                line.findings.append(Finding(line.row, CODE, line.uscc, rule, Said("请每家单位只保留一行")))
