"""Long work: exports, moves and imports of many rows become jobs; below their limits the same work is done at once.

Here stand the ways to start them, and what a worker does for exports and moves (imports: ``long_import``).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import MultiDict

from admin_views import downloads, sealed_query
from admin_views.editing import files_folder
from admin_views.list_page import Reader
from admin_views.listing import read_listing
from admin_views.nodes import read_nodes
from admin_views.queueing import queue
from admin_views.screens import BY_NOUN
from admin_views.sentences import spoken
from exchange import labels, receipts
from exchange.pictures import remove_purged
from extensions import begin_writing
from models import Batch, BatchStatus, ImportJob, Job, JobState
from models.columns import model_named
from workflow import engine, jobs
from workflow.actors import Forbidden
from workflow.answers import AnswersInvalid, read_answers
from workflow.engine import AlreadyDone, Confirmed, Look
from workflow.jobs import Cancelled, Context, Kind, Refused
from workflow.ledger import CapExceeded
from workflow.quota import QuotaShort

EXPORT, CONFIRM, IMPORT = "export", "confirm", "import"
EVERY = 500  # rows between two looks at the clock


def is_long_export(rows: int) -> bool:
    """Whether a file of so many rows is made in the background."""
    return rows > int(current_app.config["LONG_EXPORT"])


def is_long_write(rows: int) -> bool:
    """Whether so many rows are written in the background."""
    return rows > int(current_app.config["LONG_WRITE"])


def start_job(
    reader: Reader, kind: str, label: str, asked: dict[str, Any], total: int, receipt: str | None = None
) -> Job:
    """Put a job down and hand it on; a second click leads to the first one's job."""
    underway = select(Job).where(Job.receipt == receipt, Job.state.in_((JobState.queued, JobState.running)))
    job = reader.session.scalars(underway).first() if receipt else None
    if job is None:
        job = jobs.ask(reader.session, reader.actor, kind, label, asked, total=total, lang=reader.lang, receipt=receipt)
        reader.session.commit()
        queue().deliver(job.ref)
    return job


def start_export(reader: Reader, ordered: downloads.Order, form: MultiDict[str, str]) -> Job:
    """Make a long export a job; that it was asked for is entered in the trail in the same transaction."""
    begin_writing()
    asked: dict[str, Any] = {name: form.get(name, "") for name in ("query", "sort", "format", "whole", "reason")}
    asked |= {"noun": ordered.screen.noun, "columns": form.getlist("columns")}
    noun = labels.of_noun(ordered.screen.model, reader.lang)
    downloads.enter(reader, ordered, in_background=True)
    return start_job(
        reader, EXPORT, _("导出%(noun)s（%(n)s 行）", noun=noun, n=f"{ordered.total:,}"), asked, ordered.total
    )


def start_confirm(
    reader: Reader, batch: Batch, look: Look, answers: dict[str, Any], shown: str, *, partly: bool
) -> Job | None:
    """Make the confirmation of a long batch a job: judged again and compared with what was ``shown`` when it runs.

    None when the numbers are other ones already; raises AnswersInvalid for what is asked and missing.
    """
    read = read_answers(receipts.about(batch)[1], answers)
    if shown != look.signature:
        return None
    engine.ask_whether_partly(look, agreed=partly)
    asked = {"ref": batch.ref, "answers": read, "signature": shown, "partly": partly}
    noun = labels.of_noun(model_named(batch.noun), reader.lang)
    label = _("%(move)s：%(noun)s %(n)s 条", move=receipts.called(batch, reader.lang), noun=noun, n=f"{look.will:,}")
    return start_job(reader, CONFIRM, label, asked, look.will, batch.ref)


def start_import(reader: Reader, upload: ImportJob, form: Mapping[str, str], rows: int) -> Job:
    """Make the commit of a long upload a job."""
    label = _("导入%(what)s（%(n)s 行）", what=upload.filename, n=f"{rows:,}")
    asked = {"noun": upload.noun, "ref": upload.ref, "form": dict(form)}
    return start_job(reader, IMPORT, label, asked, rows, upload.ref)


def _reader(context: Context) -> Reader:
    return Reader(context.session, context.actor, context.lang, "")


def _export(context: Context) -> str:
    """Write the file; what it may hold is asked again."""
    reader, form = _reader(context), context.asked
    screen = BY_NOUN[form["noun"]]
    if not downloads.may_take(reader.actor, screen.noun, form["format"]):
        raise Forbidden(f"export {screen.noun}")
    try:
        nodes = read_nodes(reader.session)
        listing = read_listing(screen, nodes, MultiDict({"sort": form["sort"]}))
        query = sealed_query.open_query(screen, reader.actor, nodes, form["query"])
        columns = downloads.chosen(screen, form["columns"])
        ordered = downloads.order(reader, screen, listing.of(query), form, columns)
    except (sealed_query.QueryLost, downloads.ExportRefused) as refused:
        raise Refused(str(refused)) from refused

    def counted(rows: Iterator[tuple[Any, ...]]) -> Iterable[tuple[Any, ...]]:
        for number, row in enumerate(rows, 1):
            if number % EVERY == 0:
                context.report(number, ordered.total)
                if context.cancelled():
                    raise Cancelled
            yield row

    with context.create() as file:
        file.writelines(downloads.pieces(context.session, context.actor, ordered, counted))
    return downloads.filename(screen, reader.lang, ordered.kind)


def _confirm(context: Context) -> str:
    """Do a previewed batch as the button would; one that is done already stays done."""
    session, asked = context.session, context.asked
    batch = session.scalar(select(Batch).where(Batch.ref == asked["ref"]))
    if batch is None:
        raise Refused(_("没有这个办理记录，或预览已过期（保留一天）；请回到列表重新选择"))
    if batch.status is not BatchStatus.previewed:
        return ""
    try:
        done = engine.confirm(
            session, context.actor, batch, asked["answers"], asked["signature"], accept_partial=asked["partly"]
        )
    except AlreadyDone:
        return ""
    except AnswersInvalid as error:
        raise Refused("；".join(map(spoken, error.errors.values()))) from error
    except (IntegrityError, CapExceeded, QuotaShort) as error:
        sentence = spoken(error.sentence) if isinstance(error, (CapExceeded, QuotaShort)) else _("数据刚刚被其他人改动")
        raise Refused(_("%(why)s；没有办理任何一条，请重新核对", why=sentence)) from error
    if not isinstance(done, Confirmed):
        raise Refused(spoken(done.sentence), keep=True)  # the numbers as they are now stand in the preview
    return ""


def clear_away(context: Context) -> None:
    """Remove the files whose rows a committed job has purged."""
    remove_purged(context.session, files_folder())


EXPORTS = Kind(name=EXPORT, label="导出", run=_export)
CONFIRMS = Kind(name=CONFIRM, label="办理", run=_confirm, writes=True, page="batches.preview", after=clear_away)
