"""The review desk: who has a row before him, opinions kept for use again, and what its checks look up.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LOOKED_UP = (
    ("unit", ("edition_id", "name")),
    ("unit", ("edition_id", "contact_mobile_index")),
    ("person", ("edition_id", "name")),
    ("attachment", ("sha256",)),
)


def upgrade() -> None:
    """Make the tables and the indexes."""
    op.create_table(
        "claim",
        sa.Column("noun", sa.String(length=30), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_claim_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("noun", "object_id", name=op.f("uq_claim_noun_object_id")),
    )
    op.create_index(op.f("ix_claim_account_id_noun"), "claim", ["account_id", "noun"], unique=False)
    op.create_table(
        "canned_opinion",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("noun", sa.String(length=30), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_canned_opinion_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_opinion")),
        sa.UniqueConstraint("account_id", "noun", "text", name=op.f("uq_canned_opinion_account_id_noun_text")),
    )
    for table, columns in LOOKED_UP:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)


def downgrade() -> None:
    """Drop them."""
    for table, columns in reversed(LOOKED_UP):
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table_name=table)
    op.drop_table("canned_opinion")
    op.drop_index(op.f("ix_claim_account_id_noun"), table_name="claim")
    op.drop_table("claim")
