"""The table of moves of a person (DOMAIN §1.2). Review, payment and label move separately; the engine alone writes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, case, exists, or_, select
from sqlalchemy.orm import aliased

from models import (
    AttachmentKind,
    CertMode,
    Edition,
    GetMethod,
    GroupPayDecision,
    IdType,
    Label,
    Person,
    PersonStatus,
    ReviewStep,
    Role,
    SecurityStatus,
    Unit,
    UnitStatus,
)
from models.columns import attribute
from models.person import LIVE
from models.unit import OUT
from workflow import certificates, group_pay, ledger, locks, reissue, releasing, security
from workflow.guards import (
    IN_PRODUCTION,
    OPINION,
    REASON,
    card_made,
    complete,
    has_attachment,
    no_card,
    open_until,
    unlocked,
)
from workflow.label_quota import (
    LABEL,
    UPGRADE,
    label_budget,
    not_same,
    provincial_after_card,
    upward,
    upwards_only_by_setting,
)
from workflow.money_moves import MONEY_MOVES
from workflow.moves import Context, Guard, Move, Sets, Tell, table
from workflow.window_moves import opening

S = PersonStatus
ADMINS = (Role.sub_delegation, Role.secretariat)
POLICE = (Role.security, Role.secretariat)
LOCK = unlocked(Person)
OPEN = open_until(Person, Edition.person_closes_at, "人员提交已截止，如需办理请联系省交易团秘书处")
CONSENT = Guard("no_consent", "本人尚未同意个人信息告知书，不能提交", lambda _: Person.consent_at.is_not(None))
READY = (
    LOCK, OPEN, *complete(Person, {"mailed": Person.get_method == GetMethod.MAIL, "overseas": Person.id_type == IdType.PASSPORT}),
    has_attachment(AttachmentKind.PHOTO, of_person=True), CONSENT,
)  # fmt: skip
UNIT_APPROVED = exists(select(Unit.id).where(Unit.id == Person.unit_id, Unit.review_status == UnitStatus.approved))
_other: Any = aliased(Person)
IDENTITY_FREE = Guard(
    "identity_taken", "该证件号码已由其他单位重新登记（一人一证）",
    lambda _: ~exists(select(_other.id).where(
        _other.edition_id == Person.edition_id, _other.id_no_index == attribute(Person, "id_no_index"), _other.id != Person.id,
        _other.review_status.in_(LIVE),
    )),
)  # fmt: skip


UNIT_STANDS = Guard(
    "unit_out", "所属单位审核不通过，不能恢复",
    lambda _: ~exists(select(Unit.id).where(Unit.id == Person.unit_id, Unit.review_status.in_(OUT))),
)  # fmt: skip
SENT = Guard(
    "not_sent", "尚未移交安全审核，或移交后身份信息已变更；请先由省团秘书处移交", lambda _: Person.security_status == SecurityStatus.sent
)  # fmt: skip
NOT_SENT = Guard("sent", "已在送审批次中，正在等待结果", lambda _: Person.security_status != SecurityStatus.sent)
NO_MORE_SENT = {
    "security_status": case((Person.security_status == SecurityStatus.sent, SecurityStatus.none), else_=Person.security_status)
}  # fmt: skip
RETURNED = "省团已将本分团 %(n)s 名人员退回修改，请督促按审核意见修改"


def _queue(_: Context) -> ColumnElement[Any]:
    """Where a submitted person waits: for the unit, for the payment decision, or, where it is made, for the police."""
    undecided = Person.group_pay_decision == GroupPayDecision.undecided
    return case((undecided & UNIT_APPROVED, S.pending_confirm), (undecided, S.submitted), else_=S.pending_review)


def _queue_back(_: Context) -> ColumnElement[Any]:
    """As ``_queue`` where the unit is back with its persons and waits for its review."""
    kept = card_made() & (Person.group_pay_decision != GroupPayDecision.undecided)
    return case((kept, S.pending_review), else_=S.submitted)


def _label(context: Context) -> dict[str, object]:
    wanted = context.answers.get("label")
    if wanted is None:
        return {}
    had_card = or_(card_made(), Person.cert_mode == CertMode.reuse)
    return {
        "label": Label[wanted], "payment_status": group_pay.payment_when_upgraded(),
        "cert_mode": case((had_card, CertMode.upgrade), else_=Person.cert_mode),
    }  # fmt: skip


def _plain_label(context: Context) -> dict[str, object]:
    wanted = context.answers.get("label")
    return {"label": Label[wanted]} if wanted else {}


def _replace_card(context: Context) -> None:
    certificates.void_live(context, "升级标签，原证件失效")
    certificates.queue(context)


def _left(state: Mapping[str, object]) -> Sets:
    return lambda _: {
        **NO_MORE_SENT, **state, "payment_status": group_pay.payment_when_leaving(), "reissue_status": reissue.when_leaving(),
    }  # fmt: skip


PERSON = table(
    Person, "review_status", "name",
    Move(
        name="submit", label="提交", icon="send", source=(S.draft,), target=_queue, who=(Role.unit, *ADMINS),
        guards=READY, sets=lambda context: {"submitted_at": context.at, "round": Person.round + 1},
        help="单位已通过审核的进入“待确认”，否则等待单位审核",
    ),
    Move(
        name="resubmit", label="重新提交", icon="send", source=(S.returned,), target=_queue, who=(Role.unit, *ADMINS),
        guards=READY,
        sets=lambda context: {
            "submitted_at": context.at, "round": Person.round + 1, "security_status": SecurityStatus.none, "opinion": None,
        },
        effects=(security.outdated,),
    ),
    Move(
        name="confirm_group_pay", label="确认代付", icon="cash", key="A", source=(S.pending_confirm,), target=S.pending_review,
        who=ADMINS, guards=(LOCK, group_pay.FEE_KNOWN, group_pay.SWITCHED_ON), budget=group_pay.cap_budget,
        sets=group_pay.confirmed, effects=(ledger.write_commits,),
        confirm="“确认代付”后不可更改：费用计入本分团统付额度，人员进入人员信息审核。",
        tells=("费用按当前标准计入统付台账", "人员进入“待审核”，由公安部门审核"),
    ),
    Move(
        name="cancel_group_pay", label="取消代付", icon="cash-off", key="C", source=(S.pending_confirm,), target=S.pending_review,
        who=ADMINS, guards=(LOCK, group_pay.FEE_KNOWN), sets=group_pay.cancelled,
        confirm="“取消代付”后不可更改：证件费由本人支付，人员进入人员信息审核。",
        tells=("需缴费的人员转为“待支付”，VIP、工作人员免缴",),
    ),
    Move(
        name="change_label", label="调整标签", icon="tag", key="L", source=(S.pending_confirm,), target=None, who=ADMINS, shows="label",
        asks=(LABEL,), guards=(LOCK, not_same("标签没有变化")), budget=label_budget, sets=_plain_label,
        effects=(releasing.former_labels,), help="确认代付之前可升可降；升级占用本单位额度",
    ),
    Move(
        name="return_for_edit", label="退回修改", icon="arrow-back-up", key="R", source=(S.pending_confirm, S.pending_review),
        target=S.returned, who=ADMINS, asks=(OPINION,), guards=(LOCK,), step=ReviewStep.person_review, revocable=True,
        sets=lambda context: {"opinion": context.answers.get("opinion")}, tells=("额度和统付决定保留",),
        notify=(Tell(to=lambda _: Person.delegation_id, by=(Role.secretariat,), sentence=RETURNED),),
    ),
    Move(
        name="upgrade_label", label="升级标签", icon="arrow-up", source=(S.pending_confirm, S.pending_review, S.approved),
        target=None, who=ADMINS, shows="label", asks=UPGRADE,
        guards=(LOCK, upwards_only_by_setting, provincial_after_card, upward), budget=label_budget, sets=_label,
        effects=(releasing.former_labels, ledger.release, releasing.refund_upgraded, _replace_card),
        confirm="升级后将制发新证件，原证件失效。", tells=("占用本单位目标标签额度（或从分团余额划拨）", "原证件失效，新证件进入待制证"),
    ),
    Move(
        name="hand_over_to_security", label="移交安全审核", icon="send", source=(S.pending_review,), target=None,
        who=(Role.secretariat,), shows="security_status", guards=(NOT_SENT,), sets=lambda _: {"security_status": SecurityStatus.sent},
        effects=(security.hand_over,), help="列入一个新的送审批次，身份信息就此固定",
        tells=("生成一个送审批次，随后在“送审批次”中生成加密名单", "此前移交后退出的人员一并列为撤回"),
    ),
    Move(
        name="security_pass", label="安全审核通过", icon="shield-check", key="A", source=(S.pending_review,), target=S.approved,
        who=POLICE, guards=(SENT,), step=ReviewStep.security_check,
        sets=lambda _: {"security_status": SecurityStatus.passed, "opinion": None},
        effects=(security.answered(SecurityStatus.passed), certificates.queue), tells=("已缴清的人员进入待制证",),
    ),
    Move(
        name="security_data_wrong", label="信息不符", icon="shield-question", key="W", source=(S.pending_review,), target=S.returned,
        who=POLICE, guards=(SENT,), step=ReviewStep.security_check, effects=(security.answered(SecurityStatus.data_wrong),),
        sets=lambda _: {
            "security_status": SecurityStatus.data_wrong, "opinion": "证件信息核对不一致，请核对姓名、证件号码和照片后重新提交",
        },
    ),
    Move(
        name="security_not_pass", label="安全审核不通过", icon="shield-x", key="X", source=(S.pending_review,), target=S.rejected,
        who=POLICE, guards=(SENT,), step=ReviewStep.security_check, danger=True,
        sets=_left({"security_status": SecurityStatus.not_passed, "opinion": "未通过人员信息审核"}),
        effects=(security.answered(SecurityStatus.not_passed), releasing.leave),
        confirm="人员将不能参加本届进博会，额度与代付金额释放。",
    ),
    Move(
        name="delete", label="删除", icon="trash", source=(*LIVE, S.rejected, S.expired), target=S.deleted, who=ADMINS,
        asks=(REASON,), guards=(LOCK, no_card(Person, IN_PRODUCTION, "card_in_production", "证件正在制作或寄递，不能删除")),
        sets=_left({}), effects=(releasing.leave_if_live, releasing.purge_persons), danger=True, typed=True,
        confirm="删除后人员信息和照片无法恢复。", tells=("额度与未制证的代付金额释放", "现有证件失效"),
    ),
    Move(
        name="reopen_expired", label="恢复填写", icon="restore", source=(S.expired,), target=S.draft, who=(Role.unit, *ADMINS),
        guards=(LOCK, IDENTITY_FREE, UNIT_STANDS), sets=lambda _: group_pay.when_back(), effects=(releasing.take_back_quota,),
        help="恢复为待提交，补充后重新提交", tells=("免费标签按单位剩余额度重新占用，不足的改为专业观众",),
    ),
    opening(Person, (*LIVE, S.expired), "省团为本分团的 %(n)s 名人员开启了例外窗口，请在截止前修改和提交"),
    Move(
        name="expire", label="逾期未提交", source=locks.UNSUBMITTED, target=S.expired, who=(), hidden=True, sets=_left({}),
        effects=(releasing.leave,),
        notify=(Tell(to=lambda _: Person.delegation_id, sentence="本分团 %(n)s 名人员逾期未提交，占用的额度已释放"),),
    ),
    Move(name="unit_approved", label="单位审核通过", source=(S.submitted,), target=S.pending_confirm, who=(), hidden=True),
    Move(name="unit_unapproved", label="单位撤销通过", source=(S.pending_confirm,), target=S.submitted, who=(), hidden=True),
    Move(
        name="rejected_with_unit", label="随单位审核不通过", source=LIVE, target=S.rejected, who=(), hidden=True, sets=_left({}),
        effects=(releasing.leave,),
    ),
    Move(
        name="deleted_with_unit", label="随单位删除", source=(*LIVE, S.rejected, S.expired), target=S.deleted, who=(),
        hidden=True, sets=_left({}), effects=(releasing.leave_if_live, releasing.purge_persons),
    ),
    Move(
        name="reopened_with_unit", label="随单位恢复", source=(S.rejected,), target=_queue_back, who=(), hidden=True,
        guards=(IDENTITY_FREE, Guard("police", "未通过安全审核的人员不随单位恢复", lambda _: Person.security_status != SecurityStatus.not_passed)),
        sets=lambda _: {**group_pay.when_back(), "reissue_status": reissue.when_back()}, effects=(releasing.take_back_quota,),
    ),
    Move(
        name="identity_changed", label="身份信息变更", source=(S.approved,), target=S.pending_review, who=(), hidden=True,
        sets=lambda _: {"security_status": SecurityStatus.none},
        effects=(lambda context: certificates.void_live(context, "身份信息变更"),),
    ),
    Move(
        name="label_lost", label="转出后标签改为专业观众", source=(S.draft, S.submitted, S.returned, S.pending_confirm), target=None,
        who=(), hidden=True, shows="label", sets=lambda _: {"label": Label.PROFESSIONAL, **group_pay.UNDECIDED},
    ),
    Move(
        name="label_lost_decided", label="转出后须重新确认", source=(S.pending_review, S.approved), target=S.pending_confirm,
        who=(), hidden=True, sets=lambda _: {"label": Label.PROFESSIONAL, **group_pay.UNDECIDED},
    ),
    Move(
        name="left_with_unit", label="随单位转出省外", source=LIVE, target=S.transferred_out, who=(), hidden=True,
        sets=lambda _: {**NO_MORE_SENT, "reissue_status": reissue.when_moved_away()}, effects=(security.left,),
    ),
    Move(
        name="arrived_with_unit", label="随单位省外转入", source=(S.draft,), target=S.pending_confirm, who=(), hidden=True,
        sets=lambda context: {"submitted_at": context.at, "round": Person.round + 1},
    ),
    Move(
        name="changed_after_hand_over", label="移交后身份信息变更", source=(S.pending_review, S.returned), target=None, who=(),
        hidden=True, shows="security_status", sets=lambda _: {"security_status": SecurityStatus.none}, effects=(security.outdated,),
    ),
    Move(
        name="taken_back_from_security", label="不再送审", source=(S.pending_review, S.returned), target=None, who=(),
        hidden=True, shows="security_status", sets=lambda _: {"security_status": SecurityStatus.none}, effects=(security.left,),
    ),
    Move(
        name="reuse_lost", label="证件复用转为重新申办", source=LIVE, target=None, who=(), hidden=True, shows="cert_mode",
        sets=lambda _: {"cert_mode": CertMode.reapply, "group_pay_fee": group_pay.fee_when_reapplied()},
        effects=(ledger.adjust,),
    ),
    *MONEY_MOVES,
)  # fmt: skip
