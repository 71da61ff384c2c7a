"""Group pay (统付): what a badge costs, who may let the payer pay, and what a decision writes on a person (DOMAIN §4.3).

``fee_of`` and ``reissue_fee`` are the one place that knows what a badge costs. The ledger and the payers' counters: ``workflow.ledger``.
"""

from typing import Any

from sqlalchemy import ColumnElement, case, false, func, literal, select, true

from models import (
    CertMode,
    DelegationEdition,
    Fee,
    GroupPayDecision,
    PaymentStatus,
    Person,
    Unit,
    UnitGroupPay,
)
from models.columns import attribute
from models.edition import FREE_LABELS
from workflow import ledger
from workflow.guards import card_made
from workflow.moves import Budget, Context, Guard


def _line(edition: Any, mode: Any, period: Any, label: Any) -> Any:
    """What the edition's table says, in 分 (NULL if it says nothing)."""
    here = (Fee.edition_id == edition, Fee.mode == mode, Fee.period == period, Fee.label == label)
    return select(Fee.amount).where(*here).scalar_subquery()


def fee_of(edition: Any, mode: Any, period: Any, label: Any) -> ColumnElement[int]:
    """What a badge costs now, in 分: nothing on a free label, else the edition's fee line (NULL if there is none)."""
    return case((label.in_(FREE_LABELS), 0), else_=_line(edition, mode, period, label))


def reissue_fee() -> ColumnElement[int]:
    """What replacing the person's lost badge costs now: the table's line, on a free label, too (NULL if there is none)."""
    found: ColumnElement[int] = _line(Person.edition_id, CertMode.reissue, Person.period, Person.label)
    return found


def fee() -> ColumnElement[int]:
    """What the person's badge costs now."""
    return fee_of(Person.edition_id, Person.cert_mode, Person.period, Person.label)


def _budget_of(context: Context) -> Any:
    return (
        DelegationEdition.delegation_id == context.actor.delegation_id,
        DelegationEdition.edition_id == context.actor.edition_id,
    )


def _switch(context: Context) -> ColumnElement[bool]:
    node = select(DelegationEdition.id).where(*_budget_of(context), DelegationEdition.group_pay_enabled).exists()
    own = select(Unit.group_pay_enabled).where(Unit.id == Person.unit_id).scalar_subquery()
    return case((own == UnitGroupPay.ON, true()), (own == UnitGroupPay.OFF, false()), else_=node)


SWITCHED_ON = Guard("switched_off", "本单位或分团的统付开关已关闭，只能“取消代付”", _switch)
FEE_KNOWN = Guard("no_fee", "费用标准未设置，请财务在“费用标准”中补充", lambda _: fee().is_not(None))


def cap_budget(context: Context) -> Budget:
    """The payer's remaining cap; the payer is the node of the one who confirms."""
    return payer_budget(context, fee(), context.actor.delegation_id)


def payer_budget(context: Context, cost: ColumnElement[int], payer: int) -> Budget:
    """What is left of a payer's cap, for persons who cost ``cost`` each; it locks the payers there were, too."""
    edition_id = context.actor.edition_id
    row = DelegationEdition
    left = select(row.group_pay_cap - row.group_pay_committed).where(
        row.delegation_id == payer, row.edition_id == edition_id
    )
    before = select(Person.payer_id).where(Person.id.in_(context.chosen), Person.payer_id.is_not(None))

    def take(done: Context) -> None:
        session = done.session
        amount = session.scalar(select(func.coalesce(func.sum(cost), 0)).where(Person.id.in_(done.rows))) or 0
        ledger.move_committed(session, payer, edition_id, amount)

    return Budget(
        label="统付额度", unit="元", sentence="统付额度不足", cost=cost, left=left.scalar_subquery(), pool=(),
        lock=ledger.settings_of(before.union(select(literal(payer))), edition_id), take=take,
    )  # fmt: skip


def home_budget(context: Context, cost: ColumnElement[int]) -> Budget:
    """What is left of the caps of the persons' own nodes, each of which pays for its persons."""
    edition_id = context.actor.edition_id
    row, home = DelegationEdition, Person.delegation_id
    left = select(row.group_pay_cap - row.group_pay_committed).where(
        row.delegation_id == home, row.edition_id == edition_id
    )

    def take(done: Context) -> None:
        session = done.session
        sums = select(home, func.sum(cost)).where(Person.id.in_(done.rows)).group_by(home).order_by(home)
        for payer, amount in session.execute(sums).all():
            ledger.move_committed(session, payer, edition_id, amount or 0)

    return Budget(
        label="统付额度", unit="元", sentence="统付额度不足", cost=cost, left=left.scalar_subquery(),
        pool=(Person.delegation_id.expression,), take=take,
        lock=ledger.settings_of(select(home).where(Person.id.in_(context.chosen)), edition_id),
    )  # fmt: skip


def confirmed(context: Context) -> dict[str, Any]:
    """What 确认代付 writes on a person: the fee is a snapshot, a free label commits nothing."""
    return {
        "group_pay_decision": GroupPayDecision.confirmed, "payer_id": context.actor.delegation_id, "group_pay_fee": fee(),
        "payment_status": case((fee() == 0, PaymentStatus.waived), else_=PaymentStatus.group_committed),
        "decided_by_id": context.actor.account_id, "decided_at": context.at,
    }  # fmt: skip


def cancelled(context: Context) -> dict[str, Any]:
    """What 取消代付 writes on a person: it pays itself, unless the label is free."""
    return {
        "group_pay_decision": GroupPayDecision.cancelled, "group_pay_fee": fee(),
        "payment_status": case((fee() == 0, PaymentStatus.waived), else_=PaymentStatus.unpaid),
        "decided_by_id": context.actor.account_id, "decided_at": context.at,
    }  # fmt: skip


UNDECIDED = {
    "group_pay_decision": GroupPayDecision.undecided, "payer_id": None, "group_pay_fee": None,
    "payment_status": PaymentStatus.undecided, "decided_by_id": None, "decided_at": None,
}  # fmt: skip


def when_back() -> dict[str, Any]:
    """What is written on a person who was out and is back: undecided, save where a card was made, which was paid for."""
    columns = {key: attribute(Person, key) for key in UNDECIDED}
    return {
        key: case((card_made(), column), else_=literal(UNDECIDED[key], column.type)) for key, column in columns.items()
    }


def payment_when_leaving() -> ColumnElement[Any]:
    """Payment status of a person who is rejected or deleted: before the card is made, money comes free again."""
    return case(
        (card_made(), Person.payment_status),
        (Person.payment_status.in_(ledger.GROUP_PAID), PaymentStatus.released),
        (Person.payment_status == PaymentStatus.paid, PaymentStatus.refunding),
        else_=Person.payment_status,
    )


def payment_when_upgraded() -> ColumnElement[Any]:
    """Payment status after an upgrade to a free label: nothing to pay any more, unless it is paid or made already."""
    waivable = Person.payment_status.in_((*ledger.GROUP_PAID, PaymentStatus.unpaid, PaymentStatus.closed))
    return case((~card_made() & waivable, PaymentStatus.waived), else_=Person.payment_status)


def fee_when_reapplied() -> ColumnElement[Any]:
    """What is due when a reuse turns into a new badge: the fee of that, where it is decided and nothing is paid yet."""
    open_ = Person.payment_status.in_((*ledger.GROUP_PAID, PaymentStatus.unpaid, PaymentStatus.closed))
    again = fee_of(Person.edition_id, literal(CertMode.reapply, Person.cert_mode.type), Person.period, Person.label)
    return case((open_ & ~card_made(), func.coalesce(again, Person.group_pay_fee)), else_=Person.group_pay_fee)
