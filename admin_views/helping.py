"""The pages of help: one for each screen, an index of them, and the words and keys of the whole desk."""

from itertools import groupby
from typing import Any

from flask import Blueprint, abort, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin_views import glossary, languages
from admin_views.help_page import help_page
from admin_views.list_page import Reader
from admin_views.screens import BY_NOUN, SCREENS
from admin_views.sentences import spoken
from exchange import labels
from extensions import db
from workflow.actors import Actor, Forbidden, actor_of
from workflow.rights import allowed

blueprint = Blueprint("help", __name__, url_prefix="/admin/help")
FORMS, ACTS = {"new", "edit"}, {"batches", "moving"}


def _reader() -> Reader:
    session = db.session()
    return Reader(session, actor_of(session), languages.chosen(), url_for("admin.index"))


def _may_read(actor: Actor, noun: str) -> bool:
    return noun in BY_NOUN and (allowed(actor, "list", noun) or allowed(actor, "details", noun))


@blueprint.route("/")
def index() -> ResponseReturnValue:
    """List the pages of help on the reader's screens."""
    reader = _reader()
    groups: list[dict[str, Any]] = []
    for group, screens in groupby(SCREENS, key=lambda screen: screen.group):
        pages = [
            (
                url_for(".screen", noun=each.noun),
                labels.of_noun(each.model, reader.lang),
                spoken(each.model.__purpose__),
            )
            for each in screens
            if _may_read(reader.actor, each.noun)
        ]
        if pages:
            groups.append({"label": spoken(group), "pages": pages})
    return render_template("help/index.html", groups=groups)


@blueprint.route("/<noun>")
def screen(noun: str) -> ResponseReturnValue:
    """Explain a screen."""
    if noun not in BY_NOUN:
        abort(404)
    reader = _reader()
    if not _may_read(reader.actor, noun):
        raise Forbidden(f"help {noun}")
    return render_template("help/screen.html", **help_page(reader, BY_NOUN[noun]))


@blueprint.route("/terms")
def terms() -> ResponseReturnValue:
    """Explain the words of the field and the keys that save a hand's way to the mouse."""
    return render_template("help/terms.html", terms=glossary.told(languages.chosen()), keys=glossary.keys())


def context() -> dict[str, str]:
    """Return for the layout where the page being shown is explained; nothing at the door and on the pages of help."""
    if not current_user or not current_user.is_authenticated or not current_user.is_at_desk or "without_desk" in g:
        return {}
    here = g.get("noun") or request.blueprint or ""
    return {} if here == "help" else {"help_url": address_of_help(current_user.actor, here, request.endpoint or "")}


def address_of_help(actor: Actor, noun: str, endpoint: str) -> str:
    """Return where the page that is being shown is explained, at the part that explains it."""
    if not _may_read(actor, noun):
        return url_for("help.index")
    blueprint_name, _dot, name = endpoint.partition(".")
    part = "columns" if name in FORMS else "moves" if blueprint_name in ACTS else None
    return url_for("help.screen", noun=noun, _anchor=part)
