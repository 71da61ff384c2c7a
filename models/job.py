"""Long work on its way through the background queue: who asked for what, how far it is, and what came of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Placed, Referenced
from models.kinds import Moment, UtcDateTime, enum_type, now, says
from models.words import Labelled


class JobState(Labelled):
    """Life of a job."""

    queued = "queued", "排队等候", "info"
    running = "running", "正在处理", "warning"
    done = "done", "已办好", "success"
    failed = "failed", "未办成", "danger"
    cancelled = "cancelled", "已取消"


class Job(Referenced, Placed, Base):
    """One piece of work; hangs on the asker's own node and is nobody else's to see.

    ``role`` and the node are those of the moment of asking: the work is refused when they are others by the time it runs.
    ``attempt`` is the lease: who holds an older number writes nothing any more. ``file`` is the result's name on disk,
    ``filename`` the one it is sent under, ``receipt`` the reference of the batch or upload being carried out. ``asked`` is JSON.
    """

    __tablename__ = "job"
    __label__ = "后台任务"
    __table_args__ = (Index(None, "account_id", "created_at"), Index(None, "state", "heartbeat_at"))

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), info=says("经办人", machine=True))
    role: Mapped[str] = mapped_column(String(20), info=says("角色", machine=True))
    kind: Mapped[str] = mapped_column(String(30), info=says("任务种类", machine=True))
    label: Mapped[str] = mapped_column(String(200), info=says("任务", machine=True))
    lang: Mapped[str] = mapped_column(String(2), default="zh", info=says("界面语言", machine=True))
    state: Mapped[JobState] = mapped_column(
        enum_type(JobState, "state"), default=JobState.queued, info=says("状态", machine=True)
    )
    cancel_asked: Mapped[bool] = mapped_column(default=False, info=says("要求取消", machine=True))
    done: Mapped[int] = mapped_column(default=0, info=says("已处理", machine=True))
    total: Mapped[int] = mapped_column(default=0, info=says("总数", machine=True))
    asked: Mapped[str] = mapped_column(Text, default="{}", info=says("", machine=True, hidden=True))
    file: Mapped[str | None] = mapped_column(String(64), info=says("", machine=True, hidden=True))
    filename: Mapped[str | None] = mapped_column(String(200), info=says("文件名", machine=True))
    receipt: Mapped[str | None] = mapped_column(String(10), info=says("办理记录", machine=True))
    error: Mapped[str | None] = mapped_column(String(500), info=says("未办成的原因", machine=True))
    said: Mapped[str | None] = mapped_column(String(500), info=says("结论", machine=True))
    is_alarm: Mapped[bool] = mapped_column(default=False, info=says("结论异常", machine=True))
    attempt: Mapped[int] = mapped_column(default=0, info=says("第几次", machine=True))
    worker: Mapped[str | None] = mapped_column(String(80), info=says("处理进程", machine=True))
    created_at: Mapped[Moment] = mapped_column(default=now, info=says("提交时间", machine=True))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("开始时间", machine=True))
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("最近活动时间", machine=True))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("结束时间", machine=True))
