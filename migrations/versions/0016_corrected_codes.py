"""A mistyped credit code is corrected or released: the unit keeps its former code, and a state says that it was released.

Revision ID: 0016
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0011"
branch_labels = None
depends_on = None

STATES = ("draft", "auto_check", "pending_first", "pending_second", "returned", "approved", "rejected", "deleted")
WIDER = (*STATES, "released")
WITHOUT_CODE = ("review_status = 'deleted'", "review_status IN ('deleted', 'released')")


def _rule(condition: str) -> str:
    return f"origin = 'OVERSEAS' OR uscc IS NOT NULL OR {condition}"


def _listed(states: tuple[str, ...]) -> str:
    return f"review_status IN ({', '.join(map(repr, states))})"


def _recheck(table: str, name: str, old: str, new: str) -> None:
    """Replace the text of a CHECK; SQLite is told by its schema, for a table that others point to cannot be made anew."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, new)
        return
    kept = connection.execute(
        sa.text("SELECT sql FROM sqlite_master WHERE name = :table"), {"table": table}
    ).scalar_one()
    if kept.count(f"({old})") != 1:
        raise RuntimeError(f"{table}.{name}: {old} not found")
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
        {"sql": kept.replace(f"({old})", f"({new})"), "table": table},
    )
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))


def upgrade() -> None:
    """Add the state and the column."""
    op.add_column("unit", sa.Column("former_uscc", sa.String(length=18), nullable=True))
    _recheck("unit", "review_status", _listed(STATES), _listed(WIDER))
    _recheck("unit", "domestic_has_uscc", *map(_rule, WITHOUT_CODE))


def downgrade() -> None:
    """Take them away again; a unit whose code was released counts as deleted."""
    op.execute(sa.text("UPDATE unit SET review_status = 'deleted' WHERE review_status = 'released'"))
    _recheck("unit", "domestic_has_uscc", *map(_rule, reversed(WITHOUT_CODE)))
    _recheck("unit", "review_status", _listed(WIDER), _listed(STATES))
    op.drop_column("unit", "former_uscc")
