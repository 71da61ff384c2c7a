"""What is missing on a row, read from the guards that a submission must pass."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy import ColumnElement

from workflow.checks.check import Check
from workflow.moves import Context, Guard

PREFIXES = ("missing_", "no_")


def missing(ready: tuple[Guard, ...], fields: Mapping[str, str]) -> tuple[Check, ...]:
    """Turn each guard against something missing into a check; ``fields`` places those that are no column's own."""
    found = [guard for guard in ready if guard.code.startswith(PREFIXES)]
    return tuple(
        Check(
            name=guard.code, label="缺项", tone="danger", sentence=guard.sentence, finds=partial(_fails, guard),
            field=fields.get(guard.code, guard.code.removeprefix("missing_") if guard.code.startswith("missing_") else ""),
        )
        for guard in found
    )  # fmt: skip


def _fails(guard: Guard, context: Context) -> ColumnElement[bool] | None:
    holds = guard.holds(context)
    return None if holds is None else ~holds
