"""The gate: what a badge is worth, by its signed code, as a page and as JSON; and the list of void cards.

Open to everybody, since the code is the key: it tells a masked name and no more. Forged codes are counted by address.
"""

from typing import Any

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_views import languages, throttle
from admin_views.sessions import system_session
from exchange import badge_codes, labels
from exchange.filenames import content_disposition
from extensions import db
from models.kinds import mask, now
from workflow.actors import Forbidden, actor_of
from workflow.badge_truth import Truth, truth_of
from workflow.badge_truth import void_list as void_list_of
from workflow.rights import allowed

blueprint = Blueprint("gate", __name__)


@blueprint.route("/gate/<code>")
def check(code: str) -> ResponseReturnValue:
    """Show a card's worth in letters that are read at arm's length."""
    truth = _truth(code)
    told = None if truth is None else _told(truth)
    return make_response(render_template("gate/check.html", told=told), 200 if told else 404)


@blueprint.route("/gate/<code>/answer")
def answer(code: str) -> ResponseReturnValue:
    """Answer a gate's device."""
    truth = _truth(code)
    return (jsonify(status="forged"), 404) if truth is None else jsonify(_told(truth))


def _truth(code: str) -> Truth | None:
    """Return what the code's card is worth; None, and a mark against the address, for a code we did not sign."""
    address = throttle.network(request.remote_addr)
    try:
        card_no = badge_codes.card_no_of(code)
    except badge_codes.Forged:
        if not throttle.admit_forgery(address):
            abort(429)
        return None
    with system_session(read_only=True) as session:
        return truth_of(session, card_no)


def _told(truth: Truth) -> dict[str, Any]:
    lang, card = languages.chosen(), truth.card
    return {
        "status": truth.worth.value, "tone": truth.worth.tone, "words": labels.of_member(truth.worth, lang),
        "card_no": card.card_no, "holder": mask("name", card.holder_name), "label": labels.of_member(card.label, lang),
        "period": labels.of_member(card.period, lang), "replaced_by": truth.replaced_by,
        "at": now().isoformat(timespec="seconds"),
    }  # fmt: skip


@blueprint.route("/admin/certificate/void-list")
def void_list() -> Response:
    """Send the signed list of the province's void cards for gates that have no network."""
    session = db.session()
    actor = actor_of(session)
    if not allowed(actor, "void_list", "certificate"):
        raise Forbidden("void list")
    body = void_list_of(session, actor.edition_id, actor.province_id, now())
    text = f"{body}# signature {badge_codes.sign('void list', body)}\n# key {badge_codes.public_key()}\n"
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = content_disposition("失效证件清单.csv")
    return response


def address_of(code: str) -> str:
    """Return what a badge's QR opens."""
    return url_for("gate.check", code=code, _external=True)
