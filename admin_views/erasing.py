"""Erasing as the worker and the command do it: in slices, until the time is up or all is done, then the room given back."""

import json
import time
from collections.abc import Iterator
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.editing import files_folder
from admin_views.queueing import results_folder
from admin_views.sessions import system_session
from exchange import kept_files
from extensions import db
from models import Edition, Erasure, ErasureState
from models.kinds import now
from workflow import keeping
from workflow.actors import SYSTEM
from workflow.keeping import ties, wiping

AT_A_TIME = 20.0  # seconds of a sweep


def _tools() -> keeping.Tools:
    factory = db.session.session_factory
    return kept_files.tools(lambda: factory(info={"actor": SYSTEM}), files_folder(), results_folder())


def go_on(moment: datetime) -> None:
    """Go on with what is agreed and due, for a while; the next sweep takes over from there."""
    with system_session(read_only=True) as session:
        waiting = list(keeping.waiting(session, moment))
    until = time.monotonic() + AT_A_TIME
    for number in waiting:
        if keeping.run(_tools(), number, until):
            _ended(number)


def _ended(number: int) -> None:
    """Give the room back and tell the two who decided."""
    if left := keeping.vacuum(db.engine):
        current_app.logger.warning("not vacuumed: %s", left)
    with system_session() as session:
        erasure = session.get_one(Erasure, number)
        edition = session.get_one(Edition, erasure.edition_id)
        keeping.tell_deciders(session, erasure, keeping.ERASED.format(edition=edition.name), "erased")


def preview(session: Session, edition: Edition) -> Iterator[str]:
    """Say what would go, table by table, in the whole installation."""
    for model in ties.tied():
        rows = keeping.count(session, model, ties.rows_of(model, edition.id) & wiping.holding(model))
        if rows:
            yield f"  {model.__label__ or model.__tablename__}：{rows} 条"


def begin(session: Session, edition: Edition, reason: str) -> int:
    """Put an erasing down as agreed, or take up one that has begun; raise Refused."""
    begun = select(Erasure).where(Erasure.edition_id == edition.id, Erasure.state == ErasureState.running)
    erasure = session.scalar(begun)
    if erasure is None:
        erasure = keeping.begin(session, edition, reason, None)
        erasure.state, erasure.agreed_at, erasure.due_at = ErasureState.agreed, now(), now()
        session.flush()
    return erasure.id


def finish(number: int) -> None:
    """Erase to the end."""
    if keeping.run(_tools(), number):
        _ended(number)


def told(number: int) -> str:
    """Say how it ended."""
    with system_session(read_only=True) as session:
        erasure = session.get_one(Erasure, number)
        if erasure.state is not ErasureState.done:
            return "没有清除完：该届已暂停清除，解除后再次执行即继续"
        counts = json.loads(erasure.erased)
        done = "、".join(f"{table} {n}" for table, n in sorted(counts.items()))
        return f"已清除：{done}\n报告校验值 SHA-256：{erasure.digest}"
