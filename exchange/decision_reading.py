"""A decision workbook that came back, cell by cell: what each row asks for, and everything wrong with it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exchange import decision_sheet as sheet
from exchange import decision_words as say
from exchange.importing import Finding
from exchange.reading import Cell, Kind, Row, Sheet
from exchange.sheet_source import SheetError
from workflow.answers import AnswersInvalid, read_answers
from workflow.moves import Ask, Move
from workflow.values import NO, YES

SHOWN = 60  # characters of a cell that a finding repeats


@dataclass
class Line:
    """One row: which record in which version, and what is decided on it; without a move it is left untouched."""

    row: int
    ref: str = ""
    seen: int = 0
    move: Move | None = None
    answers: dict[str, str] = field(default_factory=dict)
    words: str | None = None
    at: str = ""  # where the decision stands: "X5"
    typed: str = ""
    findings: list[Finding] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def refuse(self, rule: str, how: str) -> None:
        """Note what is wrong with the decision."""
        self.findings.append(Finding(self.row, self.at, self.typed[:SHOWN], rule, how))


@dataclass(frozen=True)
class Form:
    """What the reader of a table has to know: the moves, the nodes by name, and the row's check value."""

    moves: Sequence[Move]
    nodes: Mapping[str, int]
    seal: Callable[[str, int], str]

    @property
    def by_label(self) -> dict[str, Move]:
        """The moves by what the drop-down calls them, in Chinese and English."""
        return {word.casefold(): move for move in self.moves for word in (move.english, move.label)}


def read_lines(table: Sheet, form: Form) -> list[Line]:
    """Read every row; raise SheetError when headings are missing or stand twice."""
    places = _places(table, form)
    by_label = form.by_label
    lines = [_line(row, places, form, by_label) for row in table.rows]
    _refuse_repeated(lines)
    return lines


def _places(table: Sheet, form: Form) -> dict[str, int]:
    titles = [re.sub(r"\s", "", title).casefold() for title in table.header]
    places = {}
    for key, words in sheet.TITLES.items():
        spelt = {re.sub(r"\s", "", word).casefold() for word in words}
        found = [index for index, title in enumerate(titles) if title in spelt]
        if len(found) > 1:
            raise SheetError(say.TWICE.format(title=words[0]))
        if found:
            places[key] = found[0]
    needed = (sheet.REF, sheet.SEEN, sheet.CHECK, sheet.DECISION)
    if sheet.REF not in places and sheet.DECISION not in places:
        raise SheetError(say.NOT_A_BOOK)
    missing = [sheet.TITLES[key][0] for key in needed if key not in places]
    if sheet.WORDS_KEY not in places and any(sheet.words_ask(move) for move in form.moves):
        missing.append(sheet.TITLES[sheet.WORDS_KEY][0])
    if missing:
        raise SheetError(say.LOST_COLUMNS.format(titles="”“".join(missing)))
    return places


def _line(row: Row, places: Mapping[str, int], form: Form, by_label: Mapping[str, Move]) -> Line:
    cells = {key: row.cells[index] for key, index in places.items()}
    decision = cells[sheet.DECISION]
    line = Line(row.number, at=f"{sheet.TITLES[sheet.DECISION][0]} {decision.address}", typed=decision.text.strip())
    line.ref = cells[sheet.REF].text.strip()
    filled = {key: cell for key, cell in cells.items() if key in _FILL and _is_filled(cell)}
    if sheet.DECISION not in filled:
        if filled:
            line.refuse(say.NO_DECISION, say.CHOOSE)
        return line
    _check_mark(line, cells, form)
    unreadable = [_unreadable(line, key, cell) for key, cell in filled.items()]
    if any(unreadable):
        return line
    line.move = by_label.get(" ".join(line.typed.split()).casefold())
    if line.move is None:
        line.refuse(say.NO_MOVE.format(typed=line.typed[:SHOWN]), say.FROM_LIST)
        return line
    _read_answers(line, line.move, cells, filled, form)
    return line


def _is_filled(cell: Cell) -> bool:
    """Whether anything stands in a cell; a formula that was never worked out reads as nothing."""
    return bool(cell.text.strip()) or cell.kind in (Kind.FORMULA, Kind.ERROR)


_FILL = frozenset(sheet.TITLES) - set(sheet.HIDDEN)


def _check_mark(line: Line, cells: Mapping[str, Cell], form: Form) -> None:
    """Refuse a row that is not, to the letter, one that was handed out to this node in this edition."""
    ref, seen, mark = (cells[key] for key in (sheet.REF, sheet.SEEN, sheet.CHECK))
    if not line.ref:
        line.findings.append(
            Finding(line.row, f"{sheet.TITLES[sheet.REF][0]} {ref.address}", "", say.NO_MARK, say.RESTORE)
        )
        return
    number = seen.text.strip()
    if number.isascii() and number.isdigit() and len(number) < 10:
        line.seen = int(number)
        plain = {Kind.TEXT, Kind.NUMBER}
        if mark.text.strip() == form.seal(line.ref, line.seen) and {ref.kind, seen.kind, mark.kind} <= plain:
            return
    column = f"{sheet.TITLES[sheet.CHECK][0]} {mark.address}"
    line.findings.append(Finding(line.row, column, line.ref[:SHOWN], say.BAD_MARK, say.RESTORE))


def _found(line: Line, key: str, cell: Cell, rule: str, how: str) -> None:
    line.findings.append(Finding(line.row, f"{sheet.TITLES[key][0]} {cell.address}", cell.text[:SHOWN], rule, how))


def _unreadable(line: Line, key: str, cell: Cell) -> bool:
    """Refuse what stands for another value than the one seen: formulas and errors."""
    if cell.kind is Kind.FORMULA:
        _found(line, key, cell, say.IS_FORMULA, say.PASTE)
    elif cell.kind is Kind.ERROR:
        _found(line, key, cell, say.IS_ERROR, say.FILL)
    return cell.kind in (Kind.FORMULA, Kind.ERROR)


def _read_answers(
    line: Line, move: Move, cells: Mapping[str, Cell], filled: Mapping[str, Cell], form: Form
) -> None:  # fmt: skip
    asks = {sheet.WORDS_KEY if ask == sheet.words_ask(move) else ask.name: ask for ask in move.asks}
    for key in filled.keys() - asks.keys() - {sheet.DECISION}:
        line.warnings.append(say.NOT_USED.format(move=move.label, column=sheet.TITLES[key][0]))
    given: dict[str, Any] = {}
    for key, ask in asks.items():
        if key in filled:
            given[ask.name] = _answer(line, key, filled[key], ask, form)
    if line.findings:
        return
    try:
        read_answers(move, given)
    except AnswersInvalid as error:
        for key, ask in asks.items():
            if ask.name in error.errors:
                cell = cells.get(key, cells[sheet.DECISION])
                _found(line, key if key in cells else sheet.DECISION, cell, error.errors[ask.name], say.COMPLETE)
        return
    own = sheet.words_ask(move)
    line.words = given.get(own.name) if own else None
    line.answers = {name: value for name, value in given.items() if value and (own is None or name != own.name)}


def _answer(line: Line, key: str, cell: Cell, ask: Ask, form: Form) -> str | None:
    """Return an answer as the move takes it; note what cannot be understood."""
    typed = cell.text.strip()
    match ask.kind:
        case "delegation":
            node = form.nodes.get(typed)
            if node is None:
                _found(line, key, cell, say.NO_NODE.format(typed=typed[:SHOWN]), say.FROM_LIST)
            return None if node is None else str(node)
        case "choice":
            return sheet.choice_words(ask).get(typed.casefold(), typed)
        case "bool":
            if typed.lower() not in YES | NO:
                _found(line, key, cell, say.YES_OR_NO, say.FROM_LIST)
            return "y" if typed.lower() in YES else None
        case _:
            return typed


def _refuse_repeated(lines: Sequence[Line]) -> None:
    """Refuse every decision on a record that is decided on more than once: which one is meant nobody can tell."""
    by_ref: dict[str, list[Line]] = {}
    for line in lines:
        if line.typed and line.ref:
            by_ref.setdefault(line.ref, []).append(line)
    for same in by_ref.values():
        if len(same) > 1:
            told = "、".join(str(line.row) for line in same[:5])
            for line in same:
                line.refuse(say.REPEATED.format(rows=told), say.ONE_LEFT)
