"""What falls due: jobs whose worker is gone, results older than a day, rows nobody looks at any more."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from models import Job, JobState
from workflow import notices
from workflow.jobs.running import MOST_ATTEMPTS
from workflow.sessions import writing_sets

QUIET = {"synchronize_session": False}
LEASE = timedelta(seconds=60)  # without a sign of life
KEPT = timedelta(hours=24)  # a result
REMEMBERED = timedelta(days=30)  # that there was a job
GAVE_UP = "后台处理多次中断，没有办成；请重新提交，仍有问题请联系系统管理员"


def sweep(session: Session, folder: Path, moment: datetime) -> list[str]:
    """Put jobs of dead workers back, clear away what is old; return the references that wait. SYSTEM acts."""
    with writing_sets(session):
        _give_up(session, moment)
        session.execute(_abandoned(moment).values(state=JobState.queued), execution_options=QUIET)
        _forget(session, folder, moment)
        waiting = select(Job.ref).where(Job.state == JobState.queued).order_by(Job.id)
        return list(session.scalars(waiting))


def _abandoned(moment: datetime) -> Any:
    return update(Job).where(Job.state == JobState.running, Job.heartbeat_at < moment - LEASE)


def _give_up(session: Session, moment: datetime) -> None:
    """End the jobs that took their worker with them again and again."""
    hopeless = _abandoned(moment).where(Job.attempt >= MOST_ATTEMPTS)
    ended = hopeless.values(state=JobState.failed, error=GAVE_UP, ended_at=moment).returning(Job)
    for job in session.scalars(ended, execution_options={"populate_existing": True}):
        notices.tell_asker(session, job, JobState.failed)


def _forget(session: Session, folder: Path, moment: datetime) -> None:
    """Delete results a day after their job ended, with the row's word for them, and old rows after a month."""
    old = (Job.file.is_not(None), Job.ended_at < moment - KEPT)
    session.execute(update(Job).where(*old).values(file=None), execution_options=QUIET)
    ended = or_(Job.ended_at < moment - REMEMBERED, Job.created_at < moment - 2 * REMEMBERED)
    session.execute(delete(Job).where(ended, Job.state != JobState.running), execution_options=QUIET)
    kept = set(session.scalars(select(Job.file).where(Job.file.is_not(None))))
    _remove(folder, kept, moment)


def _remove(folder: Path, kept: set[str | None], moment: datetime) -> None:
    """Remove files that no row names any more; one being written has no row yet, and is young."""
    for path in folder.glob("*"):
        if path.name not in kept and datetime.fromtimestamp(path.stat().st_mtime, moment.tzinfo) < moment - KEPT:
            path.unlink(missing_ok=True)
