"""What erasing does to the rows of one table: the values that go in, and which rows still hold any others."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, String, or_

from models.columns import attribute
from models.personal import CLEARED, personal_columns, stored_beside

# Rows that are nothing but somebody's: they go as a whole. Of all others the row stays, with its state and its numbers.
WHOLE = {"attachment", "claim", "recent_item"}


def blanks(model: Any) -> Mapping[str, Any]:
    """Return what each personal column holds after the erasing: nothing, or a mark where something must stand."""
    found = dict[str, Any]()
    for column in personal_columns(model):
        for key in stored_beside(column):
            found[key] = _blank(model, key)
    return found


def _blank(model: Any, key: str) -> Any:
    column = model.__table__.columns[key]
    if column.nullable:
        return None
    if isinstance(column.type, LargeBinary):
        return b""
    if column.default is not None and column.default.is_scalar:
        return column.default.arg
    if not isinstance(column.type, String):
        raise TypeError(f"{model.__tablename__}.{key} holds a personal datum that cannot be taken away")
    return CLEARED[: column.type.length]


def holding(model: Any) -> ColumnElement[bool]:
    """Return the condition that a row still holds something personal."""
    parts = []
    for key, blank in blanks(model).items():
        own = attribute(model, key)
        parts.append(own.is_not(None) if blank is None else own != blank)
    return or_(*parts)
