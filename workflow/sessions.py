"""Engines and sessions as the product needs them: SQLite and PostgreSQL settings, hooks, and the state guard."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.orm import Session, sessionmaker

from models import Base
from workflow import scope, trail, trail_keys

SQLITE = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",
    "PRAGMA mmap_size=536870912",
    "PRAGMA temp_store=MEMORY",
)
POSTGRESQL = (
    "SET lock_timeout = '10s'",
    "SET statement_timeout = '60s'",
    "SET idle_in_transaction_session_timeout = '120s'",
    "SET timezone = 'UTC'",
)
_placing: ContextVar[bool] = ContextVar("placing", default=False)


class StateIsTheEngines(RuntimeError):
    """Something other than the engine tried to write a state column (DESIGN §3.1)."""


@contextmanager
def placing() -> Iterator[None]:
    """Allow rows to be built in any state: demo data, restores and tests only."""
    token = _placing.set(True)
    try:
        yield
    finally:
        _placing.reset(token)


@contextmanager
def writing_sets(session: Session) -> Iterator[None]:
    """Allow set-based UPDATE and DELETE; the caller writes the audit entries of what it changes."""
    before = session.info.get("writing_sets", False)
    session.info["writing_sets"] = True
    try:
        yield
    finally:
        session.info["writing_sets"] = before


def _refuse(row: Any, value: Any, _old: Any, event_: Any) -> None:
    if _placing.get():
        return
    state = inspect(row)
    column = state.mapper.columns[event_.key]
    default = column.default.arg if column.default is not None else None
    if state.transient and (column.info.get("once") or value == default):
        return
    raise StateIsTheEngines(f"{state.mapper.local_table.name}.{event_.key}")


def _guard_states() -> None:
    for mapper in Base.registry.mappers:
        for attribute in mapper.column_attrs:
            if attribute.columns[0].info.get("state"):
                event.listen(getattr(mapper.class_, attribute.key), "set", _refuse)


def tune(engine: Engine) -> Engine:
    """Set the engine's connections up for its database; every SQLite write transaction begins IMMEDIATE.

    A transaction begun with execution option ``read_only=True`` begins plainly on SQLite (readers never wait for
    writers) and READ ONLY on PostgreSQL.
    """
    sqlite = engine.dialect.name == "sqlite"

    def prepare(connection: Any, _record: object) -> None:
        if sqlite:
            connection.isolation_level = None
        cursor = connection.cursor()
        for statement in SQLITE if sqlite else POSTGRESQL:
            cursor.execute(statement)
        cursor.close()
        if not sqlite:
            connection.commit()

    def begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("read_only")
        if sqlite:
            connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
        elif read_only:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    trail_keys.watch(engine)
    return engine


def make_engine(url: str) -> Engine:
    """Create a tuned engine for a SQLite or PostgreSQL URL."""
    return tune(create_engine(url, pool_pre_ping=not url.startswith("sqlite")))


def install(sessions: Any) -> None:
    """Attach scope hook, flush guard and audit trail to a session factory, and the state guard to the models."""
    scope.install(sessions)
    trail.install(sessions)
    if not _guarded:
        _guard_states()
        _guarded.append(True)


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Return a session factory with everything installed, for commands and tests."""
    sessions = sessionmaker(engine, expire_on_commit=False)
    install(sessions)
    return sessions


_guarded: list[bool] = []
