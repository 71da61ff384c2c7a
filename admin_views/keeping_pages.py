"""What is kept of persons (个人信息留存): counts per edition and elsewhere, and the erasing that ends it; never a value."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from admin_views import keeping_words as words
from admin_views import languages
from admin_views.downloads import KINDS
from admin_views.editing import files_folder
from admin_views.filters import INTEGERS
from admin_views.queueing import results_folder
from admin_views.sentences import spoken
from exchange import checkpoints, kept_files
from exchange.daily_report import Column, Sheet, Table, workbook
from exchange.filenames import content_disposition
from extensions import begin_writing, db
from models import Edition, Erasure, ErasureState, figures
from models.columns import SHANGHAI
from models.kinds import now
from workflow import keeping, trail
from workflow.actors import Actor, Forbidden, actor_of
from workflow.keeping.deciding import AGREES, ASKS
from workflow.scope import KEEPERS

blueprint = Blueprint("keeping", __name__, url_prefix="/admin")


def _reader() -> Actor:
    actor = actor_of(db.session())
    if actor.role not in KEEPERS:
        raise Forbidden("keeping")
    return actor


def _edition(row_id: int) -> Edition:
    found = db.session.get(Edition, row_id) if row_id in INTEGERS else None
    if found is None:
        abort(404)
    return found


@blueprint.route("/keeping")
def index() -> ResponseReturnValue:
    """Show the editions with the day on which their personal data are due, what lies on disk, and what else there is."""
    actor, session, lang = _reader(), db.session(), languages.chosen()
    editions = session.scalars(select(Edition).order_by(Edition.opens_at.desc(), Edition.id.desc())).all()
    newest = _newest()
    folders = [
        words.of_files(
            _("上传的文件（证照、照片）"), kept_files.attachments(session, files_folder()), lang, words.WITH_ROW
        ),
        words.of_files(_("导出和后台生成的文件"), kept_files.results(session, results_folder()), lang, words.A_DAY),
    ]
    return render_template(
        "admin/keeping.html", folders=folders,
        editions=[_line(edition, newest.get(edition.id), lang) for edition in editions],
        others=[words.of_elsewhere(found, lang) for found in keeping.elsewhere(session, actor)],
        chain=checkpoints.file_of(files_folder().parent).is_file(),
    )  # fmt: skip


def _newest(edition_id: int | None = None) -> Mapping[int, Erasure]:
    """Return the last erasing of each edition that was not withdrawn."""
    standing = select(Erasure).where(Erasure.state != ErasureState.withdrawn).order_by(Erasure.id)
    if edition_id is not None:
        standing = standing.where(Erasure.edition_id == edition_id)
    return {erasure.edition_id: erasure for erasure in db.session.scalars(standing)}


def _line(edition: Edition, erasure: Erasure | None, lang: str) -> dict[str, Any]:
    return {
        "name": edition.name, "url": url_for(".show", row_id=edition.id), "ends": figures.day(edition.show_closes_on, lang),
        "due": figures.day(keeping.due_on(edition), lang), "state": words.state_of(edition, erasure, lang),
        "tone": words.tone_of(edition, erasure), "months": edition.keep_months,
    }  # fmt: skip


@blueprint.route("/edition/<int:row_id>/keeping")
def show(row_id: int) -> ResponseReturnValue:
    """Show what is left of an edition, table by table, and what may be decided; afterwards the report."""
    return _page(_reader(), _edition(row_id))


def _page(actor: Actor, edition: Edition, error: str = "", status: int = 200) -> ResponseReturnValue:
    session, lang = db.session(), languages.chosen()
    erasure = _newest(edition.id).get(edition.id)
    held = keeping.of_edition(session, edition, actor)
    return render_template(
        "admin/keeping_edition.html", edition=_line(edition, erasure, lang), code=edition.code, error=error,
        rows=[words.of_held(one, lang) for one in held], left=sum(one.holding for one in held),
        closed=spoken(keeping.closed(edition, now())), erasure=_told(erasure, lang) if erasure else None,
        report=words.of_report(json.loads(erasure.report), lang) if erasure and erasure.report else None,
        may_ask=actor.role in ASKS and erasure is None, may_agree=actor.role in AGREES,
        act_url=url_for(".act", row_id=edition.id), report_url=url_for(".report", row_id=edition.id),
        back_url=url_for(".index"), given=request.form.get("reason", ""),
    ), status  # fmt: skip


def _told(erasure: Erasure, lang: str) -> dict[str, Any]:
    def at(moment: datetime | None) -> str:
        return figures.moment(moment, lang) if moment else ""

    done = json.loads(erasure.erased)
    return {
        "state": erasure.state.value, "label": erasure.state.english if lang == "en" else erasure.state.label,
        "tone": erasure.state.tone, "reason": erasure.reason, "asked": at(erasure.at), "agreed": at(erasure.agreed_at),
        "due": at(erasure.due_at), "started": at(erasure.started_at), "ended": at(erasure.ended_at),
        "done": sum(done.values()), "digest": erasure.digest or "",
    }  # fmt: skip


@blueprint.route("/edition/<int:row_id>/keeping", methods=["POST"])
def act(row_id: int) -> ResponseReturnValue:
    """Ask, agree or withdraw; whoever agrees types the edition's code."""
    actor, edition, session = _reader(), _edition(row_id), db.session()
    try:
        said = _decide(actor, edition, request.form)
    except keeping.Refused as refused:
        session.rollback()
        session.info["read_only"] = True
        return _page(actor, _edition(row_id), spoken(str(refused)), 422)
    session.commit()
    flash(said, "success")
    return redirect(url_for(".show", row_id=row_id), 303)


def _decide(actor: Actor, edition: Edition, form: Mapping[str, str]) -> str:
    session, wanted = db.session(), form.get("act", "")
    if wanted == "ask":
        keeping.ask(session, actor, edition, form.get("reason", ""))
        return _("已提出清除，等待系统管理员或审计确认")
    erasure = _newest(edition.id).get(edition.id)
    if erasure is None or wanted not in ("agree", "withdraw"):
        raise keeping.Refused(_("没有等待办理的清除，请刷新后查看"))
    if wanted == "withdraw":
        keeping.withdraw(session, actor, erasure)
        return _("已撤回，没有清除任何内容")
    if form.get("code", "").strip() != edition.code:
        raise keeping.Refused(_("届次代码不符，请照页面上的届次代码填写"))
    keeping.agree(session, actor, erasure)
    return _("已确认，一天后由后台程序分批清除；此前双方都可以撤回")


@blueprint.route("/edition/<int:row_id>/keeping/report", methods=["POST"])
def report(row_id: int) -> ResponseReturnValue:
    """Send the report of an edition's erasing as a workbook; that it left is entered in the trail."""
    _reader()
    edition, lang, moment = _edition(row_id), languages.chosen(), now().astimezone(SHANGHAI)
    erasure = _newest(row_id).get(row_id)
    if erasure is None or not erasure.report:
        abort(404, description=_("该届还没有清除报告"))
    begin_writing()
    trail.note(db.session(), "erasure.report", "erasure", erasure.id, erasure.ref)
    db.session.commit()
    told = words.of_report(json.loads(erasure.report), lang)
    numbers = [Column(_("内容"), "text"), Column(_("数量")), Column(_("说明"), "text")]
    facts = [Column(_("项目"), "text"), Column(_("内容"), "text")]
    sheets = [
        Sheet(_("概况"), [Table(_("概况"), facts, [*told["facts"], [_("报告校验值 SHA-256"), erasure.digest]])]),
        Sheet(_("已清除"), [Table(_("已清除"), numbers, told["erased"])]),
        Sheet(_("保留"), [Table(_("保留"), numbers, told["remains"])]),
        Sheet(_("原文"), [Table(_("原文"), [Column(_("报告原文（校验值所对应的文本）"), "text")], [[erasure.report]])]),
    ]
    title = _("%(edition)s 个人信息清除报告", edition=edition.name)
    data = workbook(title, [_("清除完成：%(at)s", at=figures.moment(erasure.ended_at or moment, lang))], moment, sheets)
    answer = Response(data, mimetype=KINDS["xlsx"])
    answer.headers["Content-Disposition"] = content_disposition(f"{title}.xlsx")
    return answer
