"""Parcels, and which one a card is in.

Revision ID: 0013
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0016"
branch_labels = None
depends_on = None

STATES = ("packed", "sent", "delivered", "returned", "unpacked")
TEXTS = {
    "recv_name": 50, "recv_region": 100, "recv_address": 200, "recv_postcode": 6, "courier": 50, "tracking_no": 50,
    "return_reason": 200, "unprintable": 50, "recv_mobile_index": 26, "recv_mobile_tail": 10,
}  # fmt: skip
INDEXES = (
    ("ix_parcel_delegation_id_created_at_id", ["delegation_id", "created_at", "id"]),
    ("ix_parcel_province_id_created_at_id", ["province_id", "created_at", "id"]),
    ("ix_parcel_figures", ["province_id", "edition_id", "delegation_id", "status", "state_since"]),
    ("ix_parcel_unit_id_delegation_id_province_id", ["unit_id", "delegation_id", "province_id"]),
    ("ix_parcel_recv_mobile_index", ["recv_mobile_index"]),
    ("ix_parcel_recv_mobile_tail", ["recv_mobile_tail"]),
)


def upgrade() -> None:
    """Make the table, and the card's column (one statement that both engines take)."""
    state = sa.Enum(*STATES, name="status", native_enum=False, create_constraint=True, length=30)
    op.create_table(
        "parcel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        *(_moment(name, nullable=False) for name in ("created_at", "updated_at", "state_since")),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("unit_id", "delegation_id", "province_id", "edition_id")
        ),
        sa.Column("number", sa.String(length=50), nullable=False),
        sa.Column("status", state, nullable=False),
        sa.Column("cards", sa.Integer(), nullable=False),
        sa.Column("label_prints", sa.Integer(), nullable=False),
        sa.Column("recv_mobile", sa.LargeBinary(), nullable=True),
        *(sa.Column(name, sa.String(length=length), nullable=True) for name, length in TEXTS.items()),
        sa.Column("sent_on", sa.Date(), nullable=True),
        _moment("delivered_at"),
        sa.CheckConstraint("cards >= 0", name=op.f("ck_parcel_cards_not_negative")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_parcel_edition_id_edition")),
        sa.ForeignKeyConstraint(
            ["unit_id", "delegation_id", "province_id"],
            ["unit.id", "unit.delegation_id", "unit.province_id"],
            name=op.f("fk_parcel_unit_id_delegation_id_province_id_unit"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
        sa.UniqueConstraint("ref", name=op.f("uq_parcel_ref")),
        sa.UniqueConstraint("number", name=op.f("uq_parcel_number")),
    )
    for name, columns in INDEXES:
        op.create_index(op.f(name), "parcel", columns)
    op.create_index("uq_parcel_tracking", "parcel", ["edition_id", "courier", "tracking_no"], unique=True)
    op.execute(
        "ALTER TABLE certificate ADD COLUMN parcel_id INTEGER"
        " CONSTRAINT fk_certificate_parcel_id_parcel REFERENCES parcel (id)"
    )
    op.create_index(op.f("ix_certificate_parcel_id"), "certificate", ["parcel_id"])


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def downgrade() -> None:
    """Take them away again."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("certificate") as batch:
        if not sqlite:  # there the rebuilt table has no key whose column is gone
            batch.drop_constraint("fk_certificate_parcel_id_parcel", type_="foreignkey")
        batch.drop_index(op.f("ix_certificate_parcel_id"))
        batch.drop_column("parcel_id")
    op.drop_table("parcel")
