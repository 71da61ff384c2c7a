"""Exports: what the list shows, as a file; entered in the audit trail before the first row leaves."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, current_app, stream_with_context
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from admin_views import paging
from admin_views.filter_page import said_query
from admin_views.list_page import EXPORTS, Reader
from admin_views.listing import Listing
from admin_views.screen import Screen
from admin_views.sentences import spoken
from exchange import decision_book, export, labels, mailing_list
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
MAILING = "mailing"
LEAST_REASON = 2
MOST_REASON = 200
BYTES_OF_CELL = 6
Through = Callable[[Iterator[tuple[Any, ...]]], Iterable[tuple[Any, ...]]]
KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    DECISIONS: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    MAILING: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BOOKS = {DECISIONS: "离线审核表", MAILING: "邮寄清单"}  # workbooks with columns of their own


def may_take(actor: Actor, noun: str, kind: str) -> bool:
    """Whether the role may take the list away as this kind of file."""
    if kind == MAILING:
        return noun == "parcel" and allowed(actor, "export", noun) and allowed(actor, "reveal", noun)
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
    if may_take(reader.actor, screen.noun, MAILING):
        formats.append((_("邮寄清单"), MAILING))
    if not formats:
        return {}
    if not opened:
        return {"open_url": listing.address(reader.base, panel=EXPORTS)}
    total, _capped = paging.count(reader.session, listing, listing.query.conditions(reader.actor))
    return {
        "long": said_size(screen, total) if total > current_app.config["LONG_EXPORT"] else "",
        "url": f"{reader.base}export",
        "sort": ("-" if listing.descending else "") + listing.sort,
        "columns": choices(screen, reader.lang, shown),
        "may_be_whole": may_be_whole(reader, screen),
        "formats": formats,
    }


def said_size(screen: Screen, rows: int) -> str:
    """Say how long a file of the list's own columns becomes; a cell takes about six bytes, packed."""
    size = max(1, round(rows * len(screen.listed) * BYTES_OF_CELL / 1e6))
    return _("共 %(n)s 行，约 %(size)s MB：将在后台生成，可先做别的事", n=f"{rows:,}", size=size)


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


@dataclass(frozen=True)
class Order:
    """A file that was asked for: what it holds, in which format, how many rows, and what the trail says of it."""

    screen: Screen
    kind: str
    asked: export.Export
    total: int
    told: dict[str, Any]
    reason: str | None


def order(
    reader: Reader, screen: Screen, listing: Listing, form: Mapping[str, str], columns: tuple[Column, ...]
) -> Order:
    """Read what is asked for, and count it. Raises ExportRefused, Forbidden."""
    kind = form.get("format", "")
    if kind not in KINDS:
        raise ExportRefused(_("请选择导出为 Excel 还是 CSV"))
    if kind == DECISIONS and form.get("whole"):  # it comes back, and is kept for a day
        raise ExportRefused(_("离线审核表始终脱敏：请取消“导出完整号码”后再导出"))
    if kind == MAILING and not form.get("whole"):  # a courier dials the number
        raise ExportRefused(_("邮寄清单含完整收件手机：请勾选“导出完整号码”并填写事由后再导出"))
    whole, reason = _whole(reader.actor, screen, form)
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
    return Order(screen, kind, asked, total, told, reason)


def enter(reader: Reader, ordered: Order, *, in_background: bool = False) -> None:
    """Enter the export in the trail; the caller commits before the first row leaves."""
    noun = ordered.screen.noun
    told = {**ordered.told, "后台": True} if in_background else ordered.told
    note(reader.session, f"{noun}.export", noun, changes=told, reason=ordered.reason)


def send(reader: Reader, ordered: Order) -> Response:
    """Enter the export in the trail, then stream it."""
    begin_writing()
    enter(reader, ordered)
    reader.session.commit()
    answer = Response(stream_with_context(_stream(reader, ordered)), mimetype=KINDS[ordered.kind])
    answer.headers["Content-Disposition"] = content_disposition(filename(ordered.screen, reader.lang, ordered.kind))
    return answer


def pieces(session: Session, actor: Actor, ordered: Order, through: Through = iter) -> Iterator[bytes]:
    """Yield the file; its rows pass ``through`` whoever counts them, save those of a decision workbook."""
    if ordered.kind == DECISIONS:
        yield from decision_book.stream(session, actor, ordered.asked, spoken)
        return
    if ordered.kind == MAILING:
        yield from mailing_list.stream(session, ordered.asked)
        return
    writer: Callable[..., Iterator[bytes]] = stream_xlsx if ordered.kind == "xlsx" else stream_csv
    yield from writer(ordered.asked.header, through(export.rows(session, ordered.asked)))


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
    if kind in BOOKS:
        noun, ending = f"{noun}_{spoken(BOOKS[kind])}", "xlsx"
    return f"{noun}_{moment:%Y-%m-%d_%H%M}.{ending}"


def _stream(reader: Reader, ordered: Order) -> Iterator[bytes]:
    """Yield the file from a reading session of its own, which lives as long as the download."""
    actor, request_id = reader.actor, reader.session.info.get("request_id")
    with db.session.session_factory(info={"actor": actor, "read_only": True, "request_id": request_id}) as session:
        yield from pieces(session, actor, ordered)
