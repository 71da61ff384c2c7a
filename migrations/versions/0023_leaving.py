"""Units leave for and arrive from delegations outside this installation: states, who is to take them, their packages.

Revision ID: 0023
Revises: 0019
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0019"
branch_labels = None
depends_on = None

UNIT = (
    "draft",
    "auto_check",
    "pending_first",
    "pending_second",
    "returned",
    "approved",
    "rejected",
    "deleted",
    "released",
)
PERSON = (
    "draft", "submitted", "pending_confirm", "pending_review", "returned", "approved", "rejected", "expired", "deleted",
)  # fmt: skip
REQUEST = ("requested", "accepted", "declined", "withdrawn")
WITHOUT_CODE = "origin = 'OVERSEAS' OR uscc IS NOT NULL OR review_status IN ('deleted', 'released'{})"
ONE_TARGET = "(target_id IS NULL) = (outside_code IS NOT NULL)"
IDENTITY = "review_status NOT IN ('deleted', 'rejected', 'expired'{})"
TARGETS = ("target_id", "target_province_id")
GONE = "transferred_out"


def _listed(column: str, states: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(map(repr, states))})"


def _rewrite(table: str, *changes: tuple[str, str]) -> None:
    """Change the text of a table's schema on SQLite: a table that others point to cannot be made anew."""
    connection = op.get_bind()
    told = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    kept = connection.execute(told, {"table": table}).scalar_one()
    for old, new in changes:
        if kept.count(old) != 1:
            raise RuntimeError(f"{table}: {old} not found")
        kept = kept.replace(old, new)
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    write = sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table")
    connection.execute(write, {"sql": kept, "table": table})
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))


def _recheck(table: str, name: str, old: str, new: str) -> None:
    """Replace a CHECK."""
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(table, (f"({old})", f"({new})"))
        return
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, new)


def _states(*, more: bool) -> None:
    """Add the states, or take them away."""
    for table, column, states, added in (
        ("unit", "review_status", UNIT, GONE), ("person", "review_status", PERSON, GONE),
        ("transfer_request", "status", REQUEST, "handed_over"),
    ):  # fmt: skip
        few, many = _listed(column, states), _listed(column, (*states, added))
        _recheck(table, column, *((few, many) if more else (many, few)))
    few, many = WITHOUT_CODE.format(""), WITHOUT_CODE.format(f", '{GONE}'")
    _recheck("unit", "domestic_has_uscc", *((few, many) if more else (many, few)))
    where = sa.text(IDENTITY.format(f", '{GONE}'" if more else ""))
    op.drop_index("uq_person_identity", table_name="person")
    op.create_index(
        "uq_person_identity",
        "person",
        ["edition_id", "id_no_index"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def _target(*, needed: bool) -> None:
    """Let a request have no target in this installation, or none other."""
    if op.get_bind().dialect.name == "sqlite":
        own = "CONSTRAINT pk_transfer_request PRIMARY KEY (id)"
        wider = f"{own}, CONSTRAINT ck_transfer_request_one_target CHECK ({ONE_TARGET})"
        changes = [(f"{name} INTEGER NOT NULL", f"{name} INTEGER") for name in TARGETS] + [(own, wider)]
        _rewrite("transfer_request", *([(new, old) for old, new in changes] if needed else changes))
        return
    for name in TARGETS:
        op.alter_column("transfer_request", name, nullable=not needed)
    if needed:
        op.drop_constraint(op.f("ck_transfer_request_one_target"), "transfer_request", type_="check")
    else:
        op.create_check_constraint(op.f("ck_transfer_request_one_target"), "transfer_request", ONE_TARGET)


def upgrade() -> None:
    """Add the states, the columns and the table."""
    _states(more=True)
    op.add_column("transfer_request", sa.Column("outside_name", sa.String(length=100), nullable=True))
    op.add_column("transfer_request", sa.Column("outside_code", sa.String(length=8), nullable=True))
    _target(needed=False)
    way = sa.Enum("sent", "received", name="way", native_enum=False, create_constraint=True, length=30)
    links = {
        "edition_id": "edition",
        "unit_id": "unit",
        "by_id": "account",
        "delegation_id": "delegation",
        "province_id": "delegation",
    }
    op.create_table(
        "transfer_package",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=10), nullable=False),
        sa.Column("way", way, nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit_name", sa.String(length=100), nullable=False),
        sa.Column("other_name", sa.String(length=100), nullable=False),
        sa.Column("other_code", sa.String(length=8), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("taker", sa.String(length=100), nullable=True),
        sa.Column("left_behind", sa.String(length=500), nullable=True),
        sa.Column("whole", sa.String(length=64), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delegation_id", sa.Integer(), nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint([key], [f"{table}.id"], name=op.f(f"fk_transfer_package_{key}_{table}"))
            for key, table in links.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_package")),
        sa.UniqueConstraint("ref", name=op.f("uq_transfer_package_ref")),
    )
    received = sa.text("way = 'received'")
    op.create_index(
        "uq_transfer_package_received", "transfer_package", ["edition_id", "number"],
        unique=True, sqlite_where=received, postgresql_where=received,
    )  # fmt: skip
    op.create_index(op.f("ix_transfer_package_unit_id"), "transfer_package", ["unit_id"])


def downgrade() -> None:
    """Take them away again; units that had left count as deleted, requests to hand them over are forgotten."""
    op.drop_table("transfer_package")
    op.execute(sa.text("DELETE FROM transfer_request WHERE target_id IS NULL"))
    for table in (sa.table("unit", sa.column("review_status")), sa.table("person", sa.column("review_status"))):
        op.execute(table.update().where(table.c.review_status == GONE).values(review_status="deleted"))
    _target(needed=True)
    op.drop_column("transfer_request", "outside_code")
    op.drop_column("transfer_request", "outside_name")
    _states(more=False)
