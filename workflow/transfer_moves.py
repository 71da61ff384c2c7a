"""The table of moves of a transfer request: the other side accepts or declines, the own side takes back (DOMAIN U16)."""

from sqlalchemy import select

from models import Role, TransferRequest, TransferStatus, Unit
from workflow import assigning, scope
from workflow.guards import has_card
from workflow.moves import Ask, Context, Guard, Move, table

S = TransferStatus
ADMINS = (Role.sub_delegation, Role.secretariat)
ANSWER = Ask("answer", "答复", required=False, help="申请方可见")
DECLINE = Ask("answer", "退回理由", min_length=5, help="申请方可见（至少 5 个字）")


def _side(code: str, sentence: str, node: str, province: str) -> Guard:
    delegation, home = getattr(TransferRequest, node), getattr(TransferRequest, province)
    return Guard(code, sentence, lambda context: scope.placed(context.actor, delegation, home))


MINE_TO_ANSWER = _side("not_target", "只有接收方可以答复", "target_id", "target_province_id")
MINE_TO_WITHDRAW = _side("not_source", "只有申请方可以撤回", "delegation_id", "province_id")
STILL_POSSIBLE = Guard(
    "card_in_production", "该单位有证件待制证或制证中，暂不能接收",
    lambda _: ~select(Unit.id).where(Unit.id == TransferRequest.unit_id, has_card(Unit, assigning.UNFINISHED)).exists(),
)  # fmt: skip


def _answered(context: Context) -> dict[str, object]:
    return {
        "answer": context.answers.get("answer"),
        "answered_by_id": context.actor.account_id,
        "answered_at": context.at,
    }


TRANSFER = table(
    TransferRequest, "status", "unit_name",
    Move(
        name="accept", label="接收", icon="check", source=(S.requested,), target=S.accepted, who=ADMINS, asks=(ANSWER,),
        guards=(MINE_TO_ANSWER, STILL_POSSIBLE), sets=_answered, effects=(assigning.carry_out,),
        tells=("单位及其人员、附件、审核记录转入本分团", "省外转入的免费标签改为专业观众并重新确认"),
    ),
    Move(
        name="decline", label="退回申请", icon="x", source=(S.requested,), target=S.declined, who=ADMINS, asks=(DECLINE,),
        guards=(MINE_TO_ANSWER,), sets=_answered,
    ),
    Move(
        name="withdraw", label="撤回申请", icon="arrow-back", source=(S.requested,), target=S.withdrawn, who=ADMINS,
        guards=(MINE_TO_WITHDRAW,), sets=_answered,
    ),
)  # fmt: skip
