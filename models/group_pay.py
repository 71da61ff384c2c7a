"""The append-only group-pay ledger (统付台账); its sum per payer is the payer's committed amount."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Placed
from models.kinds import Moment, Money, enum_type, now, says
from models.words import Labelled


class GroupPayKind(Labelled):
    """Why a ledger line was written."""

    COMMIT = "COMMIT", "确认", "success", "确认代付，占用统付额度"
    RELEASE = "RELEASE", "释放", "warning", "人员退出或改用免费额度，退回统付额度"
    ADJUST = "ADJUST", "调整", "info", "更正原来的决定，或办理方式改变后的差额"


class GroupPayEntry(Placed, Base):
    """One ledger line; it hangs on the payer's node and stays there when the unit moves. ``amount`` in 分, signed."""

    __tablename__ = "group_pay_entry"
    __label__ = "统付台账"
    __purpose__ = "逐笔查看代付的确认、释放和调整；只增不改，合计等于已确认代付金额。"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'COMMIT' AND amount >= 0) OR (kind = 'RELEASE' AND amount <= 0) OR kind = 'ADJUST'", name="sign"
        ),
        Index(None, "edition_id", "delegation_id"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), index=True, info=says("人员", listed=True, machine=True)
    )
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), info=says("单位", listed=True, machine=True))
    kind: Mapped[GroupPayKind] = mapped_column(
        enum_type(GroupPayKind, "kind"),
        info=says("类型", means="这一笔为什么记入", machine=True, listed=True, filtered=True),
    )
    amount: Mapped[Money] = mapped_column(
        info=says("金额（元）", means="确认为正，释放为负", machine=True, listed=True)
    )
    at: Mapped[Moment] = mapped_column(default=now, info=says("时间", machine=True, listed=True, filtered=True))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("经办人", machine=True))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), info=says("批次", machine=True))
    reason: Mapped[str | None] = mapped_column(String(500), info=says("理由", means="更正或调整的理由", machine=True))
