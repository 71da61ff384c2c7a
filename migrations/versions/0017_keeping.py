"""What the trail keeps of persons is sealed per edition; editions say how long; erasings; TRUNCATE is refused, too.

Revision ID: 0017
Revises: 0015
"""

import os

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit", "group_pay_entry", "payment", "statement_line")
# Words of rows about money, which an erasing takes away and nobody writes anew; the other columns that may change, as before.
WORDS = {"payment": "remark", "group_pay_entry": "reason", "statement_line": "reason"}
FREE = {
    "payment": {"unit_id", "delegation_id", "province_id"},
    "group_pay_entry": set[str](),
    "statement_line": {"person_name", "id_masked"},
}
VERBS = ("UPDATE", "DELETE")
STATES = ("asked", "agreed", "running", "done", "withdrawn")


def upgrade() -> None:
    """Add the columns and the table; every edition there is gets a secret."""
    op.add_column("audit", sa.Column("edition_id", sa.Integer(), nullable=True))
    op.add_column("audit", sa.Column("address", sa.String(length=45), nullable=True))
    op.add_column("audit", sa.Column("fields", sa.String(length=1000), nullable=True))
    op.create_index(op.f("ix_audit_edition_id"), "audit", ["edition_id"])
    _retype_reason(sa.Text())
    op.add_column("edition", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("edition", sa.Column("audit_secret", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("edition") as edition:
        edition.add_column(sa.Column("keep_months", sa.Integer(), nullable=False, server_default="6"))
        edition.add_column(sa.Column("legal_hold", sa.Boolean(), nullable=False, server_default=sa.false()))
        edition.create_check_constraint(op.f("ck_edition_keep_months"), "keep_months BETWEEN 1 AND 60")
    with op.batch_alter_table("edition") as edition:
        edition.alter_column("keep_months", server_default=None)
        edition.alter_column("legal_hold", server_default=None)
    _give_secrets()
    op.add_column("job", sa.Column("said", sa.String(length=500), nullable=True))
    with op.batch_alter_table("job") as job:
        job.add_column(sa.Column("is_alarm", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("job") as job:
        job.alter_column("is_alarm", server_default=None)
    _make_erasures()
    for table, column in WORDS.items():
        _protect(table, FREE[table] | {column})
        _refuse_words(table, column)
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )


def _retype_reason(kind: sa.types.TypeEngine[str]) -> None:
    """Give the reason another type; on SQLite the table is written anew, and its triggers with it."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("audit", "reason", type_=kind)
        return
    with op.batch_alter_table("audit") as audit:
        audit.alter_column("reason", type_=kind)
    for verb in VERBS:
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit FOR EACH ROW "
            "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
        )


def _protect(table: str, free: set[str]) -> None:
    """Refuse an UPDATE of every column that is not ``free``; of any where none is."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]
    watched = "OF " + ", ".join(f'"{name}"' for name in columns if name not in free) if free else ""
    body = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END" if sqlite else "EXECUTE FUNCTION refuse_change()"
    op.execute(f"DROP TRIGGER {table}_no_update" + ("" if sqlite else f" ON {table}"))
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE {watched} ON {table} FOR EACH ROW {body}")


def _refuse_words(table: str, column: str) -> None:
    """Refuse other words in a column; none at all is what an erasing leaves."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    body = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END" if sqlite else "EXECUTE FUNCTION refuse_change()"
    event = f"BEFORE UPDATE OF {column} ON {table} FOR EACH ROW"
    when = f"WHEN (NEW.{column} IS NOT NULL)"
    op.execute(f"CREATE TRIGGER {table}_no_rewording {event} {when} {body}")


def _give_secrets() -> None:
    edition = sa.table("edition", sa.column("id", sa.Integer), sa.column("audit_secret", sa.LargeBinary))
    for number in op.get_bind().execute(sa.select(edition.c.id)).scalars().all():
        op.execute(sa.update(edition).where(edition.c.id == number).values(audit_secret=os.urandom(32)))


def _make_erasures() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "erasure",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="state", native_enum=False, length=30, create_constraint=True), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("agreed_by_id", sa.Integer(), nullable=True),
        *(sa.Column(name, moment, nullable=True) for name in ("agreed_at", "due_at", "started_at", "ended_at")),
        sa.Column("erased", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_erasure_edition_id_edition")),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_erasure_by_id_account")),
        sa.ForeignKeyConstraint(["agreed_by_id"], ["account.id"], name=op.f("fk_erasure_agreed_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("ref", name=op.f("uq_erasure_ref")),
    )  # fmt: skip
    still = sa.text("state <> 'withdrawn'")
    op.create_index(
        "uq_erasure_open", "erasure", ["edition_id"], unique=True, sqlite_where=still, postgresql_where=still
    )


def downgrade() -> None:
    """Take them away again; what was sealed is lost with the secrets."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        for table in APPEND_ONLY:
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
    for table in WORDS:
        op.execute(f"DROP TRIGGER {table}_no_rewording" + ("" if sqlite else f" ON {table}"))
        _protect(table, FREE[table])
    op.drop_table("erasure")
    with op.batch_alter_table("job") as job:
        job.drop_column("is_alarm")
        job.drop_column("said")
    with op.batch_alter_table("edition") as edition:
        edition.drop_constraint(op.f("ck_edition_keep_months"), type_="check")
        for name in ("audit_secret", "erased_at", "legal_hold", "keep_months"):
            edition.drop_column(name)
    op.drop_index(op.f("ix_audit_edition_id"), "audit")
    for name in ("fields", "address", "edition_id"):
        op.drop_column("audit", name)
    _retype_reason(sa.String(length=500))
