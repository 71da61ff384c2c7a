"""Rows of every noun at one node, each text, code, number and amount its own: what turns up at another desk has leaked."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Account,
    Attachment,
    AttachmentKind,
    Base,
    Batch,
    BatchRow,
    BatchStatus,
    Certificate,
    Delegation,
    DelegationEdition,
    Edition,
    ExceptionWindow,
    GroupPayDecision,
    GroupPayEntry,
    GroupPayKind,
    ImportJob,
    ImportStatus,
    Intention,
    Label,
    LicenceReading,
    Outcome,
    PackageWay,
    Parcel,
    Payment,
    PaymentKind,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    QuotaPool,
    RecentItem,
    RefundCause,
    RefundTask,
    ReviewRecord,
    ReviewStep,
    Role,
    SecurityBatch,
    SecurityKind,
    SecurityRow,
    SecurityStatus,
    Statement,
    StatementLine,
    Tombstone,
    TransferPackage,
    TransferRequest,
    TransferStatus,
    Unit,
    UnitStatus,
    ViewDefault,
)
from models.columns import Column, columns_of
from models.kinds import mask, new_ref, opened
from models.validators.identity import check_char_18
from tests import factories
from tests.test_scope._tables import decided
from tests.test_scope._work import set_to_work
from workflow import saved_views
from workflow.actors import acting, actor_for
from workflow.machines import MACHINES
from workflow.trail import note

HTML = "\"'><q7 onzz=1>"  # an element and an attribute that no template of ours knows
SHORT = "'\"<q7>"
PROVINCES = ("110101", "120101", "130102", "140105", "150102", "210102")
# Texts that decide something, or whose form others rely on; those that are unique are told apart as codes.
FIXED = {
    "ref", "object_ref", "uscc", "username", "code", "referral_code", "nationality", "language", "origin_countries",
    "noun", "move", "action", "role", "sha256", "hash", "key_hash", "media_type", "request_id", "consent_version",
    "asked", "changes", "before", "after", "refusal",
}  # fmt: skip
PUBLIC = {("delegation", "name"), ("delegation", "short_name"), ("certificate", "delegation_name")}
CODES = ("ref", "object_ref", "uscc", "username", "code", "referral_code", "number")
SETTINGS = {"account", "delegation"}  # what those may read who read no business


@dataclass
class Plot:
    """What stands at a node: the ids of its rows by noun (``gone``: deleted ones and those of a past edition), the
    references of its files, and everything nobody outside may read.
    """

    number: int
    node_id: int
    province_id: int
    rows: dict[str, list[int]] = field(default_factory=dict)
    gone: dict[str, list[int]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    previews: dict[int, str] = field(default_factory=dict)  # by account
    receipts: dict[int, str] = field(default_factory=dict)
    uploads: dict[int, str] = field(default_factory=dict)
    jobs: dict[int, str] = field(default_factory=dict)
    notices: dict[int, str] = field(default_factory=dict)
    views: dict[int, int] = field(default_factory=dict)
    decided: dict[int, str] = field(default_factory=dict)  # uploaded decision workbooks
    marks: dict[str, list[tuple[str, int]]] = field(default_factory=dict)  # references and versions of rows by noun
    business: set[str] = field(default_factory=set)  # codes, and numbers masked and whole
    settings: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)  # sealed ones, whole
    units: list[str] = field(default_factory=list)  # their codes, and those of presets
    parcels: list[str] = field(default_factory=list)  # their numbers
    referral_code: str = ""

    def letter(self, noun: str) -> str:
        """Return the character that stands in each text of the node."""
        return chr(0x3400 + 16 * self.number + 8 * (noun in SETTINGS))

    @property
    def amount(self) -> int:
        """The figure that stands in each number of the node, which no page shows by chance."""
        return 7_310_000 + 11 * self.number

    def text(self, length: int | None, noun: str = "") -> str:
        """Return the node's text for a column of so many characters."""
        return (self.letter(noun) + (HTML if length is None or length > len(HTML) else SHORT))[:length]

    def texts(self, model: type[Base]) -> dict[str, Any]:
        """Return every free text column of a model with the node's text."""
        noun = model.__tablename__
        return {c.key: self.text(c.length, noun) for c in columns_of(model).values() if is_free(model, c)}

    def resident_id(self, number: int) -> str:
        """Return an identity number whose masked form is the node's alone."""
        body = f"{PROVINCES[self.number]}1980{number // 100 % 12 + 1:02d}{number % 28 + 1:02d}{number % 1000:03d}"
        return body + check_char_18(body)

    def mobile(self, number: int) -> str:
        """Return a mobile number whose masked form is the node's alone."""
        return f"13{self.number}{number:04d}{self.number}{number:03d}"


def is_free(model: type[Base], column: Column) -> bool:
    """Whether a column holds whatever people write."""
    fixed = column.key in FIXED or (model.__tablename__, column.key) in PUBLIC
    return column.kind in ("text", "code") and not column.hidden and not fixed


class Planter:
    """Builds a plot; everything is noted on the way."""

    def __init__(self, session: Session, edition: Edition, past: Edition, node: Delegation, number: int) -> None:
        self.session, self.edition, self.past, self.node = session, edition, past, node
        self.plot = Plot(number, node.id, node.province_id or node.id, referral_code=node.referral_code)
        self.units: list[Unit] = []
        self.count = 0

    def keep(self, row: Any, *, gone: bool = False) -> Any:
        """Note a row, its codes and its numbers."""
        (self.plot.gone if gone else self.plot.rows).setdefault(row.__tablename__, []).append(row.id)
        if row.__tablename__ in MACHINES:
            self.plot.marks.setdefault(row.__tablename__, []).append((row.ref, row.row_version))
        codes = self.plot.settings if row.__tablename__ in SETTINGS else self.plot.business
        model: type[Base] = type(row)
        for column in columns_of(model).values():
            value = getattr(row, column.key)
            if column.key in CODES and isinstance(value, str) and value and value != self.plot.referral_code:
                codes.add(value)
            if column.key == "uscc" and value and not gone:
                self.plot.units.append(value)
            if column.kind == "sealed" and value is not None:
                plain = opened(row, column.key)
                self.plot.numbers.add(plain)
                codes |= {plain} if column.sensitivity == "restricted" else {plain, mask(column.sensitivity, plain)}
        return row

    def make(self, model: type[Base], *, gone: bool = False, **values: Any) -> Any:
        """Store and note a row with the node's texts and place."""
        given = {**self.plot.texts(model), **factories.place(self.node), **values}
        return self.keep(factories.make(self.session, model, {}, given), gone=gone)

    def unit(self, status: UnitStatus, *, gone: bool = False, edition: Edition | None = None) -> Unit:
        """Make a unit in a state."""
        self.count += 1
        amounts = {"reg_capital": self.plot.amount, "import_usd": self.plot.amount}
        given = {**self.plot.texts(Unit), **amounts, "contact_mobile": self.plot.mobile(self.count)}
        made = factories.unit(
            self.session, edition or self.edition, self.node,
            **{**given, "review_status": status, "referral_code": self.node.referral_code},
        )  # fmt: skip
        return self.keep(made, gone=gone)

    def person(self, unit: Unit, status: PersonStatus, *, gone: bool = False, **values: Any) -> Person:
        """Make a person in a state."""
        self.count += 1
        numbers = {
            "id_no": self.plot.resident_id(self.count), "mobile": self.plot.mobile(self.count),
            "recv_mobile": self.plot.mobile(self.count), "group_pay_fee": self.plot.amount,
        }  # fmt: skip
        given = {**self.plot.texts(Person), **numbers, "review_status": status, **values}
        return self.keep(factories.person(self.session, unit, **given), gone=gone)

    def account(self, role: Role, **values: Any) -> Account:
        """Make an account of the node."""
        self.count += 1
        own = {"username": f"desk-{self.plot.number}-{self.count:04d}", "mobile": self.plot.mobile(self.count)}
        given = {**self.plot.texts(Account), **own, **values}
        return self.keep(factories.account(self.session, self.node, role, **given))


def plant(session: Session, world: factories.World, past: Edition, node: Delegation, number: int) -> Planter:
    """Fill a node: at least one row of every noun, and some that are gone."""
    planter = Planter(session, world.edition, past, node, number)
    desk = planter.account(Role.sub_delegation if node.parent_id else Role.secretariat)
    _furnish(planter)
    units = planter.units = [planter.unit(UnitStatus.pending_first), planter.unit(UnitStatus.approved)]
    planter.unit(UnitStatus.deleted, gone=True)
    old = planter.unit(UnitStatus.approved, gone=True, edition=past)
    planter.person(old, PersonStatus.approved, gone=True)
    persons = [
        planter.person(units[1], PersonStatus.pending_review, security_status=SecurityStatus.sent),
        planter.person(units[1], PersonStatus.pending_confirm),
        planter.person(
            units[1], PersonStatus.approved, group_pay_decision=GroupPayDecision.confirmed, payer_id=node.id,
            payment_status=PaymentStatus.group_committed, decided_by_id=desk.id, label=Label.VIP,
        ),
    ]  # fmt: skip
    planter.person(units[1], PersonStatus.deleted, gone=True)
    _hang(planter, units, persons, desk)
    begin(planter, desk)
    _tell(planter, desk, units[0])
    return planter


def _furnish(planter: Planter) -> None:
    """Give the node itself, its pools and its settings what is the node's alone."""
    node, plot, session = planter.node, planter.plot, planter.session
    plot.settings.add(node.referral_code)
    node.code = f"NODE{plot.number}CODE{plot.number}"
    node.contact, node.phone = plot.text(50, "delegation"), plot.text(60, "delegation")
    planter.keep(node)
    here = {"delegation_id": node.id}
    for pool in session.scalars(select(QuotaPool).filter_by(**here).order_by(QuotaPool.id)):
        pool.total = pool.total if node.parent_id else plot.amount
        planter.keep(pool)
    settings = planter.keep(session.scalars(select(DelegationEdition).filter_by(**here)).one())
    settings.group_pay_grant = settings.group_pay_cap = plot.amount
    session.flush()


def _hang(planter: Planter, units: list[Unit], persons: list[Person], desk: Account) -> None:
    """Hang on units and persons whatever may hang on them."""
    owner: dict[str, Any] = factories.owner(units[1])
    first: dict[str, Any] = factories.owner(units[0])
    by: dict[str, Any] = {"by_id": desk.id}
    amount = planter.plot.amount
    planter.make(Intention, **first, zone="FOOD", amount=amount)
    picture: dict[str, Any] = {"size": amount, "media_type": "image/png", "sha256": "0" * 64}
    licence = planter.make(Attachment, **first, **picture, kind=AttachmentKind.LICENCE)
    photo = planter.make(Attachment, **owner, **picture, kind=AttachmentKind.PHOTO, person_id=persons[0].id)
    planter.plot.files += [licence.ref, photo.ref]
    planter.make(LicenceReading, **first, attachment_id=licence.id, reg_capital=amount)
    quota: dict[str, Any] = {"edition_id": planter.edition.id, "allotted": amount}
    planter.make(QuotaAllocation, **quota, unit_id=units[1].id, uscc=units[1].uscc, label=Label.VIP)
    planter.make(QuotaAllocation, **quota, uscc=factories.uscc(), label=Label.STAFF)
    certificate: dict[str, Any] = {"mode": "new", "label": Label.VIP, "period": "FULL", "delegation_name": "团"}
    number = f"9P{planter.plot.number:04d}{len(planter.plot.parcels):04d}"
    planter.plot.parcels.append(number)
    mailed: dict[str, Any] = {"number": number, "cards": 1, "recv_mobile": planter.plot.mobile(99)}
    parcel = planter.make(Parcel, edition_id=planter.edition.id, **owner, **mailed)
    planter.make(
        Certificate, edition_id=planter.edition.id, **owner, person_id=persons[2].id, parcel_id=parcel.id, **certificate
    )
    _owe(planter, units[1], persons, by)
    planter.make(ReviewRecord, **first, step=ReviewStep.first_review, action="return_for_edit", **by)
    planter.make(ReviewRecord, **owner, step=ReviewStep.person_review, action="submit", person_id=persons[0].id, **by)
    planter.make(Tombstone, noun="unit", object_id=0, object_ref=new_ref(), persons=amount, **by)
    window: dict[str, Any] = {
        "edition_id": planter.edition.id,
        "until": factories.NOW + timedelta(days=2),
        "opened_by_id": desk.id,
    }
    planter.make(ExceptionWindow, **first, **window)
    planter.make(ExceptionWindow, **owner, **window, person_id=persons[0].id)
    target: dict[str, Any] = {
        "target_id": planter.node.id,
        "target_province_id": planter.plot.province_id,
        "requested_by_id": desk.id,
    }
    planter.make(TransferRequest, unit_id=units[0].id, outside_name=None, outside_code=None, **target)
    gone: dict[str, Any] = {"target_id": None, "target_province_id": None, "status": TransferStatus.handed_over}
    planter.make(TransferRequest, unit_id=units[1].id, **gone)
    planter.make(
        TransferPackage,
        unit_id=units[1].id,
        edition_id=planter.edition.id,
        way=PackageWay.sent,
        persons=amount,
        files=amount,
        whole="0" * 64,
        by_id=desk.id,
    )
    _hand_over(planter, persons[0])


def _hand_over(planter: Planter, person: Person) -> None:
    """Put a person on a list of the police, with a reason that is for few to read."""
    plot = planter.plot
    edition: dict[str, Any] = {"edition_id": planter.edition.id}
    batch = planter.make(SecurityBatch, **edition, waiting=plot.amount, added=plot.amount)
    planter.make(
        SecurityRow, **edition, batch_id=batch.id, number=plot.amount, person_id=person.id, person_ref=person.ref,
        kind=SecurityKind.ADDED, waiting_since=batch.created_at, id_type=person.id_type, label=person.label, identity="-",
        id_no=plot.resident_id(900), mobile=plot.mobile(900), uscc=None, reason_detail=plot.text(100),
    )  # fmt: skip


def _owe(planter: Planter, unit: Unit, persons: list[Person], by: dict[str, Any]) -> None:
    """Book a commitment, state it, let another person pay, and ask for that back."""
    amount = planter.plot.amount
    edition: dict[str, Any] = {"edition_id": planter.edition.id}
    booked: dict[str, Any] = {"kind": GroupPayKind.COMMIT, "amount": amount}
    entry = planter.make(GroupPayEntry, **edition, person_id=persons[2].id, unit_id=unit.id, **booked, **by)
    bill = planter.make(Statement, **edition, total=amount, line_count=1, cap=amount, committed=amount)
    line: dict[str, Any] = {"line_no": 1, "mode": "new", "label": Label.PROFESSIONAL, "period": "FULL", "quantity": 1}
    planter.make(
        StatementLine, **edition, statement_id=bill.id, entry_id=entry.id, person_id=persons[2].id, **line, fee=amount,
        **booked, confirmed_at=factories.NOW,
    )  # fmt: skip
    owner: dict[str, Any] = factories.owner(unit)
    paid: dict[str, Any] = {"kind": PaymentKind.RECEIPT, "amount": amount, "paid_on": factories.NOW.date()}
    planter.make(Payment, **edition, **owner, person_id=persons[0].id, **paid, **by)
    planter.make(RefundTask, **edition, **owner, person_id=persons[0].id, cause=RefundCause.rejected, amount=amount)


def begin(planter: Planter, account: Account) -> None:
    """Let an account have a batch that is done, one that is previewed, an upload that is not yet written, a job, a notice."""
    plot = planter.plot
    set_to_work(planter, account)
    plot.receipts[account.id] = _batch(planter, account, BatchStatus.done).ref
    plot.previews[account.id] = _batch(planter, account, BatchStatus.previewed).ref
    told = [2, planter.units[0].uscc, plot.text(100)]
    shown = {
        "counts": {"new": 1, "changed": 0, "same": 0, "bad": 1}, "errors": [[*told[:2], plot.text(9), *told[2:], "改"]],
        "changes": [[*told, "VIP额度", None, plot.amount]], "warnings": [[2, plot.text(100)]], "budgets": [], "bad": 1,
        "errors_more": 0, "changes_more": 0, "warnings_more": 0,
    }  # fmt: skip
    content = f"统一社会信用代码,单位名称,VIP额度,工作人员额度\n{told[1]},,1,1\n".encode()
    upload = planter.make(
        ImportJob, noun="quota_allocation", account_id=account.id, target_id=planter.node.id, digest="0", content=content,
        shown=json.dumps(shown, ensure_ascii=False), results='{"2": ["未写入", ""]}', filename="额度.csv",
        status=ImportStatus.previewed,
    )  # fmt: skip
    plot.uploads[account.id] = upload.ref
    plot.views[account.id] = _view(planter, account)
    plot.decided[account.id] = _decided(planter, account).ref


def _decided(planter: Planter, account: Account) -> ImportJob:
    """Make an upload by which the first unit is returned for edit."""
    plot, unit = planter.plot, planter.units[0]
    content = decided("unit", actor_for(planter.session, account), [(unit.ref, unit.row_version)], "退回修改")
    shown = {
        "counts": dict.fromkeys(("will", "blank", "same", "stale", "closed", "bad"), 1),
        "errors": [[2, "处理意见 E2", plot.text(9), plot.text(100), "改"]], "bad": 1,
        "changes": [[2, unit.ref, unit.name, "退回修改", "待初审", "退回修改", plot.text(100)]], "warnings": [],
        "budgets": [], "moves": [["return_for_edit", 1, 1, ""]], "final": [], "typed": 0,
        "errors_more": 0, "changes_more": 0, "warnings_more": 0,
    }  # fmt: skip
    made: ImportJob = planter.make(
        ImportJob, noun="unit", account_id=account.id, target_id=planter.node.id, digest="0", content=content.encode(),
        shown=json.dumps(shown, ensure_ascii=False), results='{"2": ["将办理", ""]}', filename="单位.csv",
        status=ImportStatus.previewed,
    )  # fmt: skip
    return made


def _view(planter: Planter, account: Account) -> int:
    """Keep a view whose name and search are the node's; it begins the list, and was opened of late."""
    session, plot = planter.session, planter.plot
    with acting(session, actor_for(session, account)):
        content = {"f": [], "s": min(plot.numbers), "o": "", "n": ""}
        view = saved_views.keep(session, actor_for(session, account), "person", plot.text(50), content)
    own = {"account_id": account.id, "noun": "person"}
    factories.make(session, ViewDefault, {**own, "view_id": view.id}, {})
    factories.make(
        session, RecentItem, {"account_id": account.id, "noun": "unit", "object_id": planter.units[0].id}, {}
    )
    return view.id


def _batch(planter: Planter, account: Account, status: BatchStatus) -> Batch:
    """Make a batch that returns units for edit."""
    done, units = status is BatchStatus.done, planter.units
    asked = json.dumps({"opinion": planter.plot.text(500)}, ensure_ascii=False)
    made: Batch = planter.make(
        Batch, noun="unit", move="return_for_edit", status=status, account_id=account.id, asked=asked,
        chosen=len(units), done=len(units) - 1 if done else 0, refused=1 if done else 0,
        done_at=factories.NOW - timedelta(hours=1) if done else None, gone=not done,
    )  # fmt: skip
    for unit in units:
        refused = unit is not units[0]
        outcome = (Outcome.refused if refused else Outcome.done) if done else Outcome.pending
        row = {
            "object_id": unit.id, "object_ref": unit.ref, "seen": unit.row_version, "before": "pending_first",
            "after": "returned" if done and not refused else None, "outcome": outcome,
            "refusal": "state" if refused else None, "title": planter.plot.text(100), "batch_id": made.id,
            "said": planter.plot.text(500),
        }  # fmt: skip
        factories.make(planter.session, BatchRow, row, {})
    return made


def _tell(planter: Planter, desk: Account, unit: Unit) -> None:
    """Write an entry of the trail in the name of the node's desk."""
    session, text = planter.session, planter.plot.text(100)
    with acting(session, actor_for(session, desk)):
        note(session, "unit.edit", "unit", unit.id, unit.ref, {"name": [text, text]}, text)
