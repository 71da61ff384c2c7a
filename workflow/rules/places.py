"""Where a row hangs, and whether that node and its edition still take changes."""

from typing import Any

from sqlalchemy import select

from models import Delegation, DelegationEdition, Edition, Role, Unit
from models.columns import SHANGHAI
from workflow import locks
from workflow.actors import unscoped
from workflow.deadlines import is_over
from workflow.rules.change import Change


def at_node(change: Change) -> None:
    """Place a new row at the chosen node, a sub-delegation's at its own when none was chosen; fill province, edition."""
    if not change.creating:
        return
    if change.actor.role is Role.sub_delegation and "delegation_id" not in change.given:
        change.values.setdefault("delegation_id", change.actor.delegation_id)
    change.values.setdefault("edition_id", change.actor.edition_id)
    node = node_of(change)
    if node is not None:
        change.values["province_id"] = node.province_id or node.id


def at_unit(change: Change) -> None:
    """Place a new row where its unit is."""
    if not change.creating:
        return
    if change.actor.role is Role.unit:
        change.values["unit_id"] = change.actor.unit_id
    unit = unit_of(change)
    if unit is not None:
        change.values["delegation_id"], change.values["province_id"] = unit.delegation_id, unit.province_id
        if "edition_id" in change.columns:
            change.values["edition_id"] = unit.edition_id


def node_of(change: Change) -> Delegation | None:
    """Return the node the row hangs on."""
    found: Delegation | None = _one(change, Delegation, change.get("delegation_id"))
    return found


def unit_of(change: Change) -> Unit | None:
    """Return the unit the row belongs to."""
    found: Unit | None = _one(change, Unit, change.get("unit_id"))
    return found


def edition_of(change: Change) -> Edition | None:
    """Return the edition the row belongs to."""
    found: Edition | None = _one(change, Edition, change.get("edition_id"))
    return found


def _one(change: Change, model: Any, key: int | None) -> Any:
    with unscoped(change.session):
        return None if key is None else change.session.scalar(select(model).where(model.id == key))


def refuse_locked(change: Change) -> None:
    """After the node locked its submission only provincial roles change units, persons and quota (DOMAIN §1.1)."""
    if change.by_secretariat or in_window(change):
        return
    edition = (
        change.get("edition_id") if "edition_id" in change.columns else getattr(unit_of(change), "edition_id", None)
    )
    with unscoped(change.session):
        if change.session.scalar(select(locks.is_locked(change.get("delegation_id"), edition, change.at))):
            change.refuse("", locks.SENTENCE)


def in_window(change: Change) -> bool:
    """Whether an exception window is open for the unit that is changed, or that something of is; quota has none."""
    noun = change.row.__tablename__
    if noun == "quota_allocation":
        return False
    unit = change.row.id if noun == "unit" else change.get("unit_id")
    person = change.row.id if noun == "person" else change.get("person_id") if "person_id" in change.columns else None
    with unscoped(change.session):
        return unit is not None and bool(change.session.scalar(select(locks.in_window(change.at, unit, person))))


def refuse_unused_node(change: Change) -> None:
    """A new row hangs on a node that is in use and takes part in the edition."""
    node = node_of(change)
    if node is None:
        return
    part = select(DelegationEdition.id).where(
        DelegationEdition.delegation_id == node.id, DelegationEdition.edition_id == change.get("edition_id")
    )
    with unscoped(change.session):
        takes_part = change.session.scalar(part) is not None
    if not node.is_active or not takes_part:
        change.refuse("delegation_id", "所选交易团/分团未启用或未参加本届，请另选")


def refuse_closed(change: Change, deadline: str, what: str) -> None:
    """Refuse outside registration time; a moment equal to the deadline is already too late."""
    edition = edition_of(change)
    if edition is None or change.by_secretariat or in_window(change):
        return
    if change.at < edition.opens_at:
        opens = edition.opens_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        change.refuse("", f"{what}尚未开始（{opens} 开始）")
    elif is_over(getattr(edition, deadline), change.at):
        change.refuse("", f"{what}已截止，如需办理请联系省交易团秘书处")
