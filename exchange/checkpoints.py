"""Checkpoints of the audit chain: how long it was at a moment and its last value, signed, to be kept elsewhere.

The chain finds whatever is changed by somebody without the keys. A tail that is cut off together with the head, and a chain
written anew by somebody who holds the keys, are found by a copy of these lines that lies out of his reach.
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange import badge_codes
from models import Audit, AuditHead, figures
from models.validators import Invalid

PURPOSE = "audit checkpoint"
NAME = "audit-checkpoints.jsonl"
MOST_BYTES = 4 << 20
LONGEST_LINE = 1000
HOLDS = "审计日志完整：共核验 {n} 条"
AGREE = "审计日志完整：共核验 {n} 条，与 {points} 个检查点一致"
CUT = "审计日志末尾被截去：{at} 的检查点有 {n} 条，现有 {have} 条"
REWRITTEN = "审计日志第 {n} 条与 {at} 的检查点不符：此条或之前的内容被整体改写"
NOT_OURS = "检查点文件第 {n} 行不是本系统签发的检查点，或已被改动；请选择原样保存的文件"
AT_ONCE = 500  # entries asked for in one statement


@dataclass(frozen=True)
class Checkpoint:
    """The chain held ``last_id`` entries at a moment, and ``hash`` was the value of the last."""

    at: str
    last_id: int
    hash: str

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.at}\0{self.last_id}\0{self.hash}"

    @property
    def line(self) -> str:
        """The line of a file."""
        facts = {"at": self.at, "id": self.last_id, "hash": self.hash}
        return json.dumps({**facts, "signature": badge_codes.sign(PURPOSE, self.text)})

    @property
    def made_at(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.at)

    @property
    def moment(self) -> str:
        """The same in words."""
        return figures.moment(self.made_at, "zh", seconds=True)


def file_of(instance: Path) -> Path:
    """Return where this installation writes its checkpoints."""
    return instance / NAME


def make(session: Session, at: datetime) -> Checkpoint | None:
    """Return a checkpoint of the chain as it stands; None while it is empty."""
    connection = session.connection()
    last_id = connection.scalar(select(AuditHead.last_id)) or 0
    found = connection.scalar(select(Audit.hash).where(Audit.id == last_id))
    return None if found is None else Checkpoint(at.isoformat(timespec="seconds"), last_id, found)


def append(session: Session, instance: Path, at: datetime) -> Checkpoint | None:
    """Write a checkpoint behind those there are; None when nothing has been entered since the last one."""
    point, path = make(session, at), file_of(instance)
    before = newest(path)
    if point is None or (before is not None and before.last_id == point.last_id):
        return None
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="ascii") as file:
        file.write(f"{point.line}\n")
        file.flush()
        os.fsync(file.fileno())
    return point


def newest(path: Path) -> Checkpoint | None:
    """Return the last checkpoint of a file; None without one."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LONGEST_LINE))
        lines = file.read().splitlines()
    try:
        return _read_line(0, lines[-1]) if lines else None
    except Invalid:
        return None  # half a line of a full disk: another one follows


def read(data: bytes) -> list[Checkpoint]:
    """Return the checkpoints of a file; raise Invalid with a sentence that names the first line that is not ours."""
    if len(data) > MOST_BYTES:
        raise Invalid(f"检查点文件超过 {MOST_BYTES >> 20} MB，不是本系统的检查点文件；请重新选择")
    found = []
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip():
            found.append(_read_line(number, line))
    if not found:
        raise Invalid("检查点文件是空的；请选择从本系统下载的检查点文件")
    return found


def _read_line(number: int, line: bytes) -> Checkpoint:
    wrong = Invalid(NOT_OURS.format(n=number))
    try:
        facts = json.loads(line)
        point = Checkpoint(str(facts["at"]), int(facts["id"]), str(facts["hash"]))
        datetime.fromisoformat(point.at)
        signature = str(facts["signature"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise wrong from error
    if not badge_codes.fits(PURPOSE, point.text, signature):
        raise wrong
    return point


def difference(session: Session, points: Sequence[Checkpoint]) -> str | None:
    """Return the first checkpoint that the stored chain does not reach or agree with, as a sentence; None when all do.

    The chain itself has been walked before: what agrees at an entry agrees in all before it.
    """
    stored = _hashes(session, (point.last_id for point in points))
    last_id = session.connection().scalar(select(AuditHead.last_id)) or 0
    for point in points:
        if point.last_id > last_id:
            return CUT.format(at=point.moment, n=point.last_id, have=last_id)
        if stored.get(point.last_id) != point.hash:
            return REWRITTEN.format(at=point.moment, n=point.last_id)
    return None


def _hashes(session: Session, ids: Iterable[int]) -> dict[int, str]:
    wanted, found = sorted(set(ids)), dict[int, str]()
    for start in range(0, len(wanted), AT_ONCE):
        rows = select(Audit.id, Audit.hash).where(Audit.id.in_(wanted[start : start + AT_ONCE]))
        found |= {row.id: row.hash for row in session.connection().execute(rows)}
    return found
