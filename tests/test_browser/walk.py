"""Who walks the main job, and what it is about: one unit of Xiamen with three persons."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Unit, UnitStatus
from tests import factories
from tests.test_browser.pages import Desk
from tests.test_browser.people import People

UNIT = "厦门鹭岛咖啡贸易有限公司"
CODE, OTHER_CODE = factories.uscc(76_543_210), factories.uscc(76_543_211)
VIP, FIRST, SECOND = PERSONS = ("欧阳明", "上官云", "诸葛秋")


@dataclass
class Walk:
    """Who walks, where their files lie, and how to look into the database."""

    people: People
    stored: Callable[[], AbstractContextManager[Session]]
    folder: Path
    desks: dict[str, Desk] = field(default_factory=dict)

    def at(self, username: str) -> Desk:
        """Return the window of an account, logged in at its first use."""
        if username not in self.desks:
            self.desks[username] = self.people.at(username)
        return self.desks[username]

    def unit(self, username: str, name: str = UNIT) -> Desk:
        """Open a unit's page at somebody's desk."""
        desk = self.at(username)
        desk.menu("单位").search(name).open(name)
        return desk

    def file(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def found(self) -> tuple[str, UnitStatus]:
        """Return the unit's number and state as they are stored."""
        with self.stored() as session:
            ref, status = session.execute(select(Unit.ref, Unit.review_status).where(Unit.name == UNIT)).one()
            return ref, status
