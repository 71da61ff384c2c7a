"""What persons pay themselves (自行缴费): the append-only record of receipts and refunds, and tasks of refunding."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Dated, Moved, Referenced, UnitOwned, Versioned
from models.kinds import Moment, Money, UtcDateTime, enum_type, now, says
from models.words import Labelled


class PaymentKind(Labelled):
    """Which way the money went."""

    RECEIPT = "RECEIPT", "到账", "success", "本人或单位支付的证件费"
    REFUND = "REFUND", "退款", "warning", "退回的证件费，金额为负"


class PaymentPurpose(Labelled):
    """What the money is for."""

    FEE = "FEE", "证件费", "muted", "办理证件的费用"
    REISSUE = "REISSUE", "补办费", "warning", "遗失补办证件的费用"


class Payment(Referenced, UnitOwned, Base):
    """One sum that came or went; ``amount`` in 分, signed. Never changed: what was wrong is refunded and paid anew.

    The bank's number (流水号) stands for one payment of one person in an edition: the same file twice records it once.
    """

    __tablename__ = "payment"
    __label__ = "缴费记录"
    __purpose__ = "查看自行缴费的到账和退款；只增不改，可由银行明细批量导入。"
    beside_place = ("edition_id",)
    rules = (
        UniqueConstraint("edition_id", "serial_no"),
        CheckConstraint("(kind = 'RECEIPT' AND amount > 0) OR (kind = 'REFUND' AND amount < 0)", name="sign"),
        Index(None, "province_id", "edition_id"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), index=True, info=says("人员", machine=True, listed=True)
    )
    kind: Mapped[PaymentKind] = mapped_column(
        enum_type(PaymentKind, "kind"),
        info=says("类型", means="到账或退款", machine=True, listed=True, filtered=True),
    )
    purpose: Mapped[PaymentPurpose] = mapped_column(
        enum_type(PaymentPurpose, "purpose"),
        default=PaymentPurpose.FEE,
        info=says("款项", means="证件费或补办费", machine=True, listed=True, filtered=True),
    )
    amount: Mapped[Money] = mapped_column(
        info=says("金额（元）", means="到账为正，退款为负", machine=True, listed=True)
    )
    paid_on: Mapped[date] = mapped_column(info=says("支付日期", machine=True, listed=True, filtered=True))
    serial_no: Mapped[str] = mapped_column(
        String(64),
        info=says("流水号", means="银行或支付平台的流水号，同一届内不重复", machine=True, listed=True, code=True, searched=True),
    )  # fmt: skip
    remark: Mapped[str | None] = mapped_column(String(200), info=says("备注", machine=True))
    at: Mapped[Moment] = mapped_column(default=now, info=says("录入时间", machine=True, listed=True, filtered=True))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("经办人", machine=True, listed=True))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), info=says("批次", machine=True))


class RefundStatus(Labelled):
    """Life of a task."""

    pending = "pending", "待退费", "warning", "等待财务办理退款或决定不退"
    refunded = "refunded", "已退费", "success", "款项已退回，记入缴费记录"
    kept = "kept", "不予退费", "muted", "按本届规定或经核实不予退费"


class RefundCause(Labelled):
    """Why money may have to go back."""

    rejected = "rejected", "审核不通过", "danger"
    deleted = "deleted", "人员已删除", "muted"
    upgraded = "upgraded", "升级为免费标签", "info"


class RefundTask(Referenced, Versioned, Dated, Moved, UnitOwned, Base):
    """Money of a person that finance has to decide on; no name is kept, a deleted person's money is known by its number."""

    __tablename__ = "refund_task"
    __label__ = "退费事项"
    __purpose__ = "办理退费：已缴费的人员审核不通过、被删除或升级为免费标签时自动产生。"
    beside_place = ("edition_id",)
    rules = (
        CheckConstraint("amount > 0", name="amount_positive"),
        Index(None, "province_id", "edition_id", "status"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    person_ref: Mapped[str] = mapped_column(
        String(10), info=says("人员编号", machine=True, listed=True, code=True, searched="exact")
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), index=True, info=says("人员", machine=True, listed=True)
    )
    status: Mapped[RefundStatus] = mapped_column(
        enum_type(RefundStatus, "status"),
        default=RefundStatus.pending,
        info=says("状态", means="退费走到哪一步", machine=True, state=True, listed=True, filtered=True),
    )
    cause: Mapped[RefundCause] = mapped_column(
        enum_type(RefundCause, "cause"),
        info=says("原因", means="为什么可能要退费", machine=True, listed=True, filtered=True),
    )
    purpose: Mapped[PaymentPurpose] = mapped_column(
        enum_type(PaymentPurpose, "purpose"),
        default=PaymentPurpose.FEE,
        info=says("款项", means="要退的是证件费还是补办费", machine=True, listed=True, filtered=True),
    )
    amount: Mapped[Money] = mapped_column(
        info=says("可退金额（元）", means="该人员已缴、尚未退的金额", machine=True, listed=True)
    )
    paid_serial: Mapped[str | None] = mapped_column(
        String(64), info=says("原流水号", means="当初缴费的流水号，按它原路退回", machine=True, listed=True, code=True)
    )
    serial_no: Mapped[str | None] = mapped_column(String(64), info=says("退款流水号", machine=True, code=True))
    refunded_on: Mapped[date | None] = mapped_column(info=says("退款日期", machine=True))
    reason: Mapped[str | None] = mapped_column(String(500), info=says("不退理由", machine=True))
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("经办人", machine=True))
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("办理时间", machine=True))
