"""A row of a batch may have words of its own.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("batch_row", sa.Column("said", sa.String(length=500), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("batch_row", "said")
