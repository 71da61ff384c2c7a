"""Looking at a batch: what will change, what will not and why, and the receipt afterwards."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import Batch, BatchRow, Delegation, Outcome, Parcel
from models.columns import columns_of, shown, yuan
from models.kinds import now
from workflow.actors import SYSTEM, acting, actor_of
from workflow.engine.staging import of_batch
from workflow.moves import Context, Machine, Move

NAMED = 20
TITLES: dict[str, InstrumentedAttribute[str]] = {"delegation": Delegation.short_name, "parcel": Parcel.number}
COMMON = {
    "gone": "记录已不在您的管理范围内",
    "changed": "预览后已被他人修改，请重新选择后办理",
}


@dataclass(frozen=True)
class Refused:
    """One reason and the rows it stops (the first few by name)."""

    code: str
    sentence: str
    count: int
    rows: list[BatchRow]


@dataclass(frozen=True)
class BudgetLook:
    """What the move needs of a limited pool and how far it reaches; money in 分."""

    label: str
    unit: str
    needed: int
    left: int
    fits: int
    short: bool
    sentence: str


@dataclass(frozen=True)
class Look:
    """Everything a preview page says; ``signature`` stands for its numbers."""

    will: int
    cannot: int
    refusals: list[Refused]
    will_rows: list[BatchRow]
    changes: list[tuple[str, str, int]]
    budget: BudgetLook | None
    signature: str


def sentence_of(machine: Machine, move: Move, code: str, before: str = "") -> str:
    """Return the sentence the user reads for a refusal code."""
    if code in COMMON:
        return COMMON[code]
    if code == "state":
        enum = columns_of(machine.model)[machine.column].enum
        where = f"“{enum[before].label}”" if enum and before in enum.__members__ else ""
        wanted = "、".join(state.label for state in move.source)
        return f"当前状态{where}不能“{move.label}”，须为：{wanted}"
    if code == "budget":
        return "额度不足，排在后面的未能办理"
    return next((guard.sentence for guard in move.guards if guard.code == code), code)


def look(session: Session, batch: Batch) -> Look:
    """Count and name what a staged batch will and will not do."""
    machine, move = of_batch(batch)
    mine = BatchRow.batch_id == batch.id
    actor = actor_of(session)
    with acting(session, SYSTEM):
        session.flush()
        counts = session.execute(
            select(BatchRow.refusal, BatchRow.before, func.count(), func.sum(BatchRow.cost))
            .where(mine).group_by(BatchRow.refusal, BatchRow.before).order_by(BatchRow.refusal, BatchRow.before)
        ).all()  # fmt: skip
        will_rows = list(
            session.scalars(select(BatchRow).where(mine, BatchRow.refusal.is_(None)).order_by(BatchRow.id).limit(NAMED))
        )
        refusals = [_refused(session, machine, move, mine, group) for group in _by_sentence(counts)]
        budget = _budget(Context(session, actor, now(), json.loads(batch.asked), batch), machine, move, counts)
        after = _after(machine, move)
        names = names_of(session, machine, move, [row[1] for row in counts])
    will = sum(row[2] for row in counts if row[0] is None)
    changes = [(names.get(before, before), after, count) for refusal, before, count, _ in counts if refusal is None]
    numbers = repr([(row[0], row[1], row[2], row[3]) for row in counts])
    signature = hashlib.sha256(f"{batch.ref}|{numbers}".encode()).hexdigest()[:32]
    return Look(will, batch.chosen - will, refusals, will_rows, changes, budget, signature)


def _by_sentence(counts: Sequence[Any]) -> list[tuple[str, str, int]]:
    """Group counts by refusal code; a wrong state is told apart by the state itself."""
    groups: dict[tuple[str, str], int] = {}
    for refusal, before, count, _cost in counts:
        if refusal is not None:
            key = (refusal, before if refusal == "state" else "")
            groups[key] = groups.get(key, 0) + count
    return [(code, before, count) for (code, before), count in groups.items()]


def _refused(session: Session, machine: Machine, move: Move, mine: Any, group: tuple[str, str, int]) -> Refused:
    code, before, count = group
    rows = select(BatchRow).where(mine, BatchRow.refusal == code).order_by(BatchRow.id).limit(NAMED)
    if before:
        rows = rows.where(BatchRow.before == before)
    return Refused(code, sentence_of(machine, move, code, before), count, list(session.scalars(rows)))


def _after(machine: Machine, move: Move) -> str:
    return getattr(move.target, "label", "") if not move.shows or move.shows == machine.column else ""


def _budget(context: Context, machine: Machine, move: Move, counts: Sequence[Any]) -> BudgetLook | None:
    budget = move.budget(context) if move.budget else None
    if budget is None:
        return None
    model: Any = machine.model
    eligible = or_(BatchRow.refusal.is_(None), BatchRow.refusal == "budget")
    pools = (
        select(func.max(func.coalesce(budget.left, 0)).label("left"))
        .join_from(BatchRow, model, model.id == BatchRow.object_id)
        .where(BatchRow.batch_id == context.batch_id, eligible)
        .group_by(*budget.pool)
        .subquery()
    )
    left = context.session.scalar(select(func.coalesce(func.sum(pools.c.left), 0))) or 0
    needed = sum(row[3] or 0 for row in counts if row[0] in (None, "budget"))
    fits = sum(row[2] for row in counts if row[0] is None)
    short = any(row[0] == "budget" for row in counts)
    need, rest = (f"{yuan(amount) if budget.unit == '元' else amount} {budget.unit}" for amount in (needed, left))
    return BudgetLook(budget.label, budget.unit, needed, left, fits, short, f"{budget.label}：需 {need}，剩余 {rest}")


def names_of(session: Session, machine: Machine, move: Move, values: Sequence[str]) -> dict[str, str]:
    """Put stored before/after values into words: enum labels, delegation names."""
    column = columns_of(machine.model)[move.shows or machine.column]
    if title := TITLES.get(column.links):
        ids = {int(value) for value in values if value}
        model: Any = title.class_
        with acting(session, SYSTEM):
            rows = session.execute(select(model.id, title).where(model.id.in_(ids)))
            return {str(key): name for key, name in rows}
    return {value: shown(column, value) for value in values if value}


def receipt_rows(
    session: Session, batch: Batch, outcome: Outcome | None = None, offset: int = 0, limit: int | None = None
) -> list[BatchRow]:
    """Return the receipt's rows in order, all or those of one outcome."""
    rows = select(BatchRow).where(BatchRow.batch_id == batch.id).order_by(BatchRow.id).offset(offset).limit(limit)
    with acting(session, SYSTEM):
        return list(session.scalars(rows.where(BatchRow.outcome == outcome) if outcome else rows))
