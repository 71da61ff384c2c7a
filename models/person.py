"""The person (人员) a unit registers; review, payment and certificate are three separate statuses."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Dated, Moved, Referenced, UnitOwned, Versioned
from models.edition import CertMode, Label, Period
from models.kinds import (
    Email,
    IdNumber,
    Money,
    PersonName,
    Phone,
    Postcode,
    Text50,
    Text100,
    UtcDateTime,
    enum_type,
    says,
)
from models.papers import IdType, Sex
from models.words import Labelled

if TYPE_CHECKING:
    from models.unit import Unit


class PersonStatus(Labelled):
    """Review status of a person (DOMAIN §1.2)."""

    draft = "draft", "待提交", "muted", "已填写但尚未提交"
    submitted = "submitted", "已提交（待单位审核）", "info", "已提交，所属单位通过审核后自动进入待确认"
    pending_confirm = "pending_confirm", "待确认", "warning", "等待分团确认统付（代付或不代付）和人员标签"
    pending_review = "pending_review", "待审核", "warning", "统付已确认，等待公安部门安全审核"
    returned = "returned", "退回修改", "danger", "信息有误，已退回修改；额度和统付决定保留"
    approved = "approved", "审核通过", "success", "安全审核通过；证件费缴清或免缴的进入待制证"
    rejected = "rejected", "审核不通过", "danger", "不能参加本届，占用的额度和代付金额已释放"
    expired = "expired", "逾期未提交", "muted", "截止前没有提交，占用的额度已释放"
    transferred_out = "transferred_out", "已转出", "muted", "随单位移交其他省的交易团，本省只能查看"
    deleted = "deleted", "已删除", "muted", "人员信息和照片已清除，无法恢复"


class SecurityStatus(Labelled):
    """Where the police check of the person stands."""

    none = "none", "未送审", "muted", "尚未送公安部门审核"
    sent = "sent", "已送审", "info", "已列入送审名单，等待结果"
    passed = "passed", "通过", "success", "公安部门审核通过"
    data_wrong = "data_wrong", "信息不符", "danger", "证件信息核对不一致，已退回修改"
    not_passed = "not_passed", "不通过", "danger", "公安部门审核不通过"


class PaymentStatus(Labelled):
    """Who pays and whether it is settled (DOMAIN §1.4)."""

    undecided = "undecided", "待确认", "muted", "尚未决定由谁支付证件费"
    group_committed = "group_committed", "已确认代付", "success", "分团已确认代付，费用计入统付额度"
    waived = "waived", "免缴", "success", "使用免费额度，无须缴费"
    unpaid = "unpaid", "待支付", "warning", "由本人或单位支付，尚未到账"
    paid = "paid", "已支付", "success", "本人或单位已支付"
    closed = "closed", "逾期关闭", "danger", "缴费截止前没有支付，不再制证"
    group_settled = "group_settled", "已结算", "success", "统付金额已与付款单位结清"
    released = "released", "代付已释放", "muted", "人员退出或改用免费额度，代付金额已退回统付额度"
    refunding = "refunding", "退款中", "warning", "已登记退款，等待财务办理"
    refunded = "refunded", "已退款", "muted", "款项已退回"
    no_refund = "no_refund", "不予退款", "muted", "按本届规定不予退款"


class GroupPayDecision(Labelled):
    """The one decision on group pay; once made it cannot be changed (notice §五(三)3)."""

    undecided = "undecided", "未决定", "muted", "尚未确认统付"
    confirmed = "confirmed", "确认代付", "success", "由分团支付证件费，不可更改"
    cancelled = "cancelled", "取消代付", "muted", "由本人或单位支付证件费，不可更改"


class ReissueStatus(Labelled):
    """How the fee of replacing a lost badge stands (DOMAIN §1.3); nothing where none was lost, or where it costs nothing."""

    owed = "owed", "补办费待收", "warning", "收取或免收后才能开始制证"
    paid = "paid", "补办费已收", "success", "补办费已到账，可以开始制证"
    waived = "waived", "补办费免收", "success", "省交易团秘书处决定免收，可以开始制证"
    dropped = "dropped", "补办已取消", "muted", "新证件制作前退出，不再收取；已收的见退费事项"


class GetMethod(Labelled):
    """How the badge reaches the person (证件获取方式)."""

    MAIL = "MAIL", "寄递"
    PICKUP = "PICKUP", "现场领取"


LIVE = (
    PersonStatus.draft,
    PersonStatus.submitted,
    PersonStatus.pending_confirm,
    PersonStatus.pending_review,
    PersonStatus.returned,
    PersonStatus.approved,
)
SETTLED = (PaymentStatus.waived, PaymentStatus.paid, PaymentStatus.group_committed, PaymentStatus.group_settled)


class Person(Referenced, Versioned, Dated, Moved, UnitOwned, Base):
    """A registered person. One identity number, one badge per edition (一人一证)."""

    __tablename__ = "person"
    __label__ = "人员"
    __purpose__ = "登记和确认参会人员：确认统付与标签、退回修改、安全审核、升级标签。"
    beside_place = ("review_status",)
    rules = (
        Index(
            "uq_person_identity",
            "edition_id",
            "id_no_index",
            unique=True,
            sqlite_where=text("review_status NOT IN ('deleted', 'rejected', 'expired', 'transferred_out')"),
            postgresql_where=text("review_status NOT IN ('deleted', 'rejected', 'expired', 'transferred_out')"),
        ),
        CheckConstraint("(group_pay_decision = 'confirmed') = (payer_id IS NOT NULL)", name="payer_iff_confirmed"),
        CheckConstraint("group_pay_fee >= 0", name="fee_not_negative"),
        CheckConstraint("reissue_fee > 0", name="reissue_fee_positive"),
        CheckConstraint("(reissue_status IS NULL) = (reissue_fee IS NULL)", name="reissue_fee_iff_charged"),
        Index(None, "delegation_id", "edition_id", "created_at", "id", "review_status"),
        Index(None, "province_id", "edition_id", "created_at", "id", "review_status"),
        Index(None, "delegation_id", "edition_id", "review_status", "created_at", "id"),
        Index(None, "province_id", "edition_id", "review_status", "created_at", "id"),
        Index(
            "ix_person_figures",
            "province_id",
            "edition_id",
            "delegation_id",
            "review_status",
            "payment_status",
            "state_since",
        ),
        Index(
            "ix_person_reissue",
            "province_id",
            "edition_id",
            "reissue_status",
            sqlite_where=text("reissue_status IS NOT NULL"),
            postgresql_where=text("reissue_status IS NOT NULL"),
        ),
        Index(None, "edition_id", "name"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    name: Mapped[PersonName] = mapped_column(
        info=says(
            "姓名",
            means="与证件一致的姓名",
            identity="approval",
            listed=True,
            searched=True,
            required="always",
            group="个人信息",
        )
    )
    review_status: Mapped[PersonStatus] = mapped_column(
        enum_type(PersonStatus, "review_status"),
        default=PersonStatus.draft,
        info=says("审核状态", means="人员审核走到哪一步", machine=True, state=True, listed=True, filtered=True),
    )
    label: Mapped[Label] = mapped_column(
        enum_type(Label, "label"),
        default=Label.PROFESSIONAL,
        info=says(
            "人员标签",
            help="VIP、工作人员须有空余额度",
            listed=True,
            filtered=True,
            once=True,
            state=True,
            required="always",
        ),
    )
    payment_status: Mapped[PaymentStatus] = mapped_column(
        enum_type(PaymentStatus, "payment_status"),
        default=PaymentStatus.undecided,
        info=says("缴费状态", means="证件费由谁支付、是否付清", machine=True, state=True, listed=True, filtered=True),
    )
    name_en: Mapped[str | None] = mapped_column(
        String(100), info=says("英文姓名", help="与护照一致", identity="approval", required="overseas")
    )
    sex: Mapped[Sex | None] = mapped_column(
        enum_type(Sex, "sex"),
        info=says(
            "性别", means="须与证件号码一致", identity="checked", filtered=True, required="always", personal=True
        ),
    )
    birth_date: Mapped[date | None] = mapped_column(
        info=says(
            "出生日期",
            means="须与证件号码一致；未达最低年龄的不能登记",
            identity="approval",
            required="always",
            personal=True,
        )
    )
    nationality: Mapped[str] = mapped_column(
        String(3),
        default="CHN",
        info=says("国籍（地区）", identity="approval", choices="countries", filtered=True, required="always"),
    )
    id_type: Mapped[IdType] = mapped_column(
        enum_type(IdType, "id_type"),
        default=IdType.RESIDENT_ID,
        info=says("证件类型", means="决定证件号码的格式", identity="approval", filtered=True, required="always"),
    )
    id_no: Mapped[IdNumber] = mapped_column(
        info=says(
            "证件号码",
            help="一人一证：同一届次内不可重复",
            identity="approval",
            listed=True,
            searched="exact",
            required="always",
        )
    )
    id_expiry: Mapped[date | None] = mapped_column(info=says("证件有效期至", means="不得早于展会闭幕", personal=True))
    department: Mapped[Text100 | None] = mapped_column(info=says("部门"))
    title: Mapped[Text100 | None] = mapped_column(info=says("职务", required="always", listed=True))
    mobile: Mapped[Phone] = mapped_column(
        info=says("手机号码", listed=True, searched="exact", required="always", group="联系方式")
    )
    email: Mapped[Email | None] = mapped_column(info=says("邮箱"))
    period: Mapped[Period] = mapped_column(
        enum_type(Period, "period"),
        default=Period.FULL,
        info=says("入场信息", means="印在证件上，并决定费用", filtered=True, required="always", group="证件"),
    )
    cert_mode: Mapped[CertMode] = mapped_column(
        enum_type(CertMode, "cert_mode"),
        default=CertMode.new,
        info=says("办理方式", means="新办、重新申办或证件复用", filtered=True, required="always"),
    )
    old_card_no: Mapped[Text50 | None] = mapped_column(
        info=says("原证件号", help="证件复用必填", code=True, personal=True)
    )
    old_edition: Mapped[str | None] = mapped_column(
        String(10), info=says("原届次", means="原证件是哪一届的", code=True)
    )
    get_method: Mapped[GetMethod] = mapped_column(
        enum_type(GetMethod, "get_method"),
        default=GetMethod.MAIL,
        info=says("证件获取方式", means="寄递须填写收件信息", required="always"),
    )
    recv_name: Mapped[PersonName | None] = mapped_column(
        info=says("收件人", means="证件寄给谁", required="mailed", group="寄递")
    )
    recv_mobile: Mapped[Phone] = mapped_column(info=says("收件手机", required="mailed"))
    recv_region: Mapped[Text100 | None] = mapped_column(info=says("收件省市区", required="mailed"))
    recv_address: Mapped[str | None] = mapped_column(String(200), info=says("收件地址", required="mailed"))
    recv_postcode: Mapped[Postcode | None] = mapped_column(info=says("收件邮编", personal=True))
    consent_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime(), info=says("告知同意时间", means="本人同意个人信息告知书的时间", machine=True)
    )
    consent_version: Mapped[str | None] = mapped_column(String(20), info=says("同意书版本", machine=True))
    security_status: Mapped[SecurityStatus] = mapped_column(
        enum_type(SecurityStatus, "security_status"),
        default=SecurityStatus.none,
        info=says("安全审核", means="公安部门审核走到哪一步", machine=True, state=True, filtered=True),
    )
    group_pay_decision: Mapped[GroupPayDecision] = mapped_column(
        enum_type(GroupPayDecision, "group_pay_decision"),
        default=GroupPayDecision.undecided,
        info=says("统付决定", means="确认后不可更改", machine=True, state=True, filtered=True),
    )
    group_pay_fee: Mapped[Money | None] = mapped_column(
        info=says("证件费（元）", means="确认代付时的费用，此后不随费用标准变化", machine=True)
    )
    reissue_status: Mapped[ReissueStatus | None] = mapped_column(
        enum_type(ReissueStatus, "reissue_status"),
        info=says("补办费", means="遗失补办的费用收了没有", machine=True, state=True, filtered=True),
    )
    reissue_fee: Mapped[Money | None] = mapped_column(
        info=says("补办费（元）", means="挂失时的补办费，此后不随费用标准变化", machine=True)
    )
    payer_id: Mapped[int | None] = mapped_column(
        ForeignKey("delegation.id"), info=says("代付单位", means="支付证件费的分团；单位转移后不变", machine=True)
    )
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("确认人", machine=True))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("确认时间", machine=True))
    round: Mapped[int] = mapped_column(default=0, info=says("提交次数", means="每提交一次加一", machine=True))
    opinion: Mapped[str | None] = mapped_column(
        String(500), info=says("审核意见", means="最近一次退回的意见，单位登录后可见", machine=True)
    )
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("提交时间", machine=True))

    unit: Mapped["Unit"] = relationship(
        back_populates="persons", primaryjoin="foreign(Person.unit_id) == Unit.id", viewonly=True
    )

    def __str__(self) -> str:
        return self.name
