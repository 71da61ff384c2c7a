"""Who may do what to which noun (DOMAIN §3). One table; moves carry their own ``who``."""

from models import Role
from models.columns import Column
from workflow.actors import Actor

READ = {"list", "details", "export"}
WRITE = READ | {"create", "edit"}
LOOK = {"list", "details"}

MONEY = {"statement": READ, "statement_line": READ, "payment": READ, "refund_task": READ}
AUDITED = (
    "unit", "person", "intention", "quota_pool", "quota_allocation", "delegation", "delegation_edition", "certificate", "parcel",
    "transfer_request", "transfer_package", "group_pay_entry", *MONEY, "review_record", "batch", "tombstone", "audit", "edition", "fee", "exception_window",
    "security_batch",
)  # fmt: skip

RIGHTS: dict[Role, dict[str, set[str]]] = {
    Role.secretariat: {
        "unit": WRITE | {"reveal"}, "person": WRITE | {"reveal"}, "intention": WRITE, "attachment": READ | {"create"},
        "quota_pool": WRITE, "quota_allocation": WRITE | {"import"}, "delegation": READ, "delegation_edition": READ | {"edit"},
        "account": WRITE, "certificate": READ | {"void_list"}, "parcel": READ | {"reveal"}, "transfer_request": READ, "group_pay_entry": READ, **MONEY,
        "review_record": READ, "transfer_package": READ | {"import"},
        "batch": READ, "tombstone": READ, "audit": READ | {"verify"}, "edition": LOOK, "fee": LOOK, "exception_window": READ,
        "security_batch": READ, "security_row": READ | {"edit", "reveal", "import"},
    },
    Role.sub_delegation: {
        "unit": WRITE | {"reveal"}, "person": WRITE | {"reveal"}, "intention": WRITE, "attachment": READ | {"create"},
        "quota_pool": READ, "quota_allocation": WRITE | {"import"}, "delegation": READ, "delegation_edition": READ | {"edit"},
        "account": WRITE, "certificate": READ, "parcel": READ | {"reveal"}, "transfer_request": READ, "group_pay_entry": READ, **MONEY,
        "review_record": READ, "transfer_package": READ,
        "batch": READ, "tombstone": READ, "audit": READ, "edition": LOOK, "fee": LOOK, "exception_window": READ,
    },
    Role.security: {
        "person": LOOK | {"reveal"}, "batch": LOOK, "security_batch": LOOK, "security_row": LOOK | {"edit", "reveal", "import"},
    },
    Role.finance: {
        "unit": LOOK, "person": READ, "group_pay_entry": READ, "delegation_edition": LOOK, "fee": WRITE, "edition": LOOK,
        "delegation": LOOK, "batch": LOOK, **MONEY, "statement": READ | {"create"}, "payment": READ | {"import"},
    },
    Role.sysadmin: {"account": WRITE, "delegation": WRITE, "edition": WRITE, "fee": LOOK},
    Role.auditor: {**dict.fromkeys(AUDITED, READ), "audit": READ | {"verify"}, "certificate": READ | {"void_list"}},
    Role.unit: {"unit": {"details", "edit"}, "person": {"list", "details", "create", "edit"}, "certificate": LOOK, "parcel": LOOK},
    Role.system: {},
}  # fmt: skip


def allowed(actor: Actor, right: str, noun: str) -> bool:
    """Whether the actor's role has ``right`` on ``noun``; the system itself may do everything."""
    return actor.role is Role.system or right in RIGHTS[actor.role].get(noun, ())


def editable(actor: Actor, column: Column, *, creating: bool) -> bool:
    """Whether the actor may write this column in a form or an import."""
    if column.machine or column.hidden or (column.once and not creating) or (column.state and not creating):
        return False
    return not column.province_only or actor.role in (Role.secretariat, Role.system)
