"""What the moves of a certificate write: since when it is in its state, the old card's number; editions of reuse.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


NULLABLE = {
    "old_card_no": sa.String(length=50),
    "holder_name_en": sa.String(length=50),
    "unprintable": sa.String(length=50),
    "printed_at": sa.DateTime(timezone=True),
}


def upgrade() -> None:
    """Add the columns and fill them from what is known."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    since = sa.Column("state_since", sa.DateTime(timezone=True), nullable=False, server_default="2000-01-01 00:00:00")
    op.add_column("certificate", since)
    for name, kind in NULLABLE.items():
        op.add_column("certificate", sa.Column(name, kind, nullable=True))
    op.add_column("certificate", sa.Column("print_count", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("edition", sa.Column("reuse_editions", sa.String(length=50), nullable=False, server_default="5,6"))
    card = sa.table(
        "certificate", *map(sa.column, ("state_since", "updated_at", "old_card_no", "holder_name_en", "person_id"))
    )
    person = sa.table("person", sa.column("id"), sa.column("old_card_no"), sa.column("name_en"))
    old = sa.select(person.c.old_card_no).where(person.c.id == card.c.person_id).scalar_subquery()
    english = sa.select(person.c.name_en).where(person.c.id == card.c.person_id).scalar_subquery()
    op.execute(sa.update(card).values(state_since=card.c.updated_at, old_card_no=old, holder_name_en=english))
    if postgresql:
        op.alter_column("certificate", "state_since", server_default=None)
        op.alter_column("certificate", "print_count", server_default=None)
        op.alter_column("edition", "reuse_editions", server_default=None)


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("edition", "reuse_editions")
    for name in ("print_count", *NULLABLE):
        op.drop_column("certificate", name)
    op.drop_column("certificate", "state_since")
