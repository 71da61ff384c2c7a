"""The rules of plain writes, one noun per file; what a noun's rules may say is in ``change.Rules``."""

from models.base import Base
from workflow.rules import (
    account,
    attachment,
    delegation,
    delegation_edition,
    edition,
    fee,
    intention,
    person,
    quota_allocation,
    quota_pool,
    security_row,
    statement,
    unit,
)
from workflow.rules.change import Rules

RULES: dict[str, Rules] = {
    "account": account.RULES,
    "attachment": attachment.RULES,
    "delegation": delegation.RULES,
    "delegation_edition": delegation_edition.RULES,
    "edition": edition.RULES,
    "fee": fee.RULES,
    "intention": intention.RULES,
    "person": person.RULES,
    "quota_allocation": quota_allocation.RULES,
    "quota_pool": quota_pool.RULES,
    "security_row": security_row.RULES,
    "statement": statement.RULES,
    "unit": unit.RULES,
}
_NONE = Rules()


def rules_of(model: type[Base]) -> Rules:
    """Return the rules of a noun; a noun without any is checked by its columns alone."""
    return RULES.get(model.__tablename__, _NONE)
