"""What a list shows: the request's filters, search, order and place, read once and used for rows, count and export."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from admin_views import search as searching
from admin_views.nodes import Nodes
from admin_views.query import Chosen, Query, read_query, standing
from admin_views.screen import Screen
from admin_views.search import Search

__all__ = ["SIZES", "Chosen", "Listing", "Query", "read_listing", "read_query", "standing"]

SIZES = (20, 50, 100, 200)
SIZE = 50
MOST_PARAMETERS = 200
FARTHEST = 10**9
PLACE = ("page", "after", "before", "total")
OWN = (*PLACE, "size", "sort", "search", "q", "panel", "view", "columns")


@dataclass(frozen=True)
class Listing:
    """A query and how its rows are shown; ``warnings`` tells what of the address was not understood."""

    query: Query
    sort: str
    descending: bool
    size: int = SIZE
    page: int = 1
    after: str = ""
    before: str = ""
    sealed_search: str = ""
    view: str = ""  # the saved view that it came from; "0" for none
    dressed: bool = False  # whether the view's own columns are shown
    exact: bool = False  # whether the rows are counted to the last, whatever it takes
    usual: int = SIZE  # rows a page where the address says nothing
    warnings: tuple[str, ...] = field(default=())

    @property
    def by_default(self) -> bool:
        """Whether the rows stand in the screen's usual order."""
        return self.sort == self.query.screen.default_sort and self.descending

    def with_default_order(self, warning: str) -> "Listing":
        """Return the same rows in the usual order, from the first page, with a word why."""
        sort = self.query.screen.default_sort
        return replace(
            self, sort=sort, descending=True, page=1, after="", before="", warnings=(*self.warnings, warning)
        )

    def warned(self, warning: str) -> "Listing":
        """Return the same with one more word of warning."""
        return replace(self, warnings=(*self.warnings, warning))

    def sealing(self, token: str) -> "Listing":
        """Return the same, with the search written as ``token`` in addresses."""
        return replace(self, sealed_search=token)

    def of(self, query: Query) -> "Listing":
        """Return another query's rows in the same order."""
        return replace(self, query=query)

    @property
    def written_sort(self) -> str:
        """The order as the address writes it; "" for the usual one."""
        return "" if self.by_default else ("-" if self.descending else "") + self.sort

    def with_usual_size(self) -> "Listing":
        """Return the same with as many rows a page, and the columns, that the reader is used to."""
        return replace(self, size=self.usual, dressed=False)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Everything but the place, as the address writes it."""
        pairs = list(self.query.pairs)
        if self.sealed_search:
            pairs.append(("q", self.sealed_search))
        elif self.query.search is not None:
            pairs.append(("search", self.query.search.text))
        size = "" if self.size == self.usual else str(self.size)
        columns = "view" if self.dressed else ""
        beside = (("sort", self.written_sort), ("size", size), ("view", self.view), ("columns", columns))
        return [*pairs, *((name, value) for name, value in beside if value)]

    def address(self, base: str, drop: Iterable[tuple[str, str]] = (), **place: Any) -> str:
        """Return ``base`` with this listing's parameters, without ``drop``, changed or placed by ``place``."""
        gone = set(drop)
        pairs = [pair for pair in self.pairs if pair not in gone and pair[0] not in place]
        pairs += [(name, str(value)) for name, value in place.items() if value is not None]
        return f"{base}?{urlencode(pairs)}" if pairs else base


def read_listing(
    screen: Screen, nodes: Nodes, args: MultiDict[str, str], sealed: Search | None = None, usual: int = SIZE
) -> Listing:
    """Read a list's whole address; ``sealed`` is the search that a sealed ``q`` stood for, ``usual`` the rows a page."""
    if sum(len(values) for _name, values in args.lists()) > MOST_PARAMETERS:
        raise BadRequest(_("筛选条件过多（最多 %(n)s 个），请减少后重试", n=MOST_PARAMETERS))
    search, warnings = sealed, []
    try:
        search = searching.read(args.get("search", "")) or sealed
    except ValueError as error:
        warnings.append(_("搜索内容已忽略：%(why)s", why=str(error)))
    query, more = read_query(screen, nodes, [(k, v) for k, v in args.lists() if k not in OWN], search)
    sort, descending, bad = _read_sort(screen, args.get("sort", ""))
    size, page, view = args.get("size", ""), args.get("page", ""), args.get("view", "")
    warnings += more + bad
    if size and size not in map(str, SIZES):
        warnings.append(_("每页条数只能是 %(sizes)s", sizes=_("、").join(map(str, SIZES))))
    if page and not _is_page(page):
        warnings.append(_("没有第“%(page)s”页，已显示第 1 页", page=page[:12]))
    return Listing(
        query=query, sort=sort, descending=descending, size=int(size) if size in map(str, SIZES) else usual,
        page=int(page) if _is_page(page) else 1, after=args.get("after", ""), before=args.get("before", ""),
        sealed_search=args.get("q", "") if search is sealed and sealed is not None else "",
        view=view if view.isascii() and view.isdigit() and len(view) <= 10 else "", dressed=args.get("columns") == "view",
        exact=args.get("total") == "exact", warnings=tuple(warnings), usual=usual,
    )  # fmt: skip


def _is_page(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= FARTHEST


def _read_sort(screen: Screen, text: str) -> tuple[str, bool, list[str]]:
    key = text.removeprefix("-")
    if not text:
        return screen.default_sort, True, []
    if key not in (*screen.sorts, screen.default_sort):
        return screen.default_sort, True, [_("不能按“%(name)s”排序，已按默认顺序显示", name=key[:40])]
    return key, text.startswith("-"), []
