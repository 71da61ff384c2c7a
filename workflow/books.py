"""The books: every guarded counter, ledger, card and place is recomputed from the rows and compared (DESIGN §3.8).

``check`` returns one sentence per difference; an empty list means the books are clean. Read only, a handful of
aggregate statements however many rows there are.
"""

from collections.abc import Callable, Iterator

from sqlalchemy import and_, exists, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from models import (
    Certificate,
    CertificateStatus,
    Delegation,
    DelegationEdition,
    GroupPayDecision,
    GroupPayEntry,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    QuotaPool,
    SecurityBatch,
    SecurityRow,
    SecurityRowStatus,
    SecurityStatus,
    Unit,
    UnitStatus,
)
from models.certificate import DEAD
from models.columns import yuan
from models.edition import FREE_LABELS
from models.person import LIVE, SETTLED
from models.unit import OUT
from workflow import card_books, lock_books, money_books, parcel_books, security, trail
from workflow.actors import SYSTEM, acting
from workflow.guards import card_made, was_made

Rows = Iterator[str]


def used_quota(session: Session) -> Rows:
    """Count an allotment's ``used`` again: live persons of the label plus cards made on it whose holder moved on."""
    holders = union(
        select(Person.unit_id, Person.label, Person.id.label("person_id")).where(
            Person.review_status.in_(LIVE), Person.label.in_(FREE_LABELS)
        ),
        select(Certificate.unit_id, Certificate.label, Certificate.person_id).where(
            was_made(), Certificate.label.in_(FREE_LABELS)
        ),
    ).subquery()
    counted = (
        select(holders.c.unit_id, holders.c.label, func.count().label("n"))
        .group_by(holders.c.unit_id, holders.c.label)
        .subquery()
    )
    row = QuotaAllocation
    joined = and_(counted.c.unit_id == row.unit_id, counted.c.label == row.label)
    found = select(row.id, row.unit_name, row.label, row.used, func.coalesce(counted.c.n, 0)).outerjoin(counted, joined)
    for _, name, label, used, n in session.execute(found.where(row.used != func.coalesce(counted.c.n, 0))):
        yield f"额度：{name} 的{label.label}已占用记为 {used}，按人员和证件应为 {n}"
    orphan = select(counted.c.unit_id, counted.c.label, counted.c.n).where(~exists(select(row.id).where(joined)))
    for unit_id, label, n in session.execute(orphan):
        yield f"额度：单位 {unit_id} 有 {n} 名{label.label}人员，却没有分配额度"


def shares(session: Session) -> Rows:
    """A unit's allotment is booked where the unit is."""
    row, told, home = QuotaAllocation, aliased(Delegation), aliased(Delegation)
    astray = (
        select(Unit.name, row.label, told.short_name, home.short_name)
        .join(Unit, Unit.id == row.unit_id)
        .join(told, told.id == row.delegation_id)
        .join(home, home.id == Unit.delegation_id)
        .where(row.delegation_id != Unit.delegation_id)
    )
    for name, label, booked, stands in session.execute(astray):
        yield f"额度：{name} 的{label.label}额度记在{booked}，单位却在{stands}"


def pools(session: Session) -> Rows:
    """Add up a pool's ``allocated`` again: totals of the child pools plus allotments at its own node."""
    pool, child, node, row = QuotaPool, aliased(QuotaPool), aliased(Delegation), QuotaAllocation
    same = (child.edition_id == pool.edition_id, child.label == pool.label)
    below = select(func.coalesce(func.sum(child.total), 0)).join(node, node.id == child.delegation_id)
    below_sum = below.where(*same, node.parent_id == pool.delegation_id).scalar_subquery()
    own = select(func.coalesce(func.sum(row.allotted), 0)).where(
        row.edition_id == pool.edition_id, row.label == pool.label, row.delegation_id == pool.delegation_id
    )
    should = below_sum + own.scalar_subquery()
    found = select(Delegation.short_name, pool.label, pool.allocated, should).join(
        Delegation, Delegation.id == pool.delegation_id
    )
    for name, label, allocated, n in session.execute(found.where(pool.allocated != should)):
        yield f"额度池：{name} 的{label.label}已分配记为 {allocated}，合计应为 {n}"


def commitments(session: Session) -> Rows:
    """Add up each payer's committed amount from the ledger, and each person's from its lines."""
    line, node = GroupPayEntry, DelegationEdition
    sums = (
        select(line.delegation_id, line.edition_id, func.sum(line.amount).label("n"))
        .group_by(line.delegation_id, line.edition_id)
        .subquery()
    )
    same = and_(sums.c.delegation_id == node.delegation_id, sums.c.edition_id == node.edition_id)
    should = func.coalesce(sums.c.n, 0)
    found = select(Delegation.short_name, node.group_pay_committed, should).join(
        Delegation, Delegation.id == node.delegation_id
    )
    for name, committed, n in session.execute(found.outerjoin(sums, same).where(node.group_pay_committed != should)):
        yield f"统付：{name} 已确认代付记为 {yuan(committed)} 元，台账合计 {yuan(n)} 元"
    net = select(line.person_id, func.sum(line.amount).label("n")).group_by(line.person_id).subquery()
    owes = Person.payment_status.in_((PaymentStatus.group_committed, PaymentStatus.group_settled))
    wrong = or_(
        and_(owes, func.coalesce(net.c.n, 0) != Person.group_pay_fee),
        and_(~owes, ~card_made(), func.coalesce(net.c.n, 0) != 0),
    )
    for ref, n in session.execute(
        select(Person.ref, func.coalesce(net.c.n, 0)).outerjoin(net, net.c.person_id == Person.id).where(wrong)
    ):
        yield f"统付：人员 {ref} 的台账净额 {yuan(n)} 元与缴费状态不符"


def cards(session: Session) -> Rows:
    """Every live card belongs to an approved, settled person; every such person is queued or carries one."""
    live = Certificate.status.not_in(DEAD)
    fit = and_(Person.review_status == PersonStatus.approved, Person.payment_status.in_(SETTLED))
    held = select(Certificate.ref, Person.ref).join(Person, Person.id == Certificate.person_id)
    for card, person in session.execute(held.where(live, ~fit)):
        yield f"证件：{card} 有效，但人员 {person} 未通过审核或未缴清"
    missing = select(Person.ref).where(
        fit, ~exists(select(Certificate.id).where(Certificate.person_id == Person.id, live))
    )
    for (person,) in session.execute(missing):
        yield f"证件：人员 {person} 已通过审核并缴清，却没有待制证件"
    other = select(Certificate.ref).join(Person, Person.id == Certificate.person_id)
    for (card,) in session.execute(other.where(live, Certificate.label != Person.label)):
        yield f"证件：{card} 的标签与人员现有标签不同"
    queued = Certificate.status == CertificateStatus.queued
    for (card,) in session.execute(select(Certificate.ref).where(queued, Certificate.consumes_quota)):
        yield f"证件：{card} 尚待制证，却已消耗额度"


def states(session: Session) -> Rows:
    """Review, decision and payment agree; persons never run ahead of their unit."""
    undecided = Person.group_pay_decision == GroupPayDecision.undecided
    decided_states = (PersonStatus.pending_review, PersonStatus.approved)
    rules = (
        ("已过“待确认”，却没有统付决定", and_(Person.review_status.in_(decided_states), undecided)),
        ("处于“待确认”，却已有统付决定", and_(Person.review_status == PersonStatus.pending_confirm, ~undecided)),
        ("未决定统付，缴费状态却不是“待确认”", and_(undecided, Person.payment_status != PaymentStatus.undecided)),
    )
    for words, wrong in rules:
        for (ref,) in session.execute(select(Person.ref).where(wrong)):
            yield f"人员：{ref} {words}"
    ahead = select(Person.ref).join(Unit, Unit.id == Person.unit_id).where(
        Person.review_status == PersonStatus.pending_confirm, Unit.review_status.in_((UnitStatus.draft, *OUT))
    )  # fmt: skip
    for (ref,) in session.execute(ahead):
        yield f"人员：{ref} 处于“待确认”，但其单位未通过审核"
    out = select(Person.ref).join(Unit, Unit.id == Person.unit_id)
    for (ref,) in session.execute(out.where(Unit.review_status == UnitStatus.rejected, Person.review_status.in_(LIVE))):
        yield f"人员：{ref} 的单位审核不通过，人员却仍在办理"
    gone = select(Person.ref).join(Unit, Unit.id == Person.unit_id)
    for (ref,) in session.execute(
        gone.where(Unit.review_status == UnitStatus.deleted, Person.review_status != PersonStatus.deleted)
    ):
        yield f"人员：{ref} 的单位已删除"


def hand_overs(session: Session) -> Rows:
    """A person who is 已送审 stands on one open row, as he or she is now; a batch waits for its open rows."""
    row = SecurityRow
    open_ = row.status == SecurityRowStatus.open
    sent = Person.security_status == SecurityStatus.sent
    without = select(Person.ref).where(sent, ~exists(select(row.id).where(row.person_id == Person.id, open_)))
    for (ref,) in session.execute(without):
        yield f"送审：人员 {ref} 已送审，却不在任何待结果的批次中"
    rows = session.execute(
        select(row.ref, row.person_id, row.identity, Person.security_status)
        .join(Person, Person.id == row.person_id)
        .where(open_)
    ).all()
    marks = security.identities(session, select(row.person_id).where(open_))
    for ref, person_id, identity, status in rows:
        if status is not SecurityStatus.sent:
            yield f"送审：{ref} 待结果，但人员不是“已送审”"
        elif marks[person_id] != identity:
            yield f"送审：{ref} 待结果，但人员的身份信息在移交后已变更"
    counted = select(SecurityBatch.number, SecurityBatch.waiting, security.waiting_rows())
    for number, waiting, n in session.execute(counted.where(SecurityBatch.waiting != security.waiting_rows())):
        yield f"送审：批次 {number} 待结果记为 {waiting}，按人员应为 {n}"


def chain(session: Session) -> Rows:
    """Walk the audit chain."""
    if broken := trail.first_break(session):
        yield broken


CHECKS: tuple[Callable[[Session], Rows], ...] = (
    used_quota, shares, pools, commitments, *money_books.CHECKS, cards, card_books.differences, parcel_books.differences, states,
    *lock_books.CHECKS, hand_overs, chain,
)  # fmt: skip


def check(session: Session) -> list[str]:
    """Return every difference found in the books, in Chinese; an empty list when they are clean."""
    with acting(session, SYSTEM):
        return [difference for part in CHECKS for difference in part(session)]
