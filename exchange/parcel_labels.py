"""Address labels of parcels as PDF, eight to an A4 sheet; recipients in full, since a courier reads them (DOMAIN §5.4)."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange.drawing import INK, SOFT, CannotPrint, fitting, font, qr, wrapped
from models import Batch, BatchRow, Delegation, Outcome, Parcel, Unit
from models.keyring import SealBroken
from models.kinds import opened
from workflow import glyphs

COLUMNS, ROWS = 2, 4
PER_SHEET = COLUMNS * ROWS
WIDTH, HEIGHT = A4[0] / COLUMNS, A4[1] / ROWS
MARGIN = 7 * mm
QR_SIDE = 19 * mm
MOST = 2000  # labels in one file
CUT = HexColor("#b8c0c8")


@dataclass(frozen=True)
class Label:
    """What one label says; ``cards`` is how many are inside."""

    number: str
    name: str
    mobile: str
    region: str
    address: str
    postcode: str
    unit: str
    cards: int
    sender: str


def labels(session: Session, batch: Batch) -> list[Label]:
    """Return the labels of a printing batch's parcels in order; raise CannotPrint."""
    if batch.done > MOST:
        raise CannotPrint(f"一次最多打印{MOST}张面单，请分批办理“打印面单”")
    rows = session.execute(
        select(Parcel, Unit.name, Delegation.name, Delegation.phone)
        .join(BatchRow, BatchRow.object_id == Parcel.id)
        .join(Unit, Unit.id == Parcel.unit_id)
        .join(Delegation, Delegation.id == Parcel.province_id)
        .where(BatchRow.batch_id == batch.id, BatchRow.outcome == Outcome.done)
        .order_by(Parcel.id)
    )
    return [_label(parcel, unit, " ".join(filter(None, (sender, phone)))) for parcel, unit, sender, phone in rows]


def _label(parcel: Parcel, unit: str, sender: str) -> Label:
    try:
        mobile = opened(parcel, "recv_mobile")
    except SealBroken as error:
        raise CannotPrint(f"包裹{parcel.number}的收件手机无法读取，没有生成文件；请拆开包裹后重新装入") from error
    made = Label(
        parcel.number, parcel.recv_name or "", mobile, parcel.recv_region or "", parcel.recv_address or "",
        parcel.recv_postcode or "", unit, parcel.cards, sender,
    )  # fmt: skip
    lacking = glyphs.missing(made.name, made.region, made.address, made.unit, made.sender)
    if lacking:
        raise CannotPrint(f"包裹{parcel.number}的面单上有字库没有的字“{lacking}”，没有生成文件；请改写后再打印")
    return made


def labels_pdf(labels: Sequence[Label]) -> bytes:
    """Return one PDF of all labels, in the order given, row by row."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle("面单")
    for place, label in enumerate(labels):
        row, column = divmod(place % PER_SHEET, COLUMNS)
        canvas.saveState()
        canvas.translate(column * WIDTH, A4[1] - (row + 1) * HEIGHT)
        _draw(canvas, label)
        canvas.restoreState()
        if place % PER_SHEET == PER_SHEET - 1 or place == len(labels) - 1:
            canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, label: Label) -> None:
    canvas.setStrokeColor(CUT)
    canvas.setDash(2, 2)
    canvas.rect(0, 0, WIDTH, HEIGHT, stroke=1, fill=0)
    canvas.setDash()
    room = WIDTH - 2 * MARGIN
    beside = room - QR_SIDE - 3 * mm
    qr(canvas, label.number, WIDTH - MARGIN - QR_SIDE, HEIGHT - MARGIN - QR_SIDE, QR_SIDE)
    _at(canvas, f"包裹号 {label.number}", 10, HEIGHT - MARGIN - 3.5 * mm, beside, SOFT)
    _at(canvas, f"{label.name}  收", 17, HEIGHT - MARGIN - 12 * mm, beside)
    _at(canvas, label.mobile, 13, HEIGHT - MARGIN - 19 * mm, beside)
    size, lines = wrapped(f"{label.region}{label.address}", 12, room, most=4)
    for number, line in enumerate(lines):
        _at(canvas, line, size, HEIGHT - MARGIN - (27 + 5.3 * number) * mm, room)
    _at(canvas, f"邮编 {label.postcode}" if label.postcode else "", 10, MARGIN + 14 * mm, room, SOFT)
    canvas.setStrokeColor(CUT)
    canvas.line(MARGIN, MARGIN + 11 * mm, WIDTH - MARGIN, MARGIN + 11 * mm)
    _at(canvas, f"{label.unit}  证件 {label.cards} 张", 10, MARGIN + 6 * mm, room)
    _at(canvas, f"寄件 {label.sender}", 9, MARGIN + 1 * mm, room, SOFT)


def _at(canvas: Canvas, text: str, size: float, y: float, room: float, colour: HexColor = INK) -> None:
    """Write a line at the left margin, smaller where it would not fit."""
    canvas.setFillColor(colour)
    canvas.setFont(font(), fitting(text, size, room))
    canvas.drawString(MARGIN, y, text)
