"""What a printing batch prints as a file: badges, address labels; that it was fetched is entered in the trail first."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin_views import gate
from admin_views.batches import readable
from admin_views.editing import files_folder
from admin_views.list_page import Reader
from admin_views.receipt_page import may_print
from admin_views.sentences import spoken
from exchange import badges, parcel_labels
from exchange.drawing import CannotPrint
from exchange.filenames import content_disposition
from models import Batch
from workflow.actors import Forbidden
from workflow.trail import note

blueprint = Blueprint("printing", __name__, url_prefix="/admin/batch")


Made = TypeVar("Made")


def _made(ref: str, noun: str, make: Callable[[Reader, Batch], list[Made]]) -> list[Made] | None:
    """Return what is to be printed, with its entry in the trail; None, and the reason told, where it cannot be."""
    reader, batch = readable(ref)
    if batch.noun != noun or not may_print(reader, batch):
        raise Forbidden(batch.move)
    try:
        made = make(reader, batch)
    except CannotPrint as error:
        flash(spoken(str(error)), "error")
        return None
    note(reader.session, f"{noun}.print_file", "batch", batch.id, batch.ref, {"张数": len(made)})
    reader.session.commit()
    return made


def _sent(data: bytes, name: str) -> Response:
    answer = Response(data, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = content_disposition(name)
    return answer


def _back(ref: str) -> ResponseReturnValue:
    return redirect(url_for("batches.receipt", ref=ref), 303)


@blueprint.route("/<ref:ref>/badges", methods=["POST"])
def badges_file(ref: str) -> ResponseReturnValue:
    """Send the badges as PDF, one A6 page each or four to an A4 sheet."""

    def make(reader: Reader, batch: Batch) -> list[badges.Face]:
        return badges.faces(reader.session, batch, files_folder(), gate.address_of)

    if (faces := _made(ref, "certificate", make)) is None:
        return _back(ref)
    four_up = request.form.get("layout") == "four"
    return _sent(badges.badges_pdf(faces, four_up=four_up), f"证件_{ref}{'_A4' if four_up else ''}.pdf")


@blueprint.route("/<ref:ref>/labels", methods=["POST"])
def labels_file(ref: str) -> ResponseReturnValue:
    """Send the address labels as PDF, eight to an A4 sheet."""
    made = _made(ref, "parcel", lambda reader, batch: parcel_labels.labels(reader.session, batch))
    return _back(ref) if made is None else _sent(parcel_labels.labels_pdf(made), f"面单_{ref}.pdf")
