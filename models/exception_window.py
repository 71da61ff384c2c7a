"""Exception windows: after the lock one unit, or one person, may be changed until a moment (DOMAIN §1.1, §3)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Dated, Moved, Referenced, UnitOwned, Versioned
from models.kinds import UtcDateTime, enum_type, says
from models.unit import Unit
from models.words import Labelled


class WindowStatus(Labelled):
    """Life of an exception window."""

    open = "open", "开启中", "warning", "截止前，所涉单位或人员可以修改和提交"
    closed = "closed", "已提前关闭", "muted", "省团提前关闭，或单位已转移"
    lapsed = "lapsed", "已到期关闭", "muted", "截止时间已到，自行关闭"


_OPEN = "status = 'open'"
_OF_UNIT, _OF_PERSON = text(f"{_OPEN} AND person_id IS NULL"), text(f"{_OPEN} AND person_id IS NOT NULL")


class ExceptionWindow(Referenced, Versioned, Dated, Moved, UnitOwned, Base):
    """A time in which a lock does not bind one unit with its persons, or one person alone; ``until`` is half-open.

    Of one unit, and of one person, at most one window is open at a time.
    """

    __tablename__ = "exception_window"
    __label__ = "例外窗口"
    __purpose__ = "查看和提前关闭例外窗口：锁定后，省团让一家单位或一名人员在截止前修改和提交。"
    rules = (
        Index("uq_exception_window_unit", "unit_id", unique=True, sqlite_where=_OF_UNIT, postgresql_where=_OF_UNIT),
        Index(
            "uq_exception_window_person", "person_id", unique=True, sqlite_where=_OF_PERSON, postgresql_where=_OF_PERSON
        ),
        Index("ix_exception_window_status", "status", "until"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=says("人员", means="空白表示整个单位及其全部人员", machine=True, listed=True)
    )
    until: Mapped[datetime] = mapped_column(
        UtcDateTime(),
        info=says("截止", means="到这一刻自行关闭", machine=True, listed=True, filtered=True, deadline=True),
    )
    status: Mapped[WindowStatus] = mapped_column(
        enum_type(WindowStatus, "status"),
        default=WindowStatus.open,
        info=says("状态", means="窗口是否还开着", machine=True, state=True, listed=True, filtered=True),
    )
    reason: Mapped[str] = mapped_column(String(500), info=says("理由", machine=True, listed=True))
    opened_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id"), info=says("开启人", machine=True, listed=True)
    )
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), info=says("批次", machine=True))

    unit: Mapped[Unit] = relationship(viewonly=True)
