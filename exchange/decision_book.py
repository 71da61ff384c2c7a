"""A list taken away from the desk: its columns to look at, and for each row the moves open to it to choose from.

The rows are streamed (``xlsx_writer``). Which moves a row's drop-down offers is written in a hidden column as the name
of a range, and the drop-down follows that name: so it stays right when rows are sorted or removed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from exchange import decision_sheet as sheet
from exchange import decision_words as say
from exchange import export, labels
from exchange.cells import SHUT, HeaderCell, Look, column_letters, local_time
from exchange.template_book import CHOICES
from exchange.xlsx_parts import Check, Form, SideSheet
from exchange.xlsx_source import INSTRUCTIONS, META
from exchange.xlsx_writer import stream_xlsx
from models import Delegation, Edition
from models.columns import attribute
from models.kinds import now
from models.terms import english
from workflow import engine
from workflow.actors import Actor, unscoped
from workflow.moves import Move

Said = Callable[[str], str]
WIDTHS: Final = {sheet.DECISION: 20.0, sheet.WORDS_KEY: 44.0, "target": 24.0}


@dataclass
class _Choices:
    """The columns of the hidden sheet: each a list under a name; the sets of moves are named as they turn up."""

    lang: str
    moves: Sequence[Move]
    lists: dict[str, list[str]] = field(default_factory=dict)
    sets: dict[tuple[str, ...], str] = field(default_factory=dict)

    def of_moves(self, names: tuple[str, ...]) -> str:
        """Return the name of the list that offers these moves."""
        if names not in self.sets:
            self.sets[names] = f"moves_{len(self.sets) + 1}"
            self.lists[self.sets[names]] = [
                labels.of_move(move, self.lang) for move in self.moves if move.name in names
            ]
        return self.sets[names]

    def written(self) -> tuple[SideSheet, dict[str, str]]:
        """Return the sheet, a list per column, and where each name points; an empty list points at an empty cell."""
        names, depth = {}, max(map(len, self.lists.values()), default=0)
        for index, (name, listed) in enumerate(self.lists.items()):
            letters = column_letters(index)
            names[name] = f"'{CHOICES}'!${letters}$1:${letters}${max(len(listed), 1)}"
        rows = [[listed[row] if row < len(listed) else "" for listed in self.lists.values()] for row in range(depth)]
        return SideSheet(CHOICES, rows, hidden=True), names


def stream(session: Session, actor: Actor, asked: export.Export, said: Said = str) -> Iterator[bytes]:
    """Yield the workbook piece by piece; ``said`` puts sentences into the reader's language.

    A constant number of statements for the rows, whatever their number; the session stays open until the last piece is taken.
    """
    noun, lang = asked.model.__tablename__, asked.lang
    moves = sheet.decidable(actor, noun)
    choices = _Choices(lang, moves)
    keys = sheet.answer_keys(moves)
    for key in keys:
        choices.lists[f"list_{key}"] = _listed(session, moves, key, lang)
    note = _made_by(session, actor, asked)
    form = Form(
        checks=[_check(moves, key, lang, said) for key in (sheet.DECISION, sheet.WORDS_KEY, *keys)],
        frozen=len(sheet.HIDDEN) + 1,
        beside=lambda: _beside(choices, note, said),
    )
    yield from stream_xlsx(
        _header(asked, keys), _rows(session, actor, asked, choices, keys),
        labels.of_noun(asked.model, lang), f"{note['by']} {note['at']}", form=form,
    )  # fmt: skip


def _header(asked: export.Export, keys: Sequence[str]) -> list[HeaderCell]:
    hidden = [HeaderCell(sheet.title(key, asked.lang), 12, look=Look.shut, hidden=True) for key in sheet.HIDDEN]
    shown = [replace(cell, look=Look.shut) for cell in asked.header]
    fill = [
        HeaderCell(sheet.title(key, asked.lang), WIDTHS.get(key, 14.0), look=Look.open)
        for key in (sheet.DECISION, sheet.WORDS_KEY, *keys)
    ]
    return [*hidden, *shown, *fill]


def _rows(
    session: Session, actor: Actor, asked: export.Export, choices: _Choices, keys: Sequence[str]
) -> Iterator[Sequence[Any]]:  # fmt: skip
    noun, model = asked.model.__tablename__, asked.model
    seal = sheet.sealer(actor, noun)
    open_to = engine.open_sets(session, actor, noun, choices.moves, asked.conditions)
    fill: dict[tuple[str, ...], tuple[object, ...]] = {}
    more = [attribute(model, key).label(f"more_{key}") for key in ("id", "ref", "row_version")]
    for *shown, row_id, ref, seen in export.rows(session, replace(asked, more=more)):
        names = open_to.get(row_id, ())
        if names not in fill:
            fill[names] = _to_fill(choices.moves, names, keys)
        yield (ref, str(seen), seal(ref, seen), choices.of_moves(names), *shown, *fill[names])


def _to_fill(moves: Sequence[Move], names: tuple[str, ...], keys: Sequence[str]) -> tuple[object, ...]:
    """Return the empty cells of a row, shut where no open move would read them."""
    asks = {ask.name for move in moves if move.name in names for ask in move.asks}
    words = any(sheet.words_ask(move) for move in moves if move.name in names)
    wanted = (bool(names), words, *(key in asks for key in keys))
    return tuple(None if open_ else SHUT for open_ in wanted)


def _listed(session: Session, moves: Sequence[Move], key: str, lang: str) -> list[str]:
    """Return what the drop-down of an ask offers."""
    asks = [ask for move in moves for ask in move.asks if ask.name == key]
    if asks[0].kind == "delegation":
        return list(sheet.nodes_of(session))
    if asks[0].kind == "bool":
        return [labels.of_bool(value, lang) for value in (True, False)]
    said = {value: label for ask in asks for value, label in ask.choices}
    return [english(label, value) if lang == "en" else label for value, label in said.items()]


def _check(moves: Sequence[Move], key: str, lang: str, said: Said) -> Check:
    name = sheet.title(key, lang)
    if key == sheet.DECISION:
        source = f"INDIRECT(${column_letters(sheet.HIDDEN.index(sheet.MOVES))}2)"
        return Check(name, source, said(say.PICK_PROMPT), said(say.PICK))
    if key == sheet.WORDS_KEY:
        return Check(name, "", said(say.WORDS_PROMPT), said(say.WORDS_LIMIT))
    users = [labels.of_move(move, lang) for move in moves if any(ask.name == key for ask in move.asks)]
    return Check(name, f"list_{key}", "、".join(users) if lang == "zh" else ", ".join(users), said(say.FROM_LIST))


def _made_by(session: Session, actor: Actor, asked: export.Export) -> dict[str, str]:
    with unscoped(session):
        edition, node = session.get_one(Edition, actor.edition_id), session.get_one(Delegation, actor.delegation_id)
        return {
            "template": sheet.TEMPLATE, "version": sheet.VERSION, "noun": asked.model.__tablename__, "edition": edition.code,
            "node": node.code, "by": actor.name, "at": f"{local_time(now()):%Y-%m-%d %H:%M:%S}",
        }  # fmt: skip


def _beside(choices: _Choices, note: Mapping[str, str], said: Said) -> tuple[list[SideSheet], dict[str, str]]:
    listed, names = choices.written()
    lines = [[said(line)] for line in say.INSTRUCTIONS]
    lines += [[], [said(word) for word in say.MOVES_HEAD]]
    for move in choices.moves:
        needs = "、".join(said(ask.label) for ask in move.asks if ask.required)
        lines.append([labels.of_move(move, choices.lang), needs, said(move.confirm or move.help)])
    told = SideSheet(INSTRUCTIONS, lines, (28, 28, 80))
    return [told, listed, SideSheet(META, [[key, value] for key, value in note.items()], hidden=True)], names
