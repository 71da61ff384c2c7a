"""The table of moves of a node's submission as a whole: lock, accept, unlock (DOMAIN §1.1, §3)."""

from sqlalchemy import func, select

from models import DelegationEdition, Edition, LockStatus, Role
from workflow import expiring
from workflow.guards import REASON
from workflow.lock_checks import BLOCKERS
from workflow.moves import Context, Guard, Move, Tell, table

S = LockStatus
SECRETARIAT = (Role.secretariat,)


def _left(name: str) -> Guard:
    """Nothing that blocks the lock is left."""
    item = BLOCKERS[name]
    return Guard(f"left_{name}", f"还有{item.label}：{item.mend}", lambda _: ~item.left())


def _node(sentence: str) -> tuple[Tell, ...]:
    return (Tell(to=lambda _: DelegationEdition.delegation_id, sentence=sentence, by=SECRETARIAT),)


def _by_deadline(_: Context) -> dict[str, object]:
    moment = select(Edition.lock_at).where(Edition.id == DelegationEdition.edition_id).scalar_subquery()
    return {"locked_at": func.coalesce(DelegationEdition.locked_at, moment)}


LOCKING = table(
    DelegationEdition, "status", "delegation_id",
    Move(
        name="lock", label="锁定提交", icon="lock", source=(S.open, S.unlocked), target=S.locked, who=(Role.sub_delegation,),
        guards=tuple(_left(name) for name in BLOCKERS), sets=lambda context: {"locked_at": context.at}, typed=True, bulk=False,
        confirm="锁定后，分团和单位不能再修改单位、人员和额度；只有省团可以解锁。",
        tells=("安全审核、缴费、制证和寄递照常进行", "省团接受后，没有提交的人员逾期，占用的额度释放"),
        notify=(Tell(to=lambda _: DelegationEdition.province_id, sentence="%(n)s 个分团已锁定提交，请核对后接受或解锁"),),
    ),
    Move(
        name="accept_lock", label="接受锁定", icon="circle-check", source=(S.locked,), target=S.accepted, who=SECRETARIAT,
        effects=(expiring.settle_nodes,), confirm="接受后，没有提交的人员逾期，占用的额度释放。",
        tells=("待提交、退回修改的人员转为“逾期未提交”，占用的额度释放", "单位没有登记的预设额度退回分团"),
        notify=_node("省团已接受本分团的锁定提交（%(n)s 个），没有提交的人员已逾期"),
    ),
    Move(
        name="unlock", label="解锁", icon="lock-open", source=(S.locked, S.accepted, S.closed), target=S.unlocked, who=SECRETARIAT,
        asks=(REASON,), sets=lambda _: {"locked_at": None}, help="分团可以重新修改，改好后须再次锁定提交",
        tells=("已逾期的人员和已退回的预设额度不自动恢复",),
        notify=_node("省团已解锁本分团的提交（%(n)s 个），请修改后再次锁定提交"),
    ),
    Move(
        name="close", label="到期锁定", source=expiring.WAITED_FOR, target=S.closed, who=(), hidden=True, sets=_by_deadline,
        effects=(expiring.settle_nodes,),
        notify=(Tell(to=lambda _: DelegationEdition.delegation_id, sentence="本届锁定时间已到，系统已锁定本分团的提交（%(n)s 个）"),),
    ),
)  # fmt: skip
