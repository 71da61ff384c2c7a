"""The police check beside the moves of a person: what is handed over, what ends a row, what a result writes.

A row of a batch is open from the hand-over until its result comes, its identity changes, its person leaves, or the batch
is recalled. While it is open the person's ``security_status`` is 已送审, so guards ask the person alone (DOMAIN §1.2 P8–P12).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from models import (
    Attachment,
    AttachmentKind,
    Delegation,
    DelegationEdition,
    Edition,
    Person,
    Role,
    SecurityBatch,
    SecurityBatchStatus,
    SecurityKind,
    SecurityRow,
    SecurityRowStatus,
    SecurityStatus,
    Unit,
    keyring,
)
from models.columns import SHANGHAI, attribute, columns_of
from models.kinds import new_ref, opened, seal_values
from models.person import LIVE
from workflow import notices, trail
from workflow.actors import SYSTEM, acting
from workflow.engine.confirming import cascade
from workflow.moves import Context
from workflow.sessions import writing_sets

QUIET: Final = {"synchronize_session": False}
IDENTITY: Final = tuple(key for key, column in columns_of(Person).items() if column.identity)  # and the portrait
COPIED: Final = ("name", "name_en", "sex", "birth_date", "nationality", "id_type", "title", "label")
SEALED: Final = ("id_no", "mobile")
NAMELESS: Final = "已删除人员"
R, K = SecurityRowStatus, SecurityKind


def identities(session: Session, persons: Select[Any] | Iterable[int]) -> dict[int, str]:
    """Return by person the keyed hash of what the police look at: the identity fields and the portrait."""
    chosen = persons if isinstance(persons, Select) else sorted(persons)
    pictures = select(Attachment.person_id, Attachment.sha256).where(
        Attachment.person_id.in_(chosen), Attachment.kind == AttachmentKind.PHOTO
    )
    photos = {row[0]: row[1] for row in session.execute(pictures.order_by(Attachment.id))}
    keys = [attribute(Person, "id_no_index" if key == "id_no" else key) for key in IDENTITY]
    found = session.execute(select(Person.id, *keys).where(Person.id.in_(chosen)))
    return {row[0]: _hashed(*row[1:], photos.get(row[0])) for row in found}


def _hashed(*values: Any) -> str:
    said = "\x1f".join("" if value is None else str(getattr(value, "value", value)) for value in values)
    return keyring.current().index(said, "security.identity")


def hand_over(context: Context) -> None:
    """Make a batch of the persons being done, with those who left since they were handed over as withdrawals."""
    if context.session.scalar(context.rows.limit(1)) is None:
        return
    batch = open_batch(context)
    fill(context.session, batch, [*_handed_over(context, batch), *_leavers(context, batch)])
    _tell(context, batch)


def hand_over_withdrawals(context: Context) -> SecurityBatch | None:
    """Make a batch of withdrawals alone; None where nobody has left."""
    with (
        acting(context.session, SYSTEM),
        writing_sets(context.session),
        trail.on_behalf_of(context.session, context.actor),
    ):
        _take_turns(context)
        if not leaving(context.session, context.actor.province_id, context.actor.edition_id):
            return None
        batch = open_batch(context)
        fill(context.session, batch, _leavers(context, batch))
        _tell(context, batch)
        return batch


def _tell(context: Context, batch: SecurityBatch) -> None:
    """Tell the police that a batch is there, with what is new in it."""
    place = (batch.delegation_id, batch.province_id)
    sentence = f"省团移交了送审批次{batch.number}：新增{batch.added}人、变更{batch.changed}人、撤回{batch.withdrawn}人"
    notices.tell(context.session, place, sentence, "security_batch", batch.id, by=context.actor, role=Role.security)


def _take_turns(context: Context) -> None:
    """Let one hand-over of a province follow the other: each sees what the one before has numbered and told."""
    here = (
        DelegationEdition.delegation_id == context.actor.province_id,
        DelegationEdition.edition_id == context.actor.edition_id,
    )
    context.session.execute(select(DelegationEdition.id).where(*here).with_for_update()).close()


def open_batch(context: Context) -> SecurityBatch:
    """Store an empty batch of the actor's province under the next number of province and edition."""
    _take_turns(context)
    session, actor = context.session, context.actor
    edition, province = session.get_one(Edition, actor.edition_id), session.get_one(Delegation, actor.province_id)
    here = (SecurityBatch.province_id == province.id, SecurityBatch.edition_id == edition.id)
    number = (session.scalar(select(func.count(SecurityBatch.id)).where(*here)) or 0) + 1
    batch = SecurityBatch(
        edition_id=edition.id, delegation_id=province.id, province_id=province.id, made_by_id=actor.account_id,
        number=f"AQ{edition.code}-{province.code}-{number:03d}",
    )  # fmt: skip
    session.add(batch)
    session.flush()
    return batch


def fill(session: Session, batch: SecurityBatch, rows: list[dict[str, Any]]) -> None:
    """Store the rows of a new batch in their order, and count them."""
    for number, row in enumerate(rows, 1):
        row["number"] = number
    session.execute(insert(SecurityRow), rows)
    counts = {kind: sum(row["kind"] is kind for row in rows) for kind in K}
    batch.added, batch.changed, batch.withdrawn = counts[K.ADDED], counts[K.CHANGED], counts[K.WITHDRAWN]
    batch.waiting = batch.added + batch.changed
    session.flush()


def row_of(batch: SecurityBatch, at: datetime, kind: SecurityKind, facts: Mapping[str, Any], of: Any) -> dict[str, Any]:
    """Describe a row: ``facts`` are its own, what is sealed is taken from ``of`` and sealed anew for the row."""
    ref, waits = new_ref(), kind is not K.WITHDRAWN
    sealed = {k: v for key in SEALED for k, v in seal_values("security_row", key, ref, opened(of, key)).items()}
    return {
        "ref": ref, "row_version": 1, "created_at": at, "updated_at": at, "delegation_id": batch.delegation_id,
        "province_id": batch.province_id, "edition_id": batch.edition_id, "batch_id": batch.id, "kind": kind,
        "status": R.open if waits else R.told, "waiting_since": at if waits else None, **facts, **sealed,
        **{key: getattr(of, key) for key in COPIED},
    }  # fmt: skip


def _handed_over(context: Context, batch: SecurityBatch) -> list[dict[str, Any]]:
    """Freeze the persons being done; whoever was in an earlier batch is a change."""
    session = context.session
    before = select(SecurityRow.person_id, func.max(SecurityRow.id)).where(
        SecurityRow.person_id.in_(context.rows), SecurityRow.status != R.recalled,
        SecurityRow.province_id == batch.province_id,
    )  # fmt: skip
    earlier = {row[0]: row[1] for row in session.execute(before.group_by(SecurityRow.person_id))}
    marks = identities(session, context.rows)
    persons = session.execute(
        select(Person, Unit.name, Unit.uscc, Delegation.short_name)
        .join(Unit, Unit.id == Person.unit_id)
        .join(Delegation, Delegation.id == Person.delegation_id)
        .where(Person.id.in_(context.rows))
        .order_by(Person.id)
        .execution_options(populate_existing=True)
    )
    return [
        row_of(batch, context.at, K.CHANGED if person.id in earlier else K.ADDED, {
            "person_id": person.id, "person_ref": person.ref, "earlier_id": earlier.get(person.id),
            "identity": marks[person.id], "unit_name": unit, "uscc": uscc, "node_name": node,
        }, person)
        for person, unit, uscc, node in persons
    ]  # fmt: skip


def leaving(session: Session, province_id: int, edition_id: int | None) -> list[SecurityRow]:
    """Return the last rows of persons who are out, and of whom the police were not told. SYSTEM acts.

    What was recalled was never told, and what another province told is not this one's.
    """
    row, later = SecurityRow, aliased(SecurityRow)
    after = (later.person_id == row.person_id, later.id > row.id, later.province_id == row.province_id)
    here = (Person.id == row.person_id, Person.province_id == row.province_id, Person.review_status.in_(LIVE))
    found = select(row).where(
        row.province_id == province_id, row.edition_id == edition_id, row.kind != K.WITHDRAWN, row.status != R.recalled,
        or_(row.result.is_(None), row.result == SecurityStatus.passed),
        ~exists(select(later.id).where(*after, later.status != R.recalled)),
        ~exists(select(Person.id).where(*here)),
    )  # fmt: skip
    return list(session.scalars(found.order_by(row.id).execution_options(populate_existing=True)))


def _leavers(context: Context, batch: SecurityBatch) -> list[dict[str, Any]]:
    """Describe the withdrawals that are due; rows that still waited for a result end here."""
    found = leaving(context.session, batch.province_id, batch.edition_id)
    _end(context, [row.person_id for row in found if row.status is R.open], R.withdrawn)
    return [
        row_of(batch, context.at, K.WITHDRAWN, {
            "person_id": row.person_id, "person_ref": row.person_ref, "earlier_id": row.id, "identity": row.identity,
            "unit_name": row.unit_name, "uscc": row.uscc, "node_name": row.node_name,
        }, row)
        for row in found
    ]  # fmt: skip


def _end(context: Context, persons: Select[Any] | list[int], status: SecurityRowStatus, **values: Any) -> None:
    """End the open rows of persons; batches that wait for nobody any more are complete. SYSTEM acts."""
    session, row = context.session, SecurityRow
    mine = (row.person_id.in_(persons), row.status == R.open)
    batches = sorted(session.scalars(select(row.batch_id).where(*mine).distinct()))
    if not batches:
        return
    held = select(SecurityBatch.id).where(SecurityBatch.id.in_(batches)).order_by(SecurityBatch.id)
    session.execute(held.with_for_update()).close()  # two results at one moment: the later one counts both
    ended = {"status": status, "waiting_since": None, "row_version": row.row_version + 1, "updated_at": context.at}
    session.execute(update(row).where(*mine).values(**ended, **values), execution_options=QUIET)
    recount(session, batches)
    done = SecurityBatch.id.in_(batches) & (SecurityBatch.waiting == 0)
    states = SecurityBatch.status.in_((SecurityBatchStatus.ready, SecurityBatchStatus.taken))
    cascade(context, "security_batch", "all_answered", done & states)


def recount(session: Session, batches: list[int]) -> None:
    """Count again how many rows of these batches wait."""
    session.execute(
        update(SecurityBatch).where(SecurityBatch.id.in_(batches)).values(waiting=waiting_rows()),
        execution_options=QUIET,
    )


def waiting_rows() -> Any:
    """Return the number of a batch's open rows, as an expression over the batch."""
    mine = (SecurityRow.batch_id == SecurityBatch.id, SecurityRow.status == R.open)
    return select(func.count(SecurityRow.id)).where(*mine).scalar_subquery()


def answered(result: SecurityStatus) -> Callable[[Context], None]:
    """Return the effect that writes a result on the open rows of the persons being done."""

    def write(context: Context) -> None:
        today = context.at.astimezone(SHANGHAI).date()
        by = {"answered_by_id": context.actor.account_id, "answered_at": context.at}
        _end(context, context.rows, R.answered, result=result, result_on=today, **by)

    return write


def outdated(context: Context) -> None:
    """The persons being done are no more those who were handed over: their open rows count no more."""
    _end(context, context.rows, R.stale)


def left(context: Context) -> None:
    """The persons being done are out: nobody waits for their results."""
    _end(context, context.rows, R.withdrawn)


def recall(context: Context) -> None:
    """End the open rows of the batches being done; their persons may be handed over again."""
    session, row = context.session, SecurityRow
    mine = (row.batch_id.in_(context.rows), row.status.in_((R.open, R.told)))
    persons = list(session.scalars(select(row.person_id).where(*mine, row.status == R.open)))
    ended = {"status": R.recalled, "waiting_since": None, "row_version": row.row_version + 1, "updated_at": context.at}
    session.execute(update(row).where(*mine).values(**ended), execution_options=QUIET)
    recount(session, list(session.scalars(context.rows)))
    cascade(context, "person", "taken_back_from_security", Person.id.in_(persons) & SENT)


def purge(context: Context) -> None:
    """Blank what is personal on the rows of the persons being done (DOMAIN P14)."""
    blank = ["name_en", "sex", "birth_date", "nationality", "title", "uscc"]
    sealed = [f"{key}{part}" for key in (*SEALED, "reason_code", "reason_detail") for part in ("", "_index", "_tail")]
    context.session.execute(
        update(SecurityRow)
        .where(SecurityRow.person_id.in_(context.rows))
        .values({**dict.fromkeys([*blank, *sealed]), "name": NAMELESS}),
        execution_options=QUIET,
    )


SENT: Final[ColumnElement[bool]] = Person.security_status == SecurityStatus.sent
