"""Importing quota by table: template, upload, preview with every error at once, commit, the table back with reasons."""

import json
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer
from wtforms import RadioField, SelectField

from admin_views.batches import XLSX, reader_of
from admin_views.fields import Wanted
from admin_views.filters import read_id
from admin_views.list_page import Reader
from admin_views.nodes import read_nodes
from admin_views.sentences import spoken
from exchange import quota_import as importing
from exchange.filenames import content_disposition
from exchange.quota_template import INSTRUCTIONS, template
from exchange.sheet_source import SheetError
from extensions import begin_writing
from models import ImportJob, ImportStatus
from workflow.actors import Forbidden
from workflow.rights import allowed
from workflow.trail import note

NOUN = importing.NOUN
blueprint = Blueprint("quota_import", __name__, url_prefix=f"/admin/{NOUN}/import")


def _reader() -> Reader:
    reader = reader_of(NOUN)
    if not allowed(reader.actor, "import", NOUN):
        raise Forbidden(f"import {NOUN}")
    return reader


def _upload_form(reader: Reader) -> FlaskForm:
    """Build the upload form; a clerk with one node only is not asked where new quota belongs."""
    made: dict[str, Any] = {
        "file": FileField(
            _("额度表"), [Wanted()], description=_("Excel（xlsx）或 CSV，不超过 5 MB、10 万行"),
            render_kw={"accept": ".xlsx,.csv"},
        )
    }  # fmt: skip
    nodes = read_nodes(reader.session).names
    if len(nodes) > 1:
        made["target_id"] = SelectField(
            _("尚未登记的单位归入"), [Wanted()], choices=[(str(node), name) for node, name in nodes.items()],
            default=str(reader.actor.delegation_id), validate_choice=False,
            description=_("已登记的单位和已有的额度不受影响，仍归原分团"),
        )  # fmt: skip
    return type("UploadForm", (FlaskForm,), made)()


@blueprint.route("", methods=["GET"])
def upload() -> ResponseReturnValue:
    """Show template, instructions and the field for the file."""
    reader = _reader()
    return _upload_page(_upload_form(reader))


def _upload_page(form: FlaskForm, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "admin/import.html",
        title=_("导入额度"),
        form=form,
        templates=[(_("下载空白模板"), url_for(".blank"))],
        filled_url=url_for(".filled"),
        instructions=[spoken(line) for line in INSTRUCTIONS],
        cancel_url=url_for(f"{NOUN}.index"),
    )
    return page, status


@blueprint.route("", methods=["POST"])
def receive() -> ResponseReturnValue:
    """Read the file and keep its preview; nothing of it is written."""
    reader = _reader()
    reader.session.info["read_only"] = True  # a long file is read while others write
    form = _upload_form(reader)
    file = form["file"].data
    if not file or not file.filename:
        form["file"].errors = [_("请选择要上传的文件")]
        return _upload_page(form, 422)
    try:
        target = read_id(form["target_id"].data or "") if "target_id" in form else None
        planned = importing.plan(reader.session, reader.actor, file.read(), file.filename, target)
    except (SheetError, ValueError) as error:
        form["file"].errors = [spoken(str(error))]
        return _upload_page(form, 422)
    except importing.Refused as refused:
        form["target_id"].errors = [spoken(refused.sentence)]
        return _upload_page(form, 422)
    return _keep(reader, planned)


def _keep(reader: Reader, planned: importing.Plan) -> ResponseReturnValue:
    begin_writing()
    job = importing.keep(reader.session, reader.actor, planned)
    reader.session.commit()
    return redirect(url_for(".preview", ref=job.ref), 303)


def _own(reader: Reader, ref: str) -> ImportJob:
    """Return the reader's own upload; any other is the same 404 as none."""
    mine = select(ImportJob).where(ImportJob.ref == ref, ImportJob.account_id == reader.actor.account_id)
    job = reader.session.scalar(mine.where(ImportJob.noun == NOUN).options(defer(ImportJob.content)))
    if job is None:
        abort(404, description=_("没有这次上传，或已被您后来的上传取代；请重新上传"))
    return job


@blueprint.route("/<ref:ref>", methods=["GET"])
def preview(ref: str) -> ResponseReturnValue:
    """Show what the upload will do, or has done."""
    reader = _reader()
    return _preview_page(_own(reader, ref))


def _commit_form(counts: dict[str, int]) -> FlaskForm:
    made: dict[str, Any] = {}
    if counts["bad"]:
        good = counts["new"] + counts["changed"]
        made["mode"] = RadioField(
            _("有错误的行怎么办"), default="all", validate_choice=False,
            choices=[
                ("all", _("全部或不写：改好 %(n)s 行错误再上传", n=counts["bad"])),
                ("good", _("只写入正确的 %(n)s 行，有错误的不写", n=good)),
            ],
        )  # fmt: skip
    return type("CommitForm", (FlaskForm,), made)()


def _preview_page(job: ImportJob, error: str = "", status: int = 200) -> ResponseReturnValue:
    shown = json.loads(job.shown)
    form = _commit_form(shown["counts"])
    if error and "mode" in form:
        form["mode"].errors = [error]
    done = job.status is ImportStatus.done
    page = render_template(
        "admin/import_preview.html",
        title=_("导入额度：结果") if done else _("导入额度：核对"),
        file_name=job.filename,
        form=form,
        done=done,
        confirm_url=url_for(".commit", ref=job.ref),
        cancel_url=url_for(f"{NOUN}.index") if done else url_for(".upload"),
        workbook_url=url_for(".workbook", ref=job.ref),
        **shown,
    )
    return page, status


@blueprint.route("/<ref:ref>/commit", methods=["POST"])
def commit(ref: str) -> ResponseReturnValue:
    """Write what was shown, or nothing; a second click shows what the first one wrote."""
    reader = _reader()
    job = _own(reader, ref)
    if job.status is ImportStatus.done:
        return redirect(url_for(".preview", ref=ref), 303)
    mode: importing.Mode = "good" if request.form.get("mode") == "good" else "all"
    try:
        result = importing.commit(reader.session, reader.actor, ref, mode)
        reader.session.commit()
    except LookupError:
        reader.session.rollback()
        abort(404)
    except (importing.Refused, IntegrityError) as error:
        reader.session.rollback()
        return _refused(reader, ref, error.sentence if isinstance(error, importing.Refused) else importing.CHANGED)
    counts = result.counts
    flash(
        _(
            "已写入：新增 %(new)s 行，变更 %(changed)s 行；相同未动 %(same)s 行，未写入 %(bad)s 行",
            new=counts.new, changed=counts.changed, same=counts.same, bad=counts.bad,
        ),
        "success",
    )  # fmt: skip
    return redirect(url_for(".preview", ref=ref), 303)


def _refused(reader: Reader, ref: str, sentence: str) -> ResponseReturnValue:
    """Say why nothing was written; where the data moved on, show what the same file would do now."""
    job = _own(reader, ref)
    if sentence != importing.CHANGED:
        return _preview_page(job, spoken(sentence), 422)
    flash(_("数据在预览后已变化，没有写入；以下是按现在的数据重新核对的结果"), "warning")
    planned = importing.plan(reader.session, reader.actor, job.content, job.filename, job.target_id)
    return _keep(reader, planned)


@blueprint.route("/template.xlsx")
def blank() -> ResponseReturnValue:
    """Send the empty template."""
    reader = _reader()
    return _workbook(template(reader.session, reader.actor), _("额度导入模板"))


@blueprint.route("/template.xlsx", methods=["POST"])
def filled() -> ResponseReturnValue:
    """Send the template with the present numbers; that they left is entered in the trail first."""
    reader = _reader()
    data = template(reader.session, reader.actor, filled=True)
    note(reader.session, f"{NOUN}.export", NOUN, changes={"格式": "xlsx"}, reason="额度导入模板（含现有数据）")
    reader.session.commit()
    return _workbook(data, _("额度导入模板（含现有数据）"))


@blueprint.route("/<ref:ref>/result.xlsx")
def workbook(ref: str) -> ResponseReturnValue:
    """Send the uploaded table back with what becomes of every row, and why."""
    job = _own(_reader(), ref)
    return _workbook(importing.annotated(job), _("%(name)s_处理结果", name=job.filename.rpartition(".")[0]))


def _workbook(data: bytes, name: str) -> Response:
    answer = Response(data, mimetype=XLSX)
    answer.headers["Content-Disposition"] = content_disposition(f"{name}.xlsx")
    return answer
