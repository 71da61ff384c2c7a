"""How every address of the program is attacked: what is asked of it, and what is sent to it.

An endpoint that these tables do not know raises Unlisted: a new route must be listed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from dataclasses import replace as changed
from itertools import islice
from typing import Any
from urllib.parse import quote

from werkzeug.routing import Rule

from admin_views.screens import BY_NOUN
from models.columns import columns_of
from tests.test_scope import _posts as posts
from tests.test_scope._arena import Arena, Seat
from tests.test_scope._places import NOWHERE, OWN, RICH, Place, Unlisted, foreign, places
from workflow.rights import RIGHTS

SHARING = ("secretariat", "security", "finance", "sysadmin", "auditor")
METHODS = ("GET", "HEAD", "OPTIONS", "POST")


@dataclass(frozen=True)
class Cell:
    """One request of the matrix; ``name`` tells bodies and queries of one address apart."""

    place: Place
    endpoint: str
    method: str
    name: str
    query: str = ""
    data: Any = None
    whole: bool = False  # asks for numbers in full and may get them

    def __str__(self) -> str:
        return (
            f"{self.method} {self.place.path}{'?' + self.query if self.query else ''} [{self.place.kind} {self.name}]"
        )


def _plain(_arena: Arena, _seat: Seat, _place: Place) -> Iterator[str]:
    yield ""


def _lists(arena: Arena, seat: Seat, place: Place) -> Iterator[str]:
    """Ask a list for what is not the reader's: by filter, by search, by place, by another's sealed query."""
    keys = columns_of(BY_NOUN[place.noun].model)
    yield from ("", "panel=filters", "panel=exports", "panel=columns", f"delegation_id={seat.plot.node_id}")
    for plot in foreign(arena, seat)[-2:]:
        linked = [f"{key}={plot.rows[key[:-3]][0]}" for key in ("unit_id", "person_id") if key in keys]
        nodes = [f"{key}={plot.node_id}" for key in ("delegation_id", "target_id") if key in keys]
        yield from (*linked, *nodes, f"search={quote(plot.letter(place.noun))}", f"after={NOWHERE}&sort=-id")
        yield from (f"search={code}" for code in sorted(plot.business)[:1])
    yield "q=" + posts.token(arena, place.noun, arena.plots[3])


def _filters(arena: Arena, seat: Seat, _place: Place) -> Iterator[str]:
    yield from (
        "",
        "name.op=contains&name=x&name.in=1",
        "delegation_id.op=not&delegation_id.in=9",
        "name.op=empty&panel=1",
    )
    yield from (f"delegation_id.op=is&delegation_id={plot.node_id}" for plot in foreign(arena, seat)[-1:])


def _lookups(arena: Arena, seat: Seat, place: Place) -> Iterator[str]:
    yield from ("", "limit=100000&offset=-5&query=%25", "query=_", "field=targets", "field=nothing")
    for plot in foreign(arena, seat)[-2:]:
        yield f"query={quote(plot.letter(place.noun))}"
        yield from (f"query={code}" for code in sorted(plot.business)[:2])


def _cells(_arena: Arena, _seat: Seat, place: Place) -> Iterator[str]:
    yield from ("", *(f"key={key}" for key in columns_of(BY_NOUN[place.noun].model)))


def _presets(arena: Arena, seat: Seat, _place: Place) -> Iterator[str]:
    yield ""
    for plot in foreign(arena, seat)[-1:]:
        yield f"unit_id={plot.rows['unit'][0]}&person_id={plot.rows['person'][0]}&delegation_id={plot.node_id}"


def _backs(_arena: Arena, _seat: Seat, _place: Place) -> Iterator[str]:
    yield from ("", "back=//evil.example/", "outcome=refused&page=99&size=50", "outcome=nothing&page=-1")


def _nexts(_arena: Arena, _seat: Seat, _place: Place) -> Iterator[str]:
    yield from ("", "next=//evil.example/", "next=https://evil.example/", "next=/%5Cevil.example", "next=/admin/unit/")


def _queues(arena: Arena, seat: Seat, _place: Place) -> Iterator[str]:
    yield from (
        "",
        "days=3&review_status=pending_first",
        "days=x&nothing=1&q=junk",
        f"delegation_id={seat.plot.node_id}",
    )
    yield from (f"delegation_id={plot.node_id}" for plot in foreign(arena, seat)[-1:])


def _pictures(arena: Arena, seat: Seat, _place: Place) -> Iterator[str]:
    yield ""
    yield from (f"file={ref}" for plot in (seat.plot, *foreign(arena, seat)[-1:]) for ref in plot.files)


Queries = Callable[[Arena, Seat, Place], Iterator[str]]
Bodies = Callable[[Arena, Seat, Place], Iterator[tuple[str, dict[str, Any]]]]


@dataclass(frozen=True)
class Listed:
    """What is asked of an endpoint, and what is sent to it."""

    queries: Queries = _plain
    bodies: Bodies | None = None


GENERATED = {
    "index": Listed(_lists),
    "filter": Listed(_filters),
    "details": Listed(),
    "lookup": Listed(_lookups),
    "new": Listed(_presets, posts.creations),
    "edit": Listed(_plain, posts.edits),
    "cell": Listed(_cells, posts.cells),
    "search": Listed(bodies=posts.searches),
    "arrange": Listed(bodies=posts.arrangements),
    "export": Listed(bodies=posts.exports),
    "reveal": Listed(bodies=posts.reveals),
}
ROUTES = {
    "admin.index": Listed(),
    "start": Listed(),
    "static": Listed(),
    "health.livez": Listed(),
    "health.readyz": Listed(),
    "auth.login": Listed(_nexts, posts.logins),
    "auth.logout": Listed(bodies=posts.nothing),
    "auth.change_password": Listed(bodies=posts.passwords),
    "auth.account": Listed(bodies=posts.contacts),
    "auth.language": Listed(_nexts, posts.nothing),
    "file.download": Listed(),
    "help.index": Listed(),
    "help.screen": Listed(),
    "help.terms": Listed(),
    "history.story": Listed(),
    "resets.reset": Listed(bodies=posts.nothing),
    "locking.own": Listed(),
    "locking.checklist": Listed(),
    "moving.start": Listed(bodies=posts.moves),
    "review.index": Listed(),
    "review.queue": Listed(_queues),
    "review.step": Listed(bodies=posts.steps),
    "review.sheet": Listed(_queues),
    "review.decide": Listed(bodies=posts.decisions),
    "review.hold": Listed(bodies=posts.nothing),
    "review.leave": Listed(bodies=posts.nothing),
    "review.take_back": Listed(bodies=posts.nothing),
    "review.show_number": Listed(bodies=posts.reveals),
    "review.picture": Listed(_pictures),
    "review.keep_opinion": Listed(bodies=posts.kept_opinions),
    "moving.picked": Listed(bodies=posts.picks),
    "batches.preview": Listed(_backs),
    "batches.receipt": Listed(_backs),
    "batches.refresh": Listed(bodies=posts.answers),
    "batches.confirm": Listed(bodies=posts.answers),
    "batches.undo": Listed(bodies=posts.nothing),
    "batches.retry": Listed(bodies=posts.nothing),
    "batches.download": Listed(bodies=posts.nothing),
    "finding.page": Listed(),
    "finding.ask": Listed(bodies=posts.finds),
    "finding.opened": Listed(bodies=posts.opens),
    "saved_views.open_view": Listed(),
    "saved_views.act": Listed(bodies=posts.view_acts),
    "saved_views.manage": Listed(),
    "saved_views.keep": Listed(bodies=posts.views),
    "importing.upload": Listed(),
    "importing.receive": Listed(bodies=posts.uploads),
    "importing.blank": Listed(),
    "importing.filled": Listed(bodies=posts.nothing),
    "importing.preview": Listed(),
    "importing.commit": Listed(bodies=posts.commits),
    "importing.workbook": Listed(),
    "reports.report": Listed(bodies=posts.reports),
    "security_lists.make": Listed(bodies=posts.nothing),
    "security_lists.download": Listed(bodies=posts.nothing),
    "security_lists.start": Listed(bodies=posts.nothing),
    "printing.badges_file": Listed(bodies=posts.nothing),
    "printing.labels_file": Listed(bodies=posts.nothing),
    "packages.make": Listed(bodies=posts.takers),
    "packages.download": Listed(bodies=posts.package_tokens),
    "statement_files.workbook": Listed(bodies=posts.nothing),
    "statement_files.pdf": Listed(bodies=posts.nothing),
    "payment_files.receipt": Listed(bodies=posts.nothing),
    "gate.check": Listed(),
    "gate.answer": Listed(),
    "gate.void_list": Listed(),
    "keeping.index": Listed(),
    "keeping.show": Listed(),
    "keeping.act": Listed(bodies=posts.erasings),
    "keeping.report": Listed(bodies=posts.nothing),
    "verifying.index": Listed(),
    "verifying.start": Listed(bodies=posts.checkpoints),
    "verifying.download": Listed(bodies=posts.nothing),
    "jobs.index": Listed(),
    "jobs.show": Listed(),
    "jobs.state": Listed(),
    "jobs.cancel": Listed(bodies=posts.nothing),
    "jobs.download": Listed(bodies=posts.nothing),
    "notices.index": Listed(),
    "notices.open_rows": Listed(bodies=posts.nothing),
    "notices.mark_read": Listed(bodies=posts.nothing),
    "notices.mark_all_read": Listed(bodies=posts.nothing),
}


def listed(rule: Rule) -> Listed:
    """Return how a rule is attacked; raise Unlisted when nobody has said so."""
    blueprint, _dot, name = rule.endpoint.partition(".")
    found = GENERATED.get(name) if blueprint in BY_NOUN else ROUTES.get(rule.endpoint)
    methods = set(rule.methods or ())
    if found is None or methods - set(METHODS) or ("POST" in methods) != (found.bodies is not None):
        raise Unlisted(f"{rule.endpoint} {rule.rule} {sorted(methods)}")
    return found


def methods_of(place: Place) -> tuple[str, ...]:
    """Return what is tried on an address: HEAD and OPTIONS are the framework's, alike for all nouns."""
    return METHODS if place.noun in ("", *RICH) else ("GET", "POST")


def cells(arena: Arena, seat: Seat, rule: Rule) -> Iterator[Cell]:
    """Return every request of the matrix for a reader and a rule."""
    found = listed(rule)
    for place in places(arena, seat, rule):
        for method in (method for method in methods_of(place) if method in (rule.methods or ())):
            cell = Cell(place, rule.endpoint, method, "")
            if place.kind.startswith(OWN):
                yield from _in_full(arena, seat, cell, found)
            elif method == "POST":
                bodies = found.bodies(arena, seat, place) if found.bodies else iter(())
                yield from (_sent(seat, cell, *body) for body in islice(bodies, 1))
            elif method == "GET":
                yield cell


def _in_full(arena: Arena, seat: Seat, cell: Cell, found: Listed) -> Iterator[Cell]:
    """Ask for the reader's own object in every way; others' are asked for in the usual way only."""
    if cell.method == "POST" and found.bodies is not None:
        yield from (_sent(seat, cell, *body) for body in _shared_out(seat, cell, found.bodies(arena, seat, cell.place)))
    elif cell.method == "GET":
        queries = _shared_out(seat, cell, found.queries(arena, seat, cell.place))
        yield from (changed(cell, name=query.partition("=")[0], query=query) for query in queries)
    else:
        yield cell


def _shared_out(seat: Seat, cell: Cell, ways: Iterator[Any]) -> Iterator[Any]:
    """Ask in every way as a sub-delegation; the readers of the whole province share the ways after the first among them."""
    if seat.name not in SHARING:
        yield from ways
        return
    turn = SHARING.index(seat.name) + len(cell.place.noun)
    yield from (way for number, way in enumerate(ways) if not number or (number + turn) % len(SHARING) in (0, 1))


def _sent(seat: Seat, cell: Cell, name: str, data: dict[str, Any]) -> Cell:
    may_look = seat.role is not None and "reveal" in RIGHTS[seat.role].get(cell.place.noun, ())
    return changed(cell, name=name, data=data, whole=may_look and "whole" in name)
