"""Statements of group pay (统付对账单, DOMAIN §4.3, §5.5): what a payer owes since its last one, frozen when issued."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Dated, Moved, Placed, Referenced, Versioned
from models.certificate import CertificateStatus
from models.edition import CertMode, Label, Period
from models.group_pay import GroupPayKind
from models.kinds import Moment, Money, Text50, Text100, UtcDateTime, enum_type, says
from models.words import Labelled


class StatementStatus(Labelled):
    """Life of a statement."""

    draft = "draft", "预览", "warning", "尚未出具，内容随台账变化；可先下载核对"
    issued = "issued", "已出具", "info", "明细已固定，等待付款单位结清；此后的变动列入下期"
    settled = "settled", "已结清", "success", "款项已到账，其中的人员转为“已结算”"
    discarded = "discarded", "已作废", "muted", "出具前已作废，没有明细"


_DRAFT = text("status = 'draft'")


class Statement(Referenced, Versioned, Dated, Moved, Placed, Base):
    """One payer's bill of one period; ``delegation_id`` is the payer. Amounts in 分; the header is a snapshot.

    ``number`` counts the payer's issued statements; the period is half-open, and its end stands when it is issued.
    """

    __tablename__ = "statement"
    __label__ = "统付对账单"
    __purpose__ = "按付款单位出具对账单：先预览核对，出具后明细固定，到账后结清。"
    __table_args__ = (
        UniqueConstraint("edition_id", "delegation_id", "number"),
        Index("uq_statement_draft", "edition_id", "delegation_id", unique=True, sqlite_where=_DRAFT, postgresql_where=_DRAFT),
        CheckConstraint("(status IN ('issued', 'settled')) = (number IS NOT NULL)", name="numbered_when_issued"),
        Index(None, "province_id", "edition_id"),
    )  # fmt: skip

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    status: Mapped[StatementStatus] = mapped_column(
        enum_type(StatementStatus, "status"),
        default=StatementStatus.draft,
        info=says("状态", means="对账单走到哪一步", machine=True, state=True, listed=True, filtered=True),
    )
    number: Mapped[int | None] = mapped_column(
        info=says("期次", means="付款单位的第几期对账单，出具时编号", machine=True, listed=True)
    )
    period_from: Mapped[datetime | None] = mapped_column(
        UtcDateTime(), info=says("账期起", means="上期对账单的账期止；第一期从头开始", machine=True, listed=True)
    )
    period_to: Mapped[datetime | None] = mapped_column(
        UtcDateTime(),
        info=says("账期止", help="此刻之前记入台账的才列入；不填则到出具时为止", listed=True, once=True, filtered=True),
    )
    line_count: Mapped[int] = mapped_column(
        default=0, info=says("笔数", means="列入的台账笔数", machine=True, listed=True)
    )
    total: Mapped[Money] = mapped_column(
        default=0, info=says("应付金额（元）", means="各笔金额的合计，可以为负", machine=True, listed=True)
    )
    cap: Mapped[Money | None] = mapped_column(
        info=says("出具时统付额度（元）", means="付款单位在出具时的统付额度", machine=True)
    )
    committed: Mapped[Money | None] = mapped_column(
        info=says("出具时已确认金额（元）", means="付款单位在出具时已确认代付的合计", machine=True)
    )
    remark: Mapped[str | None] = mapped_column(String(200), info=says("备注", once=True))
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("出具人", machine=True))
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("出具时间", machine=True))
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("结清登记人", machine=True))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("结清登记时间", machine=True))
    paid_on: Mapped[date | None] = mapped_column(info=says("到账日期", machine=True))
    serial_no: Mapped[str | None] = mapped_column(String(64), info=says("流水号", machine=True, code=True))


class StatementLine(Placed, Base):
    """One ledger line on its statement, as it read when it was issued; a ledger line stands on one statement only.

    ``fee`` × ``quantity`` = ``amount``, in 分; the quantity is 1 for a commitment, −1 for what is given back.
    """

    __tablename__ = "statement_line"
    __label__ = "对账单明细"
    __purpose__ = "查看已出具对账单的每一笔；出具后不再变化。"
    __table_args__ = (
        UniqueConstraint("statement_id", "line_no"),
        CheckConstraint("fee >= 0 AND quantity IN (-1, 0, 1) AND amount = fee * quantity", name="amount_of_fee"),
        Index(None, "province_id", "edition_id"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    statement_id: Mapped[int] = mapped_column(
        ForeignKey("statement.id"), info=says("统付对账单", machine=True, listed=True, filtered=True)
    )
    line_no: Mapped[int] = mapped_column(info=says("序号", machine=True, listed=True))
    entry_id: Mapped[int] = mapped_column(
        ForeignKey("group_pay_entry.id"), unique=True, info=says("台账记录", machine=True)
    )
    node_name: Mapped[Text100] = mapped_column(
        info=says("人员所在分团", means="出具时人员所在的交易团/分团", personal=False, machine=True)
    )
    unit_name: Mapped[Text100] = mapped_column(info=says("单位名称", machine=True, listed=True, searched=True))
    uscc: Mapped[str | None] = mapped_column(String(18), info=says("统一社会信用代码", machine=True, code=True))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True, info=says("人员", machine=True))
    person_ref: Mapped[str] = mapped_column(
        String(10), info=says("人员编号", machine=True, listed=True, code=True, searched="exact")
    )
    person_name: Mapped[Text50] = mapped_column(info=says("姓名", machine=True, listed=True))
    id_masked: Mapped[Text50 | None] = mapped_column(
        info=says("证件号码（脱敏）", machine=True, code=True, personal=True)
    )
    label: Mapped[Label] = mapped_column(enum_type(Label, "label"), info=says("人员标签", machine=True, listed=True))
    mode: Mapped[CertMode] = mapped_column(enum_type(CertMode, "mode"), info=says("办理方式", machine=True))
    period: Mapped[Period] = mapped_column(enum_type(Period, "period"), info=says("入场信息", machine=True))
    fee: Mapped[Money] = mapped_column(info=says("费用标准（元）", machine=True))
    quantity: Mapped[int] = mapped_column(info=says("数量", machine=True))
    amount: Mapped[Money] = mapped_column(info=says("金额（元）", machine=True, listed=True))
    confirmed_by: Mapped[Text50 | None] = mapped_column(info=says("确认人", machine=True, personal=False))
    confirmed_at: Mapped[Moment] = mapped_column(info=says("确认时间", machine=True, listed=True))
    card_status: Mapped[CertificateStatus | None] = mapped_column(
        enum_type(CertificateStatus, "card_status"), info=says("证件状态", machine=True)
    )
    kind: Mapped[GroupPayKind] = mapped_column(
        enum_type(GroupPayKind, "kind"), info=says("类型", machine=True, listed=True, filtered=True)
    )
    reason: Mapped[str | None] = mapped_column(String(500), info=says("理由", machine=True))
