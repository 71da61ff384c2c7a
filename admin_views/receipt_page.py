"""The receipt page: what became of every row, what else changed along, and what may be done about it."""

from typing import Any
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from admin_views import addresses, stored
from admin_views.list_page import Reader
from admin_views.listing import standing
from admin_views.preview_page import asked
from admin_views.screens import BY_NOUN
from admin_views.sentences import spoken
from exchange import badges, labels, receipts
from exchange.names import names_of
from exchange.receipts import Line
from models import Batch, BatchRow, BatchStatus, Outcome, figures
from models.columns import attribute, model_named
from workflow import engine
from workflow.rights import allowed

# Batches whose badges or labels may be fetched, by noun.
PRINTING = {"certificate": ("print_badges", "reprint_badges"), "parcel": ("print_labels",)}
CLOSED = (Outcome.done, Outcome.refused, Outcome.undone)


def may_print(reader: Reader, batch: Batch) -> bool:
    """Whether the batch has badges or labels that the reader may fetch."""
    if batch.move not in PRINTING.get(batch.noun, ()) or batch.status is not BatchStatus.done:
        return False
    return bool(batch.done) and reader.actor.role in receipts.about(batch)[1].who


def may_retry(reader: Reader, batch: Batch) -> bool:
    """Whether the reader may choose the rows that were left undone again."""
    _machine, move = receipts.about(batch)
    open_to = reader.actor.role in move.who and not move.hidden and batch.undoes_id is None
    return open_to and batch.refused > 0 and batch.status is BatchStatus.done


def receipt_page(reader: Reader, batch: Batch, outcome: Outcome | None, back: str) -> dict[str, Any]:
    """Return the template's words; a constant number of statements for any number of rows."""
    base = url_for("batches.receipt", ref=batch.ref)
    counts = _counts(reader, batch)
    total = counts.get(outcome, 0) if outcome else sum(counts.values())
    pager = addresses.pager(base, total, outcome=outcome.value if outcome else "", back=back)
    offset = (pager["page"] - 1) * pager["page_size"]
    lines = receipts.lines(reader.session, batch, reader.lang, outcome, offset, pager["page_size"])
    links = _links(reader, batch, lines)
    return {
        "batch": _batch(reader, batch),
        "counts": [
            _count(reader, base, found, counts, back, outcome) for found in (None, *CLOSED) if _told(found, counts)
        ],
        "asked": _asked(reader, batch),
        "children": _family(reader, batch),
        "rows": [_row(reader, line, links) for line in lines],
        "pager": pager if total > addresses.SIZES[0] else None,
        "back_url": back or url_for(f"{batch.noun}.index"),
    }


def _batch(reader: Reader, batch: Batch) -> dict[str, Any]:
    closed = engine.undo_closed(reader.actor, batch)
    first = batch.undoes_id is None and batch.parent_id is None
    machine, move = receipts.about(batch)
    by = names_of(reader.session, "account", [batch.account_id]).get(batch.account_id or 0, "")
    return {
        "ref": batch.ref,
        "noun": batch.noun,
        "move_label": receipts.called(batch, reader.lang),
        "noun_label": labels.of_noun(model_named(batch.noun), reader.lang),
        "source_label": stored.said(batch.source),
        "tells_names": stored.names_rows(move, machine),
        "actor_name": by,
        "at": figures.moment(batch.done_at or batch.created_at, reader.lang),
        "undo_url": "" if closed else url_for("batches.undo", ref=batch.ref),
        "undo_reason_closed": spoken(closed) if closed and first else "",
        "retry_url": url_for("batches.retry", ref=batch.ref) if may_retry(reader, batch) else "",
        "prints": _prints(batch) if may_print(reader, batch) else [],
        "left_out": _left_out(reader, batch) if may_print(reader, batch) else "",
        "download_url": url_for("batches.download", ref=batch.ref),
    }


def _prints(batch: Batch) -> list[tuple[str, str, str]]:
    """Return the files to print: address, layout, words."""
    if batch.noun == "parcel":
        return [(url_for("printing.labels_file", ref=batch.ref), "", _("面单 PDF（A4 每页八张）"))]
    url = url_for("printing.badges_file", ref=batch.ref)
    return [(url, "one", _("证件 PDF（每页一张）")), (url, "four", _("A4 拼版（每页四张）"))]


def _left_out(reader: Reader, batch: Batch) -> str:
    """Return why some of the batch's badges are not in its file any more."""
    n = badges.left_out(reader.session, batch) if batch.noun == "certificate" else 0
    return _("其中 %(n)s 张证件已失效或挂失，不再打印；新证件请另行办理“打印证件”", n=f"{n:,}") if n else ""


def _counts(reader: Reader, batch: Batch) -> dict[Outcome, int]:
    rows = select(BatchRow.outcome, func.count()).where(BatchRow.batch_id == batch.id).group_by(BatchRow.outcome)
    return {row[0]: row[1] for row in reader.session.execute(rows)}


def _told(outcome: Outcome | None, counts: dict[Outcome, int]) -> bool:
    return outcome in (None, Outcome.done, Outcome.refused) or outcome in counts


def _count(
    reader: Reader, base: str, outcome: Outcome | None, counts: dict[Outcome, int], back: str, chosen: Outcome | None
) -> tuple[str, int, str, str, bool]:
    """Return one figure: label, count, tone, the address that shows these rows, and whether it is the one shown."""
    kept = {name: value for name, value in (("outcome", outcome), ("back", back)) if value}
    label = labels.of_member(outcome, reader.lang) if outcome else _("全部")
    number = counts.get(outcome, 0) if outcome else sum(counts.values())
    tone = outcome.tone if outcome and number else "muted"
    return label, number, tone, f"{base}?{urlencode(kept)}" if kept else base, outcome is chosen


def _asked(reader: Reader, batch: Batch) -> list[tuple[str, str]]:
    """Return what was filled in beside the move."""
    _machine, move = receipts.about(batch)
    given, told = asked(batch), []
    for ask in move.asks:
        value = given.get(ask.name)
        if value in (None, "", False):
            continue
        if ask.kind == "delegation":
            value = names_of(reader.session, "delegation", [int(value)]).get(int(value), "")
        elif ask.kind == "moment":
            value = figures.respelt(value, reader.lang)
        elif ask.kind == "bool":
            value = labels.of_bool(value, reader.lang)
        told.append(
            (spoken(ask.label), spoken(dict(ask.choices).get(value, value)) if ask.kind == "choice" else str(value))
        )
    return told


def _family(reader: Reader, batch: Batch) -> list[tuple[str, int, str]]:
    """Return the batches that belong to this one: what it entailed, what it undid, what undid it, what entailed it."""
    near = [Batch.parent_id == batch.id, Batch.id.in_((batch.parent_id or 0, batch.undoes_id or 0))]
    if batch.status is BatchStatus.undone:
        near.append(Batch.undoes_id == batch.id)
    told = select(Batch).where(or_(*near), Batch.status != BatchStatus.previewed)
    found = reader.session.scalars(told.order_by(Batch.id))
    return [(_relation(reader, batch, other), other.done, _address(reader, other)) for other in found]


def _relation(reader: Reader, batch: Batch, other: Batch) -> str:
    noun, label = labels.of_noun(model_named(other.noun), reader.lang), receipts.called(other, reader.lang)
    if other.id == batch.parent_id:
        return _("所属：%(noun)s%(what)s", noun=noun, what=label)
    if other.id == batch.undoes_id:
        return _("原办理记录：%(noun)s%(what)s", noun=noun, what=label)
    return _("%(noun)s：%(what)s", noun=noun, what=label)


def may_read(reader: Reader, batch: Batch) -> bool:
    """Whether a batch in the reader's scope may be read: one's own always, else with the rights for it."""
    if batch.account_id == reader.actor.account_id:
        return True
    return allowed(reader.actor, "export", "batch") and allowed(reader.actor, "list", batch.noun)


def _address(reader: Reader, batch: Batch) -> str:
    return url_for("batches.receipt", ref=batch.ref) if may_read(reader, batch) else ""


def _links(reader: Reader, batch: Batch, lines: list[Line]) -> dict[int, str]:
    """Return the details pages of those rows that the reader still sees."""
    if not allowed(reader.actor, "details", batch.noun):
        return {}
    screen = BY_NOUN[batch.noun]
    key = attribute(screen.model, "id")
    ids = [line.object_id for line in lines]
    seen = reader.session.scalars(select(key).where(key.in_(ids), *standing(screen, reader.actor)))
    return {number: url_for(f"{batch.noun}.details", row_id=number) for number in seen}


def _row(reader: Reader, line: Line, links: dict[int, str]) -> dict[str, Any]:
    return {
        "title": line.title, "subtitle": line.unit or line.ref, "url": links.get(line.object_id, ""),
        "outcome_label": labels.of_member(line.outcome, reader.lang), "outcome_tone": line.outcome.tone,
        "before": line.before, "after": line.after, "reason": spoken(line.reason),
    }  # fmt: skip
