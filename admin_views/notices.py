"""The bell: how many notices are unread, the list of them, and the way to exactly the rows each is about."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError

from admin_views import addresses
from admin_views.screens import BY_NOUN
from admin_views.sentences import spoken
from admin_views.told import PARAMETER
from extensions import db
from models import Notice, NoticeRead
from models.columns import SHANGHAI
from workflow import notices
from workflow.actors import Actor, actor_of
from workflow.rights import allowed

MOST = 99  # a count beyond is told as "99+"
blueprint = Blueprint("notices", __name__, url_prefix="/admin/notices")


def unread_count(actor: Actor) -> str:
    """Return the number in the bell, "" when there is nothing new."""
    some = select(Notice.id).where(notices.unread(actor)).limit(MOST + 1).subquery()
    count = db.session.scalar(select(func.count()).select_from(some)) or 0
    return f"{MOST}+" if count > MOST else str(count or "")


def context() -> dict[str, Any]:
    """Return what the layout says of notices; nothing off the desk, and on an answer given before anybody was let in."""
    at_desk = current_user and current_user.is_authenticated and current_user.is_at_desk
    if not at_desk or db.session.info.get("actor") is None:
        return {}
    return {"unread": unread_count(current_user.actor)}


@blueprint.route("")
def index() -> ResponseReturnValue:
    """Show the reader's notices, the newest first."""
    actor = actor_of(db.session())
    total = db.session.scalar(select(func.count()).select_from(Notice)) or 0
    pager = addresses.pager(url_for(".index"), total)
    read = exists().where(NoticeRead.notice_id == Notice.id, NoticeRead.account_id == actor.account_id)
    found = db.session.execute(
        select(Notice, read).order_by(Notice.at.desc(), Notice.id.desc())
        .offset((pager["page"] - 1) * pager["page_size"]).limit(pager["page_size"])
    ).all()  # fmt: skip
    told = [_words(actor, notice, read=read) for notice, read in found]
    return render_template(
        "admin/notices.html", notices=told, pager=pager if total > addresses.SIZES[0] else None,
        some_unread=any(not words["read"] for words in told),
    )  # fmt: skip


def _words(actor: Actor, notice: Notice, *, read: bool) -> dict[str, Any]:
    return {
        "sentence": spoken(notice.sentence), "at": notice.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"), "read": read,
        "url": url_for(".open_rows", ref=notice.ref) if address_of(actor, notice) else "",
        "read_url": url_for(".mark_read", ref=notice.ref),
    }  # fmt: skip


def address_of(actor: Actor, notice: Notice) -> str:
    """Return the page with exactly the rows that a notice is about, "" where there is none or it is not the reader's."""
    if notice.noun == "job":
        return url_for("jobs.show", ref=notice.query)
    if notice.noun not in BY_NOUN or not allowed(actor, "list", notice.noun):
        return ""
    if notice.object_id is not None:
        return url_for(f"{notice.noun}.details", row_id=notice.object_id)
    query = notice.query or urlencode({PARAMETER: notice.ref})
    return f"{url_for(f'{notice.noun}.index')}?{query}"


@blueprint.route("/<ref:ref>/open", methods=["POST"])
def open_rows(ref: str) -> ResponseReturnValue:
    """Note that a notice was read, and lead to its rows."""
    actor = actor_of(db.session())
    notice = db.session.scalar(select(Notice).where(Notice.ref == ref))
    address = address_of(actor, notice) if notice else ""
    _read(actor, ref)
    return redirect(address or url_for(".index"), 303)


@blueprint.route("/<ref:ref>/read", methods=["POST"])
def mark_read(ref: str) -> ResponseReturnValue:
    """Note that a notice was read."""
    _read(actor_of(db.session()), ref)
    return _back()


@blueprint.route("/read", methods=["POST"])
def mark_all_read() -> ResponseReturnValue:
    """Note that all of the reader's notices were read."""
    _read(actor_of(db.session()), None)
    return _back()


def _read(actor: Actor, ref: str | None) -> None:
    try:
        notices.mark_read(db.session(), actor, ref)
        db.session.commit()
    except IntegrityError:  # read in another window at the same moment
        db.session.rollback()


def _back() -> ResponseReturnValue:
    came = addresses.inside(request.form.get("back"))
    return redirect(came or url_for(".index"), 303)
