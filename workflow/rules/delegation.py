"""A node of the tree: province, sub-delegation, or the level below (DOMAIN §2.4)."""

import re

from sqlalchemy import select

from models import Delegation, DelegationKind
from models.edition import FREE_LABELS
from models.validators import clean_code
from workflow.actors import unscoped
from workflow.rules.change import Change, Rules, store
from workflow.rules.nodes import take_part
from workflow.trail import on_behalf_of

CODE_TAKEN = "该代码已使用，请换一个"
_CODE = re.compile(r"[A-Z0-9]{2,20}")
_REFERRAL = re.compile(r"Q[0-9]{7}")


def prepare(change: Change) -> None:
    """Read the codes, and take the province from the parent."""
    change.check("code", clean_code)
    change.check("referral_code", clean_code)
    parent = _parent(change)
    if change.creating and parent is not None:
        change.values["province_id"] = parent.province_id or parent.id


def _parent(change: Change) -> Delegation | None:
    parent_id = change.get("parent_id")
    return change.session.get(Delegation, parent_id) if parent_id else None


def problems(change: Change) -> None:
    """Note codes of another form or already used, and a place in the tree that does not fit the kind."""
    if change.values.get("code") and not _CODE.fullmatch(change.values["code"]):
        change.refuse("code", "代码应为2至20位大写字母或数字")
    if change.values.get("referral_code") and not _REFERRAL.fullmatch(change.values["referral_code"]):
        change.refuse("referral_code", "推荐码应为Q加7位数字，如Q2021391")
    with unscoped(change.session):
        same = change.session.scalar(select(Delegation.id).where(Delegation.code == change.get("code")))
        grandparent = _parent(change)
        depth = 1
        while grandparent is not None:
            depth, grandparent = depth + 1, change.session.get(Delegation, grandparent.parent_id or 0)
    if same is not None and same != change.row.id:
        change.refuse("code", CODE_TAKEN)
    if depth > 3:
        change.refuse("parent_id", "交易团最多三级，请选择上一级节点")
    is_province = change.get("kind") is DelegationKind.PROVINCE
    if is_province and depth > 1:
        change.refuse("kind", "省交易团没有上级，请另选类别")
    if not is_province and depth == 1 and change.get("kind") is not None:
        change.refuse("parent_id", "分团须选择上级")


def write(change: Change) -> None:
    """Store the node; a new one takes part in the current edition."""
    store(change)
    if change.creating and change.actor.edition_id:
        with on_behalf_of(change.session, change.actor), unscoped(change.session):
            take_part(change.session, change.row, change.actor.edition_id, FREE_LABELS)
            change.session.flush()


RULES = Rules(prepare=prepare, problems=problems, write=write, taken={"code": CODE_TAKEN})
