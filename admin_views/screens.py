"""All screens of the back office, in the order of the menu. A new noun is one entry here."""

from sqlalchemy import ColumnElement

from admin_views import throttle
from admin_views.filters import Flag, flag
from admin_views.screen import Related, Screen
from models import (
    Account,
    AttachmentKind,
    Audit,
    Base,
    Batch,
    Certificate,
    Delegation,
    DelegationEdition,
    Edition,
    ExceptionWindow,
    Fee,
    GroupPayEntry,
    Intention,
    Parcel,
    Payment,
    Person,
    QuotaAllocation,
    QuotaPool,
    RefundTask,
    ReviewRecord,
    SecurityBatch,
    SecurityRow,
    Statement,
    StatementLine,
    Tombstone,
    TransferPackage,
    TransferRequest,
    Unit,
)
from models.kinds import now
from workflow import locks, parcels, recognition, reuse
from workflow.figures import overdue
from workflow.ledger import stated
from workflow.lock_checks import unused_preset, without_persons

REVIEW, POLICE, QUOTA, MONEY, BADGES, RECORDS, SETTINGS = (
    "审核",
    "安全审核",
    "额度与统付",
    "财务",
    "证件",
    "记录",
    "设置",
)

_REVIEWS = ("step", "action", "opinion", "by_id", "at")
_FILES = ("filename", "kind", "size", "created_at")


def _expired() -> ColumnElement[bool]:
    return Account.initial_password_expires_at.is_not(None) & (Account.initial_password_expires_at <= now())


def _window(model: type[Base]) -> Flag:
    return flag(model, "window", "例外窗口开着", lambda: locks.window_of(model, now()))


SCREENS: tuple[Screen, ...] = (
    Screen(
        Unit, REVIEW, "building",
        flags=(
            flag(Unit, "without_persons", "已提交但无人员提交", without_persons), _window(Unit),
            flag(Unit, "direct_pass", "识别通过，未经人工审核", recognition.passed_unseen),
        ),
        pictures=(AttachmentKind.LICENCE,),
        related=(
            Related("person", "unit_id", ("name", "review_status", "label", "payment_status", "title")),
            Related("intention", "unit_id", ("product", "zone", "category", "amount", "origin_countries")),
            Related("attachment", "unit_id", _FILES),
            Related("quota_allocation", "unit_id", ("label", "allotted", "used", "remark")),
            Related("transfer_request", "unit_id", ("unit_name", "target_id", "status", "reason", "answer")),
            Related("exception_window", "unit_id", ("person_id", "until", "status", "reason")),
            Related("review_record", "unit_id", _REVIEWS),
        ),
    ),
    Screen(
        Person, REVIEW, "users",
        also_filter=("unit.city", "unit.name", "unit.review_status"),
        flags=(_window(Person),),
        pictures=(AttachmentKind.PHOTO,),
        ticks=(("consent", "本人已知情并同意为参会审核、制证处理其个人信息"),),
        related=(
            Related("certificate", "person_id", ("card_no", "version", "mode", "status", "label")),
            Related("group_pay_entry", "person_id", ("kind", "amount", "delegation_id", "at")),
            Related("payment", "person_id", ("kind", "purpose", "amount", "serial_no", "paid_on")),
            Related("refund_task", "person_id", ("status", "cause", "purpose", "amount", "paid_serial")),
            Related("exception_window", "person_id", ("until", "status", "reason")),
            Related("attachment", "person_id", _FILES),
            Related("review_record", "person_id", _REVIEWS),
        ),
    ),
    Screen(Intention, REVIEW, "file-text", also_filter=("unit.city", "unit.review_status")),
    Screen(TransferRequest, REVIEW, "arrows-exchange"),
    Screen(ExceptionWindow, REVIEW, "clock", first="unit_id"),
    Screen(TransferPackage, REVIEW, "truck-delivery", first="unit_name"),
    Screen(
        SecurityBatch, POLICE, "shield-check", first="number",
        starts=(("移交上次以后新增或变更的人员", "security_lists.start", "hand_over_to_security"),),
        related=(Related("security_row", "batch_id", ("number", "name", "kind", "status", "result", "result_on", "waiting_since")),),
    ),
    Screen(
        SecurityRow, POLICE, "user-check", also_filter=("batch.number",),
        flags=(flag(SecurityRow, "overdue", "超过审核期限", overdue),),
    ),
    Screen(QuotaPool, QUOTA, "chart-pie", first="delegation_id"),
    Screen(
        QuotaAllocation, QUOTA, "adjustments", first="unit_name",
        flags=(
            flag(QuotaAllocation, "preset", "预设：单位尚未登记", lambda: QuotaAllocation.unit_id.is_(None)),
            flag(QuotaAllocation, "unused_preset", "预设：未用且未退回", unused_preset),
        ),
    ),
    Screen(DelegationEdition, QUOTA, "cash", first="delegation_id", ways=(("锁定提交", "locking.own", "lock", "export"),)),
    Screen(
        Certificate, BADGES, "id-badge-2", also_filter=("person.reissue_status",), ways=(("失效证件清单", "gate.void_list", "download", "void_list"),),
        flags=(
            flag(Certificate, "to_pack", "待装入包裹", parcels.to_pack),
            flag(Certificate, "reuse_ready", "复用条件符合", reuse.ready),
            flag(Certificate, "reuse_fails", "复用条件不符", reuse.fails),
        ),
    ),
    Screen(
        Parcel, BADGES, "truck-delivery", first="number",
        flags=(
            flag(Parcel, "to_repack", "已退件，证件待重新装入", parcels.to_repack),
            flag(Parcel, "dead_cards", "含失效证件", parcels.holds_dead_card),
        ),
        related=(Related("certificate", "parcel_id", ("card_no", "holder_name", "status", "label", "mode")),),
    ),
    Screen(
        GroupPayEntry, MONEY, "receipt", first="at",
        flags=(flag(GroupPayEntry, "unstated", "未列入对账单", lambda: ~stated()),),
    ),
    Screen(
        Statement, MONEY, "clipboard-check", first="delegation_id",
        related=(
            Related("statement_line", "statement_id", ("line_no", "unit_name", "person_name", "person_ref", "kind", "amount")),
        ),
    ),
    Screen(StatementLine, MONEY, "file-text", first="line_no"),
    Screen(Payment, MONEY, "cash", first="paid_on"),
    Screen(RefundTask, MONEY, "cash-off", first="person_ref"),
    Screen(ReviewRecord, RECORDS, "clipboard-check", first="step"),
    Screen(Batch, RECORDS, "checklist", first="move", opens="batches.receipt", link=("ref", "/receipt")),
    Screen(Tombstone, RECORDS, "trash", first="object_ref"),
    Screen(Audit, RECORDS, "history", first="at", ways=(("核验审计日志", "verifying.index", "checks", "verify"),)),
    Screen(Delegation, SETTINGS, "sitemap"),
    Screen(
        Account, SETTINGS, "user-circle",
        flags=(
            flag(Account, "locked", "暂不能登录：密码多次不正确", throttle.locked),
            flag(Account, "unused", "从未登录", lambda: Account.last_login_at.is_(None) & Account.must_change_password),
            flag(Account, "expired", "初始密码已过期", _expired),
        ),
    ),
    Screen(Edition, SETTINGS, "calendar"),
    Screen(Fee, SETTINGS, "tag", first="label"),
)  # fmt: skip

BY_NOUN: dict[str, Screen] = {screen.noun: screen for screen in SCREENS}
