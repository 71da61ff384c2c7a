"""What persons pay themselves: recorded once per bank number, closed at the deadline, and given back by task (DOMAIN §1.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select
from sqlalchemy.orm import Session

from models import (
    BatchRow,
    Edition,
    Payment,
    PaymentKind,
    PaymentPurpose,
    PaymentStatus,
    Person,
    RefundCause,
    RefundStatus,
    RefundTask,
    ReissueStatus,
    Role,
)
from models.columns import SHANGHAI
from models.edition import FREE_LABELS
from models.kinds import new_ref, now
from models.person import LIVE
from workflow import trail
from workflow.actors import SYSTEM, Actor, acting
from workflow.engine.confirming import cascade
from workflow.moves import Context
from workflow.sessions import writing_sets

AT_ONCE = 5000  # persons in one batch
AWAITED = (PaymentStatus.unpaid, PaymentStatus.closed)  # a sum that came in time may be recorded after the deadline


@dataclass(frozen=True)
class Sum:
    """A sum that came or goes: 分 (above nothing), the day, the bank's number, a remark."""

    amount: int
    paid_on: date
    serial_no: str
    remark: str | None = None


def standing() -> ColumnElement[bool]:
    """Whether a task stands for money of somebody who left: it waits, or the money was kept."""
    kept = and_(RefundTask.status == RefundStatus.kept, RefundTask.cause != RefundCause.upgraded)
    return or_(RefundTask.status == RefundStatus.pending, kept)


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins in Shanghai."""
    return datetime.combine(day, time.min, SHANGHAI)


def serial_known(serial_no: Any, edition_id: Any) -> ColumnElement[bool]:
    """Whether the bank's number stands for a payment of the edition already."""
    return select(Payment.id).where(Payment.serial_no == serial_no, Payment.edition_id == edition_id).exists()


def write(
    context: Context, kind: PaymentKind, sums: Mapping[int, Sum], purpose: PaymentPurpose = PaymentPurpose.FEE
) -> None:
    """Add payments by the ids of their persons. The bank's numbers are unique in the database."""
    session = context.session
    keys = (Person.id, Person.unit_id, Person.delegation_id, Person.province_id, Person.edition_id)
    found = session.execute(select(*keys, Person.ref).where(Person.id.in_(sums)).order_by(Person.id)).all()
    sign = 1 if kind is PaymentKind.RECEIPT else -1
    made = [
        {
            "ref": new_ref(), "person_id": row.id, "unit_id": row.unit_id, "delegation_id": row.delegation_id,
            "province_id": row.province_id, "edition_id": row.edition_id, "kind": kind, "purpose": purpose, "at": context.at,
            "by_id": context.actor.account_id, "batch_id": context.batch_id, **vars(sums[row.id]),
            "amount": sign * sums[row.id].amount,
        }
        for row in found
    ]  # fmt: skip
    if made:
        session.execute(insert(Payment), made)


def record_many(session: Session, actor: Actor, sums: Mapping[int, Sum]) -> None:
    """Record what came in for many persons, in the actor's name: their status by the engine, then the sums. The caller
    has judged them under lock and commits.
    """
    ids = sorted(sums)
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        asked = Context(session, actor, now())
        awaited = Person.id.in_(part) & Person.payment_status.in_(AWAITED)
        batch = cascade(asked, "person", "paid_by_import", awaited)
        with acting(session, SYSTEM), writing_sets(session):
            write(
                Context(session, actor, asked.at, {}, batch), PaymentKind.RECEIPT, {each: sums[each] for each in part}
            )


def open_tasks(context: Context, cause: RefundCause) -> None:
    """Open a task for each person being done whose money may have to go back; ``deleted`` and ``rejected`` ones wait for it."""
    tasks = [
        _task(context, cause, purpose, row)
        for purpose in PaymentPurpose
        for row in context.session.execute(_owed(context, cause, purpose)).all()
        if row.net > row.waiting
    ]
    if not tasks:
        return
    session = context.session
    session.execute(insert(RefundTask), tasks)
    made = select(RefundTask.id, RefundTask.ref, RefundTask.amount).where(
        RefundTask.ref.in_([task["ref"] for task in tasks])
    )
    for row in session.execute(made.order_by(RefundTask.id)):
        told = {"status": [None, RefundStatus.pending], "cause": [None, cause], "amount": [None, row.amount]}
        trail.note(session, "refund_task.create", "refund_task", row.id, row.ref, told, None, context.batch_id)


def _owed(context: Context, cause: RefundCause, purpose: PaymentPurpose) -> Any:
    """Select what was paid for a purpose by the persons being done, less what their earlier tasks stand for."""
    paid = (Payment.person_id == Person.id, Payment.purpose == purpose)
    net = select(func.coalesce(func.sum(Payment.amount), 0)).where(*paid)
    tasks = (RefundTask.person_id == Person.id, RefundTask.purpose == purpose, standing())
    waiting = select(func.coalesce(func.sum(RefundTask.amount), 0)).where(*tasks)
    serial = select(Payment.serial_no).where(*paid, Payment.kind == PaymentKind.RECEIPT)
    which: list[ColumnElement[bool]] = [Person.payment_status == PaymentStatus.refunding]
    if purpose is PaymentPurpose.REISSUE:
        which = [Person.reissue_status == ReissueStatus.dropped]
    elif cause is RefundCause.upgraded:
        # Whoever goes on to a higher label has a task from the first time.
        was_free = select(BatchRow.id).where(
            BatchRow.batch_id == context.batch_id, BatchRow.object_id == Person.id, BatchRow.before.in_(FREE_LABELS)
        )
        which = [Person.payment_status == PaymentStatus.paid, Person.label.in_(FREE_LABELS), ~was_free.exists()]
    return select(
        Person.id, Person.ref, Person.unit_id, Person.delegation_id, Person.province_id, Person.edition_id,
        net.scalar_subquery().label("net"), waiting.scalar_subquery().label("waiting"),
        serial.order_by(Payment.id.desc()).limit(1).scalar_subquery().label("serial"),
    ).where(Person.id.in_(context.rows), *which).order_by(Person.id)  # fmt: skip


def _task(context: Context, cause: RefundCause, purpose: PaymentPurpose, row: Row[Any]) -> dict[str, Any]:
    return {
        "ref": new_ref(), "person_id": row.id, "person_ref": row.ref, "unit_id": row.unit_id, "edition_id": row.edition_id,
        "delegation_id": row.delegation_id, "province_id": row.province_id, "status": RefundStatus.pending, "cause": cause,
        "purpose": purpose, "amount": row.net - row.waiting, "paid_serial": row.serial, "row_version": 1, "created_at": context.at,
        "updated_at": context.at, "state_since": context.at,
    }  # fmt: skip


def close_due(session: Session, moment: datetime) -> int:
    """Close what is unpaid after the payment deadline of the current edition, in batches of each province's; return how many.

    Runs with the worker's sweeps; whoever closes twice finds nothing. SYSTEM acts, the caller commits.
    """
    edition = session.scalar(select(Edition).where(Edition.is_current, Edition.pay_closes_at <= moment))
    if edition is None:
        return 0
    open_ = (
        Person.edition_id == edition.id,
        Person.payment_status == PaymentStatus.unpaid,
        Person.review_status.in_(LIVE),
    )
    closed = 0
    for province_id in session.scalars(
        select(Person.province_id).where(*open_).distinct().order_by(Person.province_id)
    ):
        actor = Actor(None, SYSTEM.name, Role.system, province_id, province_id, edition.id)
        batch = cascade(
            Context(session, actor, moment), "person", "close_unpaid", and_(*open_, Person.province_id == province_id)
        )
        closed += batch.done if batch is not None else 0
    return closed
