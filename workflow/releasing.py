"""What comes free when persons leave or change their label: quota, commitments, cards (DOMAIN §4.2, §4.3)."""

from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from models import (
    Attachment,
    Batch,
    BatchRow,
    Certificate,
    Intention,
    Label,
    Person,
    PersonStatus,
    QuotaAllocation,
    RefundCause,
    StatementLine,
    Tombstone,
    Unit,
    keyring,
)
from models.columns import attribute
from models.edition import FREE_LABELS
from models.kinds import Sealed
from models.person import LIVE
from models.personal import personal_columns
from workflow import certificates, ledger, parcels, payments, quota, security, trail
from workflow.guards import card_made
from workflow.moves import Context
from workflow.quota_rows import pools
from workflow.security import NAMELESS

QUIET = {"synchronize_session": False}


def hold_quota(context: Context) -> None:
    """Lock the units' pools before persons give their places back: everybody takes pools first, then allotments."""
    row = QuotaAllocation
    places = select(row.edition_id, row.delegation_id).where(row.unit_id.in_(context.rows)).distinct()
    for edition_id, delegation_id in sorted(tuple(place) for place in context.session.execute(places)):
        pools(context.session, edition_id, [delegation_id])


def quota_of_rows(context: Context, *which: ColumnElement[bool]) -> None:
    """Free the quota of the persons being done (and narrowed by ``which``); a card that was made stays consumed."""
    rows = context.session.execute(
        select(Person.unit_id, Person.label, func.count())
        .where(Person.id.in_(context.rows), Person.label.in_(FREE_LABELS), ~card_made(Person.label), *which)
        .group_by(Person.unit_id, Person.label)
    )
    quota.release_many(context.session, {(row[0], row[1]): row[2] for row in rows}, context.batch_id)


def refund_upgraded(context: Context) -> None:
    """Who paid and now needs no longer to: finance decides, nothing goes back by itself (DOMAIN §4.3)."""
    payments.open_tasks(context, RefundCause.upgraded)


def leave(context: Context) -> None:
    """A person is out: quota, commitment and live card go, and finance looks at what was paid."""
    quota_of_rows(context)
    ledger.release(context)
    payments.open_tasks(context, RefundCause.rejected)
    certificates.void_live(context, "人员未通过审核或已删除")
    security.left(context)


def leave_if_live(context: Context) -> None:
    """As ``leave`` for a deletion: persons who were already out have nothing left to free."""
    out = [PersonStatus.rejected.value, PersonStatus.expired.value]
    already = select(BatchRow.object_id).where(BatchRow.batch_id == context.batch_id, BatchRow.before.in_(out))
    quota_of_rows(context, Person.id.not_in(already))
    ledger.release(context)
    payments.open_tasks(context, RefundCause.deleted)
    certificates.void_live(context, "人员已删除")
    security.left(context)


def quota_of_live(context: Context, unit_ids: list[int]) -> None:
    """Free the quota of all live persons of these units (their free labels do not travel)."""
    rows = context.session.execute(
        select(Person.unit_id, Person.label, func.count())
        .where(
            Person.unit_id.in_(unit_ids),
            Person.review_status.in_(LIVE),
            Person.label.in_(FREE_LABELS),
            ~card_made(Person.label),
        )
        .group_by(Person.unit_id, Person.label)
    )
    quota.release_many(context.session, {(row[0], row[1]): row[2] for row in rows}, context.batch_id)


def former_labels(context: Context) -> None:
    """Free the quota of the labels that the rows being done had before, unless a card was made on them."""
    freed: dict[tuple[int, Label], int] = {}
    for label in FREE_LABELS:
        rows = context.session.execute(
            select(Person.unit_id, func.count())
            .join(BatchRow, BatchRow.object_id == Person.id)
            .where(
                BatchRow.batch_id == context.batch_id, BatchRow.refusal.is_(None), BatchRow.before == label.value,
                Person.label != label, ~card_made(label),
            )
            .group_by(Person.unit_id)
        )  # fmt: skip
        freed.update({(row[0], label): row[1] for row in rows})
    quota.release_many(context.session, freed, context.batch_id)


def take_back_quota(context: Context) -> None:
    """On reopening: free labels are re-acquired in id order as far as the unit's quota reaches; the rest fall."""
    session = context.session
    persons = session.execute(
        select(Person.id, Person.ref, Person.unit_id, Person.label)
        .where(Person.id.in_(context.rows), Person.label.in_(FREE_LABELS), ~card_made(Person.label))
        .order_by(Person.id)
    ).all()
    free = _left(session, {row.unit_id for row in persons})
    needs: dict[tuple[int, Label], int] = {}
    fallen = []
    for row in persons:
        key = (row.unit_id, row.label)
        if free.get(key, 0) > needs.get(key, 0):
            needs[key] = needs.get(key, 0) + 1
        else:
            fallen.append(row)
    quota.reserve_many(session, needs, context.batch_id)
    session.execute(
        update(Person).where(Person.id.in_([row.id for row in fallen])).values(label=Label.PROFESSIONAL),
        execution_options=QUIET,
    )
    for row in fallen:
        trail.note(
            session,
            "person.label_fallen",
            "person",
            row.id,
            row.ref,
            {"label": [row.label, Label.PROFESSIONAL]},
            "恢复资格时额度不足",
            context.batch_id,
        )


def _left(session: Session, unit_ids: set[int]) -> dict[tuple[int, Label], int]:
    row = QuotaAllocation
    left = select(row.unit_id, row.label, row.allotted - row.used).where(row.unit_id.in_(unit_ids))
    rows = session.execute(left.order_by(row.id).with_for_update())
    return {(found[0], found[1]): found[2] for found in rows if found[0] is not None}


def bury_units(context: Context) -> None:
    """Leave a tombstone for each unit being done, counting what is about to go with it."""
    session = context.session
    persons = select(func.count()).where(Person.unit_id == Unit.id, Person.review_status != PersonStatus.deleted)
    files = select(func.count()).where(Attachment.unit_id == Unit.id)
    for unit in session.execute(
        select(
            Unit.id, Unit.ref, Unit.uscc, Unit.delegation_id, Unit.province_id, persons.scalar_subquery().label("persons"),
            files.scalar_subquery().label("files"),
        ).where(Unit.id.in_(context.rows)).order_by(Unit.id)
    ).all():  # fmt: skip
        key = keyring.current().index(unit.uscc, "uscc") if unit.uscc else None
        _bury(context, "unit", unit, key, persons=unit.persons)
    session.flush()


def _bury(context: Context, noun: str, row: Any, key: str | None, persons: int = 0) -> None:
    context.session.add(Tombstone(
        noun=noun, object_id=row.id, object_ref=row.ref, delegation_id=row.delegation_id, province_id=row.province_id,
        key_hash=key, persons=persons, files=row.files, reason=context.said_to(row.id),
        by_id=context.actor.account_id, at=context.at,
    ))  # fmt: skip


def purge_units(context: Context) -> None:
    """Blank the units being done, drop their intentions and papers, give their quota back."""
    session = context.session
    ids = list(session.scalars(context.rows))
    _remove_files(context, Attachment.unit_id.in_(ids))
    session.execute(delete(Intention).where(Intention.unit_id.in_(ids)), execution_options=QUIET)
    quota.drop_share(session, ids, context.batch_id)
    session.execute(update(Unit).where(Unit.id.in_(ids)).values(_blank(Unit)), execution_options=QUIET)


def purge_persons(context: Context) -> None:
    """Blank everything personal of the rows being done and remove their files; leave tombstones (DOMAIN U15, P14)."""
    session, person = context.session, Person
    files = select(func.count()).where(Attachment.person_id == person.id).scalar_subquery().label("files")
    key = attribute(person, "id_no_index").label("key")
    found = select(person.id, person.ref, person.delegation_id, person.province_id, key, files)
    for row in session.execute(found.where(person.id.in_(context.rows)).order_by(person.id)).all():
        _bury(context, "person", row, row.key)
    session.flush()
    session.execute(
        update(person).where(person.id.in_(context.rows)).values(_blank(person) | {"name": NAMELESS}),
        execution_options=QUIET,
    )
    session.execute(
        update(Certificate)
        .where(Certificate.person_id.in_(context.rows))
        .values(holder_name=NAMELESS, holder_name_en=None, old_card_no=None),
        execution_options=QUIET,
    )
    parcels.forget_recipients(context)
    session.execute(
        update(StatementLine)
        .where(StatementLine.person_id.in_(context.rows))
        .values(person_name=NAMELESS, id_masked=None),
        execution_options=QUIET,
    )
    past = select(Batch.id).where(Batch.noun == "person")
    session.execute(
        update(BatchRow)
        .where(BatchRow.object_id.in_(context.rows), BatchRow.batch_id.in_(past))
        .values(title=NAMELESS, said=None),
        execution_options=QUIET,
    )
    security.purge(context)
    _remove_files(context, Attachment.person_id.in_(context.rows))


# What a deletion wipes: the personal columns (a person's name becomes another one), and of a unit what others may register again.
PERSONAL = {
    "person": tuple(column.key for column in personal_columns(Person) if column.key != "name"),
    "unit": (*(column.key for column in personal_columns(Unit)), "uscc", "overseas_reg_no", "former_uscc"),
}


def _blank(model: Any) -> dict[str, Any]:
    """Column values that wipe a row's personal data, blind indexes included."""
    table = model.__table__.c
    keys = list(PERSONAL[model.__tablename__])
    sealed = [key for key in keys if isinstance(table[key].type, Sealed)]
    return dict.fromkeys([*keys, *(f"{key}_{part}" for key in sealed for part in ("index", "tail"))])


def _remove_files(context: Context, which: Any) -> None:
    """Delete attachment rows; their files go after the commit (``files_to_remove`` names them)."""
    session = context.session
    refs = list(session.scalars(select(Attachment.ref).where(which)))
    session.execute(delete(Attachment).where(which), execution_options=QUIET)
    session.info.setdefault("files_to_remove", []).extend(refs)
