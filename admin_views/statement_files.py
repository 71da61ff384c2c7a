"""A statement as a file, workbook or PDF; that it was fetched is entered in the trail first."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from admin_views import details
from admin_views.batches import XLSX, reader_of
from admin_views.screens import BY_NOUN
from exchange import statement_book, statement_pdf
from exchange.filenames import content_disposition
from exchange.statement_book import Book
from models import Statement
from workflow.actors import Forbidden
from workflow.rights import allowed
from workflow.trail import note

NOUN = "statement"
blueprint = Blueprint("statement_files", __name__, url_prefix="/admin/statement")


def _book(row_id: int, ending: str) -> Book:
    """Return what is to be sent, with its entry in the trail."""
    reader = reader_of(NOUN)
    if not allowed(reader.actor, "export", NOUN):
        raise Forbidden(f"export {NOUN}")
    row = details.find(reader.session, reader.actor, BY_NOUN[NOUN], row_id)
    assert isinstance(row, Statement)  # noqa: S101 - the screen's own model
    made = statement_book.book(reader.session, row)
    note(reader.session, "statement.export", NOUN, row.id, row.ref, {"格式": ending, "笔数": len(made.rows)})
    reader.session.commit()
    return made


def sent(data: bytes, kind: str, name: str) -> Response:
    """Answer with a file of a name."""
    answer = Response(data, mimetype=kind)
    answer.headers["Content-Disposition"] = content_disposition(name)
    return answer


@blueprint.route("/<int:row_id>/xlsx", methods=["POST"])
def workbook(row_id: int) -> ResponseReturnValue:
    """Send the statement as a workbook."""
    made = _book(row_id, "xlsx")
    return sent(b"".join(statement_book.xlsx(made)), XLSX, f"{made.name}.xlsx")


@blueprint.route("/<int:row_id>/pdf", methods=["POST"])
def pdf(row_id: int) -> ResponseReturnValue:
    """Send the statement as PDF."""
    made = _book(row_id, "pdf")
    return sent(statement_pdf.pdf(made), "application/pdf", f"{made.name}.pdf")
