"""A table of results of the police check, cell by cell: which row of which batch, what came out, and what is wrong (DOMAIN §5.3)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from exchange.cells import HeaderCell
from exchange.importing import Finding
from exchange.reading import Cell, Kind, Row, Sheet
from exchange.saying import Said
from exchange.security_list import BATCH, CODE, DAY, MARK, NAME, PAPER, PERSON, RESULT, RESULTS, TAIL, TEMPLATE
from exchange.sheet_source import SheetError
from exchange.xlsx_writer import stream_xlsx
from models import SecurityStatus
from models.columns import SHANGHAI
from models.kinds import mask, now
from models.validators import Invalid, normalise
from workflow.values import read_date

NEEDED: Final = (BATCH, PERSON, NAME, RESULT, DAY)
KNOWN: Final = (*NEEDED, TAIL, PAPER, MARK, CODE)
TEXTS: Final = (BATCH, PERSON, TAIL, PAPER, MARK)  # a number in such a cell has lost digits
FILLED: Final = (RESULT, CODE, DAY)
SHOWN: Final = 40
_CODE = re.compile(r"[A-Za-z0-9._-]{1,20}")
_GAPS: Final = 1000  # blank rows that are kept, so that rows keep their numbers
AGAIN = Said("请从送审名单复制后重新填写")


@dataclass
class Line:
    """One row; without a result it is left untouched. ``mark`` is None where the table has no check values."""

    row: int
    batch: str = ""
    person: str = ""
    name: str = ""
    tail: str = ""
    mark: str | None = None
    result: SecurityStatus | None = None
    code: str | None = None
    day: date | None = None
    typed: str = ""
    findings: list[Finding] = field(default_factory=list)

    def refuse(self, column: str, value: str, rule: Said, how: Said) -> None:
        """Note what is wrong with a cell."""
        self.findings.append(Finding(self.row, column, value[:SHOWN], rule, how))


def read_lines(sheet: Sheet) -> list[Line]:
    """Read every row; raise SheetError when the table is not one of results."""
    places = _places(sheet)
    lines = [_line(row, places) for row in sheet.rows]
    _refuse_twice(lines)
    return lines


def has_marks(sheet: Sheet) -> bool:
    """Whether the table has a column of check values."""
    return MARK in _places(sheet)


def _places(sheet: Sheet) -> dict[str, int]:
    if sheet.meta.get("template", TEMPLATE) != TEMPLATE:
        raise SheetError("这不是送审名单；请在送审名单的黄色列中填写审核结果后上传")
    titles = [re.sub(r"[\s*＊]", "", title) for title in sheet.header]
    twice = next((title for title in titles if title in KNOWN and titles.count(title) > 1), None)
    if twice:
        raise SheetError(f"列“{twice}”出现了两次；请删除多余的一列后再上传")
    missing = [title for title in NEEDED if title not in titles]
    if not {TAIL, PAPER} & set(titles):
        missing.append(TAIL)
    if missing:
        raise SheetError(f"缺少列“{'”“'.join(missing)}”；请在送审名单的黄色列中填写审核结果后上传")
    return {title: titles.index(title) for title in KNOWN if title in titles}


def _line(row: Row, places: Mapping[str, int]) -> Line:
    cells = {title: row.cells[index] for title, index in places.items()}
    line = Line(row.number, typed=cells[RESULT].text.strip())
    filled = [title for title in FILLED if title in cells and _is_filled(cells[title])]
    line.batch, line.person = (_code(cells[title]) for title in (BATCH, PERSON))
    if RESULT not in filled:
        if filled:
            line.refuse(
                RESULT, "", Said("没有填写审核结果"), Said("请填写：通过、不通过、信息不符；没有结果的行请全部留空")
            )
        return line
    for title, cell in cells.items():
        _refuse_unreadable(line, title, cell)
    if line.findings:
        return line
    line.name = cells[NAME].text
    line.tail = _text(cells[TAIL if TAIL in cells else PAPER])[-4:].upper()
    line.mark = _text(cells[MARK]).lower() if MARK in cells else None
    _read_result(line, cells)
    return line


def _code(cell: Cell) -> str:
    """Return a code as typed, nothing where it is none: what a number lost is not the same each time it is kept and read."""
    return cell.text.strip().upper() if cell.kind is Kind.TEXT else ""


def _text(cell: Cell) -> str:
    return "".join(cell.text.split())


def _is_filled(cell: Cell) -> bool:
    return bool(cell.text.strip()) or cell.kind in (Kind.FORMULA, Kind.ERROR)


def _refuse_unreadable(line: Line, title: str, cell: Cell) -> None:
    """Refuse formulas, errors, numbers where a code belongs, and empty cells where something must stand."""
    if cell.kind is Kind.FORMULA:
        line.refuse(title, "", Said("单元格%(cell)s是公式", cell=cell.address), Said("请复制后“选择性粘贴—数值”"))
    elif cell.kind is Kind.ERROR:
        line.refuse(title, "", Said("单元格%(cell)s是错误值", cell=cell.address), Said("请填写实际内容"))
    elif title in TEXTS and cell.kind not in (Kind.TEXT, Kind.EMPTY):
        line.refuse(
            title, "", Said("单元格%(cell)s为数值格式，数字可能已丢失", cell=cell.address), Said("请改为文本后重新填写")
        )
    elif title != CODE and not cell.text.strip() and title != PAPER:
        line.refuse(title, "", Said("单元格%(cell)s未填写", cell=cell.address), Said("请补充后重新上传"))


def _read_result(line: Line, cells: Mapping[str, Cell]) -> None:
    said = "".join(line.typed.split())
    line.result = RESULTS.get(said)
    if line.result is None:
        line.refuse(RESULT, said, Said("没有这种审核结果"), Said("请填写：通过、不通过、信息不符"))
    code = _text(cells[CODE]) if CODE in cells else ""
    if code and not _CODE.fullmatch(code):
        line.refuse(
            CODE,
            mask("restricted", code),
            Said("原因代码只能是字母、数字和 . _ -，不超过 20 个"),
            Said("请改正后重新上传"),
        )
    line.code = code or None
    try:
        line.day = read_date(cells[DAY].value)
    except Invalid:
        line.refuse(DAY, cells[DAY].text, Said("审核日期不能识别"), Said("请填写如 2026-09-01"))
    if line.day is not None and line.day > now().astimezone(SHANGHAI).date():
        line.refuse(DAY, cells[DAY].text, Said("审核日期晚于今天"), Said("请核对后重新填写"))


def _refuse_twice(lines: Sequence[Line]) -> None:
    """Refuse every row of a person who stands more than once: which result is meant nobody can tell."""
    rows: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if line.typed and line.person:
            rows.setdefault((line.batch, line.person), []).append(line)
    for same in rows.values():
        if len(same) > 1:
            told = "、".join(str(line.row) for line in same[:5])
            for line in same:
                line.refuse(PERSON, line.person, Said("第%(rows)s行是同一人员", rows=told), Said("请只保留一行"))


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one name; blanks and full-width forms do not count."""
    try:
        return "".join(normalise(one).split()) == "".join(normalise(other).split())
    except Invalid:
        return False


def reduced(sheet: Sheet) -> bytes:
    """Return the table without what is not needed to read it again: of numbers of papers the last four characters stay."""
    places = _places(sheet)
    titles = [title for title in KNOWN if title in places and not (title == PAPER and TAIL in places)]
    rows = {row.number: [_kept(title, row.cells[places[title]]) for title in titles] for row in sheet.rows}
    last = max(rows, default=1)
    numbers = range(2, last + 1) if last <= len(rows) + _GAPS else sorted(rows)
    blank: list[object] = [None] * len(titles)
    header = [HeaderCell(TAIL if title == PAPER else title) for title in titles]
    return b"".join(stream_xlsx(header, [rows.get(number, blank) for number in numbers]))


def _kept(title: str, cell: Cell) -> object:
    """Return a cell as it is read again with the same outcome; what cannot be read stays unreadable."""
    if cell.kind in (Kind.FORMULA, Kind.ERROR):
        return "#公式" if cell.kind is Kind.FORMULA else cell.text or "#"
    if title in TEXTS and cell.kind not in (Kind.TEXT, Kind.EMPTY):
        return 0  # a number that lost digits, whichever
    if title != PAPER:
        return cell.value if isinstance(cell.value, int | float | date | datetime) else cell.text[:200]
    return _text(cell)[-4:]
