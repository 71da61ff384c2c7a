"""The unit (单位) that registers for an edition and hangs on exactly one node of the tree."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Dated, Moved, Placed, Referenced, Versioned
from models.delegation import Delegation
from models.kinds import Email, Landline, PersonName, Phone, Postcode, Text100, Uscc, UtcDateTime, enum_type, says
from models.words import Labelled

if TYPE_CHECKING:
    from models.person import Person


class UnitStatus(Labelled):
    """Review status of a unit (DOMAIN §1.1)."""

    draft = "draft", "待提交", "muted", "已登记但尚未提交；单位和分团可以修改"
    auto_check = "auto_check", "系统识别中", "info", "系统正在核对证照；核对结束后自动进入待初审或审核通过"
    pending_first = "pending_first", "待初审", "warning", "等待所属分团初审"
    pending_second = "pending_second", "待复审", "warning", "分团已初审通过并提报，等待省交易团秘书处复审"
    returned = "returned", "退回修改", "danger", "填写有误，已退回单位；单位按审核意见修改后重新提交"
    approved = "approved", "审核通过", "success", "复审通过，单位资格确认；人员可以逐一确认"
    rejected = "rejected", "审核不通过", "danger", "不予报名，单位及其人员退出本届；只有省交易团秘书处可以恢复"
    deleted = "deleted", "已删除", "muted", "单位及人员信息已清除，无法恢复"
    transferred_out = "transferred_out", "已转出", "muted", "已移交其他省的交易团，本省只能查看"
    released = "released", "代码已释放", "muted", "误填的统一社会信用代码已释放，供真正的单位登记；本登记作废"


OUT = (
    UnitStatus.rejected,
    UnitStatus.deleted,
    UnitStatus.released,
    UnitStatus.transferred_out,
)  # no more part of the edition


class Origin(Labelled):
    """Where the unit is (单位所在地区)."""

    DOMESTIC = "DOMESTIC", "境内"
    OVERSEAS = "OVERSEAS", "境外（国家/地区）", "info"


class Category(Labelled):
    """Unit category (单位观众分类, notice §二)."""

    ENTERPRISE = "ENTERPRISE", "企业"
    SOCIAL_ORG = "SOCIAL_ORG", "社会组织"
    INSTITUTION = "INSTITUTION", "事业单位"
    GOVERNMENT = "GOVERNMENT", "政府机构"
    OTHER = "OTHER", "其他"


class LicenceType(Labelled):
    """Kind of qualification paper (证照类型)."""

    BUSINESS = "BUSINESS", "营业执照"
    INSTITUTION = "INSTITUTION", "事业单位法人证书"
    SOCIAL_ORG = "SOCIAL_ORG", "社会团体登记证"
    GOVERNMENT = "GOVERNMENT", "机关代码证"
    OTHER = "OTHER", "其他"


class Recognition(Labelled):
    """What the system made of the licence image (系统识别结果)."""

    NOT_TRIED = "NOT_TRIED", "未识别", "muted", "系统尚未核对证照"
    PASSED = "PASSED", "识别通过", "success", "证照上的名称和代码与填写的一致"
    FAILED = "FAILED", "识别未通过", "warning", "证照无法识别或与填写的不一致，须人工审核"


class UnitGroupPay(Labelled):
    """A unit's own group-pay switch over its node's."""

    INHERIT = "INHERIT", "随分团设置", "muted", "由所属分团的统付开关决定"
    ON = "ON", "统付", "success", "分团可为该单位的人员代付"
    OFF = "OFF", "不统付", "muted", "该单位的人员自行支付证件费"


class Unit(Referenced, Versioned, Dated, Moved, Placed, Base):
    """A registered unit. ``uscc`` is its login and changes by 更正统一社会信用代码 only (DOMAIN §0.5).

    It becomes NULL when the unit is deleted, has left, or its code is released; ``former_uscc`` keeps the code it had before.
    """

    __tablename__ = "unit"
    __label__ = "单位"
    __purpose__ = "登记和审核参会单位：初审、复审、退回修改、指定给其他分团。"
    __table_args__ = (
        UniqueConstraint("edition_id", "uscc"),
        UniqueConstraint("id", "delegation_id", "province_id"),
        CheckConstraint(
            "origin = 'OVERSEAS' OR uscc IS NOT NULL OR review_status IN ('deleted', 'released', 'transferred_out')",
            name="domestic_has_uscc",
        ),
        Index(None, "delegation_id", "edition_id", "created_at", "id", "review_status"),
        Index(None, "province_id", "edition_id", "created_at", "id", "review_status"),
        Index(None, "delegation_id", "edition_id", "review_status"),
        Index(None, "province_id", "edition_id", "review_status"),
        Index(None, "province_id", "edition_id", "submitted_at", "review_status"),
        Index("ix_unit_figures", "province_id", "edition_id", "delegation_id", "review_status", "state_since"),
        Index(None, "edition_id", "name"),
        Index(None, "edition_id", "contact_mobile_index"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    name: Mapped[Text100] = mapped_column(
        info=says(
            "单位名称",
            means="按证照填写的全称",
            personal=False,
            listed=True,
            searched=True,
            required="always",
            group="单位信息",
        )
    )
    uscc: Mapped[Uscc | None] = mapped_column(
        info=says(
            "统一社会信用代码",
            help="18 位，与证照一致；登记后不可修改，误填的由省交易团秘书处更正或释放",
            listed=True,
            searched="exact",
            once=True,
            required="domestic",
        )
    )
    review_status: Mapped[UnitStatus] = mapped_column(
        enum_type(UnitStatus, "review_status"),
        default=UnitStatus.draft,
        info=says("审核状态", means="单位审核走到哪一步", machine=True, state=True, listed=True, filtered=True),
    )
    origin: Mapped[Origin] = mapped_column(
        enum_type(Origin, "origin"),
        default=Origin.DOMESTIC,
        info=says(
            "单位所在地区", means="境内单位填统一社会信用代码，境外单位填境外注册号", filtered=True, required="always"
        ),
    )
    category: Mapped[Category] = mapped_column(
        enum_type(Category, "category"),
        info=says(
            "单位观众分类",
            means="境内分为企业、社会组织、事业单位、政府机构；境外另有“其他”",
            listed=True,
            filtered=True,
            required="always",
        ),
    )
    overseas_reg_no: Mapped[str | None] = mapped_column(
        String(50), info=says("境外注册号", means="境外单位在当地的登记号", required="overseas", code=True)
    )
    name_en: Mapped[str | None] = mapped_column(
        String(200), info=says("英文名称", means="印在英文材料上的名称", required="overseas", personal=False)
    )
    licence_type: Mapped[LicenceType] = mapped_column(
        enum_type(LicenceType, "licence_type"),
        default=LicenceType.BUSINESS,
        info=says("证照类型", means="单位资质证明是哪一种证照", required="always"),
    )
    legal_rep: Mapped[PersonName | None] = mapped_column(info=says("法定代表人/负责人"))
    reg_capital: Mapped[Decimal | None] = mapped_column(
        Numeric(16, 4), info=says("注册资本（万元人民币）", means="以证照为准", required="enterprise")
    )
    import_usd: Mapped[Decimal | None] = mapped_column(
        Numeric(16, 2), info=says("上年进口额（万美元）", means="上一年度的进口总额")
    )
    industry: Mapped[Text100 | None] = mapped_column(info=says("所属行业", personal=False))
    city: Mapped[str | None] = mapped_column(
        String(30),
        info=says(
            "所在城市",
            means="单位所在的城市，用于筛选和统计",
            personal=False,
            listed=True,
            filtered=True,
            required="domestic",
            group="地址与联系人",
        ),
    )
    region_code: Mapped[str | None] = mapped_column(
        String(6), info=says("行政区划代码", means="六位行政区划代码，可不填", code=True)
    )
    address: Mapped[str | None] = mapped_column(String(200), info=says("详细地址", required="always"))
    postcode: Mapped[Postcode | None] = mapped_column(info=says("邮编"))
    contact_name: Mapped[PersonName | None] = mapped_column(
        info=says("联系人", means="负责本次参会联系的人", listed=True, required="always")
    )
    contact_mobile: Mapped[Phone] = mapped_column(
        info=says("联系人手机", means="只用于参会联系", listed=True, required="always")
    )
    contact_phone: Mapped[Landline | None] = mapped_column(info=says("固定电话", help="可填两个号码，用空格隔开"))
    contact_email: Mapped[Email | None] = mapped_column(info=says("联系邮箱", required="always"))
    referral_code: Mapped[str] = mapped_column(
        String(8), info=says("交易团推荐码", help="须属于所选交易团", required="always", code=True, group="推荐与统付")
    )
    is_returning: Mapped[bool] = mapped_column(
        default=False, info=says("往届观众", means="参加过往届进博会的单位", filtered=True)
    )
    group_pay_enabled: Mapped[UnitGroupPay] = mapped_column(
        enum_type(UnitGroupPay, "group_pay_enabled"),
        default=UnitGroupPay.INHERIT,
        info=says("本单位统付", means="该单位的人员是否由分团代付", filtered=True),
    )
    recognised: Mapped[Recognition] = mapped_column(
        enum_type(Recognition, "recognised"),
        default=Recognition.NOT_TRIED,
        info=says("系统识别结果", means="系统核对证照的结果", machine=True, filtered=True),
    )
    round: Mapped[int] = mapped_column(default=0, info=says("提交次数", means="每提交一次加一", machine=True))
    opinion: Mapped[str | None] = mapped_column(
        String(500),
        info=says("审核意见", means="最近一次退回或不通过的意见，单位登录后可见", machine=True, listed=True),
    )
    submitted_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id"), info=says("提交人", means="提交的账号；代为提交的人不能初审", machine=True)
    )
    submitted_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime(), info=says("提交时间", machine=True, listed=True, filtered=True)
    )
    first_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id"), info=says("初审人", means="初审的账号；初审人不能复审", machine=True)
    )
    first_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("初审时间", machine=True))
    second_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("复审人", machine=True))
    second_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("复审时间", machine=True))
    edited_by_admin: Mapped[bool] = mapped_column(
        default=False, info=says("管理员修改", means="单位提交后，管理员改过内容", machine=True, filtered=True)
    )
    remark: Mapped[str | None] = mapped_column(String(500), info=says("备注"))
    former_uscc: Mapped[Uscc | None] = mapped_column(
        info=says("原统一社会信用代码", means="更正、释放或转出之前登记的代码", machine=True, searched="exact")
    )

    delegation: Mapped[Delegation] = relationship(foreign_keys="Unit.delegation_id")
    persons: Mapped[list["Person"]] = relationship(
        back_populates="unit", primaryjoin="Unit.id == foreign(Person.unit_id)", viewonly=True
    )

    def __str__(self) -> str:
        return self.name
