"""The erasing of an edition's personal data: who asked, who agreed, how far it is, and what was found and left."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Referenced
from models.kinds import Moment, UtcDateTime, enum_type, now, says
from models.words import Labelled


class ErasureState(Labelled):
    """Life of an erasing."""

    asked = "asked", "待确认", "warning", "已提出，等待另一角色的人员确认"
    agreed = "agreed", "已确认", "info", "已由两人确认，由后台程序分批清除"
    running = "running", "清除中", "info", "正在分批清除，中断后继续"
    done = "done", "已清除", "success", "该届个人信息已清除，报告可下载"
    withdrawn = "withdrawn", "已撤回", "muted", "没有清除任何内容"


_OPEN = text("state <> 'withdrawn'")


class Erasure(Referenced, Base):
    """At most one per edition that was not withdrawn. ``erased`` is JSON of table → rows so far, ``report`` JSON of the end."""

    __tablename__ = "erasure"
    __label__ = "个人信息清除"
    __table_args__ = (Index("uq_erasure_open", "edition_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),)

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    state: Mapped[ErasureState] = mapped_column(
        enum_type(ErasureState, "state"), default=ErasureState.asked, info=says("状态", machine=True)
    )
    reason: Mapped[str] = mapped_column(String(200), info=says("理由", machine=True))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("提出人", machine=True))
    at: Mapped[Moment] = mapped_column(default=now, info=says("提出时间", machine=True))
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("确认人", machine=True))
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("确认时间", machine=True))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("清除时间", machine=True))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("开始时间", machine=True))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("结束时间", machine=True))
    erased: Mapped[str] = mapped_column(Text, default="{}", info=says("", machine=True, hidden=True))
    report: Mapped[str | None] = mapped_column(Text, info=says("", machine=True, hidden=True))
    digest: Mapped[str | None] = mapped_column(String(64), info=says("报告校验值", machine=True))
