"""Pictures of strangers, decoded and written anew; runs in a confined child, because they may ask for any amount of work.

All are measured by their heads before the first is decoded: many small files may hold many large pictures.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any, Final

from exchange import pictures
from models import AttachmentKind
from models.validators import Invalid

MOST_PIXELS: Final = 500_000_000  # of one package: what 60 MB hold at one bit a pixel
Asked = tuple[str, str, bytes]  # its name in the package, the name of its kind, the file


def main(_: list[str]) -> None:
    """Read one line of JSON (name, kind and length of each) and the files behind it; write the same of what is stored."""
    told = json.loads(sys.stdin.buffer.readline())
    asked = [(name, kind, sys.stdin.buffer.read(size)) for name, kind, size in told]
    try:
        made = written(asked)
    except Refused as refused:
        sys.stdout.buffer.write(json.dumps({"name": refused.name, "why": refused.why}).encode())
        return
    sys.stdout.buffer.write(json.dumps({"sizes": [len(data) for data in made]}).encode() + b"\n" + b"".join(made))


class Refused(Exception):
    """One of the pictures cannot be used: its name and why, "" for all of them together."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.name, self.why = name, why


def written(asked: Sequence[Asked]) -> list[bytes]:
    """Return the pictures as they are stored, in their order; raise Refused for the first that is none, or for too many."""
    pixels = sum(_told(name, pictures.measured, AttachmentKind[kind], data) for name, kind, data in asked)
    if pixels > MOST_PIXELS:
        raise Refused("", "")
    return [_told(name, pictures.check, AttachmentKind[kind], data, kept=True).data for name, kind, data in asked]


def _told(name: str, do: Any, *given: Any, **options: Any) -> Any:
    try:
        return do(*given, **options)
    except Invalid as error:
        raise Refused(name, error.message) from error
