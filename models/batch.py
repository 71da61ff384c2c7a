"""Batches: one move over one, many, or all matching rows, from preview to receipt; every row is accounted for."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Placed, Referenced
from models.kinds import Moment, UtcDateTime, enum_type, now, says
from models.words import Labelled


class BatchStatus(Labelled):
    """Life of a batch."""

    previewed = "previewed", "待确认", "warning", "只做了预览，尚未办理"
    done = "done", "已完成", "success", "已确认办理，结果见回执"
    undone = "undone", "已撤销", "muted", "整批已撤销，各条恢复原状态"


class Outcome(Labelled):
    """What became of one row."""

    pending = "pending", "待办理", "muted", "等待确认"
    done = "done", "已办理", "success", "该条已办理"
    refused = "refused", "未办理", "danger", "该条不符合条件，没有办理，原因见右侧"
    undone = "undone", "已撤销", "muted", "该条已恢复原状态"


class Batch(Referenced, Placed, Base):
    """Who wanted what, on how many rows; hangs on the actor's own node. ``asked`` is JSON of the answers given."""

    __tablename__ = "batch"
    __label__ = "办理记录"
    __purpose__ = "查看每一次办理的回执：选了哪些记录、结果如何；可撤销的可以整批撤销。"
    __table_args__ = (Index(None, "account_id"), Index(None, "parent_id"))

    noun: Mapped[str] = mapped_column(
        String(30), info=says("对象", means="办理的是单位、人员还是其他", machine=True, listed=True, filtered=True)
    )
    move: Mapped[str] = mapped_column(
        String(50), info=says("操作", means="办理的是哪项操作", machine=True, listed=True)
    )
    status: Mapped[BatchStatus] = mapped_column(
        enum_type(BatchStatus, "status"),
        default=BatchStatus.previewed,
        info=says("状态", machine=True, listed=True, filtered=True),
    )
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id"), info=says("经办人", machine=True, listed=True)
    )
    source: Mapped[str] = mapped_column(String(500), default="", info=says("选择范围", machine=True))
    asked: Mapped[str] = mapped_column(Text, default="{}", info=says("填写内容", machine=True))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), info=says("所属批次", machine=True))
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), info=says("撤销的批次", machine=True))
    chosen: Mapped[int] = mapped_column(default=0, info=says("选中", means="选择的记录数", machine=True, listed=True))
    done: Mapped[int] = mapped_column(
        default=0, info=says("已办理", means="符合条件并已办理的记录数", machine=True, listed=True)
    )
    refused: Mapped[int] = mapped_column(
        default=0, info=says("未办理", means="不符合条件、没有办理的记录数", machine=True, listed=True)
    )
    created_at: Mapped[Moment] = mapped_column(
        default=now, info=says("开始时间", machine=True, listed=True, filtered=True)
    )
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("办理时间", machine=True, listed=True))


class BatchRow(Base):
    """One chosen row: what it was when previewed, what became of it, and why not; ``said``: words meant for it alone."""

    __tablename__ = "batch_row"
    __label__ = "办理明细"
    __table_args__ = (UniqueConstraint("batch_id", "object_id"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"))
    object_id: Mapped[int] = mapped_column()
    object_ref: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(100), info=says("名称"))
    seen: Mapped[int] = mapped_column()
    before: Mapped[str] = mapped_column(String(30), info=says("办理前"))
    after: Mapped[str | None] = mapped_column(String(30), info=says("办理后"))
    cost: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[Outcome] = mapped_column(enum_type(Outcome, "outcome"), default=Outcome.pending)
    refusal: Mapped[str | None] = mapped_column(String(60), index=True, info=says("原因"))
    said: Mapped[str | None] = mapped_column(String(500), info=says("意见"))
