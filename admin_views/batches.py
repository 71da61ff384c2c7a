"""From preview to receipt: one page that shows, one post that does, and what may follow (undo, retry, file)."""

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.routing import BaseConverter

from admin_views import addresses, asks, languages, long_work, preview_page, receipt_page, toast
from admin_views.editing import files_folder
from admin_views.list_page import Reader
from admin_views.sentences import spoken
from exchange import receipts
from exchange.filenames import content_disposition
from exchange.pictures import remove_purged
from extensions import db
from models import Batch, BatchStatus, Job, Outcome
from workflow import engine
from workflow.actors import Forbidden, actor_of
from workflow.answers import AnswersInvalid
from workflow.engine import AlreadyDone, Confirmed
from workflow.engine.staging import answers_of
from workflow.ledger import CapExceeded
from workflow.quota import QuotaShort
from workflow.trail import note

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BUSY_SECONDS = 5
blueprint = Blueprint("batches", __name__, url_prefix="/admin/batch")


class RefConverter(BaseConverter):
    """A batch's reference number in an address; asked before the ids of the generated pages."""

    regex = "[2-9A-Z]{10}"
    weight = 10


@blueprint.record_once
def _know_refs(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["ref"] = RefConverter


def reader_of(noun: str) -> Reader:
    """Return who asks, with the address of the noun's list; the menu shows that one as the place where the reader is."""
    session, g.noun = db.session(), noun
    return Reader(session, actor_of(session), languages.chosen(), url_for(f"{noun}.index"))


def _find(ref: str) -> Batch | None:
    found: Batch | None = db.session.scalar(
        select(Batch).where(Batch.ref == ref).execution_options(populate_existing=True)
    )
    return found


def _gone() -> NoReturn:
    """Answer alike for what never was, what is foreign and what is outdated."""
    abort(404, description=_("没有这个办理记录，或预览已过期（保留一天）；请回到列表重新选择"))


def _own(ref: str) -> Batch:
    """Return the reader's own batch: nobody confirms what another account has looked at."""
    batch = _find(ref)
    actor = actor_of(db.session())
    if batch is None or batch.account_id != actor.account_id:
        _gone()
    _machine, move = receipts.about(batch)
    if batch.status is BatchStatus.previewed and (move.hidden or actor.role not in move.who):
        raise Forbidden(batch.move)
    return batch


def readable(ref: str) -> tuple[Reader, Batch]:
    """Return a finished batch that the reader may read."""
    batch = _find(ref)
    if batch is None or batch.status is BatchStatus.previewed:
        _gone()
    reader = reader_of(batch.noun)
    if not receipt_page.may_read(reader, batch):
        _gone()
    return reader, batch


def _to_receipt(batch: Batch, back: str = "") -> Response:
    return make_response(redirect(url_for(".receipt", ref=batch.ref, back=back or None), 303))


def _to_job(job: Job) -> ResponseReturnValue:
    return redirect(url_for("jobs.show", ref=job.ref), 303)


@blueprint.route("/<ref:ref>")
def preview(ref: str) -> ResponseReturnValue:
    """Show what a batch will do; one that is done shows its receipt."""
    batch = _own(ref)
    if batch.status is not BatchStatus.previewed:
        return _to_receipt(batch)
    look = engine.look(db.session(), batch)
    form = preview_page.form_of(receipts.about(batch)[1], batch, look)
    form["back"].data = addresses.inside(request.args.get("back"))
    return _page(batch, look, form, "")


def _page(batch: Batch, look: engine.Look, form: FlaskForm, notice: str, status: int = 200) -> Response:
    form["signature"].data = look.signature
    form["back"].data = addresses.inside(form["back"].data)
    words = preview_page.preview_page(reader_of(batch.noun), batch, look, form)
    return make_response(render_template("admin/preview.html", notice=notice, **words), status)


@blueprint.route("/<ref:ref>/preview", methods=["POST"])
def refresh(ref: str) -> ResponseReturnValue:
    """Judge the batch again with the answers now given."""
    return _safely(ref, lambda batch: _judged(batch, "", 200))


@blueprint.route("/<ref:ref>/confirm", methods=["POST"])
def confirm(ref: str) -> ResponseReturnValue:
    """Do what was shown; a second click shows the receipt of the first."""
    return _safely(ref, _confirmed)


def _confirmed(batch: Batch) -> ResponseReturnValue:
    session, move = db.session(), receipts.about(batch)[1]
    look = engine.look(session, batch)
    form = preview_page.form_of(move, batch, look)
    try:
        answers = asks.answers(session, move, form)
        if _decides_anew(batch, answers):
            return _judged(batch, _("填写内容已变，以下是重新核对的结果，请核对后再确认"), 409)
        preview_page.check_typed(form, preview_page.must_type(move, look))
        partly = bool("accept_partial" in form and form["accept_partial"].data)
        if long_work.is_long_write(look.will):
            shown = form["signature"].data or ""
            job = long_work.start_confirm(reader_of(batch.noun), batch, look, answers, shown, partly=partly)
            return _judged(batch, spoken(engine.MOVED_ON), 409) if job is None else _to_job(job)
        done = engine.confirm(
            session, actor_of(session), batch, answers, form["signature"].data or "", accept_partial=partly
        )
    except AnswersInvalid as error:
        return _with_errors(batch.ref, error)
    if not isinstance(done, Confirmed):
        session.commit()
        return _judged(batch, spoken(done.sentence), 409)
    session.commit()
    remove_purged(session, files_folder())
    toast.offer(actor_of(session), batch)
    return _to_receipt(batch, addresses.inside(form["back"].data))


def _decides_anew(batch: Batch, answers: dict[str, Any]) -> bool:
    """Whether an answer that changes what is possible differs from those the page was shown for; 200 is 200.00."""
    shown, move = preview_page.asked(batch), receipts.about(batch)[1]
    read = answers_of(move, answers, strict=False)
    return any(str(read.get(ask.name) or "") != str(shown.get(ask.name) or "") for ask in asks.deciding(move))


def _judged(batch: Batch, notice: str, status: int) -> ResponseReturnValue:
    """Judge the batch with the request's answers, keep that, and show the page with them."""
    session, move = db.session(), receipts.about(batch)[1]
    form = asks.make(move, preview_page.asked(batch))
    try:
        engine.judge(session, actor_of(session), batch, asks.answers(session, move, form))
    except AnswersInvalid as error:
        return _with_errors(batch.ref, error)
    look = engine.look(session, batch)
    session.commit()
    form = preview_page.form_of(move, batch, look)
    for name in ("accept_partial", "confirm_typed"):  # agreed to and typed for other numbers
        if name in form:
            form[name].data = None
    return _page(batch, look, form, notice, status)


def _with_errors(ref: str, error: AnswersInvalid) -> ResponseReturnValue:
    """Show the page as it was, with what is wrong at its field and the answers kept; nothing was done."""
    db.session.rollback()
    batch = _own(ref)
    look = engine.look(db.session(), batch)
    form = preview_page.form_of(receipts.about(batch)[1], batch, look)
    asks.show_errors(form, error.errors)
    return _page(batch, look, form, "", 422)


def _safely(ref: str, work: Callable[[Batch], ResponseReturnValue]) -> ResponseReturnValue:
    """Run a writing step; whatever the database refuses ends in the preview with a sentence and nothing done."""
    session, back = db.session(), addresses.inside(request.form.get("back"))
    try:
        batch = _own(ref)
        return work(batch) if batch.status is BatchStatus.previewed else _to_receipt(batch, back)
    except AlreadyDone:
        session.rollback()
        return _to_receipt(_own(ref), back)
    except (IntegrityError, CapExceeded, QuotaShort) as error:
        session.rollback()
        current_app.logger.warning("batch refused", extra={"facts": {"batch": ref, "error": type(error).__name__}})
        sentence = spoken(error.sentence) if isinstance(error, (CapExceeded, QuotaShort)) else _("数据刚刚被其他人改动")
        return _judged(_own(ref), _("%(why)s；没有办理任何一条，以下是重新核对的结果", why=sentence), 409)
    except OperationalError as error:
        session.rollback()
        current_app.logger.warning("batch waits", exc_info=error)
        return _busy(ref)


def _busy(ref: str) -> ResponseReturnValue:
    """Show the page as it was: somebody else is writing, and reading waits for nobody."""
    db.session.info["read_only"] = True
    batch = _own(ref)
    look = engine.look(db.session(), batch)
    form = preview_page.form_of(receipts.about(batch)[1], batch, look)
    answer = _page(batch, look, form, _("系统正忙，没有办理任何一条；请稍候再次确认"), 503)
    answer.headers["Retry-After"] = str(BUSY_SECONDS)
    return answer


@blueprint.route("/<ref:ref>/receipt")
def receipt(ref: str) -> ResponseReturnValue:
    """Show what became of every row."""
    reader, batch = readable(ref)
    wanted = request.args.get("outcome", "")
    outcome = Outcome[wanted] if wanted in Outcome.__members__ else None
    back = addresses.inside(request.args.get("back"))
    return render_template("admin/receipt.html", **receipt_page.receipt_page(reader, batch, outcome, back))


@blueprint.route("/<ref:ref>/undo", methods=["POST"])
def undo(ref: str) -> ResponseReturnValue:
    """Put back what nobody touched since; undoing twice shows the first one's receipt."""
    reader, batch = readable(ref)
    session = reader.session
    toast.withdraw()
    session.scalar(
        select(Batch).where(Batch.id == batch.id).with_for_update().execution_options(populate_existing=True)
    )
    if batch.status is BatchStatus.undone:
        back = session.scalars(select(Batch).where(Batch.undoes_id == batch.id)).first()
        return _to_receipt(back or batch)
    if closed := engine.undo_closed(reader.actor, batch):
        flash(spoken(closed), "error")
        return _to_receipt(batch)
    undone = engine.undo(session, reader.actor, batch)
    session.commit()
    return _to_receipt(undone)


@blueprint.route("/<ref:ref>/retry", methods=["POST"])
def retry(ref: str) -> ResponseReturnValue:
    """Choose the rows that were left undone again: a new preview with the same answers."""
    reader, batch = readable(ref)
    if not receipt_page.may_retry(reader, batch):
        raise Forbidden(batch.move)
    session = reader.session
    again = engine.preview(
        session, reader.actor, batch.noun, batch.move, engine.retry_selection(session, batch), preview_page.asked(batch)
    )
    session.commit()
    return redirect(url_for(".preview", ref=again.ref), 303)


@blueprint.route("/<ref:ref>/receipt.xlsx", methods=["POST"])
def download(ref: str) -> ResponseReturnValue:
    """Send the receipt as a workbook; that it left is entered in the trail first."""
    reader, batch = readable(ref)
    note(reader.session, "batch.export", "batch", batch.id, batch.ref, {"行数": batch.chosen})
    reader.session.commit()
    label = receipts.called(batch, reader.lang)
    answer = Response(stream_with_context(_stream(reader, batch.id)), mimetype=XLSX)
    answer.headers["Content-Disposition"] = content_disposition(f"{receipts.SHEET[reader.lang]}_{label}_{ref}.xlsx")
    return answer


def _stream(reader: Reader, batch_id: int) -> Iterator[bytes]:
    """Yield the file from a reading session of its own, which lives as long as the download."""
    with db.session.session_factory(info={"actor": reader.actor, "read_only": True}) as session:
        batch = session.scalars(select(Batch).where(Batch.id == batch_id)).one()
        yield from receipts.receipt_xlsx(session, batch, reader.lang, spoken)
