"""Staging: the chosen rows are written down with what would become of each, in a handful of statements."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    cast,
    delete,
    false,
    func,
    insert,
    literal,
    null,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from models import Base, Batch, BatchRow, BatchStatus, Outcome
from models.kinds import now
from workflow import scope
from workflow.actors import SYSTEM, Actor, Forbidden, acting
from workflow.answers import read_answers
from workflow.moves import Budget, Context, Guard, Machine, Move
from workflow.registry import machine_of
from workflow.sessions import writing_sets

KEEP_PREVIEWS = timedelta(days=1)


class ForeignRows(LookupError):
    """A chosen id does not exist or is not the actor's: the whole request is refused as if nothing were there."""


@dataclass(frozen=True)
class Selection:
    """Which rows: a query already narrowed by filters (``matching``) or a short list of ids (``of_ids``)."""

    conditions: tuple[ColumnElement[bool], ...]
    ids: tuple[int, ...] = ()
    source: str = ""

    @classmethod
    def of_ids(cls, ids: Sequence[int], source: str = "") -> "Selection":
        """Choose up to 1,000 rows by id; every one must exist and be the actor's."""
        unique = tuple(sorted(set(ids)))
        if not 0 < len(unique) <= 1000:
            raise ForeignRows("请选择 1 至 1000 条记录")
        return cls((), unique, source or f"选中的 {len(unique)} 条")

    @classmethod
    def matching(cls, conditions: Sequence[ColumnElement[bool]], source: str = "") -> "Selection":
        """Choose all rows that satisfy the conditions (and lie in the actor's scope)."""
        return cls(tuple(conditions), (), source)

    def where(self, model: type[Base]) -> ColumnElement[bool]:
        """The choice as one predicate."""
        return model.id.in_(self.ids) if self.ids else and_(true(), *self.conditions)


def of_batch(batch: Batch) -> tuple[Machine, Move]:
    """Return the machine and the move a batch is about."""
    machine = machine_of(batch.noun)
    return machine, machine.moves[batch.move.removeprefix("undo:")]


def preview(
    session: Session, actor: Actor, noun: str, move_name: str, selection: Selection,
    answers: Mapping[str, Any] | None = None, *, parent: Batch | None = None, trusted: bool = False,
) -> Batch:  # fmt: skip
    """Stage a move over a selection; nothing but the batch itself is written. ``trusted`` is for what moves entail.

    Raises Forbidden when the role lacks the move, ForeignRows for an id that is not the actor's, KeyError for an
    unknown move.
    """
    machine = machine_of(noun)
    move = machine.moves[move_name]
    if not trusted:
        _ask_role(actor, move)
    batch = Batch(
        noun=noun, move=move_name, account_id=actor.account_id, source=selection.source[:500],
        delegation_id=actor.delegation_id, province_id=actor.province_id, parent_id=parent.id if parent else None,
    )  # fmt: skip
    with acting(session, SYSTEM), writing_sets(session):
        if not trusted:
            _forget_old(session, actor)
        session.add(batch)
        session.flush()
        batch.chosen = _stage(session, machine, move, batch, selection, SYSTEM if trusted else actor)
        if selection.ids and batch.chosen != len(selection.ids):
            raise ForeignRows("记录不存在")
    judge(session, actor, batch, dict(answers or {}), trusted=trusted)
    return batch


def _ask_role(actor: Actor, move: Move) -> None:
    if move.hidden or actor.role not in move.who:
        raise Forbidden(f"您的角色不能执行“{move.label}”")


def _forget_old(session: Session, actor: Actor) -> None:
    old = select(Batch.id).where(
        Batch.status == BatchStatus.previewed,
        Batch.account_id == actor.account_id,
        Batch.created_at < now() - KEEP_PREVIEWS,
    )
    session.execute(
        delete(BatchRow).where(BatchRow.batch_id.in_(old)), execution_options={"synchronize_session": False}
    )
    session.execute(delete(Batch).where(Batch.id.in_(old)), execution_options={"synchronize_session": False})


def _stage(session: Session, machine: Machine, move: Move, batch: Batch, selection: Selection, actor: Actor) -> int:
    model: Any = machine.model
    rows = (
        select(
            literal(batch.id), model.id, model.ref, func.coalesce(machine.titled, ""), model.row_version,
            func.coalesce(cast(machine.shown(move), String), ""), literal(0), literal(Outcome.pending.value),
        )
        .where(selection.where(machine.model), scope.condition(machine.model, actor))
        .order_by(model.id)
    )  # fmt: skip
    into = [BatchRow.batch_id, BatchRow.object_id, BatchRow.object_ref, BatchRow.title, BatchRow.seen, BatchRow.before,
            BatchRow.cost, BatchRow.outcome]  # fmt: skip
    session.execute(insert(BatchRow).from_select(into, rows))
    return session.scalar(select(func.count()).where(BatchRow.batch_id == batch.id)) or 0


def judge(
    session: Session, actor: Actor, batch: Batch, answers: Mapping[str, Any], *, trusted: bool = False
) -> Context:
    """Write beside every staged row why it cannot be done (or nothing); return the context it was judged in.

    Raises Forbidden when the role lacks the move: a batch's number is no key to it.
    """
    machine, move = of_batch(batch)
    if not trusted:
        _ask_role(actor, move)
    answers = answers_of(move, answers, strict=False)
    context = Context(session, actor, now(), answers, batch)
    model: Any = machine.model
    seen: ColumnElement[Any] = case(
        (~scope.condition(machine.model, SYSTEM if trusted else actor), "gone"),
        (model.row_version != BatchRow.seen, "changed"),
        *refusals(machine, move, context),
        else_=null(),
    )
    with acting(session, SYSTEM), writing_sets(session):
        session.flush()
        session.execute(
            update(BatchRow)
            .where(BatchRow.batch_id == batch.id, BatchRow.outcome == Outcome.pending, model.id == BatchRow.object_id)
            .values(refusal=seen),
            execution_options={"synchronize_session": False},
        )
        budget = move.budget(context) if move.budget else None
        if budget is not None:
            _spend(session, machine, batch, budget)
        batch.asked = json.dumps(
            {key: value for key, value in answers.items() if value is not None}, ensure_ascii=False
        )
        session.flush()
    return context


def refusals(machine: Machine, move: Move, context: Context) -> list[tuple[ColumnElement[bool], str]]:
    """Return the move's refusing conditions with their codes, the wrong state first."""
    asked = [(refuses(guard, context), guard.code) for guard in move.guards]
    return [(machine.state.not_in(move.source), "state"), *((rule, code) for rule, code in asked if rule is not None)]


def refuses(guard: Guard, context: Context) -> ColumnElement[bool] | None:
    """Return the condition on which the guard refuses a row; None while it waits for an answer."""
    holds = guard.holds(context)
    return None if holds is None else func.coalesce(~holds, false())


def _spend(session: Session, machine: Machine, batch: Batch, budget: Budget) -> None:
    model: Any = machine.model
    mine = (BatchRow.batch_id == batch.id, BatchRow.refusal.is_(None), BatchRow.outcome == Outcome.pending)
    session.execute(
        update(BatchRow).where(*mine, model.id == BatchRow.object_id).values(cost=func.coalesce(budget.cost, 0)),
        execution_options={"synchronize_session": False},
    )
    running = func.sum(BatchRow.cost).over(partition_by=budget.pool or None, order_by=BatchRow.object_id)
    spent = (
        select(BatchRow.id, BatchRow.cost, running.label("running"), func.coalesce(budget.left, 0).label("left"))
        .join(model, model.id == BatchRow.object_id)
        .where(*mine)
        .subquery()
    )
    over = select(spent.c.id).where(spent.c.running > spent.c.left, spent.c.cost > 0)
    session.execute(
        update(BatchRow).where(BatchRow.id.in_(over)).values(refusal="budget"),
        execution_options={"synchronize_session": False},
    )


def answers_of(move: Move, answers: Mapping[str, Any], *, strict: bool) -> dict[str, Any]:
    """Return the answers as typed values; with ``strict`` a missing one raises AnswersInvalid."""
    if strict:
        return read_answers(move, answers)
    given = {ask.name for ask in move.asks if answers.get(ask.name)}
    part = Move(name=move.name, label=move.label, source=(), target=None, who=(),
                asks=tuple(ask for ask in move.asks if ask.name in given))  # fmt: skip
    return read_answers(part, answers)


def retry_selection(session: Session, batch: Batch) -> Selection:
    """Choose again the rows a batch left undone."""
    with acting(session, SYSTEM):
        ids = select(BatchRow.object_id).where(BatchRow.batch_id == batch.id, BatchRow.outcome == Outcome.refused)
        model: Any = machine_of(batch.noun).model
    return Selection.matching([model.id.in_(ids)], source=f"办理记录 {batch.ref} 中未办理的记录")
