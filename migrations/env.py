"""Run migrations on the application's database; the product's own column types are written out as plain ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app

from models.kinds import Sealed, UtcDateTime

PLAIN = {Sealed: "sa.LargeBinary()", UtcDateTime: "sa.DateTime(timezone=True)"}
store = current_app.extensions["migrate"].db
options = current_app.extensions["migrate"].configure_args


def plain_type(kind: str, item: Any, _: Any) -> str | bool:
    """Freeze a migration: it names no class of the models."""
    return PLAIN.get(type(item), False) if kind == "type" else False


def run(connection: Any) -> None:
    """Migrate over ``connection`` in one transaction."""
    context.configure(connection=connection, target_metadata=store.metadata, render_item=plain_type, **options)
    with context.begin_transaction():
        context.run_migrations()
    gather_statistics(connection)


@contextmanager
def references_checked_at_the_end(connection: Any) -> Iterator[None]:
    """Let SQLite write a table anew that others refer to: its foreign keys are off meanwhile, and all of them checked after.

    Raises RuntimeError, naming the first tables, when rows refer to what is not there.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    plain = connection.connection.dbapi_connection
    plain.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        if broken := plain.execute("PRAGMA foreign_key_check").fetchmany(5):
            raise RuntimeError(f"rows refer to what is not there: {broken}")
    finally:
        plain.execute("PRAGMA foreign_keys=ON")


def gather_statistics(connection: Any) -> None:
    """Let the planner know the tables as they are: an index without figures beside others with them misleads it.

    Every start of the product comes by here, so a database that has grown is looked at anew. It takes a second for a
    million persons; samples of a thousand rows (``analysis_limit``) made the planner choose worse indexes.
    """
    connection.exec_driver_sql("ANALYZE")
    connection.commit()


if context.is_offline_mode():
    context.configure(url=str(store.engine.url), target_metadata=store.metadata, literal_binds=True, **options)
    with context.begin_transaction():
        context.run_migrations()
else:
    with store.engine.connect() as connection, references_checked_at_the_end(connection):
        run(connection)
