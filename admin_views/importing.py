"""Importing by table, one set of pages for every kind: upload, preview with every error at once, commit, the table back."""

import json
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import defer
from werkzeug.datastructures import MultiDict
from wtforms import RadioField

from admin_views import asks, long_work
from admin_views.batches import BUSY_SECONDS, XLSX, reader_of
from admin_views.editing import files_folder
from admin_views.fields import Wanted
from admin_views.import_kind import Download, Kind
from admin_views.import_kinds import KINDS
from admin_views.import_telling import few, moves, said
from admin_views.list_page import Reader
from admin_views.sentences import spoken
from exchange import importing
from exchange.filenames import content_disposition
from exchange.importing import CHANGED, Planned, Refused
from exchange.pictures import remove_purged
from exchange.sheet_source import SheetError
from extensions import begin_writing
from models import ImportJob, ImportStatus
from workflow.actors import Forbidden
from workflow.answers import AnswersInvalid
from workflow.ledger import CapExceeded
from workflow.quota import QuotaShort

blueprint = Blueprint("importing", __name__, url_prefix="/admin/<noun>/import")


def _of(reader: Reader, noun: str) -> list[Kind]:
    """Return the kinds of tables that the reader may import into a noun."""
    return [kind for kind in KINDS.values() if kind.noun == noun and kind.may(reader.actor)]


def panel(reader: Reader, noun: str) -> dict[str, Any] | None:
    """Return what a noun's list needs to take a table in, where the reader may: its first kind."""
    kind = next(iter(_of(reader, noun)), None)
    if kind is None:
        return None
    return {"say": kind.words(), "form": _upload_form(kind, reader), "url": url_for("importing.upload", noun=kind.word)}


def links(reader: Reader, noun: str) -> list[tuple[str, str, str]]:
    """Return the ways to a noun's further kinds, with an icon."""
    kinds = _of(reader, noun)[1:]
    return [(kind.words().link, url_for("importing.upload", noun=kind.word), "upload") for kind in kinds]


def _kind(noun: str) -> tuple[Kind, Reader]:
    if noun not in KINDS:
        abort(404)
    kind, reader = KINDS[noun], reader_of(KINDS[noun].noun)
    if not kind.may(reader.actor):
        raise Forbidden(f"import {noun}")
    return kind, reader


def _upload_form(kind: Kind, reader: Reader) -> FlaskForm:
    words, beside = kind.words(), kind.fields(reader)  # made first, they stand first: choosing a file may send the form
    file = FileField(words.file, [Wanted()], description=words.limits, render_kw={"accept": kind.accept})
    return type("UploadForm", (FlaskForm,), {**beside, "file": file})()


@blueprint.route("", methods=["GET"])
def upload(noun: str) -> ResponseReturnValue:
    """Show template, instructions and the field for the file."""
    kind, reader = _kind(noun)
    return _upload_page(kind, _upload_form(kind, reader))


def _upload_page(kind: Kind, form: FlaskForm, status: int = 200) -> ResponseReturnValue:
    cancel_url = url_for(f"{kind.noun}.index")
    return render_template("admin/import.html", say=kind.words(), form=form, cancel_url=cancel_url), status


@blueprint.route("", methods=["POST"])
def receive(noun: str) -> ResponseReturnValue:
    """Read the file and keep its preview; nothing of it is written."""
    kind, reader = _kind(noun)
    reader.session.info["read_only"] = True  # a long file is read while others write
    form = _upload_form(kind, reader)
    file = form["file"].data
    if not file or not file.filename:
        form["file"].errors = [_("请选择要上传的文件")]
        return _upload_page(kind, form, 422)
    with file.stream:
        data = file.read()
    try:
        planned = kind.plan(reader, data, file.filename, form)
    except (SheetError, ValueError) as error:
        form["file"].errors = [spoken(str(error))]
        return _upload_page(kind, form, 422)
    except AnswersInvalid as error:
        asks.show_errors(form, error.errors)
        return _upload_page(kind, form, 422)
    except (OperationalError, IntegrityError, CapExceeded, QuotaShort) as error:
        return _busy(reader, kind, form, error)
    return _keep(reader, kind, planned)


def _busy(reader: Reader, kind: Kind, form: FlaskForm, error: Exception) -> ResponseReturnValue:
    """Somebody else is writing the same rows: nothing is lost but the wait."""
    reader.session.rollback()
    reader.session.info["read_only"] = True
    current_app.logger.warning("import waits", exc_info=error)
    form["file"].errors = [_("系统正忙，文件没有读取；请稍候再次上传")]
    answer = make_response(_upload_page(kind, form, 503))
    answer.headers["Retry-After"] = str(BUSY_SECONDS)
    return answer


def _keep(reader: Reader, kind: Kind, planned: Planned) -> ResponseReturnValue:
    begin_writing()
    job = importing.keep(reader.session, reader.actor, kind.word, planned)
    reader.session.commit()
    return redirect(url_for(".preview", noun=kind.word, ref=job.ref), 303)


def _own(reader: Reader, noun: str, ref: str) -> ImportJob:
    """Return the reader's own upload; any other is the same 404 as none."""
    mine = select(ImportJob).where(ImportJob.ref == ref, ImportJob.account_id == reader.actor.account_id)
    job = reader.session.scalar(mine.where(ImportJob.noun == noun).options(defer(ImportJob.content)))
    if job is None:
        abort(404, description=_("没有这次上传，或已被您后来的上传取代；请重新上传"))
    return job


@blueprint.route("/<ref:ref>", methods=["GET"])
def preview(noun: str, ref: str) -> ResponseReturnValue:
    """Show what the upload will do, or has done."""
    kind, reader = _kind(noun)
    job = _own(reader, noun, ref)
    return _preview_page(kind, job, commit_form(kind, json.loads(job.shown)))


def commit_form(kind: Kind, shown: dict[str, Any], filled: MultiDict[str, str] | None = None) -> FlaskForm:
    """Build the form of a preview, filled in by this request or by an earlier one."""
    made: dict[str, Any] = {}
    if shown["bad"]:
        made["mode"] = RadioField(
            _("不能写入的行怎么办"), default="all", validate_choice=False, choices=kind.modes(shown)
        )
    form = type("CommitForm", (FlaskForm,), made | kind.asks(shown))
    return form() if filled is None else form(filled, meta={"csrf": False})


def _preview_page(kind: Kind, job: ImportJob, form: FlaskForm, status: int = 200) -> ResponseReturnValue:
    shown, done, say = json.loads(job.shown), job.status is ImportStatus.done, kind.words()
    shown, all_url = said(shown), ""
    if "all" not in request.args and (rest := few(shown)):
        shown, all_url = rest, url_for(".preview", noun=kind.word, ref=job.ref, all=1)
    page = render_template(
        "admin/import_preview.html",
        say=say,
        title=_("%(title)s：结果", title=say.title) if done else _("%(title)s：核对", title=say.title),
        file_name=job.filename,
        form=form,
        done=done,
        writes=kind.writes(shown["counts"]),
        figures=kind.figures(shown["counts"], done=done),
        confirm_url=url_for(".commit", noun=kind.word, ref=job.ref),
        cancel_url=url_for(f"{kind.noun}.index") if done else url_for(".upload", noun=kind.word),
        all_url=all_url,
        workbook_url=url_for(".workbook", noun=kind.word, ref=job.ref) if kind.hands_back else "",
        **{**shown, "moves": moves(kind.machine, shown.get("moves", ()))},
    )
    return page, status


@blueprint.route("/<ref:ref>/commit", methods=["POST"])
def commit(noun: str, ref: str) -> ResponseReturnValue:
    """Write what was shown, or nothing; a second click shows what the first one wrote."""
    kind, reader = _kind(noun)
    job = _own(reader, noun, ref)
    if job.status is ImportStatus.done:
        return redirect(url_for(".preview", noun=noun, ref=ref), 303)
    shown = json.loads(job.shown)
    form = commit_form(kind, shown)
    try:
        kind.check(form, shown)
        if long_work.is_long_write(rows := kind.writes(shown["counts"])):
            return redirect(url_for("jobs.show", ref=long_work.start_import(reader, job, request.form, rows).ref), 303)
        said = kind.commit(reader, job, form, shown)
        reader.session.commit()
    except LookupError:
        reader.session.rollback()
        abort(404)
    except (Refused, SheetError, AnswersInvalid, IntegrityError, OperationalError, CapExceeded, QuotaShort) as error:
        reader.session.rollback()
        return _refused(kind, reader, ref, form, error)
    remove_purged(reader.session, files_folder())
    flash(said, "success")
    return redirect(url_for(".preview", noun=noun, ref=ref), 303)


def _refused(kind: Kind, reader: Reader, ref: str, form: FlaskForm, error: Exception) -> ResponseReturnValue:
    """Say why nothing was written; where the data moved on, show what the same file would do now, or why it does nothing."""
    job = _own(reader, kind.word, ref)
    if isinstance(error, OperationalError):
        current_app.logger.warning("import waits", exc_info=error)
        asks.show_errors(form, {"": _("系统正忙，没有写入任何数据；请稍候再次确认")})
        return _preview_page(kind, job, form, 503)
    if not _is_final(error):
        try:
            planned = kind.again(reader, job)
        except (AnswersInvalid, SheetError) as reason:
            error = reason
        else:
            flash(_("数据在预览后已变化，没有写入；以下是按现在的数据重新核对的结果"), "warning")
            return _keep(reader, kind, planned)
    asks.show_errors(form, error.errors if isinstance(error, AnswersInvalid) else {"mode": str(error)})
    return _preview_page(kind, job, form, 422)


def _is_final(error: Exception) -> bool:
    """Whether the same file would be refused again for the same reason."""
    if isinstance(error, Refused):
        return error.sentence != CHANGED
    return isinstance(error, AnswersInvalid | SheetError)


@blueprint.route("/template.xlsx")
def blank(noun: str) -> ResponseReturnValue:
    """Send the empty template."""
    kind, reader = _kind(noun)
    return _sent(kind.blank(reader))


@blueprint.route("/template.xlsx", methods=["POST"])
def filled(noun: str) -> ResponseReturnValue:
    """Send the template with the present numbers; that they left is entered in the trail first."""
    kind, reader = _kind(noun)
    made = kind.filled(reader)
    reader.session.commit()
    return _sent(made)


@blueprint.route("/<ref:ref>/result.xlsx")
def workbook(noun: str, ref: str) -> ResponseReturnValue:
    """Send the uploaded table back with what becomes of every row, and why."""
    kind, reader = _kind(noun)
    job = _own(reader, noun, ref)
    if not kind.hands_back:
        abort(404)
    return _sent(Download(_("%(name)s_处理结果", name=job.filename.rpartition(".")[0]), importing.annotated(job)))


def _sent(made: Download | None) -> Response:
    if made is None:
        abort(404)
    answer = Response(made.data, mimetype=XLSX)
    answer.headers["Content-Disposition"] = content_disposition(f"{made.name}.xlsx")
    return answer
