"""The admission badge (入馆证件): one row per produced or activated card."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Dated, Moved, Referenced, UnitOwned, Versioned
from models.edition import CertMode, Label, Period
from models.kinds import Text50, Text100, UtcDateTime, enum_type, says
from models.person import Person
from models.words import Labelled


class CertificateStatus(Labelled):
    """Life of one card (DOMAIN §1.3)."""

    queued = "queued", "待制证", "warning", "条件已具备，等待制证"
    making = "making", "制证中", "info", "已进入制证批次，免费证件的额度此时消耗"
    made = "made", "已制证", "info", "证件已制作完成，尚未发放"
    mailing = "mailing", "寄递发放中", "info", "已寄出，尚未签收"
    ready = "ready", "证件可领取", "info", "可到现场领取"
    delivered = "delivered", "已签收/已领取", "success", "已寄达或已领取"
    activated = "activated", "复用开通", "success", "往届证件已重新开通，不再制发新证件"
    void = "void", "已失效", "danger", "证件不能再使用"
    lost = "lost", "已挂失", "danger", "持证人已挂失，证件停用"


class Worth(Labelled):
    """The answer to a card shown at the gate."""

    valid = "valid", "有效", "success"
    unsettled = "unsettled", "未缴清或未通过审核", "warning"
    replaced = "replaced", "已被新证件替换", "danger"
    lost = "lost", "已挂失", "danger"
    withdrawn = "withdrawn", "已失效", "danger"
    past = "past", "往届证件，本届未开通", "danger"


DEAD = (CertificateStatus.void, CertificateStatus.lost)
_LIVE = text("status NOT IN ('void', 'lost')")


class Certificate(Referenced, Versioned, Dated, Moved, UnitOwned, Base):
    """A card with the face it was queued with; at most one live card per person, kept by the database."""

    __tablename__ = "certificate"
    __label__ = "证件"
    __purpose__ = "查看入馆证件从待制证到发放的进度；每名人员最多一张有效证件。"
    rules = (
        UniqueConstraint("edition_id", "card_no"),
        Index("uq_certificate_live_person", "person_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index(None, "delegation_id", "created_at", "id"),
        Index(None, "province_id", "created_at", "id"),
        Index("ix_certificate_figures", "province_id", "edition_id", "delegation_id", "status"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True, info=says("人员", machine=True))
    card_no: Mapped[Text50 | None] = mapped_column(
        index=True, info=says("证件号", means="制证后才有", machine=True, listed=True, searched="exact", code=True)
    )
    version: Mapped[int] = mapped_column(
        default=1, info=says("第几张", means="同一人员的第几张证件", machine=True, listed=True)
    )
    mode: Mapped[CertMode] = mapped_column(
        enum_type(CertMode, "mode"), info=says("办理方式", machine=True, listed=True)
    )
    status: Mapped[CertificateStatus] = mapped_column(
        enum_type(CertificateStatus, "status"),
        default=CertificateStatus.queued,
        info=says("证件状态", means="证件走到哪一步", machine=True, state=True, listed=True, filtered=True),
    )
    label: Mapped[Label] = mapped_column(
        enum_type(Label, "label"), info=says("人员标签", machine=True, listed=True, filtered=True)
    )
    period: Mapped[Period] = mapped_column(enum_type(Period, "period"), info=says("入场信息", machine=True))
    holder_name: Mapped[Text50] = mapped_column(
        info=says("持证人", means="进入待制证时的姓名，印在证件上", machine=True, listed=True, searched=True)
    )
    holder_name_en: Mapped[Text50 | None] = mapped_column(info=says("持证人英文姓名", machine=True))
    unit_name: Mapped[Text100] = mapped_column(info=says("单位名称（卡面）", machine=True))
    delegation_name: Mapped[Text100] = mapped_column(info=says("交易团/分团（卡面）", machine=True))
    consumes_quota: Mapped[bool] = mapped_column(
        default=False, info=says("已占用额度", help="免费证件进入制证即消耗额度", machine=True)
    )
    unprintable: Mapped[Text50 | None] = mapped_column(
        info=says("字库缺字", help="卡面上字库没有的字；填写卡面姓名后才能制证", machine=True, filtered=True)
    )
    print_count: Mapped[int] = mapped_column(default=0, info=says("打印次数", machine=True, listed=True))
    printed_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("打印时间", machine=True))
    old_card_no: Mapped[Text50 | None] = mapped_column(info=says("原证件号", machine=True, code=True, personal=True))
    parcel_id: Mapped[int | None] = mapped_column(
        ForeignKey("parcel.id"),
        index=True,
        info=says("包裹", means="装有这张证件的包裹；退件后仍是上一个包裹，直到重新装入", machine=True, listed=True),
    )
    void_reason: Mapped[str | None] = mapped_column(String(200), info=says("失效原因", machine=True))

    person: Mapped[Person] = relationship(viewonly=True)
