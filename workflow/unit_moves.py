"""The table of moves of a unit (DOMAIN §1.1)."""

from collections.abc import Callable

from sqlalchemy import and_, exists, select

from models import (
    AttachmentKind,
    Category,
    Certificate,
    Edition,
    Intention,
    Origin,
    Person,
    PersonStatus,
    ReviewStep,
    Role,
    Unit,
    UnitStatus,
)
from models.person import LIVE
from workflow import assigning, correcting, leaving, recognition, releasing
from workflow.engine.confirming import cascade
from workflow.guards import (
    IN_PRODUCTION,
    OPINION,
    REASON,
    complete,
    has_attachment,
    in_role,
    no_card,
    open_until,
    unlocked,
    was_made,
)
from workflow.moves import Context, Guard, Move, Tell, table
from workflow.window_moves import end_with_place, opening

S = UnitStatus
ADMINS = (Role.sub_delegation, Role.secretariat)
SECRETARIAT = (Role.secretariat,)
LOCK, STAYS = unlocked(Unit), unlocked(Unit, windows=False)
READY = (
    LOCK, open_until(Unit, Edition.unit_closes_at, "单位报名已截止，如需办理请联系省交易团秘书处"),
    *complete(Unit, {"domestic": Unit.origin == Origin.DOMESTIC, "overseas": Unit.origin == Origin.OVERSEAS,
                     "enterprise": Unit.category == Category.ENTERPRISE}),
    has_attachment(AttachmentKind.LICENCE, of_person=False),
    Guard("no_intention", "至少填写一条采购意向", lambda _: exists(select(Intention.id).where(Intention.unit_id == Unit.id))),
)  # fmt: skip


def _not_by(column: object, code: str, sentence: str) -> Guard:
    return Guard(code, sentence, lambda context: column.is_distinct_from(context.actor.account_id))  # type: ignore[attr-defined]  # a mapped column


NOT_SUBMITTER = _not_by(Unit.submitted_by_id, "own_submission", "代为提交的人不能初审，请由本分团其他账号办理")
FOUR_EYES = _not_by(Unit.first_by_id, "own_first_review", "初审人不能复审，请由其他人员办理")
OWN_DIRECT = Guard(
    "not_direct", "非本级直属单位：由其所在分团办理", lambda context: Unit.delegation_id == context.actor.delegation_id
)  # fmt: skip
OWN_OR_SECRETARIAT = Guard(
    "not_direct", OWN_DIRECT.sentence, lambda context: None if in_role(context, Role.secretariat) else OWN_DIRECT.holds(context)
)  # fmt: skip
FIRST_STEP = Guard(
    "second_step", "已提报省团复审，只能由省交易团秘书处办理",
    lambda context: None if in_role(context, Role.secretariat) else Unit.review_status == S.pending_first,
)  # fmt: skip
DIRECT_FOR_SECRETARIAT = Guard(
    "not_direct", OWN_DIRECT.sentence, lambda context: OWN_DIRECT.holds(context) if in_role(context, Role.secretariat) else None
)  # fmt: skip
BY_SETTING = Guard(
    "by_secretariat", "本届“审核不通过”由省交易团秘书处决定，请先退回修改或联系省团",
    lambda context: None if in_role(context, Role.secretariat) else ~exists(
        select(Edition.id).where(Edition.id == Unit.edition_id, Edition.reject_needs_secretariat)
    ),
)  # fmt: skip

NOTHING_MADE = Guard(  # void and lost cards count: what was due for them stays spent
    "card_beyond_queue", "已有证件制作或发放，不能撤销通过",
    lambda _: ~exists(select(Certificate.id).where(Certificate.unit_id == Unit.id, was_made())),
)  # fmt: skip


def _recognise(context: Context) -> None:
    """Units whose licence was recognised pass at once, the others go to first review (U5, U6); what is unread is asked for."""
    waiting = and_(Unit.id.in_(context.rows), Unit.review_status == S.auto_check)
    cascade(context, "unit", "recognised", and_(waiting, recognition.passes_directly()))
    cascade(context, "unit", "not_recognised", waiting)
    recognition.ask_for_unread(context.session, context.actor, context.rows)


def _persons(move: str, *states: PersonStatus) -> Callable[[Context], None]:
    """Take the unit's persons in these states along by a system move."""

    def effect(context: Context) -> None:
        cascade(context, "person", move, and_(Person.unit_id.in_(context.rows), Person.review_status.in_(states)),
                {"reason": context.said_to()})  # fmt: skip

    return effect


def _opinion(context: Context) -> dict[str, object]:
    return {"opinion": context.answers.get("opinion")}


def _submitted(context: Context) -> dict[str, object]:
    return {
        "submitted_by_id": context.actor.account_id, "submitted_at": context.at, "round": Unit.round + 1, "opinion": None,
        "edited_by_admin": False, "recognised": recognition.outcome(),
    }  # fmt: skip


def _told(sentence: str) -> tuple[Tell, ...]:
    """Tell the unit's node what the secretariat did to it."""
    return (Tell(to=lambda _: Unit.delegation_id, sentence=sentence, by=SECRETARIAT),)


GONE_TOO = (*LIVE, PersonStatus.rejected, PersonStatus.expired)
BEFORE_APPROVAL = (S.draft, S.auto_check, S.pending_first, S.pending_second, S.returned, S.approved)
REGISTERED_IN = (S.draft, S.pending_first, S.pending_second, S.returned, S.approved)
REGISTERED = (*REGISTERED_IN, S.rejected)

UNIT = table(
    Unit, "review_status", "name",
    Move(
        name="submit", label="确认提交", icon="send", source=(S.draft,), target=S.auto_check, who=(Role.unit, *ADMINS),
        guards=READY, sets=_submitted, effects=(_recognise,), help="代单位提交；提交后单位原始信息不可修改",
    ),
    Move(
        name="resubmit", label="重新提交", icon="send", source=(S.returned,), target=S.pending_first, who=(Role.unit, *ADMINS),
        guards=READY, sets=_submitted,
    ),
    Move(
        name="pass_first_review", label="初审通过并提报", icon="check", key="A", source=(S.pending_first,), target=S.pending_second,
        who=ADMINS, guards=(LOCK, DIRECT_FOR_SECRETARIAT, NOT_SUBMITTER), step=ReviewStep.first_review, revocable=True,
        sets=lambda context: {"first_by_id": context.actor.account_id, "first_at": context.at},
        help="提报省交易团秘书处复审",
    ),
    Move(
        name="pass_second_review", label="复审通过", icon="checks", key="A", source=(S.pending_second,), target=S.approved,
        who=SECRETARIAT, guards=(FOUR_EYES,), step=ReviewStep.second_review,
        sets=lambda context: {"second_by_id": context.actor.account_id, "second_at": context.at, "opinion": None},
        effects=(_persons("unit_approved", PersonStatus.submitted),), tells=("已提交的人员进入“待确认”",),
    ),
    Move(
        name="return_for_edit", label="退回修改", icon="arrow-back-up", key="R", source=(S.pending_first, S.pending_second),
        target=S.returned, who=ADMINS, asks=(OPINION,), guards=(LOCK, FIRST_STEP), step=ReviewStep.first_review,
        sets=_opinion, revocable=True, tells=("审核意见显示在单位的登录页面内",),
        notify=_told("省团已将本分团 %(n)s 家单位退回修改，请督促单位按审核意见修改"),
    ),
    Move(
        name="back_to_first_review", label="退回初审", icon="arrow-back", key="B", source=(S.pending_second,), target=S.pending_first,
        who=SECRETARIAT, asks=(OPINION,), step=ReviewStep.second_review, sets=_opinion, revocable=True,
        help="单位无需修改，由分团重新初审", notify=_told("省团已将本分团 %(n)s 家单位退回初审，请重新初审"),
    ),
    Move(
        name="assign", label="指定给其他分团", icon="arrows-exchange", source=BEFORE_APPROVAL, target=None, who=ADMINS,
        asks=(assigning.TARGET, assigning.WHY), shows="delegation_id", sets=assigning.place,
        guards=(STAYS, assigning.NO_QUEUED_CARD, assigning.NO_REQUEST, assigning.OTHER_NODE, assigning.TAKES_PART,
                assigning.TARGET_OPEN, assigning.SAME_PROVINCE, assigning.AT_ONCE),
        effects=(assigning.share_travels, assigning.reuse_ends, end_with_place),
        tells=("人员、采购意向、附件和审核记录一并转移", "已占用额度随单位划转，未用额度退回原分团", "证件复用的人员转为重新申办",
               "开着的例外窗口关闭", "原分团立即失去查看权限"),
        notify=(assigning.ARRIVED, assigning.TAKEN),
    ),
    Move(
        name="request_transfer", label="申请指定", icon="mail-forward", source=BEFORE_APPROVAL, target=None, who=ADMINS,
        asks=(assigning.TARGET, assigning.WHY), shows="delegation_id",
        guards=(STAYS, assigning.NO_QUEUED_CARD, assigning.NO_REQUEST, assigning.OTHER_NODE, assigning.TAKES_PART,
                assigning.TARGET_OPEN, assigning.NO_CARD_ABROAD),
        effects=(assigning.ask_other_side,), help="对方接收后单位才转移；省外须用此操作",
        tells=("对方接收前单位仍归本分团",), notify=(assigning.OFFERED,),
    ),
    Move(
        name="request_leaving", label="申请转出省外", icon="truck-delivery", source=REGISTERED_IN, target=None, who=ADMINS,
        asks=(leaving.OUTSIDE_NAME, leaving.OUTSIDE_CODE, assigning.WHY), shows="delegation_id",
        guards=(LOCK, leaving.NO_LIVE_CARD, assigning.NO_REQUEST), effects=(leaving.ask_secretariat,),
        help="接收方不在本系统内时使用；由省交易团秘书处核对后移交", tells=("移交前单位仍归本分团",), notify=(leaving.ASKED,), bulk=False,
    ),
    Move(
        name="reject", label="审核不通过", icon="ban", key="X", source=(S.pending_first, S.pending_second), target=S.rejected, who=ADMINS,
        asks=(OPINION,), guards=(LOCK, FIRST_STEP, BY_SETTING), step=ReviewStep.first_review, sets=_opinion,
        effects=(_persons("rejected_with_unit", *LIVE),), danger=True, typed=True,
        confirm="执行后报名单位可能失去报名资格，其全部人员同时审核不通过。", tells=("额度与代付金额释放", "本届内该代码不能再登记"),
        notify=_told("省团已将本分团 %(n)s 家单位审核不通过，其人员同时不通过"),
    ),
    Move(
        name="reopen", label="恢复资格", icon="restore", source=(S.rejected,), target=S.pending_second, who=SECRETARIAT,
        asks=(REASON,), step=ReviewStep.second_review, effects=(_persons("reopened_with_unit", PersonStatus.rejected),),
        tells=("人员恢复为已提交，免费标签按剩余额度重新占用，不足的改为专业观众",),
        notify=_told("省团已恢复本分团 %(n)s 家单位的报名资格，请核对其人员和额度"),
    ),
    Move(
        name="withdraw_approval", label="撤销通过", icon="arrow-back", source=(S.approved,), target=S.pending_second,
        who=SECRETARIAT, asks=(REASON,), step=ReviewStep.second_review,
        guards=(NOTHING_MADE,),
        effects=(_persons("unit_unapproved", PersonStatus.pending_confirm),),
        notify=_told("省团已撤销本分团 %(n)s 家单位的审核通过"),
    ),
    Move(
        name="delete", label="删除", icon="trash", source=(*BEFORE_APPROVAL, S.rejected, S.released), target=S.deleted, who=ADMINS,
        asks=(REASON,), guards=(LOCK, OWN_OR_SECRETARIAT, assigning.NO_REQUEST,
                                no_card(Unit, IN_PRODUCTION, "card_in_production", "有证件正在制作或寄递，不能删除")),
        danger=True, typed=True,
        effects=(releasing.hold_quota, releasing.bury_units, _persons("deleted_with_unit", *GONE_TOO), releasing.purge_units),
        confirm="删除后的单位及人员系统无法恢复，请谨慎操作。", tells=("全部人员、照片、证照一并清除", "统一社会信用代码可重新登记"),
    ),
    Move(
        name="correct_code", label="更正统一社会信用代码", icon="replace", source=REGISTERED, target=None, who=SECRETARIAT,
        asks=(correcting.CODE, REASON), shows="uscc", bulk=False, typed=True, guards=correcting.CORRECTION,
        sets=correcting.corrected, effects=(correcting.quota_follows, correcting.login_follows),
        confirm="更正后单位改用新代码登录，原代码可由其他单位登记；不能撤销，只能再次更正。",
        tells=("请先对照证照核对新代码：证照识别结果作废，单位标为“管理员修改”", "已分配和已占用的额度随单位；原代码的预设额度留给原代码",
               "新代码在本分团的预设额度生效", "审核意见中告知单位"),
        notify=_told("省团已更正本分团 %(n)s 家单位的统一社会信用代码，请告知单位改用新代码登录"),
    ),
    Move(
        name="ask_to_correct_code", label="申请更正代码", icon="mail", source=REGISTERED, target=None, who=(Role.sub_delegation,),
        asks=(correcting.CODE, REASON), shows="uscc", bulk=False, guards=correcting.CORRECTION,
        effects=(correcting.tell_secretariat,), help="由省交易团秘书处核对后更正",
    ),
    Move(
        name="release_code", label="释放统一社会信用代码", icon="lock-open", source=(S.draft, S.returned, S.rejected), target=S.released,
        who=SECRETARIAT, asks=(REASON,), bulk=False, typed=True, danger=True, sets=correcting.released,
        guards=(correcting.HAS_CODE, assigning.NO_REQUEST,
                no_card(Unit, assigning.ALIVE, "card_alive", "有人员持有或正在办理证件，不能释放代码")),
        effects=(correcting.free_code,), confirm="释放后本次登记作废，不能恢复；代码可由真正的单位重新登记。",
        tells=("全部人员审核不通过，额度与代付金额释放", "原代码的预设额度留给原代码，其余额度退回分团", "留下删除记录，审核意见中告知单位"),
        notify=_told("省团已释放本分团 %(n)s 家单位误填的统一社会信用代码，其登记作废"),
    ),
    opening(Unit, BEFORE_APPROVAL, "省团为本分团的 %(n)s 家单位开启了例外窗口，请在截止前修改和提交"),
    Move(name="recognised", label="系统识别通过", source=(S.auto_check,), target=S.approved, who=(), hidden=True,
         effects=(_persons("unit_approved", PersonStatus.submitted),)),
    Move(name="not_recognised", label="转人工初审", source=(S.auto_check,), target=S.pending_first, who=(), hidden=True),
    Move(
        name="assigned", label="接收（省内）", source=BEFORE_APPROVAL, target=None, who=(), hidden=True, shows="delegation_id",
        sets=assigning.place, effects=(assigning.share_travels, assigning.reuse_ends, end_with_place),
    ),
    Move(
        name="transferred", label="接收（省外）", source=BEFORE_APPROVAL, target=S.pending_first, who=(), hidden=True,
        shows="delegation_id", sets=assigning.place, effects=(assigning.labels_fall, assigning.reuse_ends, end_with_place),
    ),
    Move(
        name="left", label="转出省外", source=BEFORE_APPROVAL, target=S.transferred_out, who=(), hidden=True, sets=leaving.gone,
        effects=(leaving.close_behind, end_with_place),
    ),
    Move(
        name="arrived", label="省外转入", source=(S.draft,), target=S.pending_first, who=(), hidden=True,
        sets=lambda context: {"submitted_at": context.at, "round": Unit.round + 1},
    ),
)  # fmt: skip
