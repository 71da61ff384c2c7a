"""What a reader keeps for his own comfort: views of lists under a name, which of them opens first, and rows last opened."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Dated, Referenced
from models.kinds import Moment, Text50, now, says


class SavedView(Referenced, Dated, Base):
    """A list's filters, search and order under a name: its owner's, and theirs with whose roles it is shared.

    ``content`` is sealed JSON, because a filter or a search may hold somebody's number. ``roles`` is ``,finance,auditor,``:
    the accounts of these roles at the owner's node, or in the whole province where the owner is of the province itself.
    """

    __tablename__ = "saved_view"
    __label__ = "视图"
    __table_args__ = (UniqueConstraint("account_id", "noun", "name"), Index(None, "province_id"))

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), info=says("创建人", machine=True)
    )
    delegation_id: Mapped[int] = mapped_column(ForeignKey("delegation.id"), info=says("交易团/分团", machine=True))
    province_id: Mapped[int] = mapped_column(ForeignKey("delegation.id"), info=says("省交易团", machine=True))
    noun: Mapped[str] = mapped_column(String(30), info=says("对象", machine=True))
    name: Mapped[Text50] = mapped_column(info=says("名称", required="always"))
    roles: Mapped[str] = mapped_column(String(100), default="", info=says("共享给"))
    position: Mapped[int] = mapped_column(default=0, info=says("顺序", machine=True, hidden=True))
    content: Mapped[bytes] = mapped_column(LargeBinary, info=says("", machine=True, hidden=True))


class ViewDefault(Base):
    """The view with which an account begins a list."""

    __tablename__ = "view_default"
    __table_args__ = (UniqueConstraint("account_id", "noun"), Index(None, "view_id"))

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    noun: Mapped[str] = mapped_column(String(30))
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_view.id", ondelete="CASCADE"))


class RecentItem(Base):
    """A row that an account has opened: the id only, whatever it tells is asked for when it is shown."""

    __tablename__ = "recent_item"
    __table_args__ = (UniqueConstraint("account_id", "noun", "object_id"), Index(None, "account_id", "at"))

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    noun: Mapped[str] = mapped_column(String(30))
    object_id: Mapped[int] = mapped_column()
    at: Mapped[Moment] = mapped_column(default=now)
