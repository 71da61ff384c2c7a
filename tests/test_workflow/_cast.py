"""The cast of the workflow's tests: rows in every state as the moves would have left them, actors, one-line moves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Attachment,
    AttachmentKind,
    Base,
    Batch,
    BatchRow,
    Certificate,
    Delegation,
    DelegationEdition,
    ExceptionWindow,
    GroupPayDecision,
    GroupPayEntry,
    GroupPayKind,
    Label,
    LicenceReading,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    Recognition,
    RefundCause,
    RefundTask,
    Role,
    SecurityBatch,
    SecurityKind,
    SecurityRow,
    SecurityStatus,
    Statement,
    StatementStatus,
    TransferRequest,
    TransferStatus,
    Unit,
    UnitStatus,
)
from models.certificate import DEAD
from models.columns import SHANGHAI
from models.kinds import now, opened
from tests import factories
from workflow import engine, security
from workflow.actors import SYSTEM, Actor, acting, actor_for
from workflow.moves import Move
from workflow.sessions import placing

OPINION = {"opinion": "执照照片不清晰，请重新上传"}
REASON = {"reason": "单位来函说明情况"}
UNDECIDED = (
    PersonStatus.draft, PersonStatus.submitted, PersonStatus.pending_confirm, PersonStatus.returned,
    PersonStatus.expired, PersonStatus.rejected, PersonStatus.deleted,
)  # fmt: skip
NOT_BUSINESS = {
    "job",
    "notice",
    "notice_read",
    "audit",
    "audit_head",
    "batch",
    "batch_row",
    "web_session",
    "login_attempt",
}


def actors(session: Session, world: factories.World) -> dict[Role, Actor]:
    """Return one actor per role that has an account."""
    return {role: actor_for(session, account) for role, account in world.accounts.items()}


def clerk_of(session: Session, node: Delegation, role: Role = Role.sub_delegation) -> Actor:
    """Make an account at a node and return its actor."""
    return actor_for(session, factories.account(session, node, role))


def of_unit(session: Session, unit: Unit) -> Actor:
    """Return the actor of the unit's own login."""
    account = factories.account(session, session.get_one(Delegation, unit.delegation_id), Role.unit)
    return replace(actor_for(session, account), unit_id=unit.id)


def attachment(session: Session, unit: Unit, kind: AttachmentKind, person: Person | None = None) -> Attachment:
    """Put a picture of a unit or of a person on file."""
    facts = {"filename": "图片.jpg", "media_type": "image/jpeg", "size": 1, "sha256": "0"}
    row = Attachment(**factories.owner(unit), kind=kind, person_id=person and person.id, **facts)
    made: Attachment = factories.saved(session, row)
    return made


def ready_unit(session: Session, world: factories.World, node: Delegation, **values: Any) -> Unit:
    """Make a unit that may be submitted: licence on file, one intention."""
    unit = factories.unit(session, world.edition, node, **values)
    factories.intention(session, unit)
    licence = attachment(session, unit, AttachmentKind.LICENCE)
    if unit.recognised is not Recognition.NOT_TRIED:
        reading(
            session, unit, licence, name=unit.name if unit.recognised is Recognition.PASSED else "另一家单位有限公司"
        )
    return unit


def registration(node: Delegation, code: str | None) -> dict[str, Any]:
    """Return what a form gives for a new unit at a node."""
    return {
        "name": "福州正名贸易有限公司", "uscc": code, "origin": "DOMESTIC", "category": "ENTERPRISE",
        "licence_type": "BUSINESS", "reg_capital": "500", "city": "福州市", "address": "鼓楼区五四路1号",
        "contact_name": "李四", "contact_mobile": "13812345678", "contact_email": "li@example.com",
        "referral_code": node.referral_code, "delegation_id": str(node.id),
    }  # fmt: skip


def reading(session: Session, unit: Unit, licence: Attachment, **values: Any) -> LicenceReading:
    """Store what was read off a licence: the unit's own name and code, unless told otherwise."""
    defaults = {**factories.owner(unit), "attachment_id": licence.id, "name": unit.name, "uscc": unit.uscc}
    made: LicenceReading = factories.make(session, LicenceReading, defaults, values)
    return made


def ready_person(session: Session, unit: Unit, status: PersonStatus = PersonStatus.draft, **values: Any) -> Person:
    """Make a person with a portrait whose decision and payment fit the status and the label (self-paid)."""
    label = values.get("label", Label.PROFESSIONAL)
    facts: dict[str, Any] = {"review_status": status}
    if status not in UNDECIDED:
        fee = 20000 if label is Label.PROFESSIONAL else 0
        paid = PaymentStatus.unpaid if fee else PaymentStatus.waived
        facts |= {"group_pay_decision": GroupPayDecision.cancelled, "payment_status": paid, "group_pay_fee": fee}
    if status is PersonStatus.deleted:
        facts["id_no"] = None
    person = factories.person(session, unit, **{**facts, **values})
    attachment(session, unit, AttachmentKind.PHOTO, person)
    if status is PersonStatus.approved and person.payment_status is not PaymentStatus.unpaid:
        factories.certificate(session, person)
    return person


def committed(session: Session, unit: Unit, status: PersonStatus, **values: Any) -> Person:
    """Make a person for whom its node stands in, with its line in the ledger."""
    facts: dict[str, Any] = {
        "group_pay_decision": GroupPayDecision.confirmed, "payment_status": PaymentStatus.group_committed,
        "group_pay_fee": 20000, "payer_id": unit.delegation_id,
    }  # fmt: skip
    person = ready_person(session, unit, status, **{**facts, **values})
    entry(session, person)
    return person


def entry(session: Session, person: Person, **values: Any) -> GroupPayEntry:
    """Book a line of a person's payer, its counter included."""
    node = session.get_one(Delegation, values.pop("payer_id", person.payer_id))
    facts = {
        **factories.place(node), "edition_id": person.edition_id, "person_id": person.id, "unit_id": person.unit_id,
        "kind": GroupPayKind.COMMIT, "amount": person.group_pay_fee,
    }  # fmt: skip
    made: GroupPayEntry = factories.make(session, GroupPayEntry, facts, values)
    settings_of(session, node).group_pay_committed += made.amount
    session.flush()
    return made


def statement(session: Session, node: Delegation, edition_id: int, **values: Any) -> Statement:
    """Make a payer's statement; what is issued has its lines by the moves alone."""
    facts = {**factories.place(node), "edition_id": edition_id}
    made: Statement = factories.make(session, Statement, facts, values)
    return made


def bill(session: Session, world: factories.World, node: Delegation, status: StatementStatus) -> Statement:
    """Make a statement of a node that stands in for one person; numbered where it was issued."""
    unit = ready_unit(session, world, node, review_status=UnitStatus.approved)
    committed(session, unit, PersonStatus.pending_review)
    given = {"number": 2} if status in (StatementStatus.issued, StatementStatus.settled) else {}
    return statement(session, node, world.edition.id, status=status, **given)


def task(session: Session, person: Person, **values: Any) -> RefundTask:
    """Make a refund task of a person who left after paying."""
    place = {key: getattr(person, key) for key in ("unit_id", "delegation_id", "province_id", "edition_id")}
    facts = {**place, "person_id": person.id, "person_ref": person.ref, "cause": RefundCause.rejected, "amount": 20000}
    made: RefundTask = factories.make(session, RefundTask, facts, values)
    return made


def handed_over(session: Session, *persons: Person, **values: Any) -> SecurityBatch:
    """Put persons on a list of their province that the police have, as they are now."""
    province = session.get_one(Delegation, persons[0].province_id)
    number = session.query(SecurityBatch).count() + 1
    here: dict[str, Any] = {"edition_id": persons[0].edition_id, **factories.place(province)}
    counts = {"waiting": len(persons), "added": len(persons)}
    batch: SecurityBatch = factories.make(
        session, SecurityBatch, {**here, "number": f"AQ-{number:03d}", **counts}, values
    )
    for number, person in enumerate(persons, 1):
        unit = session.get_one(Unit, person.unit_id)
        facts = {key: getattr(person, key) for key in security.COPIED} | {
            key: opened(person, key) for key in security.SEALED
        }
        factories.make(session, SecurityRow, {
            **here, **facts, "batch_id": batch.id, "number": number, "person_id": person.id, "person_ref": person.ref,
            "kind": SecurityKind.ADDED, "waiting_since": batch.created_at, "unit_name": unit.name, "uscc": unit.uscc,
            "node_name": province.short_name, "identity": security.identities(session, [person.id])[person.id],
        }, {})  # fmt: skip
        put(person, security_status=SecurityStatus.sent)
    session.flush()
    return batch


def request(session: Session, unit: Unit, target: Delegation, **values: Any) -> TransferRequest:
    """Offer a unit to another node."""
    defaults = {
        "unit_id": unit.id, "unit_name": unit.name, "delegation_id": unit.delegation_id, "province_id": unit.province_id,
        "target_id": target.id, "target_province_id": target.province_id or target.id, "status": TransferStatus.requested,
    }  # fmt: skip
    made: TransferRequest = factories.make(session, TransferRequest, defaults, values)
    return made


def request_outside(session: Session, unit: Unit, **values: Any) -> TransferRequest:
    """Ask for a unit to leave for a delegation that is not in this installation."""
    away = {"target_id": None, "target_province_id": None, "outside_name": "浙江省交易团", "outside_code": "Q3301001"}
    home = Delegation(id=unit.delegation_id, province_id=unit.province_id)
    return request(session, unit, home, **{**away, **values})


def settings_of(session: Session, node: Delegation) -> DelegationEdition:
    """Return a node's settings in the edition."""
    return session.scalars(select(DelegationEdition).where(DelegationEdition.delegation_id == node.id)).one()


def put(row: Any, **values: Any) -> None:
    """Write values on a row, its states included, as the engine or a form would have."""
    with placing():
        for key, value in values.items():
            setattr(row, key, value)


def in_days(number: int) -> str:
    """Spell a moment so many days ahead, as a browser sends it."""
    return f"{(now() + timedelta(days=number)).astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def window(session: Session, unit: Unit, person: Person | None = None, **values: Any) -> ExceptionWindow:
    """Open an exception window for a unit, or for one of its persons."""
    defaults = {
        "edition_id": unit.edition_id, **factories.owner(unit), "person_id": person and person.id, "reason": "单位来函说明情况",
        "until": now() + timedelta(days=2),
    }  # fmt: skip
    made: ExceptionWindow = factories.make(session, ExceptionWindow, defaults, values)
    return made


def answers_to(move: Move, **known: Any) -> dict[str, Any]:
    """Answer everything a move asks, with ``known`` where a name is given."""
    plain = {
        "text": "情况已核实，同意办理", "bool": "", "delegation": known.get("target"), "code": factories.uscc(), "money": "200",
        "date": f"{factories.NOW:%Y-%m-%d}", "moment": in_days(3),
    }  # fmt: skip
    known = {
        "courier": "顺丰速运",
        "tracking_no": "SF1234567890",
        "serial_no": "BANK-1",
        "outside_code": "Q3301001",
        **known,
    }
    return {
        ask.name: known.get(ask.name, ask.choices[0][0] if ask.kind == "choice" else plain[ask.kind])
        for ask in move.asks
    }


def run(
    session: Session,
    actor: Actor,
    noun: str,
    move: str,
    ids: Sequence[int] | int,
    answers: dict[str, Any] | None = None,
) -> Batch:
    """Run a move as ``actor`` and commit."""
    with acting(session, actor):
        batch = engine.run(session, actor, noun, move, [ids] if isinstance(ids, int) else ids, answers)
        session.commit()
    return batch


def refusals(session: Session, batch: Batch) -> list[str | None]:
    """Return what refused each row of a batch, in order; None where it was done."""
    with acting(session, SYSTEM):
        rows = select(BatchRow.refusal).where(BatchRow.batch_id == batch.id).order_by(BatchRow.object_id)
        return list(session.scalars(rows))


def done(
    session: Session,
    actor: Actor,
    noun: str,
    move: str,
    ids: Sequence[int] | int,
    answers: dict[str, Any] | None = None,
) -> Batch:
    """Run a move that must succeed on every row."""
    batch = run(session, actor, noun, move, ids, answers)
    assert set(refusals(session, batch)) == {None}
    return batch


def values(session: Session, model: type[Base], *keys: str) -> list[Any]:
    """Return columns of all rows of a model in id order, as stored: tuples, or single values for one key."""
    with acting(session, SYSTEM):
        rows = session.execute(select(*(getattr(model, key) for key in keys)).order_by(model.id)).all()
    return [row[0] if len(keys) == 1 else tuple(row) for row in rows]


def allotment(session: Session, unit: Unit, label: Label = Label.VIP) -> tuple[int, int] | None:
    """Return a unit's allotted and used places of a label."""
    own = select(QuotaAllocation.allotted, QuotaAllocation.used).where(
        QuotaAllocation.unit_id == unit.id, QuotaAllocation.label == label
    )
    with acting(session, SYSTEM):
        row = session.execute(own).one_or_none()
    return None if row is None else (row.allotted, row.used)


def live_cards(session: Session, person: Person) -> list[tuple[int, Label]]:
    """Return version and label of a person's live cards."""
    rows = select(Certificate.version, Certificate.label).where(
        Certificate.person_id == person.id, Certificate.status.not_in(DEAD)
    )
    with acting(session, SYSTEM):
        return [(row.version, row.label) for row in session.execute(rows)]


def business(session: Session) -> dict[str, dict[int, tuple[Any, ...]]]:
    """Return every row of every business table by its id, as it stands in this transaction, in the driver's own values."""
    send = session.connection().exec_driver_sql
    names = [name for name in Base.metadata.tables if name not in NOT_BUSINESS]
    return {name: {row.id: tuple(row) for row in send(f"SELECT * FROM {name} ORDER BY id")} for name in names}
