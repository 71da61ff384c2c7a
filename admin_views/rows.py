"""A list's rows as HTML: a template generated once per view and language with its cells unrolled, fed with tuples.

A macro per cell and a form per row are what make generated lists slow (PERFORMANCE §1); here a row is one run of a
compiled loop, and every row button belongs to the page's one form by ``form=move-form``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import current_app
from jinja2 import Template
from markupsafe import Markup, escape

from exchange import labels
from models.columns import SHANGHAI, Column
from models.kinds import mask, open_sealed
from models.words import Labelled
from workflow.moves import Move

LONG = 200  # characters from which on a text may wrap
_CLASSES = {"number": "number", "money": "money", "code": "code", "date": "date", "moment": "date"}

Names = Mapping[str, Mapping[int, str]]
Cell = Callable[[Any, tuple[Any, ...]], str]


def kind_of(column: Column) -> str:
    """Return what a cell of the column looks like: number, money, code, date, note, text, or "" for a badge or link."""
    if column.kind == "text":
        return "note" if column.length is None or column.length >= LONG else "text"
    return _CLASSES.get(column.kind, "")


@dataclass(frozen=True)
class RowMoves:
    """What a noun's machine offers the reader on the rows of a page."""

    moves: Sequence[Move]
    closed: Mapping[int, Mapping[str, str | None]]
    state: int  # position of the state in a row

    def cell(self, row: tuple[Any, ...], lang: str) -> Markup:
        """Return the row's buttons: the first open move, the others in a menu; those its state allows but a guard
        refuses stand there with the reason. What its state does not allow is told on the details page.
        """
        told = self.closed.get(row[0], {})
        here = [move for move in self.moves if row[self.state] in move.source and move.name in told]
        opened = [_button(move, row[0], lang) for move in here if told[move.name] is None]
        refused = [
            f"<small><b>{escape(_label(move, lang))}</b> {escape(told[move.name])}</small>"
            for move in here
            if told[move.name] is not None
        ]
        menu = "".join(opened[1:] + refused)
        more = f"<details class=row-menu><summary class=btn>⋯</summary><div>{menu}</div></details>" if menu else ""
        return Markup("".join(opened[:1]) + more)  # noqa: S704 - built of escaped parts just above


def _label(move: Move, lang: str) -> str:
    return labels.spelt(move.name) if lang == "en" else move.label


@cache
def _button_parts(move_name: str, label: str, *, danger: bool) -> tuple[str, str]:
    style = "btn text-danger" if danger else "btn"
    classes = f'"{style}"' if danger else style
    return f"<button class={classes} form=move-form name=one value={escape(move_name)}:", f">{escape(label)}</button>"


def _button(move: Move, row_id: int, lang: str) -> str:
    start, end = _button_parts(move.name, _label(move, lang), danger=move.danger)
    return f"{start}{row_id}{end}"


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


def cell_of(spec: RowSpec, column: Column, lang: str, names: Names) -> Cell:
    """Return the function that turns a stored value (and its row) into what a cell shows."""
    if column.kind == "sealed":
        return _sealed_cell(spec, column)
    if column.key == "changes" and "noun" in spec.keys:
        noun = spec.keys.index("noun")
        return lambda value, row: labels.of_changes(row[noun], value, lang)
    if column.links or column.enum is not None:
        badges = {member: badge(member, lang) for member in column.enum or ()}
        words: Mapping[Any, str] = badges or names.get(column.links, {})
        return lambda value, _row: words.get(value, "")
    if column.kind == "moment":
        return lambda value, _row: "" if value is None else value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if column.sensitivity:
        return lambda value, _row: mask(column.sensitivity, value or "")
    return lambda value, _row: labels.of_value(column, value, lang)


def _sealed_cell(spec: RowSpec, column: Column) -> Cell:
    ref = spec.keys.index("ref")
    return lambda value, row: mask(column.sensitivity, open_sealed(spec.table, column.key, row[ref], value))


@cache
def _source(kinds: tuple[str, ...], *, key_link: bool, boxes: bool) -> str:
    """Write the row template: r[0] is the id, r[1:] the cells, the last one the moves when there are any."""
    name = "{{ r[1] }}"
    key = f"<a href={{{{ r[0] }}}}>{name}</a>" if key_link else name
    box = '<input class=form-check-input type=checkbox form=move-form name=rowid value={{ r[0] }} aria-label="{{ r[1] }}">'
    cells = [f"<td class=c-check>{box if boxes else ''}<th scope=row class=c-key>{key}"]
    for position, kind in enumerate(kinds[1:], 2):
        cells.append(f"<td{f' class=c-{kind}' if kind else ''}>{{{{ r[{position}] }}}}")
    cells.append(f"<td class=c-acts>{{{{ r[{len(kinds) + 1}] }}}}")
    return "{% for r in rows %}<tr>" + "".join(cells) + "\n{% endfor %}"


_compiled: dict[tuple[Any, ...], Template] = {}


def template_for(kinds: tuple[str, ...], *, key_link: bool, boxes: bool) -> Template:
    """Return the compiled row template of a list with such columns."""
    place = (kinds, key_link, boxes)
    if place not in _compiled:
        _compiled[place] = current_app.jinja_env.from_string(_source(kinds, key_link=key_link, boxes=boxes))
    return _compiled[place]


def render(
    spec: RowSpec, rows: Sequence[tuple[Any, ...]], names: Names, lang: str, moves: RowMoves | None, *, key_link: bool
) -> Markup:
    """Render the rows of one page; an empty cell shows a dash."""
    cells = [(spec.keys.index(column.key), cell_of(spec, column, lang, names)) for column in spec.shown]
    ready = []
    for row in rows:
        told = [cell(row[position], row) or "—" for position, cell in cells]
        ready.append((row[0], *told, moves.cell(row, lang) if moves else ""))
    template = template_for(tuple(map(kind_of, spec.shown)), key_link=key_link, boxes=moves is not None)
    return Markup(template.render(rows=ready))  # noqa: S704 - the template escapes every cell
