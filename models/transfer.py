"""Transfer requests: a unit offered to another node that first has to accept it (DOMAIN §4.4)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Dated, Moved, Placed, Referenced, Versioned
from models.kinds import Text100, UtcDateTime, enum_type, says
from models.words import Labelled


class TransferStatus(Labelled):
    """Life of a transfer request."""

    requested = "requested", "待接收", "warning", "已发出申请，等待接收方答复；单位仍归申请方"
    accepted = "accepted", "已接收", "success", "接收方已接收，单位及人员已转入"
    declined = "declined", "已退回", "danger", "接收方不接收，单位仍归申请方"
    withdrawn = "withdrawn", "已撤回", "muted", "申请方已撤回申请"


_OPEN = text("status = 'requested'")


class TransferRequest(Referenced, Versioned, Dated, Moved, Placed, Base):
    """``delegation_id`` is the source, ``target_id`` the node asked to accept; both sides see the request."""

    __tablename__ = "transfer_request"
    __label__ = "指定申请"
    __purpose__ = "答复或撤回单位的指定申请；接收方同意后，单位和人员才转移。"
    __table_args__ = (
        Index("uq_transfer_request_open_unit", "unit_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "target_id"),
    )

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), info=says("单位", machine=True))
    unit_name: Mapped[Text100] = mapped_column(info=says("单位名称", machine=True, listed=True, searched=True))
    target_id: Mapped[int] = mapped_column(
        ForeignKey("delegation.id"),
        info=says("接收方", means="答复后单位转入的一方", machine=True, listed=True, filtered=True),
    )
    target_province_id: Mapped[int] = mapped_column(ForeignKey("delegation.id"), info=says("接收省团", machine=True))
    status: Mapped[TransferStatus] = mapped_column(
        enum_type(TransferStatus, "status"),
        default=TransferStatus.requested,
        info=says("状态", means="申请走到哪一步", machine=True, state=True, listed=True, filtered=True),
    )
    reason: Mapped[str | None] = mapped_column(
        String(500), info=says("申请说明", means="申请方写给接收方的说明", machine=True, listed=True)
    )
    answer: Mapped[str | None] = mapped_column(
        String(500), info=says("答复", means="接收方的答复，申请方可见", machine=True, listed=True)
    )
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("申请人", machine=True))
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("答复人", machine=True))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("答复时间", machine=True))
