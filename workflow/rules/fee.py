"""One line of an edition's fee table; decisions already made keep the fee they were made with (DOMAIN §4.3)."""

from sqlalchemy import select

from models import Fee
from workflow.rules.change import Change, Rules

TAKEN = "该届次、办理方式、入场信息和标签的费用已设置，请直接修改"
KEY = ("edition_id", "mode", "period", "label")


def problems(change: Change) -> None:
    """Two lines for the same badge would be two prices."""
    same = select(Fee.id).filter_by(**{key: change.get(key) for key in KEY})
    found = change.session.scalar(same) if all(change.get(key) is not None for key in KEY) else None
    if found is not None and found != change.row.id:
        change.refuse("label", TAKEN)


RULES = Rules(problems=problems, taken={"label": TAKEN})
