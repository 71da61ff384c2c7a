"""Which characters the badge's font can draw: a name must never come out as an empty box."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from reportlab.pdfbase.ttfonts import TTFontFile

FONT = Path(__file__).parents[1] / "static/vendor/noto-sans-sc-0.4.3/NotoSansSC_500Medium.ttf"


@cache
def drawn() -> frozenset[int]:
    """Return the code points of the font; read once, in about a tenth of a second."""
    return frozenset(TTFontFile(str(FONT)).charToGlyph)


def missing(*texts: str | None) -> str | None:
    """Return the characters of the texts that the font lacks, each once in order; None when it has them all."""
    found = dict.fromkeys(_characters(texts))
    return "".join(found) or None


def _characters(texts: Iterable[str | None]) -> Iterable[str]:
    return (char for text in texts for char in text or "" if ord(char) not in drawn())
