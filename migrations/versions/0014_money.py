"""Statements of group pay, payments of persons, tasks of refunding; all but the tasks' rows refuse to be changed.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# What may still change of rows that are only added: where they hang (the unit moves), and names that are erased.
MAY_CHANGE = {
    "payment": {"unit_id", "delegation_id", "province_id"},
    "statement_line": {"person_name", "id_masked"},
}
SWITCHES = (("edition", "refunds", "1"), ("delegation_edition", "late_commit", "0"))


def upgrade() -> None:
    """Make the tables, their triggers and the switches, and write down what was paid before."""
    _statement()
    _payment()
    _refund_task()
    _statement_line()
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table, column, default in SWITCHES:
        given = sa.text("true" if default == "1" else "false") if postgresql else default
        op.add_column(table, sa.Column(column, sa.Boolean(), nullable=False, server_default=given))
        if postgresql:
            op.alter_column(table, column, server_default=None)
    op.add_column("group_pay_entry", sa.Column("reason", sa.String(length=500), nullable=True))
    for table, free in MAY_CHANGE.items():
        _protect(table, free)
    _bring_along()


def downgrade() -> None:
    """Take them away again."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in MAY_CHANGE:
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{verb}" + (f" ON {table}" if postgresql else ""))
    op.drop_column("group_pay_entry", "reason")
    for table, column, _default in SWITCHES:
        op.drop_column(table, column)
    for table in ("statement_line", "refund_task", "payment", "statement"):
        op.drop_table(table)


def _protect(table: str, free: set[str]) -> None:
    """Refuse DELETE, and UPDATE of every column that is not ``free``."""
    columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]
    watched = ", ".join(f'"{name}"' for name in columns if name not in free)
    sqlite = op.get_bind().dialect.name == "sqlite"
    body = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END" if sqlite else "EXECUTE FUNCTION refuse_change()"
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {watched} ON {table} FOR EACH ROW {body}")
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {body}")


def _bring_along() -> None:
    """Give every fee that counts as paid its payment, every open refund its task; nothing was settled before."""
    person = sa.table("person", *map(sa.column, (
        "id", "ref", "unit_id", "delegation_id", "province_id", "edition_id", "payment_status", "review_status",
        "group_pay_fee", "decided_at", "updated_at", "created_at",
    )))  # fmt: skip
    place = ("unit_id", "delegation_id", "province_id", "edition_id")
    paid = sa.and_(person.c.payment_status.in_(("paid", "refunding", "no_refund")), person.c.group_pay_fee > 0)
    serial = sa.literal("M").concat(person.c.ref)
    at = sa.func.coalesce(person.c.decided_at, person.c.created_at)
    payment = sa.table("payment", *map(sa.column, (
        "ref", *place, "person_id", "kind", "amount", "paid_on", "serial_no", "at",
    )))  # fmt: skip
    here = [person.c[name] for name in place]
    row = [
        person.c.ref,
        *here,
        person.c.id,
        sa.literal("RECEIPT"),
        person.c.group_pay_fee,
        sa.func.date(at),
        serial,
        at,
    ]
    op.execute(payment.insert().from_select(list(payment.c), sa.select(*row).where(paid)))
    task = sa.table("refund_task", *map(sa.column, (
        "ref", *place, "person_ref", "person_id", "status", "cause", "amount", "paid_serial", "row_version",
        "created_at", "updated_at", "state_since",
    )))  # fmt: skip
    status = sa.case((person.c.payment_status == "refunding", "pending"), else_="kept")
    cause = sa.case((person.c.review_status == "deleted", "deleted"), else_="rejected")
    since = person.c.updated_at
    row = [person.c.ref, *here, person.c.ref, person.c.id, status, cause, person.c.group_pay_fee, serial, sa.literal(1)]
    owed = sa.and_(paid, person.c.payment_status != "paid")
    op.execute(task.insert().from_select(list(task.c), sa.select(*row, since, since, since).where(owed)))
    settled = sa.update(person).where(person.c.payment_status == "group_settled")
    op.execute(settled.values(payment_status="group_committed"))


def _statement() -> None:
    op.create_table(
        "statement",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "issued",
                "settled",
                "discarded",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("period_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.Column("committed", sa.Integer(), nullable=True),
        sa.Column("remark", sa.String(length=200), nullable=True),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("serial_no", sa.String(length=64), nullable=True),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delegation_id", sa.Integer(), nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status IN ('issued', 'settled')) = (number IS NOT NULL)", name=op.f("ck_statement_numbered_when_issued")
        ),
        sa.ForeignKeyConstraint(
            ["delegation_id"], ["delegation.id"], name=op.f("fk_statement_delegation_id_delegation")
        ),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_statement_edition_id_edition")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["account.id"], name=op.f("fk_statement_issued_by_id_account")),
        sa.ForeignKeyConstraint(["province_id"], ["delegation.id"], name=op.f("fk_statement_province_id_delegation")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["account.id"], name=op.f("fk_statement_settled_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint(
            "edition_id", "delegation_id", "number", name=op.f("uq_statement_edition_id_delegation_id_number")
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_statement_ref")),
    )
    op.create_index(
        op.f("ix_statement_province_id_edition_id"), "statement", ["province_id", "edition_id"], unique=False
    )
    op.create_index(
        "uq_statement_draft",
        "statement",
        ["edition_id", "delegation_id"],
        unique=True,
        sqlite_where=sa.text("status = 'draft'"),
        postgresql_where=sa.text("status = 'draft'"),
    )


def _payment() -> None:
    op.create_table(
        "payment",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("RECEIPT", "REFUND", name="kind", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("serial_no", sa.String(length=64), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("delegation_id", sa.Integer(), nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'RECEIPT' AND amount > 0) OR (kind = 'REFUND' AND amount < 0)", name=op.f("ck_payment_sign")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_payment_batch_id_batch")),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_payment_by_id_account")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_payment_edition_id_edition")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payment_person_id_person")),
        sa.ForeignKeyConstraint(
            ["unit_id", "delegation_id", "province_id"],
            ["unit.id", "unit.delegation_id", "unit.province_id"],
            name=op.f("fk_payment_unit_id_delegation_id_province_id_unit"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("edition_id", "serial_no", name=op.f("uq_payment_edition_id_serial_no")),
        sa.UniqueConstraint("ref", name=op.f("uq_payment_ref")),
    )
    op.create_index(op.f("ix_payment_person_id"), "payment", ["person_id"], unique=False)
    op.create_index(op.f("ix_payment_province_id_edition_id"), "payment", ["province_id", "edition_id"], unique=False)
    op.create_index(
        op.f("ix_payment_unit_id_delegation_id_province_id_edition_id"),
        "payment",
        ["unit_id", "delegation_id", "province_id", "edition_id"],
        unique=False,
    )


def _refund_task() -> None:
    op.create_table(
        "refund_task",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("person_ref", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("pending", "refunded", "kept", name="status", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column(
            "cause",
            sa.Enum(
                "rejected", "deleted", "upgraded", name="cause", native_enum=False, create_constraint=True, length=30
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("paid_serial", sa.String(length=64), nullable=True),
        sa.Column("serial_no", sa.String(length=64), nullable=True),
        sa.Column("refunded_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("handled_by_id", sa.Integer(), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("delegation_id", sa.Integer(), nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_task_amount_positive")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_refund_task_edition_id_edition")),
        sa.ForeignKeyConstraint(["handled_by_id"], ["account.id"], name=op.f("fk_refund_task_handled_by_id_account")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_refund_task_person_id_person")),
        sa.ForeignKeyConstraint(
            ["unit_id", "delegation_id", "province_id"],
            ["unit.id", "unit.delegation_id", "unit.province_id"],
            name=op.f("fk_refund_task_unit_id_delegation_id_province_id_unit"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_task")),
        sa.UniqueConstraint("ref", name=op.f("uq_refund_task_ref")),
    )
    op.create_index(op.f("ix_refund_task_person_id"), "refund_task", ["person_id"], unique=False)
    op.create_index(
        op.f("ix_refund_task_province_id_edition_id_status"),
        "refund_task",
        ["province_id", "edition_id", "status"],
        unique=False,
    )
    op.create_index(
        op.f("ix_refund_task_unit_id_delegation_id_province_id_edition_id"),
        "refund_task",
        ["unit_id", "delegation_id", "province_id", "edition_id"],
        unique=False,
    )


def _statement_line() -> None:
    op.create_table(
        "statement_line",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("node_name", sa.String(length=100), nullable=False),
        sa.Column("unit_name", sa.String(length=100), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("person_ref", sa.String(length=10), nullable=False),
        sa.Column("person_name", sa.String(length=50), nullable=False),
        sa.Column("id_masked", sa.String(length=50), nullable=True),
        sa.Column(
            "label",
            sa.Enum("PROFESSIONAL", "STAFF", "VIP", name="label", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "new",
                "reapply",
                "reuse",
                "upgrade",
                "reissue",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "period",
            sa.Enum("FULL", "LATE", name="period", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("fee", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=50), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "card_status",
            sa.Enum(
                "queued",
                "making",
                "made",
                "mailing",
                "ready",
                "delivered",
                "activated",
                "void",
                "lost",
                name="card_status",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column(
            "kind",
            sa.Enum("COMMIT", "RELEASE", "ADJUST", name="kind", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("delegation_id", sa.Integer(), nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "fee >= 0 AND quantity IN (-1, 0, 1) AND amount = fee * quantity",
            name=op.f("ck_statement_line_amount_of_fee"),
        ),
        sa.ForeignKeyConstraint(
            ["delegation_id"], ["delegation.id"], name=op.f("fk_statement_line_delegation_id_delegation")
        ),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_statement_line_edition_id_edition")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["group_pay_entry.id"], name=op.f("fk_statement_line_entry_id_group_pay_entry")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_statement_line_person_id_person")),
        sa.ForeignKeyConstraint(
            ["province_id"], ["delegation.id"], name=op.f("fk_statement_line_province_id_delegation")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_line_statement_id_statement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_line")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_statement_line_entry_id")),
        sa.UniqueConstraint("statement_id", "line_no", name=op.f("uq_statement_line_statement_id_line_no")),
    )
    op.create_index(op.f("ix_statement_line_person_id"), "statement_line", ["person_id"], unique=False)
    op.create_index(
        op.f("ix_statement_line_province_id_edition_id"), "statement_line", ["province_id", "edition_id"], unique=False
    )
