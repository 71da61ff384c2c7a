"""Drawing on a PDF page in the badge's font: lines that fit, text that wraps, codes as rectangles; and what cannot be drawn.

The tuned way of PERFORMANCE §8: one embedded subset of one font, codes written into the page's own stream, no ASCII85.
"""

import io
import re
from functools import cache
from typing import Any

import zxingcpp
from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from workflow.glyphs import FONT, drawn

NAME = "Badge"
INK, SOFT = HexColor("#14202e"), HexColor("#5b6876")
INSTEAD = "?"  # of a character that the font lacks
_DARK = re.compile(rb"\x00+")
rl_config.useA85 = 0  # the library's switch for the whole process


class CannotPrint(Exception):
    """The file cannot be made; the message says why and what to do."""


@cache
def font() -> str:
    """Return the font's name for a canvas; read once."""
    pdfmetrics.registerFont(TTFont(NAME, str(FONT)))
    return NAME


def width_of(text: str, size: float) -> float:
    """Return how wide a text is."""
    return float(pdfmetrics.stringWidth(text, font(), size))


def legible(text: str) -> str:
    """Return a text with ``INSTEAD`` for each character that the font lacks."""
    return "".join(char if ord(char) in drawn() else INSTEAD for char in text)


def write(canvas: Canvas, text: str, x: float, y: float, size: float, colour: Any, *, right: bool = False) -> None:
    """Write one line from ``x`` on, or up to it."""
    canvas.setFillColor(colour)
    canvas.setFont(font(), size)
    (canvas.drawRightString if right else canvas.drawString)(x, y, legible(text))


def fitting(text: str, size: float, room: float) -> float:
    """Return the size, or the smaller one at which the text fits the room."""
    width = width_of(text, size)
    return size * min(1, room / width) if width else size


def wrapped(text: str, size: float, room: float, most: int = 2) -> tuple[float, list[str]]:
    """Break a text at any character, as Chinese may be; one that needs more lines is written smaller in as many."""
    while width_of(text, size) > most * room * 0.97:
        size *= 0.95
    lines = [""]
    for char in text:
        if width_of(lines[-1] + char, size) > room:
            lines.append("")
        lines[-1] += char
    return size, lines[:most]


def qr(canvas: Canvas, text: str, x: float, y: float, side: float) -> None:
    """Draw a QR, dark runs of a row as one rectangle each in whole modules, written straight into the page's stream."""
    matrix: Any = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(
        scale=1, add_quiet_zones=False
    )
    pixels: Any = memoryview(matrix)
    size, rows = pixels.shape[0], bytes(pixels)
    parts = [f"q {side / size:.4f} 0 0 {side / size:.4f} {x:.3f} {y:.3f} cm 0 0 0 rg"]
    for number in range(size):
        top, row = size - 1 - number, rows[number * size : (number + 1) * size]
        parts += [f"{run.start()} {top} {run.end() - run.start()} 1 re" for run in _DARK.finditer(row)]
    canvas._code.append("\n".join([*parts, "f Q"]))  # noqa: SLF001 - the library has no call for many rectangles at once


class Jpeg(ImageReader):  # type: ignore[misc]  # the library has no types
    """A JPEG that goes into the file as it is: the library would unpack it to see whether it had been drawn before."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._dataA = None

    def getRGBData(self) -> bytes:  # noqa: N802 - the library's name
        """Return what tells the picture from others."""
        return self.data

    def jpeg_fh(self) -> io.BytesIO:
        """Return the file."""
        return io.BytesIO(self.data)
