"""One request of the matrix, made like a browser's, judged, and undone."""

import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.test_scope._arena import Arena, Seat
from tests.test_scope._oracles import OPEN_TO, READING, faults, leaks, text_of, writes
from tests.test_scope._places import HIDDEN, OWN
from tests.test_scope._posts import Upload
from tests.test_scope._routes import Cell

LEAVES = ("auth.logout", "auth.login", "auth.change_password", "auth.account")  # who sits there has to sit down again
# Which right a page of a noun asks for.
DOORS = {
    "index": "list", "search": "list", "filter": "list", "lookup": "list", "details": "details", "story": "details", "new": "create",
    "edit": "edit", "cell": "edit", "export": "export", "reveal": "reveal",
}  # fmt: skip
VARYING = re.compile(r"nonce[^ >]*|[0-9a-f]{32}|value=\"[\w.-]{40,}\"|\?next=[^\"]*")  # from answer to answer


@dataclass
class Report:
    """What came of the cells of a reader: findings in words, answers by status, and what has to look alike."""

    seat: Seat
    cells: int = 0
    written: int = 0
    findings: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seen: dict[tuple[str, ...], dict[tuple[int, str], str]] = field(default_factory=lambda: defaultdict(dict))
    own: dict[tuple[str, str, str], int] = field(default_factory=dict)
    asked: set[tuple[str, ...]] = field(default_factory=set)
    shut: set[tuple[str, ...]] = field(default_factory=set)

    def need_not_ask(self, cell: Cell) -> bool:
        """Whether the reader's own row was refused at this door, and one of the same kind was asked for already.

        Doors are those whose right is asked before anything else, and all of them for whom nobody let in.
        """
        door = (cell.endpoint, cell.method, cell.place.noun)
        known = (*door, cell.place.kind) in self.asked
        self.asked.add((*door, cell.place.kind))
        return known and door in self.shut

    def note_door(self, cell: Cell, status: int) -> None:
        """Keep in mind that the reader's own row was refused."""
        if self.seat.enters:
            refused = status == 403 and cell.endpoint.partition(".")[2] in DOORS
        else:
            refused = not 200 <= status < 300 and cell.endpoint not in OPEN_TO[self.seat.name]
        if refused and cell.place.kind.startswith(OWN):
            self.shut.add((cell.endpoint, cell.method, cell.place.noun))

    def unlike(self) -> list[str]:
        """Return where a foreign, a gone and a missing row do not get one and the same answer."""
        found = []
        for key, answers in self.seen.items():
            if len(answers) > 1:
                found.append(f"{key}: {sorted((status, place) for (status, _), place in answers.items())}")
        return found


def ask(seat: Seat, cell: Cell) -> Any:
    """Send the request."""
    address = f"{cell.place.path}?{cell.query}" if cell.query else cell.place.path
    data = None
    if cell.data is not None:
        files = {name: value.sent() for name, value in cell.data.items() if isinstance(value, Upload)}
        data = {"csrf_token": seat.token, **cell.data, **files}
    return seat.client.open(address, method=cell.method, data=data, buffered=True)


def attempt(arena: Arena, cell: Cell, report: Report) -> None:
    """Make a request, note what is wrong with its answer and with what it changed, and put everything back."""
    seat, before = report.seat, arena.vault.stamp()
    try:
        answer = ask(seat, cell)
    except Exception as error:  # noqa: BLE001 - a stream that breaks off is an answer, too
        report.findings.append(f"{seat.name}: {cell}: broke off with {type(error).__name__}: {str(error)[:200]}")
        return
    found = faults(arena, seat, cell, answer) + _follow(arena, seat, cell, answer)
    if arena.vault.stamp() != before:
        _settle(arena, cell, answer.status_code, report, found)
    report.note_door(cell, answer.status_code)
    report.cells += 1
    report.statuses[answer.status_code] += 1
    report.findings += [f"{seat.name}: {cell}: {fault}" for fault in found]
    _compare(cell, answer, report)


def _follow(arena: Arena, seat: Seat, cell: Cell, answer: Any) -> list[str]:
    """Go where an answer leads, as a browser does: there stands what was flashed."""
    if not answer.location or cell.endpoint in LEAVES:
        return []
    if not answer.location.startswith("/"):
        return [f"leads to {answer.location}"]
    if cell.method != "POST":
        return []
    followed = seat.client.get(answer.location, buffered=True)
    broken = [f"then {followed.status_code}"] if followed.status_code >= 500 else []
    return broken + [f"then {fault}" for fault in leaks(arena, seat, cell, text_of(followed))]


def _settle(arena: Arena, cell: Cell, status: int, report: Report, found: list[str]) -> None:
    """Judge what was written and put it back."""
    changed = arena.vault.changed()
    if cell.endpoint not in LEAVES:
        found += writes(arena, report.seat, cell, status, changed)
    report.written += bool(changed)
    if changed:
        arena.vault.put_back(changed)
    if cell.endpoint in LEAVES and cell.method not in READING:
        report.seat.log_in()
        arena.vault.put_back(arena.vault.changed())


def _compare(cell: Cell, answer: Any, report: Report) -> None:
    kind, _, what = cell.place.kind.partition(" ")
    if kind == OWN and cell.name == "":
        report.own.setdefault((cell.endpoint, cell.method, cell.place.noun), answer.status_code)
    if cell.place.object_id is None or kind not in HIDDEN:
        return
    body = VARYING.sub("", answer.get_data(as_text=True))
    digest = hashlib.sha256(body.encode()).hexdigest()
    key = (cell.endpoint, cell.place.noun, cell.method, cell.name, what)
    report.seen[key].setdefault((answer.status_code, digest), f"{kind} {cell.place.path}")
