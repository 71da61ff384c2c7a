"""The review desk (审核工作台): one row after the other is handed to the clerk, who looks, decides, and has the next one.

Decisions are the tables' moves and go through the engine; this module only leads from one row to the next. Claims and
the sitting change by POST alone, like everything else.
"""

from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import NotFound

from admin_views import details, revealing, review_deciding, review_page, review_pictures
from admin_views.batches import reader_of
from admin_views.filters import read_id
from admin_views.review_deciding import Answer
from admin_views.review_queue import Desk, front, read_desk
from admin_views.sentences import spoken
from extensions import db
from models import Batch
from workflow import claims, desk, engine, opinions
from workflow.actors import Forbidden, actor_of
from workflow.opinions import OpinionRefused
from workflow.registry import machine_of
from workflow.rights import allowed

POST = ["POST"]
BY_SCRIPT = "X-Desk"
blueprint = Blueprint("review", __name__, url_prefix="/admin/review")


def _desk(noun: str) -> Desk:
    """Return the reader's desk of a noun; 404 for one that has none, 403 for a role without a say."""
    if noun not in desk.DESKS:
        abort(404)
    if noun not in desk.nouns(actor_of(db.session())):
        raise Forbidden(f"review {noun}")
    return read_desk(reader_of(noun), noun, request.args)


def _row(desk_: Desk, row_id: int) -> Any:
    return details.find(desk_.reader.session, desk_.reader.actor, desk_.screen, row_id)


def _go(address: str) -> Response:
    """Lead on; the desk's script is told where, for it fetches the page itself."""
    if request.headers.get(BY_SCRIPT):
        return make_response(jsonify(to=address))
    return make_response(redirect(address, 303))


@blueprint.route("/")
def index() -> ResponseReturnValue:
    """Lead to the first desk at which the reader has something to say."""
    found = desk.nouns(actor_of(db.session()))
    if not found:
        raise Forbidden("review")
    return redirect(url_for(".queue", noun=found[0]))


@blueprint.route("/<noun>/")
def queue(noun: str) -> ResponseReturnValue:
    """Show what waits, narrow it, and begin."""
    desk_ = _desk(noun)
    for warning in desk_.warnings:
        flash(warning, "warning")
    return render_template("admin/review_queue.html", **front(desk_))


@blueprint.route("/<noun>/next", methods=POST)
def step(noun: str) -> ResponseReturnValue:
    """Go to the next row, a former one, or past this one; ``ahead`` claims the one after it without going there."""
    desk_ = _desk(noun)
    here = request.form.get("from", "")
    way, row_id = (
        request.form.get("way", "next"),
        read_id(here) if here.isascii() and here.isdigit() and len(here) < 10 else 0,
    )
    if way == "ahead":
        found = desk.hand_over(desk_.reader.session, desk_.reader.actor, desk_.line(), [row_id])
        db.session.commit()
        return _go(desk_.address("sheet", row_id=found)) if found else Response(status=204)
    sitting = desk_.sitting
    if way == "skip" and row_id:
        sitting.put_off(row_id)
    found = _former(desk_) if way == "previous" else _following(desk_) if way == "next" and row_id else None
    if found is None and way != "previous":
        but = sitting.seen if way == "next" and row_id else [row_id]  # whoever begins again has what he had
        found = desk.hand_over(desk_.reader.session, desk_.reader.actor, desk_.line(), but)
    if found is None:
        sitting.keep()
        flash(_("前面没有了") if way == "previous" else _("后面没有待审核的了"), "info")
        db.session.commit()
        return _go(desk_.address("sheet", row_id=row_id) if row_id in sitting.seen else desk_.address("queue"))
    return _arrive(desk_, found)


def _arrive(desk_: Desk, row_id: int) -> Response:
    """Put a row before the clerk: it alone stays claimed, if nobody else has it."""
    session, actor = desk_.reader.session, desk_.reader.actor
    claims.release(session, actor, desk_.noun, but=[row_id])
    claims.take(session, actor, desk_.noun, row_id)
    session.commit()
    desk_.sitting.come_to(row_id)
    desk_.sitting.keep()
    return _go(desk_.address("sheet", row_id=row_id))


def _former(desk_: Desk) -> int | None:
    """Go back among the rows that were before the clerk, past those he may not see any more."""
    return _along(desk_, -1)


def _following(desk_: Desk) -> int | None:
    """After going back: go forth again."""
    return _along(desk_, 1)


def _along(desk_: Desk, way: int) -> int | None:
    sitting, session = desk_.sitting, desk_.reader.session
    model: Any = machine_of(desk_.noun).model
    place = sitting.at + way
    while 0 <= place < len(sitting.seen):
        row_id = sitting.seen[place]
        if session.scalar(select(model.id).where(model.id == row_id, model.review_status != "deleted")) is not None:
            sitting.at = place
            return row_id
        place += way
    return None


@blueprint.route("/<noun>/<int:row_id>")
def sheet(noun: str, row_id: int) -> ResponseReturnValue:
    """Show one row."""
    desk_ = _desk(noun)
    return _shown(desk_, _row(desk_, row_id))


def _shown(desk_: Desk, row: Any, status: int = 200, **words: Any) -> Response:
    given = {"errors": {}, "written": request.form} | {name: words.pop(name) for name in ("errors",) if name in words}
    return make_response(
        render_template("admin/review.html", **review_page.sheet(desk_, row, **words), **given), status
    )


@blueprint.route("/<noun>/<int:row_id>", methods=POST)
def decide(noun: str, row_id: int) -> ResponseReturnValue:
    """Decide and go on to the next one."""
    desk_ = _desk(noun)
    move = review_deciding.move_of(desk_.reader.actor, noun, request.form.get("move", ""))
    try:
        row = _row(desk_, row_id)
    except NotFound:
        if row_id not in desk_.sitting.seen:
            raise
        flash(_("刚才的记录已由他人办理，或已不在您的管理范围内"), "warning")
        return _next_after(desk_, row_id)
    if move is None:
        abort(400, description=_("没有这项操作，请刷新后重试"))
    title = getattr(row, machine_of(noun).title)
    answer = review_deciding.decide(desk_.reader, noun, row, move, request.form)
    if answer.batch is not None:
        facts = {
            "ref": answer.batch.ref if move.revocable else "",
            "move": review_deciding.told(move, desk_.reader.lang),
        }
        desk_.sitting.decided(row_id, title=title, **facts)
        return _next_after(desk_, row_id)
    return _not_done(desk_, row_id, title, answer)


def _not_done(desk_: Desk, row_id: int, title: str, answer: Answer) -> ResponseReturnValue:
    """Say why nothing was done; where somebody else was faster, say who and go on."""
    session, actor = desk_.reader.session, desk_.reader.actor
    if answer.status == 503:
        session.info["read_only"] = True  # reading waits for nobody
    elif not answer.errors and not desk.is_waiting(session, actor, desk_.noun, row_id) and row_id in desk_.sitting.seen:
        said = review_page.said_decided(desk_.reader, desk_.noun, row_id)
        flash(_("“%(title)s”：%(said)s", title=title, said=said), "warning")
        return _next_after(desk_, row_id)
    row = _row(desk_, row_id)
    session.refresh(row)
    return _shown(desk_, row, answer.status, notice=answer.sentence, errors=answer.errors)


def _next_after(desk_: Desk, row_id: int) -> Response:
    """Go on: stay where something is left to decide, else take what is next, else show the empty queue."""
    session, actor, noun = desk_.reader.session, desk_.reader.actor, desk_.noun
    if desk.is_waiting(session, actor, noun, row_id):
        return _arrive(desk_, row_id)
    found = desk.hand_over(session, actor, desk_.line(), [row_id])
    if found is not None:
        return _arrive(desk_, found)
    claims.release(session, actor, noun)
    session.commit()
    desk_.sitting.keep()
    flash(_("队列已办完"), "success")
    return _go(desk_.address("queue"))


@blueprint.route("/<noun>/<int:row_id>/hold", methods=POST)
def hold(noun: str, row_id: int) -> ResponseReturnValue:
    """Claim the row that is looked at, or keep it claimed; tell who has it, or who has decided it."""
    desk_ = _desk(noun)
    session, actor = desk_.reader.session, desk_.reader.actor
    _row(desk_, row_id)
    if not desk.is_waiting(session, actor, noun, row_id):
        return jsonify(held=False, said=review_page.said_decided(desk_.reader, noun, row_id))
    held = claims.take(session, actor, noun, row_id)
    holder = claims.holders(session, actor, noun, [row_id]).get(row_id, "")
    session.commit()
    return jsonify(held=held, said="" if held else _("%(who)s 正在审核", who=holder))


@blueprint.route("/<noun>/leave", methods=POST)
def leave(noun: str) -> ResponseReturnValue:
    """Give everything back."""
    desk_ = _desk(noun)
    claims.release(desk_.reader.session, desk_.reader.actor, noun)
    desk_.reader.session.commit()
    return _go(desk_.address("queue"))


@blueprint.route("/<noun>/<int:row_id>/undo", methods=POST)
def take_back(noun: str, row_id: int) -> ResponseReturnValue:
    """Undo the last decision of this sitting and show its row again."""
    desk_, session = _desk(noun), db.session()
    last = desk_.sitting.last
    batch = session.scalar(select(Batch).where(Batch.ref == last.get("ref", ""), Batch.noun == noun).with_for_update())
    if batch is None or last.get("row_id") != row_id or batch.account_id != desk_.reader.actor.account_id:
        abort(404)
    if closed := engine.undo_closed(desk_.reader.actor, batch):
        flash(spoken(closed), "error")
        return _go(desk_.address("queue"))
    undone = engine.undo(session, desk_.reader.actor, batch)
    session.commit()
    if not undone.done:
        flash(_("“%(title)s”之后已有变动，没有撤销", title=last["title"]), "warning")
        return _go(desk_.address("queue"))
    flash(_("已撤销“%(title)s”的“%(move)s”", title=last["title"], move=last["move"]), "success")
    desk_.sitting.taken_back()
    return _arrive(desk_, row_id)


@blueprint.route("/<noun>/<int:row_id>/number", methods=POST)
def show_number(noun: str, row_id: int) -> ResponseReturnValue:
    """Show a sealed number once, with a reason that is written down."""
    desk_ = _desk(noun)
    if not allowed(desk_.reader.actor, "reveal", noun):
        raise Forbidden(f"reveal {noun}")
    row = _row(desk_, row_id)
    key, reason = request.form.get("key", ""), request.form.get("reason", "")
    found = revealing.reveal(desk_.reader, desk_.screen, row, key, reason)
    return _shown(desk_, row, revealed=found)


@blueprint.route("/<noun>/<int:row_id>/picture")
def picture(noun: str, row_id: int) -> ResponseReturnValue:
    """Send a picture of the row."""
    desk_ = _desk(noun)
    return review_pictures.send(desk_.reader, noun, _row(desk_, row_id), request.args.get("file", ""))


@blueprint.route("/<noun>/<int:row_id>/opinions", methods=POST)
def keep_opinion(noun: str, row_id: int) -> ResponseReturnValue:
    """Keep the written opinion for the account to use again, or forget one of its own."""
    desk_, session = _desk(noun), db.session()
    row = _row(desk_, row_id)
    gone = request.form.get("forget", "")
    try:
        if gone.isascii() and gone.isdigit() and len(gone) < 10:
            opinions.forget(session, desk_.reader.actor, noun, int(gone))
        else:
            opinions.keep(session, desk_.reader.actor, noun, review_deciding.opinion_of(request.form))
        session.commit()
    except OpinionRefused as refused:
        session.rollback()
        return _shown(desk_, row, 422, errors={"opinion": spoken(str(refused))})
    except IntegrityError:  # the same one from two windows: it is kept
        session.rollback()
    return _shown(desk_, row)
