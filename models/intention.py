"""Procurement intention (采购意向); a unit needs at least one before it submits."""

from decimal import Decimal

from sqlalchemy import Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Dated, Referenced, UnitOwned, Versioned
from models.kinds import Text100, enum_type, says
from models.words import Labelled


class Zone(Labelled):
    """Exhibition zones of the fair (展区)."""

    FOOD = "FOOD", "食品及农产品"
    AUTO = "AUTO", "汽车"
    EQUIPMENT = "EQUIPMENT", "技术装备"
    CONSUMER = "CONSUMER", "消费品"
    MEDICAL = "MEDICAL", "医疗器械及医药保健"
    SERVICES = "SERVICES", "服务贸易"


class Intention(Referenced, Versioned, Dated, UnitOwned, Base):
    """One thing a unit means to buy. ``amount`` in 万美元."""

    __tablename__ = "intention"
    __label__ = "采购意向"
    __purpose__ = "查看和登记单位的采购意向；单位提交前至少填写一条。"

    zone: Mapped[Zone] = mapped_column(
        enum_type(Zone, "zone"),
        info=says("意向展区", means="准备采购的商品或服务所在的展区", listed=True, filtered=True, required="always"),
    )
    category: Mapped[Text100 | None] = mapped_column(info=says("产品类别", personal=False, listed=True))
    product: Mapped[Text100] = mapped_column(
        info=says(
            "意向产品/服务名称", personal=False, means="准备采购什么", listed=True, searched=True, required="always"
        )
    )
    origin_countries: Mapped[str | None] = mapped_column(
        String(200), info=says("意向国别（地区）", personal=False, listed=True)
    )
    amount: Mapped[Decimal | None] = mapped_column(Numeric(14, 2), info=says("意向采购金额（万美元）", listed=True))
    quarter: Mapped[str | None] = mapped_column(String(20), info=says("预计采购时间", personal=False))
    note: Mapped[str | None] = mapped_column(String(500), info=says("需求描述"))
    is_published: Mapped[bool] = mapped_column(
        default=False, info=says("发布至供采对接", means="是否公开给参展商对接", filtered=True)
    )
