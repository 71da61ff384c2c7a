"""A card's number is unique within its edition: who uses last year's card again has its number in two.

Revision ID: 0018
Revises: 0023
"""

from alembic import op

revision = "0018"
down_revision = "0023"
branch_labels = None
depends_on = None

OLD, NEW = "uq_certificate_card_no", "uq_certificate_edition_id_card_no"


def upgrade() -> None:
    """Widen the constraint, and keep an index by number alone."""
    with op.batch_alter_table("certificate") as batch:
        batch.drop_constraint(OLD, type_="unique")
        batch.create_unique_constraint(NEW, ["edition_id", "card_no"])
    op.create_index(op.f("ix_certificate_card_no"), "certificate", ["card_no"])


def downgrade() -> None:
    """Narrow it again; refused by the database where a number stands in two editions."""
    op.drop_index(op.f("ix_certificate_card_no"), table_name="certificate")
    with op.batch_alter_table("certificate") as batch:
        batch.drop_constraint(NEW, type_="unique")
        batch.create_unique_constraint(OLD, ["card_no"])
