"""The parcel (包裹): up to ten cards of one unit on their way to one recipient (DOMAIN §1.3, §5.4)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Dated, Moved, Referenced, UnitOwned, Versioned
from models.kinds import PersonName, Phone, Postcode, Text50, Text100, UtcDateTime, enum_type, says
from models.words import Labelled

MOST_CARDS = 10  # 原则上将按10张合并为1个包裹


class ParcelStatus(Labelled):
    """Life of a parcel; its cards follow it."""

    packed = "packed", "待寄出", "warning", "证件已装入，尚未交给快递公司"
    sent = "sent", "已寄出", "info", "已交快递公司，等待签收"
    delivered = "delivered", "已签收", "success", "收件人已签收"
    returned = "returned", "已退件", "danger", "快递公司已退回，证件回到已制证，须重新装入包裹"
    unpacked = "unpacked", "已拆开", "muted", "寄出前拆开或已无证件，不再使用"


HOLDING = (ParcelStatus.packed, ParcelStatus.sent, ParcelStatus.delivered)  # its cards are in no other


class Parcel(Referenced, Versioned, Dated, Moved, UnitOwned, Base):
    """One parcel. The recipient is a copy of what its persons asked for when it was packed: a later edit needs a new one."""

    __tablename__ = "parcel"
    __label__ = "包裹"
    __purpose__ = "寄递已制证件：装包、打印面单、登记快递单号、签收和退件；证件状态随包裹变化。"
    rules = (
        CheckConstraint("cards >= 0", name="cards_not_negative"),
        Index("uq_parcel_tracking", "edition_id", "courier", "tracking_no", unique=True),
        Index(None, "delegation_id", "created_at", "id"),
        Index(None, "province_id", "created_at", "id"),
        Index("ix_parcel_figures", "province_id", "edition_id", "delegation_id", "status", "state_since"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    number: Mapped[Text50] = mapped_column(
        unique=True,
        info=says(
            "包裹号", means="印在面单上，导入快递单号时以此识别", machine=True, listed=True, searched="exact", code=True
        ),
    )
    status: Mapped[ParcelStatus] = mapped_column(
        enum_type(ParcelStatus, "status"),
        default=ParcelStatus.packed,
        info=says("包裹状态", means="包裹走到哪一步", machine=True, state=True, listed=True, filtered=True),
    )
    cards: Mapped[int] = mapped_column(
        default=0, info=says("证件数量", means="装入的证件张数，最多 10 张", machine=True, listed=True)
    )
    recv_name: Mapped[PersonName | None] = mapped_column(
        info=says("收件人", means="装包时的收件人", machine=True, listed=True, searched=True, group="寄递")
    )
    recv_mobile: Mapped[Phone] = mapped_column(info=says("收件手机", machine=True, listed=True, searched="exact"))
    recv_region: Mapped[Text100 | None] = mapped_column(info=says("收件省市区", machine=True, listed=True))
    recv_address: Mapped[str | None] = mapped_column(String(200), info=says("收件地址", machine=True))
    recv_postcode: Mapped[Postcode | None] = mapped_column(info=says("收件邮编", machine=True, personal=True))
    courier: Mapped[Text50 | None] = mapped_column(
        info=says("快递公司", personal=False, machine=True, listed=True, filtered=True)
    )
    tracking_no: Mapped[Text50 | None] = mapped_column(
        info=says(
            "快递单号", means="快递公司的运单号", personal=True, machine=True, listed=True, searched="exact", code=True
        )
    )
    sent_on: Mapped[date | None] = mapped_column(info=says("寄出日期", machine=True, listed=True, filtered=True))
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("签收时间", machine=True))
    return_reason: Mapped[str | None] = mapped_column(String(200), info=says("退件原因", machine=True))
    label_prints: Mapped[int] = mapped_column(default=0, info=says("面单打印次数", machine=True))
    unprintable: Mapped[Text50 | None] = mapped_column(
        info=says("字库缺字", help="面单上字库没有的字；请拆开包裹，在人员页改写收件信息后重新装入", machine=True)
    )

    def __str__(self) -> str:
        return self.number
