"""Counting in the reader's scope, set by set: grouped statements whose number does not grow with nodes or rows.

Days are the calendar's in Shanghai. A row's age is the number of midnights since it came into its state; a deadline is
half-open, so its last day is the one in which the moment before it lies.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, String, and_, case, func, literal, or_, select, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import GenericFunction

from models import Base, DelegationEdition, Edition, IdType, Label, QuotaAllocation, QuotaPool, SecurityRow
from models.columns import SHANGHAI, attribute, columns_of
from models.kinds import now
from workflow.actors import actor_of
from workflow.deadlines import last_day

SECURITY_DAYS = {"domestic": 7, "overseas": 15}  # what the police check takes, at most (DOMAIN §1.2)
Chosen = Mapping[str, Collection[str]]  # values by column


def overdue() -> ColumnElement[bool]:
    """Whether a person has waited for the police longer than they take, at most (DOMAIN §1.2)."""
    days = case((SecurityRow.id_type == IdType.RESIDENT_ID, SECURITY_DAYS["domestic"]), else_=SECURITY_DAYS["overseas"])
    marks = {n: midnight(today() - timedelta(days=n)) for n in SECURITY_DAYS.values()}
    return or_(*(and_(days == n, SecurityRow.waiting_since < mark) for n, mark in marks.items()))


def today() -> date:
    """Return the date in Shanghai."""
    return now().astimezone(SHANGHAI).date()


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins in Shanghai."""
    return datetime.combine(day, time.min, SHANGHAI)


def safe_day(edition: Edition, days: int) -> date:
    """Return the last day on which a person can be handed in and a check of so many days still ends before the show."""
    return min(last_day(edition.person_closes_at), edition.show_opens_on - timedelta(days=days))


@dataclass(frozen=True)
class Tally:
    """How many rows there are, how many days the oldest has been in its state, and how many more than so many days."""

    n: int = 0
    oldest: int | None = None
    late: Mapping[int, int] | None = None

    def over(self, days: int) -> int:
        """Return how many are older than ``days``."""
        return (self.late or {}).get(days, 0)


@dataclass(frozen=True)
class Cube:
    """A noun's rows counted by node and by the columns of ``keys``.

    ``cells`` holds, by the values of these columns, (node, number, since when, late ones …) of each node.
    """

    keys: tuple[str, ...]
    ages: tuple[int, ...]
    cells: Mapping[tuple[str, ...], Sequence[tuple[Any, ...]]]

    def tally(self, chosen: Chosen) -> Tally:
        """Add up the cells of the chosen values."""
        cells = self._cells(chosen)
        oldest = min((cell[2] for cell in cells if cell[2] is not None), default=None)
        late = {days: sum(cell[place] for cell in cells) for place, days in enumerate(self.ages, 3)}
        return Tally(sum(cell[1] for cell in cells), _age(oldest), late)

    def by_node(self, chosen: Chosen) -> Counter[int]:
        """Return how many rows of the chosen values hang on each node."""
        counted: Counter[int] = Counter()
        for cell in self._cells(chosen):
            counted[cell[0]] += cell[1]
        return counted

    def _cells(self, chosen: Chosen) -> list[tuple[Any, ...]]:
        wanted = [(self.keys.index(key), {str(value) for value in values}) for key, values in chosen.items()]
        groups = (
            cells for values, cells in self.cells.items() if all(values[place] in those for place, those in wanted)
        )
        return [cell for cells in groups for cell in cells]


def cube(session: Session, model: type[Base], keys: tuple[str, ...], ages: tuple[int, ...] = ()) -> Cube:
    """Count the edition's rows that were not deleted, with one statement over the index made for it.

    States are read as their text: thousands of cells need no enumeration.
    """
    columns = [attribute(model, "delegation_id"), *(type_coerce(attribute(model, key), String) for key in keys)]
    counted = select(*columns, func.count(), *_ageing(model, ages)).where(*_here(session, model)).group_by(*columns)
    cells: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for node, *found in session.execute(counted):
        cells.setdefault(tuple(found[: len(keys)]), []).append((node, *found[len(keys) :]))
    return Cube(keys, ages, cells)


def _ageing(model: type[Base], ages: tuple[int, ...]) -> list[Any]:
    if not ages:
        return [literal(None, Date)]
    since = attribute(model, "state_since")
    marks = [midnight(today() - timedelta(days=days)) for days in ages]
    return [func.min(since), *(func.sum(case((since < mark, 1), else_=0)) for mark in marks)]


def _here(session: Session, model: type[Base]) -> list[ColumnElement[bool]]:
    """Name province and edition, which the scope implies, so that the index is found by them."""
    actor = actor_of(session)
    found = [attribute(model, "province_id") == actor.province_id, attribute(model, "edition_id") == actor.edition_id]
    if "review_status" in columns_of(model):
        found.append(attribute(model, "review_status") != "deleted")
    return found


def _age(since: datetime | None) -> int | None:
    return None if since is None else (today() - since.astimezone(SHANGHAI).date()).days


def tally(
    session: Session, model: type[Base], conditions: Sequence[ColumnElement[bool]], ages: tuple[int, ...]
) -> Tally:
    """Count the rows of a list's own conditions, with one statement."""
    n, oldest, *late = session.execute(select(func.count(), *_ageing(model, ages)).where(*conditions)).one()
    return Tally(n, _age(oldest), {days: count or 0 for days, count in zip(ages, late, strict=True)})


def amount(session: Session, model: type[Base], key: str, conditions: Sequence[ColumnElement[bool]]) -> int:
    """Add up a column of money over the rows of a list's own conditions, in 分."""
    found = select(func.coalesce(func.sum(attribute(model, key)), 0)).where(*_here(session, model), *conditions)
    return session.scalar(found) or 0


class shanghai_day(GenericFunction[str]):  # noqa: N801 a function of SQL
    """The date of a moment in Shanghai, as text."""

    type = String()
    inherit_cache = True


@compiles(shanghai_day, "sqlite")
def _sqlite_day(element: Any, compiler: Any, **options: Any) -> str:
    # Without the fraction of the second, which SQLite would round up over midnight.
    return f"date(substr({compiler.process(element.clauses, **options)}, 1, 19), '+8 hours')"


@compiles(shanghai_day, "postgresql")
def _postgresql_day(element: Any, compiler: Any, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"


def per_day(session: Session, model: type[Base], key: str, chosen: Chosen, first: date, days: int) -> Counter[date]:
    """Count rows by the Shanghai date of one of their moments, over ``days`` days from ``first``."""
    moment = attribute(model, key)
    conditions = [
        *_here(session, model), moment >= midnight(first), moment < midnight(first + timedelta(days=days)),
        *(attribute(model, column).in_(values) for column, values in chosen.items()),
    ]  # fmt: skip
    day = shanghai_day(moment)
    found = session.execute(select(day, func.count()).where(*conditions).group_by(day))
    return Counter({date.fromisoformat(text): n for text, n in found})


@dataclass(frozen=True)
class Pool:
    """A node's free badges of one label: received, handed on, and those that units in it use."""

    total: int = 0
    allocated: int = 0
    used: int = 0


def pools(session: Session) -> dict[tuple[int, Label], Pool]:
    """Return the pools of the reader's nodes by node and label; ``used`` is that of units directly at the node."""
    pool, row = QuotaPool, QuotaAllocation
    uses = select(row.delegation_id, row.label, func.sum(row.used)).where(*_here(session, row), row.used > 0)
    used = {(node, label): n for node, label, n in session.execute(uses.group_by(row.delegation_id, row.label))}
    rows = session.execute(
        select(pool.delegation_id, pool.label, pool.total, pool.allocated).where(*_here(session, pool))
    )
    return {(node, label): Pool(total, allocated, used.get((node, label), 0)) for node, label, total, allocated in rows}


@dataclass(frozen=True)
class Cap:
    """A node's group-pay budget, in 分."""

    enabled: bool
    cap: int
    committed: int


def caps(session: Session) -> dict[int, Cap]:
    """Return the group-pay budgets of the reader's nodes."""
    row = DelegationEdition
    found = select(row.delegation_id, row.group_pay_enabled, row.group_pay_cap, row.group_pay_committed)
    return {
        node: Cap(enabled, cap, committed)
        for node, enabled, cap, committed in session.execute(found.where(*_here(session, row)))
    }
