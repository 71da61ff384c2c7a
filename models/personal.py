"""Which columns hold personal data, told by their kinds: what an edition's erasing takes away, and a deletion before it.

Sealed and masked columns always do; so does whatever people write freely, since a name may stand in any of it. What is only
written by the program, or is known to be an organisation's, does not; where a kind cannot tell, ``says(…, personal=…)`` does.
"""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import LargeBinary, String

from models.base import Base
from models.columns import Column, attribute, columns_of

CLEARED = "已清除"  # what stands after an edition's erasing where something must
# Words and marks of the program, whichever table they stand in, and names of organisations.
PROGRAMS = {
    "action", "after", "before", "consent_version", "delegation_name", "digest", "file", "hash", "key_hash", "kind", "lang",
    "language", "media_type", "move", "nationality", "noun", "object_ref", "ref", "refusal", "role", "sha256", "unit_name",
}  # fmt: skip


@cache
def personal_columns(model: type[Base]) -> tuple[Column, ...]:
    """Return the columns of a model that hold personal data, without the blind indexes beside sealed ones."""
    return tuple(column for column in columns_of(model).values() if _is_personal(model, column))


def _is_personal(model: type[Base], column: Column) -> bool:
    if column.personal is not None:
        return column.personal
    if column.kind == "sealed" or column.sensitivity:
        return True
    is_text = isinstance(attribute(model, column.key).type, String | LargeBinary) and column.kind == "text"
    return is_text and column.key not in PROGRAMS and not column.choices and not _is_index(model, column.key)


def _is_index(model: type[Base], key: str) -> bool:
    stem, _line, end = key.rpartition("_")
    return end in ("index", "tail") and stem in columns_of(model)


def stored_beside(column: Column) -> Sequence[str]:
    """Return the names of a column and, of a sealed one, of its blind indexes."""
    return (column.key, f"{column.key}_index", f"{column.key}_tail") if column.kind == "sealed" else (column.key,)
