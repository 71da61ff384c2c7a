"""An allotment for a unit, or a preset for a USCC before its unit registers (DOMAIN §4.1, §4.2)."""

from sqlalchemy import select

from models import Label, Unit
from models.unit import OUT
from models.validators import check_unit_name
from workflow import quota
from workflow.actors import unscoped
from workflow.rules import places
from workflow.rules.change import Change, Rules

LARGEST = 999


def prepare(change: Change) -> None:
    """Hang a registered unit's allotment where the unit is, a preset at the chosen node; read the name as printed."""
    unit = places.unit_of(change)
    if change.creating and unit is not None:
        change.values |= {"delegation_id": unit.delegation_id, "uscc": change.get("uscc") or unit.uscc}
        if change.get("uscc") != unit.uscc:
            change.refuse("uscc", "该代码不是所选单位的统一社会信用代码，请清空其中一项")
    places.at_node(change)
    if change.values.get("unit_name"):
        change.values["unit_name"] = str(change.given.get("unit_name", ""))
        change.check("unit_name", check_unit_name)


def problems(change: Change) -> None:
    """Note what is wrong with the allotment; use and pools are checked when it is written."""
    places.refuse_locked(change)
    allotted = change.get("allotted")
    if allotted is not None and allotted > LARGEST:
        change.refuse("allotted", f"额度应为0至{LARGEST}的整数")
    if change.creating:
        places.refuse_unused_node(change)
        if not change.get("uscc") and not change.get("unit_id"):
            change.refuse("uscc", "请填写统一社会信用代码，或选择已登记的单位")
        if change.get("label") is Label.PROFESSIONAL:
            change.refuse("label", "专业观众不限额度，无须分配")
        _refuse_known(change)


def _refuse_known(change: Change) -> None:
    """An allotment that stands is edited, not created anew: the form would overwrite what it never showed.

    How much another node has allotted is not told: ``write`` says only that it has.
    """
    get = change.get
    if not get("uscc") and not get("unit_id"):
        return
    unit = places.unit_of(change)
    if unit is not None and unit.review_status in OUT:
        change.refuse("unit_id", f"所属单位{unit.review_status.label}，不能分配额度")
    standing = quota.standing(
        change.session, get("edition_id"), get("delegation_id"), get("unit_id"), get("uscc"), get("label")
    )
    if standing is not None and standing.delegation_id == get("delegation_id"):
        change.refuse("uscc", f"该单位已分配{standing.label.label}额度{standing.allotted}个，请直接修改")
    with unscoped(change.session):
        name = change.session.scalar(
            select(Unit.name).where(Unit.edition_id == get("edition_id"), Unit.uscc == get("uscc"))
        )
    if get("uscc") and name and get("unit_name") and name != get("unit_name"):
        change.warnings.append("单位名称与登记名称不一致，已按登记名称保存")


def write(change: Change) -> None:
    """Set the allotment within the pool."""
    get = change.get
    change.row = quota.set_allotment(
        change.session, edition_id=get("edition_id"), delegation_id=get("delegation_id"), province_id=get("province_id"),
        label=get("label"), allotted=get("allotted"), unit_id=get("unit_id"), uscc=get("uscc"),
        unit_name=get("unit_name"), remark=get("remark"),
    )  # fmt: skip


RULES = Rules(
    prepare=prepare, problems=problems, write=write, taken={"label": "该代码的额度刚被他人分配，请刷新后核对"}
)
