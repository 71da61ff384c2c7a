"""Free-badge quota at three levels: province pool, sub-delegation pools, allotments of units and presets (DOMAIN §4)."""

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Dated, Placed, Versioned
from models.edition import Label
from models.kinds import Text100, Uscc, enum_type, says

if TYPE_CHECKING:
    from models.unit import Unit


class QuotaPool(Versioned, Placed, Base):
    """What a node received for one free label; ``allocated`` is the guarded sum of what it handed on."""

    __tablename__ = "quota_pool"
    __label__ = "额度池"
    __purpose__ = "查看和设置各交易团/分团的VIP、工作人员额度总数。"
    __table_args__ = (
        UniqueConstraint("edition_id", "delegation_id", "label"),
        CheckConstraint("0 <= allocated AND allocated <= total", name="allocated_in_total"),
        CheckConstraint("label <> 'PROFESSIONAL'", name="free_label"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    label: Mapped[Label] = mapped_column(
        enum_type(Label, "label"),
        info=says("人员标签", means="额度按标签分别计算", listed=True, filtered=True, once=True, required="always"),
    )
    total: Mapped[int] = mapped_column(
        default=0, info=says("额度总数", help="不能低于已分配数，下级之和不能超过上级", listed=True, required="always")
    )
    allocated: Mapped[int] = mapped_column(
        default=0, info=says("已分配", means="已分给下级和单位的数量", machine=True, listed=True)
    )


class QuotaAllocation(Versioned, Dated, Placed, Base):
    """An allotment for a unit, or a preset for a USCC not yet registered. ``used`` counts reserved plus consumed."""

    __tablename__ = "quota_allocation"
    __label__ = "单位额度"
    __purpose__ = "为单位分配VIP、工作人员额度；单位登记前可用模板导入预设。"
    __table_args__ = (
        UniqueConstraint("edition_id", "uscc", "label"),
        UniqueConstraint("unit_id", "label"),
        CheckConstraint("0 <= used AND used <= allotted", name="used_in_allotted"),
        CheckConstraint("label <> 'PROFESSIONAL'", name="free_label"),
        CheckConstraint("unit_id IS NOT NULL OR used = 0", name="preset_unused"),
        Index(None, "delegation_id", "label"),
        Index(None, "province_id", "label"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    unit_id: Mapped[int | None] = mapped_column(
        ForeignKey("unit.id"),
        info=says("单位", help="境外单位没有统一社会信用代码，请在此选择已登记的单位", once=True),
    )
    uscc: Mapped[Uscc | None] = mapped_column(
        info=says(
            "统一社会信用代码",
            means="单位登记时以此代码对应额度",
            help="单位登记前即可填写",
            listed=True,
            searched="exact",
            once=True,
        )
    )
    unit_name: Mapped[Text100 | None] = mapped_column(info=says("单位名称", listed=True, searched=True))
    label: Mapped[Label] = mapped_column(
        enum_type(Label, "label"), info=says("人员标签", listed=True, filtered=True, once=True, required="always")
    )
    allotted: Mapped[int] = mapped_column(
        default=0, info=says("额度", means="可使用的总数，不是增加的数", listed=True, required="always")
    )
    used: Mapped[int] = mapped_column(
        default=0, info=says("已占用", means="已有人员占用的数量，额度不能低于它", machine=True, listed=True)
    )
    remark: Mapped[str | None] = mapped_column(String(200), info=says("备注"))

    unit: Mapped["Unit | None"] = relationship(viewonly=True)
