"""Rows of any list as a file: chosen columns, links by name, enumerations by label, numbers masked unless asked for.

Rows are read with a server-side cursor and handed on in chunks, so that a million of them take no more memory than a
thousand (PERFORMANCE §3). A chunk is turned by columns: one function per column, called once per chunk.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, String, desc, select, type_coerce, union_all
from sqlalchemy.orm import Session

from exchange import labels
from exchange.cells import HeaderCell
from exchange.names import OPEN, names_of, title_of
from models import Base, figures
from models.columns import Column, attribute, columns_of, model_named
from models.kinds import mask

CHUNK = 1000
MERGED = ("newest_", "key_")  # what rows of several nodes are merged by: the last columns of each
SHANGHAI_AHEAD = timedelta(hours=8)  # of UTC, without summer time since 1991
_NEVER = {"id", "province_id", "edition_id", "row_version", "key_hash", "hash", "sha256"}
_WIDTHS = {
    "sealed": 22.0,
    "moment": 18.0,
    "age": 10.0,
    "date": 12.0,
    "number": 10.0,
    "money": 12.0,
    "bool": 8.0,
    "enum": 14.0,
}

Values = Sequence[Any]


@dataclass(frozen=True)
class Export:
    """What is asked for: columns in order, the rows' conditions and order, the language, and whether numbers are whole.

    ``nodes``: a few nodes among which all rows lie, where they stand by the column ``newest``, the newest first.
    ``more`` are expressions whose values follow the columns in each row as they are stored.
    """

    model: type[Base]
    columns: tuple[Column, ...]
    conditions: Sequence[ColumnElement[bool]]
    order: Sequence[ColumnElement[Any]]
    lang: str = "zh"
    whole_numbers: bool = False
    nodes: tuple[int, ...] = ()
    newest: str = ""
    more: Sequence[ColumnElement[Any]] = ()

    @property
    def header(self) -> list[HeaderCell]:
        """The headings, each with its width; only numbers and amounts are no text."""
        return [
            HeaderCell(
                labels.of_column(column, self.lang),
                _WIDTHS.get(column.kind, 24.0 if (column.length or 0) > 50 else 16.0),
                column.kind not in ("number", "money"),
            )
            for column in self.columns
        ]


def exportable(model: type[Base]) -> list[Column]:
    """Return the columns that may leave in a file."""
    return [c for c in columns_of(model).values() if not c.hidden and c.key not in _NEVER]


def rows(session: Session, export: Export) -> Iterator[tuple[Any, ...]]:
    """Yield the rows in the session's scope; the transaction stays open until the last one is taken."""
    width, known = len(export.columns), _Known(session)
    result = session.execute(_statement(export), execution_options={"yield_per": CHUNK})
    for chunk in result.partitions(CHUNK):
        by_column = list(zip(*chunk, strict=True))
        last = len(by_column) - len(export.more) - (len(MERGED) if export.newest else 0)
        beside = by_column[width] if last > width else ()
        turned = [
            _turn(export, column, known)(values, beside)
            for column, values in zip(export.columns, by_column, strict=False)
        ]
        yield from zip(*turned, *by_column[last : last + len(export.more)], strict=True)


def _statement(export: Export) -> Select[Any] | CompoundSelect[Any]:
    """Select the columns as cheaply as they can be told: enumerations as their text, titles of linked rows joined."""
    chosen, joins = list[Any](), list[tuple[type[Base], Any]]()
    for column in export.columns:
        own = attribute(export.model, column.key)
        if _is_joined(export, column):
            linked = model_named(column.links)
            joins.append((linked, attribute(linked, "id") == own))
            own = title_of(linked)
        chosen.append(type_coerce(own, String) if column.enum is not None else own)
    keys = {column.key for column in export.columns}
    if any(column.kind == "sealed" for column in export.columns):
        chosen.append(attribute(export.model, "ref"))
    elif "changes" in keys:
        chosen.append(attribute(export.model, "noun"))
    statement = select(*chosen, *export.more).select_from(export.model)
    for linked, condition in joins:
        statement = statement.outerjoin(linked, condition)
    statement = statement.where(*export.conditions)
    return _merged(export, statement) if export.newest else statement.order_by(*export.order)


def _merged(export: Export, statement: Select[Any]) -> CompoundSelect[Any]:
    """Merge what each node's index yields in order; the rows of two nodes at once would be sorted before the first leaves."""
    own, key, place = (attribute(export.model, name) for name in (export.newest, "id", "delegation_id"))
    statement = statement.add_columns(own.label(MERGED[0]), key.label(MERGED[1]))
    each = [statement.where(place == node) for node in export.nodes]
    return union_all(*each).order_by(*map(desc, MERGED))


def _is_joined(export: Export, column: Column) -> bool:
    """Whether a link's title comes with the row: where it is scoped, and its table stands in the statement once."""
    same = [other for other in export.columns if other.links == column.links]
    return bool(column.links) and column.links not in (*OPEN, export.model.__tablename__) and len(same) == 1


class _Known:
    """Titles of linked rows that are few (nodes, accounts, editions), asked for once per export."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.titles: dict[str, dict[int, str]] = {}

    def of(self, table: str, ids: Values) -> Mapping[int, str]:
        """Return the titles of ``ids`` and of whatever was asked for before."""
        titles = self.titles.setdefault(table, {})
        if missing := set(ids) - titles.keys() - {None}:
            titles |= dict.fromkeys(missing, "") | names_of(self.session, table, missing)
        return titles


def _turn(export: Export, column: Column, known: _Known) -> Callable[[Values, Values], Values]:
    """Return what turns a chunk of one column into cells; the second argument is the rows' ref (or noun)."""
    match column.kind:
        case "sealed":
            turn: Callable[[Values, Values], Values] = partial(_numbers, export, column)
        case "link" if not _is_joined(export, column):
            turn = partial(_titles, known, column.links)
        case "enum":
            turn = partial(_worded, {m.value: labels.of_member(m, export.lang) for m in column.enum or ()})
        case "moment":
            turn = _moments
        case "age":
            turn = _ages
        case "money":
            turn = _amounts
        case "date" | "number" | "link":
            turn = _as_they_are
        case _:
            turn = partial(_texts, export, column)
    return turn


def _as_they_are(values: Values, _beside: Values) -> Values:
    return values


def _titles(known: _Known, table: str, values: Values, _beside: Values) -> Values:
    return _worded(known.of(table, values), values, ())


def _worded(words: Mapping[Any, str], values: Values, _beside: Values) -> Values:
    return [words.get(value, "") for value in values]


def _moments(values: Values, _beside: Values) -> Values:
    """Write moments on Shanghai's clock, to the second; adding the hours costs a third of asking the zone."""
    return [value and (value + SHANGHAI_AHEAD).isoformat(" ", "seconds")[:19] for value in values]


def _ages(values: Values, _beside: Values) -> Values:
    """Write how many days ago moments were."""
    return [value and figures.days_since(value) for value in values]


def _amounts(values: Values, _beside: Values) -> Values:
    return [None if value is None else Decimal(value).scaleb(-2) for value in values]


def _numbers(export: Export, column: Column, values: Values, refs: Values) -> Values:
    table, whole = export.model.__tablename__, export.whole_numbers
    return [labels.of_number(table, column, ref, value, whole=whole) for ref, value in zip(refs, values, strict=True)]


def _texts(export: Export, column: Column, values: Values, nouns: Values) -> Values:
    if column.key == "changes" and nouns:
        return [labels.of_changes(noun, text, export.lang) for noun, text in zip(nouns, values, strict=True)]
    if column.sensitivity and not export.whole_numbers:
        return [mask(column.sensitivity, value or "") for value in values]
    if column.kind == "bool" or labels.vocabulary(column, export.lang) is not None:
        return ["" if value is None else labels.of_value(column, value, export.lang) for value in values]
    return values
