"""Answers that are kept as text, read as what they say."""

from datetime import date
from decimal import Decimal

from workflow.moves import Context


def amount_of(context: Context, name: str = "amount") -> int | None:
    """Return an answered amount in 分; None while it is not answered."""
    found = context.answers.get(name)
    return None if found is None else int(Decimal(found).scaleb(2))


def day_of(context: Context, name: str = "paid_on") -> date | None:
    """Return an answered day; None while it is not answered."""
    found = context.answers.get(name)
    return None if found is None else date.fromisoformat(found)
