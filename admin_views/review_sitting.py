"""A clerk's sitting at the review desk, kept in the server's session: what he has seen and put off, how fast he is.

Nothing of it is business; it ends with the session.
"""

from dataclasses import asdict, dataclass, field
from time import time
from typing import Any

from flask import session

KEY = "review"
PAUSE = 600  # seconds: whoever was away longer was not working
MOST_SEEN, MOST_SKIPPED = 100, 200


@dataclass
class Sitting:
    """``seen`` are the rows in the order in which they came, ``at`` where among them the clerk is; ``last`` tells what
    was decided last: its batch, row, move and title.
    """

    noun: str
    seen: list[int] = field(default_factory=list)
    at: int = -1
    skipped: list[int] = field(default_factory=list)
    done: int = 0
    seconds: float = 0.0
    since: float = 0.0
    last: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, noun: str) -> "Sitting":
        """Read the noun's sitting from the session."""
        found: dict[str, Any] = session.get(KEY, {}).get(noun, {})
        return cls(noun, **found)

    def keep(self) -> None:
        """Write it back."""
        mine = {name: value for name, value in asdict(self).items() if name != "noun"}
        session[KEY] = {**session.get(KEY, {}), self.noun: mine}

    @property
    def pace(self) -> int:
        """The average seconds for a decision, 0 before the first."""
        return round(self.seconds / self.done) if self.done else 0

    def come_to(self, row_id: int) -> None:
        """Note that a row is before the clerk now."""
        if not self.seen or self.seen[self.at] != row_id:
            self.seen = [*[seen for seen in self.seen if seen != row_id], row_id][-MOST_SEEN:]
            self.at = len(self.seen) - 1
        if time() - self.since > PAUSE:
            self.since = time()

    def put_off(self, row_id: int) -> None:
        """Send a row to the end of the clerk's queue."""
        self.skipped = [*[skipped for skipped in self.skipped if skipped != row_id], row_id][-MOST_SKIPPED:]

    def decided(self, row_id: int, **what: str) -> None:
        """Count a decision and its time, and keep what it takes to undo it."""
        self.seconds += min(time() - self.since, PAUSE) if self.since else 0
        self.since, self.done, self.last = time(), self.done + 1, {"row_id": row_id, **what}
        self.skipped = [skipped for skipped in self.skipped if skipped != row_id]

    def taken_back(self) -> None:
        """Count the last decision no more."""
        self.seconds -= self.pace
        self.done, self.last = max(0, self.done - 1), {}
