"""Loading the demonstration: made-up units and persons in a real province, valid, consistent, the same for a seed.

One transaction, Core statements in chunks, one audit entry: 100,000 units with a million persons take minutes and no
more memory than three hundred. What is random on purpose are the passwords and the nonces of the sealed numbers.
"""

from datetime import UTC, datetime, time
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo import budgets, hand_overs, logins, persons, statements, transfers, units
from demo.album import Album
from demo.chance import Chance
from demo.fair import Fair
from demo.rows import Rows
from models import Delegation, Edition, Person, Unit
from models.columns import SHANGHAI
from models.kinds import now
from workflow import trail

CHUNK = 250  # units written at once


class NotEmpty(click.ClickException):
    """There are data already: demonstration rows do not mix with real ones."""

    def __init__(self) -> None:
        super().__init__(
            "数据库中已有数据，演示数据只能装入空数据库；请换一个数据库（EXPO_DATABASE_URL），或先备份并清空后重试"
        )


def load(
    session: Session, units: int = 300, seed: int = 7, *, if_empty: bool = True, persons_per_unit: float = 3,
    folder: Path | None = None,
) -> list[logins.Login]:  # fmt: skip
    """Fill an empty database and return the accounts to be shown; SYSTEM acts, the caller commits.

    ``folder`` is the instance's: it keeps the accounts and the pictures. Without one, no file is written. A database
    with data is left alone: with ``if_empty`` the accounts of its first load are returned, else NotEmpty is raised.
    """
    if not is_empty(session):
        if not if_empty:
            raise NotEmpty
        return logins.shown(logins.kept(folder)) if folder else []
    chance = Chance(seed)
    rows = Rows(session, chance)
    fair = Fair(rows, chance, _midnight())
    made = logins.create(fair)
    _fill(fair, Album(fair, folder), units, persons_per_unit)
    rows.finish()
    counts = {"units": [None, rows.last[Unit]], "persons": [None, rows.last[Person]], "seed": [None, seed]}
    trail.note(session, "edition.load", "edition", rows.last[Edition], None, counts)
    if folder:
        logins.keep(folder, made)
    return logins.shown(made)


def is_empty(session: Session) -> bool:
    """Whether the database has no data yet."""
    return session.scalar(select(Delegation.id).limit(1)) is None


def _midnight() -> datetime:
    """The last midnight in Shanghai: two loads of one day make the same rows."""
    return datetime.combine(now().astimezone(SHANGHAI), time(), SHANGHAI).astimezone(UTC)


def _fill(fair: Fair, album: Album, count: int, persons_per_unit: float) -> None:
    """Make the units with their persons, then what depends on all of them."""
    sizes = [size * persons_per_unit / 3 for size in persons.HOW_MANY]
    owed = 0.0  # persons due but not yet made: sizes are whole numbers, their mean is kept
    for number in range(count):
        if number % len(sizes) == 0:
            fair.chance.shuffle(sizes)
        home = units.register(fair)
        album.add_licence(home)
        owed += sizes[number % len(sizes)]
        while owed >= 0.5:
            album.add_portrait(persons.register(fair, home))
            owed -= 1
        units.settle(fair, home)
        transfers.remember(fair, home)
        if number % CHUNK == CHUNK - 1:
            fair.rows.write()
        if number == CHUNK:
            fair.rows.count()
    budgets.preset(fair, count)
    transfers.request(fair)
    budgets.settle(fair)
    statements.issue(fair)
    fair.rows.write()
    hand_overs.hand_over(fair)
