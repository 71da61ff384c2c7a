"""What was read off a licence's picture: proposals beside the unit's own fields, never in their place (DOMAIN §1.1 U1, U5)."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UnitOwned
from models.kinds import Moment, Text100, UtcDateTime, now, says


class LicenceReading(UnitOwned, Base):
    """One reading per picture; it goes with the picture. Columns that the unit has, too, are named alike.

    ``sure`` is JSON: percent by column. ``sentence`` tells why something is missing; ``tried`` is False where the picture
    could not be looked at at all, and another attempt may find more.
    """

    __tablename__ = "licence_reading"
    __label__ = "证照识别"

    attachment_id: Mapped[int] = mapped_column(
        ForeignKey("attachment.id", ondelete="CASCADE"), unique=True, info=says("附件", machine=True)
    )
    name: Mapped[Text100 | None] = mapped_column(info=says("单位名称", machine=True))
    uscc: Mapped[str | None] = mapped_column(String(18), info=says("统一社会信用代码", machine=True, code=True))
    legal_rep: Mapped[str | None] = mapped_column(String(50), info=says("法定代表人/负责人", machine=True))
    address: Mapped[str | None] = mapped_column(String(200), info=says("详细地址", machine=True))
    reg_capital: Mapped[Decimal | None] = mapped_column(
        Numeric(16, 4), info=says("注册资本（万元人民币）", machine=True)
    )
    validity: Mapped[str | None] = mapped_column(String(60), info=says("营业期限", means="证照上的期限", machine=True))
    valid_until: Mapped[date | None] = mapped_column(
        Date, info=says("有效期至", means="营业期限的最后一日；长期的为空", machine=True)
    )
    sure: Mapped[str] = mapped_column(String(300), default="{}", info=says("", machine=True, hidden=True))
    sentence: Mapped[str] = mapped_column(
        String(200), default="", info=says("识别说明", means="没有识别出的原因", machine=True)
    )
    tried: Mapped[bool] = mapped_column(default=True, info=says("已识别", machine=True))
    at: Mapped[Moment] = mapped_column(UtcDateTime(), default=now, info=says("识别时间", machine=True))
