"""One row of every stored noun for a node: what the tests about scope and trail look for, and must not find."""

from typing import Any

from sqlalchemy.orm import Session

from models import (
    Account,
    Attachment,
    AttachmentKind,
    Base,
    Batch,
    BatchRow,
    CannedOpinion,
    Certificate,
    Delegation,
    DelegationEdition,
    ExceptionWindow,
    GroupPayEntry,
    ImportJob,
    Intention,
    Job,
    Label,
    LicenceReading,
    Notice,
    NoticeRead,
    Outcome,
    Parcel,
    Payment,
    Person,
    Preference,
    QuotaAllocation,
    RecentItem,
    RefundTask,
    ReviewRecord,
    SavedView,
    SecurityBatch,
    SecurityRow,
    Statement,
    StatementLine,
    Tombstone,
    TransferPackage,
    TransferRequest,
    Unit,
    ViewDefault,
)
from tests import factories
from tests.factories import World, saved
from tests.test_workflow import _cast

Rows = dict[type[Base], Any]


def _package(unit: Unit) -> dict[str, object]:
    other = {"other_name": "浙江省交易团", "other_code": "Q3301001"}
    counts = {"persons": 0, "files": 0, "whole": "0" * 64}
    return {"number": unit.ref, "way": "sent", "unit_id": unit.id, "unit_name": unit.name, **other, **counts}


def everything(session: Session, world: World, node: Delegation, account: Account, target: Delegation) -> Rows:
    """Make one row of every noun that hangs on ``node``; ``account`` is of that node, the request goes to ``target``."""
    unit = factories.unit(session, world.edition, node)
    person = factories.person(session, unit)
    place, edition_id = factories.place(node), world.edition.id
    licence = _cast.attachment(session, unit, AttachmentKind.LICENCE)
    batch = saved(session, Batch(**place, noun="unit", move="submit", account_id=account.id))
    entry = {"edition_id": edition_id, "person_id": person.id, "unit_id": unit.id, "kind": "ADJUST", "amount": 0}
    view = saved(session, SavedView(**place, noun="unit", name="待我处理", account_id=account.id, content=b""))
    security = _cast.handed_over(session, person, **place)
    _cast.put(security, **place)
    _cast.put(session.query(SecurityRow).filter_by(batch_id=security.id).one(), **place)
    _cast.put(person, security_status="none")
    own = {"noun": "unit", "account_id": account.id}
    row = {"object_id": unit.id, "object_ref": unit.ref, "title": unit.name, "seen": 1, "before": "draft"}
    notice = saved(session, Notice(**place, account_id=account.id, sentence="后台任务“导出”已办好"))
    asked = {"account_id": account.id, "role": account.role.value, "kind": "export", "label": "导出"}
    booked = saved(session, GroupPayEntry(**place, **entry))
    bill = _cast.statement(session, node, edition_id)
    line = {
        "line_no": 1,
        "node_name": "分团",
        "unit_name": "单位",
        "person_ref": person.ref,
        "person_name": "王五",
        "label": "VIP",
    }
    line |= {
        "mode": "new",
        "period": "FULL",
        "fee": 0,
        "quantity": 0,
        "amount": 0,
        "confirmed_at": booked.at,
        "kind": "ADJUST",
    }
    keys = {"statement_id": bill.id, "edition_id": edition_id, "entry_id": booked.id, "person_id": person.id}
    return {
        Statement: bill,
        StatementLine: saved(session, StatementLine(**place, **keys, **line)),
        Payment: factories.payment(session, person, amount=20000),
        RefundTask: _cast.task(session, person),
        Job: saved(session, Job(**place, **asked)),
        Notice: notice,
        NoticeRead: saved(session, NoticeRead(notice_id=notice.id, account_id=account.id)),
        Unit: unit,
        Person: person,
        Intention: factories.intention(session, unit),
        Attachment: licence,
        LicenceReading: _cast.reading(session, unit, licence),
        Certificate: factories.certificate(session, person, status="void"),
        Parcel: factories.parcel(session, unit),
        ReviewRecord: saved(session, ReviewRecord(**factories.owner(unit), step="first_review", action="初审")),
        QuotaAllocation: factories.allocation(session, unit, Label.VIP),
        GroupPayEntry: booked,
        TransferRequest: _cast.request(session, unit, target),
        ExceptionWindow: _cast.window(session, unit),
        TransferPackage: saved(session, TransferPackage(**place, **_package(unit), edition_id=edition_id)),
        Tombstone: saved(session, Tombstone(**place, noun="unit", object_id=unit.id, object_ref=unit.ref)),
        Batch: batch,
        BatchRow: saved(session, BatchRow(batch_id=batch.id, **row, outcome=Outcome.pending)),
        ImportJob: saved(
            session,
            ImportJob(
                **place,
                noun="quota_allocation",
                filename="额度.xlsx",
                account_id=account.id,
                target_id=node.id,
                digest="0",
                content=b"",
                shown="{}",
                results="{}",
            ),
        ),
        SecurityBatch: security,
        SecurityRow: session.query(SecurityRow).filter_by(batch_id=security.id).one(),
        SavedView: view,
        ViewDefault: saved(session, ViewDefault(**own, view_id=view.id)),
        CannedOpinion: saved(session, CannedOpinion(**own, text="照片倾斜，请重新上传")),
        RecentItem: saved(session, RecentItem(**own, object_id=unit.id)),
        Preference: saved(session, Preference(**own)),
        DelegationEdition: _cast.settings_of(session, node),
        Account: account,
        Delegation: node,
    }
