"""A node's group-pay budget: the cap between what is committed and what was granted (DOMAIN §4.3)."""

from models.columns import yuan
from workflow.rules.change import Change, Rules


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


RULES = Rules(problems=problems)
