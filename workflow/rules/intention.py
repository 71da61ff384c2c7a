"""A procurement intention hangs where its unit is (DOMAIN §2.2)."""

from models import Role, UnitStatus
from models.unit import OUT
from workflow.rules import places
from workflow.rules.change import Change, Rules


def problems(change: Change) -> None:
    """The unit still takes changes."""
    unit = places.unit_of(change)
    if unit is None:
        return
    places.refuse_locked(change)
    if unit.review_status in OUT:
        change.refuse("unit_id", f"所属单位{unit.review_status.label}，不能登记或修改采购意向")
    elif change.actor.role is Role.unit and unit.review_status not in (UnitStatus.draft, UnitStatus.returned):
        change.refuse("", "单位信息已提交，不能修改；如需修改请联系所属分团退回")


RULES = Rules(prepare=places.at_unit, problems=problems)
