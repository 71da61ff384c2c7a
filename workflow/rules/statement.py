"""A new statement: of one payer and up to a moment; there is one draft of a payer at a time (DOMAIN §4.3)."""

from sqlalchemy import select

from models import Statement, StatementStatus
from workflow.rules import places
from workflow.rules.change import Change, Rules

TAKEN = "该付款单位已有一份预览，请先出具或作废"


def problems(change: Change) -> None:
    """Note a payer that takes no part, a draft that is there already, and an end that has not come."""
    places.refuse_unused_node(change)
    keys = ("edition_id", "delegation_id")
    drafts = select(Statement.id).filter_by(**{key: change.get(key) for key in keys}, status=StatementStatus.draft)
    if change.get("delegation_id") is not None and change.session.scalar(drafts) is not None:
        change.refuse("delegation_id", TAKEN)
    end = change.get("period_to")
    if end is not None and end > change.at:
        change.refuse("period_to", "账期止不能晚于现在；不填则到出具时为止")


RULES = Rules(prepare=places.at_node, problems=problems, taken={"delegation_id": TAKEN})
