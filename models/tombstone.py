"""Tombstones: what is left of a deleted unit or person; no personal data, only that it was and who removed it."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Placed
from models.kinds import Moment, now, says


class Tombstone(Placed, Base):
    """A deletion: keyed hash of the USCC or number, how many persons and files went with it, who, when, why."""

    __tablename__ = "tombstone"
    __label__ = "删除记录"
    __purpose__ = "查看已删除的单位和人员留下的记录：何时、何人、因何删除。"

    noun: Mapped[str] = mapped_column(String(30), info=says("对象类型", machine=True, listed=True, filtered=True))
    object_id: Mapped[int] = mapped_column(info=says("对象编号", machine=True))
    object_ref: Mapped[str] = mapped_column(
        String(10), info=says("系统编号", machine=True, listed=True, searched="exact")
    )
    key_hash: Mapped[str | None] = mapped_column(String(26), index=True, info=says("代码校验值", machine=True))
    persons: Mapped[int] = mapped_column(
        default=0, info=says("涉及人员", means="随之删除的人员数", machine=True, listed=True)
    )
    files: Mapped[int] = mapped_column(
        default=0, info=says("涉及文件", means="随之删除的文件数", machine=True, listed=True)
    )
    reason: Mapped[str | None] = mapped_column(String(500), info=says("理由", machine=True, listed=True))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("删除人", machine=True))
    at: Mapped[Moment] = mapped_column(default=now, info=says("时间", machine=True, listed=True, filtered=True))
