"""The edition of the fair (届次), its dates, and its fee table."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Versioned
from models.edition_keys import new_secret
from models.kinds import Money, Text50, Text100, UtcDateTime, enum_type, says
from models.words import Labelled


class Label(Labelled):
    """Badge label (人员标签), printed on the card; free labels need quota, higher rank may follow lower."""

    PROFESSIONAL = "PROFESSIONAL", "专业观众", "muted", "不限数量，须缴纳证件费"
    STAFF = "STAFF", "工作人员", "info", "占用免费额度，免缴证件费"
    VIP = "VIP", "VIP", "warning", "占用免费额度，免缴证件费，级别最高"

    @property
    def rank(self) -> int:
        """0 professional visitor, 1 staff, 2 VIP: an upgrade goes up only."""
        return list(Label).index(self)


FREE_LABELS = (Label.STAFF, Label.VIP)


class CertMode(Labelled):
    """How a badge is obtained (办理方式)."""

    new = "new", "新办", "muted", "首次参会，制发新证件"
    reapply = "reapply", "重新申办", "muted", "往届观众重新制发证件"
    reuse = "reuse", "证件复用", "info", "卡面信息不变，重新开通往届证件"
    upgrade = "upgrade", "升级换发", "info", "标签升级，原证件失效，制发新证件"
    reissue = "reissue", "补办", "warning", "原证件遗失或损坏，重新制发"


class Period(Labelled):
    """Entry information (入场信息), printed on the card; it decides the fee."""

    FULL = "FULL", "全程"
    LATE = "LATE", "11月9日、10日"


class Edition(Versioned, Base):
    """One year's fair. Deadlines are half-open: a moment equal to the deadline is already too late."""

    __tablename__ = "edition"
    __label__ = "届次"
    __purpose__ = "维护各届的起止日期和规则；系统只办理当前届次。"
    __table_args__ = (CheckConstraint("keep_months BETWEEN 1 AND 60", name="keep_months"),)

    code: Mapped[str] = mapped_column(String(10), unique=True, info=says("届次代码", listed=True, code=True))
    name: Mapped[Text100] = mapped_column(info=says("届次名称", listed=True, searched=True))
    is_current: Mapped[bool] = mapped_column(
        default=False, info=says("当前届次", means="同一时间只有一届是当前届次", listed=True)
    )
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime(), info=says("报名开始", listed=True))
    unit_closes_at: Mapped[datetime] = mapped_column(
        UtcDateTime(), info=says("单位报名截止", means="此后单位不能提交，秘书处仍可办理", listed=True, deadline=True)
    )
    person_closes_at: Mapped[datetime] = mapped_column(
        UtcDateTime(), info=says("人员提交截止", means="此后人员不能提交，秘书处仍可办理", listed=True, deadline=True)
    )
    pay_closes_at: Mapped[datetime] = mapped_column(
        UtcDateTime(), info=says("缴费截止", means="此后未付的费用关闭", listed=True, deadline=True)
    )
    lock_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime(),
        info=says(
            "锁定时间",
            means="此时系统锁定全部分团，未提交的人员逾期",
            listed=True,
            deadline=True,
            help="不填则不自动锁定；已锁定的不受改动影响",
        ),
    )
    show_opens_on: Mapped[date] = mapped_column(info=says("展会开幕", means="用于计算年龄", listed=True))
    show_closes_on: Mapped[date] = mapped_column(info=says("展会闭幕", means="证件须在此后仍有效", listed=True))
    minimum_age: Mapped[int] = mapped_column(default=18, info=says("最低年龄（周岁）", help="以展会开幕日计算"))
    reject_needs_secretariat: Mapped[bool] = mapped_column(
        default=False, info=says("审核不通过须省团决定", help="开启后，分团不能直接执行“审核不通过”")
    )
    upgrade_by_sub: Mapped[bool] = mapped_column(
        default=True, info=says("分团可升级标签", help="关闭后仅省交易团秘书处可升级标签")
    )
    direct_pass: Mapped[bool] = mapped_column(
        default=True, info=says("识别通过即审核通过", help="关闭后，系统识别通过的单位仍由分团初审")
    )
    reuse_editions: Mapped[Text50] = mapped_column(
        default="5,6", info=says("可复用届次", help="持这些届次证件的观众可以申请证件复用，以逗号分隔，如 5,6")
    )
    refunds: Mapped[bool] = mapped_column(
        default=True, info=says("允许退费", help="关闭后，已缴费的人员退出时一律不予退费")
    )
    consent_version: Mapped[str] = mapped_column(String(20), default="1", info=says("告知同意书版本"))
    keep_months: Mapped[int] = mapped_column(
        default=6, info=says("个人信息留存（月）", help="展会闭幕后满几个月清除该届个人信息，1 至 60")
    )
    legal_hold: Mapped[bool] = mapped_column(
        default=False, info=says("暂停清除", help="有诉讼、投诉或检查时开启，开启期间不清除该届个人信息")
    )
    erased_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime(), info=says("个人信息清除时间", means="该届个人信息全部清除的时间", machine=True)
    )
    audit_secret: Mapped[bytes | None] = mapped_column(
        LargeBinary, default=new_secret, info=says("", machine=True, hidden=True)
    )


class Fee(Versioned, Base):
    """One line of the edition's fee table: what a badge costs, in 分. Snapshotted at each group-pay decision."""

    __tablename__ = "fee"
    __label__ = "费用标准"
    __purpose__ = "维护各届、各办理方式、入场信息和标签的证件费。"
    __table_args__ = (
        UniqueConstraint("edition_id", "mode", "period", "label"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", listed=True, filtered=True))
    mode: Mapped[CertMode] = mapped_column(
        enum_type(CertMode, "mode"), info=says("办理方式", listed=True, filtered=True)
    )
    period: Mapped[Period] = mapped_column(
        enum_type(Period, "period"), info=says("入场信息", listed=True, filtered=True)
    )
    label: Mapped[Label] = mapped_column(enum_type(Label, "label"), info=says("人员标签", listed=True, filtered=True))
    amount: Mapped[Money] = mapped_column(info=says("费用（元）", means="每张证件的费用", listed=True))
