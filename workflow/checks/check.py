"""What a check is.

A check is a predicate in SQL that tells what is wrong, so that a list may be narrowed by it; where no database could
tell (check characters), one in Python on the row. A twin looks for another row that has the same, and names it only
to whom it belongs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from workflow.moves import Context


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing to look at: ``field`` is the column it stands beside, ``tone`` how grave it is (danger, warning, info).

    Exactly one of ``finds`` (SQL, true where there is something) and ``plain`` (the same on a row) is given.
    """

    name: str
    label: str
    field: str
    tone: str
    sentence: str
    finds: Callable[[Context], ColumnElement[bool] | None] | None = None
    plain: Callable[[Any], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class Twin(Check):
    """Another row of the edition for which ``same`` holds; of one out of scope only ``elsewhere`` is told."""

    same: Callable[[Any], ColumnElement[bool]]
    elsewhere: str = ""


@dataclass(frozen=True)
class Finding:
    """What a check found on a row; ``twins`` are the others' ids and names, where the reader may see them."""

    check: Check
    sentence: str
    twins: tuple[tuple[int, str], ...] = ()
