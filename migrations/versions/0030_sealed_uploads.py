"""Uploaded tables are kept sealed; those that lie there in the clear are not kept any longer.

Revision ID: 0030
Revises: 0024
"""

from alembic import op

revision = "0030"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forget previews of tables: whoever had one uploads the table again."""
    op.execute("DELETE FROM import_job")


def downgrade() -> None:
    """Forget what an earlier program cannot read."""
    op.execute("DELETE FROM import_job")
