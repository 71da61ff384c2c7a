"""Rows on their way into the database: numbered here, sealed, written in bulk and forgotten.

Core statements, many rows each: object by object a million persons would take an hour. Nothing is read back, so the
numbers are given out here, and a load takes an empty database.
"""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import func, insert, inspect, select
from sqlalchemy.orm import Session

from demo.chance import Chance
from models import Base
from models.kinds import Sealed, seal_values


@cache
def _blank(model: type[Base]) -> dict[str, Any]:
    """Return the model's columns with their fixed defaults, empty else."""
    return {column.key: _fixed_default(column) for column in inspect(model).columns}


def _fixed_default(column: Any) -> Any:
    return column.default.arg if column.default is not None and column.default.is_scalar else None


@cache
def _sealed(model: type[Base]) -> tuple[str, ...]:
    return tuple(column.key for column in inspect(model).columns if isinstance(column.type, Sealed))


@cache
def _dated(model: type[Base]) -> tuple[str, ...]:
    return tuple(key for key in ("created_at", "updated_at", "state_since") if key in inspect(model).columns)


class Rows:
    """The rows waiting to be written, by model, and the last number given out for each."""

    def __init__(self, session: Session, chance: Chance) -> None:
        self.session = session
        self.chance = chance
        self.last: dict[type[Base], int] = {}
        self.waiting: dict[type[Base], list[dict[str, Any]]] = {}

    def add(self, model: type[Base], at: datetime, /, **values: Any) -> int:
        """Take a row that came at ``at`` and return its number; sealed columns are given as plain text."""
        row = _blank(model) | values
        number = row["id"] = self.last[model] = self.last.get(model, 0) + 1
        for key in _dated(model):
            row[key] = values.get(key, at)
        if "ref" in row and row["ref"] is None:
            row["ref"] = self.chance.ref()
        for key in _sealed(model):
            row.update(seal_values(model.__tablename__, key, row["ref"], row[key]))
        self.waiting.setdefault(model, []).append(row)
        return number

    def amend(self, model: type[Base], **values: Any) -> None:
        """Write more on the row of the model that was taken last, and still waits."""
        self.waiting[model][-1].update(values)

    def write(self) -> None:
        """Write what waits, parents before their children."""
        connection = self.session.connection()
        for model in sorted(self.waiting, key=_depth):
            connection.execute(insert(model), self.waiting[model])
        self.waiting.clear()

    def count(self) -> None:
        """Let the database know how much of what there is.

        After the first chunk: PostgreSQL plans its checks of foreign keys once, and on empty tables it takes an index
        by which every check reads a whole province. At the end: so does SQLite with a hundred ids.
        """
        self.session.connection().exec_driver_sql("ANALYZE")

    def finish(self) -> None:
        """Let the database go on numbering where we stopped (SQLite does by itself)."""
        connection = self.session.connection()
        if connection.dialect.name == "postgresql":
            for model, number in self.last.items():
                sequence = func.pg_get_serial_sequence(model.__tablename__, "id")
                connection.execute(select(func.setval(sequence, number)))
        self.count()


@cache
def _depth(model: type[Base]) -> int:
    """Return the place of the model's table in the order in which tables can be filled."""
    return Base.metadata.sorted_tables.index(inspect(model).local_table)  # type: ignore[arg-type]  # every mapper here maps a Table
