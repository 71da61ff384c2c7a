"""Views of lists under a name, the one an account begins with, and the rows it last opened.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "saved_view",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("delegation_id", sa.Integer(), nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=False),
        sa.Column("noun", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("roles", sa.String(length=100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        _account("saved_view"),
        sa.ForeignKeyConstraint(["delegation_id"], ["delegation.id"], name="fk_saved_view_delegation_id_delegation"),
        sa.ForeignKeyConstraint(["province_id"], ["delegation.id"], name="fk_saved_view_province_id_delegation"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.UniqueConstraint("account_id", "noun", "name", name="uq_saved_view_account_id_noun_name"),
        sa.UniqueConstraint("ref", name="uq_saved_view_ref"),
    )
    op.create_index("ix_saved_view_province_id", "saved_view", ["province_id"])
    op.create_table(
        "view_default",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("noun", sa.String(length=30), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        _account("view_default"),
        sa.ForeignKeyConstraint(
            ["view_id"], ["saved_view.id"], name="fk_view_default_view_id_saved_view", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_view_default"),
        sa.UniqueConstraint("account_id", "noun", name="uq_view_default_account_id_noun"),
    )
    op.create_index("ix_view_default_view_id", "view_default", ["view_id"])
    op.create_table(
        "recent_item",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("noun", sa.String(length=30), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        _account("recent_item"),
        sa.PrimaryKeyConstraint("id", name="pk_recent_item"),
        sa.UniqueConstraint("account_id", "noun", "object_id", name="uq_recent_item_account_id_noun_object_id"),
    )
    op.create_index("ix_recent_item_account_id_at", "recent_item", ["account_id", "at"])


def _account(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_account_id_account"
    return sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    """Drop the tables."""
    for table in ("recent_item", "view_default", "saved_view"):
        op.drop_table(table)
