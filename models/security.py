"""The police check as hand-over batches (送审批次): what was handed over of whom, frozen, and what came back (DOMAIN §1.2)."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Dated, Moved, Placed, Referenced, Versioned
from models.edition import Label
from models.kinds import IdNumber, PersonName, Phone, Restricted, Text50, Text100, UtcDateTime, enum_type, says
from models.papers import IdType, Sex
from models.person import SecurityStatus
from models.words import Labelled


class SecurityBatchStatus(Labelled):
    """Life of a batch."""

    ready = "ready", "待取件", "warning", "名单已生成，等待公安部门取件"
    taken = "taken", "已取件", "info", "公安部门已取走名单，等待审核结果"
    closed = "closed", "已办结", "success", "全部人员都有了结果"
    recalled = "recalled", "已收回", "muted", "整批作废，其中没有结果的人员可以重新移交"


class SecurityKind(Labelled):
    """What a row tells the police."""

    ADDED = "ADDED", "新增", "info", "第一次移交"
    CHANGED = "CHANGED", "变更", "warning", "移交过的人员信息有变，或退回后重新提交，须重新审核"
    WITHDRAWN = "WITHDRAWN", "撤回", "muted", "移交过的人员已退出，不再需要审核"


class SecurityRowStatus(Labelled):
    """What became of a row."""

    open = "open", "待结果", "warning", "已移交，等待审核结果"
    answered = "answered", "已有结果", "success", "已登记审核结果"
    stale = "stale", "信息已变更", "muted", "移交后身份信息有变，结果不再采用，列入下一批"
    withdrawn = "withdrawn", "人员已退出", "muted", "人员已删除、不通过或转出，不再需要结果"
    told = "told", "已告知撤回", "muted", "只为告知，不需要结果"
    recalled = "recalled", "随批收回", "muted", "整批已收回，不再需要结果"


_OPEN = text("status = 'open'")


class SecurityBatch(Referenced, Versioned, Dated, Moved, Placed, Base):
    """One list for the police; hangs on the province. The counts by kind are frozen with it, ``waiting`` follows the rows."""

    __tablename__ = "security_batch"
    __label__ = "送审批次"
    __purpose__ = "把待审核人员成批移交公安部门：生成加密名单、登记取件、导入审核结果。"
    __table_args__ = (Index(None, "province_id", "edition_id", "created_at", "id"),)

    delegation_id: Mapped[int] = mapped_column(
        ForeignKey("delegation.id"), active_history=True, info=says("交易团/分团", machine=True, filtered=True)
    )
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    number: Mapped[Text50] = mapped_column(
        unique=True, info=says("批次号", means="写在名单每一行上", machine=True, listed=True, searched=True, code=True)
    )
    status: Mapped[SecurityBatchStatus] = mapped_column(
        enum_type(SecurityBatchStatus, "status"),
        default=SecurityBatchStatus.ready,
        info=says("批次状态", means="批次走到哪一步", machine=True, state=True, listed=True, filtered=True),
    )
    waiting: Mapped[int] = mapped_column(
        default=0, info=says("待结果", means="还没有审核结果的人数", machine=True, listed=True)
    )
    added: Mapped[int] = mapped_column(
        default=0, info=says("新增", means="第一次移交的人数", machine=True, listed=True)
    )
    changed: Mapped[int] = mapped_column(
        default=0, info=says("变更", means="须重新审核的人数", machine=True, listed=True)
    )
    withdrawn: Mapped[int] = mapped_column(
        default=0, info=says("撤回", means="不再需要审核的人数", machine=True, listed=True)
    )
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("移交人", machine=True))
    files_made: Mapped[int] = mapped_column(
        default=0, info=says("名单份数", means="生成过几份加密名单，每份密码不同", machine=True)
    )
    file_made_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("名单生成时间", machine=True))
    taken_by: Mapped[Text100 | None] = mapped_column(
        info=says("取件人", means="取走名单的人及其单位", machine=True, listed=True)
    )
    taken_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime(), info=says("取件时间", machine=True, listed=True, filtered=True)
    )
    registered_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id"), info=says("取件登记人", machine=True)
    )


class SecurityRow(Referenced, Versioned, Dated, Placed, Base):
    """A person as handed over. ``identity`` is a keyed hash of what must not change until the result comes.

    Only the province's secretariat and the police read these rows: reasons are theirs alone (DOMAIN §1.2 P12).
    """

    __tablename__ = "security_row"
    __label__ = "送审人员"
    __purpose__ = "查看已移交公安部门的人员、等待了几天、结果如何；导入审核结果，登记原因。"
    __table_args__ = (
        UniqueConstraint("batch_id", "number"),
        UniqueConstraint("batch_id", "person_id"),
        Index("uq_security_row_open_person", "person_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "person_id"),
        Index(None, "province_id", "edition_id", "created_at", "id"),
        Index(None, "province_id", "edition_id", "status", "created_at", "id"),
    )

    delegation_id: Mapped[int] = mapped_column(
        ForeignKey("delegation.id"), active_history=True, info=says("交易团/分团", machine=True, filtered=True)
    )
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), info=says("届次", machine=True))
    batch_id: Mapped[int] = mapped_column(
        ForeignKey("security_batch.id"), info=says("送审批次", machine=True, listed=True, filtered=True)
    )
    number: Mapped[int] = mapped_column(info=says("序号", means="在名单中的行序", machine=True, listed=True))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=says("人员", machine=True))
    person_ref: Mapped[str] = mapped_column(
        String(10), info=says("人员编号", machine=True, listed=True, searched="exact", code=True)
    )
    earlier_id: Mapped[int | None] = mapped_column(
        ForeignKey("security_row.id"), info=says("上次移交", machine=True, hidden=True)
    )
    kind: Mapped[SecurityKind] = mapped_column(
        enum_type(SecurityKind, "kind"), info=says("类型", machine=True, listed=True, filtered=True)
    )
    status: Mapped[SecurityRowStatus] = mapped_column(
        enum_type(SecurityRowStatus, "status"),
        default=SecurityRowStatus.open,
        info=says("状态", means="结果来了没有", machine=True, listed=True, filtered=True),
    )
    waiting_since: Mapped[datetime | None] = mapped_column(
        UtcDateTime(),
        info=says(
            "等待天数", means="移交后等了几天；有了结果就不再计", machine=True, listed=True, filtered=True, age=True
        ),
    )
    name: Mapped[PersonName] = mapped_column(info=says("姓名", machine=True, listed=True, searched=True))
    name_en: Mapped[Text100 | None] = mapped_column(info=says("英文姓名", machine=True))
    sex: Mapped[Sex | None] = mapped_column(enum_type(Sex, "sex"), info=says("性别", machine=True, personal=True))
    birth_date: Mapped[date | None] = mapped_column(info=says("出生日期", machine=True, personal=True))
    nationality: Mapped[str | None] = mapped_column(
        String(3), info=says("国籍（地区）", choices="countries", machine=True, filtered=True)
    )
    id_type: Mapped[IdType] = mapped_column(
        enum_type(IdType, "id_type"), info=says("证件类型", machine=True, filtered=True)
    )
    id_no: Mapped[IdNumber] = mapped_column(info=says("证件号码", machine=True, listed=True, searched="exact"))
    unit_name: Mapped[Text100 | None] = mapped_column(info=says("工作单位", machine=True, listed=True))
    uscc: Mapped[Text50 | None] = mapped_column(info=says("统一社会信用代码", machine=True, code=True, personal=False))
    title: Mapped[Text100 | None] = mapped_column(info=says("职务", machine=True))
    mobile: Mapped[Phone] = mapped_column(info=says("手机号码", machine=True))
    node_name: Mapped[Text100 | None] = mapped_column(info=says("所属分团", machine=True))
    label: Mapped[Label] = mapped_column(enum_type(Label, "label"), info=says("人员标签", machine=True))
    identity: Mapped[str] = mapped_column(String(26), info=says("", machine=True, hidden=True, personal=False))
    result: Mapped[SecurityStatus | None] = mapped_column(
        enum_type(SecurityStatus, "result"), info=says("审核结果", machine=True, listed=True, filtered=True)
    )
    result_on: Mapped[date | None] = mapped_column(info=says("审核日期", machine=True, listed=True))
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("登记人", machine=True))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("结果登记时间", machine=True))
    reason_code: Mapped[Restricted] = mapped_column(
        info=says("原因代码", help="加密保存，查看须写明事由；单位和分团看不到", group="原因")
    )
    reason_detail: Mapped[Restricted] = mapped_column(info=says("原因说明", help="不超过 200 个字，加密保存"))
