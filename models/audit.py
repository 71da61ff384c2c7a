"""The audit trail: append-only, hash-chained, redacted by sensitivity (DOMAIN §8, 网络安全法 第21条)."""

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.edition_keys import Told
from models.kinds import Moment, now, says

ERASED = '{"erased": true}'  # what is read of changes whose edition's key is destroyed


class Audit(Base):
    """One fact: who did what to which row, before, after, why. No foreign keys: it outlives what it tells of.

    ``changes`` and ``reason`` of what belongs to an edition are sealed under the edition's key. ``fields`` names the columns that
    changed, between commas; it is NULL in entries from before there was any of the last three columns.
    """

    __tablename__ = "audit"
    __label__ = "审计日志"
    __purpose__ = "查看谁在何时对什么数据做了什么；只增不改，前后相连，可核验是否被改动。"
    __table_args__ = (
        Index(None, "noun", "object_id"),
        Index(None, "batch_id", "object_id"),
        Index(None, "delegation_id", "at"),
        Index(None, "edition_id"),
    )

    at: Mapped[Moment] = mapped_column(default=now, info=says("时间", machine=True, listed=True, filtered=True))
    account_id: Mapped[int | None] = mapped_column(index=True, info=says("账号编号", machine=True))
    actor: Mapped[str] = mapped_column(
        String(80), info=says("操作人", means="做这件事的账号", machine=True, listed=True, searched=True)
    )
    role: Mapped[str] = mapped_column(String(20), info=says("角色", machine=True, listed=True, filtered=True))
    delegation_id: Mapped[int | None] = mapped_column(info=says("操作人所在分团", machine=True))
    province_id: Mapped[int | None] = mapped_column(index=True, info=says("省交易团", machine=True))
    action: Mapped[str] = mapped_column(
        String(60), info=says("操作", means="做了什么", machine=True, listed=True, searched=True)
    )
    noun: Mapped[str] = mapped_column(String(30), info=says("对象类型", machine=True, listed=True, filtered=True))
    object_id: Mapped[int | None] = mapped_column(
        info=says("对象编号", means="涉及的那条记录在其表中的编号", machine=True, filtered=True)
    )
    object_ref: Mapped[str | None] = mapped_column(
        String(10),
        info=says("系统编号", means="涉及的那条记录", machine=True, listed=True, searched="exact", code=True),
    )
    changes: Mapped[str] = mapped_column(
        Told(ERASED),
        default="{}",
        info=says("变更内容", means="改前和改后的内容，号码已脱敏", machine=True, listed=True),
    )
    reason: Mapped[str | None] = mapped_column(Told(), info=says("理由/意见", machine=True, listed=True))
    batch_id: Mapped[int | None] = mapped_column(info=says("批次", machine=True, filtered=True))
    request_id: Mapped[str | None] = mapped_column(String(32), info=says("请求编号", machine=True))
    edition_id: Mapped[int | None] = mapped_column(info=says("届次", machine=True))
    address: Mapped[str | None] = mapped_column(
        String(45),
        info=says("网络地址", means="操作来自哪个网络地址", machine=True, listed=True, searched="exact", filtered=True),
    )
    fields: Mapped[str | None] = mapped_column(
        String(1000), info=says("变更字段", means="改了哪些字段", machine=True, hidden=True)
    )
    hash: Mapped[str] = mapped_column(String(64), info=says("链式校验值", machine=True))


class AuditHead(Base):
    """The one row that holds the chain's end; writers take turns on it, and a cut-off tail shows."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    last_id: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(String(64), default="")
