"""The one base view: every screen of the back office is an instance of it. It alone knows Flask-Admin.

Flask-Admin's own model view is not used, so none of its routes (inline edit, bulk actions by id list, export by GET)
exist. No GET changes anything; a right that is missing is 403, a row out of scope is 404 like one that never was.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Flask, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin, BaseView, expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from admin_views import (
    addresses,
    arranging,
    cells,
    details,
    downloads,
    editing,
    filter_form,
    importing,
    languages,
    long_work,
    lookups,
    revealing,
    saved_views,
    sealed_query,
)
from admin_views.home import home_page
from admin_views.list_page import EXPORTS, Reader, list_page, moves_of
from admin_views.listing import SIZE, Listing, read_listing
from admin_views.nodes import read_nodes
from admin_views.screen import Screen
from admin_views.sealed_query import QueryLost
from admin_views.sentences import spoken
from exchange import labels
from extensions import db
from workflow import desk
from workflow.actors import Forbidden, actor_of
from workflow.rights import allowed

POST = ("POST",)
GET_POST = ("GET", "POST")


class View(BaseView):
    """What the pages of the back office share."""

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run the view as it is: the library would run it a second time after a TypeError."""
        return fn(self, *args, **kwargs)


class Home(View):
    """The first page after login: what waits."""

    def __init__(self) -> None:
        super().__init__(name="home", endpoint="admin", url="/admin")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show what waits and how far everything has come."""
        session = db.session()
        reader = Reader(session, actor_of(session), languages.chosen(), url_for(".index"))
        return render_template("admin/home.html", **home_page(reader, read_nodes(session), request.args.to_dict()))


class GeneratedView(View):
    """A noun's pages, all read from its screen and its columns."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(name=screen.noun, endpoint=screen.noun, url=f"/admin/{screen.noun}")
        self.screen = screen

    def reader(self, right: str, *, reading: bool = False) -> Reader:
        """Return who asks; raise Forbidden when the role lacks the right. ``reading``: a POST that takes no lock yet."""
        session = db.session()
        if reading:
            session.info["read_only"] = True
        actor = actor_of(session)
        if not allowed(actor, right, self.screen.noun):
            raise Forbidden(f"{right} {self.screen.noun}")
        return Reader(session, actor, languages.chosen(), url_for(".index"))

    def page(self, template: str, reader: Reader, **words: Any) -> str:
        """Render a page of this noun."""
        title = labels.of_noun(self.screen.model, reader.lang)
        view = {"title": title, "noun": self.screen.noun, "help": self.screen.help}
        return render_template(template, view=view, action_url=f"{reader.base}moves", **words)

    def arrangement(self, reader: Reader) -> arranging.Arrangement:
        """Return how the reader likes this list."""
        return arranging.read(reader.session, reader.actor, self.screen)

    def listing(self, reader: Reader, given: MultiDict[str, str], usual: int = SIZE) -> Listing:
        """Read what a list's address, or a form that carries it, asks for."""
        sealed, lost = None, ""
        if token := given.get("q", ""):
            try:
                sealed = sealed_query.open_search(self.screen, reader.actor, token)
            except QueryLost as error:
                lost = str(error)
        listing = read_listing(self.screen, read_nodes(reader.session), given, sealed, usual)
        found = listing.query.search
        if found is not None and found.is_secret and not listing.sealed_search:
            listing = listing.sealing(sealed_query.seal_search(self.screen, reader.actor, found))
        return listing.warned(lost) if lost else listing

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """List the rows."""
        reader = self.reader("list")
        if not request.args and (start := saved_views.start_of(reader, self.screen)):
            return redirect(start)
        arranged = self.arrangement(reader)
        listing = self.listing(reader, request.args, arranged.size)
        if listing.sealed_search and request.args.get("search"):
            return redirect(listing.address(reader.base))
        arranged = saved_views.dressed(reader, self.screen, listing, arranged)
        panel = request.args.get("panel", "")
        words = list_page(reader, self.screen, arranged, listing, panel)
        for warning in words.pop("warnings"):
            flash(warning, "warning")
        return self.page(
            "admin/list.html",
            reader,
            **words,
            query_token=(token := sealed_query.seal(listing.query, reader.actor)),
            editable={c.key for c in arranged.columns if cells.may_edit(reader.actor, self.screen, c)},
            picked={"url": f"{reader.base}picked", "key": sealed_query.mark(listing.query, reader.actor)},
            views=saved_views.tabs(reader, self.screen, listing, arranged.columns, token),
            exports=downloads.panel(reader, self.screen, listing, arranged.columns, opened=panel == EXPORTS),
            links=self._links(reader, listing),
            upload=importing.panel(reader, self.screen.noun),
            starts=self._starts(reader),
            can_create=allowed(reader.actor, "create", self.screen.noun),
            create_url=f"{reader.base}new{_presets(listing)}",
        )

    def _links(self, reader: Reader, listing: Listing) -> list[tuple[str, str, str]]:
        """Return where else a list leads, with an icon: the review desk with the same filters, files beside."""
        noun, query = self.screen.noun, listing.query
        found = []
        if noun in desk.nouns(reader.actor):
            kept = f"?{urlencode(query.pairs)}" if query.pairs else ""
            found.append((_("在工作台审核"), url_for("review.queue", noun=noun) + kept, "checks"))
        ways = self.screen.ways
        found += [
            (spoken(way), url_for(to), icon) for way, to, icon, right in ways if allowed(reader.actor, right, noun)
        ]
        return found + importing.links(reader, noun)

    def _starts(self, reader: Reader) -> list[tuple[str, str]]:
        """Return what may be begun above the list, for who may: label, and address to post to."""
        may = {move.name for move in moves_of(reader.actor, "person")}
        return [(spoken(label), url_for(endpoint)) for label, endpoint, move in self.screen.starts if move in may]

    @expose("/filter")
    def filter(self) -> ResponseReturnValue:
        """Turn the filter panel's form into the list's address."""
        base = self.reader("list").base
        pairs = filter_form.composed(self.screen, request.query_string.decode("utf-8", "replace"))
        return redirect(f"{base}?{urlencode(pairs)}" if pairs else base)

    @expose("/search", methods=POST)
    def search(self) -> ResponseReturnValue:
        """Turn a search into an address: words stay readable, somebody's number is sealed."""
        reader = self.reader("list", reading=True)
        listing = self.listing(reader, _without_token(request.form), self.arrangement(reader).size)
        return redirect(listing.address(reader.base), 303)

    @expose("/arrange", methods=POST)
    def arrange(self) -> ResponseReturnValue:
        """Keep how the reader likes this list, and show it so; a script that only reports a width is told nothing."""
        reader = self.reader("list")
        arranging.keep(reader.session, reader.actor, self.screen, request.form)
        reader.session.commit()
        if "quiet" in request.form:
            return "", 204
        return redirect(addresses.inside(request.form.get("back")) or reader.base, 303)

    @expose("/<int:row_id>")
    def details(self, row_id: int) -> ResponseReturnValue:
        """Show one row; a batch is shown by its receipt."""
        reader = self.reader("details")
        if self.screen.opens:
            row: Any = details.find(reader.session, reader.actor, self.screen, row_id)
            return redirect(url_for(self.screen.opens, ref=row.ref))
        return self._details(reader, row_id)

    def _details(self, reader: Reader, row_id: int, key: str = "", reason: str = "") -> str:
        row = details.find(reader.session, reader.actor, self.screen, row_id)
        revealed = revealing.reveal(reader, self.screen, row, key, reason) if key else {}
        words = details.details_page(reader, self.screen, row)
        may_edit = allowed(reader.actor, "edit", self.screen.noun)
        return self.page(
            "admin/details.html",
            reader,
            **words,
            edit_url=f"{reader.base}{row_id}/edit" if may_edit else "",
            history_url=f"{reader.base}{row_id}/history",
            reveal_url=f"{reader.base}{row_id}/reveal",
            revealed=revealed,
        )

    @expose("/<int:row_id>/reveal", methods=POST)
    def reveal(self, row_id: int) -> ResponseReturnValue:
        """Show a sealed number once."""
        reader = self.reader("reveal", reading=True)
        return self._details(reader, row_id, request.form.get("key", "") or "-", request.form.get("reason", ""))

    @expose("/new", methods=GET_POST)
    def new(self) -> ResponseReturnValue:
        """Create a row."""
        return editing.new(self.reader("create"), self.screen)

    @expose("/<int:row_id>/edit", methods=GET_POST)
    def edit(self, row_id: int) -> ResponseReturnValue:
        """Edit a row."""
        return editing.edit(self.reader("edit"), self.screen, row_id)

    @expose("/<int:row_id>/cell", methods=GET_POST)
    def cell(self, row_id: int) -> ResponseReturnValue:
        """Edit one cell where it stands in the list."""
        return cells.cell(self.reader("edit"), self.screen, row_id)

    @expose("/lookup")
    def lookup(self) -> ResponseReturnValue:
        """Answer a look-up field with pairs of id and words."""
        reader = self.reader("list")
        field, typed = request.args.get("field", ""), request.args.get("query", "")
        if field == lookups.TARGETS:
            return jsonify(lookups.targets(reader.session, typed))
        if field:
            found = lookups.values(self.screen, field, typed, reader.lang)
            return abort(404) if found is None else jsonify(found)
        return jsonify(lookups.rows(reader.session, reader.actor, self.screen, typed))

    @expose("/export", methods=POST)
    def export(self) -> ResponseReturnValue:
        """Send what the list shows as a file, or have it made in the background when it is long."""
        reader = self.reader("list", reading=True)
        if not downloads.may_take(reader.actor, self.screen.noun, request.form.get("format", "")):
            raise Forbidden(f"export {self.screen.noun}")
        listing = self.listing(reader, MultiDict({"sort": request.form.get("sort", "")}))
        try:
            query = sealed_query.open_query(
                self.screen, reader.actor, listing.query.nodes, request.form.get("query", "")
            )
            columns = downloads.chosen(self.screen, request.form.getlist("columns"))
            ordered = downloads.order(reader, self.screen, listing.of(query), request.form, columns)
            if long_work.is_long_export(ordered.total):
                return redirect(
                    url_for("jobs.show", ref=long_work.start_export(reader, ordered, request.form).ref), 303
                )
            return downloads.send(reader, ordered)
        except (QueryLost, downloads.ExportRefused) as refused:
            flash(str(refused), "error")
            return redirect(listing.address(reader.base), 303)


def _presets(listing: Listing) -> str:
    """Return what a new row takes over from a list of one unit's or one node's rows."""
    query = listing.query
    pairs = [(name, value) for name, value in query.pairs if name in editing.PRESETS and not query.any_of]
    return f"?{urlencode(pairs)}" if pairs else ""


def _without_token(form: MultiDict[str, str]) -> MultiDict[str, str]:
    return MultiDict([(name, value) for name, value in form.items(multi=True) if name != "csrf_token"])


def install(app: Flask, screens: tuple[Screen, ...], nonce: Callable[[], str]) -> None:
    """Create the Flask-Admin instance and add every screen."""
    admin = Admin(app, name="交易团管理后台", index_view=Home(), csp_nonce_generator=nonce)
    for screen in screens:
        admin.add_view(GeneratedView(screen))
