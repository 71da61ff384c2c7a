"""The filters of a list, generated from its columns: their keys in the address, what they accept, what they stand for.

Keys stay readable and stable: ``review_status=pending_first``, ``city.not=福州市``, ``submitted_at.empty=1``,
``created_at.from=2024-09-01``, ``name.contains=…``, ``unit.city=…`` (over a link, as a subselect). A value that does not
fit raises ValueError with a sentence. What is not filled in is not equal to anything, so "is not" finds it too.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, String, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from admin_views.nodes import Nodes
from admin_views.sentences import spoken
from exchange import labels
from models import Base
from models.columns import SHANGHAI, Column, attribute, columns_of, model_named
from models.validators import Invalid, normalise, spellings
from workflow.actors import Actor

GONE = "deleted"  # no list shows what was deleted
LAST = chr(0x10FFFF)  # sorts after every text that begins alike
INTEGERS = range(-(2**31), 2**31)  # what an INTEGER column takes on PostgreSQL
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,4})?")
_DAY = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")
NOT, EMPTY = "not", "empty"
YES_NO = {"1": True, "0": False}
_RANGES = ("from", "to")
OWN = "own"  # a node without what hangs below it


@dataclass(frozen=True)
class Filter:
    """One column to filter by; ``through`` is the link column that leads from the listed model to ``model``."""

    key: str
    column: Column
    model: type[Base]
    through: str = ""

    @property
    def kind(self) -> str:
        """enum, bool, choice, node (with everything below it), link, day, number, code or text."""
        if self.column.links:
            return "node" if self.column.links == "delegation" else "link"
        if labels.vocabulary(self.column, "zh") is not None:
            return "choice"
        kinds = {"moment": "day", "age": "day", "date": "day", "money": "number"}
        return kinds.get(self.column.kind, self.column.kind)

    @property
    def operations(self) -> tuple[str, ...]:
        """The endings of the key, the usual one first; "" is equality."""
        own: tuple[str, ...] = ("", NOT)
        if self.kind == "day":
            own = _RANGES
        elif self.kind == "number":
            own = (*_RANGES, "", NOT)
        elif self.kind == "text":
            own = ("", "contains", "starts", NOT) if self.column.filtered else ("contains", "", "starts", NOT)
        elif self.kind == "code":
            own = ("", "starts", NOT)
        elif self.kind == "node":
            own = ("", OWN, NOT)
        elif self.kind == "bool":
            own = ("",)
        return (*own, EMPTY) if self.column.nullable else own

    def parameter(self, operation: str) -> str:
        """Return the name in the address."""
        return f"{self.key}.{operation}" if operation else self.key

    def label(self, lang: str) -> str:
        """Return the heading, with the linked noun before it."""
        own = labels.of_column(self.column, lang)
        return f"{labels.of_noun(self.model, lang)} · {own}" if self.through else own

    def choices(self, nodes: Nodes, lang: str) -> list[tuple[str, str]]:
        """Return what can be picked, as (value, words); nothing where something is typed or looked up."""
        if self.kind == "enum" and self.column.enum is not None:
            return [(m.value, labels.of_member(m, lang)) for m in self.column.enum if m.value != GONE]
        if self.kind == "bool":
            return [("1", labels.of_bool(1, lang)), ("0", labels.of_bool(0, lang))]
        if self.kind == "choice":
            return list((labels.vocabulary(self.column, lang) or {}).items())
        return [(str(node), name) for node, name in nodes.names.items()] if self.kind == "node" else []

    def read(self, operation: str, text: str, nodes: Nodes) -> Any:
        """Return the typed value of a parameter; raise ValueError with a sentence."""
        try:
            text = normalise(text, 100)
        except Invalid as error:
            raise ValueError(spoken(error.message)) from error
        if not text:
            raise ValueError(_("没有填写内容"))
        return _picked(text, YES_NO) if operation == EMPTY else _typed(self, text, nodes)

    def condition(self, operation: str, values: Sequence[Any], nodes: Nodes, actor: Actor) -> ColumnElement[bool]:
        """Return the SQL condition on the filtered model's rows for one or several values."""
        own = attribute(self.model, self.column.key)
        if self.kind == "text":
            values = [spelt for value in values for spelt in spellings(value)] if operation != EMPTY else values
        if operation == EMPTY:
            return self._blank(own) if values[-1] else ~self._blank(own)
        if operation == NOT:
            differs = ~self._equals(own, values, nodes)
            return or_(own.is_(None), differs) if self.column.nullable else differs
        if operation == OWN:
            return own.in_(sorted(values))
        if operation in _RANGES:
            value = _bound(self.column, values[-1], operation) if self.kind == "day" else values[-1]
            return _COMPARE[operation](own, value)
        if operation:
            return or_(*(_COMPARE[operation](own, value) for value in values))
        return self._equals(own, values, nodes)

    def _equals(self, own: InstrumentedAttribute[Any], values: Sequence[Any], nodes: Nodes) -> ColumnElement[bool]:
        if self.kind == "node":
            return own.in_(sorted({node for value in values for node in nodes.below(value)}))
        return own.in_(values) if len(values) > 1 else own == values[0]

    def _blank(self, own: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        is_text = isinstance(own.type, String) and self.column.enum is None
        return or_(own.is_(None), own == "") if is_text else own.is_(None)

    def over_link(self, listed: type[Base], found: ColumnElement[bool], *, many: bool) -> ColumnElement[bool]:
        """Carry a condition on the linked model over to the listed one.

        ``many``: so many rows fit that they are found fastest in the list's own order. ``+ 0`` keeps the database from
        gathering them all by the link's index first, to sort them afterwards.
        """
        if not self.through:
            return found
        link = attribute(listed, self.through)
        return (link + 0 if many else link).in_(select(attribute(self.model, "id")).where(found))


@dataclass(frozen=True)
class Picked(Filter):
    """A filter that is picked from a list of its own (``choices``), whatever its column is."""

    @property
    def kind(self) -> str:
        """Picked from a list."""
        return "choice"

    @property
    def operations(self) -> tuple[str, ...]:
        """Equality alone."""
        return ("",)

    def read(self, operation: str, text: str, nodes: Nodes) -> str:
        """Return a choice's name; raise ValueError with a sentence."""
        text = text.strip()
        if text not in dict(self.choices(nodes, "zh")):
            raise ValueError(_("没有“%(value)s”这个选项", value=text[:40]))
        return text


@dataclass(frozen=True)
class Flag(Filter):
    """A condition of its own with a yes and a no, where no single column tells; made anew for each question."""

    holds: Callable[[], ColumnElement[bool]] = true

    @property
    def operations(self) -> tuple[str, ...]:
        """Yes or no, and nothing else."""
        return ("",)

    def condition(self, operation: str, values: Sequence[Any], nodes: Nodes, actor: Actor) -> ColumnElement[bool]:
        """Return the condition or its opposite."""
        holds = self.holds()
        return holds if values[-1] else ~holds


def flag(model: type[Base], key: str, label: str, holds: Callable[[], ColumnElement[bool]]) -> Flag:
    """Declare a flag of a list."""
    return Flag(key, Column(key=key, label=label, kind="bool", filtered=True), model, holds=holds)


def filters_of(model: type[Base], also: tuple[str, ...] = (), flags: tuple[Flag, ...] = ()) -> dict[str, Filter]:
    """Return the filters of a list by key: its own columns, ``also`` ("unit.city": over a link), and ``flags``."""
    own = [Filter(column.key, column, model) for column in columns_of(model).values() if _filters(column)]
    return {found.key: found for found in [*own, *(_linked(model, path) for path in also), *flags]}


def _filters(column: Column) -> bool:
    """Whether a list filters by the column: where it says so, by its numbers, its words, its codes and its owner."""
    if column.hidden or column.kind == "sealed":
        return False
    implied = column.listed and (column.links in ("unit", "person", "edition") or column.kind in ("number", "money"))
    return column.filtered or implied or column.searched is True or (bool(column.searched) and column.kind == "code")


def _linked(model: type[Base], path: str) -> Filter:
    relation, key = path.split(".")
    through = columns_of(model)[f"{relation}_id"]
    target = model_named(through.links)
    return Filter(path, columns_of(target)[key], target, through.key)


def _typed(found: Filter, text: str, nodes: Nodes) -> Any:
    match found.kind:
        case "enum":
            value: Any = _picked(text, {member.value: member for member in found.column.enum or ()})
        case "bool":
            value = _picked(text, YES_NO)
        case "choice":
            value = _picked(text, {known: known for known in labels.vocabulary(found.column, "zh") or {}})
        case "node":
            value = _picked(text, {str(node): node for node in nodes.names})
        case "link":
            value = read_id(text)
        case "number":
            value = _number(found, text)
        case "day":
            value = _day(text)
        case _:
            value = text.upper() if found.kind == "code" else text
    return value


def _picked(text: str, known: Mapping[str, Any]) -> Any:
    if text not in known:
        raise ValueError(_("没有“%(value)s”这个选项", value=text[:40]))
    return known[text]


def read_id(text: str) -> int:
    """Return a row's id; raise ValueError with a sentence when the text is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) in INTEGERS):
        raise ValueError(_("“%(value)s”不是编号，请从列表中选择", value=text[:20]))
    return int(text)


def _number(found: Filter, text: str) -> Decimal | int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(_("“%(value)s”不是数字", value=text[:20]))
    number = Decimal(text) * (100 if found.column.kind == "money" else 1)
    if not isinstance(attribute(found.model, found.column.key).type, Integer):
        return number
    if number != int(number) or int(number) not in INTEGERS:
        raise ValueError(_("“%(value)s”超出范围", value=text))
    return int(number)


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # the 30th of February
    raise ValueError(_("“%(value)s”不是日期，应形如 2024-09-01", value=text[:20]))


def _bound(column: Column, day: date, operation: str) -> date:
    """Return where a day begins or, for an end, where the next one does; for a moment in Shanghai's time."""
    day += timedelta(days=operation == "to")
    return datetime.combine(day, time.min, SHANGHAI) if column.kind in ("moment", "age") else day


_COMPARE: dict[str, Callable[[InstrumentedAttribute[Any], Any], ColumnElement[bool]]] = {
    "contains": lambda own, value: own.icontains(value, autoescape=True),
    # A range, because neither engine uses an index for LIKE 'abc%'.
    "starts": lambda own, value: (own >= value) & (own < value + LAST),
    "from": lambda own, value: own >= value,
    "to": lambda own, value: own < value if isinstance(value, date) else own <= value,
}
