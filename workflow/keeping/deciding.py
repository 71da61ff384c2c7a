"""Who decides that an edition's personal data go: the secretariat asks, a system administrator or an auditor agrees.

Nothing is erased before the edition's months are over, while a legal hold stands, or of the edition in hand. Between the
second signature and the first row lies a day, in which either side may take it back.
"""

import calendar
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Account, Delegation, Edition, Erasure, ErasureState, Notice, Role, Unit
from models.columns import SHANGHAI
from models.kinds import now
from models.validators import Invalid, normalise
from workflow import notices, trail
from workflow.actors import SYSTEM, Actor, Forbidden, acting

ASKS = (Role.secretariat,)
AGREES = (Role.sysadmin, Role.auditor)
GRACE = timedelta(days=1)
LEAST_REASON, MOST_REASON = 4, 200
ERASED = "{edition}个人信息已清除，报告可在“个人信息留存”中查看"
LAPSED = "{edition}个人信息没有清除，已自动撤回：{why}"
OPEN = (ErasureState.asked, ErasureState.agreed, ErasureState.running)


class Refused(Exception):
    """It cannot be decided so; the message is one sentence that says why and what to do."""


def due_on(edition: Edition) -> date:
    """Return the day from which the edition's personal data may go: so many months after its last day."""
    last = edition.show_closes_on
    year, month = divmod(last.month - 1 + edition.keep_months, 12)
    year, month = last.year + year, month + 1
    return date(year, month, min(last.day, calendar.monthrange(year, month)[1]))


def due_at(edition: Edition) -> datetime:
    """Return the same as a moment: midnight in Shanghai."""
    return datetime.combine(due_on(edition), time(), SHANGHAI)


def closed(edition: Edition, moment: datetime) -> str:
    """Return why the edition's data cannot be erased at this moment, "" when they can."""
    if edition.erased_at is not None:
        return "该届个人信息已经清除"
    if edition.is_current:
        return "当前届次仍在办理，不能清除；请先把下一届设为当前届次"
    if edition.legal_hold:
        return "该届已暂停清除（诉讼、投诉或检查）；请系统管理员在届次设置中解除后再办理"
    if moment < due_at(edition):
        return f"该届个人信息留存至 {due_on(edition):%Y-%m-%d}，到期后才能清除"
    return ""


def ask(session: Session, actor: Actor, edition: Edition, reason: str) -> Erasure:
    """Ask for an erasing; the caller commits. Raises Forbidden, Refused."""
    if actor.role not in ASKS:
        raise Forbidden("ask for an erasing")
    _may(session, actor, edition)
    made = begin(session, edition, reason, actor.account_id)
    trail.note(session, "erasure.ask", "erasure", made.id, made.ref, reason=made.reason)
    return made


def begin(session: Session, edition: Edition, reason: str, account_id: int | None) -> Erasure:
    """Put an erasing down; raise Refused when it may not be, or there is one."""
    if sentence := closed(edition, now()):
        raise Refused(sentence)
    said = _reason(reason)
    with acting(session, SYSTEM):
        if session.scalar(select(Erasure.id).where(Erasure.edition_id == edition.id, Erasure.state.in_(OPEN))):
            raise Refused("该届已提出清除，请等待确认或先撤回")
        made = Erasure(edition_id=edition.id, reason=said, by_id=account_id)
        try:
            with session.begin_nested():
                session.add(made)
                session.flush()
        except IntegrityError as error:  # somebody asked at the same moment
            raise Refused("该届已提出清除，请等待确认或先撤回") from error
    return made


def _reason(reason: str) -> str:
    try:
        said = normalise(reason, MOST_REASON)
    except Invalid as bad:
        raise Refused(bad.message) from bad
    if len(said) < LEAST_REASON:
        raise Refused(f"请填写清除的理由，{LEAST_REASON} 至 {MOST_REASON} 个字")
    return said


def _may(session: Session, actor: Actor, edition: Edition) -> None:
    """One province does not decide for another: where several share the installation, the command does."""
    with acting(session, SYSTEM):
        others = select(Unit.id).where(Unit.edition_id == edition.id, Unit.province_id != actor.province_id).limit(1)
        if session.scalar(others) is not None:
            raise Refused("该届还有其他省交易团的数据，不能由一个省交易团清除；请由运维人员以 flask erase-edition 办理")


def agree(session: Session, actor: Actor, erasure: Erasure) -> None:
    """Sign as the second person; the caller commits. Raises Forbidden, Refused."""
    if actor.role not in AGREES:
        raise Forbidden("agree to an erasing")
    with acting(session, SYSTEM):
        held = _held(session, erasure)
        edition = session.get_one(Edition, held.edition_id)
        asker = session.get(Account, held.by_id) if held.by_id else None
        if held.state is not ErasureState.asked:
            raise Refused("这项清除已确认、已撤回或已完成，请刷新后查看")
        if asker is None or asker.role not in ASKS or asker.id == actor.account_id:
            raise Refused("提出人已不是省团秘书处的账号，请撤回后重新提出")
        if sentence := closed(edition, now()):
            raise Refused(sentence)
        moment = now()
        held.state, held.agreed_by_id, held.agreed_at = ErasureState.agreed, actor.account_id, moment
        held.due_at = moment + GRACE
    trail.note(session, "erasure.agree", "erasure", erasure.id, erasure.ref)


def withdraw(session: Session, actor: Actor, erasure: Erasure) -> None:
    """Take an erasing back that has not begun; the caller commits. Raises Forbidden, Refused."""
    if actor.role not in (*ASKS, *AGREES):
        raise Forbidden("withdraw an erasing")
    with acting(session, SYSTEM):
        held = _held(session, erasure)
        if held.state not in (ErasureState.asked, ErasureState.agreed):
            raise Refused("清除已经开始或已撤回，不能再撤回")
        held.state, held.ended_at = ErasureState.withdrawn, now()
    trail.note(session, "erasure.withdraw", "erasure", erasure.id, erasure.ref)


def lapse(session: Session, erasure: Erasure, edition: Edition, why: str) -> None:
    """Take an agreed erasing back that may not be begun any more, and tell the two who decided. SYSTEM acts."""
    erasure.state, erasure.ended_at = ErasureState.withdrawn, now()
    trail.note(session, "erasure.withdraw", "erasure", erasure.id, erasure.ref, reason=why)
    tell_deciders(session, erasure, LAPSED.format(edition=edition.name, why=why), "lapsed")


def tell_deciders(session: Session, erasure: Erasure, sentence: str, once: str) -> None:
    """Tell who asked and who agreed, each once. SYSTEM acts."""
    for account_id in {erasure.by_id, erasure.agreed_by_id} - {None}:
        account = session.get(Account, account_id)
        if account is not None:
            notices.tell_account(session, account, sentence, f"{once}:{erasure.id}:{account_id}")


def _held(session: Session, erasure: Erasure) -> Erasure:
    """Return the row as it stands, held against who decides at the same moment."""
    found = select(Erasure).where(Erasure.id == erasure.id).with_for_update()
    return session.scalars(found, execution_options={"populate_existing": True}).one()


def waiting(session: Session, moment: datetime) -> Sequence[int]:
    """Return the erasings to be gone on with: begun ones, and agreed ones whose day is over; none under a hold. SYSTEM acts."""
    begun = Erasure.state == ErasureState.running
    ripe = (Erasure.state == ErasureState.agreed) & (Erasure.due_at <= moment)
    free = Erasure.edition_id.in_(select(Edition.id).where(Edition.legal_hold.is_(False)))
    return session.scalars(select(Erasure.id).where(begun | ripe, free).order_by(Erasure.id)).all()


def tell_of_due(session: Session, moment: datetime) -> None:
    """Tell every secretariat once that an edition's personal data are due. SYSTEM acts."""
    for edition in session.scalars(select(Edition).where(Edition.erased_at.is_(None))).all():
        if closed(edition, moment):
            continue
        for node in session.scalars(select(Delegation).where(Delegation.parent_id.is_(None))).all():
            once = f"keeping:{edition.id}:{node.id}"
            if session.scalar(select(Notice.id).where(Notice.once == once)) is None:
                sentence = f"{edition.name}个人信息的留存期已满，请在“个人信息留存”中提出清除"
                notices.tell_role(session, node, Role.secretariat, sentence, once)
