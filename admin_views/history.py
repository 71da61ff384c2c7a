"""The history page of one row: who did what, when, and what it was before."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_views import addresses, details
from admin_views.batches import reader_of
from admin_views.list_page import Reader
from admin_views.receipt_page import may_read
from admin_views.screens import BY_NOUN
from exchange import labels
from models import Batch, BatchStatus, figures
from workflow import history
from workflow.actors import Forbidden
from workflow.history import Entry
from workflow.rights import allowed

blueprint = Blueprint("history", __name__)


@blueprint.route("/admin/<noun>/<int:row_id>/history")
def story(noun: str, row_id: int) -> ResponseReturnValue:
    """Tell the story of a row of the reader's scope; a foreign one and a missing one are the same 404."""
    if noun not in BY_NOUN:
        abort(404)
    reader = reader_of(noun)
    if not allowed(reader.actor, "details", noun):
        raise Forbidden(f"details {noun}")
    row = details.find(reader.session, reader.actor, BY_NOUN[noun], row_id)
    total = history.size(reader.session, noun, row_id)
    pager = addresses.pager(request.path, total)
    offset = (pager["page"] - 1) * pager["page_size"]
    entries = history.of(reader.session, noun, row_id, lang=reader.lang, offset=offset, limit=pager["page_size"])
    links = _receipts(reader, entries)
    return render_template(
        "admin/history.html",
        title=details.title(reader, BY_NOUN[noun], row),
        view={"title": labels.of_noun(BY_NOUN[noun].model, reader.lang)},
        back_url=url_for(f"{noun}.details", row_id=row_id),
        entries=[_told(entry, links, reader.lang) for entry in entries],
        pager=pager if total > pager["page_size"] else None,
    )


def _receipts(reader: Reader, entries: list[Entry]) -> dict[str, str]:
    """Return the receipts, by their reference, that the reader may open."""
    refs = {entry.batch_ref for entry in entries if entry.batch_ref}
    found = reader.session.scalars(select(Batch).where(Batch.ref.in_(refs), Batch.status != BatchStatus.previewed))
    return {batch.ref: url_for("batches.receipt", ref=batch.ref) for batch in found if may_read(reader, batch)}


def _told(entry: Entry, links: dict[str, str], lang: str) -> dict[str, Any]:
    return {
        "at": figures.moment(entry.at, lang, seconds=True), "actor": entry.actor, "role": entry.role,
        "label": entry.action_label, "tone": entry.tone, "changes": entry.changes, "reason": entry.reason,
        "batch_url": links.get(entry.batch_ref or "", ""),
    }  # fmt: skip
