"""Notices: what changed for somebody while he was not looking, one per recipient and act, read per account."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Placed, Referenced
from models.kinds import Moment, now, says
from models.words import Labelled


class MailDigest(Labelled):
    """Whether somebody wants to be told of notices by e-mail, too."""

    none = "none", "不发邮件"
    daily = "daily", "每天一封"
    at_once = "at_once", "随时"


class Notice(Referenced, Placed, Base):
    """A sentence for the accounts of a role at a node, or for one account (``account_id``), with a way to its rows.

    ``noun`` and ``query`` name a list and the filter that shows exactly these rows; ``object_id`` one row instead;
    ``batch_id`` the batch that caused it. ``once`` is a name that keeps the same thing from being told twice.
    """

    __tablename__ = "notice"
    __label__ = "通知"
    __table_args__ = (
        UniqueConstraint("once"),
        CheckConstraint("role IS NOT NULL OR account_id IS NOT NULL", name="somebody"),
        Index(None, "delegation_id", "role", "at"),
        Index(None, "account_id", "at"),
        Index(None, "batch_id"),
        Index(None, "at"),
    )

    role: Mapped[str | None] = mapped_column(String(20), info=says("角色", machine=True))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("收件人", machine=True))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("经办人", machine=True))
    sentence: Mapped[str] = mapped_column(String(300), info=says("内容", machine=True))
    rows: Mapped[int] = mapped_column(default=1, info=says("条数", machine=True))
    noun: Mapped[str] = mapped_column(String(30), default="", info=says("对象", machine=True))
    query: Mapped[str] = mapped_column(String(200), default="", info=says("", machine=True, hidden=True))
    object_id: Mapped[int | None] = mapped_column(info=says("对象编号", machine=True))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), info=says("批次", machine=True))
    once: Mapped[str | None] = mapped_column(String(100), info=says("", machine=True, hidden=True))
    at: Mapped[Moment] = mapped_column(default=now, info=says("时间", machine=True))


class NoticeRead(Base):
    """That an account has read a notice."""

    __tablename__ = "notice_read"
    __label__ = "已读通知"
    __table_args__ = (UniqueConstraint("notice_id", "account_id"), Index(None, "account_id"))

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), info=says("通知", machine=True))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), info=says("收件人", machine=True))
