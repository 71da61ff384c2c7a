"""The job that reads a licence: the picture first, without a transaction, then what it says in a short one."""

from pathlib import Path

from flask import current_app
from sqlalchemy import select

from admin_views.editing import files_folder
from exchange import recognition as reading_of
from exchange.pictures import path_of
from models import Attachment, AttachmentKind
from workflow import recognition
from workflow.jobs import Context, Kind


def _read(context: Context) -> str:
    """Read a picture and store what it says; one whose row is gone has no reading."""
    ref = context.asked["file"]
    path = path_of(files_folder(), ref)
    try:
        found = reading_of.read(path.read_bytes(), Path(current_app.instance_path))
    except FileNotFoundError:
        found = reading_of.Reading(sentence=reading_of.GONE)
    licence = context.session.scalar(
        select(Attachment).where(Attachment.ref == ref, Attachment.kind == AttachmentKind.LICENCE)
    )
    if licence is not None:
        values = {key: one.value for key, one in found.proposals.items()}
        sure = {key: one.sure for key, one in found.proposals.items()}
        recognition.keep(context.session, licence, values, sure, str(found.sentence), tried=found.tried)
    return ""


RECOGNISES = Kind(name=recognition.KIND, label="识别证照", run=_read, writes=True, quiet=True)
