"""Recognition of licences (识别): what a picture says of its unit, as proposals with confidence (DOMAIN §1.1 U1, U5).

The picture is read in a confined child, one at a time on a machine; what its lines mean is told here. A value that is
not certain is none: a code only if its check character holds and no other is on the picture, a name only if there is
one. Whatever goes wrong has a sentence, and the unit goes its way without.
"""

import fcntl
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from exchange import licence_values as values
from exchange import sandbox
from exchange.licence_lines import Labelled, Line, count_labels, labelled
from exchange.saying import Said
from exchange.sheet_source import MIB, Limits, SheetError

LEAST_PIXELS: Final = 900  # of the longer side: below, what is read is not to be relied on (PERFORMANCE §9)
LIMITS: Final = Limits(child_memory=3072 * MIB, child_seconds=90)
TOO_LONG: Final = "证照图片过于复杂，规定时间内没有识别完，由人工核对"
TOO_BIG: Final = "证照图片过大，内存限额内没有识别完，由人工核对"
BROKEN: Final = "证照识别没有完成，由人工核对"
MISSING: Final = "本机没有安装证照识别组件，由人工核对"
GONE: Final = "证照图片文件不在了，请重新上传"
NO_PICTURE: Final = "证照文件不是可用的 JPG 或 PNG 图片，请重新上传"
NO_TEXT: Final = "证照图片上没有读到文字，请上传清晰的原件扫描件"
NO_LICENCE: Final = "图片不像证照：没有读到“名称”“统一社会信用代码”等栏目"
TWO_CODES: Final = "图片上有不止一个统一社会信用代码，无法判断是哪一家单位的证照"
TWO_NAMES: Final = "图片上有不止一个单位名称，无法判断是哪一家单位的证照"
_LOG = logging.getLogger("exchange.recognition")


@dataclass(frozen=True)
class Proposal:
    """A value read off a licence, and how sure it is (percent: that of the worst line it was read from)."""

    value: Any
    sure: int


@dataclass(frozen=True)
class Reading:
    """What a picture says by field of the unit, besides ``validity`` (text) and ``valid_until`` (day).

    ``sentence`` tells why something is missing; ``tried`` is False where the picture could not be looked at at all.
    """

    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    sentence: str = ""
    tried: bool = True


def read(data: bytes, folder: Path) -> Reading:
    """Read a licence's picture; ``folder`` holds the lock that lets one be read at a time. Never raises for a picture."""
    try:
        with _alone(folder):
            answer = sandbox.run("exchange.recognition_child", [str(LEAST_PIXELS)], data, LIMITS, (TOO_LONG, TOO_BIG))
    except SheetError as refused:
        return Reading(sentence=str(refused), tried=False)
    except (RuntimeError, OSError):
        _LOG.exception("recognition failed")
        return Reading(sentence=BROKEN, tried=False)
    return told(json.loads(answer))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process or thread of this machine reads a picture."""
    with (folder / "recognition.lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def too_small(width: int, height: int) -> str:
    """Return the sentence for a picture with too few pixels, "" for one with enough."""
    if max(width, height) >= LEAST_PIXELS:
        return ""
    return Said(
        "证照图片为 %(width)s×%(height)s 像素，长边不足 %(least)s 像素，不能自动识别；请上传更清晰的扫描件",
        width=width, height=height, least=LEAST_PIXELS,
    )  # fmt: skip


def told(answer: Mapping[str, Any]) -> Reading:
    """Return what the child's answer means."""
    wrong = answer.get("wrong", "")
    if wrong == "small":
        return Reading(sentence=too_small(answer["width"], answer["height"]))
    if wrong:
        sentence = {"missing": MISSING, "huge": TOO_BIG}.get(wrong, NO_PICTURE)
        return Reading(sentence=sentence, tried=wrong != "missing")
    lines = [Line(text, score, tuple(map(tuple, box))) for text, score, box in answer["lines"]]
    return understood(lines, answer["codes"])


def understood(lines: Sequence[Line], codes: Sequence[str]) -> Reading:
    """Tell the fields from the lines of a picture and what its two-dimensional codes say."""
    if not lines:
        return Reading(sentence=NO_TEXT)
    heads = labelled(lines)
    found, sentence = dict[str, Proposal](), ""
    code, certain = _code(lines, heads, codes)
    if len(code) > 1:
        return Reading(sentence=TWO_CODES)
    if code:
        found["uscc"] = Proposal(next(iter(code)), certain)
    for key, reads in READS.items():
        of_key = [head for head in heads if head.key == key and head.text]
        read_as = {value: head for head in of_key if (value := reads(head.text)) is not None}
        if key == "name" and len(read_as) > 1:
            return Reading(sentence=TWO_NAMES)
        if len(read_as) == 1:
            value, head = next(iter(read_as.items()))
            found[key] = Proposal(value, _percent(head.score))
    if "validity" in found:
        (text, last), sure = found["validity"].value, found["validity"].sure
        found |= {"validity": Proposal(text, sure), "valid_until": Proposal(last, sure)}
    if not found.keys() & {"uscc", "name"} and count_labels(lines) < 2:
        sentence = NO_LICENCE
    return Reading(found, sentence)


READS: Final[Mapping[str, Callable[[str], str | Decimal | tuple[str, date | None] | None]]] = {
    "name": values.unit_name, "legal_rep": values.person_name, "address": values.address,
    "reg_capital": values.capital, "validity": values.validity,
}  # fmt: skip


def _code(lines: Sequence[Line], heads: Sequence[Labelled], codes: Sequence[str]) -> tuple[set[str], int]:
    """Return the credit codes on the picture, and how sure the reading is: a code of the QR needs no reading."""
    scanned = values.all_codes(codes, mended=False)
    beside = [head for head in heads if head.key == "uscc"]
    printed = values.all_codes((head.text for head in beside), mended=True)
    anywhere = {
        code for line in lines for code in values.codes_in("".join(line.text.split()), mended=False)
        if values.is_sure(code)
    }  # fmt: skip
    score = min((head.score for head in beside if head.text), default=0.9)
    return scanned | printed | anywhere, 100 if scanned else _percent(score)


def _percent(score: float) -> int:
    return max(0, min(100, round(score * 100)))
