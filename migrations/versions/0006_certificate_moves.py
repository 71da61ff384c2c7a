"""What the moves of a certificate write: since when it is in its state, the old card's number; editions of reuse.

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
    """Add the columns and fill them from what is known."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    since = sa.Column("state_since", sa.DateTime(timezone=True), nullable=False, server_default="2000-01-01 00:00:00")
    op.add_column("certificate", since)
    op.add_column("certificate", sa.Column("old_card_no", sa.String(length=50), nullable=True))
    op.add_column("edition", sa.Column("reuse_editions", sa.String(length=50), nullable=False, server_default="5,6"))
    card = sa.table("certificate", *map(sa.column, ("state_since", "updated_at", "old_card_no", "person_id")))
    person = sa.table("person", sa.column("id"), sa.column("old_card_no"))
    old = sa.select(person.c.old_card_no).where(person.c.id == card.c.person_id).scalar_subquery()
    op.execute(sa.update(card).values(state_since=card.c.updated_at, old_card_no=old))
    if postgresql:
        op.alter_column("certificate", "state_since", server_default=None)
        op.alter_column("edition", "reuse_editions", server_default=None)


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("edition", "reuse_editions")
    op.drop_column("certificate", "old_card_no")
    op.drop_column("certificate", "state_since")
