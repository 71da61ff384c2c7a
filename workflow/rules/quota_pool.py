"""A node's pool of one free label: set by the secretariat between what was handed on and what the parent has left."""

from sqlalchemy import select

from models import Label, QuotaPool
from workflow import notices, quota
from workflow.actors import unscoped
from workflow.rules import places
from workflow.rules.change import Change, Rules

LARGEST = 99_999
TAKEN = "该交易团/分团已有此标签的额度池，请直接修改"


def problems(change: Change) -> None:
    """Note what is wrong with the pool; the sums are checked when it is written."""
    total = change.get("total")
    if total is not None and total > LARGEST:
        change.refuse("total", f"额度应为0至{LARGEST}的整数")
    if not change.creating:
        return
    places.refuse_unused_node(change)
    if change.get("label") is Label.PROFESSIONAL:
        change.refuse("label", "专业观众不限额度，无须设置")
    same = select(QuotaPool.id).where(
        QuotaPool.edition_id == change.get("edition_id"), QuotaPool.delegation_id == change.get("delegation_id"),
        QuotaPool.label == change.get("label"),
    )  # fmt: skip
    with unscoped(change.session):
        if change.session.scalar(same) is not None:
            change.refuse("label", TAKEN)


def write(change: Change) -> None:
    """Open an empty pool if it is new, then set its total; the parent's pool hands the difference on."""
    total = change.get("total")
    if change.creating:
        for key, value in change.values.items():
            setattr(change.row, key, 0 if key == "total" else value)
        change.session.add(change.row)
        change.session.flush()
    before, pool = change.row.total, change.row
    quota.set_pool(change.session, pool, total)
    if total != before and pool.delegation_id != change.actor.delegation_id:
        sentence = f"上级已将本分团{pool.label.label}额度总数由{before}调整为{total}"
        notices.tell(
            change.session, (pool.delegation_id, pool.province_id), sentence, "quota_pool", pool.id, change.actor
        )


RULES = Rules(prepare=places.at_node, problems=problems, write=write, taken={"label": TAKEN})
