"""When a row came into its state, when an account was last used, and the indexes the start page counts by.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOVED = ("unit", "person", "transfer_request")
PLACE = ["province_id", "edition_id", "delegation_id"]
INDEXES = {
    "ix_unit_figures": ("unit", [*PLACE, "review_status", "state_since"]),
    "ix_person_figures": ("person", [*PLACE, "review_status", "payment_status", "state_since"]),
    "ix_certificate_figures": ("certificate", [*PLACE, "status"]),
}


def upgrade() -> None:
    """Add the columns; of rows there are already, their last change is the best that is known."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in MOVED:
        moment = sa.Column(
            "state_since", sa.DateTime(timezone=True), nullable=False, server_default="2000-01-01 00:00:00"
        )
        op.add_column(table, moment)
        rows = sa.table(table, sa.column("state_since"), sa.column("updated_at"))
        op.execute(sa.update(rows).values(state_since=rows.c.updated_at))
        if postgresql:
            op.alter_column(table, "state_since", server_default=None)
    op.add_column("account", sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True))
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Take them away again."""
    for name, (table, _columns) in INDEXES.items():
        op.drop_index(name, table_name=table)
    op.drop_column("account", "last_login_at")
    for table in MOVED:
        op.drop_column(table, "state_since")
