"""The moves of a person that are about money: paying, closing, committing late, correcting, settling (DOMAIN §1.4, §4.3)."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select

from models import (
    DelegationEdition,
    Edition,
    GroupPayDecision,
    GroupPayEntry,
    PaymentKind,
    PaymentPurpose,
    PaymentStatus,
    Person,
    PersonStatus,
    ReissueStatus,
    Role,
)
from models.person import LIVE
from workflow import certificates, group_pay, ledger, payments, reissue, statements
from workflow.answered import amount_of, day_of
from workflow.guards import REASON, card_made, in_role
from workflow.moves import Ask, Budget, Context, Guard, Move, Tell

S, M, D, R = PersonStatus, PaymentStatus, GroupPayDecision, ReissueStatus
DECIDED_FEE: ColumnElement[Any] = Person.group_pay_fee.expression
DECIDED = (S.pending_review, S.returned, S.approved)
CLOSED = "本分团 %(n)s 名人员逾期未缴费，已关闭，请电话联系"
AMOUNT = Ask("amount", "金额（元）", kind="money", help="须等于该人员的证件费")
SERIAL = Ask("serial_no", "流水号", kind="code", max_length=64, help="一笔转账含多人时，请在流水号后加 -1、-2 区分")
PAID_ON = Ask("paid_on", "支付日期", kind="date")
REMARK = Ask("remark", "备注", required=False, max_length=200)
CHOICE = Ask(
    "decision", "更正为", kind="choice", choices=((D.confirmed.value, "确认代付"), (D.cancelled.value, "取消代付")),
)  # fmt: skip
PAYER = Ask("payer", "付款单位", kind="delegation", required=False, help="改为确认代付时由谁付款；不填则为人员所在分团")


def _waits(*which: PaymentStatus) -> ColumnElement[bool]:
    return Person.payment_status.in_(which)


# --- paying oneself ------------------------------------------------------------------------------------------------


def _right_amount(context: Context) -> ColumnElement[bool] | None:
    amount = amount_of(context)
    return None if amount is None else Person.group_pay_fee == amount


def _serial_new(context: Context) -> ColumnElement[bool] | None:
    serial = context.answers.get("serial_no")
    return None if serial is None else ~payments.serial_known(serial, Person.edition_id)


def _in_time(context: Context) -> ColumnElement[bool] | None:
    day = day_of(context)
    if day is None:
        return None
    begins = literal(payments.midnight(day), Edition.pay_closes_at.type)
    return select(Edition.id).where(Edition.id == Person.edition_id, Edition.pay_closes_at > begins).exists()


AWAITS = Guard("not_awaited", "缴费状态须为待支付（或逾期关闭而在截止前已付）", lambda _: _waits(*payments.AWAITED))
RIGHT_AMOUNT = Guard("wrong_amount", "金额与该人员的证件费不符，请核对", _right_amount)
SERIAL_NEW = Guard("serial_known", "该流水号已登记过，请核对", _serial_new)
IN_TIME = Guard("too_late", "支付日期晚于缴费截止，请联系省交易团秘书处补办代付", _in_time)
PAST = Guard(
    "in_future", "支付日期不能晚于今天", lambda context: statements.not_after_today(day_of(context), context.at)
)


def _paid(_: Context) -> dict[str, Any]:
    return {"payment_status": M.paid}


def _record(purpose: PaymentPurpose) -> Callable[[Context], None]:
    """Write the one sum that was answered."""

    def record(context: Context) -> None:
        amount, day = amount_of(context), day_of(context)
        if amount is None or day is None:
            return
        answers = context.answers
        given = payments.Sum(amount, day, answers["serial_no"], answers.get("remark"))
        rows = dict.fromkeys(context.session.scalars(context.rows), given)
        payments.write(context, PaymentKind.RECEIPT, rows, purpose)

    return record


# --- the fee of a lost badge ---------------------------------------------------------------------------------------


def _right_reissue(context: Context) -> ColumnElement[bool] | None:
    amount = amount_of(context)
    return None if amount is None else Person.reissue_fee.is_not_distinct_from(amount)


def _reissue(status: ReissueStatus) -> Callable[[Context], dict[str, Any]]:
    return lambda _: {"reissue_status": status}


REISSUE_AMOUNT = Ask("amount", "金额（元）", kind="money", help="须等于该人员的补办费")
RECEIPT_NO = Ask("serial_no", "流水号或收据号", kind="code", max_length=64, help="转账填银行流水号，现金填收据号")
OWES = Guard("nothing_owed", "没有待收的补办费", lambda _: Person.reissue_status.is_not_distinct_from(R.owed))
RIGHT_REISSUE = Guard("wrong_amount", "金额与该人员的补办费不符，请核对", _right_reissue)


# --- committing late -----------------------------------------------------------------------------------------------


def _late_allowed(context: Context) -> ColumnElement[bool] | None:
    if in_role(context, Role.secretariat):
        return None
    row = DelegationEdition
    mine = (row.delegation_id == context.actor.delegation_id, row.edition_id == context.actor.edition_id)
    return select(row.id).where(*mine, row.late_commit).exists()


LATE_ALLOWED = Guard("not_allowed", "须由省交易团秘书处在“分团届次设置”中开启“可补办代付”", _late_allowed)
IS_CLOSED = Guard("not_closed", "只有逾期关闭的人员可以补办代付", lambda _: _waits(M.closed))


def _late_budget(context: Context) -> Budget:
    if in_role(context, Role.secretariat):
        return group_pay.home_budget(context, DECIDED_FEE)
    return group_pay.payer_budget(context, DECIDED_FEE, context.actor.delegation_id)


def _late(context: Context) -> dict[str, Any]:
    """The node that commits pays; the secretariat lets the person's own node do it (DOMAIN §4.3)."""
    home = in_role(context, Role.secretariat)
    return _to_pay(context, Person.delegation_id if home else context.actor.delegation_id)


def _to_pay(context: Context, payer: Any) -> dict[str, Any]:
    """What a payer's late or corrected yes writes; the fee stays that of the decision."""
    return {
        "group_pay_decision": D.confirmed, "payer_id": payer, "payment_status": M.group_committed,
        "decided_by_id": context.actor.account_id, "decided_at": context.at,
    }  # fmt: skip


# --- correcting a wrong decision -----------------------------------------------------------------------------------


def _payer(context: Context) -> Any:
    return context.answers.get("payer") or Person.delegation_id


def _differs(context: Context) -> ColumnElement[bool] | None:
    wanted = context.answers.get("decision")
    if wanted is None:
        return None
    confirmed = Person.group_pay_decision == D.confirmed
    return confirmed if wanted == D.cancelled.value else or_(~confirmed, Person.payer_id != _payer(context))


def _takes_part(context: Context) -> ColumnElement[bool] | None:
    if context.answers.get("decision") != D.confirmed.value:
        return None
    row = DelegationEdition
    return select(row.id).where(
        row.delegation_id == _payer(context), row.edition_id == Person.edition_id, row.province_id == Person.province_id
    ).exists()  # fmt: skip


_on_statement = select(GroupPayEntry.id).where(GroupPayEntry.person_id == Person.id, ledger.stated())
OPEN_MONEY = Guard(
    "not_open", "只能更正已确认代付、待支付或逾期关闭的人员；免缴的无须更正，已支付的请先退费",
    lambda _: _waits(M.group_committed, M.unpaid, M.closed),
)  # fmt: skip
NOT_STATED = Guard(
    "stated", "已列入出具的对账单，不能更正；确需改变的，请在制证前删除该人员后重新登记，释放的金额列入下一期对账单",
    lambda _: ~_on_statement.exists(),
)  # fmt: skip
NOT_MADE = Guard("card_made", "证件已制作，费用不再更正", lambda _: ~card_made())
DIFFERS = Guard("same_decision", "与现在的统付决定和付款单位相同，无须更正", _differs)
TAKES_PART = Guard("no_such_payer", "付款单位须为本省参加本届的交易团/分团", _takes_part)


def _correction_budget(context: Context) -> Budget | None:
    """What the new payer's cap has to hold; where the person pays itself nothing is needed."""
    if context.answers.get("decision") != D.confirmed.value:
        return None
    home = select(Person.delegation_id).where(Person.id.in_(context.chosen)).limit(1)
    payer = context.answers.get("payer") or context.session.scalar(home) or context.actor.delegation_id
    return group_pay.payer_budget(context, DECIDED_FEE, payer)


def _corrected(context: Context) -> dict[str, Any]:
    if context.answers.get("decision") == D.confirmed.value:
        return _to_pay(context, _payer(context))
    return {
        "group_pay_decision": D.cancelled, "payer_id": None, "payment_status": M.unpaid,
        "decided_by_id": context.actor.account_id, "decided_at": context.at,
    }  # fmt: skip


def _rebook(context: Context) -> None:
    """Take the wrong lines back and write the right one; the card waits for the money, or for nothing any more."""
    ledger.reverse(context)
    if context.answers.get("decision") == D.confirmed.value:
        ledger.write_commits(context)
        certificates.queue(context)
    else:
        certificates.void_live(context, "更正统付决定，待缴费")


def _hidden(name: str, label: str, source: tuple[PersonStatus, ...], status: PaymentStatus) -> Move:
    """A step of the payment status that something else entails."""
    return Move(
        name=name, label=label, source=source, target=None, who=(), hidden=True, shows="payment_status",
        sets=lambda _: {"payment_status": status},
    )  # fmt: skip


ANY = tuple(PersonStatus)
MONEY_MOVES = (
    Move(
        name="record_payment", label="登记缴费", icon="cash", source=DECIDED, target=None, who=(Role.finance,),
        shows="payment_status", asks=(AMOUNT, SERIAL, PAID_ON, REMARK), guards=(AWAITS, RIGHT_AMOUNT, SERIAL_NEW, IN_TIME, PAST),
        sets=_paid, effects=(_record(PaymentPurpose.FEE), certificates.queue), bulk=False, tells=("记入缴费记录", "审核通过的进入待制证"),
        help="多笔缴费请在“缴费记录”中导入",
    ),
    Move(
        name="commit_late", label="补办代付", icon="cash", source=DECIDED, target=None, who=(Role.sub_delegation, Role.secretariat),
        shows="payment_status", guards=(IS_CLOSED, LATE_ALLOWED),
        budget=_late_budget, sets=_late, effects=(ledger.write_commits, certificates.queue),
        confirm="“补办代付”后不可更改：费用计入本分团统付额度。", tells=("费用按原决定时的标准计入统付台账",),
        help="逾期未缴的人员改由分团代付",
    ),
    Move(
        name="correct_group_pay", label="更正统付决定", icon="pencil", source=DECIDED, target=None, who=(Role.secretariat,),
        shows="group_pay_decision", asks=(CHOICE, PAYER, REASON),
        guards=(OPEN_MONEY, NOT_STATED, NOT_MADE, DIFFERS, TAKES_PART), budget=_correction_budget, sets=_corrected,
        effects=(_rebook,), bulk=False, danger=True, confirm="更正写入台账和审计日志，不能撤销。",
        tells=("原来的台账金额以“调整”冲回", "改为代付的按原费用重新记入"), help="只用于更正办错的统付决定，对账单出具前可办",
    ),
    Move(
        name="record_reissue_fee", label="收取补办费", icon="cash", source=DECIDED, target=None, who=(Role.finance, Role.secretariat),
        shows="reissue_status", asks=(REISSUE_AMOUNT, RECEIPT_NO, PAID_ON, REMARK), guards=(OWES, RIGHT_REISSUE, SERIAL_NEW, PAST),
        sets=_reissue(R.paid), effects=(_record(PaymentPurpose.REISSUE),), bulk=False,
        tells=("记入缴费记录", "新证件可以开始制证"), help="证件遗失补办的费用",
    ),
    Move(
        name="waive_reissue_fee", label="免收补办费", icon="cash-off", source=DECIDED, target=None, who=(Role.secretariat,),
        shows="reissue_status", asks=(REASON,), guards=(OWES,), sets=_reissue(R.waived),
        confirm="免收后不能再改为收取。", tells=("新证件可以开始制证",), help="证件遗失不是持证人的责任，或另有规定",
    ),
    Move(
        name="reissue_charged", label="挂失，应缴补办费", source=ANY, target=None, who=(), hidden=True, shows="reissue_status",
        sets=reissue.charged,
    ),
    Move(
        name="paid_by_import", label="导入缴费", source=DECIDED, target=None, who=(), hidden=True, shows="payment_status",
        sets=_paid, effects=(certificates.queue,),
    ),
    Move(
        name="close_unpaid", label="缴费截止关闭", source=LIVE, target=None, who=(), hidden=True, shows="payment_status",
        sets=lambda _: {"payment_status": M.closed}, notify=(Tell(to=lambda _: Person.delegation_id, sentence=CLOSED),),
    ),
    _hidden("settled_with_statement", "随对账单结清", ANY, M.group_settled),
    _hidden("fee_refunded", "已退费", ANY, M.refunded),
    _hidden("fee_waived", "升级后退费", ANY, M.waived),
    _hidden("fee_kept", "不予退费", ANY, M.no_refund),
)  # fmt: skip
