"""The audit trail and the group-pay ledger refuse UPDATE and DELETE on both engines.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("audit", "group_pay_entry")
VERBS = ("UPDATE", "DELETE")


def upgrade() -> None:
    """Put the triggers on."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in TABLES:
        for verb in VERBS:
            name = f"{table}_no_{verb.lower()}"
            body = (
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                if sqlite
                else "EXECUTE FUNCTION refuse_change()"
            )
            op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW {body}")


def downgrade() -> None:
    """Take the triggers off."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in TABLES:
        for verb in VERBS:
            op.execute(f"DROP TRIGGER {table}_no_{verb.lower()}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        op.execute("DROP FUNCTION refuse_change()")
