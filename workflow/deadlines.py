"""Deadlines: half-open, on the clock of Shanghai. "24时" is the midnight that ends a day, and that moment is too late.

A deadline is kept as the first moment at which it is too late. China has kept one time, eight hours ahead of UTC and
without summer time, since 1991; whose clock ``at`` comes from makes no difference, for moments know their zone.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement

from models.columns import SHANGHAI


def is_over(deadline: datetime | None, at: datetime) -> bool:
    """Whether it is too late; without a deadline it never is."""
    return deadline is not None and at >= deadline


def over(deadline: Any, at: Any) -> ColumnElement[bool]:
    """Whether it is too late, in SQL: neither yes nor no without a deadline."""
    rule: ColumnElement[bool] = deadline <= at
    return rule


def last_day(deadline: datetime) -> date:
    """Return the last day on which something due before ``deadline`` can still be done."""
    return (deadline - timedelta(microseconds=1)).astimezone(SHANGHAI).date()
