"""The fee of a reissued card: what is due of its holder and how that stands; payments and refunds say what they are for.

Revision ID: 0024
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0012"
branch_labels = None
depends_on = None

STATES = ("owed", "paid", "waived", "dropped")
PURPOSES = ("FEE", "REISSUE")
OF_MONEY = ("payment", "refund_task")
MAY_CHANGE = {"unit_id", "delegation_id", "province_id", "remark"}  # of a payment, as in 0017


def _among(table: str, column: str, values: tuple[str, ...]) -> str:
    """Write the CHECK of a choice beside its column: SQLite takes no other in a table that there is."""
    return f"CONSTRAINT ck_{table}_{column} CHECK ({column} IN ({', '.join(map(repr, values))}))"


def _protect() -> None:
    """Refuse an UPDATE of every column of a payment that may not change, of those there are now."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns("payment")]
    watched = ", ".join(f'"{name}"' for name in columns if name not in MAY_CHANGE)
    body = "BEGIN SELECT RAISE(ABORT, 'payment is append-only'); END" if sqlite else "EXECUTE FUNCTION refuse_change()"
    op.execute(f"CREATE TRIGGER payment_no_update BEFORE UPDATE OF {watched} ON payment FOR EACH ROW {body}")


def _unprotect() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute("DROP TRIGGER payment_no_update" + ("" if sqlite else " ON payment"))


def upgrade() -> None:
    """Add the columns: of what there is nobody owes anything, and all money was for the badge itself."""
    op.execute(f"ALTER TABLE person ADD COLUMN reissue_status VARCHAR(30) {_among('person', 'reissue_status', STATES)}")
    op.execute(
        "ALTER TABLE person ADD COLUMN reissue_fee INTEGER "
        "CONSTRAINT ck_person_reissue_fee_positive CHECK (reissue_fee > 0) "
        "CONSTRAINT ck_person_reissue_fee_iff_charged CHECK ((reissue_status IS NULL) = (reissue_fee IS NULL))"
    )
    some = sa.text("reissue_status IS NOT NULL")
    op.create_index(
        "ix_person_reissue", "person", ["province_id", "edition_id", "reissue_status"],
        sqlite_where=some, postgresql_where=some,
    )  # fmt: skip
    for table in OF_MONEY:
        check = _among(table, "purpose", PURPOSES)
        op.execute(f"ALTER TABLE {table} ADD COLUMN purpose VARCHAR(30) DEFAULT 'FEE' NOT NULL {check}")
        if op.get_bind().dialect.name == "postgresql":
            op.alter_column(table, "purpose", server_default=None)
    _unprotect()
    _protect()
    card = sa.table(
        "certificate", *map(sa.column, ("label", "status", "card_no")), sa.column("consumes_quota", sa.Boolean)
    )
    made = (card.c.label == "PROFESSIONAL", card.c.status.in_(("void", "lost")), card.c.card_no.is_not(None))
    op.execute(sa.update(card).where(*made).values(consumes_quota=True))  # what was made stays spent


def downgrade() -> None:
    """Take them away again."""
    _unprotect()
    for table in OF_MONEY:
        op.drop_column(table, "purpose")
    _protect()
    op.drop_index("ix_person_reissue", table_name="person")
    op.drop_column("person", "reissue_fee")
    op.drop_column("person", "reissue_status")
