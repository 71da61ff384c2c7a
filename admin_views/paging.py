"""One page of a list: counted with a cap, placed by number near the start and by key anywhere else.

A page far down costs what the first one costs, because it starts at the last row seen (keyset) instead of skipping
everything before it. Pages by number take the ids from the index first and their rows afterwards (deferred join).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, Select, func, literal, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from admin_views.filters import INTEGERS
from admin_views.listing import Listing
from models.columns import attribute, columns_of
from workflow.actors import Actor

CAP = 10_000
NARROW_CAP = 20_000  # within one delegation, where more may be sorted by any column
MOST_NODES = 8  # so many are read one by one
YEARS = range(1900, 2200)
FIGURES = 20  # more than any stored number has before or after the point


@dataclass(frozen=True)
class Page:
    """The rows of one page as plain tuples, and what lies around them."""

    listing: Listing
    rows: list[tuple[Any, ...]]
    total: int
    capped: bool
    earlier: str | None  # cursor of the first row, None on the first page
    later: str | None  # cursor of the last row, None on the last page


def read_page(session: Session, actor: Actor, listing: Listing, columns: list[InstrumentedAttribute[Any]]) -> Page:
    """Read one page: one statement that counts, one that reads; ``columns`` begin with the id."""
    conditions = listing.query.conditions(actor)
    total, capped = count(session, listing, conditions, cap_of(listing, actor))
    if total >= CAP and not listing.by_default and not listing.query.is_narrow(actor):
        listing = listing.with_default_order(_("符合条件的记录超过一万条：请先筛选交易团/分团，再按此列排序"))
    conditions = listing.query.conditions(actor, many=total >= CAP)
    key = _Key(listing)
    place = key.place(listing.after or listing.before)
    if place is None:
        listing = _clamped(listing, total, capped=capped)
    backwards = place is not None and not listing.after
    statement = select(*columns, key.own)
    if place is None and listing.page > 1:
        statement = _numbered(statement, listing, key, conditions)
    else:
        if place is not None:
            conditions.append(key.beyond(*place, backwards=backwards))
        order = key.order(backwards=backwards)
        statement = _foremost(statement, listing, key, conditions, order, read_apart(listing, actor))
    found = [tuple(row) for row in session.execute(statement)]
    more = len(found) > listing.size
    rows = found[: listing.size][:: -1 if backwards else 1]
    begins = (place is None and listing.page == 1) or (backwards and not more)
    if begins:
        listing = replace(listing, page=1)
    earlier = None if begins or not rows else key.mark(rows[0])
    later = key.mark(rows[-1]) if rows and (more or backwards) else None
    return Page(listing, [row[:-1] for row in rows], total, capped, earlier, later)


def order_of(listing: Listing) -> list[ColumnElement[Any]]:
    """Return the ORDER BY of a listing."""
    return _Key(listing).order()


def read_apart(listing: Listing, actor: Actor) -> tuple[int, ...]:
    """Return the few nodes whose rows are read node by node; none where there is one, or too many."""
    nodes = listing.query.nodes_of(actor)
    return nodes if 1 < len(nodes) <= MOST_NODES else ()


def cap_of(listing: Listing, actor: Actor) -> int | None:
    """Return how far the rows are counted; None is to the last."""
    if listing.exact:
        return None
    return NARROW_CAP if listing.query.is_narrow(actor) else CAP


def count(
    session: Session, listing: Listing, conditions: list[ColumnElement[bool]], cap: int | None = None
) -> tuple[int, bool]:
    """Count the rows, to the last or up to a cap; return the number and whether there are more."""
    ids = select(attribute(listing.query.screen.model, "id")).where(*conditions)
    if cap is not None:
        ids = ids.limit(cap + 1)
    total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    return (cap, True) if cap is not None and total > cap else (total, False)


def _clamped(listing: Listing, total: int, *, capped: bool) -> Listing:
    """Return the listing on a page that exists; only pages within the counted rows can be jumped to."""
    if listing.after or listing.before:
        told = _("翻页的位置已失效，已回到第 1 页")
        return replace(listing, page=1, after="", before="", warnings=(*listing.warnings, told))
    last = max(1, -(-total // listing.size))
    if listing.page <= last:
        return listing
    told = _("只有 %(n)s 页，已显示最后一页", n=last)
    if capped:
        told = _("页码最多跳到第 %(n)s 页，更后的记录请用“下一页”或先筛选", n=last)
    return replace(listing, page=last, warnings=(*listing.warnings, told))


def _numbered(
    statement: Select[Any], listing: Listing, key: "_Key", conditions: list[ColumnElement[bool]]
) -> Select[Any]:
    skipped = (listing.page - 1) * listing.size
    ids = select(key.id).where(*conditions).order_by(*key.order()).limit(listing.size + 1).offset(skipped)
    return statement.where(key.id.in_(ids)).order_by(*key.order())


def _foremost(
    statement: Select[Any], listing: Listing, key: "_Key", conditions: list[ColumnElement[bool]],
    order: list[ColumnElement[Any]], nodes: tuple[int, ...],
) -> Select[Any]:  # fmt: skip
    """Take the first rows; of a few nodes each one's first, for an index holds a node's rows in order, not those of two."""
    if nodes:
        place = attribute(listing.query.screen.model, "delegation_id")
        each = [
            select(select(key.id).where(place == node, *conditions).order_by(*order).limit(listing.size + 1).subquery())
            for node in nodes
        ]
        conditions = [key.id.in_(union_all(*each))]
    return statement.where(*conditions).order_by(*order).limit(listing.size + 1)


class _Key:
    """The order of a listing: its column and, so that no two rows are equal, the id."""

    def __init__(self, listing: Listing) -> None:
        model = listing.query.screen.model
        self.column = columns_of(model)[listing.sort]
        self.own: InstrumentedAttribute[Any] = attribute(model, listing.sort)
        self.id: InstrumentedAttribute[int] = attribute(model, "id")
        self.descending = listing.descending
        self.nullable = self.column.nullable

    def order(self, *, backwards: bool = False) -> list[ColumnElement[Any]]:
        """Return the ORDER BY: empty values last when descending and first when ascending, on both engines alike."""
        down = self.descending is not backwards
        own = self.own.desc() if down else self.own.asc()
        if self.nullable:
            own = own.nulls_last() if down else own.nulls_first()
        tie = self.id.desc() if down else self.id.asc()
        return [tie] if self.column.key == "id" else [own, tie]

    def mark(self, row: tuple[Any, ...]) -> str:
        """Write where a row stands: its id and its sort value (which comes last in the row)."""
        value = row[-1]
        if value is None:
            return str(row[0])
        text = value.isoformat() if isinstance(value, date) else str(int(value) if isinstance(value, bool) else value)
        return f"{row[0]},{text}"

    def place(self, cursor: str) -> tuple[int, Any] | None:
        """Read a cursor's id and sort value; None for none and for one that is not ours."""
        number, comma, text = cursor.partition(",")
        if not (number.isascii() and number.isdigit() and len(number) <= 10 and int(number) in INTEGERS):
            return None
        try:
            return int(number), self._read(text) if comma else None
        except (ValueError, InvalidOperation):
            return None

    def _read(self, text: str) -> Any:
        """Read back what ``mark`` wrote; raise ValueError or InvalidOperation for anything else."""
        match self.column.kind:
            case "enum":
                value: Any = {member.value: member for member in self.column.enum or ()}.get(text)
            case "moment" | "age":
                value = datetime.fromisoformat(text)
            case "date":
                value = date.fromisoformat(text)
            case "bool":
                value = text == "1"
            case _:
                value = self._read_plain(text)
        if value is None or (isinstance(value, datetime) and (value.tzinfo is None or value.year not in YEARS)):
            raise ValueError(text[:20])
        return value

    def _read_plain(self, text: str) -> str | int | Decimal:
        if isinstance(self.own.type, Integer):
            if len(text) > 11 or int(text) not in INTEGERS:
                raise ValueError(text[:20])
            return int(text)
        if self.column.kind == "number":
            number = Decimal(text[:30])
            if not number.is_finite() or abs(number.adjusted()) > FIGURES:
                raise ValueError(text[:20])
            return number
        return text

    def beyond(self, number: int, value: Any, *, backwards: bool) -> ColumnElement[bool]:
        """Return the condition that a row comes after (or before) the place of a cursor."""
        down = self.descending is not backwards
        tie = self.id < number if down else self.id > number
        if self.column.key == "id":
            return tie
        if value is None:
            same = self.own.is_(None) & tie
            return same if down else same | self.own.is_not(None)
        if not self.nullable:
            here, cursor = tuple_(self.own, self.id), tuple_(literal(value, self.own.type), literal(number))
            return here < cursor if down else here > cursor
        further = self.own < value if down else self.own > value
        beyond = further | ((self.own == value) & tie)
        return beyond | self.own.is_(None) if down else beyond
