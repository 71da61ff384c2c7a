"""The queue of the review desk as its pages know it: narrowed by the list's own filters, and its front page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from admin_views.filter_page import MOST_NODES, operation_label, said_values
from admin_views.filters import Filter
from admin_views.list_page import Reader
from admin_views.listing import OWN, Chosen, Query, read_listing
from admin_views.nodes import read_nodes
from admin_views.review_sitting import Sitting
from admin_views.screen import Screen
from admin_views.screens import BY_NOUN
from exchange import labels
from models.kinds import now
from models.words import Labelled
from workflow import desk
from workflow.desk import Line
from workflow.registry import machine_of

DAYS = (1, 3, 7, 15)
SHOWN = 30  # rows of the front page
PICKS = {"unit": ("delegation_id", "category"), "person": ("delegation_id", "label")}
NOT_FILTERS = {*OWN, "days", "csrf_token"}


@dataclass(frozen=True)
class Desk:
    """One noun's desk for one reader, with the filters of the address."""

    reader: Reader
    noun: str
    query: Query
    days: int
    warnings: tuple[str, ...]

    @property
    def screen(self) -> Screen:
        """The noun's screen."""
        return BY_NOUN[self.noun]

    @cached_property
    def sitting(self) -> Sitting:
        """The reader's sitting."""
        return Sitting.of(self.noun)

    def line(self, *, without: str = "") -> Line:
        """Return the queue, of a filter left out if one is named."""
        kept = tuple(chosen for chosen in self.query.chosen if chosen.filter.key != without)
        conditions = replace(self.query, chosen=kept).conditions(self.reader.actor)
        return Line(self.noun, tuple(conditions), self.days, tuple(self.sitting.skipped))

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The filters as the address writes them."""
        return [*self.query.pairs, *([("days", str(self.days))] if self.days else [])]

    def address(self, endpoint: str, pairs: Sequence[tuple[str, str]] | None = None, **named: Any) -> str:
        """Return a page of this desk with the filters."""
        kept = self.pairs if pairs is None else pairs
        base = url_for(f"review.{endpoint}", noun=self.noun, **named)
        return f"{base}?{urlencode(kept)}" if kept else base


def read_desk(reader: Reader, noun: str, args: MultiDict[str, str]) -> Desk:
    """Read the desk's address."""
    given = MultiDict([(name, value) for name, value in args.items(multi=True) if name not in NOT_FILTERS])
    listing = read_listing(BY_NOUN[noun], read_nodes(reader.session), given)
    days = args.get("days", "")
    known = int(days) if days.isascii() and days.isdigit() and len(days) < 4 else 0
    return Desk(reader, noun, listing.query, known, listing.warnings)


def front(desk_: Desk) -> dict[str, Any]:
    """Return the words of the front page: what waits, by state and in order, and the filters."""
    reader, noun = desk_.reader, desk_.noun
    session, actor, machine = reader.session, reader.actor, machine_of(noun)
    line = desk_.line()
    waiting = desk.waiting(session, actor, line, SHOWN)
    return {
        "desks": desks(reader, noun),
        "states": _states(desk_, desk.per_state(session, actor, desk_.line(without=machine.column)), machine.column),
        "left": desk.left(session, actor, line),
        "rows": [_row(desk_, row) for row in waiting],
        "picks": [_pick(desk_, BY_NOUN[noun].filters[key]) for key in PICKS[noun] if _is_offered(desk_, key)],
        "days": [(days, _("等了 %(n)s 天以上", n=days), days == desk_.days) for days in DAYS],
        "also": [_chip(desk_, chosen) for chosen in desk_.query.every if chosen.filter.key not in _own_keys(noun)],
        "kept": [pair for pair in desk_.query.pairs if pair[0] not in PICKS[noun]],
        "clear_url": url_for("review.queue", noun=noun) if desk_.pairs else "",
        "start_url": desk_.address("step"),
        "queue_url": url_for("review.queue", noun=noun),
        "list_url": url_for(f"{noun}.index"),
        "sitting": desk_.sitting,
        "skipped": len(desk_.sitting.skipped),
    }


def desks(reader: Reader, here: str) -> list[tuple[str, str, bool]]:
    """Return the reader's desks: label, address, whether it is this one."""
    return [
        (labels.of_noun(BY_NOUN[noun].model, reader.lang), url_for("review.queue", noun=noun), noun == here)
        for noun in desk.nouns(reader.actor)
    ]


def days_since(moment: Any) -> int:
    """Return how many whole days have passed."""
    return max(0, (now() - moment).days)


def _states(desk_: Desk, counted: dict[Labelled, int], column: str) -> list[tuple[str, int, str, bool]]:
    """Return the states that rows wait in: label, count, address of that part, whether it is chosen."""
    others = [pair for pair in desk_.pairs if pair[0] != column]
    chosen = {value for name, value in desk_.query.pairs if name == column}
    return [
        (
            labels.of_member(state, desk_.reader.lang), count,
            desk_.address("queue", others if state.value in chosen else [*others, (column, state.value)]),
            state.value in chosen,
        )
        for state, count in counted.items()
    ]  # fmt: skip


def _row(desk_: Desk, row: desk.Waiting) -> dict[str, Any]:
    return {
        "title": row.name, "url": desk_.address("sheet", row_id=row.id), "again": row.again, "holder": row.holder,
        "days": days_since(row.since), "state": labels.of_member(row.state, desk_.reader.lang), "tone": row.state.tone,
        "skipped": row.id in desk_.sitting.skipped,
    }  # fmt: skip


def _is_offered(desk_: Desk, key: str) -> bool:
    return key != "delegation_id" or len(desk_.query.nodes.names) > 1


def _pick(desk_: Desk, found: Filter) -> dict[str, Any]:
    chosen = next((value for name, value in desk_.query.pairs if name == found.key), "")
    choices = found.choices(desk_.query.nodes, desk_.reader.lang)
    looked_up = found.column.links and len(choices) > MOST_NODES
    return {
        "key": found.key, "label": found.label(desk_.reader.lang), "chosen": chosen, "words": dict(choices).get(chosen, ""),
        "choices": [] if looked_up else choices, "typed": found.kind in ("node", "link", "choice"),
        "lookup_url": f"/admin/{found.column.links}/lookup" if looked_up else "",
    }  # fmt: skip


def _own_keys(noun: str) -> tuple[str, ...]:
    """Return the filters that the front page has a place for."""
    return (*PICKS[noun], machine_of(noun).column)


def _chip(desk_: Desk, chosen: Chosen) -> str:
    reader = desk_.reader
    said = _("、").join(said_values(reader, chosen, desk_.query.nodes))
    return f"{chosen.filter.label(reader.lang)} {operation_label(chosen.filter, chosen.operation)} {said}"
