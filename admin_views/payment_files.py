"""The receipt of a payment as PDF; that it was fetched is entered in the trail first."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from admin_views import details
from admin_views.batches import reader_of
from admin_views.screens import BY_NOUN
from admin_views.statement_files import sent
from exchange import receipt_pdf
from models import Payment
from workflow.actors import Forbidden
from workflow.rights import allowed
from workflow.trail import note

NOUN = "payment"
blueprint = Blueprint("payment_files", __name__, url_prefix="/admin/payment")


@blueprint.route("/<int:row_id>/receipt", methods=["POST"])
def receipt(row_id: int) -> ResponseReturnValue:
    """Send the receipt; a refund has none."""
    reader = reader_of(NOUN)
    if not allowed(reader.actor, "export", NOUN):
        raise Forbidden(f"export {NOUN}")
    row = details.find(reader.session, reader.actor, BY_NOUN[NOUN], row_id)
    assert isinstance(row, Payment)  # noqa: S101 - the screen's own model
    try:
        made = receipt_pdf.receipt(reader.session, row)
    except receipt_pdf.NoReceipt as error:
        raise NotFound from error
    note(reader.session, "payment.receipt", NOUN, row.id, row.ref, {"格式": "pdf"})
    reader.session.commit()
    return sent(receipt_pdf.pdf(made), "application/pdf", f"{made.name}.pdf")
