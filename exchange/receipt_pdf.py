"""The receipt (收据) of one recorded payment as PDF: A5 across, what came in, from whom, for what (DOMAIN §1.4).

It names the person by name, unit and reference, never by a number of identity, and is the same whenever it is made.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A5, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy.orm import Session

from exchange.drawing import INK, SOFT, legible, wrapped, write
from models import Account, Delegation, Edition, Payment, PaymentKind, Person, Unit
from models.capitals import capitals
from models.figures import moment, yuan
from workflow.actors import unscoped

WIDTH, HEIGHT = map(float, landscape(A5))
MARGIN, LINE, LABEL = 14 * mm, 11.5 * mm, 30 * mm
SIZE: Final = 10.5
RULE = HexColor("#c3ccd8")


class NoReceipt(Exception):
    """The payment is money that went back: there is nothing to confirm."""


@dataclass(frozen=True)
class Receipt:
    """A receipt as it is written: its number, the pairs of its lines, who issues it and who signs."""

    number: str
    lines: tuple[tuple[str, str], ...]
    issuer: str
    clerk: str

    @property
    def name(self) -> str:
        """What the file is called."""
        return f"收据_{self.number}"


def receipt(session: Session, payment: Payment) -> Receipt:
    """Read what stands on the receipt of a payment; raise NoReceipt for a refund."""
    if payment.kind is not PaymentKind.RECEIPT:
        raise NoReceipt(payment.ref)
    with unscoped(session):
        person, unit = session.get_one(Person, payment.person_id), session.get_one(Unit, payment.unit_id)
        edition, issuer = session.get_one(Edition, payment.edition_id), session.get_one(Delegation, payment.province_id)
        clerk = session.get(Account, payment.by_id) if payment.by_id else None
    lines = (
        ("交款人", f"{person.name}（人员编号 {person.ref}）"), ("所属单位", unit.name),
        ("收款事由", f"{edition.name} {payment.purpose.label}"),
        ("金额（小写）", f"¥{yuan(payment.amount)}"), ("金额（大写）", f"人民币{capitals(payment.amount)}"),
        ("支付日期", f"{payment.paid_on:%Y-%m-%d}"), ("流水号", payment.serial_no),
        ("登记时间", moment(payment.at, "zh")),
    )  # fmt: skip
    return Receipt(payment.ref, lines, issuer.name, clerk.name if clerk else "系统")


def pdf(made: Receipt) -> bytes:
    """Return the receipt as one page; what is too long for its line stands in two."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1)
    canvas.setTitle(made.name)
    canvas.setAuthor(made.issuer)
    write(canvas, "收据", WIDTH / 2 - 24, HEIGHT - 17 * mm, 24, INK)
    write(canvas, f"编号：{made.number}", WIDTH - MARGIN, HEIGHT - 16 * mm, 9.5, SOFT, right=True)
    y = _table(canvas, made.lines, HEIGHT - 24 * mm)
    write(canvas, f"收款单位（盖章）：{made.issuer}", MARGIN, y - 9 * mm, 9.5, INK)
    write(canvas, f"经办人：{made.clerk}", WIDTH - MARGIN, y - 9 * mm, 9.5, INK, right=True)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _table(canvas: Canvas, lines: Sequence[tuple[str, str]], y: float) -> float:
    """Draw a ruled line for each pair; return where the table ends."""
    room = WIDTH - 2 * MARGIN - LABEL - 6 * mm
    canvas.setStrokeColor(RULE)
    canvas.rect(MARGIN, y - len(lines) * LINE, WIDTH - 2 * MARGIN, len(lines) * LINE)
    canvas.line(MARGIN + LABEL, y, MARGIN + LABEL, y - len(lines) * LINE)
    for label, value in lines:
        middle = y - LINE / 2
        write(canvas, label, MARGIN + 3 * mm, middle - 1.3 * mm, 9.5, SOFT)
        size, parts = wrapped(legible(value), SIZE, room)
        for place, part in enumerate(parts):
            shift = (len(parts) - 1) / 2 - place
            write(canvas, part, MARGIN + LABEL + 3 * mm, middle - 1.3 * mm + shift * size * 1.2, size, INK)
        y -= LINE
        canvas.line(MARGIN, y, WIDTH - MARGIN, y)
    return y
