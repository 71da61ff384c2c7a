"""Importing quota by table: preview with every error at once, commit what was previewed or nothing (DOMAIN §5.1, §4.2).

The uploaded file is kept in ``import_job``, one per account; the commit reads it again, plans again under lock, and
refuses when the plan is not the one that was shown.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange.filenames import safe_filename
from exchange.quota_plan import FIELDS, TITLES, Budget, Planned, Stock, Verdict, budgets, compare, digest, stock
from exchange.quota_reading import Finding, read_lines
from exchange.reading import read_sheet
from exchange.sheet_source import MIB, Limits
from exchange.template_book import annotate_workbook
from models import Delegation, ImportJob, ImportStatus
from models.kinds import now
from workflow import trail
from workflow.actors import Actor, Forbidden, acting
from workflow.quota_rows import QuotaShort
from workflow.quota_sets import set_allotments
from workflow.rights import allowed

NOUN: Final = "quota_allocation"
LIMITS: Final = Limits(file_bytes=5 * MIB, rows=100_000)
SHOWN: Final = 200  # findings and changes a page tells one by one; the annotated table has them all
CHANGED: Final = "数据在预览后已变化，请重新预览"
WRITTEN: Final = {Verdict.NEW: "已新增", Verdict.CHANGED: "已变更", Verdict.SAME: "相同", Verdict.BAD: "未写入"}

Mode = Literal["all", "good"]


class Refused(Exception):
    """Nothing was written; ``sentence`` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Counts:
    """Rows by verdict."""

    new: int = 0
    changed: int = 0
    same: int = 0
    bad: int = 0


@dataclass(frozen=True)
class Plan:
    """A dry run: nothing was written. ``budgets`` tells per pool what the whole file asks for and what is left."""

    filename: str
    data: bytes
    target_id: int
    rows: list[Planned]
    budgets: list[Budget]
    digest: str

    @property
    def counts(self) -> Counts:
        """How many rows are new, changed, same, bad."""
        return _counts(self.rows)

    @property
    def errors(self) -> list[Finding]:
        """Every finding of every row, in the order of the file."""
        return [finding for each in self.rows for finding in each.line.findings]

    @property
    def warnings(self) -> list[tuple[int, str]]:
        """What somebody should look at though the row is good."""
        return [(each.line.row, sentence) for each in self.rows for sentence in each.line.warnings]

    def changes(self) -> Iterator[tuple[int, str, str, str, Any, Any]]:
        """Yield row, code, name, column, present and future value of everything that would be written."""
        for each in self.rows:
            for write in each.due:
                told = (each.line.row, each.line.uscc, write.after["unit_name"] or "")
                if write.more or write.row_id is None:
                    yield (*told, TITLES[write.label], write.before.get("allotted"), write.after["allotted"])
                for key, title in FIELDS.items():
                    if write.row_id is not None and write.before[key] != write.after[key]:
                        yield (*told, f"{title}（{write.label.label}）", write.before[key], write.after[key])

    def page(self) -> dict[str, Any]:
        """Return what a preview page tells, as JSON takes it: the first findings and changes, and how many more."""
        errors, changes, warnings = self.errors, list(self.changes()), self.warnings
        return {
            "counts": vars(self.counts),
            "errors": [list(error) for error in errors[:SHOWN]], "errors_more": max(len(errors) - SHOWN, 0),
            "changes": changes[:SHOWN], "changes_more": max(len(changes) - SHOWN, 0),
            "warnings": warnings[:SHOWN], "warnings_more": max(len(warnings) - SHOWN, 0),
            "budgets": [[each.node, each.label.label, each.needed, each.left] for each in self.budgets],
        }  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What a commit did: rows by verdict (bad ones were left out), and how many allotments were written."""

    counts: Counts
    written: int


def _counts(rows: list[Planned]) -> Counts:
    by_verdict = Counter(each.verdict for each in rows)
    return Counts(*(by_verdict[verdict] for verdict in Verdict))


def plan(session: Session, actor: Actor, data: bytes, filename: str, target_id: int | None = None) -> Plan:
    """Say what a table would do; write nothing.

    New presets hang on ``target_id``, by default the actor's own node; what stands already stays where it is. Raises
    Forbidden, SheetError for a file that is no quota table, Refused for a node outside the actor's part of the tree.
    """
    return _plan(session, actor, data, filename, target_id or actor.delegation_id, lock=False)[0]


def _plan(
    session: Session, actor: Actor, data: bytes, filename: str, target_id: int, *, lock: bool
) -> tuple[Plan, Stock]:  # fmt: skip
    if not allowed(actor, "import", NOUN):
        raise Forbidden(f"import {NOUN}")
    with acting(session, actor):
        if session.scalar(select(Delegation.id).where(Delegation.id == target_id)) is None:
            raise Refused("所选交易团/分团不存在或不在您的管理范围内，请重新选择")
        lines = read_lines(read_sheet(data, filename, LIMITS))
        there = stock(session, actor, target_id, [line.uscc for line in lines if line.uscc], lock=lock)
        rows = compare(there, lines)
        return Plan(filename, data, target_id, rows, budgets(session, there, rows), digest(rows)), there


def keep(session: Session, actor: Actor, planned: Plan) -> ImportJob:
    """Keep a preview until its commit, in place of the account's last one; the caller commits."""
    with acting(session, actor):
        mine = (
            ImportJob.account_id == actor.account_id,
            ImportJob.noun == NOUN,
            ImportJob.status == ImportStatus.previewed,
        )
        for old in session.scalars(select(ImportJob).where(*mine)):
            session.delete(old)
        job = ImportJob(
            delegation_id=actor.delegation_id, province_id=actor.province_id, account_id=actor.account_id, noun=NOUN,
            target_id=planned.target_id, filename=safe_filename(planned.filename), digest=planned.digest,
            content=planned.data, shown=json.dumps(planned.page(), ensure_ascii=False),
            results=_results(planned.rows, {verdict: verdict.label for verdict in Verdict}),
        )  # fmt: skip
        session.add(job)
        session.flush()
        return job


def _results(rows: list[Planned], words: dict[Verdict, str]) -> str:
    """Return row number → what became of it and why, as JSON."""
    told = {
        each.line.row: (
            words[each.verdict],
            "；".join([*(one.sentence for one in each.line.findings), *each.line.warnings]),
        )
        for each in rows
    }
    return json.dumps(told, ensure_ascii=False)


def kept(session: Session, actor: Actor, ref: str) -> ImportJob:
    """Return the actor's own upload; raise LookupError for anybody else's."""
    with acting(session, actor):
        own = select(ImportJob).where(ImportJob.ref == ref, ImportJob.account_id == actor.account_id)
        job = session.scalar(own.where(ImportJob.noun == NOUN).with_for_update())
    if job is None:
        raise LookupError(ref)
    return job


def commit(session: Session, actor: Actor, ref: str, mode: Mode = "all") -> Result:
    """Write what was previewed: every row ("all": refused while any is bad) or the good ones; the caller commits.

    Raises LookupError, and Refused when the upload was written before, when it would do anything else now than the
    preview said, or when mode "all" meets bad rows. Nothing is written then.
    """
    job = kept(session, actor, ref)
    if job.status is ImportStatus.done:
        raise Refused("该文件已写入；如需再次导入，请重新上传")
    planned, there = _plan(session, actor, job.content, job.filename, job.target_id, lock=True)
    if planned.digest != job.digest:
        raise Refused(CHANGED)
    counts = planned.counts
    if mode == "all" and counts.bad:
        raise Refused(f"有{counts.bad}行错误，未写入任何数据；请改好后重新上传，或选择只写入正确的行")
    due = [write for each in planned.rows for write in each.due]
    with acting(session, actor):
        try:
            set_allotments(session, there.held, due)
        except QuotaShort as short:
            raise Refused(CHANGED) from short
        job.status, job.done_at, job.results = ImportStatus.done, now(), _results(planned.rows, WRITTEN)
        trail.note(session, f"{NOUN}.import", "import_job", job.id, job.ref, {**vars(counts), "filename": job.filename})
        session.flush()
    return Result(counts, len(due))


def annotated(job: ImportJob) -> bytes:
    """Return the uploaded table as a workbook with 处理结果 and 错误说明 beside every row."""
    results = {int(row): (outcome, reason) for row, (outcome, reason) in json.loads(job.results).items()}
    return annotate_workbook(job.content, job.filename, results)
