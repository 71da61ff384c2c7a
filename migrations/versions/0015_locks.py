"""Nodes lock their submission by moves, editions have a moment for it, and exception windows.

Revision ID: 0015
Revises: 0014
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from models.kinds import new_ref

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STATES = ("open", "locked", "accepted", "closed", "unlocked")
WINDOWS = ("open", "closed", "lapsed")
MOMENTS = ("created_at", "updated_at", "state_since")
OF_UNIT = sa.text("status = 'open' AND person_id IS NULL")
OF_PERSON = sa.text("status = 'open' AND person_id IS NOT NULL")


def upgrade() -> None:
    """Make the columns and the table; what was locked stays so."""
    op.add_column("edition", sa.Column("lock_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("delegation_edition", sa.Column("ref", sa.String(length=10), nullable=True))
    for name in MOMENTS:
        op.add_column("delegation_edition", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    state = sa.Enum(*STATES, name="status", native_enum=False, create_constraint=True, length=30)
    with op.batch_alter_table("delegation_edition") as batch:
        batch.add_column(sa.Column("status", state, nullable=False, server_default="open"))
    _fill()
    with op.batch_alter_table("delegation_edition") as batch:
        batch.alter_column("status", server_default=None, existing_type=state, existing_nullable=False)
        batch.alter_column("ref", nullable=False, existing_type=sa.String(length=10))
        for name in MOMENTS:
            batch.alter_column(name, nullable=False, existing_type=sa.DateTime(timezone=True))
        batch.create_unique_constraint(op.f("uq_delegation_edition_ref"), ["ref"])
    _make_windows()


def _fill() -> None:
    """Give every node a reference and its dates; one that is locked has handed in and waits to be accepted."""
    moment = sa.DateTime(timezone=True)
    row = sa.table(
        "delegation_edition", sa.column("id"), sa.column("ref"), sa.column("status"), sa.column("locked_at", moment),
        *(sa.column(name, moment) for name in MOMENTS),
    )  # fmt: skip
    bind, at = op.get_bind(), datetime.now(UTC)
    for (row_id,) in bind.execute(sa.select(row.c.id)).all():
        bind.execute(sa.update(row).where(row.c.id == row_id).values(ref=new_ref()))
    since = sa.func.coalesce(row.c.locked_at, sa.literal(at, moment))
    bind.execute(sa.update(row).values(created_at=since, updated_at=since, state_since=since))
    bind.execute(sa.update(row).where(row.c.locked_at.is_not(None)).values(status="locked"))


def _key(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_exception_window_{column}_{table}"))


def _make_windows() -> None:
    def moment(name: str) -> Any:
        return sa.Column(name, sa.DateTime(timezone=True), nullable=False)

    def number(name: str, *, nullable: bool = False) -> Any:
        return sa.Column(name, sa.Integer(), nullable=nullable)

    place = ["unit_id", "delegation_id", "province_id"]
    op.create_table(
        "exception_window",
        number("edition_id"),
        number("person_id", nullable=True),
        moment("until"),
        sa.Column(
            "status", sa.Enum(*WINDOWS, name="status", native_enum=False, create_constraint=True, length=30), nullable=False
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        number("opened_by_id", nullable=True),
        number("batch_id", nullable=True),
        number("id"),
        sa.Column("ref", sa.String(length=10), nullable=False),
        number("row_version"),
        moment("created_at"),
        moment("updated_at"),
        moment("state_since"),
        *(number(name) for name in place),
        _key("edition_id", "edition"),
        _key("person_id", "person"),
        _key("opened_by_id", "account"),
        _key("batch_id", "batch"),
        sa.ForeignKeyConstraint(
            place, ["unit.id", "unit.delegation_id", "unit.province_id"], onupdate="CASCADE",
            name=op.f("fk_exception_window_unit_id_delegation_id_province_id_unit"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exception_window")),
        sa.UniqueConstraint("ref", name=op.f("uq_exception_window_ref")),
    )  # fmt: skip
    op.create_index(op.f("ix_exception_window_unit_id_delegation_id_province_id"), "exception_window", place)
    op.create_index("ix_exception_window_status", "exception_window", ["status", "until"])
    for name, column, rule in (("unit", "unit_id", OF_UNIT), ("person", "person_id", OF_PERSON)):
        op.create_index(
            f"uq_exception_window_{name}",
            "exception_window",
            [column],
            unique=True,
            sqlite_where=rule,
            postgresql_where=rule,
        )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("exception_window")
    with op.batch_alter_table("delegation_edition") as batch:
        batch.drop_constraint(op.f("uq_delegation_edition_ref"), type_="unique")
        batch.drop_constraint(op.f("ck_delegation_edition_status"), type_="check")
        for name in ("status", *MOMENTS, "ref"):
            batch.drop_column(name)
    op.drop_column("edition", "lock_at")
