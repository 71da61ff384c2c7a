"""Plain factories: real rows in any state, for tests. Each takes a session in which SYSTEM acts, and flushes.

Every value can be given; what is not given is valid and different for each row. ``world`` builds the tree most tests
stand on.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Account,
    Base,
    Category,
    Certificate,
    CertMode,
    Delegation,
    DelegationEdition,
    DelegationKind,
    Edition,
    Fee,
    Intention,
    Label,
    Parcel,
    ParcelStatus,
    Payment,
    PaymentKind,
    PaymentStatus,
    Period,
    Person,
    QuotaAllocation,
    QuotaPool,
    Role,
    Sex,
    Unit,
    Zone,
)
from models.edition import FREE_LABELS
from models.validators.identity import check_char_18
from models.validators.uscc import organisation_check_char, uscc_check_char
from workflow.sessions import placing

NUMBERED = {"making", "made", "mailing", "ready", "delivered"}  # states of a card that was given a number
PASSWORD = "pine-Harbour-47-violet"  # of every account made here
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)  # quick to check
NOW = datetime.now(UTC)
_numbers = count(1)


def uscc(number: int | None = None) -> str:
    """Return a valid USCC of an enterprise."""
    number = next(_numbers) if number is None else number
    organisation = f"{number % 10**8:08d}"
    body = f"91350100{organisation}{organisation_check_char(organisation)}"
    return body + uscc_check_char(body)


def resident_id(number: int | None = None) -> str:
    """Return a valid resident identity number of a grown-up."""
    number = next(_numbers) if number is None else number
    born = date(1970, 1, 1) + timedelta(days=number // 1000 % 10000)
    body = f"350102{born:%Y%m%d}{number % 1000:03d}"
    return body + check_char_18(body)


def saved(session: Session, row: Any) -> Any:
    """Store a row as it is, its state included."""
    session.add(row)
    session.flush()
    return row


def make(session: Session, model: type[Base], defaults: dict[str, Any], values: dict[str, Any]) -> Any:
    """Build and store a row of ``defaults`` overlaid with ``values``, in any state."""
    with placing():
        return saved(session, model(**{**defaults, **values}))


def edition(session: Session, **values: Any) -> Edition:
    defaults = {
        "code": f"E{next(_numbers)}",
        "name": "第八届进博会",
        "is_current": True,
        "opens_at": NOW - timedelta(days=60),
        "unit_closes_at": NOW + timedelta(days=30),
        "person_closes_at": NOW + timedelta(days=40),
        "pay_closes_at": NOW + timedelta(days=50),
        "show_opens_on": (NOW + timedelta(days=60)).date(),
        "show_closes_on": (NOW + timedelta(days=65)).date(),
    }
    made = make(session, Edition, defaults, values)
    for mode in CertMode:
        for period in Period:
            for label in Label:
                amount = 0 if label is not Label.PROFESSIONAL else 20000 if period is Period.FULL else 10000
                saved(session, Fee(edition_id=made.id, mode=mode, period=period, label=label, amount=amount))
    return made


def delegation(session: Session, parent: Delegation | None = None, **values: Any) -> Delegation:
    """Make a node; without a parent it is a province."""
    number = next(_numbers)
    province_id = None if parent is None else parent.province_id or parent.id
    kind = DelegationKind.PROVINCE if parent is None else DelegationKind.GOVERNMENT
    name = f"测试{number}交易团" if parent is None else f"测试{number}分团"
    defaults = {
        "code": f"D{number}",
        "name": name,
        "short_name": name,
        "kind": kind,
        "parent_id": parent and parent.id,
        "province_id": province_id,
        "referral_code": f"Q{number:07d}",
    }
    return make(session, Delegation, defaults, values)


def node_settings(session: Session, edition: Edition, node: Delegation, **values: Any) -> DelegationEdition:
    """Make a node's settings in an edition: group pay on, late too, a cap of 10,000 元."""
    defaults = {
        "edition_id": edition.id,
        **place(node),
        "group_pay_enabled": True,
        "group_pay_grant": 1_000_000,
        "group_pay_cap": 1_000_000,
        "late_commit": True,
    }
    return make(session, DelegationEdition, defaults, values)


def account(session: Session, node: Delegation, role: Role = Role.sub_delegation, **values: Any) -> Account:
    """Make an account that has already chosen its password (``PASSWORD``)."""
    number = next(_numbers)
    defaults = {
        "username": f"user{number}",
        "name": f"张{number}",
        "role": role,
        "delegation_id": node.id,
        "password_hash": PASSWORD_HASH,
        "must_change_password": False,
    }
    return make(session, Account, defaults, values)


def unit(session: Session, edition: Edition, node: Delegation, **values: Any) -> Unit:
    number = next(_numbers)
    defaults = {
        "edition_id": edition.id,
        **place(node),
        "name": f"测试第{number}贸易有限公司",
        "uscc": uscc(number),
        "category": Category.ENTERPRISE,
        "reg_capital": 500,
        "city": "福州市",
        "address": "鼓楼区五四路1号",
        "contact_name": "李四",
        "contact_mobile": f"138{number:08d}",
        "contact_email": f"contact{number}@example.com",
        "referral_code": node.referral_code,
    }
    return make(session, Unit, defaults, values)


def intention(session: Session, unit: Unit, **values: Any) -> Intention:
    defaults = {**owner(unit), "zone": Zone.FOOD, "product": "咖啡豆"}
    return make(session, Intention, defaults, values)


def person(session: Session, unit: Unit, **values: Any) -> Person:
    number = next(_numbers)
    id_no = resident_id(number)
    defaults = {
        "edition_id": unit.edition_id,
        **owner(unit),
        "name": "王五",
        "sex": Sex.M if int(id_no[16]) % 2 else Sex.F,
        "birth_date": date(int(id_no[6:10]), int(id_no[10:12]), int(id_no[12:14])),
        "id_no": id_no,
        "title": "经理",
        "mobile": f"139{number:08d}",
        "recv_name": "王五",
        "recv_mobile": f"139{number:08d}",
        "recv_region": "福建省福州市鼓楼区",
        "recv_address": "五四路1号",
        "consent_at": NOW,
        "consent_version": "1",
    }
    made: Person = make(session, Person, defaults, values)
    if made.payment_status is PaymentStatus.paid and made.group_pay_fee:
        payment(session, made)
    return made


def payment(session: Session, person: Person, **values: Any) -> Payment:
    """Let a person's fee have come in."""
    defaults = {
        "edition_id": person.edition_id, "unit_id": person.unit_id, "delegation_id": person.delegation_id,
        "province_id": person.province_id, "person_id": person.id, "kind": PaymentKind.RECEIPT,
        "amount": person.group_pay_fee, "paid_on": NOW.date(), "serial_no": f"F{next(_numbers):08d}",
    }  # fmt: skip
    return make(session, Payment, defaults, values)


def quota_pool(session: Session, edition: Edition, node: Delegation, label: Label, **values: Any) -> QuotaPool:
    defaults = {"edition_id": edition.id, **place(node), "label": label, "total": 100}
    return make(session, QuotaPool, defaults, values)


def allocation(session: Session, unit: Unit, label: Label, **values: Any) -> QuotaAllocation:
    """Make a unit's allotment (10), handed on from its node's pool."""
    defaults = {
        "edition_id": unit.edition_id,
        "unit_id": unit.id,
        "uscc": unit.uscc,
        "unit_name": unit.name,
        "label": label,
        "allotted": 10,
        "delegation_id": unit.delegation_id,
        "province_id": unit.province_id,
    }
    made: QuotaAllocation = make(session, QuotaAllocation, defaults, values)
    pool = select(QuotaPool).filter_by(edition_id=made.edition_id, delegation_id=made.delegation_id, label=label)
    if found := session.scalar(pool):
        found.allocated += made.allotted
        session.flush()
    return made


def certificate(session: Session, person: Person, **values: Any) -> Certificate:
    defaults = {
        "edition_id": person.edition_id,
        "unit_id": person.unit_id,
        "delegation_id": person.delegation_id,
        "province_id": person.province_id,
        "person_id": person.id,
        "mode": CertMode.new,
        "label": person.label,
        "period": person.period,
        "holder_name": person.name,
        "unit_name": "测试单位",
        "delegation_name": "测试分团",
    }
    if values.get("status") in NUMBERED:
        defaults["card_no"] = f"7{next(_numbers):08d}"
    return make(session, Certificate, defaults, values)


def parcel(session: Session, unit: Unit, status: ParcelStatus = ParcelStatus.packed, **values: Any) -> Parcel:
    """Make a parcel of a unit; one that left has a courier and a number."""
    number = next(_numbers)
    left = status in (ParcelStatus.sent, ParcelStatus.delivered, ParcelStatus.returned)
    way = {"courier": "顺丰速运", "tracking_no": f"SF{number:010d}", "sent_on": date(2024, 10, 20)} if left else {}
    defaults = {
        "edition_id": unit.edition_id,
        **owner(unit),
        "number": f"7P{number:08d}",
        "status": status,
        "recv_name": "王五",
        "recv_mobile": f"137{number:08d}",
        "recv_region": "福建省福州市鼓楼区",
        "recv_address": "五四路1号",
        **way,
    }
    return make(session, Parcel, defaults, values)


def place(node: Delegation) -> dict[str, int]:
    """Return where a row hanging on ``node`` is."""
    return {"delegation_id": node.id, "province_id": node.province_id or node.id}


def owner(unit: Unit) -> dict[str, int]:
    """Return the place of a row that belongs to ``unit``."""
    return {"unit_id": unit.id, "delegation_id": unit.delegation_id, "province_id": unit.province_id}


@dataclass
class World:
    """A province with two sub-delegations, one of them with a node below, and a second province with one."""

    edition: Edition
    province: Delegation
    sub: Delegation
    below: Delegation
    other_sub: Delegation
    other_province: Delegation
    foreign_sub: Delegation
    accounts: dict[Role, Account] = field(default_factory=dict)


def world(session: Session) -> World:
    """Build the tree, with pools, settings and one account per role; the sub-delegation's hangs on ``sub``.

    Of each free label a province has 1,000, a sub-delegation 100, the node below ``sub`` 20.
    """
    current = edition(session)
    province = delegation(session, name="福建省交易团", short_name="福建团")
    sub = delegation(session, province, name="福州市分团", short_name="福州分团")
    below = delegation(session, sub, name="鼓楼区组", short_name="鼓楼组")
    other_sub = delegation(session, province, name="厦门市分团", short_name="厦门分团")
    other_province = delegation(session, name="浙江省交易团", short_name="浙江团")
    foreign_sub = delegation(session, other_province, name="杭州市分团", short_name="杭州分团")
    totals = {province: (1000, 200), sub: (100, 20), below: (20, 0), other_sub: (100, 0)}
    totals |= {other_province: (1000, 100), foreign_sub: (100, 0)}
    for node, (total, allocated) in totals.items():
        node_settings(session, current, node)
        for label in FREE_LABELS:
            quota_pool(session, current, node, label, total=total, allocated=allocated)
    made = World(current, province, sub, below, other_sub, other_province, foreign_sub)
    for role in (role for role in Role if role not in (Role.system, Role.unit)):
        made.accounts[role] = account(session, sub if role is Role.sub_delegation else province, role)
    return made
