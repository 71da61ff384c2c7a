"""Badges as PDF: one A6 page each, or four to an A4 sheet; Chinese and Latin names, portrait, label, signed QR.

The tuned way of PERFORMANCE §8: one embedded subset of one font, portraits passed through as JPEG, the QR as
rectangles in the page's own stream, no ASCII85.
"""

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, A6
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from exchange.badge_codes import code_of
from exchange.drawing import INK, SOFT, CannotPrint, Jpeg, fitting, font, qr, wrapped
from exchange.pictures import path_of
from models import Attachment, AttachmentKind, Batch, BatchRow, Certificate, Edition, Label, Outcome
from models.certificate import DEAD

WIDTH, HEIGHT = A6
COLOURS = {Label.PROFESSIONAL: "#1b6e4f", Label.STAFF: "#0b5cad", Label.VIP: "#8a5a00"}
ENGLISH = {Label.PROFESSIONAL: "Professional visitor", Label.STAFF: "Staff", Label.VIP: "VIP"}
WHITE = HexColor("#ffffff")
QR_SIDE = 30 * mm
MOST = 1000  # badges in one file
PHOTO = (26 * mm, 32 * mm)


@dataclass(frozen=True)
class Face:
    """What is printed on one badge; ``address`` is what its QR opens."""

    card_no: str
    name: str
    name_en: str
    unit: str
    delegation: str
    label: Label
    period: str
    edition: str
    photo: bytes
    address: str


def faces(session: Session, batch: Batch, folder: Path, address: Callable[[str], str]) -> list[Face]:
    """Return the faces of a printing batch's cards in order, of those that are still valid; raise CannotPrint."""
    if batch.done > MOST:
        raise CannotPrint(f"一次最多打印{MOST}张证件，请分批办理“打印证件”")
    photo = (
        select(Attachment.ref)
        .where(Attachment.person_id == Certificate.person_id, Attachment.kind == AttachmentKind.PHOTO)
        .order_by(Attachment.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Certificate, Edition.name, photo)
        .join(BatchRow, BatchRow.object_id == Certificate.id)
        .join(Edition, Edition.id == Certificate.edition_id)
        .where(*_of(batch), Certificate.card_no.is_not(None), Certificate.status.not_in(DEAD))
        .order_by(Certificate.id)
    ).all()
    if not rows:
        raise CannotPrint("本批证件已全部失效或挂失，不再打印；新证件请另行办理“打印证件”")
    return [_face(card, edition, _photo(folder, card, ref), address) for card, edition, ref in rows]


def left_out(session: Session, batch: Batch) -> int:
    """Return how many cards of a printing batch are void or lost by now and are not printed again."""
    cards = select(func.count()).select_from(Certificate).join(BatchRow, BatchRow.object_id == Certificate.id)
    return session.scalar(cards.where(*_of(batch), Certificate.status.in_(DEAD))) or 0


def _of(batch: Batch) -> tuple[ColumnElement[bool], ...]:
    return BatchRow.batch_id == batch.id, BatchRow.outcome == Outcome.done


def _face(card: Certificate, edition: str, photo: bytes, address: Callable[[str], str]) -> Face:
    number = card.card_no or ""
    return Face(
        number, card.holder_name, card.holder_name_en or "", card.unit_name, card.delegation_name, card.label,
        card.period.label, edition, photo, address(code_of(number)),
    )  # fmt: skip


def _photo(folder: Path, card: Certificate, ref: str | None) -> bytes:
    path = path_of(folder, ref) if ref else None
    if path is None or not path.is_file():
        raise CannotPrint(f"{card.holder_name}的证件照文件缺失，没有生成文件；请在人员页重新上传证件照后再试")
    data = path.read_bytes()
    if data.startswith(b"\xff\xd8"):
        return data
    out = io.BytesIO()
    with Image.open(io.BytesIO(data)) as image:  # a PNG is printed smaller and faster as JPEG
        image.convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def badges_pdf(faces: Sequence[Face], *, four_up: bool = False) -> bytes:
    """Return one PDF of all badges, in the order given."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4 if four_up else A6, pageCompression=1, invariant=1)
    canvas.setTitle("证件")
    for place, face in enumerate(faces):
        quarter = place % 4 if four_up else 0
        canvas.saveState()
        canvas.translate((quarter % 2) * A4[0] / 2 if four_up else 0, (1 - quarter // 2) * A4[1] / 2 if four_up else 0)
        _draw(canvas, face)
        canvas.restoreState()
        if not four_up or quarter == 3 or place == len(faces) - 1:
            canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, face: Face) -> None:
    canvas.doForm(_frame(canvas, face.label, face.edition))
    canvas.drawImage(Jpeg(face.photo), 9 * mm, HEIGHT - 17 * mm - PHOTO[1], *PHOTO, preserveAspectRatio=True)
    qr(canvas, face.address, WIDTH - 9 * mm - QR_SIDE, HEIGHT - 17 * mm - QR_SIDE - 1 * mm, QR_SIDE)
    canvas.setFillColor(INK)
    _line(canvas, face.name, 26, HEIGHT - 65 * mm)
    baseline = HEIGHT - 81 * mm
    size, lines = wrapped(face.unit, 12, WIDTH - 16 * mm)
    for part in lines:
        _line(canvas, part, size, baseline)
        baseline -= 5.5 * mm
    _line(canvas, f"{face.period}   No. {face.card_no}", 10, 27.5 * mm)
    canvas.setFillColor(SOFT)
    _line(canvas, face.name_en, 11, HEIGHT - 72 * mm)
    _line(canvas, face.delegation, 10, HEIGHT - 94 * mm)


def _frame(canvas: Canvas, label: Label, edition: str) -> str:
    """Return the name of what is the same on all badges of a label in an edition; drawn once in a file."""
    name = f"{label.value}-{hashlib.sha256(edition.encode()).hexdigest()[:12]}"
    if not canvas.hasForm(name):
        canvas.beginForm(name)
        canvas.setFillColor(HexColor(COLOURS[label]))
        canvas.rect(0, 0, WIDTH, 24 * mm, stroke=0, fill=1)
        canvas.setFillColor(WHITE)
        _line(canvas, label.label, 30, 10 * mm)
        _line(canvas, ENGLISH[label], 9, 4 * mm)
        canvas.setFillColor(INK)
        _line(canvas, edition, 11, HEIGHT - 11 * mm)
        canvas.endForm()
    return name


def _line(canvas: Canvas, text: str, size: float, y: float) -> None:
    """Write a centred line, smaller where it would not fit."""
    if text:
        canvas.setFont(font(), fitting(text, size, WIDTH - 12 * mm))
        canvas.drawCentredString(WIDTH / 2, y, text)
