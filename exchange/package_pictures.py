"""Pictures of a transfer package: whose each is, and that a child decodes them, never the process that serves pages."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate
from typing import Final

from exchange import picture_child, sandbox
from exchange.sealed_file import MOST_UNPACKED
from exchange.sheet_source import MIB, Limits, SheetError
from exchange.transfer_package import PICTURES, Package
from models import AttachmentKind

MOST: Final = 1500  # pictures: 60 MB of portraits of 40 KB
LIMITS: Final = Limits(child_memory=1024 * MIB, child_seconds=45)
UNIT: Final = "unit"
_TOO_LARGE: Final = "移交包内的图片像素过多，规定的时间和内存内没有读完；请对方缩小图片后重新生成"
_NAME: Final = re.compile(rf"{PICTURES}({UNIT}|[2-9A-Z]{{10}})-(LICENCE|PHOTO|ID_IMAGE)-[0-9]+\.(jpg|png)")


def told_by(name: str) -> tuple[str, AttachmentKind]:
    """Return whose picture a file is (a person's number, or ``UNIT``) and what it shows; raise SheetError for any other."""
    told = _NAME.fullmatch(name)
    if told is None or (told[2] == AttachmentKind.LICENCE.name) != (told[1] == UNIT):
        raise SheetError(f"移交包内的文件“{name}”不是单位或人员的图片；请对方重新生成")
    return told[1], AttachmentKind[told[2]]


def clean(package: Package, persons: Iterable[str]) -> Package:
    """Return the package with its pictures as they are stored: decoded and written anew.

    Raises SheetError for a file that is no picture, one of nobody in the package's tables, and for too much of them.
    """
    names, owners = sorted(package.pictures), {UNIT, *persons}
    if len(names) > MOST:
        raise SheetError(f"移交包内的图片超过 {MOST} 张，不像系统生成的移交包")
    for name in names:
        if told_by(name)[0] not in owners:
            raise SheetError(f"移交包内的文件“{name}”不是单位或人员的图片；请对方重新生成")
    if not names:
        return package
    asked = [(name, told_by(name)[1].name, package.files[name]) for name in names]
    return replace(package, files={**package.files, **dict(zip(names, _written(asked), strict=True))})


def _written(asked: list[picture_child.Asked]) -> list[bytes]:
    """Let the child write the pictures anew; raise SheetError."""
    head = json.dumps([(name, kind, len(data)) for name, kind, data in asked]).encode()
    payload = b"".join([head, b"\n", *(data for _name, _kind, data in asked)])
    answer = sandbox.run("exchange.picture_child", [], payload, LIMITS, (_TOO_LARGE, _TOO_LARGE))
    head, _, rest = answer.partition(b"\n")
    told = json.loads(head)
    if "why" in told:
        raise SheetError(f"文件“{told['name']}”不能使用：{told['why']}" if told["name"] else _TOO_LARGE)
    if len(rest) > MOST_UNPACKED:
        raise SheetError(_TOO_LARGE)
    return [rest[end - size : end] for end, size in zip(accumulate(told["sizes"]), told["sizes"], strict=True)]
