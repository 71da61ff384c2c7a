"""A list's rows as HTML, put together by columns: one function per column turns, escapes and wraps all its cells.

A macro per cell and a form per row are what make generated lists slow; here every row button belongs to the page's
one form by ``form=move-form``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from admin_views import stored
from admin_views.sentences import spoken
from exchange import labels
from exchange.export import SHANGHAI_AHEAD
from models.columns import Column, told_moment
from models.kinds import mask
from models.words import Labelled
from workflow.machines import MACHINES
from workflow.moves import Move

STATES = {machine.column for machine in MACHINES.values()}
LONG = 200  # characters from which on a text may wrap
SEPARATOR = "\x1f"  # no stored text has it, and a column that does is escaped cell by cell
_CLASSES = {"number": "number", "money": "money", "code": "code", "date": "date", "moment": "date", "age": "number"}

Names = Mapping[str, Mapping[int, str]]
Cell = Callable[[Any, tuple[Any, ...]], str]


def kind_of(column: Column) -> str:
    """Return what a cell of the column looks like: number, money, code, date, note, text, or "" for a badge or link."""
    if column.kind == "text":
        return "note" if column.length is None or column.length >= LONG else "text"
    return _CLASSES.get(column.kind, "")


class RowMoves:
    """What a noun's machine offers the reader on the rows of a page: a button each, and menus that rows share.

    Rows in the same state with the same answers differ by their id only, so their HTML is put together once.
    """

    def __init__(
        self, moves: Sequence[Move], told: Mapping[int, Mapping[str, str | None]], state: int, lang: str
    ) -> None:
        self.moves, self.told, self.state, self.lang = moves, told, state, lang
        self.menus: dict[tuple[tuple[str, str | None], ...], int] = {}
        self.more = escape(_("更多"))
        self._parts: dict[tuple[Any, ...], str] = {}

    def cell(self, row: tuple[Any, ...]) -> str:
        """Return the next step of the row's way as a button, and a link to the menu of its other moves."""
        told = self.told.get(row[0], {})
        alike = (row[self.state], *told.values())
        if alike not in self._parts:
            self._parts[alike] = self._put_together(row[self.state], told)
        return self._parts[alike].replace("\0", str(row[0]))

    def _put_together(self, state: Any, told: Mapping[str, str | None]) -> str:
        """Return button and link with a NUL where the id goes; what a guard refuses is in the menu with its reason."""
        here = [move for move in self.moves if state in move.source and move.name in told]
        first = next((move for move in here if told[move.name] is None and move.leads), None)
        others = tuple((move.name, told[move.name]) for move in here if move is not first)
        button = "" if first is None else _button(first, self.lang, ":\0")
        if not others:
            return button
        return (
            f"{button}<a class=btn href=\0 data-menu=m{self.menus.setdefault(others, len(self.menus))}>{self.more}</a>"
        )

    def templates(self) -> Markup:
        """Return the menus that the rows' links name."""
        html = "".join(self._template(number, others) for others, number in self.menus.items())
        return Markup(html)  # noqa: S704 - built of escaped parts

    def _template(self, number: int, others: tuple[tuple[str, str | None], ...]) -> str:
        by_name = {move.name: move for move in self.moves}
        opened = [_button(by_name[name], self.lang) for name, why in others if why is None]
        refused = [_closed(by_name[name], self.lang, why) for name, why in others if why is not None]
        return f"<template id=m{number}>{''.join([*opened, *refused])}</template>"


def _button(move: Move, lang: str, row: str = "") -> str:
    style = '"btn text-danger"' if move.danger else "btn"
    return f"<button class={style} form=move-form name=one value={escape(move.name)}{row}>{escape(labels.of_move(move, lang))}</button>"


def _closed(move: Move, lang: str, why: str) -> str:
    """Return what stands for a button that is closed; the reason is told on hover and focus."""
    name, reason = escape(labels.of_move(move, lang)), escape(spoken(why))
    return f'<span class="btn disabled" tabindex=0 data-move={escape(move.name)} data-reason="{reason}">{name}</span>'


def badge(member: Labelled, lang: str) -> Markup:
    """Return an enumeration's member as a coloured word; a muted one needs no colour."""
    words = escape(labels.of_member(member, lang))
    if member.tone == "muted":
        return Markup(f"<span class=badge>{words}</span>")  # noqa: S704 - the words are escaped
    return Markup(f'<span class="badge tone-{member.tone}">{words}</span>')  # noqa: S704 - as above


@dataclass(frozen=True)
class RowSpec:
    """What the tuples of a page hold: the column keys by position (the id first), and which of them are shown."""

    table: str
    keys: tuple[str, ...]
    shown: tuple[Column, ...]
    link: tuple[str, str] | None = None  # the column that a row's address begins with, and its end


def cell_of(spec: RowSpec, column: Column, lang: str, names: Names) -> Cell:
    """Return the function that turns a stored value (and its row) into what a cell shows."""
    if column.kind == "sealed":
        return _sealed_cell(spec, column)
    if column.key == "changes" and "noun" in spec.keys:
        noun = spec.keys.index("noun")
        return lambda value, row: labels.of_changes(row[noun], value, lang)
    if column.links or column.enum is not None:
        words: Mapping[Any, str] = names.get(column.links, {})
        if column.enum is not None:
            words = {member: _member(column, member, lang) for member in column.enum}
        return lambda value, _row: words.get(value, "")
    if column.sensitivity:
        return lambda value, _row: mask(column.sensitivity, value or "")
    return _plain_cell(column, lang)


def _plain_cell(column: Column, lang: str) -> Cell:
    if column.kind == "moment" and (lang == "en" or column.deadline):
        return lambda value, _row: "" if value is None else told_moment(column, value, lang)
    if column.kind == "moment":
        return lambda value, _row: "" if value is None else (value + SHANGHAI_AHEAD).isoformat(" ", "minutes")[:16]
    free = column.kind == "text" and labels.vocabulary(column, lang) is None
    return lambda value, _row: (value or "") if free else labels.of_value(column, value, lang)


def _member(column: Column, member: Labelled, lang: str) -> str:
    """Return whatever has a tone as a badge, and the state that moves drive; anything ordinary is a plain word."""
    plain = member.tone == "muted" and column.key not in STATES
    return labels.of_member(member, lang) if plain else badge(member, lang)


def _sealed_cell(spec: RowSpec, column: Column) -> Cell:
    ref = spec.keys.index("ref")
    return lambda value, row: labels.of_number(spec.table, column, row[ref], value)


def render(spec: RowSpec, rows: Sequence[tuple[Any, ...]], names: Names, lang: str, moves: RowMoves | None) -> Markup:
    """Render the rows of one page, one column of all rows after the other; an empty cell shows a dash."""
    titles, *others = [_column(spec, column, lang, names, rows) for column in spec.shown]
    strips = [_beginnings(spec, rows, titles, lang, boxes=moves is not None)]
    for column, cells in zip(spec.shown[1:], others, strict=True):
        typed = stored.attribute(lang) if stored.is_stored(column) else ""
        start = f"<td class=c-{kind}{typed}>" if (kind := kind_of(column)) else f"<td{typed}>"
        strips.append([start + cell for cell in cells])
    strips.append([f"<td class=c-acts>{moves.cell(row) if moves else ''}\n" for row in rows])
    html = Markup("".join(map("".join, zip(*strips, strict=True))))  # noqa: S704 - every cell is escaped
    return html + moves.templates() if moves else html


def _column(spec: RowSpec, column: Column, lang: str, names: Names, rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """Return a column's cells as HTML; of an enumeration or a link, each different value is told once."""
    position, cell = spec.keys.index(column.key), cell_of(spec, column, lang, names)
    if column.enum is None and not column.links:
        return _escaped([cell(row[position], row) or "—" for row in rows])
    values = [row[position] for row in rows]
    told = {value: str(escape(cell(value, ()) or "—")) for value in set(values)}
    return [told[value] for value in values]


def _beginnings(
    spec: RowSpec, rows: Sequence[tuple[Any, ...]], titles: list[str], lang: str, *, boxes: bool
) -> list[str]:
    """Return what each row begins with: its box, and its title as a link to its page."""
    keys = titles
    if spec.link:
        place, end = spec.keys.index(spec.link[0]), spec.link[1]
        keys = [f"<a href={escape(row[place])}{end}>{title}</a>" for row, title in zip(rows, titles, strict=True)]
    typed = stored.attribute(lang) if stored.is_stored(spec.shown[0]) else ""
    box = '<input class=form-check-input type=checkbox form=move-form name=rowid value={} aria-label="{}">'
    ticks = [box.format(row[0], title) if boxes else "" for row, title in zip(rows, titles, strict=True)]
    return [
        f"<tr><td class=c-check{typed}>{tick}<th scope=row class=c-key{typed}>{key}"
        for tick, key in zip(ticks, keys, strict=True)
    ]


def _escaped(texts: list[str]) -> list[str]:
    """Escape all cells of a column in one go: a call per cell is most of what a row costs."""
    parts = str(escape(SEPARATOR.join(texts))).split(SEPARATOR)
    return parts if len(parts) == len(texts) else [str(escape(text)) for text in texts]
