"""Hand-over batches of the police check, and their rows.

Revision ID: 0012
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0018"
branch_labels = None
depends_on = None

STATUSES = {
    "security_batch": ("ready", "taken", "closed", "recalled"),
    "security_row": ("open", "answered", "stale", "withdrawn", "told", "recalled"),
}
PAPERS = ("RESIDENT_ID", "HK_MACAO_PERMIT", "TAIWAN_PERMIT", "HMT_RESIDENCE", "PASSPORT", "FOREIGN_PR")


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _choice(name: str, *values: str, nullable: bool = False) -> sa.Column:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=30)
    return sa.Column(name, kind, nullable=nullable)


def _sealed(name: str) -> tuple:
    return (
        sa.Column(name, sa.LargeBinary(), nullable=True),
        _text(f"{name}_index", 26),
        _text(f"{name}_tail", 10),
    )


def _every(table: str, **links: str) -> tuple:
    """Return what both tables have: id, reference, version, dates, place, state, and the foreign keys."""
    keys = {"delegation_id": "delegation", "province_id": "delegation", "edition_id": "edition", **links}
    return (
        _number("id"), _text("ref", 10, nullable=False), _number("row_version"), _moment("created_at", nullable=False),
        _moment("updated_at", nullable=False), *(_number(key) for key in ("delegation_id", "province_id", "edition_id")),
        _choice("status", *STATUSES[table]), sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("ref", name=op.f(f"uq_{table}_ref")),
        *(
            sa.ForeignKeyConstraint([key], [f"{other}.id"], name=op.f(f"fk_{table}_{key}_{other}"))
            for key, other in keys.items()
        ),
    )  # fmt: skip


def upgrade() -> None:
    """Make the tables. Nobody was handed over by this product before: what said so was typed or made up."""
    op.create_table(
        "security_batch",
        _text("number", 50, nullable=False),
        *(_number(key) for key in ("waiting", "added", "changed", "withdrawn", "files_made")),
        *(_number(key, nullable=True) for key in ("made_by_id", "registered_by_id")),
        *(_moment(key) for key in ("file_made_at", "taken_at")),
        _text("taken_by", 100),
        _moment("state_since", nullable=False),
        sa.UniqueConstraint("number", name=op.f("uq_security_batch_number")),
        *_every("security_batch", made_by_id="account", registered_by_id="account"),
    )
    _make_rows()
    for table, columns in (
        ("security_batch", ("province_id", "edition_id", "created_at", "id")),
        ("security_row", ("province_id", "edition_id", "created_at", "id")),
        ("security_row", ("province_id", "edition_id", "status", "created_at", "id")),
        ("security_row", ("person_id",)),
        ("security_row", ("id_no_index",)),
        ("security_row", ("id_no_tail",)),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
    is_open = sa.text("status = 'open'")
    op.create_index(
        "uq_security_row_open_person",
        "security_row",
        ["person_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    person = sa.table("person", sa.column("security_status"))
    op.execute(sa.update(person).where(person.c.security_status == "sent").values(security_status="none"))


def _make_rows() -> None:
    op.create_table(
        "security_row",
        *(_number(key) for key in ("batch_id", "number", "person_id")),
        *(_number(key, nullable=True) for key in ("earlier_id", "answered_by_id")),
        _text("person_ref", 10, nullable=False),
        _choice("kind", "ADDED", "CHANGED", "WITHDRAWN"),
        _text("name", 50, nullable=False),
        _choice("sex", "M", "F", nullable=True),
        *(sa.Column(key, sa.Date(), nullable=True) for key in ("birth_date", "result_on")),
        _choice("id_type", *PAPERS),
        _choice("label", "PROFESSIONAL", "STAFF", "VIP"),
        _choice("result", "none", "sent", "passed", "data_wrong", "not_passed", nullable=True),
        *(_text(key, 100) for key in ("name_en", "unit_name", "title", "node_name")),
        _text("nationality", 3),
        _text("uscc", 50),
        _text("identity", 26, nullable=False),
        *(_moment(key) for key in ("waiting_since", "answered_at")),
        *_sealed("id_no"),
        *_sealed("mobile"),
        *_sealed("reason_code"),
        *_sealed("reason_detail"),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_security_row_batch_id_number")),
        sa.UniqueConstraint("batch_id", "person_id", name=op.f("uq_security_row_batch_id_person_id")),
        *_every(
            "security_row",
            batch_id="security_batch",
            person_id="person",
            earlier_id="security_row",
            answered_by_id="account",
        ),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("security_row")
    op.drop_table("security_batch")
