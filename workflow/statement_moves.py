"""The table of moves of a statement of group pay: preview, issue, settle (DOMAIN §4.3, §5.5)."""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import aliased

from models import (
    DelegationEdition,
    GroupPayEntry,
    PaymentStatus,
    Person,
    Role,
    Statement,
    StatementLine,
    StatementStatus,
)
from models.group_pay import GroupPayKind
from workflow import ledger, statements
from workflow.answered import day_of
from workflow.engine.confirming import cascade
from workflow.moves import Ask, Context, Guard, Move, Tell, table

S = StatementStatus
FINANCE = (Role.finance,)
PAID_ON = Ask("paid_on", "到账日期", kind="date", help="款项到账的日期")
SERIAL = Ask("serial_no", "流水号", kind="code", max_length=64, help="银行到账的流水号")
_other: Any = aliased(Statement)
_of_payer = (_other.delegation_id == Statement.delegation_id, _other.edition_id == Statement.edition_id)


def _due() -> Select[Any]:
    """Select the ledger lines that a statement would take: its payer's before its end that stand on none."""
    line = GroupPayEntry
    in_time = or_(Statement.period_to.is_(None), line.at < Statement.period_to)
    return select(line.id).where(
        line.delegation_id == Statement.delegation_id,
        line.edition_id == Statement.edition_id,
        in_time,
        ~ledger.stated(),
    )


def _first_before(_: Context) -> ColumnElement[bool]:
    """Whether no older statement of the payer waits to be settled."""
    older = (_other.status == S.issued, _other.number < Statement.number)
    return ~select(_other.id).where(*_of_payer, *older).exists()


HAS_LINES = Guard("nothing_due", "账期内没有新的台账记录，无须出具", lambda _: _due().exists())
IN_TURN = Guard("older_open", "该付款单位前一期对账单尚未结清，请先结清前一期", _first_before)
PAST = Guard(
    "in_future", "到账日期不能晚于今天", lambda context: statements.not_after_today(day_of(context), context.at)
)


def _issued(context: Context) -> dict[str, Any]:
    """What issuing writes; the payers' settings are taken first, so that no line is booked meanwhile."""
    session = context.session
    chosen = select(Statement.delegation_id).where(Statement.id.in_(context.rows))
    session.execute(ledger.settings_of(chosen, context.actor.edition_id).with_for_update()).close()
    of_payer = (
        DelegationEdition.delegation_id == Statement.delegation_id, DelegationEdition.edition_id == Statement.edition_id,
    )  # fmt: skip
    cap = select(DelegationEdition.group_pay_cap).where(*of_payer)
    committed = select(DelegationEdition.group_pay_committed).where(*of_payer)
    last = select(func.max(_other.period_to)).where(*_of_payer, _other.number.is_not(None))
    number = select(func.coalesce(func.max(_other.number), 0) + 1).where(*_of_payer)
    due = GroupPayEntry.id.in_(_due().correlate(Statement))
    early = Statement.period_to < context.at
    return {
        "number": number.scalar_subquery(), "period_from": last.scalar_subquery(),
        "period_to": case((early, Statement.period_to), else_=context.at),
        "line_count": select(func.count(GroupPayEntry.id)).where(due).scalar_subquery(),
        "total": select(func.coalesce(func.sum(GroupPayEntry.amount), 0)).where(due).scalar_subquery(),
        "cap": cap.scalar_subquery(), "committed": committed.scalar_subquery(),
        "issued_by_id": context.actor.account_id, "issued_at": context.at,
    }  # fmt: skip


def _settled(context: Context) -> dict[str, Any]:
    return {
        "settled_by_id": context.actor.account_id, "settled_at": context.at, "paid_on": day_of(context),
        "serial_no": context.answers.get("serial_no"),
    }  # fmt: skip


def _persons_settled(context: Context) -> None:
    """The persons whose commitment stands on the statement are settled with it, unless another one is not settled yet."""
    line = StatementLine
    on_it = select(line.person_id).where(line.statement_id.in_(context.rows), line.kind == GroupPayKind.COMMIT)
    waits = Person.payment_status == PaymentStatus.group_committed
    cascade(
        context,
        "person",
        "settled_with_statement",
        Person.id.in_(on_it) & waits & ~statements.commits(~statements.settled_line()),
    )


ISSUED = Tell(to=lambda _: Statement.delegation_id, sentence="财务已出具本分团 %(n)s 份统付对账单，请核对并付款")

STATEMENT = table(
    Statement, "status", "ref",
    Move(
        name="issue", label="出具对账单", icon="clipboard-check", source=(S.draft,), target=S.issued, who=FINANCE,
        guards=(HAS_LINES,), sets=_issued, effects=(statements.freeze,), notify=(ISSUED,),
        confirm="出具后明细固定：此后的释放和调整列入下一期，其中的统付决定不能再更正。",
        tells=("编定期次，固定每一笔的内容", "付款单位收到通知"),
    ),
    Move(
        name="settle", label="登记结清", icon="cash", source=(S.issued,), target=S.settled, who=FINANCE, asks=(PAID_ON, SERIAL),
        guards=(IN_TURN, PAST), sets=_settled, effects=(_persons_settled,), bulk=False,
        confirm="登记结清后不能撤销。", tells=("其中“已确认代付”的人员转为“已结算”",), help="款项到账后登记",
    ),
    Move(
        name="discard", label="作废预览", icon="x", source=(S.draft,), target=S.discarded, who=FINANCE, danger=True,
        help="只作废预览，台账不受影响；以后可重新建立",
    ),
)  # fmt: skip
