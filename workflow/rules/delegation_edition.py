"""A node's group-pay budget: the cap between what is committed and what was granted (DOMAIN §4.3)."""

from models.columns import yuan
from workflow import notices
from workflow.rules.change import Change, Rules, store


def problems(change: Change) -> None:
    """Note a cap below the commitments or above the grant, and a grant below the cap."""
    cap, grant, committed = (change.get(f"group_pay_{name}") for name in ("cap", "grant", "committed"))
    if cap is None or grant is None:
        return
    if cap < committed:
        change.refuse("group_pay_cap", f"已确认代付{yuan(committed)}元，统付额度不能低于此数")
    if cap > grant:
        key = "group_pay_cap" if change.changes("group_pay_cap") else "group_pay_grant"
        change.refuse(key, f"统付额度{yuan(cap)}元不能高于上级给予的上限{yuan(grant)}元")


def write(change: Change) -> None:
    """Store the settings, and tell the node what somebody above changed of them."""
    changed = [change.columns[key].label for key in change.values if change.changes(key)]
    store(change)
    row = change.row
    if changed and row.delegation_id != change.actor.delegation_id:
        sentence = f"上级已修改本分团的设置：{'、'.join(changed)}"
        place = (row.delegation_id, row.province_id)
        notices.tell(change.session, place, sentence, "delegation_edition", row.id, change.actor)


RULES = Rules(problems=problems, write=write)
