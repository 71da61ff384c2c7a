"""The table of moves of a hand-over batch: picked up, complete, recalled (DOMAIN §1.2 P9)."""

from typing import Any

from sqlalchemy import ColumnElement, case

from models import Role, SecurityBatch, SecurityBatchStatus
from workflow import security
from workflow.guards import REASON
from workflow.moves import Ask, Context, Move, Tell, table

S = SecurityBatchStatus
SECRETARIAT = (Role.secretariat,)
RECALLED = "省团收回了 %(n)s 个送审批次，尚无结果的人员请停止审核"
TAKER = Ask("taken_by", "取件人", min_length=2, max_length=100, help="单位、姓名和证件号后四位，如 市公安局 张三 1234")


def _after_pickup(_: Context) -> ColumnElement[Any]:
    return case((SecurityBatch.waiting == 0, S.closed), else_=S.taken)


def _taken(context: Context) -> dict[str, object]:
    by = {"taken_at": context.at, "registered_by_id": context.actor.account_id}
    return {"taken_by": context.answers.get("taken_by"), **by}


SECURITY_BATCH = table(
    SecurityBatch, "status", "number",
    Move(
        name="register_pickup", label="登记取件", icon="user-check", source=(S.ready,), target=_after_pickup, who=SECRETARIAT,
        asks=(TAKER,), sets=_taken, bulk=False, help="记下谁在什么时候取走了名单",
    ),
    Move(
        name="recall_batch", label="收回批次", icon="arrow-back-up", source=(S.ready, S.taken), target=S.recalled, who=SECRETARIAT,
        asks=(REASON,), effects=(security.recall,), danger=True, confirm="整批作废，不能恢复；请同时通知公安部门。",
        tells=("没有结果的人员回到“未送审”，可以重新移交", "已登记的结果保留"),
        notify=(Tell(to=lambda _: SecurityBatch.delegation_id, role=Role.security, sentence=RECALLED),),
    ),
    Move(name="all_answered", label="结果到齐", source=(S.ready, S.taken), target=S.closed, who=(), hidden=True),
)  # fmt: skip
