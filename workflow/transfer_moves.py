"""The table of moves of a transfer request: the other side accepts or declines, the own side takes back (DOMAIN U16)."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from models import Role, TransferRequest, TransferStatus, Unit
from workflow import assigning, leaving, locks, scope
from workflow.guards import has_card, in_role
from workflow.moves import Ask, Context, Guard, Move, Tell, table
from workflow.unit_moves import BEFORE_APPROVAL

S = TransferStatus
ADMINS = (Role.sub_delegation, Role.secretariat)
ANSWER = Ask("answer", "答复", required=False, help="申请方可见")
DECLINE = Ask("answer", "退回理由", min_length=5, help="申请方可见（至少 5 个字）")


def _side(code: str, sentence: str, node: str, province: str) -> Guard:
    delegation, home = getattr(TransferRequest, node), getattr(TransferRequest, province)
    return Guard(
        code, sentence, lambda context: and_(delegation.is_not(None), scope.placed(context.actor, delegation, home))
    )


MINE_TO_ANSWER = _side("not_target", "只有接收方可以答复", "target_id", "target_province_id")
OUTSIDE = TransferRequest.target_id.is_(None)
_TARGET = (TransferRequest.target_id, TransferRequest.target_province_id)


def _mine_to_decline(context: Context) -> ColumnElement[bool]:
    mine = and_(TransferRequest.target_id.is_not(None), scope.placed(context.actor, *_TARGET))
    return or_(mine, OUTSIDE) if in_role(context, Role.secretariat) else mine


MINE_TO_DECLINE = Guard("not_target", "只有接收方可以退回；转出省外的申请由省交易团秘书处退回", _mine_to_decline)
IS_OUTSIDE = Guard("inside", "接收方在本系统内：由对方接收，不需要移交", lambda _: OUTSIDE)
MINE_TO_WITHDRAW = _side("not_source", "只有申请方可以撤回", "delegation_id", "province_id")


def _offered(*rules: Any) -> ColumnElement[bool]:
    """Whether the unit of the request meets the rules."""
    return select(Unit.id).where(Unit.id == TransferRequest.unit_id, *rules).exists()


def _unlocked(context: Context) -> ColumnElement[bool] | None:
    """Neither side has locked its submission; the secretariat may act later (DOMAIN §1.1)."""
    if in_role(context, Role.secretariat):
        return None
    sides = (TransferRequest.delegation_id, TransferRequest.target_id)
    return ~_offered(or_(*(locks.is_locked(side, Unit.edition_id, context.at) for side in sides)))


STILL_POSSIBLE = (
    Guard("locked", "一方分团已锁定提交，如需接收请联系省交易团秘书处", _unlocked),
    Guard("unit_out", "该单位已审核不通过，不能接收", lambda _: _offered(Unit.review_status.in_(BEFORE_APPROVAL))),
    Guard(
        "card_in_production", "该单位有证件待制证或制证中，暂不能接收", lambda _: ~_offered(has_card(Unit, assigning.UNFINISHED)),
    ),
    Guard(
        "card_abroad", assigning.NO_CARD_ABROAD.sentence,
        lambda _: ~_offered(Unit.province_id != TransferRequest.target_province_id, has_card(Unit, assigning.ALIVE)),
    ),
)  # fmt: skip


HAND_OVER = (
    IS_OUTSIDE,
    Guard("unit_out", "该单位已审核不通过或已删除，不能移交", lambda _: _offered(Unit.review_status.in_(BEFORE_APPROVAL))),
    Guard("card_alive", leaving.NO_LIVE_CARD.sentence, lambda _: ~_offered(has_card(Unit, assigning.ALIVE))),
)  # fmt: skip


def _answered(context: Context) -> dict[str, object]:
    return {
        "answer": context.answers.get("answer"),
        "answered_by_id": context.actor.account_id,
        "answered_at": context.at,
    }


def _source(sentence: str) -> tuple[Tell, ...]:
    return (Tell(to=lambda _: TransferRequest.delegation_id, sentence=sentence),)


WITHDRAWN = Tell(to=lambda _: TransferRequest.target_id, sentence="对方撤回了 %(n)s 家单位的指定申请")

TRANSFER = table(
    TransferRequest, "status", "unit_name",
    Move(
        name="accept", label="接收", icon="check", source=(S.requested,), target=S.accepted, who=ADMINS, asks=(ANSWER,),
        guards=(MINE_TO_ANSWER, *STILL_POSSIBLE), sets=_answered, effects=(assigning.carry_out,),
        tells=("单位及其人员、附件、审核记录转入本分团", "省外转入的免费标签改为专业观众并重新确认", "开着的例外窗口关闭"),
        notify=_source("本分团提出的 %(n)s 家单位的指定申请已被接收"),
    ),
    Move(
        name="decline", label="退回申请", icon="x", source=(S.requested,), target=S.declined, who=ADMINS, asks=(DECLINE,),
        guards=(MINE_TO_DECLINE,), sets=_answered, notify=_source("本分团提出的 %(n)s 家单位的指定申请被退回，请查看理由"),
    ),
    Move(
        name="hand_over", label="移交省外", icon="truck-delivery", source=(S.requested,), target=S.handed_over, who=(Role.secretariat,),
        asks=(ANSWER,), guards=HAND_OVER, sets=_answered, effects=(leaving.hand_over,), danger=True, typed=True,
        confirm="移交后单位及其人员在本省只能查看，不能再办理；移交不能撤销。",
        tells=("单位和人员标为“已转出”", "占用的额度释放，统付决定留在原付款方", "随后可生成移交包，交对方省交易团秘书处导入"),
        notify=_source("本分团申请转出省外的 %(n)s 家单位已移交，不再由本省办理"),
    ),
    Move(
        name="withdraw", label="撤回申请", icon="arrow-back", source=(S.requested,), target=S.withdrawn, who=ADMINS,
        guards=(MINE_TO_WITHDRAW,), sets=_answered, notify=(WITHDRAWN,),
    ),
)  # fmt: skip
