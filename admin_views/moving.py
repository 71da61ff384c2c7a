"""From a list or a details page to a preview: which move, on which rows. Nothing but the batch is written here."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select

from admin_views import addresses, finding, languages, sealed_query
from admin_views.batches import reader_of
from admin_views.filter_page import said_query
from admin_views.filters import read_id
from admin_views.list_page import Reader, moves_of, told_move
from admin_views.listing import standing
from admin_views.nodes import read_nodes
from admin_views.screen import Screen
from admin_views.screens import BY_NOUN
from admin_views.sealed_query import QueryLost
from exchange import labels
from models.columns import attribute
from workflow import engine
from workflow.actors import Forbidden
from workflow.engine import ForeignRows, Selection
from workflow.machines import MACHINES
from workflow.moves import Move
from workflow.rights import allowed
from workflow.trail import note

MOST_ROWS = 1000
blueprint = Blueprint("moving", __name__)


class NothingChosen(Exception):
    """No rows were chosen, or too many one by one; the message is one sentence."""


@blueprint.route("/admin/<noun>/moves", methods=["POST"])
def start(noun: str) -> ResponseReturnValue:
    """Stage the chosen rows and lead to the preview; what cannot be staged leads back with a sentence."""
    if noun not in MACHINES or noun not in BY_NOUN:
        abort(404)
    reader, back = reader_of(noun), addresses.came_from()
    name, _colon, row_id = request.form.get("one", "").partition(":")
    move = _move(reader, noun, name or request.form.get("move", ""))
    try:
        selection = _selection(reader, BY_NOUN[noun], [row_id] if name else None)
        _check_single(move, selection)
        batch = engine.preview(reader.session, reader.actor, noun, move.name, selection)
    except ForeignRows:
        return _refuse(reader, noun, move)
    except (QueryLost, NothingChosen) as error:
        reader.session.rollback()
        flash(str(error), "warning")
        return redirect(back or url_for(f"{noun}.index"), 303)
    reader.session.commit()
    return redirect(url_for("batches.preview", ref=batch.ref, back=back or None), 303)


def _move(reader: Reader, noun: str, name: str) -> Move:
    move = MACHINES[noun].moves.get(name)
    if move is None:
        abort(400, description=_("没有这项操作，请返回列表刷新后重试"))
    if move.hidden or reader.actor.role not in move.who:
        raise Forbidden(f"{noun}.{name}")
    return move


def _check_single(move: Move, selection: Selection) -> None:
    if not move.bulk and len(selection.ids) != 1:
        raise NothingChosen(_("“%(move)s”只能逐条办理", move=labels.of_move(move, languages.chosen())))


def _selection(reader: Reader, screen: Screen, single: list[str] | None) -> Selection:
    """Return the rows asked for: the one of a button, all that match the sealed query, or the ticked ones."""
    if single is None and request.form.get("scope") == "query":
        nodes = read_nodes(reader.session)
        query = sealed_query.open_query(screen, reader.actor, nodes, request.form.get("query", ""))
        said = _("符合条件的全部记录：%(what)s", what=said_query(reader, query))
        return Selection.matching(query.conditions(reader.actor), said)
    ids = _ids(single or request.form.getlist("rowid"))
    key = attribute(screen.model, "id")
    seen = select(func.count()).select_from(screen.model).where(key.in_(ids), *standing(screen, reader.actor))
    if reader.session.scalar(seen) != len(ids):
        raise ForeignRows
    return Selection.of_ids(sorted(ids), _("选中的 %(n)s 条", n=len(ids)))


def _ids(texts: list[str]) -> set[int]:
    """Read the ids of chosen rows; raise NothingChosen for none and for too many."""
    try:
        ids = {read_id(text) for text in texts}
    except ValueError as error:
        abort(400, description=str(error))
    if not ids:
        raise NothingChosen(_("请先勾选要办理的记录"))
    if len(ids) > MOST_ROWS:
        raise NothingChosen(_("一次最多勾选 %(n)s 条；更多请用“选中全部符合条件的记录”", n=MOST_ROWS))
    return ids


@blueprint.route("/admin/<noun>/picked", methods=["POST"])
def picked(noun: str) -> ResponseReturnValue:
    """Show the rows that were ticked, on whatever pages; those that are no more the reader's to see are left out."""
    if noun not in MACHINES or noun not in BY_NOUN:
        abort(404)
    reader, screen = reader_of(noun), BY_NOUN[noun]
    reader.session.info["read_only"] = True
    if not allowed(reader.actor, "list", noun):
        raise Forbidden(f"list {noun}")
    try:
        ids = _ids(request.form.getlist("rowid"))
    except NothingChosen as error:
        flash(str(error), "warning")
        return redirect(addresses.came_from() or reader.base, 303)
    hits = finding.hits(reader, screen, attribute(screen.model, "id").in_(ids), MOST_ROWS)
    return render_template(
        "admin/picked.html",
        view={"title": labels.of_noun(screen.model, reader.lang), "noun": noun},
        hits=hits, gone=len(ids) - len(hits), action_url=f"{reader.base}moves",
        picked={"url": f"{reader.base}picked", "key": request.form.get("picked", "")[:40]},
        moves=[told_move(move, reader.lang) for move in moves_of(reader.actor, noun) if move.bulk],
        back_url=addresses.came_from() or reader.base,
    )  # fmt: skip


def _refuse(reader: Reader, noun: str, move: Move) -> ResponseReturnValue:
    """Refuse the whole request as if nothing were there, and enter that in the trail (SECURITY Z07)."""
    reader.session.rollback()
    said = f"“{move.label}”：所选记录中有不存在或不在管理范围内的，整批拒绝"
    note(reader.session, f"{noun}.refused", noun, reason=said)
    reader.session.commit()
    abort(404)
