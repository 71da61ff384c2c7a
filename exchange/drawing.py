"""Drawing on a PDF page in the badge's font: lines that fit, text that wraps, codes as rectangles; and what cannot be drawn.

The tuned way of PERFORMANCE §8: one embedded subset of one font, codes written into the page's own stream, no ASCII85.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Any

import zxingcpp
from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from workflow.glyphs import FONT

NAME = "Badge"
INK, SOFT = HexColor("#14202e"), HexColor("#5b6876")
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
    """Draw a QR, dark runs of a row as one rectangle each, written straight into the page's stream."""
    matrix: Any = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(
        scale=1, add_quiet_zones=False
    )
    rows: Any = memoryview(matrix).tolist()
    step = side / len(rows)
    parts = ["0 0 0 rg"]
    for number, row in enumerate(rows):
        top = y + side - (number + 1) * step
        parts += [f"{x + start * step:.3f} {top:.3f} {length * step:.3f} {step:.3f} re" for start, length in _runs(row)]
    canvas._code.append("\n".join([*parts, "f"]))  # noqa: SLF001 - the library has no call for many rectangles at once


def _runs(row: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield where a run of dark modules begins, and how many they are."""
    at = 0
    for value, run in groupby(row):
        length = len(list(run))
        if value == 0:
            yield at, length
        at += length
