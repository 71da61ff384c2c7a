"""Sealing what the trail tells of persons under the key of their edition, and having the keys at hand when it is read."""

import json
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Compiled, Connection, Engine, ExecutionContext, event, select

from models import Edition
from models.edition_keys import EditionKey, Told, know

SEALED = ("changes", "reason")  # the columns that hold what was there before and after, and what people wrote
LASTING = {
    "account",
    "delegation",
    "delegation_edition",
    "edition",
    "erasure",
    "fee",
    "quota_pool",
}  # no person of an edition
LONGEST = 1000


def seal(connection: Connection, entries: list[dict[str, Any]]) -> None:
    """Name each entry's edition and changed fields, and seal what belongs to an edition whose key there is.

    What is written of an edition after its key was destroyed is sealed under the current one's.
    """
    rows = connection.execute(select(Edition.id, Edition.is_current, Edition.audit_secret)).all()
    current = next((row.id for row in rows if row.is_current), None)
    keys = {row.id: EditionKey(row.audit_secret) for row in rows if row.audit_secret is not None}
    for entry in entries:
        entry["fields"] = _fields(entry["changes"])
        if entry["noun"] in LASTING:
            entry["edition_id"] = None
            continue
        if entry["edition_id"] not in keys:
            entry["edition_id"] = current
        if (key := keys.get(entry["edition_id"])) is not None:
            for name in SEALED:
                if entry[name] not in (None, "", "{}"):
                    entry[name] = key.seal(entry[name])


@lru_cache(maxsize=512)
def _fields(changes: str) -> str:
    """Return the names of the changed columns between commas: ``,name,title,``; "," when there is none."""
    try:
        found = json.loads(changes)
    except ValueError:
        return ","
    names = [key for key, pair in found.items() if isinstance(pair, list)] if isinstance(found, dict) else []
    return f",{','.join(names)},"[:LONGEST] if names else ","


def _at_hand(
    connection: Connection, _cursor: object, _text: str, _values: object, context: ExecutionContext, _many: object
) -> None:
    """Look the keys up anew before a statement whose answer has sealed columns.

    One that was destroyed elsewhere opens nothing here either.
    """
    if context.compiled is not None and _opens(context.compiled, context):
        secrets = select(Edition.audit_secret).where(Edition.audit_secret.is_not(None))
        know(filter(None, connection.execute(secrets).scalars()))


def _opens(compiled: Compiled, context: Any) -> bool:
    """Whether an answer has a column that ``Told`` opens, whatever it came by; found out once per compiled statement."""
    found = _opening.get(compiled)
    if found is None:
        columns = context.result_column_struct[0] if context.result_column_struct else ()  # DDL has none
        found = _opening[compiled] = any(isinstance(column.type, Told) for column in columns)
    return found


_opening: WeakKeyDictionary[Compiled, bool] = WeakKeyDictionary()


def watch(engine: Engine) -> None:
    """Have the keys at hand on every connection of an engine."""
    event.listen(engine, "before_cursor_execute", _at_hand)
