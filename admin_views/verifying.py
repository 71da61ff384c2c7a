"""Verifying the audit chain from the desk: a background job that walks it from its first entry, and signed checkpoints."""

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from admin_views import languages
from admin_views.queueing import queue
from admin_views.sentences import spoken
from exchange import checkpoints
from exchange.checkpoints import Checkpoint
from exchange.filenames import content_disposition
from extensions import begin_writing, db
from models import Job, figures
from models.kinds import now
from models.validators import Invalid
from workflow import jobs, trail
from workflow.actors import Actor, Forbidden, actor_of
from workflow.jobs import Cancelled, Context, Kind
from workflow.rights import allowed

VERIFY = "verify_audit"
SHOWN = 5  # earlier results
blueprint = Blueprint("verifying", __name__, url_prefix="/admin/audit-chain")


def _reader() -> Actor:
    actor = actor_of(db.session())
    if not allowed(actor, "verify", "audit"):
        raise Forbidden("verify audit")
    return actor


def _instance() -> Path:
    return Path(current_app.instance_path)


@blueprint.route("")
def index() -> ResponseReturnValue:
    """Show how long the chain is, the newest checkpoint, and what the reader's last verifications found."""
    return _page(_reader())


def _page(actor: Actor, error: str = "", status: int = 200) -> ResponseReturnValue:
    session, lang = db.session(), languages.chosen()
    own = select(Job).where(Job.kind == VERIFY, Job.account_id == actor.account_id)
    done = session.scalars(own.order_by(Job.id.desc()).limit(SHOWN)).all()
    newest = checkpoints.newest(checkpoints.file_of(_instance()))
    return render_template(
        "admin/verifying.html", end=trail.chain_end(session), error=error, newest=newest, back_url=url_for("audit.index"),
        newest_at=figures.moment(newest.made_at, lang) if newest else "",
        results=[_told(job, lang) for job in done],
    ), status  # fmt: skip


def _told(job: Job, lang: str) -> dict[str, Any]:
    return {
        "at": figures.moment(job.created_at, lang), "said": spoken(job.said or ""), "alarm": job.is_alarm,
        "state": job.state.english if lang == "en" else job.state.label, "tone": job.state.tone,
        "url": url_for("jobs.show", ref=job.ref),
    }  # fmt: skip


@blueprint.route("", methods=["POST"])
def start() -> ResponseReturnValue:
    """Ask for a verification; a file of checkpoints kept elsewhere is compared with the chain, too."""
    actor = _reader()
    given = request.files.get("checkpoints")
    points: list[Checkpoint] = []
    if given is not None and given.filename:
        try:
            points = checkpoints.read(given.read(checkpoints.MOST_BYTES + 1))
        except Invalid as bad:
            db.session.info["read_only"] = True
            return _page(actor, spoken(bad.message), 422)
    session = db.session()
    total = trail.chain_end(session, 0).last_id
    asked = {"points": [[point.at, point.last_id, point.hash] for point in points]}
    trail.note(session, "audit.verify", "audit", changes={"检查点": len(points)})
    job = jobs.ask(
        session,
        actor,
        VERIFY,
        _("核验审计日志（%(n)s 条）", n=f"{total:,}"),
        asked,
        total=total,
        lang=languages.chosen(),
    )
    session.commit()
    queue().deliver(job.ref)
    return redirect(url_for("jobs.show", ref=job.ref), 303)


@blueprint.route("/checkpoints", methods=["POST"])
def download() -> ResponseReturnValue:
    """Send all checkpoints with a fresh one at the end, to be kept where nobody of this system can reach them."""
    _reader()
    begin_writing()
    session = db.session()
    trail.note(session, "audit.checkpoints", "audit")
    session.commit()
    path = checkpoints.file_of(_instance())
    checkpoints.append(session, _instance(), now())
    session.rollback()
    if not path.is_file():
        abort(404)
    answer = Response(path.read_bytes(), mimetype="application/jsonl")
    answer.headers["Content-Disposition"] = content_disposition(_("审计检查点") + ".jsonl")
    return answer


def _verify(context: Context) -> str:
    """Walk the chain; what was found is the job's conclusion."""

    def report(done: int, total: int) -> None:
        context.report(done, total)
        if context.cancelled():
            raise Cancelled

    broken = trail.first_break(context.session, report=report)
    points = [Checkpoint(*point) for point in context.asked["points"]]
    broken = broken or checkpoints.difference(context.session, points)
    last_id = trail.chain_end(context.session, 0).last_id
    held = (checkpoints.AGREE if points else checkpoints.HOLDS).format(n=last_id, points=len(points))
    context.conclude(broken or held, broken is not None)
    return ""


VERIFIES = Kind(name=VERIFY, label="核验审计日志", run=_verify)
