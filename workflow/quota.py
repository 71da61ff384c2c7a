"""Free-badge quota (DOMAIN §4.1, §4.2): reserve, release, hand on. How it travels with a unit: ``quota_travel``.

Three levels: province pool ≥ Σ sub-delegation pools ≥ Σ allotments (units and presets) ≥ used. A pool's ``allocated``
is the sum of its child pools' totals and of the allotments at its own node. Professional visitors need no quota.
Everything here writes at once and is all or nothing: QuotaShort is raised before the first write.
"""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Delegation, DelegationKind, Label, QuotaAllocation, QuotaPool, Unit
from workflow.actors import unscoped
from workflow.quota_codes import bind_presets, change_code, leave_code
from workflow.quota_rows import Key, QuotaShort, add, allotments, open_allotments, pools, preset_of
from workflow.quota_travel import drop_share, move_share, move_shares

__all__ = [
    "QuotaShort", "bind_presets", "change_code", "draw_from_pool", "drop_share", "leave_code", "move_share", "move_shares",
    "release_many", "reserve_many", "set_allotment", "set_pool", "standing",
]  # fmt: skip

Needs = Mapping[Key, int]


def reserve_many(session: Session, needs: Needs, batch_id: int | None = None) -> None:
    """Take places from units' allotments, by unit and label; raise QuotaShort when any unit has too few."""
    wanted = _counted(needs)
    rows = allotments(session, {unit_id for unit_id, _ in wanted})
    for key, amount in wanted.items():
        row = rows.get(key)
        used, allotted = (row.used, row.allotted) if row else (0, 0)
        if used + amount > allotted:
            whose = f"{row.unit_name}：" if row and row.unit_name and len(wanted) > 1 else ""
            raise QuotaShort(f"{whose}{key[1].label}额度不足（已用{used}/共{allotted}）")
    add(session, [(rows[key], amount, 0) for key, amount in wanted.items()], batch_id)


def release_many(session: Session, frees: Needs, batch_id: int | None = None) -> None:
    """Give places back to units' allotments; raise QuotaShort when more comes back than was taken."""
    wanted = _counted(frees)
    rows = allotments(session, {unit_id for unit_id, _ in wanted})
    for key, amount in wanted.items():
        used = rows[key].used if key in rows else 0
        if used < amount:
            raise QuotaShort(f"{key[1].label}额度账目不符：已占用{used}，不能退回{amount}，请联系系统管理员核对账目")
    add(session, [(rows[key], -amount, 0) for key, amount in wanted.items()], batch_id)


def draw_from_pool(
    session: Session, delegation_id: int, edition_id: int, needs: Needs, batch_id: int | None = None
) -> None:
    """Hand places from a node's pool on to its units' allotments (从分团余额划拨); raise QuotaShort when it is empty."""
    wanted = _counted(needs)
    totals: Counter[Label] = Counter()
    for (_, label), amount in wanted.items():
        totals[label] += amount
    held = pools(session, edition_id, [delegation_id])
    for label, amount in totals.items():
        _ask_pool(session, held.get((delegation_id, label)), delegation_id, label, amount)
    unit_ids = {unit_id for unit_id, _ in wanted}
    rows = allotments(session, unit_ids)
    if missing := [key for key in wanted if key not in rows]:
        open_allotments(session, missing)
        rows = allotments(session, unit_ids)
    add(session, [(held[delegation_id, label], amount, 0) for label, amount in totals.items()], batch_id)
    add(session, [(rows[key], 0, amount) for key, amount in wanted.items()], batch_id)


def _counted(needs: Needs) -> dict[Key, int]:
    """Return what counts against quota, in the order in which rows are locked and written."""
    return {
        key: amount for key, amount in sorted(needs.items()) if key[1] is not Label.PROFESSIONAL and amount > 0
    }  # fmt: skip


def _ask_pool(session: Session, pool: QuotaPool | None, delegation_id: int, label: Label, amount: int) -> None:
    """Raise QuotaShort unless the pool can hand ``amount`` on."""
    left = pool.total - pool.allocated if pool else 0
    if amount > left:
        kind = "省团" if _node(session, delegation_id).kind is DelegationKind.PROVINCE else "分团"
        raise QuotaShort(f"{kind}{label.label}额度余额不足：需{amount}个，剩余{left}个")


def _node(session: Session, delegation_id: int) -> Delegation:
    with unscoped(session):
        return session.get_one(Delegation, delegation_id)


def set_allotment(
    session: Session, *, edition_id: int, delegation_id: int, province_id: int, label: Label, allotted: int,
    unit_id: int | None = None, uscc: str | None = None, unit_name: str | None = None, remark: str | None = None,
) -> QuotaAllocation:  # fmt: skip
    """Set (not add) what a unit, or a USCC not yet registered, may use; return the row.

    Raises QuotaShort below use, beyond the node's pool, and for a unit or a preset of another node.
    """
    pool = pools(session, edition_id, [delegation_id]).get((delegation_id, label))
    unit = _unit(session, edition_id, unit_id, uscc)
    if unit is not None and unit.delegation_id != delegation_id:
        _ask_preset(session, unit, delegation_id, label, allotted)
        uscc, unit = unit.uscc, None
    row, is_kept = _standing(session, edition_id, delegation_id, unit, uscc, label)
    if is_kept and unit is None:
        raise QuotaShort("其他交易团/分团已为该统一社会信用代码预设额度，请联系省交易团秘书处核对")
    used, before = (row.used, row.allotted) if row else (0, 0)
    if allotted < used:
        raise QuotaShort(f"已占用{used}，不能低于{used}")
    if allotted > before:
        _ask_pool(session, pool, delegation_id, label, allotted - before)
    if row is None:
        place = {"edition_id": edition_id, "delegation_id": delegation_id, "province_id": province_id}
        code = unit.uscc if unit else uscc
        row = QuotaAllocation(**place, label=label, uscc=None if is_kept else code, allotted=0, used=0)
        session.add(row)
    if unit is not None:
        row.unit_id, row.unit_name = unit.id, unit.name
    else:
        row.unit_name = unit_name or row.unit_name
    row.remark = row.remark if remark is None else remark
    session.flush()
    add(session, [(pool, allotted - before, 0)] if pool else [])
    add(session, [(row, 0, allotted - before)])
    return row


def _ask_preset(session: Session, unit: Unit, delegation_id: int, label: Label, allotted: int) -> None:
    """A unit registered elsewhere: its code's preset can only be lowered, so that the pool gets its places back."""
    preset = preset_of(session, unit.edition_id, unit.uscc, label)
    mine = preset is not None and preset.unit_id is None and preset.delegation_id == delegation_id
    if preset is None or not mine or allotted > preset.allotted:
        raise QuotaShort("该单位已在其他交易团/分团登记，请联系省交易团秘书处核对预设额度的归属")


def standing(
    session: Session, edition_id: int, delegation_id: int, unit_id: int | None, uscc: str | None, label: Label
) -> QuotaAllocation | None:
    """Return the allotment that ``set_allotment`` would change for a unit or a code, if one stands already."""
    unit = _unit(session, edition_id, unit_id, uscc)
    return _standing(session, edition_id, delegation_id, unit, uscc, label)[0]


def _unit(session: Session, edition_id: int, unit_id: int | None, uscc: str | None) -> Unit | None:
    """Return the registered unit, by its number or its code."""
    own = Unit.id == unit_id if unit_id is not None else Unit.uscc == uscc
    with unscoped(session):
        return session.scalar(select(Unit).where(Unit.edition_id == edition_id, own))


def _standing(
    session: Session, edition_id: int, delegation_id: int, unit: Unit | None, uscc: str | None, label: Label
) -> tuple[QuotaAllocation | None, bool]:
    """Lock and return the unit's row, else its own node's preset; and whether another node's preset keeps the code."""
    if unit is not None:
        uscc = unit.uscc
        own = allotments(session, [unit.id]).get((unit.id, label))
        if own is not None:
            return own, False
    preset = preset_of(session, edition_id, uscc, label)
    if preset is None or preset.delegation_id == delegation_id:
        return preset, False
    return None, True


def set_pool(session: Session, pool: QuotaPool, total: int) -> None:
    """Set what a node received for a label; its parent's pool hands the difference on, a province has no parent.

    Raises QuotaShort below what the node handed on already, and beyond the parent's pool.
    """
    home = _node(session, pool.delegation_id)
    held = pools(session, pool.edition_id, [home.id, home.parent_id or home.id])
    own = held[home.id, pool.label]
    more = total - own.total
    if total < own.allocated:
        raise QuotaShort(f"已分配{own.allocated}，不能低于{own.allocated}")
    if home.parent_id is not None and more:
        parent = held.get((home.parent_id, own.label))
        left = parent.total - parent.allocated if parent else 0
        if more > left or parent is None:
            raise QuotaShort(f"上级{own.label.label}额度余额不足：需{more}个，剩余{left}个")
        add(session, [(parent, more, 0)])
    add(session, [(own, 0, more)])
