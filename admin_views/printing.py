"""The badges of a printing batch as a file; that it was fetched is entered in the trail first."""

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin_views import gate
from admin_views.batches import readable
from admin_views.editing import files_folder
from admin_views.receipt_page import may_print
from admin_views.sentences import spoken
from exchange import badges
from exchange.filenames import content_disposition
from workflow.actors import Forbidden
from workflow.trail import note

blueprint = Blueprint("printing", __name__, url_prefix="/admin/batch")


@blueprint.route("/<ref:ref>/badges", methods=["POST"])
def badges_file(ref: str) -> ResponseReturnValue:
    """Send the badges as PDF, one A6 page each or four to an A4 sheet."""
    reader, batch = readable(ref)
    if not may_print(reader, batch):
        raise Forbidden(batch.move)
    try:
        faces = badges.faces(reader.session, batch, files_folder(), gate.address_of)
    except badges.CannotPrint as error:
        flash(spoken(str(error)), "error")
        return redirect(url_for("batches.receipt", ref=ref), 303)
    note(reader.session, "certificate.print_file", "batch", batch.id, batch.ref, {"张数": len(faces)})
    reader.session.commit()
    four_up = request.form.get("layout") == "four"
    answer = Response(badges.badges_pdf(faces, four_up=four_up), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = content_disposition(f"证件_{ref}{'_A4' if four_up else ''}.pdf")
    return answer
