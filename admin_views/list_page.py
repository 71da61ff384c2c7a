"""The list page: what its template is told."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from admin_views import rows, search
from admin_views.arranging import COLUMNS, Arrangement, told
from admin_views.filter_page import FILTERS, filters_page
from admin_views.listing import SIZES, Listing, Query
from admin_views.paging import Page, read_page
from admin_views.screen import Screen
from admin_views.sentences import spoken
from exchange import labels
from exchange.names import linked_names
from models.columns import Column, attribute, columns_of
from workflow import engine
from workflow.actors import Actor
from workflow.machines import MACHINES
from workflow.moves import Move
from workflow.rights import allowed

EXPORTS = "exports"  # a long panel, which a page carries only when asked for


@dataclass(frozen=True)
class Reader:
    """Who reads the page, in which language, and where its list lives."""

    session: Session
    actor: Actor
    lang: str
    base: str  # the list's address


def moves_of(actor: Actor, noun: str) -> list[Move]:
    """Return the moves that the reader's role has on a noun."""
    return engine.offered(actor, noun) if noun in MACHINES else []


def told_move(move: Move, lang: str) -> dict[str, Any]:
    """Return a move as the templates name it."""
    label = labels.of_move(move, lang)
    return {
        "name": move.name, "label": label, "danger": move.danger, "help": spoken(move.help), "icon": move.icon or "check",
        "leads": move.leads,
    }  # fmt: skip


def list_page(
    reader: Reader, screen: Screen, arranged: Arrangement, listing: Listing, panel: str = ""
) -> dict[str, Any]:
    """Read a page of rows and return the template's words; a constant number of statements for any number of rows."""
    page, html = _rows(reader, screen, arranged, listing)
    moves = [move for move in moves_of(reader.actor, screen.noun) if move.bulk]
    return {
        "table": _table(reader, screen, arranged, page, html),
        "arrange": told(screen, arranged, page.listing, reader.base, reader.lang, opened=panel == COLUMNS),
        "filters": filters_page(reader, screen, page.listing, opened=panel == FILTERS),
        "search": _search(screen, page.listing.query, reader),
        "query_hidden": page.listing.pairs,
        "moves": [told_move(move, reader.lang) for move in moves],
        "warnings": page.listing.warnings,
        "empty_text": _("没有符合条件的记录") if page.listing.query.every else _("还没有记录"),
    }


def _rows(reader: Reader, screen: Screen, arranged: Arrangement, listing: Listing) -> tuple[Page, Markup]:
    keys = list(dict.fromkeys(["id", *(["ref"] if screen.has("ref") else []), *(c.key for c in arranged.columns)]))
    moves = moves_of(reader.actor, screen.noun)
    if moves and MACHINES[screen.noun].column not in keys:
        keys.append(MACHINES[screen.noun].column)
    page = read_page(reader.session, reader.actor, listing, [attribute(screen.model, key) for key in keys])
    held = columns_of(screen.model)
    names = linked_names(reader.session, [held[key] for key in keys], page.rows)
    offer = None
    if moves:
        state = keys.index(MACHINES[screen.noun].column)
        states = {row[0]: row[state] for row in page.rows}
        closed = engine.open_moves(reader.session, reader.actor, screen.noun, list(states), states)
        offer = rows.RowMoves(moves, closed, state, reader.lang)
    link = screen.link if allowed(reader.actor, "details", screen.noun) else None
    spec = rows.RowSpec(screen.noun, tuple(keys), arranged.columns, link)
    return page, rows.render(spec, page.rows, names, reader.lang, offer)


def _table(reader: Reader, screen: Screen, arranged: Arrangement, page: Page, html: Markup) -> dict[str, Any]:
    listing = page.listing
    sizes = [(n, "", n == listing.size) for n in SIZES]  # chosen by a form, which remembers
    turn: dict[str, str | None] = {"prev_url": None, "next_url": None, "first_url": None}
    if page.earlier:
        turn["first_url"] = listing.address(reader.base)
        turn["prev_url"] = listing.address(reader.base, before=page.earlier, page=max(1, listing.page - 1))
    if page.later:
        turn["next_url"] = listing.address(reader.base, after=page.later, page=listing.page + 1)
    return {
        "columns": [_heading(reader, screen, listing, column, arranged) for column in arranged.columns],
        "rows_html": html,
        "total": page.total,
        "total_is_capped": page.capped,
        "exact_url": listing.address(reader.base, total="exact") if page.capped else None,
        "page": listing.page,
        "page_size": listing.size,
        "page_sizes": sizes,
        **turn,
    }


def _heading(reader: Reader, screen: Screen, listing: Listing, column: Column, arranged: Arrangement) -> dict[str, Any]:
    state = ("desc" if listing.descending else "asc") if listing.sort == column.key else ""
    return {
        "key": column.key,
        "width": arranged.width(column.key),
        "label": labels.of_column(column, reader.lang),
        "kind": rows.kind_of(column) or column.kind,
        "help": spoken(column.help),
        "sortable": column.key in screen.sorts,
        "sort_url": listing.address(reader.base, sort=column.key if state == "desc" else f"-{column.key}"),
        "sort_state": state,
    }


def _search(screen: Screen, query: Query, reader: Reader) -> dict[str, Any] | None:
    columns = search.searched(screen.model)
    if not columns:
        return None
    plain = query.search is not None and not query.search.is_secret
    said = (", " if reader.lang == "en" else "、").join(labels.of_column(column, reader.lang) for column in columns)
    return {
        "value": query.search.text if plain and query.search is not None else "",
        "placeholder": said,
        "post_url": f"{reader.base}search",
    }
