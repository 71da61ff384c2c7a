"""The delegation tree (交易团/分团) and what a node may do in an edition (switches, caps, locks)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Dated, Moved, Placed, Referenced, Versioned
from models.kinds import Landline, Money, Text50, Text100, UtcDateTime, enum_type, says
from models.words import Labelled


class DelegationKind(Labelled):
    """What sort of node it is."""

    PROVINCE = "PROVINCE", "省交易团", "info", "全省参会工作的牵头单位"
    GOVERNMENT = "GOVERNMENT", "政府分团", "muted", "按地区组建的分团"
    INDUSTRY = "INDUSTRY", "行业分团", "muted", "按行业组建的分团"
    HEALTH = "HEALTH", "卫健委分团", "muted", "卫生健康系统的分团"
    CENTRAL_SOE = "CENTRAL_SOE", "央企分团", "muted", "中央企业的分团"


class Delegation(Versioned, Base):
    """A node of the tree: province, sub-delegation, or a third level. Its province is denormalised for scope."""

    __tablename__ = "delegation"
    __label__ = "交易团/分团"
    __purpose__ = "维护交易团和分团的层级、推荐码和联络员。"

    code: Mapped[str] = mapped_column(
        String(20),
        unique=True,
        info=says("代码", means="内部使用的代码，不重复", listed=True, searched=True, code=True),
    )
    name: Mapped[Text100] = mapped_column(info=says("名称", listed=True, searched=True, required="always"))
    short_name: Mapped[Text50] = mapped_column(
        info=says("简称", means="页面和证件上显示的名称", listed=True, searched=True, required="always")
    )
    kind: Mapped[DelegationKind] = mapped_column(
        enum_type(DelegationKind, "kind"), info=says("类别", listed=True, filtered=True, required="always")
    )
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("delegation.id"),
        index=True,
        info=says("上级", means="上级能看到下级的全部数据", listed=True, once=True),
    )
    province_id: Mapped[int | None] = mapped_column(
        ForeignKey("delegation.id"), index=True, info=says("省交易团", machine=True)
    )
    referral_code: Mapped[str] = mapped_column(
        String(8), index=True, info=says("推荐码", help="Q 加 7 位数字", listed=True, searched=True, code=True)
    )
    contact: Mapped[Text50 | None] = mapped_column(info=says("联络员", listed=True))
    phone: Mapped[Landline | None] = mapped_column(info=says("联系电话", listed=True))
    is_active: Mapped[bool] = mapped_column(
        default=True, info=says("启用", means="停用后不能再选", listed=True, filtered=True)
    )

    parent: Mapped["Delegation | None"] = relationship(remote_side="Delegation.id", foreign_keys=[parent_id])

    def __str__(self) -> str:
        return self.short_name


class LockStatus(Labelled):
    """How far a node is with handing in its submission as a whole (锁定提交, DOMAIN §1.1)."""

    open = "open", "未锁定", "muted", "分团还在登记和审核"
    locked = "locked", "已提交锁定", "warning", "分团已锁定提交，等待省团接受"
    accepted = "accepted", "已接受", "success", "省团已接受，未提交的人员逾期，此后由省团办理变更"
    closed = "closed", "到期锁定", "success", "本届锁定时间已到，由系统锁定，未提交的人员逾期"
    unlocked = "unlocked", "已解锁", "info", "省团已解锁，分团可以修改，改好后须再次锁定提交"


class DelegationEdition(Referenced, Versioned, Dated, Moved, Placed, Base):
    """A node's settings, group-pay budget and lock in one edition; ``group_pay_committed`` is a guarded counter (分).

    ``locked_at`` is set exactly while ``status`` is one that binds (``BINDING``).
    """

    __tablename__ = "delegation_edition"
    __label__ = "分团届次设置"
    __purpose__ = "设置各分团本届的统付开关、统付额度和指定方式；锁定提交、接受和解锁也在这里办理。"
    __table_args__ = (
        UniqueConstraint("edition_id", "delegation_id"),
        CheckConstraint("0 <= group_pay_committed AND group_pay_committed <= group_pay_cap", name="committed_in_cap"),
        CheckConstraint("group_pay_cap <= group_pay_grant", name="cap_in_grant"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    group_pay_enabled: Mapped[bool] = mapped_column(
        default=False, info=says("统付开关", help="关闭后只能“取消代付”，已确认的不受影响", listed=True, filtered=True)
    )
    group_pay_grant: Mapped[Money] = mapped_column(
        default=0,
        info=says(
            "上级给予的统付额度上限（元）", means="由上级设置，统付额度不能超过它", listed=True, province_only=True
        ),
    )
    group_pay_cap: Mapped[Money] = mapped_column(
        default=0, info=says("统付额度（元）", help="不能高于上级给予的上限，不能低于已确认金额", listed=True)
    )
    group_pay_committed: Mapped[Money] = mapped_column(
        default=0, info=says("已确认代付（元）", means="已确认代付的合计", machine=True, listed=True)
    )
    late_commit: Mapped[bool] = mapped_column(
        default=False,
        info=says("可补办代付", help="开启后，本分团可为逾期未缴的人员补办代付", listed=True, province_only=True),
    )
    transfer_by_request: Mapped[bool] = mapped_column(
        default=False, info=says("指定单位须对方接收", help="开启后，省内指定也先申请后接收", listed=True)
    )
    status: Mapped[LockStatus] = mapped_column(
        enum_type(LockStatus, "status"),
        default=LockStatus.open,
        info=says("锁定状态", means="锁定提交走到哪一步", machine=True, state=True, listed=True, filtered=True),
    )
    locked_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime(),
        info=says("锁定提交时间", means="锁定后，分团不能再修改单位、人员和额度", machine=True, listed=True),
    )


BINDING = (LockStatus.locked, LockStatus.accepted, LockStatus.closed)
"""States in which only the provincial roles change units, persons and quota."""
FINAL = (LockStatus.accepted, LockStatus.closed)
"""States in which nothing is waited for any more: what was not submitted has expired (DOMAIN P16)."""
