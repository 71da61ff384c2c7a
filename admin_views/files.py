"""Download of stored files: scoped like every row, never shown inside our own pages (SECURITY Z10)."""

from flask import Blueprint, Response, abort, send_file
from sqlalchemy import select

from admin_views.editing import files_folder
from exchange.filenames import content_disposition
from exchange.pictures import path_of
from extensions import db
from models import Attachment
from workflow.actors import Forbidden, actor_of
from workflow.rights import allowed

blueprint = Blueprint("file", __name__)
REF_LENGTH = 10


@blueprint.route("/admin/file/<ref>")
def download(ref: str) -> Response:
    """Send a file of the reader's scope as an attachment; a foreign and a missing one are the same 404."""
    session = db.session()
    if not allowed(actor_of(session), "details", "attachment"):
        raise Forbidden("details attachment")
    found = session.scalar(select(Attachment).where(Attachment.ref == ref[:REF_LENGTH])) if ref.isalnum() else None
    if found is None or found.ref != ref:
        abort(404)
    path = path_of(files_folder(), found.ref)
    if not path.is_file():
        abort(404)
    answer = send_file(path, mimetype=found.media_type, max_age=0, conditional=False)
    answer.headers["Content-Disposition"] = content_disposition(found.filename)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
