"""How an account likes its lists."""

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.kinds import says


class Preference(Base):
    """One account's wishes for one noun's list; ``noun`` is "" for those that hold everywhere. ``settings`` is JSON."""

    __tablename__ = "preference"
    __label__ = "列表偏好"
    __table_args__ = (UniqueConstraint("account_id", "noun"),)

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), info=says("账号", machine=True)
    )
    noun: Mapped[str] = mapped_column(String(30), info=says("对象", machine=True))
    settings: Mapped[str] = mapped_column(Text, default="{}", info=says("设置", machine=True, hidden=True))
