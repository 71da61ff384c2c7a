"""Importing results of the police check: a dry run of all of them, and doing exactly that; the frame is ``importing``.

A result is a move of the person, done by the engine like one by hand. The dry run does everything and takes it back.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from exchange import importing, sandbox, saying, unlock_child
from exchange.decision_plan import Done, Fate
from exchange.importing import Mode
from exchange.reading import is_encrypted, read_sheet
from exchange.saying import Said
from exchange.security_list import SHEET
from exchange.security_plan import MOVES, Fated, decide
from exchange.security_reading import Line, has_marks, read_lines, reduced
from exchange.sheet_source import MIB, Limits, SheetError
from models import ImportJob
from workflow.actors import Actor, Forbidden, acting
from workflow.answers import AnswersInvalid
from workflow.machines import MACHINES
from workflow.rights import allowed
from workflow.savepoint import rehearsal

NOUN: Final = "security_row"
LIMITS: Final = Limits(file_bytes=20 * MIB, rows=100_000)
SOURCE: Final = "审核结果"
WRITTEN: Final = {Fate.WILL: "已登记", Fate.STALE: "未登记", Fate.CLOSED: "未登记", Fate.BAD: "未登记"}
_LEFT_OUT: Final = (Fate.STALE, Fate.CLOSED, Fate.BAD)


@dataclass(frozen=True)
class Read:
    """A table as read; ``data`` is what is kept of it. ``marked``: it has check values."""

    filename: str
    data: bytes
    lines: Sequence[Line]
    marked: bool


@dataclass(frozen=True)
class Decided:
    """What a table does, or would do (then it was taken back)."""

    read: Read
    rows: Sequence[Fated]
    moves: Sequence[Done]
    target_id: int
    is_done: bool = False
    filename: str = field(init=False)
    data: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "filename", self.read.filename)
        object.__setattr__(self, "data", self.read.data)

    @property
    def digest(self) -> str:
        """Name what is written on which rows, and which are not; of mistakes in the table the reasons are left out."""
        told = sorted(
            (
                each.line.batch, each.line.person, each.fate, each.line.result or "", each.line.code or "", str(each.line.day),
                [one.rule for one in each.line.findings if each.fate is not Fate.BAD],
            )
            for each in self.rows
        )  # fmt: skip
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()

    @property
    def counts(self) -> dict[str, int]:
        """Rows by fate."""
        by_fate = Counter(each.fate for each in self.rows)
        return {fate.value.lower(): by_fate[fate] for fate in Fate}

    @property
    def bad(self) -> int:
        """How many rows have a result that is not written."""
        return sum(each.fate in _LEFT_OUT for each in self.rows)

    def page(self) -> dict[str, Any]:
        """Return what a preview page tells, as JSON takes it: the first findings and changes, and how many more."""
        found = [one for each in self.rows for one in each.line.findings]
        will = [each for each in self.rows if each.fate is Fate.WILL]
        warnings = (
            [] if self.read.marked else [(1, saying.told(Said("表中没有“校验码”列，已按姓名和证件号码后四位核对")))]
        )
        moves = [done for done in self.moves if done.done]
        return {
            "counts": self.counts,
            **importing.few("errors", found, importing.told),
            **importing.few("changes", will, _change),
            "warnings": warnings, "warnings_more": 0, "budgets": [],
            "moves": [[each.move.name, each.done, each.refused, each.ref if self.is_done else ""] for each in self.moves],
            "final": sorted({each.move.confirm for each in moves if each.move.irrevocable}), "typed": 0,
        }  # fmt: skip

    def results(self, *, written: bool) -> Mapping[int, tuple[str, str]]:
        """Return row number → what becomes of it and why."""
        return {
            each.line.row: (
                WRITTEN.get(each.fate, each.fate.label) if written else each.fate.label,
                "；".join([each.note] * bool(each.note) + [one.sentence for one in each.line.findings]),
            )
            for each in self.rows
        }

    def told(self) -> dict[str, Any]:
        """Return the rows by fate and the moves, for the trail."""
        return {**self.counts, "moves": {each.ref: f"{each.move.name} {each.done}" for each in self.moves if each.ref}}


def _change(each: Fated) -> list[Any]:
    line = each.line
    move = MACHINES["person"].moves[MOVES[line.result]] if line.result else None
    target = getattr(move.target, "label", "") if move else ""
    return [line.row, line.person, each.title, move.label if move else "", "待审核", target, str(line.day)]


def unlocked(data: bytes, password: str) -> bytes:
    """Return the plain workbook of one with a password; any other file as it is. Raises AnswersInvalid for the password."""
    if not is_encrypted(data):
        return data
    if len(data) > LIMITS.file_bytes:
        raise SheetError(f"文件超过 {LIMITS.file_bytes // MIB} MB；请拆成几个文件分批上传")
    if not password:
        raise AnswersInvalid({"password": "文件有打开密码；请在此填写密码，或去掉密码后重新上传"})
    answer = sandbox.run("exchange.unlock_child", [], json.dumps(password).encode() + b"\n" + data, LIMITS)
    if answer[:1] == unlock_child.OPENED:
        return answer[1:]
    if answer[:1] == unlock_child.WRONG:
        raise AnswersInvalid({"password": "密码不正确；请核对后重新选择文件并上传"})
    raise SheetError("文件的加密方式无法识别；请去掉打开密码后重新上传")


def read(session: Session, actor: Actor, data: bytes, filename: str, password: str = "") -> Read:
    """Read a table of results; raise Forbidden, AnswersInvalid for its password, SheetError for a file that is none."""
    if not allowed(actor, "import", NOUN):
        raise Forbidden(f"import {NOUN}")
    table = read_sheet(unlocked(data, password), filename, LIMITS)
    importing.refuse_other_edition(session, actor, table.meta, SHEET)
    return Read(_as_workbook(filename), reduced(table), read_lines(table), has_marks(table))


def _as_workbook(filename: str) -> str:
    """Name what is kept: a workbook, whatever was sent."""
    return f"{filename.rpartition('.')[0] or filename}.xlsx"


def plan(session: Session, actor: Actor, asked: Read) -> Decided:
    """Say what a table would do: do it all and take it back. The session must be one that may write."""
    with rehearsal(session):
        return _decide(session, actor, asked)


def commit(session: Session, actor: Actor, ref: str, mode: Mode) -> Decided:
    """Write what was previewed, see ``importing.commit``."""

    def write(job: ImportJob) -> Decided:
        return _decide(session, actor, read(session, actor, job.content, job.filename), is_done=True)

    return importing.commit(session, actor, NOUN, ref, mode, write)


def _decide(session: Session, actor: Actor, asked: Read, *, is_done: bool = False) -> Decided:
    lines = [replace(line, findings=[*line.findings]) for line in asked.lines]
    with acting(session, actor):
        rows, moves = decide(session, actor, lines, f"{SOURCE} {asked.filename}"[:500])
    return Decided(asked, rows, moves, actor.delegation_id, is_done)
