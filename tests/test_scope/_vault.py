"""The stored rows as they were planted: which of them a request changed, and how they are put back for the next one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Table, bindparam, create_engine, select

from models import Base, Edition
from models.edition_keys import know

MIGRATIONS = Path(__file__).parents[2] / "migrations"
PASSING = {"web_session", "login_attempt"}  # what being logged in writes
STAMP = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"}

Rows = frozenset[tuple[Any, ...]]


class Vault:
    """Reads and writes past everything, on a connection of its own; closed by ``close``."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url, isolation_level="AUTOCOMMIT")
        self.connection = self.engine.connect()
        self.name = self.engine.dialect.name
        self.tables = {table.name: table for table in Base.metadata.sorted_tables if table.name not in PASSING}
        if self.name == "postgresql":
            self.connection.exec_driver_sql("SET session_replication_role = replica")  # no foreign keys on the way back
        self.kept = {name: self._read(table) for name, table in self.tables.items()}
        self.raw = {name: self._as_stored(name) for name in self.tables}

    def say_migrated(self) -> None:
        """Note the newest version, as a database has it that was not made of the models: it is asked for its health."""
        head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
        self.connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        self.connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{head}')")

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()
        self.engine.dispose()

    def stamp(self) -> object:
        """Return a value that changes whenever anybody else has written anything."""
        return self.connection.exec_driver_sql(STAMP[self.name]).scalar()

    def _read(self, table: Table) -> Rows:
        if table.name == "audit":
            know(filter(None, self.connection.execute(select(Edition.audit_secret)).scalars()))
        return frozenset(tuple(row) for row in self.connection.execute(select(table)))

    def _as_stored(self, name: str) -> Rows:
        """Return the rows in the driver's own values: what is asked most, whether there is anything new, needs no more."""
        return frozenset(tuple(row) for row in self.connection.exec_driver_sql(f"SELECT * FROM {name}"))

    def changed(self) -> dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
        """Return, by table, the rows that are no more as they were planted, and those that stand there instead."""
        found = {}
        for name, table in self.tables.items():
            if (stored := self._as_stored(name)) == self.raw[name]:
                continue
            now, kept = self._read(table), self.kept[name]
            if now != kept:
                found[name] = (self._named(table, kept - now), self._named(table, now - kept))
            else:  # put back in other words
                self.raw[name] = stored
        return found

    def _named(self, table: Table, rows: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
        return [dict(zip(table.columns.keys(), row, strict=True)) for row in rows]

    def put_back(self, names: Iterable[str]) -> None:
        """Make tables as they were planted."""
        self.connection.exec_driver_sql("BEGIN IMMEDIATE" if self.name == "sqlite" else "BEGIN")
        for name in names:
            table, now, kept = self.tables[name], self._read(self.tables[name]), self.kept[name]
            if new := self._named(table, now - kept):
                self.connection.execute(
                    table.delete().where(table.c.id == bindparam("it")), [{"it": row["id"]} for row in new]
                )
            if gone := self._named(table, kept - now):
                self.connection.execute(table.insert(), gone)
        self.connection.exec_driver_sql("COMMIT")
