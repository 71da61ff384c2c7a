"""Confirming: judge again inside the writing transaction, then do exactly what was shown, set by set."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, insert, literal, select, update
from sqlalchemy.orm import Session

from models import Batch, BatchRow, BatchStatus, Outcome, ReviewRecord, Unit
from models.columns import columns_of
from models.kinds import now
from models.words import Labelled
from workflow import notices, trail
from workflow.actors import SYSTEM, Actor, Forbidden, acting
from workflow.answers import AnswersInvalid
from workflow.engine.looking import Look, look
from workflow.engine.staging import Selection, answers_of, judge, of_batch, preview
from workflow.moves import Context, Machine, Move
from workflow.registry import machine_of
from workflow.sessions import writing_sets

QUIET = {"synchronize_session": False}
MOVED_ON = "情况已变化：可办理的数量与刚才显示的不同，请核对后再次确认"


class AlreadyDone(Exception):
    """The batch was confirmed before (a double click, a second window): its receipt stands."""


@dataclass(frozen=True)
class Confirmed:
    """The batch is done; the caller commits and shows the receipt."""

    batch: Batch


@dataclass(frozen=True)
class Changed:
    """The numbers differ from what was shown: nothing was done, look at the preview again."""

    batch: Batch
    sentence: str


def confirm(
    session: Session,
    actor: Actor,
    batch: Batch,
    answers: Mapping[str, Any],
    signature: str,
    *,
    accept_partial: bool = False,
) -> Confirmed | Changed:
    """Do a previewed batch if its numbers still are what ``signature`` says; the caller commits.

    Raises AnswersInvalid (with ``accept_partial`` when a budget is short and nobody agreed to the first rows that fit),
    AlreadyDone, and Forbidden for whoever did not look at the preview.
    """
    machine, move = of_batch(batch)
    if batch.account_id != actor.account_id:
        raise Forbidden("只有查看预览的经办人本人可以确认")
    read = answers_of(move, answers, strict=True)
    lock(session, actor, batch, read)
    context = judge(session, actor, batch, read)
    now_seen = look(session, batch)
    if now_seen.signature != signature:
        return Changed(batch, MOVED_ON)
    ask_whether_partly(now_seen, agreed=accept_partial)
    if now_seen.will == 0:
        return Changed(batch, "没有可以办理的记录")
    apply(context, machine, move)
    return Confirmed(batch)


def ask_whether_partly(seen: Look, *, agreed: bool) -> None:
    """Raise AnswersInvalid where a budget is short and nobody has agreed to the first rows that fit."""
    if seen.budget and seen.budget.short and not agreed:
        told = f"{seen.budget.sentence}：请勾选只办理前 {seen.budget.fits} 条，或返回调整"
        raise AnswersInvalid({"accept_partial": told})


def run(
    session: Session, actor: Actor, noun: str, move_name: str, selection: Selection | Sequence[int],
    answers: Mapping[str, Any] | None = None, *, accept_partial: bool = True,
) -> Batch:  # fmt: skip
    """Preview and confirm in one go, for imports and programs; rows that cannot be done stand refused on the batch."""
    chosen = selection if isinstance(selection, Selection) else Selection.of_ids(selection)
    batch = preview(session, actor, noun, move_name, chosen)
    machine, move = of_batch(batch)
    read = answers_of(move, answers or {}, strict=True)
    lock(session, actor, batch, read)
    context = judge(session, actor, batch, read)
    seen = look(session, batch)
    if seen.budget and seen.budget.short and not accept_partial:
        raise AnswersInvalid({"accept_partial": seen.budget.sentence})
    apply(context, machine, move)
    return batch


def cascade(
    context: Context, noun: str, move_name: str, condition: ColumnElement[bool],
    answers: Mapping[str, Any] | None = None,
) -> Batch | None:  # fmt: skip
    """Do a system move on the rows a parent batch entails, in the parent's transaction, as a batch of its own."""
    session = context.session
    chosen = Selection.matching([condition], "连带变更")
    model: Any = machine_of(noun).model
    if not _is_sqlite(session):  # what is staged below must still stand when it is written
        with acting(session, SYSTEM):
            session.execute(select(model.id).where(condition).order_by(model.id).with_for_update()).close()
    child = preview(session, context.actor, noun, move_name, chosen, answers, parent=context.batch, trusted=True)
    if child.chosen == 0:
        session.delete(child)
        return None
    machine, move = of_batch(child)
    inner = Context(session, context.actor, context.at, dict(answers or {}), child)
    apply(inner, machine, move)
    return child


def lock(session: Session, actor: Actor, batch: Batch, answers: Mapping[str, Any]) -> None:
    """Take the batch (once), its rows in id order, then the pools: two admins never wait for each other in a circle."""
    machine, move = of_batch(batch)
    with acting(session, SYSTEM), writing_sets(session):
        taken = session.execute(
            update(Batch)
            .where(Batch.id == batch.id, Batch.status == BatchStatus.previewed)
            .values(status=BatchStatus.previewed),
            execution_options=QUIET,
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE returns a CursorResult
            raise AlreadyDone(batch.ref)
        hold_rows(session, machine, batch)
        budget = move.budget(Context(session, actor, now(), answers, batch)) if move.budget else None
        if budget is not None and not _is_sqlite(session):
            session.execute(budget.lock.with_for_update()).close()


def hold_rows(session: Session, machine: Machine, batch: Batch) -> None:
    """Lock a batch's rows: see ``hold``."""
    hold(session, machine, select(BatchRow.object_id).where(BatchRow.batch_id == batch.id))


def hold(session: Session, machine: Machine, chosen: Select[Any] | Sequence[int]) -> None:
    """Lock rows in id order, after their units where they have some: who moves a unit takes its persons and requests along.

    Persons only keep their units from going; a request is about to move its unit. What belongs to no unit is locked alone.
    A SQLite writer has the whole database already.
    """
    if _is_sqlite(session):
        return
    model: Any = machine.model
    mine = model.id.in_(chosen)
    if "unit_id" in columns_of(machine.model):
        units = select(Unit.id).where(Unit.id.in_(select(model.unit_id).where(mine))).order_by(Unit.id)
        stay = machine.noun == "person"
        session.execute(units.with_for_update(read=stay, key_share=stay)).close()
    session.execute(select(model.id).where(mine).order_by(model.id).with_for_update()).close()


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def apply(context: Context, machine: Machine, move: Move) -> None:
    """Do the judged rows: state, budget, trail, effects, receipt."""
    session = context.session
    with acting(session, SYSTEM), writing_sets(session), trail.on_behalf_of(session, context.actor):
        session.flush()
        sets = dict(move.sets(context)) if move.sets else {}
        if move.target is not None:
            sets[machine.column] = move.target if isinstance(move.target, Labelled) else move.target(context)
        before = _values(session, machine, context, tuple(sets))
        budget = move.budget(context) if move.budget else None
        if budget is not None:
            budget.take(context)
        _write(session, machine, context, sets, expected=len(before))
        # The trail tells the move first and what it entailed after it.
        _record(context, machine, tuple(sets), before, _values(session, machine, context, tuple(sets)))
        for effect in move.effects:
            effect(context)
        notices.tell_of_move(context, machine, move)
        _close(session, machine, move, context)
    session.expire_all()


def _values(session: Session, machine: Machine, context: Context, keys: tuple[str, ...]) -> list[tuple[Any, ...]]:
    model: Any = machine.model
    columns = [getattr(model, key) for key in keys]
    rows = session.execute(
        select(model.id, model.ref, *columns)
        .join(BatchRow, BatchRow.object_id == model.id)
        .where(BatchRow.batch_id == context.batch_id, BatchRow.refusal.is_(None))
        .order_by(model.id)
    )
    return [tuple(row) for row in rows]


def _write(session: Session, machine: Machine, context: Context, sets: dict[str, Any], expected: int) -> None:
    """Compare and set: only rows still in a from-state and in the version that was judged."""
    model: Any = machine.model
    move = machine.moves[context.staged.move]
    since = {"state_since": context.at} if machine.column in sets else {}
    written = session.execute(
        update(model)
        .where(
            model.id == BatchRow.object_id, BatchRow.batch_id == context.batch_id, BatchRow.refusal.is_(None),
            machine.state.in_(move.source), model.row_version == BatchRow.seen,
        )
        .values({**sets, **since, "row_version": model.row_version + 1, "updated_at": context.at}),
        execution_options=QUIET,
    )  # fmt: skip
    if written.rowcount != expected:  # type: ignore[attr-defined]  # an UPDATE returns a CursorResult
        raise RuntimeError(f"{machine.noun}.{move.name}: {written.rowcount} of {expected} rows written")  # type: ignore[attr-defined]  # as above


def _close(session: Session, machine: Machine, move: Move, context: Context) -> None:
    batch, model = context.staged, machine.model
    mine = BatchRow.batch_id == batch.id
    shown = select(func.coalesce(cast(machine.shown(move), String), "")).where(model.id == BatchRow.object_id)
    if move.step is not None:
        _review(session, machine, move, context)
    session.execute(
        update(BatchRow).where(mine, BatchRow.refusal.is_not(None)).values(outcome=Outcome.refused),
        execution_options=QUIET,
    )
    session.execute(
        update(BatchRow)
        .where(mine, BatchRow.refusal.is_(None))
        .values(outcome=Outcome.done, after=shown.scalar_subquery()),
        execution_options=QUIET,
    )
    done = session.scalar(select(func.count()).where(mine, BatchRow.outcome == Outcome.done)) or 0
    batch.done, batch.refused, batch.done_at, batch.status = done, batch.chosen - done, context.at, BatchStatus.done
    session.flush()


def _review(session: Session, machine: Machine, move: Move, context: Context) -> None:
    model: Any = machine.model
    person = machine.noun == "person"
    opinion = context.said if context.own else literal(context.said)
    rows = select(
        model.unit_id if person else model.id, model.delegation_id, model.province_id,
        model.id if person else literal(None), literal(move.step.value if move.step else None), literal(move.label),
        opinion, model.round, literal(context.actor.account_id), literal(context.at, ReviewRecord.at.type),
        literal(context.batch_id),
    ).where(model.id.in_(context.rows)).order_by(model.id)  # fmt: skip
    names = (
        "unit_id",
        "delegation_id",
        "province_id",
        "person_id",
        "step",
        "action",
        "opinion",
        "round",
        "by_id",
        "at",
        "batch_id",
    )
    session.execute(insert(ReviewRecord).from_select([getattr(ReviewRecord, name) for name in names], rows))


def _record(
    context: Context,
    machine: Machine,
    keys: tuple[str, ...],
    before: list[tuple[Any, ...]],
    after: list[tuple[Any, ...]],
) -> None:
    """Write one audit entry per row done; equal changes are put into words once."""
    batch, columns = context.staged, columns_of(machine.model)
    texts: dict[tuple[Any, ...], str] = {}
    for old, new in zip(before, after, strict=True):
        pair = (old[2:], new[2:])
        if pair not in texts:
            changes = {
                key: [trail.plain(was), trail.plain(is_)]
                for key, was, is_ in zip(keys, old[2:], new[2:], strict=True)
                if was != is_ and not columns[key].sensitivity
            }
            texts[pair] = json.dumps(changes, ensure_ascii=False)
        trail.note(
            context.session, f"{machine.noun}.{batch.move}", machine.noun, old[0], old[1], texts[pair], context.said_to(old[0]), batch.id,
        )  # fmt: skip
