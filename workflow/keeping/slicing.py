"""The erasing itself: slice by slice, each one transaction, so that whatever interrupts it leaves nothing half done.

Rows that hold nothing any more are not found again: begun anew, it goes on where it was, and the counts stay right because
they are written with the rows they count (个人信息保护法 第十九条、第四十七条).
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from models import (
    Attachment,
    Base,
    Edition,
    Erasure,
    ErasureState,
    Job,
    JobState,
    Person,
    SavedView,
    Tombstone,
    keyring,
)
from models.columns import attribute, model_named
from models.kinds import now
from workflow import saved_views, trail
from workflow.keeping import deciding, ties, wiping
from workflow.sessions import writing_sets

QUIET = {"synchronize_session": False}
SLICE = 500  # rows
Counts = dict[str, int]


@dataclass(frozen=True)
class Tools:
    """What the files' layer lends: ``forget_file`` removes an attachment's file, ``forget_result`` a job's.

    ``report`` makes the closing report's text; ``slice_`` is how many rows one transaction does.
    """

    sessions: Callable[..., Session]
    forget_file: Callable[[str], None]
    forget_result: Callable[[str], None]
    remove_orphans: Callable[[Session], int]
    report: Callable[[Session, Erasure, Counts], dict[str, Any]]
    slice_: int = SLICE
    after_slice: Callable[[str], None] = field(default=lambda _table: None)


def run(tools: Tools, erasure_id: int, until: float | None = None) -> bool:
    """Go on erasing until all is done (True), it may not go on, or the clock says ``until`` (``time.monotonic``). SYSTEM acts."""
    for step in _steps():
        while _slice(tools, erasure_id, step):
            tools.after_slice(step.table)
            if until is not None and time.monotonic() >= until:
                return False
    return _close(tools, erasure_id)


@dataclass(frozen=True)
class Step:
    """One table: which of its rows are still to be done, and what is done to some of them by their numbers."""

    table: str
    waiting: Callable[[Session, Edition], Any]
    do: Callable[[Tools, Session, list[int]], int]


def _steps() -> Iterator[Step]:
    """Yield the tables: what is about others before the others, so that it is still found by them."""
    whole = [model_named(table) for table in sorted(wiping.WHOLE)]
    blanked = [model for model in ties.tied() if model.__tablename__ not in wiping.WHOLE]
    for model in whole:
        yield Step(model.__tablename__, _all_of(model), _files if model is Attachment else _delete(model))
    for model in sorted(blanked, key=lambda one: one is Person):
        yield Step(model.__tablename__, _holding(model), _persons if model is Person else _blank(model))
    for table, moment in ties.PASSING.items():
        yield Step(table, _passed(model_named(table), moment), _jobs if table == "job" else _delete(model_named(table)))


def _all_of(model: type[Base]) -> Callable[[Session, Edition], Any]:
    return lambda _session, edition: ties.rows_of(model, edition.id)


def _holding(model: type[Base]) -> Callable[[Session, Edition], Any]:
    return lambda _session, edition: ties.rows_of(model, edition.id) & wiping.holding(model)


def _passed(model: type[Base], moment: str) -> Callable[[Session, Edition], Any]:
    """Tools of the edition's work: those of before the next edition opened; a job at work is left to end."""

    def waiting(session: Session, edition: Edition) -> Any:
        old = attribute(model, moment) < ties.bound(session, edition)
        return old & Job.state.not_in((JobState.queued, JobState.running)) if model is Job else old

    return waiting


def _slice(tools: Tools, erasure_id: int, step: Step) -> int:
    """Do some rows of a table and note how many, in one transaction; 0 when there is none left."""
    with tools.sessions() as session, session.begin(), writing_sets(session):
        erasure = _take(session, erasure_id)
        if erasure is None:
            return 0
        model, edition = model_named(step.table), session.get_one(Edition, erasure.edition_id)
        key = attribute(model, "id")
        waiting = select(key).where(step.waiting(session, edition)).order_by(key).limit(tools.slice_)
        ids = list(session.scalars(waiting))
        if not ids:
            return 0
        counts: Counts = json.loads(erasure.erased)
        counts[step.table] = counts.get(step.table, 0) + step.do(tools, session, ids)
        erasure.erased = json.dumps(counts)
        return len(ids)


def _take(session: Session, erasure_id: int) -> Erasure | None:
    """Return the erasing, held against any other worker; None when it is over or may not be done just now.

    What has been agreed to is judged again before its first row goes: the edition may be the current one by now, or kept longer.
    """
    erasure = session.scalar(select(Erasure).where(Erasure.id == erasure_id).with_for_update())
    if erasure is None or erasure.state not in (ErasureState.agreed, ErasureState.running):
        return None
    edition = session.get_one(Edition, erasure.edition_id)
    if edition.legal_hold:
        return None
    if erasure.state is ErasureState.agreed:
        if why := deciding.closed(edition, now()):
            deciding.lapse(session, erasure, edition, why)
            return None
        erasure.state, erasure.started_at = ErasureState.running, now()
        trail.note(session, "erasure.start", "erasure", erasure.id, erasure.ref)
    return erasure


def _delete(model: type[Base]) -> Callable[[Tools, Session, list[int]], int]:
    def do(_tools: Tools, session: Session, ids: list[int]) -> int:
        session.execute(delete(model).where(attribute(model, "id").in_(ids)), execution_options=QUIET)
        return len(ids)

    return do


def _blank(model: type[Base]) -> Callable[[Tools, Session, list[int]], int]:
    def do(_tools: Tools, session: Session, ids: list[int]) -> int:
        values = dict(wiping.blanks(model))
        session.execute(update(model).where(attribute(model, "id").in_(ids)).values(values), execution_options=QUIET)
        return len(ids)

    return do


def _files(tools: Tools, session: Session, ids: list[int]) -> int:
    """Files go before their rows: killed in between, the rows are found again, and a file that is gone hinders nobody."""
    for ref in session.scalars(select(Attachment.ref).where(Attachment.id.in_(ids))):
        tools.forget_file(ref)
    return _delete(Attachment)(tools, session, ids)


def _jobs(tools: Tools, session: Session, ids: list[int]) -> int:
    for name in session.scalars(select(Job.file).where(Job.id.in_(ids), Job.file.is_not(None))):
        tools.forget_result(str(name))
    return _delete(Job)(tools, session, ids)


def _persons(tools: Tools, session: Session, ids: list[int]) -> int:
    """Leave each person's keyed hash, by which later editions know that the same number was here, and blank the row."""
    index = attribute(Person, "id_no_index").label("number")
    facts = (Person.id, Person.ref, Person.delegation_id, Person.province_id, index)
    ring, at = keyring.current(), now()
    stones = [
        {
            "noun": "person", "object_id": row.id, "object_ref": row.ref, "delegation_id": row.delegation_id,
            "province_id": row.province_id, "key_hash": ring.kept(row.number), "persons": 0, "files": 0, "at": at,
        }
        for row in session.execute(select(*facts).where(Person.id.in_(ids), index.is_not(None)).order_by(Person.id))
    ]  # fmt: skip
    if stones:
        session.execute(insert(Tombstone), stones)
    return _blank(Person)(tools, session, ids)


def _close(tools: Tools, erasure_id: int) -> bool:
    """Destroy the edition's key, and with it what the trail tells of persons; remove what no row names; write the report.

    False when it is over already, or may not be done just now.
    """
    with tools.sessions() as session, session.begin(), writing_sets(session):
        erasure = _take(session, erasure_id)
        if erasure is None:
            return False
        edition = session.get_one(Edition, erasure.edition_id)
        counts: Counts = json.loads(erasure.erased)
        counts["saved_view"] = _views(session, edition)
        counts["orphans"] = tools.remove_orphans(session)
        counts["audit"] = sealed_entries(session, edition.id)
        moment = now()
        edition.audit_secret, edition.erased_at, edition.row_version = None, moment, edition.row_version + 1
        session.flush()
        erasure.state, erasure.ended_at, erasure.erased = ErasureState.done, moment, json.dumps(counts)
        report = tools.report(session, erasure, counts)
        erasure.report = json.dumps(report, ensure_ascii=False, sort_keys=True)
        erasure.digest = digest_of(erasure.report)
        told = {**counts, "SHA-256": erasure.digest}
        trail.note(session, "erasure.done", "erasure", erasure.id, erasure.ref, told, erasure.reason)
    return True


def _views(session: Session, edition: Edition) -> int:
    """Delete the views by which somebody of the edition was looked for; all others go on serving."""
    ids = saved_views.naming_persons(session, ties.bound(session, edition))
    session.execute(delete(SavedView).where(SavedView.id.in_(ids)), execution_options=QUIET)
    return len(ids)


def sealed_entries(session: Session, edition_id: int) -> int:
    """Count the entries of the trail that are sealed under an edition's key."""
    audit = model_named("audit").__table__
    mine = audit.c.edition_id == edition_id
    return session.connection().scalar(select(func.count()).select_from(audit).where(mine)) or 0


def digest_of(report: str) -> str:
    """Return the SHA-256 of a report's text, in hex."""
    return hashlib.sha256(report.encode()).hexdigest()
