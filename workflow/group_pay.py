"""Group pay (统付): fees, the cap as a guarded counter, and the append-only ledger (DOMAIN §4.3)."""

from typing import Any

from sqlalchemy import ColumnElement, case, false, func, insert, literal, select, true, update
from sqlalchemy.orm import Session

from models import (
    DelegationEdition,
    Fee,
    GroupPayDecision,
    GroupPayEntry,
    GroupPayKind,
    PaymentStatus,
    Person,
    Unit,
    UnitGroupPay,
)
from models.edition import FREE_LABELS
from workflow import trail
from workflow.guards import card_made
from workflow.moves import Budget, Context, Guard

QUIET = {"synchronize_session": False}


class CapExceeded(Exception):
    """The cap moved between judging and booking; the transaction must be rolled back."""


def fee() -> ColumnElement[int]:
    """What the person's badge costs now, in 分: nothing on a free label, else the edition's fee line (NULL if none)."""
    line = select(Fee.amount).where(
        Fee.edition_id == Person.edition_id,
        Fee.mode == Person.cert_mode,
        Fee.period == Person.period,
        Fee.label == Person.label,
    )
    return case((Person.label.in_(FREE_LABELS), 0), else_=line.scalar_subquery())


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
    left = select(DelegationEdition.group_pay_cap - DelegationEdition.group_pay_committed).where(*_budget_of(context))
    return Budget(
        label="统付额度", unit="元", sentence="统付额度不足", cost=fee(), left=left.scalar_subquery(), pool=(),
        lock=select(DelegationEdition.id).where(*_budget_of(context)), take=_commit,
    )  # fmt: skip


def _commit(context: Context) -> None:
    """Book the fees of the rows being done against the payer's cap."""
    session = context.session
    amount = session.scalar(select(func.coalesce(func.sum(fee()), 0)).where(Person.id.in_(context.rows))) or 0
    _move_committed(session, context.actor.delegation_id, context.actor.edition_id, amount)


def _move_committed(session: Session, delegation_id: int, edition_id: int, amount: int) -> None:
    if amount == 0:
        return
    row = DelegationEdition
    committed = row.group_pay_committed + amount
    moved = session.execute(
        update(row)
        .where(
            row.delegation_id == delegation_id,
            row.edition_id == edition_id,
            committed <= row.group_pay_cap,
            committed >= 0,
        )
        .values(group_pay_committed=committed, row_version=row.row_version + 1)
        .returning(row.id, row.group_pay_committed),
        execution_options=QUIET,
    ).one_or_none()
    if moved is None:
        raise CapExceeded
    trail.note(
        session, "delegation_edition.group_pay", "delegation_edition", moved.id, None,
        {"group_pay_committed": [moved.group_pay_committed - amount, moved.group_pay_committed]},
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


def write_ledger(context: Context) -> None:
    """Add one COMMIT line for every person confirmed at a fee."""
    rows = select(
        literal(context.actor.delegation_id), literal(context.actor.province_id), Person.edition_id, Person.id, Person.unit_id,
        literal(GroupPayKind.COMMIT.value), Person.group_pay_fee, literal(context.at, GroupPayEntry.at.type),
        literal(context.actor.account_id), literal(context.batch_id),
    ).where(Person.id.in_(context.rows), Person.group_pay_fee > 0).order_by(Person.id)  # fmt: skip
    names = (
        "delegation_id",
        "province_id",
        "edition_id",
        "person_id",
        "unit_id",
        "kind",
        "amount",
        "at",
        "by_id",
        "batch_id",
    )
    context.session.execute(insert(GroupPayEntry).from_select([getattr(GroupPayEntry, name) for name in names], rows))


def payment_when_leaving() -> ColumnElement[Any]:
    """Payment status of a person who is rejected or deleted: before the card is made, money comes free again."""
    return case(
        (card_made(), Person.payment_status),
        (Person.payment_status == PaymentStatus.group_committed, PaymentStatus.released),
        (Person.payment_status == PaymentStatus.paid, PaymentStatus.refunding),
        else_=Person.payment_status,
    )


def payment_when_upgraded() -> ColumnElement[Any]:
    """Payment status after an upgrade to a free label: nothing to pay any more, unless it is paid or made already."""
    waivable = Person.payment_status.in_((PaymentStatus.group_committed, PaymentStatus.unpaid, PaymentStatus.closed))
    return case((~card_made() & waivable, PaymentStatus.waived), else_=Person.payment_status)


def release_commitments(context: Context) -> None:
    """Take back what the payers had committed for the rows being done, by RELEASE lines, where no card was made."""
    session, line = context.session, GroupPayEntry
    net = func.sum(line.amount)
    rows = session.execute(
        select(line.delegation_id, line.province_id, line.edition_id, line.person_id, line.unit_id, net.label("net"))
        .join(Person, Person.id == line.person_id)
        .where(
            line.person_id.in_(context.rows),
            Person.payment_status.in_((PaymentStatus.released, PaymentStatus.waived, PaymentStatus.undecided)),
        )
        .group_by(line.delegation_id, line.province_id, line.edition_id, line.person_id, line.unit_id)
        .having(net > 0)
    ).all()
    if not rows:
        return
    stamp = {"kind": GroupPayKind.RELEASE, "at": context.at, "by_id": context.actor.account_id,
             "batch_id": context.batch_id}  # fmt: skip
    keys = ("delegation_id", "province_id", "edition_id", "person_id", "unit_id")
    session.execute(
        insert(line), [{**{key: getattr(row, key) for key in keys}, "amount": -row.net, **stamp} for row in rows]
    )
    totals: dict[tuple[int, int], int] = {}
    for row in rows:
        payer = (row.delegation_id, row.edition_id)
        totals[payer] = totals.get(payer, 0) + row.net
    for (delegation_id, edition_id), amount in sorted(totals.items()):
        _move_committed(session, delegation_id, edition_id, -amount)
