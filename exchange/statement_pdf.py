"""A statement of group pay as PDF: A4 across, the head on the first page, the headings on each, the totals at the end.

A character that the font lacks is marked; the workbook has it.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Final

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from exchange.drawing import INK, SOFT, legible, width_of, write
from exchange.statement_book import AMOUNT, COLUMNS, NUMBERS, Book
from models.figures import yuan

WIDTH, HEIGHT = map(float, landscape(A4))
MARGIN: Final[float] = 8 * mm
BOTTOM: Final[float] = 14 * mm
SIZE, LEADING, PAD = 6.2, 7.6, 1 * mm
BAND = HexColor("#e8edf5")


def pdf(made: Book) -> bytes:
    """Return the statement as one PDF; what is too long for its column is broken into lines."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1)
    canvas.setTitle(made.name)
    canvas.setAuthor(made.head[0][1])
    page = _Page(canvas, made.name)
    y = _head(canvas, made, page.begin())
    y = page.headings(y)
    for row in made.rows:
        cells = _wrapped([yuan(value) if index in (10, AMOUNT) else str(value) for index, value in enumerate(row)])
        height = max(map(len, cells)) * LEADING + 2 * PAD
        if y - height < BOTTOM:
            y = page.headings(page.turn())
        y = page.row(cells, y, height)
    if y < BOTTOM + 22 * mm:
        y = page.turn()
    _foot(canvas, made, y)
    page.end()
    canvas.save()
    return out.getvalue()


class _Page:
    """Draws page after page, each with its number."""

    def __init__(self, canvas: Canvas, name: str) -> None:
        self.canvas, self.name, self.number = canvas, name, 0

    def begin(self) -> float:
        """Begin a page; return where it starts."""
        self.number += 1
        return HEIGHT - MARGIN

    def turn(self) -> float:
        """Go on on a new page."""
        self.end()
        return self.begin()

    def end(self) -> None:
        """Write the page's number and leave it."""
        write(self.canvas, self.name, MARGIN, 7 * mm, 7, SOFT)
        self.canvas.drawRightString(WIDTH - MARGIN, 7 * mm, f"第 {self.number} 页")
        self.canvas.showPage()

    def headings(self, y: float) -> float:
        """Draw the band of headings; return where the rows begin."""
        cells = _wrapped([title for title, _width, _mm in COLUMNS])
        height = max(map(len, cells)) * LEADING + 2 * PAD
        self.canvas.setFillColor(BAND)
        self.canvas.rect(MARGIN, y - height, WIDTH - 2 * MARGIN, height, stroke=0, fill=1)
        return self.row(cells, y, height)

    def row(self, cells: Sequence[Sequence[str]], y: float, height: float) -> float:
        """Draw a row of wrapped cells below ``y``; return its lower edge."""
        for index, (x, room) in enumerate(_places()):
            base = y - PAD - SIZE
            for line in cells[index]:
                write(
                    self.canvas,
                    line,
                    x + room - PAD if index in NUMBERS else x + PAD,
                    base,
                    SIZE,
                    INK,
                    right=index in NUMBERS,
                )
                base -= LEADING
        self.canvas.setStrokeColor(BAND)
        self.canvas.line(MARGIN, y - height, WIDTH - MARGIN, y - height)
        return y - height


def _places() -> Iterator[tuple[float, float]]:
    """Yield where each column begins and how wide it is; together they fill the page."""
    scale = (WIDTH - 2 * MARGIN) / sum(width for *_rest, width in COLUMNS)
    x = MARGIN
    for *_rest, width in COLUMNS:
        yield x, width * scale
        x += width * scale


def _wrapped(texts: Sequence[str]) -> list[list[str]]:
    """Break each cell's text at any character so that it fits its column."""
    return [_lines(legible(text), room - 2 * PAD) for text, (_x, room) in zip(texts, _places(), strict=True)]


def _lines(text: str, room: float) -> list[str]:
    lines = [""]
    for char in text:
        if lines[-1] and width_of(lines[-1] + char, SIZE) > room:
            lines.append("")
        lines[-1] += char
    return lines


def _head(canvas: Canvas, made: Book, y: float) -> float:
    """Draw the title and the pairs below it, three to a line; return where the table begins."""
    write(canvas, made.title, MARGIN, y - 6 * mm, 16, INK)
    y -= 13 * mm
    third = (WIDTH - 2 * MARGIN) / 3
    for place, (label, value) in enumerate(made.head):
        x = MARGIN + place % 3 * third
        write(canvas, label, x, y, 7.5, SOFT)
        write(canvas, value, x + 27 * mm, y, 8.5, INK)
        if place % 3 == 2:
            y -= 5.2 * mm
    return y - 3


def _foot(canvas: Canvas, made: Book, y: float) -> None:
    write(canvas, f"合计（小写）：{yuan(made.total)} 元（{len(made.rows)} 笔）", MARGIN, y - 8 * mm, 10, INK)
    write(canvas, f"合计（大写）：{made.in_capitals}", MARGIN, y - 14 * mm, 10, INK)
    for place, words in enumerate(("付款单位（盖章）：", "经办人：", "日期：")):
        write(canvas, words, WIDTH / 2 + place * 46 * mm, y - 14 * mm, 9, SOFT)
