"""Transfer requests: a unit offered to another node that first has to accept it (DOMAIN §4.4)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Dated, Moved, Placed, Referenced, Versioned
from models.kinds import Moment, Text100, UtcDateTime, enum_type, now, says
from models.words import Labelled


class TransferStatus(Labelled):
    """Life of a transfer request."""

    requested = "requested", "待接收", "warning", "已发出申请，等待接收方答复；单位仍归申请方"
    accepted = "accepted", "已接收", "success", "接收方已接收，单位及人员已转入"
    declined = "declined", "已退回", "danger", "接收方不接收，单位仍归申请方"
    withdrawn = "withdrawn", "已撤回", "muted", "申请方已撤回申请"
    handed_over = "handed_over", "已移交", "success", "单位及人员已转出省外，可生成移交包"


_OPEN = text("status = 'requested'")


class TransferRequest(Referenced, Versioned, Dated, Moved, Placed, Base):
    """``delegation_id`` is the source, ``target_id`` the node asked to accept; both sides see the request.

    A unit that leaves for a delegation outside this installation has no target: ``outside_name`` and ``outside_code`` (its
    referral code) say who is to take it.
    """

    __tablename__ = "transfer_request"
    __label__ = "指定申请"
    __purpose__ = "答复或撤回单位的指定申请；接收方同意后，单位和人员才转移。"
    __table_args__ = (
        Index("uq_transfer_request_open_unit", "unit_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "target_id"),
        CheckConstraint("(target_id IS NULL) = (outside_code IS NOT NULL)", name="one_target"),
    )

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), info=says("单位", machine=True))
    unit_name: Mapped[Text100] = mapped_column(info=says("单位名称", machine=True, listed=True, searched=True))
    target_id: Mapped[int | None] = mapped_column(
        ForeignKey("delegation.id"),
        info=says("接收方", means="答复后单位转入的一方", machine=True, listed=True, filtered=True),
    )
    target_province_id: Mapped[int | None] = mapped_column(
        ForeignKey("delegation.id"), info=says("接收省团", machine=True)
    )
    outside_name: Mapped[Text100 | None] = mapped_column(
        info=says("省外接收方", means="不在本系统内的接收方", machine=True, listed=True)
    )
    outside_code: Mapped[str | None] = mapped_column(
        String(8), info=says("省外推荐码", means="只有持此推荐码的交易团能导入移交包", machine=True, code=True)
    )
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


class PackageWay(Labelled):
    """Whether a package left or came."""

    sent = "sent", "已发出", "info", "本省生成并交给对方的移交包"
    received = "received", "已接收", "success", "从省外交易团导入的移交包"


_RECEIVED = text("way = 'received'")


class TransferPackage(Referenced, Placed, Base):
    """A package that was made of a unit, each time it was, or taken in, which happens once.

    ``number`` is the request's reference where the unit left from; ``whole`` the hash over all files.
    """

    __tablename__ = "transfer_package"
    __label__ = "移交包"
    __purpose__ = "查看转往省外和从省外转入的单位的移交包：何时、由谁生成或导入，交给了谁，哪些没有随之转移。"
    __table_args__ = (
        Index(
            "uq_transfer_package_received", "edition_id", "number", unique=True,
            sqlite_where=_RECEIVED, postgresql_where=_RECEIVED,
        ),
        Index(None, "unit_id"),
    )  # fmt: skip

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    number: Mapped[str] = mapped_column(
        String(10),
        info=says("移交编号", means="转出方指定申请的编号", machine=True, listed=True, code=True, searched="exact"),
    )
    way: Mapped[PackageWay] = mapped_column(
        enum_type(PackageWay, "way"), info=says("方向", machine=True, listed=True, filtered=True)
    )
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), info=says("单位", machine=True))
    unit_name: Mapped[Text100] = mapped_column(info=says("单位名称", machine=True, listed=True, searched=True))
    other_name: Mapped[Text100] = mapped_column(info=says("对方交易团", machine=True, listed=True))
    other_code: Mapped[str] = mapped_column(String(8), info=says("对方推荐码", machine=True, code=True))
    persons: Mapped[int] = mapped_column(info=says("人员数", means="随单位转移的人员", machine=True, listed=True))
    files: Mapped[int] = mapped_column(info=says("图片数", means="随单位转移的证照和照片", machine=True))
    taker: Mapped[Text100 | None] = mapped_column(
        info=says("领取人", means="移交包交给了谁", machine=True, listed=True)
    )
    left_behind: Mapped[str | None] = mapped_column(
        String(500), info=says("没有转移的", means="额度、统付决定等没有随单位转移的内容", machine=True)
    )
    whole: Mapped[str] = mapped_column(String(64), info=says("校验值", means="全部文件的校验值", machine=True))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("经办人", machine=True, listed=True))
    at: Mapped[Moment] = mapped_column(default=now, info=says("时间", machine=True, listed=True, filtered=True))
