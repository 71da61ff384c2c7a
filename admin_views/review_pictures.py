"""The pictures at the review desk: those of the row before the clerk, shown within the page and nowhere else.

They are ours (decoded and written anew when they came in); each is sent only along with a row that the reader sees.
"""

from typing import Any

from flask import Response, abort, send_file, url_for
from sqlalchemy import ColumnElement, select

from admin_views.editing import files_folder
from admin_views.list_page import Reader
from exchange import labels
from exchange.pictures import path_of
from models import Attachment, AttachmentKind, figures

KINDS = {"unit": (AttachmentKind.LICENCE,), "person": (AttachmentKind.PHOTO, AttachmentKind.ID_IMAGE)}
PLACE = {"unit": "licence", "person": "portrait"}  # what checks and opinions call the picture
MOST = 6
SHOWN = {"image/jpeg", "image/png"}


def _of(noun: str, row_id: int) -> ColumnElement[bool]:
    own = (
        Attachment.person_id == row_id
        if noun == "person"
        else (Attachment.unit_id == row_id) & Attachment.person_id.is_(None)
    )
    return own & Attachment.kind.in_(KINDS[noun])


def pictures(reader: Reader, noun: str, row: Any) -> list[dict[str, str]]:
    """Return the row's pictures, portraits before papers, the newest of each first."""
    found = reader.session.scalars(
        select(Attachment).where(_of(noun, row.id)).order_by(Attachment.kind.desc(), Attachment.id.desc()).limit(MOST)
    )
    return [
        {
            "url": url_for("review.picture", noun=noun, row_id=row.id, file=one.ref), "name": one.filename,
            "kind": labels.of_member(one.kind, reader.lang),
            "at": figures.moment(one.created_at, reader.lang),
        }
        for one in found
    ]  # fmt: skip


def send(reader: Reader, noun: str, row: Any, ref: str) -> Response:
    """Send a picture of the row to be shown in the page; one of another row is none."""
    found = reader.session.scalar(select(Attachment).where(_of(noun, row.id), Attachment.ref == ref[:10]))
    path = path_of(files_folder(), found.ref) if found is not None and found.ref == ref else None
    if found is None or path is None or not path.is_file() or found.media_type not in SHOWN:
        abort(404)
    answer = send_file(path, mimetype=found.media_type, max_age=0, conditional=False)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
