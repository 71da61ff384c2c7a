"""Background jobs, notices, and how somebody wants to be told of them.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _place(table: str) -> tuple:
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delegation_id", sa.Integer(), nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delegation_id"], ["delegation.id"], name=op.f(f"fk_{table}_delegation_id_delegation")
        ),
        sa.ForeignKeyConstraint(["province_id"], ["delegation.id"], name=op.f(f"fk_{table}_province_id_delegation")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _account(table: str, column: str = "account_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["account.id"], name=op.f(f"fk_{table}_{column}_account"))


def upgrade() -> None:
    """Make the tables and the columns."""
    op.add_column("account", sa.Column("digest", sa.String(length=10), nullable=False, server_default="none"))
    op.add_column("account", _moment("mailed_at"))
    _make_jobs()
    _make_notices()


def _make_jobs() -> None:
    states = ("queued", "running", "done", "failed", "cancelled")
    state = sa.Enum(*states, name="state", native_enum=False, create_constraint=True, length=30)
    op.create_table(
        "job",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("filename", sa.String(length=200), nullable=True),
        sa.Column("receipt", sa.String(length=10), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=80), nullable=True),
        _moment("created_at", nullable=False),
        _moment("started_at"),
        _moment("heartbeat_at"),
        _moment("ended_at"),
        sa.Column("ref", sa.String(length=10), nullable=False),
        *_place("job"),
        _account("job"),
        sa.UniqueConstraint("ref", name=op.f("uq_job_ref")),
    )
    op.create_index(op.f("ix_job_account_id_created_at"), "job", ["account_id", "created_at"])
    op.create_index(op.f("ix_job_state_heartbeat_at"), "job", ["state", "heartbeat_at"])


def _make_notices() -> None:
    op.create_table(
        "notice",
        sa.Column("role", sa.String(length=20), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("sentence", sa.String(length=300), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("noun", sa.String(length=30), nullable=False),
        sa.Column("query", sa.String(length=200), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("once", sa.String(length=100), nullable=True),
        _moment("at", nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        *_place("notice"),
        _account("notice"),
        _account("notice", "by_id"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_notice_batch_id_batch")),
        sa.UniqueConstraint("once", name=op.f("uq_notice_once")),
        sa.UniqueConstraint("ref", name=op.f("uq_notice_ref")),
        sa.CheckConstraint("role IS NOT NULL OR account_id IS NOT NULL", name=op.f("ck_notice_somebody")),
    )
    for columns in (["delegation_id", "role", "at"], ["account_id", "at"], ["batch_id"], ["at"]):
        op.create_index(op.f(f"ix_notice_{'_'.join(columns)}"), "notice", columns)
    op.create_table(
        "notice_read",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_read_notice_id_notice"), ondelete="CASCADE"
        ),
        _account("notice_read"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_read")),
        sa.UniqueConstraint("notice_id", "account_id", name=op.f("uq_notice_read_notice_id_account_id")),
    )
    op.create_index(op.f("ix_notice_read_account_id"), "notice_read", ["account_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("notice_read", "notice", "job"):
        op.drop_table(table)
    op.drop_column("account", "mailed_at")
    op.drop_column("account", "digest")
