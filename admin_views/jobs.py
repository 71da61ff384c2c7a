"""One's own background jobs: the list, a job's page with its progress, taking it back, fetching its file."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from admin_views import languages
from admin_views.downloads import KINDS as FORMATS
from admin_views.job_kinds import KINDS
from admin_views.long_work import IMPORT
from admin_views.queueing import queue, results_folder
from admin_views.sentences import spoken
from exchange import labels
from exchange.filenames import content_disposition
from extensions import db
from models import Job, JobState
from models.columns import SHANGHAI
from models.kinds import now
from workflow import jobs
from workflow.jobs import KEPT, NotCancelled
from workflow.trail import note

TYPES = {**FORMATS, "zip": "application/zip"}
PIECE = 65_536  # bytes
SHOWN = 100  # jobs of a list
AGAIN = 3  # seconds after which a page without scripts looks again
blueprint = Blueprint("jobs", __name__, url_prefix="/admin/jobs")


def _own(ref: str) -> Job:
    """Return the reader's own job; the scope hides everybody else's."""
    job = db.session.scalar(select(Job).where(Job.ref == ref))
    if job is None:
        abort(404, description=_("没有这项后台任务；任务记录保留 30 天"))
    found: Job = job
    return found


@blueprint.route("")
def index() -> ResponseReturnValue:
    """Show the reader's jobs, the newest first."""
    loud = Job.kind.not_in([kind.name for kind in KINDS.values() if kind.quiet])
    own = db.session.scalars(select(Job).where(loud).order_by(Job.created_at.desc(), Job.id.desc()).limit(SHOWN)).all()
    return render_template("admin/jobs.html", jobs=[_words(job) for job in own], has_worker=_has_worker(own))


def _has_worker(own: Sequence[Job]) -> bool:
    """Whether somebody works, where something waits for it."""
    return not any(job.state is JobState.queued for job in own) or queue().has_worker()


@blueprint.route("/<ref:ref>")
def show(ref: str) -> ResponseReturnValue:
    """Show how far a job is; the page of one that is not over looks again by itself."""
    job = _own(ref)
    return render_template("admin/job.html", job=_words(job), again=AGAIN, has_worker=_has_worker([job]))


@blueprint.route("/<ref:ref>/state")
def state(ref: str) -> ResponseReturnValue:
    """Tell a script how far a job is."""
    job = _own(ref)
    return jsonify(done=job.done, total=job.total, text=_progress(job), state=job.state.value, over=_is_over(job))


@blueprint.route("/<ref:ref>/cancel", methods=["POST"])
def cancel(ref: str) -> ResponseReturnValue:
    """Take a job back, or say why it goes on."""
    job = _own(ref)
    try:
        jobs.cancel(db.session(), job, writes=KINDS[job.kind].writes)
        db.session.commit()
        over = job.state is JobState.cancelled
        flash(_("任务已取消") if over else _("已要求取消，正在停止"), "success")
    except NotCancelled as error:
        db.session.rollback()
        flash(spoken(str(error)), "warning")
    return redirect(url_for(".show", ref=ref), 303)


@blueprint.route("/<ref:ref>/download", methods=["POST"])
def download(ref: str) -> ResponseReturnValue:
    """Send a job's file; that it left is entered in the trail first."""
    job = _own(ref)
    path = _file(job)
    if path is None:
        flash(_("文件已过期并删除（保留 24 小时），请重新导出"), "warning")
        return redirect(url_for(".show", ref=ref), 303)
    note(db.session(), "job.download", "job", job.id, job.ref, {"文件": job.filename, "任务": job.label})
    db.session.commit()
    answer = Response(_pieces(path), mimetype=TYPES.get((job.filename or "").rpartition(".")[2]))
    answer.content_length = path.stat().st_size
    answer.headers["Content-Disposition"] = content_disposition(job.filename or job.ref)
    return answer


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _file(job: Job) -> Path | None:
    """Return the file while it is kept, however late the sweep is."""
    if not job.file or job.ended_at is None or now() - job.ended_at >= KEPT:
        return None
    path = results_folder() / job.file
    return path if path.is_file() else None


def _is_over(job: Job) -> bool:
    return job.state not in (JobState.queued, JobState.running)


def _progress(job: Job) -> str:
    """Say how far a job is, in one line."""
    if job.state is JobState.queued:
        return (
            _("排队等候中，轮到时自动开始")
            if not job.attempt
            else _("处理曾中断，已重新排队（第 %(n)s 次）", n=job.attempt + 1)
        )
    if job.state is JobState.running and job.cancel_asked:
        return _("正在停止")
    if job.state is JobState.running and KINDS[job.kind].writes:
        return _("正在整体写入 %(n)s 条：要么全部完成，要么一条不写", n=f"{job.total:,}")
    if job.state is JobState.running:
        return _("已处理 %(done)s 行，共 %(total)s 行", done=f"{job.done:,}", total=f"{job.total:,}")
    if job.state is JobState.done and KINDS[job.kind].writes:
        return _("已整体写入，逐条结果见回执")
    return labels.of_member(job.state, languages.chosen())


def _words(job: Job) -> dict[str, Any]:
    kind = KINDS[job.kind]
    kept = _file(job)
    noun = {"noun": json.loads(job.asked)["noun"]} if kind.name == IMPORT else {}
    page = url_for(kind.page, ref=job.receipt, **noun) if kind.page and job.receipt else ""
    return {
        "ref": job.ref, "label": job.label, "state": job.state.value, "over": _is_over(job), "progress": _progress(job),
        "state_label": labels.of_member(job.state, languages.chosen()), "tone": job.state.tone, "done": job.done,
        "total": job.total, "counts": not kind.writes and job.state is JobState.running and bool(job.done),
        "error": spoken(job.error or ""), "said": spoken(job.said or ""), "alarm": job.is_alarm, "at": _time(job.created_at), "ended": _time(job.ended_at),
        "url": url_for(".show", ref=job.ref), "state_url": url_for(".state", ref=job.ref),
        "cancel_url": "" if _is_over(job) or job.cancel_asked else url_for(".cancel", ref=job.ref),
        "download_url": url_for(".download", ref=job.ref) if kept else "", "filename": job.filename or "",
        "size": f"{kept.stat().st_size / 1e6:,.1f} MB" if kept else "",
        "until": _time(job.ended_at + KEPT) if kept and job.ended_at else "", "page_url": page,
        "gone": bool(job.filename) and job.state is JobState.done and kept is None, "writes": kind.writes,
    }  # fmt: skip


def _time(moment: Any) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else ""
