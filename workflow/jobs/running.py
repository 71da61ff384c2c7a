"""Running a job: take it once, as the account that asked and with the rights it has now, and close it once."""

import json
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models import Account, Job, JobState
from models.kinds import now
from workflow import notices
from workflow.actors import SYSTEM, Actor, Forbidden, acting, actor_for
from workflow.jobs.kinds import Cancelled, Context, Kind, Refused
from workflow.sessions import writing_sets

QUIET = {"synchronize_session": False}
BEAT = 5.0  # seconds between two signs of life
MOST_ATTEMPTS = 3
REPORT = 1.0  # and between two reports of progress
BROKEN = "处理时出现错误，没有办成；请稍后重新提交，仍有问题请联系系统管理员"
log = logging.getLogger("workflow.jobs")


class LeaseLost(Exception):
    """Somebody else holds the job by now: whatever was done here is not kept."""


@dataclass
class Lease:
    """A job in this worker's hands."""

    job: Job
    attempt: int
    cancelled: bool = False
    told: float = field(default=0.0)
    found: dict[str, Any] = field(default_factory=dict)

    def conclude(self, sentence: str, alarm: bool) -> None:  # noqa: FBT001 - as Context says
        """Keep what the work has found for the job's row."""
        self.found = {"said": sentence[:500], "is_alarm": alarm}

    @property
    def mine(self) -> tuple[Any, ...]:
        """The conditions under which the job is still this worker's."""
        return Job.id == self.job.id, Job.attempt == self.attempt, Job.state == JobState.running


@dataclass(frozen=True)
class Runner:
    """Does jobs. ``sessions`` opens a session for ``info``; ``folder`` holds results; ``speaking`` sets the language.

    ``may_work`` tells whether an account may still enter the back office at all.
    """

    sessions: Callable[..., Session]
    kinds: Mapping[str, Kind]
    folder: Path
    worker: str
    may_work: Callable[[Account], bool] = lambda account: account.is_active
    speaking: Callable[[str], AbstractContextManager[Any]] = lambda _lang: nullcontext()

    def run(self, ref: str) -> JobState | None:
        """Do the job of a reference; return what became of it, None when there was nothing to take."""
        lease = self._take(ref)
        if lease is None:
            return None
        with self._beating(lease), self.speaking(lease.job.lang):
            try:
                return self._work(lease, self.kinds[lease.job.kind])
            except LeaseLost:
                log.warning("job %s is somebody else's by now", ref)
                return None
            except Exception as error:  # noqa: BLE001 - whatever it was, the asker is told
                return self._close(lease, *_outcome(lease, error))

    @contextmanager
    def _system(self) -> Iterator[Session]:
        with self.sessions(info={"actor": SYSTEM}) as session, session.begin():
            yield session

    def _take(self, ref: str) -> Lease | None:
        """Compare and set: of any number of deliveries one takes the job."""
        moment = now()
        taken = update(Job).where(Job.ref == ref, Job.state == JobState.queued).values(
            state=JobState.running, attempt=Job.attempt + 1, worker=self.worker, started_at=moment, heartbeat_at=moment,
        ).returning(Job)  # fmt: skip
        with self._system() as session, writing_sets(session):
            job = session.scalars(taken, execution_options={"populate_existing": True}).one_or_none()
        return None if job is None else Lease(job, job.attempt)

    def _work(self, lease: Lease, kind: Kind) -> JobState | None:
        """Call the kind's function in a session in which the asker acts, and close the job with what it wrote."""
        actor, job = self._asker(lease.job), lease.job
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / secrets.token_hex(24)
        report = _nothing if kind.writes else self._reporter(lease)
        facts = {"actor": actor, "read_only": not kind.writes, "request_id": f"job-{job.ref}"}
        try:
            with self.sessions(info=facts) as session:
                context = Context(
                    session, actor, job.ref, job.lang, json.loads(job.asked), path, report, lambda: lease.cancelled,
                    lease.conclude,
                )  # fmt: skip
                state = self._call(context, lease, kind)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        if kind.after is not None and state is JobState.done:
            kind.after(context)
        return state

    def _call(self, context: Context, lease: Lease, kind: Kind) -> JobState:
        """Do the work. A kind that writes is closed in its own transaction: both stand, or neither."""
        session, state, values = context.session, JobState.done, dict[str, Any]()
        try:
            values["filename"] = kind.run(context) or None
            values |= lease.found
        except Refused as refused:
            if not refused.keep:
                raise
            state, values = JobState.failed, {"error": refused.sentence[:500]}
            if refused.receipt is not None:
                values["receipt"] = refused.receipt
        if context.path.exists():
            values["file"] = context.path.name
        if kind.writes:
            with acting(session, SYSTEM):
                self._end(session, lease, state, **values)
            session.commit()
        else:
            session.rollback()  # what was only read holds nobody up
            with self._system() as closing:
                self._end(closing, lease, state, **values)
        return state

    def _asker(self, job: Job) -> Actor:
        """Return the actor of the asking account as it is now; refuse when it may no more, or stands elsewhere."""
        with self._system() as session:
            account = session.get(Account, job.account_id)
            if account is None or not self.may_work(account):
                raise Refused("提交任务的账号已停用，没有办理")
            if (account.role.value, account.delegation_id) != (job.role, job.delegation_id):
                raise Refused("提交任务后，账号的角色或所属交易团/分团已变动，没有办理；请重新提交")
            try:
                return actor_for(session, account)
            except LookupError as error:
                raise Refused(str(error)) from error

    def _close(self, lease: Lease, state: JobState, error: str | None) -> JobState | None:
        with suppress(LeaseLost), self._system() as session:
            self._end(session, lease, state, error=error)
            return state
        return None

    def _end(self, session: Session, lease: Lease, state: JobState, **values: Any) -> None:
        """Compare and set, with the notice to the asker in the same transaction; raise LeaseLost."""
        moment = None if state is JobState.queued else now()
        if state is JobState.done:
            values["done"] = Job.total
        statement = update(Job).where(*lease.mine).values(state=state, ended_at=moment, **values)
        with writing_sets(session):
            if session.execute(statement, execution_options=QUIET).rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE returns a CursorResult
                raise LeaseLost(lease.job.ref)
        if state in notices.OF_JOBS and not self.kinds[lease.job.kind].quiet:
            notices.tell_asker(session, lease.job, state)

    def _reporter(self, lease: Lease) -> Callable[[int, int], None]:
        def report(done: int, total: int) -> None:
            if time.monotonic() - lease.told < REPORT and done < total:
                return
            self._beat(lease, done=done, total=total)
            lease.told = time.monotonic()

        return report

    def _beat(self, lease: Lease, **values: Any) -> None:
        """Give a sign of life and hear whether the asker has taken the job back; raise LeaseLost."""
        statement = update(Job).where(*lease.mine).values(heartbeat_at=now(), **values).returning(Job.cancel_asked)
        with self._system() as session, writing_sets(session):
            heard = session.execute(statement, execution_options=QUIET).scalar_one_or_none()
        if heard is None:
            raise LeaseLost(lease.job.ref)
        lease.cancelled = heard

    @contextmanager
    def _beating(self, lease: Lease) -> Iterator[None]:
        """Beat from a thread of its own, in this one's context; while this worker itself writes, SQLite lets it wait, and
        nobody else in.
        """
        over = Event()

        def beat() -> None:
            while not over.wait(BEAT):
                with suppress(OperationalError, LeaseLost):
                    self._beat(lease)

        thread = Thread(target=copy_context().run, args=(beat,), name=f"heartbeat {lease.job.ref}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _outcome(lease: Lease, error: Exception) -> tuple[JobState, str | None]:
    """Return what becomes of a job whose function raised, and the sentence for the asker."""
    if isinstance(error, Cancelled):
        return JobState.cancelled, None
    if isinstance(error, Refused):
        return JobState.failed, error.sentence[:500]
    if isinstance(error, Forbidden):
        return JobState.failed, "提交任务后，账号的权限已变动，没有办理"
    log.error("job %s failed", lease.job.ref, exc_info=error)
    if isinstance(error, OperationalError) and lease.attempt < MOST_ATTEMPTS:
        return JobState.queued, None  # the database was busy or away: another attempt may find it free
    return JobState.failed, BROKEN


def _nothing(_done: int, _total: int) -> None:
    """A single transaction has no progress to tell."""
