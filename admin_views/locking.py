"""Where a node stands with its lock: the checklist before it, what is left at each node, and what a window lets one do."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from admin_views import details, lock_notes
from admin_views.batches import reader_of
from admin_views.list_page import Reader
from admin_views.listing import read_listing
from admin_views.nodes import Nodes, read_nodes
from admin_views.screens import BY_NOUN
from admin_views.sentences import spoken
from exchange import labels
from models import DelegationEdition, Edition, Role
from models.columns import columns_of
from models.delegation import BINDING
from models.figures import deadline
from models.kinds import now
from workflow import figures
from workflow.actors import Forbidden
from workflow.deadlines import last_day
from workflow.lock_checks import BELOW, BLOCKERS, WARNINGS, Item
from workflow.rights import allowed

NOUN = "delegation_edition"
blueprint = Blueprint("locking", __name__)


@blueprint.route("/admin/lock")
def own() -> ResponseReturnValue:
    """Lead to the checklist of the reader's own node, whoever sees all nodes to the table of them."""
    reader = reader_of(NOUN)
    if not allowed(reader.actor, "details", NOUN):
        raise Forbidden(f"details {NOUN}")
    row = lock_notes.settings_of(reader)
    if reader.actor.role is not Role.sub_delegation or row is None:
        return redirect(url_for("admin.index", _anchor="locking"))
    return redirect(url_for(".checklist", row_id=row.id))


@blueprint.route("/admin/delegation_edition/<int:row_id>/lock")
def checklist(row_id: int) -> str:
    """Show what blocks the lock of a node, what is only worth knowing, and what may be done now."""
    reader = reader_of(NOUN)
    if not allowed(reader.actor, "details", NOUN):
        raise Forbidden(f"details {NOUN}")
    screen = BY_NOUN[NOUN]
    row: Any = details.find(reader.session, reader.actor, screen, row_id)
    nodes = read_nodes(reader.session)
    edition = reader.session.get_one(Edition, row.edition_id)
    return render_template(
        "admin/lock.html",
        view={"title": labels.of_noun(screen.model, reader.lang), "noun": NOUN},
        title=details.title(reader, screen, row), row=row, row_id=row.id, action_url=f"{reader.base}moves",
        state=lock_notes.state(reader, row.status), moves=details.moves(reader, screen, row.id), until=_until(edition, reader.lang),
        locked_at=labels.of_value(columns_of(DelegationEdition)["locked_at"], row.locked_at, reader.lang), binds=row.status in BINDING,
        details_url=url_for(f"{NOUN}.details", row_id=row.id),
        blockers=_lines(reader, nodes, row, BLOCKERS), warnings=_lines(reader, nodes, row, WARNINGS),
    )  # fmt: skip


def _until(edition: Edition, lang: str) -> str:
    """Tell how long it is to the edition's moment."""
    if edition.lock_at is None:
        return ""
    left = (last_day(edition.lock_at) - figures.today()).days
    when = deadline(edition.lock_at, lang)
    if now() >= edition.lock_at:
        return _("本届锁定时间 %(when)s 已过", when=when)
    return _("本届将于 %(when)s 锁定，还有 %(n)s 天", when=when, n=left)


def _lines(reader: Reader, nodes: Nodes, row: Any, items: dict[str, Item]) -> list[dict[str, Any]]:
    """Count each item by the list its link leads to; what the reader may not list is left out."""
    lines = []
    for item in items.values():
        places = tuple(nodes.children.get(row.delegation_id, ())) if item.name == BELOW else (row.delegation_id,)
        if not places or not allowed(reader.actor, "list", item.noun):
            continue
        pairs = item.pairs(places)
        found = read_listing(BY_NOUN[item.noun], nodes, MultiDict(pairs)).query
        n = figures.tally(reader.session, item.model, found.conditions(reader.actor), ()).n
        url = f"{url_for(f'{item.noun}.index')}?{urlencode(pairs)}"
        lines.append({"name": item.name, "label": spoken(item.label), "mend": spoken(item.mend), "n": n, "url": url})
    return lines
