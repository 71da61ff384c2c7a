"""The part of the books that is about money: statements against the ledger, settling, payments against fees and tasks."""

from collections.abc import Callable, Iterator

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from models import (
    GroupPayEntry,
    Payment,
    PaymentPurpose,
    PaymentStatus,
    Person,
    RefundCause,
    RefundStatus,
    RefundTask,
    ReissueStatus,
    Statement,
    StatementLine,
    StatementStatus,
)
from models.columns import yuan
from workflow import payments
from workflow import statements as statements_of
from workflow.guards import card_made

Rows = Iterator[str]
ISSUED = (StatementStatus.issued, StatementStatus.settled)


def statements(session: Session) -> Rows:
    """A statement's head is the sum of its lines, each line its ledger line of the same payer; only issued ones have any."""
    line, head = StatementLine, Statement
    sums = (
        select(line.statement_id, func.count().label("n"), func.sum(line.amount).label("total"))
        .group_by(line.statement_id)
        .subquery()
    )
    n, total = func.coalesce(sums.c.n, 0), func.coalesce(sums.c.total, 0)
    is_issued = head.status.in_(ISSUED)
    wrong = or_(and_(is_issued, or_(n != head.line_count, total != head.total)), and_(~is_issued, n > 0))
    found = select(head.ref, head.line_count, head.total, n, total).outerjoin(sums, sums.c.statement_id == head.id)
    for ref, count, amount, lines, added in session.execute(found.where(wrong)):
        yield f"对账单：{ref} 记为 {count} 笔 {yuan(amount)} 元，明细为 {lines} 笔 {yuan(added)} 元"
    entry = GroupPayEntry
    same = and_(
        entry.amount == line.amount, entry.kind == line.kind, entry.person_id == line.person_id,
        entry.delegation_id == head.delegation_id, entry.edition_id == head.edition_id,
    )  # fmt: skip
    joined = select(head.ref, line.line_no).join(head, head.id == line.statement_id)
    for ref, number in session.execute(joined.join(entry, entry.id == line.entry_id).where(~same)):
        yield f"对账单：{ref} 第 {number} 笔与统付台账不符"


def settled(session: Session) -> Rows:
    """Persons are settled exactly when all their standing commitments stand on settled statements."""
    on_settled = statements_of.settled_line()
    open_, done = statements_of.commits(~on_settled), statements_of.commits(on_settled)
    for words, wrong in (
        ("已结算，其代付却不在已结清的对账单上", and_(Person.payment_status == PaymentStatus.group_settled, open_)),
        ("的代付已随对账单结清，缴费状态却不是“已结算”", and_(
            Person.payment_status == PaymentStatus.group_committed, done, ~open_,
        )),
    ):  # fmt: skip
        for (ref,) in session.execute(select(Person.ref).where(wrong)):
            yield f"对账单：人员 {ref} {words}"


def paid(session: Session) -> Rows:
    """What a person paid is the fee of one who is paid, plus what its refund tasks stand for; refunds are recorded."""
    fee, again = PaymentPurpose.FEE, PaymentPurpose.REISSUE
    is_paid = Person.payment_status == PaymentStatus.paid
    should = case((is_paid, func.coalesce(Person.group_pay_fee, 0)), else_=0) + case(
        (is_paid, _tasks(fee, RefundTask.cause != RefundCause.upgraded)), else_=_tasks(fee)
    )
    of_reissue = case((Person.reissue_status == ReissueStatus.paid, Person.reissue_fee), else_=0) + _tasks(again)
    for purpose, due, words in ((fee, should, "缴费记录"), (again, of_reissue, "补办费缴费记录")):
        yield from _unlike(session, purpose, due, words)
    waits = exists(select(RefundTask.id).where(
        RefundTask.person_id == Person.id, RefundTask.status == RefundStatus.pending
    ))  # fmt: skip
    for (ref,) in session.execute(select(Person.ref).where(Person.payment_status == PaymentStatus.refunding, ~waits)):
        yield f"缴费：人员 {ref} 退款中，却没有待退费事项"


def _unlike(session: Session, purpose: PaymentPurpose, should: ColumnElement[int], words: str) -> Rows:
    """Say whose payments for a purpose do not add up to what they should."""
    paid = select(Payment.person_id, func.sum(Payment.amount).label("n")).where(Payment.purpose == purpose)
    net = paid.group_by(Payment.person_id).subquery()
    paid_in = func.coalesce(net.c.n, 0)
    found = select(Person.ref, paid_in, should).outerjoin(net, net.c.person_id == Person.id).where(paid_in != should)
    for ref, n, due in session.execute(found):
        yield f"缴费：人员 {ref} 的{words}净额 {yuan(n)} 元，按缴费状态和退费事项应为 {yuan(due)} 元"


def spent(session: Session) -> Rows:
    """What was due for a card that was made comes back to nobody who is out (DOMAIN §4.3)."""
    back = (PaymentStatus.released, PaymentStatus.refunding, PaymentStatus.refunded, PaymentStatus.no_refund)
    found = select(Person.ref, Person.payment_status).where(Person.payment_status.in_(back), card_made())
    for ref, status in session.execute(found):
        yield f"缴费：人员 {ref} 的证件已制作，缴费状态却是“{status.label}”"


def _tasks(purpose: PaymentPurpose, *which: ColumnElement[bool]) -> ColumnElement[int]:
    standing = select(func.coalesce(func.sum(RefundTask.amount), 0)).where(
        RefundTask.person_id == Person.id, RefundTask.purpose == purpose, payments.standing(), *which
    )
    return standing.scalar_subquery()


CHECKS: tuple[Callable[[Session], Rows], ...] = (statements, settled, paid, spent)
