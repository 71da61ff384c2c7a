"""Registering and editing a unit (DOMAIN §1.1 U1, U3, U17; §2.1; §4.2 presets)."""

import re

from sqlalchemy import select

from models import Category, Delegation, Origin, QuotaAllocation, Role, Unit, UnitStatus
from models.unit import OUT
from models.validators import check_unit_name, clean_code, uscc_warnings
from workflow import quota, recognition
from workflow.actors import unscoped
from workflow.rules import places
from workflow.rules.change import Change, Rules, store

CATEGORIES = {
    Origin.DOMESTIC: (Category.ENTERPRISE, Category.SOCIAL_ORG, Category.INSTITUTION, Category.GOVERNMENT),
    Origin.OVERSEAS: (Category.ENTERPRISE, Category.SOCIAL_ORG, Category.GOVERNMENT, Category.OTHER),
}
WITH_UNIT = (UnitStatus.draft, UnitStatus.returned)
USCC_TAKEN = "该统一社会信用代码在本届已登记，请核对；如系他人误填，请联系省交易团秘书处"

_REFERRAL = re.compile(r"Q[0-9]{7}")


def prepare(change: Change) -> None:
    """Place the unit, read its name and code as printed, and mark what a back office changes after submission."""
    places.at_node(change)
    if "name" in change.values:
        change.values["name"] = str(change.given.get("name", change.values["name"]))
        change.check("name", check_unit_name)
    change.check("referral_code", clean_code)
    after = not change.creating and change.row.submitted_at is not None
    if after and change.actor.role is not Role.unit and change.changes(*change.values):
        change.values["edited_by_admin"] = True


def problems(change: Change) -> None:
    """Note everything that is wrong with the unit."""
    places.refuse_locked(change)
    if change.creating:
        places.refuse_unused_node(change)
        places.refuse_closed(change, "unit_closes_at", "单位报名")
        _refuse_taken(change)
    else:
        _refuse_edit(change)
    _refuse_category(change)
    _refuse_referral(change)
    if change.values.get("region_code") and not re.fullmatch(r"[0-9]{6}", change.values["region_code"]):
        change.refuse("region_code", "行政区划代码应为6位数字，如350102")
    if change.get("uscc") and "uscc" not in change.errors and change.changes("uscc", "category"):
        category = change.get("category")
        change.warnings += uscc_warnings(change.get("uscc"), category.value if category else "")


def _refuse_edit(change: Change) -> None:
    status, role = change.row.review_status, change.actor.role
    if status in OUT:
        change.refuse("", f"{status.label}的单位不能修改")
    elif role is Role.unit and status not in WITH_UNIT:
        change.refuse("", "单位信息已提交，不能修改；如需修改请联系所属分团退回")
    elif role is Role.sub_delegation and change.row.delegation_id != change.actor.delegation_id:
        change.refuse("", "非本级直属单位：由其所在分团修改")
    if change.get("origin") is Origin.DOMESTIC and not change.row.uscc:
        change.refuse("origin", "境内单位须有统一社会信用代码；登记后不能补填，请删除后重新登记")


def _refuse_taken(change: Change) -> None:
    """One registration per code and edition, wherever in the country it was made."""
    code = change.values.get("uscc")
    if not code:
        return
    same = select(Unit.id).where(Unit.edition_id == change.get("edition_id"), Unit.uscc == code)
    with unscoped(change.session):
        if change.session.scalar(same) is not None:
            change.refuse("uscc", USCC_TAKEN)


def _refuse_category(change: Change) -> None:
    origin, category = change.get("origin"), change.get("category")
    if origin in CATEGORIES and category is not None and category not in CATEGORIES[origin]:
        choices = "、".join(choice.label for choice in CATEGORIES[origin])
        change.refuse("category", f"{origin.label}单位的分类应为{choices}之一")


def _refuse_referral(change: Change) -> None:
    """The code belongs to the chosen node or to one above it."""
    code, node = change.get("referral_code"), places.node_of(change)
    if not code or node is None or not change.changes("referral_code", "delegation_id"):
        return
    if not _REFERRAL.fullmatch(code):
        change.refuse("referral_code", "交易团推荐码应为Q加7位数字，请向所属交易团核实")
        return
    above: Delegation | None = node
    with unscoped(change.session):
        while above is not None and above.referral_code != code:
            above = change.session.get(Delegation, above.parent_id) if above.parent_id else None
    if above is None:
        change.refuse("referral_code", f"推荐码不属于所选的“{node.short_name}”，请核对推荐码或另选交易团/分团")


def write(change: Change) -> None:
    """Store the unit; a new one takes what its node preset for its code, a renamed one renames its allotments."""
    renamed = not change.creating and change.changes("name")
    store(change)
    if change.creating:
        change.warnings += quota.bind_presets(change.session, change.row)
    elif renamed:
        recognition.settle(change.session, change.row)
        own = select(QuotaAllocation).where(QuotaAllocation.unit_id == change.row.id)
        for row in change.session.scalars(own):
            row.unit_name = change.row.name
        change.session.flush()


RULES = Rules(
    prepare=prepare,
    problems=problems,
    write=write,
    taken={"uscc": USCC_TAKEN},
    needs={
        "domestic": ("origin", lambda origin: origin is Origin.DOMESTIC),
        "overseas": ("origin", lambda origin: origin is Origin.OVERSEAS),
        "enterprise": ("category", lambda category: category is Category.ENTERPRISE),
    },
)
