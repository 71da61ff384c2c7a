"""Undoing a batch: the audit entries of its rows say what to put back; rows changed since stay as they are."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, insert, literal, null, select, update
from sqlalchemy.orm import Session, aliased

from models import Audit, Batch, BatchRow, BatchStatus, Outcome
from models.audit import ERASED
from models.columns import columns_of
from models.kinds import now
from workflow import notices, scope, trail
from workflow.actors import SYSTEM, Actor, Forbidden, acting
from workflow.engine.confirming import AlreadyDone, hold_rows
from workflow.engine.staging import of_batch, refusals
from workflow.moves import Context, Machine, Move
from workflow.sessions import writing_sets

QUIET = {"synchronize_session": False}


def undo_closed(actor: Actor, batch: Batch) -> str | None:
    """Return why the batch cannot be undone by this actor, or None when it can."""
    _, move = of_batch(batch)
    if batch.undoes_id is not None:
        return "撤销操作本身不能再撤销"
    if batch.status is not BatchStatus.done:
        return "该批次尚未办理或已撤销"
    if not move.revocable:
        return f"“{move.label}”办理后不可撤销"
    if actor.role not in move.who or actor.account_id != batch.account_id:
        return "只有经办人本人可以撤销"
    return None


def undo(session: Session, actor: Actor, batch: Batch) -> Batch:
    """Put back every row the batch changed that nobody touched since; return the undoing batch (its own receipt).

    Raises Forbidden when ``undo_closed`` gives a reason, AlreadyDone when somebody undoes it at the same moment.
    """
    if closed := undo_closed(actor, batch):
        raise Forbidden(closed)
    machine, move = of_batch(batch)
    back = Batch(
        noun=batch.noun, move=f"undo:{batch.move}", account_id=actor.account_id, source=f"撤销办理记录 {batch.ref}",
        delegation_id=actor.delegation_id, province_id=actor.province_id, undoes_id=batch.id, status=BatchStatus.done,
    )  # fmt: skip
    with acting(session, SYSTEM), writing_sets(session):
        _take(session, batch)
        session.add(back)
        session.flush()
        hold_rows(session, machine, batch)
        _stage(Context(session, actor, now(), batch=batch), machine, move, back)
        before = _put_back(session, machine, batch, back)
        _close(session, batch, back)
        notices.tell_of_undo(session, batch, move.label)
    with acting(session, actor):
        for object_id, ref, changes in before:
            swapped = json.dumps({key: [new, old] for key, (old, new) in changes.items()}, ensure_ascii=False)
            trail.note(session, f"{machine.noun}.{back.move}", machine.noun, object_id, ref, swapped, None, back.id)
    session.expire_all()
    return back


def _take(session: Session, batch: Batch) -> None:
    """Compare and set: of two who undo the same batch one finds it done."""
    taken = session.execute(
        update(Batch).where(Batch.id == batch.id, Batch.status == BatchStatus.done).values(status=BatchStatus.undone),
        execution_options=QUIET,
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE returns a CursorResult
        raise AlreadyDone(batch.ref)


def _stage(context: Context, machine: Machine, move: Move, back: Batch) -> None:
    """Copy the rows done, refusing those that left the scope, were written since, or are locked by now."""
    model: Any = machine.model
    untouched = and_(model.row_version == BatchRow.seen + 1, scope.condition(machine.model, context.actor))
    locked = [rule for rule in refusals(machine, move, context) if rule[1] == "locked"]
    why_not = case((~untouched, "changed"), *locked, else_=null())
    rows = (
        select(
            literal(back.id), BatchRow.object_id, BatchRow.object_ref, BatchRow.title, BatchRow.seen + 1, BatchRow.after,
            literal(0), literal(Outcome.pending.value), why_not,
        )
        .join(model, model.id == BatchRow.object_id)
        .where(BatchRow.batch_id == context.batch_id, BatchRow.outcome == Outcome.done)
        .order_by(BatchRow.id)
    )  # fmt: skip
    names = ("batch_id", "object_id", "object_ref", "title", "seen", "before", "cost", "outcome", "refusal")
    context.session.execute(insert(BatchRow).from_select([getattr(BatchRow, name) for name in names], rows))


def _put_back(
    session: Session, machine: Machine, batch: Batch, back: Batch
) -> list[tuple[int, str, Mapping[str, Any]]]:
    """Write the old values back, one statement per distinct set of changes."""
    model: Any = machine.model
    rows = session.execute(
        select(BatchRow.object_id, BatchRow.object_ref, Audit.changes)
        .join(
            Audit, and_(Audit.batch_id == batch.id, Audit.object_id == BatchRow.object_id, Audit.noun == machine.noun)
        )
        .where(BatchRow.batch_id == back.id, BatchRow.refusal.is_(None))
        .order_by(BatchRow.id)
    ).all()
    if any(row.changes == ERASED for row in rows):
        raise Forbidden("该届次的个人信息已清除，原来的内容不再保存，不能撤销")
    for changes in {row.changes for row in rows}:
        ids = [row.object_id for row in rows if row.changes == changes]
        old = {key: _typed(machine, key, pair[0]) for key, pair in json.loads(changes).items()}
        at = now()
        since = {"state_since": at} if machine.column in old else {}
        for start in range(0, len(ids), 500):
            session.execute(
                update(model).where(model.id.in_(ids[start : start + 500]))
                .values({**old, **since, "row_version": model.row_version + 1, "updated_at": at}),
                execution_options=QUIET,
            )  # fmt: skip
    return [(row.object_id, row.object_ref, json.loads(row.changes)) for row in rows]


def _typed(machine: Machine, key: str, value: Any) -> Any:
    kind = columns_of(machine.model)[key].kind
    return datetime.fromisoformat(value) if kind == "moment" and value else value


def _close(session: Session, batch: Batch, back: Batch) -> None:
    mine = BatchRow.batch_id == back.id
    undone = select(BatchRow.object_id).where(mine, BatchRow.refusal.is_(None))
    session.execute(
        update(BatchRow).where(mine, BatchRow.refusal.is_not(None)).values(outcome=Outcome.refused),
        execution_options=QUIET,
    )
    first = aliased(BatchRow)
    was = select(first.before).where(first.batch_id == batch.id, first.object_id == BatchRow.object_id)
    session.execute(
        update(BatchRow)
        .where(mine, BatchRow.refusal.is_(None))
        .values(outcome=Outcome.done, after=was.scalar_subquery()),
        execution_options=QUIET,
    )
    session.execute(
        update(BatchRow)
        .where(BatchRow.batch_id == batch.id, BatchRow.object_id.in_(undone))
        .values(outcome=Outcome.undone),
        execution_options=QUIET,
    )
    back.chosen = session.scalar(select(func.count()).where(mine)) or 0
    back.done = session.scalar(select(func.count()).where(mine, BatchRow.outcome == Outcome.done)) or 0
    back.refused, back.done_at, batch.status = back.chosen - back.done, now(), BatchStatus.undone
    session.flush()
