"""Importing a table, of whatever kind: a dry run with every error at once, then exactly that or nothing.

The uploaded file is kept in ``import_job``, one per account and noun; the commit reads it again, plans again inside the
writing transaction, and is refused when the plan is not the one that was shown.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from exchange import saying
from exchange.filenames import safe_filename
from exchange.sheet_source import SheetError
from exchange.template_book import annotate_workbook
from models import Edition, ImportJob, ImportStatus
from models.kinds import now
from workflow import trail
from workflow.actors import SYSTEM, Actor, acting
from workflow.savepoint import savepoint

SHOWN: Final = 200  # findings and changes a page tells one by one; the annotated table has them all
KEPT: Final = timedelta(days=1)  # what was written may be looked at so long: the table holds names
CHANGED: Final = "数据在预览后已变化，请重新预览"

Mode = Literal["all", "good"]


class Refused(Exception):
    """Nothing was written; ``sentence`` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Finding(NamedTuple):
    """One thing wrong with one cell: its row and column, what stands there, the rule it breaks, how to mend it."""

    row: int
    column: str
    value: str
    rule: str
    how: str

    @property
    def sentence(self) -> str:
        """The finding for the column 错误说明."""
        return f"{self.column}：{self.rule}，{self.how}"


class Line(Protocol):
    """One row of a table and what is wrong with it."""

    row: int
    findings: list[Finding]


class Planned(Protocol):
    """A dry run of any kind: what a table would do. ``target_id`` is the node that new rows hang on."""

    @property
    def filename(self) -> str:
        """The table's name."""

    @property
    def data(self) -> bytes:
        """The table itself."""

    @property
    def target_id(self) -> int:
        """The node that new rows hang on."""

    @property
    def digest(self) -> str:
        """Name the plan: equal digests mean that the same is done to the same rows for the same reasons."""

    @property
    def bad(self) -> int:
        """How many rows are left out when only the good ones are written."""

    def page(self) -> dict[str, Any]:
        """What a preview page tells, as JSON takes it."""

    def results(self, *, written: bool) -> Mapping[int, tuple[str, str]]:
        """What becomes, or has become, of every row by number, and why."""

    def told(self) -> dict[str, Any]:
        """What the trail keeps of a commit."""


P = TypeVar("P", bound=Planned)
S = TypeVar("S")


def told(finding: Finding) -> list[Any]:
    """Return a finding as JSON takes it, its sentences as message ids with what is filled in."""
    return [*finding[:3], saying.told(finding.rule), saying.told(finding.how)]


def edition_code(session: Session, actor: Actor) -> str:
    """Return the code of the actor's edition, by which the tables that we hand out are known again; "" without one."""
    with acting(session, SYSTEM):
        return session.scalar(select(Edition.code).where(Edition.id == actor.edition_id)) or ""


def refuse_other_edition(session: Session, actor: Actor, meta: Mapping[str, str], name: str) -> None:
    """Raise SheetError for a table handed out in another edition; one that tells of none is judged by its rows alone."""
    code = meta.get("edition")
    if code and code != edition_code(session, actor):
        with acting(session, SYSTEM):
            other = session.scalar(select(Edition.name).where(Edition.code == code))
        raise SheetError(f"这是其他届次（{other or code}）的{name}；请换用本届的{name}")


def few(part: str, rows: Sequence[S], say: Callable[[S], Any] = lambda row: row) -> dict[str, Any]:
    """Return the first rows of a part of a preview page as ``say`` tells them, and how many more there are."""
    return {part: [say(row) for row in rows[:SHOWN]], f"{part}_more": max(len(rows) - SHOWN, 0)}


def keep(session: Session, actor: Actor, noun: str, planned: Planned) -> ImportJob:
    """Keep a preview until its commit, in place of the account's last one; the caller commits."""
    with acting(session, actor):
        old = or_(ImportJob.status == ImportStatus.previewed, ImportJob.done_at < now() - KEPT)
        mine = (ImportJob.account_id == actor.account_id, ImportJob.noun == noun)
        for job in session.scalars(select(ImportJob).where(*mine, old)):
            session.delete(job)
        job = ImportJob(
            delegation_id=actor.delegation_id, province_id=actor.province_id, account_id=actor.account_id, noun=noun,
            target_id=planned.target_id, filename=safe_filename(planned.filename), digest=planned.digest,
            content=planned.data, shown=_page(planned), results=_json(planned.results(written=False)),
        )  # fmt: skip
        session.add(job)
        session.flush()
        return job


def kept(session: Session, actor: Actor, noun: str, ref: str) -> ImportJob:
    """Return the actor's own upload, for writing; raise LookupError for anybody else's."""
    with acting(session, actor):
        own = select(ImportJob).where(ImportJob.ref == ref, ImportJob.account_id == actor.account_id)
        job = session.scalar(own.where(ImportJob.noun == noun).with_for_update())
    if job is None:
        raise LookupError(ref)
    return job


def commit(
    session: Session, actor: Actor, noun: str, ref: str, mode: Mode, write: Callable[[ImportJob], P]
) -> P:  # fmt: skip
    """Write what was previewed: every row ("all": refused while any is bad) or the good ones; the caller commits.

    ``write`` plans the kept table again and writes its good rows. Raises LookupError, and Refused when the upload was
    written before, when it would do anything else now than the preview said, or when mode "all" meets bad rows. Nothing
    is written then.
    """
    job = kept(session, actor, noun, ref)
    if job.status is ImportStatus.done:
        raise Refused("该文件已写入；如需再次导入，请重新上传")
    with savepoint(session), acting(session, actor):
        done = write(job)
        if done.digest != job.digest:
            raise Refused(CHANGED)
        if mode == "all" and done.bad:
            raise Refused(f"有{done.bad}行错误，未写入任何数据；请改好后重新上传，或选择只写入正确的行")
        job.status, job.done_at = ImportStatus.done, now()
        job.shown, job.results = _page(done), _json(done.results(written=True))
        trail.note(
            session,
            f"{noun.partition('-')[0]}.import",
            "import_job",
            job.id,
            job.ref,
            {**done.told(), "filename": job.filename},
        )
        session.flush()
    return done


def annotated(job: ImportJob) -> bytes:
    """Return the uploaded table as a workbook with 处理结果 and 错误说明 beside every row."""
    results = {int(row): (outcome, reason) for row, (outcome, reason) in json.loads(job.results).items()}
    return annotate_workbook(job.content, job.filename, results)


def _page(planned: Planned) -> str:
    return _json({**planned.page(), "bad": planned.bad})


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)
