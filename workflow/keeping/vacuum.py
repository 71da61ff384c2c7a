"""Giving back the room of what was erased, so that the bytes themselves go from the database's file."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine

from workflow.keeping import ties

BUSY = "数据库正忙，没有整理空间，请稍后在维护时间整理（VACUUM）"
SQLITE = ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")


def vacuum(engine: Engine) -> str:
    """Write a SQLite file anew and empty its log; on PostgreSQL vacuum the tables. Return "" or why it was not done.

    PostgreSQL only marks pages free: the bytes of its files go with VACUUM FULL, which locks, and is the operator's to do.
    The driver's own connection is used, for SQLAlchemy's would begin a transaction.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    tables = ("edition", *(model.__tablename__ for model in ties.tied()))
    driver: Any = engine.dialect.loaded_dbapi
    connection: Any = engine.raw_connection()
    try:
        _do(connection, SQLITE if is_sqlite else [f'VACUUM "{table}"' for table in tables], autocommit=not is_sqlite)
    except driver.Error:
        return BUSY
    finally:
        connection.close()
    return ""


def _do(connection: Any, statements: Iterable[str], *, autocommit: bool) -> None:
    connection.rollback()
    if autocommit:
        connection.driver_connection.autocommit = True
    cursor = connection.cursor()
    try:
        for statement in statements:
            cursor.execute(statement)
            if cursor.description:
                cursor.fetchall()
    finally:
        cursor.close()
        if autocommit:
            connection.driver_connection.autocommit = False
