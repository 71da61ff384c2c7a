"""Packages of units that leave for another province: who takes one is asked first, its password is shown once.

The password is kept nowhere. What the page hands back for the download is the password sealed for one account, one
request and a quarter of an hour. A large package is made in the background.
"""

import base64

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
from sqlalchemy import func, select

from admin_views.batches import reader_of
from admin_views.details import find
from admin_views.editing import files_folder
from admin_views.list_page import Reader
from admin_views.long_work import is_long_export, start_job
from admin_views.screens import BY_NOUN
from exchange import transfer_package
from exchange.filenames import content_disposition
from exchange.sealed_file import new_password, seal_archive
from models import Attachment, Role, TransferRequest, keyring
from models.keyring import SealBroken, SealedText
from workflow import leaving
from workflow.actors import Actor, Forbidden
from workflow.jobs import Context, Kind, Refused
from workflow.trail import note

NOUN = "transfer_request"
PACKAGE = "package"
MINUTES = 15
BIG = 8 * 1024 * 1024  # bytes of pictures from which a package is made in the background
LEAST, MOST = 2, 100  # characters of who takes it
blueprint = Blueprint("packages", __name__, url_prefix="/admin/transfer_request")


def _request(row_id: int) -> tuple[Reader, TransferRequest]:
    """Return a handed-over request of the reader's province; raise Forbidden, and 404 for any other."""
    reader = reader_of(NOUN)
    if reader.actor.role is not Role.secretariat:
        raise Forbidden(PACKAGE)
    found = find(reader.session, reader.actor, BY_NOUN[NOUN], row_id)
    if not isinstance(found, TransferRequest) or not leaving.may_pack(reader.actor, found):
        abort(404)
    return reader, found


def _place(actor: Actor, ref: str) -> str:
    return f"transfer package:{ref}:{actor.account_id}"


def _serializer(place: str) -> URLSafeTimedSerializer:
    secrets = [*(current_app.config.get("SECRET_KEY_FALLBACKS") or ()), current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(secrets, salt=place)


@blueprint.route("/<int:row_id>/package", methods=["POST"])
def make(row_id: int) -> ResponseReturnValue:
    """Ask who takes the package, then make a password for it and show that once."""
    reader, found = _request(row_id)
    back_url = url_for(f"{NOUN}.details", row_id=found.id)
    taker = " ".join(request.form.get("taker", "").split())
    asked = {"found": found, "back_url": back_url, "make_url": url_for(".make", row_id=found.id), "taker": taker}
    if "taker" not in request.form:
        return render_template("admin/package.html", error="", **asked)
    if not LEAST <= len(taker) <= MOST or "\0" in taker:
        error = _("领取人须为 %(least)s 至 %(most)s 个字", least=LEAST, most=MOST)
        return render_template("admin/package.html", error=error, **asked), 422
    place, password = _place(reader.actor, found.ref), new_password()
    blob = base64.urlsafe_b64encode(keyring.current().seal(password, place).blob).decode()
    note(reader.session, f"{NOUN}.package", NOUN, found.id, found.ref, {"领取人": taker})
    reader.session.commit()
    answer = make_response(render_template(
        "admin/package_ready.html", found=found, password=password, taker=taker, minutes=MINUTES, back_url=back_url,
        token=_serializer(place).dumps([blob, taker]), download_url=url_for(".download", row_id=found.id),
    ))  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/<int:row_id>/package.zip", methods=["POST"])
def download(row_id: int) -> ResponseReturnValue:
    """Send the package under the password that was just shown, or make it in the background when it is large."""
    reader, found = _request(row_id)
    place = _place(reader.actor, found.ref)
    try:
        blob, taker = _serializer(place).loads(request.form.get("token", ""), max_age=MINUTES * 60)
        password = _password(blob, place)
    except (BadData, SealBroken, ValueError, TypeError):
        flash(_("移交包须在密码显示后 %(n)s 分钟内下载；请重新生成，会有新的密码", n=MINUTES), "warning")
        return redirect(url_for(f"{NOUN}.details", row_id=found.id), 303)
    size, files = reader.session.execute(
        select(func.coalesce(func.sum(Attachment.size), 0), func.count()).where(Attachment.unit_id == found.unit_id)
    ).one()
    if size > BIG or is_long_export(files):
        label = _("生成“%(unit)s”的移交包", unit=found.unit_name)
        asked = {"id": found.id, "sealed": blob, "taker": taker}
        return redirect(url_for("jobs.show", ref=start_job(reader, PACKAGE, label, asked, files).ref), 303)
    try:
        data = _archive(reader, found, password, taker)
    except FileNotFoundError:
        reader.session.rollback()
        flash(_("有图片的文件缺失，没有生成移交包；请联系系统管理员"), "error")
        return redirect(url_for(f"{NOUN}.details", row_id=row_id), 303)
    reader.session.commit()
    answer = Response(data, mimetype="application/zip")
    answer.headers["Content-Disposition"] = content_disposition(filename(found))
    return answer


def _password(blob: str, place: str) -> str:
    return keyring.current().open(SealedText(base64.urlsafe_b64decode(blob)), place)


def filename(found: TransferRequest) -> str:
    """Return the name under which a package is sent."""
    return f"移交包_{found.ref}.zip"


def _archive(reader: Reader, found: TransferRequest, password: str, taker: str) -> bytes:
    """Make the package, and enter that it left: in the trail, and in the list of packages."""
    package = transfer_package.send(reader.session, reader.actor, found, files_folder(), taker)
    return seal_archive(transfer_package.archived(package), password)


def _in_background(context: Context) -> str:
    """Make a large package; what the asker may do is asked again."""
    reader, asked = Reader(context.session, context.actor, context.lang, ""), context.asked
    found = context.session.scalar(select(TransferRequest).where(TransferRequest.id == asked["id"]))
    if found is None or not leaving.may_pack(context.actor, found):
        raise Forbidden(PACKAGE)
    try:
        data = _archive(reader, found, _password(asked["sealed"], _place(context.actor, found.ref)), asked["taker"])
    except FileNotFoundError as error:
        raise Refused(_("有图片的文件缺失，没有生成移交包；请联系系统管理员")) from error
    with context.create() as file:
        file.write(data)
    return filename(found)


PACKAGES = Kind(name=PACKAGE, label="移交包", run=_in_background, writes=True)
