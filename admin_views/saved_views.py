"""Saved views: tabs above a list and entries under it in the menu, with live counts; keeping, sharing, ordering them."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin_views import sealed_query
from admin_views.arranging import Arrangement, choosable
from admin_views.batches import reader_of
from admin_views.list_page import Reader
from admin_views.listing import SIZE, Listing, Query, read_listing
from admin_views.nodes import Nodes, read_nodes
from admin_views.screen import Screen
from admin_views.screens import BY_NOUN
from admin_views.sealed_query import QueryLost
from admin_views.search import Search
from admin_views.sentences import spoken
from exchange import labels
from models import SavedView
from models.columns import Column, attribute
from workflow import saved_views as keeping
from workflow.actors import Actor, Forbidden
from workflow.rights import allowed
from workflow.saved_views import Content, Refused, View

CAP = 1000
ALL = "0"  # in the address: no view, not even the one the reader begins with
blueprint = Blueprint("saved_views", __name__)


def of_reader(session: Session, actor: Actor) -> list[View]:
    """Return the reader's views of all lists, read once per request."""
    if "views" not in g:
        g.views = keeping.visible(session, actor)
    found: list[View] = g.views
    return found


def content_of(query: Query, sort: str, size: str, columns: list[str]) -> Content:
    """Return what a view keeps: filters, search, order, rows a page and, where they are not the usual ones, columns."""
    search = query.search.text if query.search is not None else ""
    return {"f": [list(pair) for pair in query.pairs], "s": search, "o": sort, "n": size, "c": columns}


def dressed(reader: Reader, screen: Screen, listing: Listing, arranged: Arrangement) -> Arrangement:
    """Return the reader's arrangement with the columns of the view that is open, where that has its own."""
    views = of_reader(reader.session, reader.actor) if listing.dressed else []
    content = next((view.content for view in views if str(view.id) == listing.view and view.noun == screen.noun), None)
    known, first = choosable(screen), screen.listed[0]
    wanted = [known[key] for key in (content or {}).get("c", ()) if key in known and key != first.key]
    return replace(arranged, columns=(first, *wanted), widths={}) if wanted else arranged


def listing_of(screen: Screen, nodes: Nodes, view: View) -> Listing:
    """Return what a view stands for today; what it holds that fits no more is left out with a sentence."""
    content = view.content or {}
    kept = [(str(name), str(value)) for name, value in content.get("f", [])]
    beside = (("search", "s"), ("sort", "o"), ("size", "n"))
    kept += [(name, str(content[key])) for name, key in beside if content.get(key)]
    listing = read_listing(screen, nodes, MultiDict(kept))
    if view.content is None:
        return listing.warned(_("内容无法读取，请删除后重新保存"))
    return listing


def counts(reader: Reader, screen: Screen, listings: list[Listing]) -> list[str]:
    """Count each one's rows in the reader's scope, up to the cap, with one statement for all."""
    if not listings:
        return []
    key = attribute(screen.model, "id")
    ids = [select(key).where(*one.query.conditions(reader.actor)).limit(CAP + 1).subquery() for one in listings]
    numbers = reader.session.execute(select(*(select(func.count()).select_from(one).scalar_subquery() for one in ids)))
    return [f"{number:,}" if number <= CAP else f"{CAP:,}+" for number in numbers.one()]


def is_cheap(actor: Actor, query: Query) -> bool:
    """Whether a count may stand on every page: words within a text are looked for in one delegation only."""
    words = query.search is not None and not query.search.is_secret
    return query.is_narrow(actor) or not (words or any(chosen.operation == "contains" for chosen in query.every))


def tabs(reader: Reader, screen: Screen, listing: Listing, shown: tuple[Column, ...], token: str) -> dict[str, Any]:
    """Return the row of views above a list and the form that keeps one more."""
    views = [view for view in of_reader(reader.session, reader.actor) if view.noun == screen.noun]
    listings = {view.id: listing_of(screen, listing.query.nodes, view) for view in views}
    counted = {number: one for number, one in listings.items() if is_cheap(reader.actor, one.query)}
    numbers = g.view_counts = dict(zip(counted, counts(reader, screen, list(counted.values())), strict=True))
    g.view_id = listing.view
    here = next((view for view in views if str(view.id) == listing.view), None)
    columns = [column.key for column in shown] if shown != screen.listed else []
    now = content_of(
        listing.query, listing.written_sort, "" if listing.size == listing.usual else str(listing.size), columns
    )
    changed = here is not None and not _alike(here.content or {}, now)
    narrowed = bool(now["f"] or now["s"] or now["o"] or columns)
    return {
        "tabs": [_tab(view, numbers.get(view.id, ""), current=view is here) for view in views],
        "all_url": f"{reader.base}?view={ALL}",
        "all_current": here is None and not narrowed,
        "save_url": url_for("saved_views.manage", noun=screen.noun),
        "can_save": narrowed and (here is None or changed),
        "renew": {"url": url_for("saved_views.act", view_id=here.id), "name": here.name}
        if here and changed and here.is_own
        else None,
        "query_token": token,
        "sort": now["o"],
        "size": now["n"],
        "columns": columns,
    }


def _alike(kept: Content, now: Content) -> bool:
    """Whether a list shows what a view keeps; one that keeps no columns leaves them to its reader."""
    columns = kept.get("c") or now["c"]
    return {**kept, "c": columns} == now


def _tab(view: View, count: str, *, current: bool) -> dict[str, Any]:
    return {
        "name": view.name, "count": count, "url": url_for("saved_views.open_view", view_id=view.id), "current": current,
        "owner": "" if view.is_own else view.owner,
    }  # fmt: skip


def in_menu(session: Session, actor: Actor, noun: str) -> list[dict[str, Any]]:
    """Return a noun's views for the menu; they have counts where their list is shown."""
    numbers, here = g.get("view_counts", {}), g.get("view_id", "")
    views = (view for view in of_reader(session, actor) if view.noun == noun)
    return [_tab(view, numbers.get(view.id, ""), current=str(view.id) == here) for view in views]


def start_of(reader: Reader, screen: Screen) -> str:
    """Return the address of the view with which the reader begins the list, "" for all rows."""
    views = of_reader(reader.session, reader.actor)
    found = next((view for view in views if view.is_default and view.noun == screen.noun), None)
    return url_for("saved_views.open_view", view_id=found.id) if found else ""


@blueprint.route("/admin/views/<int:view_id>", methods=["GET"])
def open_view(view_id: int) -> ResponseReturnValue:
    """Lead to the list as the view has it; what of it fits no more is told."""
    reader = reader_of("unit")
    found = next((view for view in of_reader(reader.session, reader.actor) if view.id == view_id), None)
    if found is None:
        abort(404)
    screen = BY_NOUN[found.noun]
    listing = listing_of(screen, read_nodes(reader.session), found)
    search = listing.query.search
    if search is not None and search.is_secret:
        listing = listing.sealing(sealed_query.seal_search(screen, reader.actor, search))
    for warning in listing.warnings:
        flash(_("视图“%(name)s”：%(why)s", name=found.name, why=warning), "warning")
    columns = "view" if (found.content or {}).get("c") else None
    return redirect(listing.address(url_for(f"{found.noun}.index"), view=view_id, columns=columns))


def _reader(noun: str) -> tuple[Reader, Screen]:
    if noun not in BY_NOUN:
        abort(404)
    reader = reader_of(noun)
    if not allowed(reader.actor, "list", noun):
        raise Forbidden(f"list {noun}")
    return reader, BY_NOUN[noun]


@blueprint.route("/admin/<noun>/views", methods=["GET"])
def manage(noun: str) -> ResponseReturnValue:
    """Show the reader's views of a list, to name, order, share and delete them."""
    reader, screen = _reader(noun)
    views = [view for view in of_reader(reader.session, reader.actor) if view.noun == noun]
    shares = keeping.SHARES.get(reader.actor.role, ())
    return render_template(
        "admin/views.html",
        title=_("%(noun)s：我的视图", noun=labels.of_noun(screen.model, reader.lang)),
        own=[_line(view) for view in views if view.is_own],
        shared=[_line(view) for view in views if not view.is_own],
        roles=[(role.value, labels.of_member(role, reader.lang)) for role in shares],
        back_url=f"{reader.base}?view={ALL}",
    )


def _line(view: View) -> dict[str, Any]:
    return {
        **_tab(view, "", current=False), "is_default": view.is_default,
        "act_url": url_for("saved_views.act", view_id=view.id), "roles": [role.value for role in view.roles], "id": view.id,
    }  # fmt: skip


@blueprint.route("/admin/<noun>/views", methods=["POST"])
def keep(noun: str) -> ResponseReturnValue:
    """Keep what the list shows under a name."""
    reader, screen = _reader(noun)
    try:
        _refuse_numbers(request.form.get("name", ""))
        made = keeping.keep(reader.session, reader.actor, noun, request.form.get("name", ""), _sent(reader, screen))
        reader.session.commit()
    except (Refused, QueryLost, IntegrityError) as error:
        return _refused(reader, error, reader.base)
    flash(_("已保存视图“%(name)s”", name=made.name), "success")
    return redirect(url_for(".open_view", view_id=made.id), 303)


def _sent(reader: Reader, screen: Screen) -> Content:
    """Return what the list page sealed in its form, order and size beside it."""
    form = request.form
    query = sealed_query.open_query(screen, reader.actor, read_nodes(reader.session), form.get("query", ""))
    beside = read_listing(screen, query.nodes, MultiDict({key: form.get(key, "") for key in ("sort", "size")}))
    columns = [key for key in dict.fromkeys(form.getlist("columns")) if key in choosable(screen)]
    return content_of(query, beside.written_sort, str(beside.size) if beside.size != SIZE else "", columns)


def _refuse_numbers(name: str) -> None:
    """A name is read by everybody it is shared with, and by the trail."""
    if Search(name).is_secret:
        raise Refused(_("视图名称不能是证件号码或手机号码，请换一个名称"))


def _refused(reader: Reader, error: Exception, back: str) -> ResponseReturnValue:
    reader.session.rollback()
    why = _("已有同名的视图，请换一个名称") if isinstance(error, IntegrityError) else spoken(str(error))
    flash(_("没有保存：%(why)s", why=why), "error")
    return redirect(back, 303)


@blueprint.route("/admin/views/<int:view_id>", methods=["POST"])
def act(view_id: int) -> ResponseReturnValue:
    """Rename, share, order, delete or update an own view, or begin the list with one."""
    reader, form = reader_of("unit"), request.form
    found = next((view for view in of_reader(reader.session, reader.actor) if view.id == view_id), None)
    if found is None:
        abort(404)
    there = url_for(".manage", noun=found.noun)
    what = form.get("act", "")
    try:
        if what in ("default", "all"):
            keeping.begin_with(reader.session, reader.actor, found.noun, view_id if what == "default" else None)
        else:
            _change(reader, keeping.own(reader.session, reader.actor, view_id), what)
        reader.session.commit()
    except LookupError:
        abort(404)
    except (Refused, QueryLost, IntegrityError) as error:
        return _refused(reader, error, there)
    if what == "update":
        return redirect(url_for(".open_view", view_id=view_id), 303)
    flash(_("已保存"), "success")
    return redirect(there, 303)


def _change(reader: Reader, view: SavedView, what: str) -> None:
    session, actor, form = reader.session, reader.actor, request.form
    if what == "rename":
        _refuse_numbers(form.get("name", ""))
        keeping.rename(session, actor, view, form.get("name", ""), form.getlist("roles"))
    elif what in ("up", "down"):
        keeping.move(session, actor, view, 1 if what == "down" else -1)
    elif what == "delete":
        session.delete(view)
    elif what == "update":
        keeping.replace(view, _sent(reader, BY_NOUN[view.noun]))
    else:
        abort(400)
    session.flush()
