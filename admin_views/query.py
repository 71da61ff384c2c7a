"""Which rows a list shows: its filters, alone or in groups, and its search.

Conditions stand side by side and all hold, or any one where the address says ``match=any``. One level of groups lies
below: ``g1.city=福州市&g1.city.not=…`` belong together; of a group any one condition holds, or all with ``g1=all``.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, or_, select

from admin_views import search as searching
from admin_views.filters import OWN, Filter
from admin_views.nodes import Nodes
from admin_views.screen import Screen
from admin_views.search import Search
from admin_views.sentences import spoken
from models import Role, Unit
from models.base import UnitOwned
from models.columns import attribute, columns_of
from workflow import scope
from workflow.actors import Actor

MATCH, ANY, ALL = "match", "any", "all"
MOST_GROUPS = 5
_GROUP = re.compile(rf"g([1-{MOST_GROUPS}])(?:\.(.+))?", re.DOTALL)


@dataclass(frozen=True)
class Chosen:
    """One filter in use, as read and as written in the address; ``group`` is 0 where it stands for itself."""

    filter: Filter
    operation: str
    raw: tuple[str, ...]
    values: tuple[Any, ...]
    group: int = 0

    @property
    def parameter(self) -> str:
        """The name in the address."""
        own = self.filter.parameter(self.operation)
        return f"g{self.group}.{own}" if self.group else own

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What the address says of it."""
        return [(self.parameter, raw) for raw in self.raw]

    def condition(self, query: "Query", actor: Actor, *, many: bool) -> ColumnElement[bool]:
        """Return the SQL condition on the rows that a query lists for somebody."""
        found = self.filter.condition(self.operation, self.values, query.nodes, actor)
        return self.filter.over_link(query.screen.model, found, many=many)


@dataclass(frozen=True)
class Group:
    """Conditions that belong together."""

    number: int
    chosen: tuple[Chosen, ...]
    any_of: bool = True

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What the address says of it; that any one will do goes without saying."""
        own = [] if self.any_of else [(f"g{self.number}", ALL)]
        return [*own, *(pair for chosen in self.chosen for pair in chosen.pairs)]


@dataclass(frozen=True)
class Query:
    """Which rows: filters and search. The same object answers for the list, its count, its export and bulk moves."""

    screen: Screen
    nodes: Nodes
    chosen: tuple[Chosen, ...] = ()
    search: Search | None = None
    groups: tuple[Group, ...] = ()
    any_of: bool = False

    def conditions(self, actor: Actor, *, many: bool = False) -> list[ColumnElement[bool]]:
        """Return the SQL conditions, those that hold for every list first; ``many``: more rows fit than are counted."""
        found = standing(self.screen, actor)
        own = [chosen.condition(self, actor, many=many) for chosen in self.chosen]
        for group in self.groups:
            parts = [chosen.condition(self, actor, many=many) for chosen in group.chosen]
            own.append(or_(*parts) if group.any_of else and_(*parts))
        found += [or_(*own)] if self.any_of and own else own
        if self.search is not None and searching.searched(self.screen.model):
            found.append(self.search.condition(self.screen.model))
        return found

    @cached_property
    def every(self) -> tuple[Chosen, ...]:
        """All conditions, those within groups too."""
        return (*self.chosen, *(chosen for group in self.groups for chosen in group.chosen))

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The filters as the address writes them."""
        parts: list[Chosen | Group] = [*self.chosen, *self.groups]
        return [*([(MATCH, ANY)] if self.any_of else []), *(pair for part in parts for pair in part.pairs)]

    def nodes_of(self, actor: Actor) -> tuple[int, ...]:
        """Return the nodes among which all rows lie; none where neither the reader nor a filter narrows them to some."""
        for chosen in () if self.any_of else self.chosen:
            if chosen.filter.key == "delegation_id" and chosen.filter.kind == "node" and not chosen.operation:
                return tuple(sorted({node for value in chosen.values for node in self.nodes.below(value)}))
        return scope.nodes_of(self.screen.model, actor)

    def is_narrow(self, actor: Actor) -> bool:
        """Whether the rows lie within one delegation, so that they may be counted to the last."""
        node = any(chosen.filter.key == "delegation_id" and chosen.operation in ("", OWN) for chosen in self.chosen)
        return (node and not self.any_of) or not (actor.is_provincial or actor.role is Role.system)


def standing(screen: Screen, actor: Actor) -> list[ColumnElement[bool]]:
    """Return what holds for every list of the noun: this edition's rows, and none that was deleted."""
    found: list[ColumnElement[bool]] = []
    model, has = screen.model, screen.has
    if has("edition_id"):
        if columns_of(model)["edition_id"].machine:  # else people choose the edition, as in the fee table
            own = attribute(model, "edition_id")
            of_none = [own.is_(None)] if model.__table__.columns["edition_id"].nullable else []  # as in the trail
            found.append(or_(own == actor.edition_id, *of_none))
    elif issubclass(model, UnitOwned):
        this_edition = select(Unit.id).where(Unit.edition_id == actor.edition_id)
        found.append(attribute(model, "unit_id").in_(this_edition))
    if has("review_status"):
        found.append(attribute(model, "review_status") != "deleted")
    if screen.noun == "batch":  # a preview that nobody confirmed is no record
        found.append(attribute(model, "status") != "previewed")
    return found


def read_query(
    screen: Screen, nodes: Nodes, pairs: Iterable[tuple[str, list[str]]], search: Search | None = None
) -> tuple[Query, list[str]]:
    """Read filters from the parameters that are not the list's own; what does not fit is left out with a sentence."""
    reading = _Reading(screen, nodes)
    for name, raw in pairs:
        reading.take(name, tuple(dict.fromkeys(text for text in raw if text.strip())))
    groups = tuple(
        Group(number, tuple(members), reading.modes.get(number, ANY) == ANY)
        for number, members in sorted(reading.members.items())
        if number
    )
    any_of = reading.modes.get(0) == ANY
    return Query(screen, nodes, tuple(reading.members.get(0, ())), search, groups, any_of), reading.warnings


class _Reading:
    """Gathers what an address asks for, by group; 0 is what stands for itself."""

    def __init__(self, screen: Screen, nodes: Nodes) -> None:
        self.known = {found.parameter(op): (found, op) for found in screen.filters.values() for op in found.operations}
        self.nodes = nodes
        self.members: dict[int, list[Chosen]] = {}
        self.modes: dict[int, str] = {}
        self.warnings: list[str] = []

    def take(self, name: str, texts: tuple[str, ...]) -> None:
        """Take one parameter; note in words what cannot be understood of it."""
        match = _GROUP.fullmatch(name)
        group, key = (int(match[1]), match[2]) if match else (0, name)
        if name == MATCH or (match and key is None):
            self._take_mode(group, texts)
        elif key not in self.known:
            self.warnings.append(_("没有“%(name)s”这个筛选条件，已忽略", name=name[:40]))
        elif texts:
            self._take_values(group, *self.known[key], texts)

    def _take_mode(self, group: int, texts: Sequence[str]) -> None:
        if not texts:
            return
        self.modes[group] = texts[-1]
        if texts[-1] not in (ANY, ALL):
            self.modes.pop(group)
            self.warnings.append(
                _("条件之间只能是 any（满足任一）或 all（全部满足），“%(value)s”已忽略", value=texts[-1][:20])
            )

    def _take_values(self, group: int, found: Filter, operation: str, texts: tuple[str, ...]) -> None:
        try:
            values = tuple(found.read(operation, text, self.nodes) for text in texts)
        except ValueError as error:
            label = spoken(found.column.label)
            self.warnings.append(_("筛选条件“%(label)s”已忽略：%(why)s", label=label, why=str(error)))
            return
        self.members.setdefault(group, []).append(Chosen(found, operation, texts, values, group))


def by_name(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """Gather the values of each name, in the order in which they first come."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    yield from found.items()
