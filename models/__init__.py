"""What is stored. Import the nouns from here."""

from models.account import Account, LoginAttempt, Role, WebSession
from models.attachment import Attachment, AttachmentKind
from models.audit import Audit, AuditHead
from models.base import Base
from models.batch import Batch, BatchRow, BatchStatus, Outcome
from models.canned_opinion import CannedOpinion
from models.certificate import Certificate, CertificateStatus
from models.claim import Claim
from models.delegation import Delegation, DelegationEdition, DelegationKind, LockStatus
from models.edition import CertMode, Edition, Fee, Label, Period
from models.erasure import Erasure, ErasureState
from models.exception_window import ExceptionWindow, WindowStatus
from models.group_pay import GroupPayEntry, GroupPayKind
from models.import_job import ImportJob, ImportStatus
from models.intention import Intention, Zone
from models.job import Job, JobState
from models.licence_reading import LicenceReading
from models.notice import MailDigest, Notice, NoticeRead
from models.papers import IdType, Sex
from models.parcel import Parcel, ParcelStatus
from models.payment import Payment, PaymentKind, PaymentPurpose, RefundCause, RefundStatus, RefundTask
from models.person import (
    GetMethod,
    GroupPayDecision,
    PaymentStatus,
    Person,
    PersonStatus,
    ReissueStatus,
    SecurityStatus,
)
from models.preference import Preference
from models.quota import QuotaAllocation, QuotaPool
from models.review import ReviewRecord, ReviewStep
from models.saved_view import RecentItem, SavedView, ViewDefault
from models.security import SecurityBatch, SecurityBatchStatus, SecurityKind, SecurityRow, SecurityRowStatus
from models.statement import Statement, StatementLine, StatementStatus
from models.tombstone import Tombstone
from models.transfer import PackageWay, TransferPackage, TransferRequest, TransferStatus
from models.unit import Category, LicenceType, Origin, Recognition, Unit, UnitGroupPay, UnitStatus

__all__ = [
    "Account",
    "Attachment",
    "AttachmentKind",
    "Audit",
    "AuditHead",
    "Base",
    "Batch",
    "BatchRow",
    "BatchStatus",
    "CannedOpinion",
    "Category",
    "CertMode",
    "Certificate",
    "CertificateStatus",
    "Claim",
    "Delegation",
    "DelegationEdition",
    "DelegationKind",
    "Edition",
    "Erasure",
    "ErasureState",
    "ExceptionWindow",
    "Fee",
    "GetMethod",
    "GroupPayDecision",
    "GroupPayEntry",
    "GroupPayKind",
    "IdType",
    "ImportJob",
    "ImportStatus",
    "Intention",
    "Job",
    "JobState",
    "Label",
    "LicenceReading",
    "LicenceType",
    "LockStatus",
    "LoginAttempt",
    "MailDigest",
    "Notice",
    "NoticeRead",
    "Origin",
    "Outcome",
    "PackageWay",
    "Parcel",
    "ParcelStatus",
    "Payment",
    "PaymentKind",
    "PaymentPurpose",
    "PaymentStatus",
    "Period",
    "Person",
    "PersonStatus",
    "Preference",
    "QuotaAllocation",
    "QuotaPool",
    "RecentItem",
    "Recognition",
    "RefundCause",
    "RefundStatus",
    "RefundTask",
    "ReissueStatus",
    "ReviewRecord",
    "ReviewStep",
    "Role",
    "SavedView",
    "SecurityBatch",
    "SecurityBatchStatus",
    "SecurityKind",
    "SecurityRow",
    "SecurityRowStatus",
    "SecurityStatus",
    "Sex",
    "Statement",
    "StatementLine",
    "StatementStatus",
    "Tombstone",
    "TransferPackage",
    "TransferRequest",
    "TransferStatus",
    "Unit",
    "UnitGroupPay",
    "UnitStatus",
    "ViewDefault",
    "WebSession",
    "WindowStatus",
    "Zone",
]
