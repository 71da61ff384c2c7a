"""Changing a person's label against quota: the unit's own, or one place each drawn from the sub-delegation's pool.

A budget locks all labels of its units or nodes: what the former labels give back is written in the same order.
"""

from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select

from models import Edition, Label, Person, QuotaAllocation, QuotaPool, Role
from models.edition import FREE_LABELS
from workflow import quota
from workflow.guards import card_made, in_role
from workflow.moves import Ask, Budget, Context, Guard

LABEL = Ask("label", "新标签", kind="choice", choices=tuple((label.value, label.label) for label in Label))
UPGRADE = (
    Ask("label", "升级为", kind="choice", choices=tuple((label.value, label.label) for label in FREE_LABELS)),
    Ask("from_pool", "从分团余额划拨", kind="bool", required=False, help="本单位额度不足时勾选：每人从分团余额划拨 1 个并升级"),
)  # fmt: skip
_RANK = case({label.value: label.rank for label in Label}, value=Person.label)


def _wanted(context: Context) -> Label | None:
    value = context.answers.get("label")
    return Label[value] if value else None


def _upward(context: Context) -> ColumnElement[bool] | None:
    wanted = _wanted(context)
    return (wanted.rank if wanted else Label.VIP.rank) > _RANK


upward = Guard("not_upward", "只能由专业观众升级为工作人员或VIP，或由工作人员升级为VIP", _upward)


def not_same(sentence: str) -> Guard:
    """The wanted label differs from the present one."""

    def holds(context: Context) -> ColumnElement[bool] | None:
        wanted = _wanted(context)
        return None if wanted is None else Person.label != wanted

    return Guard("same_label", sentence, holds)


def _by_setting(context: Context) -> ColumnElement[bool] | None:
    if in_role(context, Role.secretariat):
        return None
    return select(Edition.id).where(Edition.id == Person.edition_id, Edition.upgrade_by_sub).exists()


upwards_only_by_setting = Guard("not_by_sub", "本届由省交易团秘书处统一升级标签", _by_setting)
provincial_after_card = Guard(
    "card_made", "证件已制作，升级标签请联系省交易团秘书处",
    lambda context: None if in_role(context, Role.secretariat) else ~card_made(),
)  # fmt: skip


def label_budget(context: Context) -> Budget | None:
    """What the wanted label needs: nothing for professional visitors, else one place per person."""
    wanted = _wanted(context)
    if wanted not in FREE_LABELS or wanted is None:
        return None
    return (_from_pool if context.answers.get("from_pool") else _from_unit)(context, wanted)


def _from_unit(context: Context, wanted: Label) -> Budget:
    own = QuotaAllocation.unit_id == Person.unit_id
    units = select(Person.unit_id).where(Person.id.in_(context.chosen))
    left = select(QuotaAllocation.allotted - QuotaAllocation.used).where(own, QuotaAllocation.label == wanted)
    return Budget(
        label=f"本单位{wanted.label}额度", unit="个", sentence=f"{wanted.label}额度不足", cost=literal(1),
        left=left.scalar_subquery(), pool=(Person.unit_id.expression,), take=_reserve,
        lock=select(QuotaAllocation.id).where(QuotaAllocation.unit_id.in_(units)).order_by(QuotaAllocation.id),
    )  # fmt: skip


def _from_pool(context: Context, wanted: Label) -> Budget:
    pool: Any = (QuotaPool.delegation_id == Person.delegation_id, QuotaPool.edition_id == Person.edition_id)
    nodes = select(Person.delegation_id).where(Person.id.in_(context.chosen))
    left = select(QuotaPool.total - QuotaPool.allocated).where(*pool, QuotaPool.label == wanted)
    return Budget(
        label=f"分团{wanted.label}余额", unit="个", sentence=f"分团{wanted.label}余额不足", cost=literal(1),
        left=left.scalar_subquery(), pool=(Person.delegation_id.expression,), take=_draw,
        lock=select(QuotaPool.id).where(QuotaPool.delegation_id.in_(nodes)).order_by(QuotaPool.id),
    )  # fmt: skip


def _needs(context: Context) -> dict[tuple[int, int, int], int]:
    rows = context.session.execute(
        select(Person.delegation_id, Person.edition_id, Person.unit_id, func.count())
        .where(Person.id.in_(context.rows))
        .group_by(Person.delegation_id, Person.edition_id, Person.unit_id)
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _reserve(context: Context) -> None:
    label = Label[context.answers["label"]]
    needs = {(unit_id, label): count for (_, _, unit_id), count in _needs(context).items()}
    quota.reserve_many(context.session, needs, context.batch_id)


def _draw(context: Context) -> None:
    label = Label[context.answers["label"]]
    batch_id = context.batch_id
    by_node: dict[tuple[int, int], dict[tuple[int, Label], int]] = {}
    for (delegation_id, edition_id, unit_id), count in _needs(context).items():
        by_node.setdefault((delegation_id, edition_id), {})[(unit_id, label)] = count
    for (delegation_id, edition_id), needs in sorted(by_node.items()):
        quota.draw_from_pool(context.session, delegation_id, edition_id, needs, batch_id)
    _reserve(context)
