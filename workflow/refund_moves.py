"""The table of moves of a refund task: finance gives the money back or keeps it (DOMAIN §1.4, §4.3)."""

from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from models import (
    Edition,
    PaymentKind,
    PaymentPurpose,
    PaymentStatus,
    Person,
    RefundCause,
    RefundStatus,
    RefundTask,
    Role,
)
from models.edition import FREE_LABELS
from workflow import payments, statements
from workflow.answered import day_of
from workflow.engine.confirming import cascade
from workflow.guards import REASON
from workflow.moves import Ask, Context, Guard, Move, table

S = RefundStatus
FINANCE = (Role.finance,)
PAID_ON = Ask("paid_on", "退款日期", kind="date", help="款项退回的日期")
SERIAL = Ask("serial_no", "流水号", kind="code", max_length=64, help="退款的银行流水号")


def _serial_new(context: Context) -> ColumnElement[bool] | None:
    serial = context.answers.get("serial_no")
    return None if serial is None else ~payments.serial_known(serial, RefundTask.edition_id)


BY_POLICY = Guard(
    "no_refunds", "本届规定不予退费，请办理“不予退费”",
    lambda _: select(Edition.id).where(Edition.id == RefundTask.edition_id, Edition.refunds).exists(),
)  # fmt: skip
_other: Any = aliased(RefundTask)
FREE = RefundTask.person_id.in_(select(Person.id).where(Person.label.in_(FREE_LABELS)))
_waits = (_other.person_id == RefundTask.person_id, _other.purpose == RefundTask.purpose, _other.status == S.pending)
LAST = ~exists(select(_other.id).where(*_waits))
SERIAL_NEW = Guard("serial_known", "该流水号已登记过，请核对", _serial_new)
PAST = Guard(
    "in_future", "退款日期不能晚于今天", lambda context: statements.not_after_today(day_of(context), context.at)
)


def _handled(context: Context) -> dict[str, Any]:
    return {
        "handled_by_id": context.actor.account_id, "handled_at": context.at, "refunded_on": day_of(context),
        "serial_no": context.answers.get("serial_no"), "reason": context.said,
    }  # fmt: skip


def _pay_back(context: Context) -> None:
    """Record the refund and, of a badge's own fee, tell it on the person: nothing is paid, save by who paid again meanwhile."""
    day, serial = day_of(context), context.answers["serial_no"]
    keys = (RefundTask.person_id, RefundTask.amount, RefundTask.purpose)
    rows = context.session.execute(select(*keys).where(RefundTask.id.in_(context.rows))).all()
    if day is not None:
        for person_id, amount, purpose in rows:
            payments.write(context, PaymentKind.REFUND, {person_id: payments.Sum(amount, day, serial)}, purpose)
    _persons(context, "fee_refunded", PaymentStatus.refunding, LAST)
    _persons(context, "fee_waived", PaymentStatus.paid, RefundTask.cause == RefundCause.upgraded, FREE)


def _keep(context: Context) -> None:
    _persons(context, "fee_kept", PaymentStatus.refunding, LAST)


def _persons(context: Context, move: str, status: PaymentStatus, *which: ColumnElement[bool]) -> None:
    of_fee = RefundTask.purpose == PaymentPurpose.FEE
    owners = select(RefundTask.person_id).where(RefundTask.id.in_(context.rows), of_fee, *which)
    cascade(context, "person", move, Person.id.in_(owners) & (Person.payment_status == status))


REFUND = table(
    RefundTask, "status", "person_ref",
    Move(
        name="refund", label="登记退费", icon="cash-off", source=(S.pending,), target=S.refunded, who=FINANCE,
        asks=(PAID_ON, SERIAL), guards=(BY_POLICY, SERIAL_NEW, PAST), sets=_handled, effects=(_pay_back,), bulk=False,
        confirm="登记后不能撤销。", tells=("退款记入缴费记录", "人员的缴费状态随之更新"), help="按原流水号原路退回后登记",
    ),
    Move(
        name="keep", label="不予退费", icon="x", source=(S.pending,), target=S.kept, who=FINANCE, asks=(REASON,), sets=_handled,
        effects=(_keep,), confirm="登记后不能撤销。", help="按本届规定，或经核实不应退费",
    ),
)  # fmt: skip
