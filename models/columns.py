"""What the columns say of themselves, read once per model: the source of lists, forms, filters, exports and masks."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Date, Enum, Integer, Numeric
from sqlalchemy import inspect as mapping_of
from sqlalchemy.orm import InstrumentedAttribute

from models import figures
from models.base import Base
from models.kinds import Sealed, UtcDateTime
from models.terms import english
from models.words import Labelled

SHANGHAI, yuan = figures.SHANGHAI, figures.yuan  # whoever reads columns needs them, too
NAMES_OF_ROWS = {"id", "object_id", "account_id", "batch_id"}


@dataclass(frozen=True)
class Column:
    """One column's facts. ``kind``: text, code, enum, date, moment, age (shown in days), number, money, bool, link, sealed.

    ``searched`` is False, True (contains) or "exact"; ``required`` is "" or when it must be filled: "always",
    "domestic", "overseas", "enterprise", "mailed". ``machine``: only the program writes it. ``once``: written at creation only.
    ``state``: only the engine writes it. ``deadline``: a moment before which something is due.
    ``identity``: "checked" where the police look at it, "approval" where what they approve rests on it as well (DOMAIN §1.2).
    ``links`` names the table a number points to. ``means`` and ``rule`` say on the pages of
    help what the column tells and what is checked when it is filled in; ``help`` stands beside its field in forms. ``personal`` says
    whether it holds a personal datum where its kind does not (see ``models.personal``).
    """

    key: str
    label: str
    kind: str
    help: str = ""
    means: str = ""
    rule: str = ""
    group: str = ""
    listed: bool = False
    searched: bool | str = False
    filtered: bool = False
    required: str = ""
    machine: bool = False
    once: bool = False
    state: bool = False
    hidden: bool = False
    deadline: bool = False
    province_only: bool = False
    identity: str = ""
    sensitivity: str = ""
    links: str = ""
    choices: str = ""
    length: int | None = None
    nullable: bool = True
    enum: type[Labelled] | None = None
    check: Callable[[str], str] | None = None
    personal: bool | None = None

    @property
    def english(self) -> str:
        """The field's standard English term."""
        return english(self.label, self.key.removesuffix("_id").removeprefix("is_"))


def _kind(column: Any, links: str) -> str:
    info = column.info
    if links:
        return "link"
    named = next((name for name in ("money", "code", "age") if info.get(name)), "")
    types: Sequence[tuple[type[Any], str]] = (
        (Sealed, "sealed"),
        (Enum, "enum"),
        (Boolean, "bool"),
        (UtcDateTime, "moment"),
        (Date, "date"),
        (Integer, "number"),
        (Numeric, "number"),
    )
    return named or next((kind for cls, kind in types if isinstance(column.type, cls)), "text")


def _links(column: Any) -> str:
    if declared := column.info.get("links"):
        return str(declared)
    target = next((key.column for key in column.foreign_keys if key.column.name == "id"), None)
    return "" if target is None else str(target.table.name)


_FACTS = (
    "help",
    "means",
    "rule",
    "group",
    "listed",
    "searched",
    "filtered",
    "required",
    "machine",
    "once",
    "state",
    "hidden",
    "deadline",
    "province_only",
    "identity",
    "sensitivity",
    "choices",
    "check",
    "personal",
)


def _column(column: Any) -> Column:
    info, links = column.info, _links(column)
    facts = {name: info[name] for name in _FACTS if name in info}
    enum: Any = column.type.enum_class if isinstance(column.type, Enum) else None
    length = info.get("length") or getattr(column.type, "length", None)
    return Column(
        key=column.key,
        label=info.get("label", column.key),
        kind=_kind(column, links),
        links=links,
        length=length,
        nullable=column.nullable,
        enum=enum,
        **facts,
    )


@cache
def columns_of(model: type[Base]) -> dict[str, Column]:
    """Return the model's columns by attribute name: its own in declared order, then its place and its dates."""
    columns = [_column(attribute.columns[0]) for attribute in mapping_of(model).column_attrs]
    own = set(inspect.get_annotations(model))
    return {column.key: column for column in sorted(columns, key=lambda column: column.key not in own)}


def attribute(model: type[Base], key: str) -> InstrumentedAttribute[Any]:
    """Return the mapped attribute; raise KeyError for a name the model does not declare."""
    if key not in columns_of(model):
        raise KeyError(key)
    found: InstrumentedAttribute[Any] = getattr(model, key)
    return found


@cache
def model_named(table: str) -> type[Base]:
    """Return the model of a table name; raise KeyError when there is none."""
    by_table = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}  # type: ignore[attr-defined]  # every mapper here maps a Table
    return by_table[table]


def shown(column: Column, value: Any) -> str:
    """Render a stored value for people, in Chinese and without markup; sealed values are masked elsewhere."""
    if value is None:
        return ""
    if column.enum is not None:
        return column.enum[value].label
    if column.kind == "bool":
        return "是" if value else "否"
    return measured(column, value, "zh")


def told_moment(column: Column, value: datetime, lang: str) -> str:
    """Write a moment as its column means it: a deadline at midnight is the day before's 24:00."""
    return figures.deadline(value, lang) if column.deadline else figures.moment(value, lang)


def measured(column: Column, value: Any, lang: str) -> str:
    """Render an amount, a moment, a day or a number; a text stays as it is, and so do numbers that only name a row."""
    match column.kind:
        case "money":
            return yuan(value)
        case "moment":
            return told_moment(column, value, lang)
        case "age":
            return figures.number(figures.days_since(value), lang)
        case "date":
            return figures.day(value, lang)
        case "number" if column.key not in NAMES_OF_ROWS:
            return figures.number(value, lang)
    return str(value)
