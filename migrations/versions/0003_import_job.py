"""Uploaded tables between preview and commit.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    status = sa.Enum("previewed", "done", name="status", native_enum=False, create_constraint=True, length=30)
    op.create_table(
        "import_job",
        sa.Column("noun", sa.String(length=30), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("status", status, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("results", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delegation_id", sa.Integer(), nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_import_job_account_id_account")),
        sa.ForeignKeyConstraint(
            ["delegation_id"], ["delegation.id"], name=op.f("fk_import_job_delegation_id_delegation")
        ),
        sa.ForeignKeyConstraint(["province_id"], ["delegation.id"], name=op.f("fk_import_job_province_id_delegation")),
        sa.ForeignKeyConstraint(["target_id"], ["delegation.id"], name=op.f("fk_import_job_target_id_delegation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_job")),
        sa.UniqueConstraint("ref", name=op.f("uq_import_job_ref")),
    )
    op.create_index(op.f("ix_import_job_account_id_noun"), "import_job", ["account_id", "noun"], unique=False)


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("import_job")
