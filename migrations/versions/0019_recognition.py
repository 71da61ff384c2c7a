"""What is read off a licence, and whether an edition lets recognised units pass at once.

Revision ID: 0019
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the setting."""
    op.create_table(
        "licence_reading",
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=True),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("legal_rep", sa.String(length=50), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("reg_capital", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("validity", sa.String(length=60), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("sure", sa.String(length=300), nullable=False),
        sa.Column("sentence", sa.String(length=200), nullable=False),
        sa.Column("tried", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("delegation_id", sa.Integer(), nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachment.id"],
            name=op.f("fk_licence_reading_attachment_id_attachment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id", "delegation_id", "province_id"],
            ["unit.id", "unit.delegation_id", "unit.province_id"],
            name=op.f("fk_licence_reading_unit_id_delegation_id_province_id_unit"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_reading")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_licence_reading_attachment_id")),
    )
    op.create_index(
        op.f("ix_licence_reading_unit_id_delegation_id_province_id"),
        "licence_reading",
        ["unit_id", "delegation_id", "province_id"],
        unique=False,
    )
    op.add_column("edition", sa.Column("direct_pass", sa.Boolean(), nullable=False, server_default=sa.true()))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("edition", "direct_pass", server_default=None)


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("edition", "direct_pass")
    op.drop_index(op.f("ix_licence_reading_unit_id_delegation_id_province_id"), table_name="licence_reading")
    op.drop_table("licence_reading")
