"""The police's list as a file: its password is shown once, the file fetched beside it; who made it goes into the trail.

The password is kept nowhere. What the page hands back for the download is the password sealed for one account, one batch
and a quarter of an hour.
"""

import base64
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
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import func, select, update

from admin_views.batches import XLSX, reader_of
from admin_views.details import find
from admin_views.list_page import Reader
from admin_views.listing import standing
from admin_views.screens import BY_NOUN
from exchange import security_list
from exchange.filenames import content_disposition
from models import Person, PersonStatus, SecurityBatch, SecurityBatchStatus, SecurityStatus, keyring
from models.keyring import SealBroken, SealedText
from models.kinds import now
from workflow import engine, security
from workflow.actors import SYSTEM, Forbidden, acting
from workflow.engine import Selection
from workflow.machines import MACHINES
from workflow.moves import Context
from workflow.sessions import writing_sets
from workflow.trail import note

NOUN = "security_batch"
HAND_OVER = "hand_over_to_security"
MINUTES = 15
blueprint = Blueprint("security_lists", __name__, url_prefix="/admin/security_batch")


def may_hand_over(reader: Reader) -> bool:
    """Whether the reader's role makes batches and their files."""
    return reader.actor.role in MACHINES["person"].moves[HAND_OVER].who


def _batch(row_id: int) -> tuple[Reader, SecurityBatch]:
    """Return a batch of the reader's province; raise Forbidden, and 404 for any other."""
    reader = reader_of(NOUN)
    if not may_hand_over(reader):
        raise Forbidden(HAND_OVER)
    found = find(reader.session, reader.actor, BY_NOUN[NOUN], row_id)
    if not isinstance(found, SecurityBatch) or found.status is SecurityBatchStatus.recalled:
        abort(404)
    return reader, found


def _serializer(reader: Reader, batch: SecurityBatch) -> URLSafeTimedSerializer:
    secrets = [*(current_app.config.get("SECRET_KEY_FALLBACKS") or ()), current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(secrets, salt=_place(reader, batch))


def _place(reader: Reader, batch: SecurityBatch) -> str:
    return f"security list:{batch.ref}:{reader.actor.account_id}"


@blueprint.route("/<int:row_id>/list", methods=["POST"])
def make(row_id: int) -> ResponseReturnValue:
    """Make a password for a new file of the batch, and show it this once."""
    reader, batch = _batch(row_id)
    password = security_list.new_password()
    with acting(reader.session, SYSTEM), writing_sets(reader.session):
        made = update(SecurityBatch).where(SecurityBatch.id == batch.id)
        counted = {"files_made": SecurityBatch.files_made + 1, "file_made_at": now()}
        reader.session.execute(made.values(**counted), execution_options={"synchronize_session": False})
    note(
        reader.session,
        "security_batch.list",
        NOUN,
        batch.id,
        batch.ref,
        {"份数": [batch.files_made, batch.files_made + 1]},
    )
    reader.session.commit()
    blob = keyring.current().seal(password, _place(reader, batch)).blob
    token = _serializer(reader, batch).dumps(base64.urlsafe_b64encode(blob).decode())
    page = render_template(
        "admin/security_list.html", batch=batch, password=password, token=token, minutes=MINUTES,
        download_url=url_for(".download", row_id=batch.id), back_url=url_for(f"{NOUN}.details", row_id=batch.id),
    )  # fmt: skip
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/<int:row_id>/list.xlsx", methods=["POST"])
def download(row_id: int) -> ResponseReturnValue:
    """Send the list, encrypted with the password that was just shown; that it left is entered in the trail first."""
    reader, batch = _batch(row_id)
    try:
        blob = base64.urlsafe_b64decode(
            _serializer(reader, batch).loads(request.form.get("token", ""), max_age=MINUTES * 60)
        )
        password = keyring.current().open(SealedText(blob), _place(reader, batch))
    except (BadData, SealBroken, ValueError, TypeError):
        flash(_("名单须在密码显示后 %(n)s 分钟内下载；请重新生成，会有新的密码", n=MINUTES), "warning")
        return redirect(url_for(f"{NOUN}.details", row_id=batch.id), 303)
    rows = batch.added + batch.changed + batch.withdrawn
    note(reader.session, "security_batch.export", NOUN, batch.id, batch.ref, {"行数": rows, "格式": "xlsx"})
    file = security_list.encrypted(security_list.workbook(reader.session, reader.actor, batch), password)
    reader.session.commit()
    answer = Response(file, mimetype=XLSX)
    answer.headers["Content-Disposition"] = content_disposition(f"{security_list.SHEET}_{batch.number}.xlsx")
    return answer


def pending(reader: Reader) -> tuple[int, int]:
    """Return how many persons are new or changed since the last hand-over, and how many withdrawals are due."""
    new = select(func.count()).select_from(Person).where(*_new(reader))
    with acting(reader.session, SYSTEM):
        gone = len(security.leaving(reader.session, reader.actor.province_id, reader.actor.edition_id))
    return reader.session.scalar(new) or 0, gone


def _new(reader: Reader) -> list[Any]:
    waits = (Person.review_status == PersonStatus.pending_review, Person.security_status != SecurityStatus.sent)
    return [*standing(BY_NOUN["person"], reader.actor), *waits]


@blueprint.route("/next", methods=["POST"])
def start() -> ResponseReturnValue:
    """Stage whoever is new or changed since the last hand-over; withdrawals alone make a batch at once."""
    reader = reader_of(NOUN)
    if not may_hand_over(reader):
        raise Forbidden(HAND_OVER)
    session = reader.session
    new, gone = pending(reader)
    if new:
        chosen = Selection.matching(_new(reader), _("上次移交后新增或变更的人员"))
        batch = engine.preview(session, reader.actor, "person", HAND_OVER, chosen)
        session.commit()
        return redirect(url_for("batches.preview", ref=batch.ref, back=url_for(f"{NOUN}.index")), 303)
    if not gone:
        return _nobody()
    made = security.hand_over_withdrawals(Context(session, reader.actor, now()))
    session.commit()
    if made is None:  # a colleague was faster
        return _nobody()
    flash(_("没有新增或变更的人员；已生成只含 %(n)s 名撤回人员的批次", n=made.withdrawn), "success")
    return redirect(url_for(f"{NOUN}.details", row_id=made.id), 303)


def _nobody() -> ResponseReturnValue:
    flash(_("上次移交后没有新增、变更或撤回的人员"), "info")
    return redirect(url_for(f"{NOUN}.index"), 303)
