"""What a number in a link column stands for: the titles of linked rows, fetched for a whole page or chunk at once."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import Base
from models.columns import Column, attribute, columns_of, model_named
from workflow.actors import unscoped

_TITLES = {"delegation": "short_name", "batch": "ref", "certificate": "holder_name", "attachment": "filename",
           "parcel": "number", "statement": "ref", "security_batch": "number"}  # fmt: skip
# Who decided, for which node and in which edition may be read by everybody who sees the row that says so.
OPEN = {"delegation", "account", "edition"}


def title_of(model: type[Base]) -> InstrumentedAttribute[str]:
    """Return the column that names a row of the model to people."""
    key = _TITLES.get(model.__tablename__, "name" if "name" in columns_of(model) else "id")
    return attribute(model, key)


def names_of(session: Session, table: str, ids: Iterable[int | None]) -> dict[int, str]:
    """Return the titles of rows by id, with one statement; a row that the actor may not see is left out."""
    model = model_named(table)
    key = attribute(model, "id")
    wanted = sorted({number for number in ids if number is not None})
    statement = select(key, title_of(model)).where(key.in_(wanted))
    if table in OPEN:
        with unscoped(session):
            return {number: str(title) for number, title in session.execute(statement)}
    return {number: str(title) for number, title in session.execute(statement)}


def linked_names(session: Session, columns: list[Column], rows: list[tuple[object, ...]]) -> dict[str, dict[int, str]]:
    """Return, by table, the titles of all rows that ``rows`` link to; ``columns`` tells what each position holds.

    One statement per linked table, whatever the number of rows.
    """
    wanted: dict[str, set[int]] = {}
    for position, column in enumerate(columns):
        if column.links:
            ids = wanted.setdefault(column.links, set())
            ids.update(row[position] for row in rows if isinstance(row[position], int))  # type: ignore[misc]  # narrowed by isinstance
    return {table: names_of(session, table, ids) for table, ids in wanted.items()}
