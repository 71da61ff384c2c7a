"""The reading of a licence's picture itself, in a confined child (sandbox.py): its codes first, then its text.

The models ship with the library; a child that wanted to fetch anything is stopped by its own interpreter.
"""

import io
import json
import sys
import warnings
from typing import Any, Final

from PIL import Image

from exchange.licence_lines import LEAST_LABELS, Line, count_labels

MOST_PIXELS: Final = 40_000_000
FEWEST_LINES: Final = 4  # below, turning a picture finds no more
THREADS: Final = 2
NO_NETWORK: Final = ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto")


def main(arguments: list[str]) -> None:
    """Read a picture from standard input; `arguments`: the limits, then the least pixels of its longer side."""
    sys.addaudithook(_refuse_network)
    answer = read(sys.stdin.buffer.read(), int(arguments[1]))
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode())


def read(data: bytes, least: int) -> dict[str, Any]:
    """Return the size, the codes and the lines of a picture, or in ``wrong`` what keeps it from being read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    return {"wrong": "huge"}
                image = _flat(opened)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        return {"wrong": "no picture"}
    size = {"width": image.width, "height": image.height}
    if max(image.size) < least:
        return {"wrong": "small", **size}
    try:
        engine = load()
    except ModuleNotFoundError:
        return {"wrong": "missing"}
    return {**size, "codes": codes(image), "lines": [_packed(line) for line in lines_whichever_way(engine, image)]}


def _flat(opened: Image.Image) -> Image.Image:
    """Return the picture without transparency: what lies behind it is white."""
    if opened.mode not in ("RGBA", "LA", "PA") and "transparency" not in opened.info:
        return opened.convert("RGB")
    above = opened.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", above.size, "white"), above).convert("RGB")


def codes(image: Image.Image) -> list[str]:
    """Return what the two-dimensional codes on a picture say."""
    import zxingcpp  # noqa: PLC0415 - only the child needs it

    return [one.text[:500] for one in zxingcpp.read_barcodes(image) if one.valid]


def load() -> Any:
    """Return the reader of text; raise ModuleNotFoundError where the library is missing."""
    from rapidocr import RapidOCR  # noqa: PLC0415 - it takes a second and 400 MB

    runtime = "EngineConfig.onnxruntime"
    return RapidOCR(params={
        "Global.log_level": "critical", f"{runtime}.intra_op_num_threads": THREADS,
        f"{runtime}.inter_op_num_threads": 1,
    })  # fmt: skip


def lines_whichever_way(engine: Any, image: Image.Image) -> list[Line]:
    """Read a picture as it stands; where hardly a label is found, also turned, and keep what gave most of them."""
    best = lines(engine, image)
    for turn in (Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270):
        if count_labels(best) >= LEAST_LABELS or len(best) < FEWEST_LINES:
            break
        best = max(best, lines(engine, image.transpose(turn)), key=count_labels)
    return best


def lines(engine: Any, image: Image.Image) -> list[Line]:
    """Return the lines of text on a picture, each line's own direction put right by the library."""
    found = engine(image)
    if not found.txts:
        return []
    return [
        Line(text, float(score), tuple((float(x), float(y)) for x, y in box))
        for text, score, box in zip(found.txts, found.scores, found.boxes, strict=True)
    ]


def _packed(line: Line) -> list[Any]:
    return [line.text, round(line.score, 4), [[round(x, 1), round(y, 1)] for x, y in line.corners]]


def _refuse_network(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in NO_NETWORK:
        raise PermissionError(f"{event}: a picture is read without a network")
