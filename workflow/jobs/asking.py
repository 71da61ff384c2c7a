"""Asking for a job, and taking it back."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from models import Job, JobState
from models.kinds import now
from workflow.actors import SYSTEM, Actor, Forbidden, acting
from workflow.sessions import writing_sets

QUIET = {"synchronize_session": False}


class NotCancelled(Exception):
    """The job goes on or is over; the message says why."""


def ask(
    session: Session, actor: Actor, kind: str, label: str, asked: Mapping[str, Any],
    *, total: int = 0, lang: str = "zh", receipt: str | None = None,
) -> Job:  # fmt: skip
    """Put a job down; the caller commits, and only then hands its reference to the queue."""
    if actor.account_id is None:
        raise Forbidden("only an account may ask for a job")
    job = Job(
        account_id=actor.account_id, role=actor.role.value, delegation_id=actor.delegation_id,
        province_id=actor.province_id, kind=kind, label=label[:200], lang=lang, total=total, receipt=receipt,
        asked=json.dumps(dict(asked), ensure_ascii=False),
    )  # fmt: skip
    session.add(job)
    session.flush()
    return job


def cancel(session: Session, job: Job, *, writes: bool) -> None:
    """Take a job back: at once while it waits, at its next report while it runs; raise NotCancelled. The caller commits.

    A job that ``writes`` is one transaction, which is done as a whole or not at all.
    """
    if _changed(session, job, JobState.queued, state=JobState.cancelled, cancel_asked=True, ended_at=now()):
        return
    if writes:
        if job.state in (JobState.queued, JobState.running):
            raise NotCancelled("正在整体写入，不能中途停止；写完后可在办理记录中查看，可撤销的操作可以撤销整批")
    elif _changed(session, job, JobState.running, cancel_asked=True):
        return
    raise NotCancelled("这项任务已经结束，不能再取消")


def _changed(session: Session, job: Job, source: JobState, **values: Any) -> bool:
    """Compare and set, against the worker that takes or ends the job at the same moment; ``job`` is read anew."""
    statement = update(Job).where(Job.id == job.id, Job.state == source).values(**values)
    with acting(session, SYSTEM), writing_sets(session):
        written = session.execute(statement, execution_options=QUIET).rowcount  # type: ignore[attr-defined]  # an UPDATE returns a CursorResult
    session.refresh(job)
    return bool(written)
