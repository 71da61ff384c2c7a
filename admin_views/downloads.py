"""Exports: what the list shows, as a file; entered in the audit trail before the first row leaves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Response, stream_with_context
from flask_babel import gettext as _

from admin_views import paging
from admin_views.filter_page import said_query
from admin_views.list_page import EXPORTS, Reader
from admin_views.listing import Listing
from admin_views.screen import Screen
from admin_views.sentences import spoken
from exchange import decision_book, export, labels
from exchange import decision_words as say
from exchange.csv_writer import stream_csv
from exchange.decision_sheet import MOST_ROWS, decidable
from exchange.filenames import content_disposition
from exchange.xlsx_writer import stream_xlsx
from extensions import begin_writing, db
from models.columns import SHANGHAI, Column
from models.kinds import now
from workflow.actors import Actor, Forbidden
from workflow.rights import allowed
from workflow.trail import note

DECISIONS = "decisions"
LEAST_REASON = 2
MOST_REASON = 200
KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    DECISIONS: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def may_take(actor: Actor, noun: str, kind: str) -> bool:
    """Whether the role may take the list away as this kind of file."""
    return bool(decidable(actor, noun)) if kind == DECISIONS else allowed(actor, "export", noun)


class ExportRefused(Exception):
    """The export was not asked for in full; the message is one sentence."""


def choices(screen: Screen, lang: str, shown: Sequence[Column]) -> list[tuple[str, str, bool]]:
    """Return the columns that may be exported: key, label, and whether the list shows it."""
    listed = {column.key for column in shown}
    return [(c.key, labels.of_column(c, lang), c.key in listed) for c in export.exportable(screen.model)]


def panel(reader: Reader, screen: Screen, listing: Listing, shown: Sequence[Column], *, opened: bool) -> dict[str, Any]:
    """Return the words of the export panel, or only the address that opens it; nothing without the right."""
    formats = [("Excel (xlsx)", "xlsx"), ("CSV", "csv")] if allowed(reader.actor, "export", screen.noun) else []
    if decidable(reader.actor, screen.noun):
        formats.append((_("离线审核表"), DECISIONS))
    if not formats:
        return {}
    if not opened:
        return {"open_url": listing.address(reader.base, panel=EXPORTS)}
    return {
        "url": f"{reader.base}export",
        "sort": ("-" if listing.descending else "") + listing.sort,
        "columns": choices(screen, reader.lang, shown),
        "may_be_whole": may_be_whole(reader, screen),
        "formats": formats,
    }


def may_be_whole(reader: Reader, screen: Screen) -> bool:
    """Whether the reader may ask for numbers in full."""
    may_export = allowed(reader.actor, "export", screen.noun)
    sealed = may_export and any(column.kind == "sealed" for column in export.exportable(screen.model))
    return sealed and allowed(reader.actor, "reveal", screen.noun)


def chosen(screen: Screen, keys: Sequence[str]) -> tuple[Column, ...]:
    """Return the chosen columns in the model's order; raise ExportRefused when there is none."""
    wanted = set(keys)
    found = tuple(column for column in export.exportable(screen.model) if column.key in wanted)
    if not found:
        raise ExportRefused(_("请至少选择一列再导出"))
    return found


def download(
    reader: Reader, screen: Screen, listing: Listing, form: Mapping[str, str], columns: tuple[Column, ...]
) -> Response:
    """Enter the export in the trail, then stream it. Raises ExportRefused, Forbidden."""
    kind = form.get("format", "")
    if kind not in KINDS:
        raise ExportRefused(_("请选择导出为 Excel 还是 CSV"))
    # A table that comes back is kept for a day: it never carries numbers in full.
    whole, reason = (False, None) if kind == DECISIONS else _whole(reader.actor, screen, form)
    conditions = listing.query.conditions(reader.actor)
    nodes = paging.read_apart(listing, reader.actor)
    asked = export.Export(
        screen.model, columns, conditions, paging.order_of(listing), reader.lang, whole_numbers=whole,
        nodes=nodes, newest=listing.sort if nodes and listing.by_default else "",
    )  # fmt: skip
    total, _capped = paging.count(reader.session, listing, conditions)
    if kind == DECISIONS and total > MOST_ROWS:
        raise ExportRefused(spoken(say.TOO_MANY.format(most=MOST_ROWS)))
    told = {
        "筛选": said_query(reader, listing.query), "列": "、".join(column.label for column in columns), "行数": total,
        "格式": kind, "完整号码": whole,
    }  # fmt: skip
    begin_writing()
    note(reader.session, f"{screen.noun}.export", screen.noun, changes=told, reason=reason)
    reader.session.commit()
    answer = Response(stream_with_context(_stream(kind, asked, reader)), mimetype=KINDS[kind])
    name = filename(screen, reader.lang, kind)
    answer.headers["Content-Disposition"] = content_disposition(name)
    return answer


def _whole(actor: Actor, screen: Screen, form: Mapping[str, str]) -> tuple[bool, str | None]:
    """Whether numbers leave in full, and why; raise Forbidden without the right, ExportRefused without a reason."""
    if not form.get("whole"):
        return False, None
    if not allowed(actor, "reveal", screen.noun):
        raise Forbidden
    reason = form.get("reason", "").strip()
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        raise ExportRefused(_("导出完整号码须填写事由（%(a)s 至 %(b)s 个字）", a=LEAST_REASON, b=MOST_REASON))
    return True, reason


def filename(screen: Screen, lang: str, kind: str) -> str:
    """Return the file's name: the noun, the day and the minute, as in 人员_2024-10-08_1432.xlsx."""
    moment: datetime = now().astimezone(SHANGHAI)
    noun, ending = labels.of_noun(screen.model, lang), kind
    if kind == DECISIONS:
        noun, ending = f"{noun}_{_('离线审核表')}", "xlsx"
    return f"{noun}_{moment:%Y-%m-%d_%H%M}.{ending}"


def _stream(kind: str, asked: export.Export, reader: Reader) -> Iterator[bytes]:
    """Yield the file from a reading session of its own, which lives as long as the download."""
    actor, request_id = reader.actor, reader.session.info.get("request_id")
    with db.session.session_factory(info={"actor": actor, "read_only": True, "request_id": request_id}) as session:
        if kind == DECISIONS:
            yield from decision_book.stream(session, actor, asked, spoken)
        else:
            writer: Callable[..., Iterator[bytes]] = stream_xlsx if kind == "xlsx" else stream_csv
            yield from writer(asked.header, export.rows(session, asked))
