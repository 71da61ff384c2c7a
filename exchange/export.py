"""Rows of any list as a file: chosen columns, links by name, enumerations by label, numbers masked unless asked for.

Rows are read with a server-side cursor and handed on in chunks, so that a million of them take no more memory than a
thousand (PERFORMANCE §3). A chunk is turned by columns: one function per column, called once per chunk.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from exchange import labels
from exchange.cells import HeaderCell
from exchange.names import linked_names
from models import Base
from models.columns import SHANGHAI, Column, attribute, columns_of
from models.kinds import mask

CHUNK = 1000
_NEVER = {"id", "province_id", "edition_id", "row_version", "key_hash", "hash", "sha256"}
_WIDTHS = {"sealed": 22.0, "moment": 18.0, "date": 12.0, "number": 10.0, "money": 12.0, "bool": 8.0, "enum": 14.0}

Values = Sequence[Any]
Names = Mapping[str, Mapping[int, str]]


@dataclass(frozen=True)
class Export:
    """What is asked for: columns in order, the rows' conditions and order, the language, and whether numbers are whole."""

    model: type[Base]
    columns: tuple[Column, ...]
    conditions: Sequence[ColumnElement[bool]]
    order: Sequence[ColumnElement[Any]]
    lang: str = "zh"
    whole_numbers: bool = False

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
    keys = [column.key for column in export.columns]
    sealed = any(column.kind == "sealed" for column in export.columns)
    extra = ["ref"] if sealed else ["noun"] if "changes" in keys and "noun" in columns_of(export.model) else []
    statement = select(*(attribute(export.model, key) for key in [*keys, *extra]))
    statement = statement.where(*export.conditions).order_by(*export.order)
    result = session.execute(statement, execution_options={"yield_per": CHUNK})
    for chunk in result.partitions(CHUNK):
        plain = [tuple(row) for row in chunk]
        names = linked_names(session, list(export.columns), plain)
        by_column = list(zip(*plain, strict=True))
        beside = by_column[len(keys)] if extra else ()
        turned = [
            _turn(export, column, names)(values, beside)
            for column, values in zip(export.columns, by_column, strict=False)
        ]
        yield from zip(*turned, strict=True)


def _turn(export: Export, column: Column, names: Names) -> Callable[[Values, Values], Values]:
    """Return what turns a chunk of one column into cells; the second argument is the rows' ref (or noun)."""
    match column.kind:
        case "sealed":
            turn: Callable[[Values, Values], Values] = partial(_numbers, export, column)
        case "link":
            turn = partial(_worded, names.get(column.links, {}))
        case "enum":
            turn = partial(_worded, {member: labels.of_member(member, export.lang) for member in column.enum or ()})
        case "moment":
            turn = _moments
        case "money":
            turn = _amounts
        case "date" | "number":
            turn = _as_they_are
        case _:
            turn = partial(_texts, export, column)
    return turn


def _as_they_are(values: Values, _beside: Values) -> Values:
    return values


def _worded(words: Mapping[Any, str], values: Values, _beside: Values) -> Values:
    return [words.get(value, "") for value in values]


def _moments(values: Values, _beside: Values) -> Values:
    return [value and value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") for value in values]


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
