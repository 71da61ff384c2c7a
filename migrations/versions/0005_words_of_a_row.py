"""A row of a batch may have words of its own.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("batch_row", sa.Column("said", sa.String(length=500), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("batch_row", "said")
