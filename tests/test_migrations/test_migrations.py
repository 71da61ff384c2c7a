"""Migrations: up, down, up on both engines, equal to the models, and the append-only tables refuse changes."""

import pytest
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    create_engine,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError

from app import create_app
from extensions import db
from models import Audit, Base, Role, Unit
from models.kinds import now
from settings import Settings
from tests import factories
from tests.conftest import ENVIRONMENT
from tests.test_workflow._entities import everything
from workflow.actors import SYSTEM
from workflow.sessions import make_engine, make_sessions

ROWS: dict[str, dict[str, object]] = {  # of revision 0011, as far as their columns say more than their type
    "edition": {"code": "7"}, "delegation": {"kind": "PROVINCE"},
    "account": {"username": "somebody", "role": "secretariat", "language": "zh", "digest": "none"},
    "fee": {"mode": "new", "period": "FULL", "label": "PROFESSIONAL", "amount": 20_000},
}  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def address(request, tmp_path, worker_id):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'expo.db'}"
    return request.getfixturevalue("postgres").new_database(f"migrations_{worker_id}")


@pytest.fixture
def migrated(address, tmp_path):
    app = create_app(Settings.from_environment({**ENVIRONMENT, "EXPO_DATABASE_URL": address}, tmp_path))
    with app.app_context():
        upgrade()
        yield address
        db.engine.dispose()


@pytest.fixture
def engine(migrated):
    made = create_engine(migrated)
    yield made
    made.dispose()


def test_up_down_up_leaves_exactly_the_models_tables(engine):
    check()
    downgrade(revision="base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade()
    check()
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_a_database_in_use_is_brought_up_to_date(engine):
    """Tables that others refer to are written anew with their rows."""
    downgrade(revision="0011")
    tables = MetaData()
    tables.reflect(engine)
    plain = {Integer: 1, Boolean: False, DateTime: now(), Date: now().date(), LargeBinary: b"1", Numeric: 1}
    with engine.begin() as connection:
        for name, told in ROWS.items():
            columns = [one for one in tables.tables[name].columns if not one.nullable]
            row = {
                one.name: next((v for kind, v in plain.items() if isinstance(one.type, kind)), "x") for one in columns
            }
            connection.execute(tables.tables[name].insert().values({**row, **told}))
    upgrade()
    with engine.begin() as connection:
        assert connection.execute(text("SELECT code FROM edition")).scalars().all() == ["7"]
        assert connection.execute(text("SELECT username FROM account")).scalars().all() == ["somebody"]
        assert connection.execute(
            text("SELECT amount FROM fee JOIN edition ON edition.id = edition_id")
        ).scalars().all() == [20_000]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET reason = 'x'", "UPDATE audit SET hash = hash", "DELETE FROM audit", "TRUNCATE audit"],
)
def test_the_audit_trail_refuses_changes(engine, statement):
    if engine.dialect.name == "sqlite" and statement.startswith("TRUNCATE"):
        statement = "DELETE FROM audit WHERE id > 0"  # this engine knows no other way
    with engine.begin() as connection:
        entry = {"id": 1, "at": now(), "actor": "甲", "role": "system", "action": "a", "noun": "unit", "hash": "0"}
        connection.execute(insert(Audit), [entry])
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    with engine.begin() as connection:
        assert connection.execute(select(Audit.id, Audit.actor)).all() == [(1, "甲")]


MONEY = ("group_pay_entry", "statement_line", "payment")


def test_rows_about_money_refuse_changes_and_follow_their_unit(migrated):
    made = make_engine(migrated)
    with make_sessions(made)(info={"actor": SYSTEM}) as session:
        world = factories.world(session)
        everything(session, world, world.sub, world.accounts[Role.sub_delegation], world.other_sub)
        session.commit()
    for table in MONEY:
        for statement in (
            f"UPDATE {table} SET amount = 7",
            f"UPDATE {table} SET edition_id = 7",
            f"DELETE FROM {table}",
        ):
            with pytest.raises(DBAPIError, match="append-only"), made.begin() as connection:
                connection.execute(text(statement))
    words = {"payment": "remark", "group_pay_entry": "reason", "statement_line": "reason"}
    for statement in (f"UPDATE {table} SET {column} = 'x'" for table, column in words.items()):
        with pytest.raises(DBAPIError, match="append-only"), made.begin() as connection:
            connection.execute(text(statement))
    with made.begin() as connection:
        for table, column in words.items():
            connection.execute(text(f"UPDATE {table} SET {column} = NULL"))
        connection.execute(text("UPDATE statement_line SET person_name = '已删除人员', id_masked = NULL"))
        moved = update(Unit).where(Unit.delegation_id == world.sub.id).values(delegation_id=world.other_sub.id)
        connection.execute(moved)
        assert set(connection.scalars(text("SELECT delegation_id FROM payment"))) == {world.other_sub.id}
    made.dispose()


def test_the_ledger_cannot_be_emptied_either(engine):
    if engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text("TRUNCATE group_pay_entry CASCADE"))
    triggers = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger",
    }
    with engine.begin() as connection:
        names = set(connection.execute(text(triggers[engine.dialect.name])).scalars())
    assert {f"{table}_no_{verb}" for table in ("audit", "group_pay_entry") for verb in ("update", "delete")} <= names
