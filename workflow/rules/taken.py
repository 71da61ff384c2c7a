"""The database's own refusal in people's words: somebody else was a moment earlier."""

import re
from collections.abc import Mapping

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import IntegrityError

from models.base import Base
from models.columns import columns_of

LATE = "数据在保存时已被他人修改，请刷新后重试"
_SQLITE = re.compile(r"UNIQUE constraint failed: (.+)")


def sentence_of(model: type[Base], error: IntegrityError, taken: Mapping[str, str]) -> dict[str, str]:
    """Return the field and the sentence of a violated unique rule; other violations concern the whole form."""
    key = _columns(model, error)[-1:]
    if not key:
        return {"": LATE}
    name = key[0].removesuffix("_index")
    column = columns_of(model).get(name)
    label = column.label if column else name
    return {name: taken.get(name, f"“{label}”已被使用，请核对")}


def _columns(model: type[Base], error: IntegrityError) -> list[str]:
    """Name the columns of the violated rule: SQLite tells them, PostgreSQL tells the rule's name."""
    table = Base.metadata.tables[model.__tablename__]
    found = _SQLITE.search(str(error.orig))
    if found:
        return [part.rsplit(".", 1)[1] for part in found[1].split(", ") if part.startswith(f"{table.name}.")]
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    unique = (rule for rule in table.constraints if isinstance(rule, UniqueConstraint))
    rules: list[Index | UniqueConstraint] = [*table.indexes, *unique]
    return next(([column.key for column in rule.columns] for rule in rules if rule.name == name), [])
