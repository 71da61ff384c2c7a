"""Indexes of the start page: units by the day of their submission, and persons of a unit by their state.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SUBMITTED = ["province_id", "edition_id", "submitted_at", "review_status"]
PLACE = ["unit_id", "delegation_id", "province_id"]
NARROW, WIDE = (
    "ix_person_unit_id_delegation_id_province_id",
    "ix_person_unit_id_delegation_id_province_id_review_status",
)


def upgrade() -> None:
    """Make the wider index before the narrow one goes: foreign keys are checked by it meanwhile."""
    op.create_index("ix_unit_province_id_edition_id_submitted_at_review_status", "unit", SUBMITTED)
    op.create_index(WIDE, "person", [*PLACE, "review_status"])
    op.drop_index(NARROW, table_name="person")


def downgrade() -> None:
    """Put the narrow one back."""
    op.create_index(NARROW, "person", PLACE)
    op.drop_index(WIDE, table_name="person")
    op.drop_index("ix_unit_province_id_edition_id_submitted_at_review_status", table_name="unit")
