"""What was read off a unit's newest licence: whether it says the same as the form, and who is asked to read it.

U5 asks for name and credit code (DOMAIN §1.1). Brackets and blanks are compared alike however they were typed; anything
else that differs is a difference.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, false, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from models import Attachment, AttachmentKind, Edition, Job, JobState, LicenceReading, Recognition, Unit, UnitStatus
from models.columns import attribute
from workflow.actors import SYSTEM, Actor, acting
from workflow.jobs.asking import ask as ask_job

KIND: Final = "recognise"  # of its jobs
FIELDS: Final = ("name", "uscc", "legal_rep", "address", "reg_capital")  # of a unit, that a licence tells
MOST_ASKED: Final = 50  # readings asked for by one batch: the others are asked for when somebody looks
_ALIKE: Final = (("（", "("), ("）", ")"), (" ", ""))


def newest() -> Any:
    """The id of a unit's newest licence, as a subquery on the unit."""
    own = aliased(Attachment)
    return (
        select(func.max(own.id)).where(own.unit_id == Unit.id, own.kind == AttachmentKind.LICENCE)
        .correlate(Unit).scalar_subquery()
    )  # fmt: skip


def read(key: str) -> Any:
    """What a unit's newest licence says of a column, as a subquery on the unit; NULL where it was not read."""
    column: InstrumentedAttribute[Any] = attribute(LicenceReading, key)
    return select(column).where(LicenceReading.attachment_id == newest()).correlate(Unit).scalar_subquery()


def alike(text: str) -> str:
    """Return a text in the form in which it is compared: the Python twin of what the database does."""
    for typed, meant in _ALIKE:
        text = text.replace(typed, meant)
    return text


def _alike(value: Any) -> Any:
    for typed, meant in _ALIKE:
        value = func.replace(value, typed, meant)
    return value


def differs(key: str) -> ColumnElement[bool]:
    """Whether the licence says something else than the form; an address may be the shorter one of the same."""
    said, own = read(key), attribute(Unit, key)
    if key == "reg_capital":
        return func.coalesce(said != own, false())
    said, own = _alike(said), _alike(own)
    other = and_(own != "", said != own)
    if key == "address":
        other = and_(other, func.replace(own, said, "") == own, func.replace(said, own, "") == said)
    return func.coalesce(other, false())


def outcome() -> Any:
    """The recognition's result as an expression over the unit: PASSED only where name and code are both the form's."""
    same = and_(_alike(read("name")) == _alike(Unit.name), read("uscc") == Unit.uscc)
    kind = attribute(Unit, "recognised").type
    return case(
        (func.coalesce(read("tried"), false()).is_(False), literal(Recognition.NOT_TRIED, kind)),
        (same, literal(Recognition.PASSED, kind)),
        else_=literal(Recognition.FAILED, kind),
    )


def runs_out() -> ColumnElement[bool]:
    """Whether the period printed on the licence ends before the fair does."""
    closes = select(Edition.show_closes_on).where(Edition.id == Unit.edition_id).correlate(Unit).scalar_subquery()
    return func.coalesce(read("valid_until") < closes, false())


def passes_directly() -> ColumnElement[bool]:
    """Whether a recognised unit needs no people: where the edition says so, and the licence lasts."""
    by_setting = select(Edition.id).where(Edition.id == Unit.edition_id, Edition.direct_pass).correlate(Unit).exists()
    return and_(Unit.recognised == Recognition.PASSED, by_setting, ~runs_out())


def passed_unseen() -> ColumnElement[bool]:
    """Whether a unit was approved by the system and looked at by nobody since: these are for spot checks."""
    return and_(Unit.review_status == UnitStatus.approved, Unit.first_by_id.is_(None), Unit.second_by_id.is_(None))


def latest(session: Session, unit_id: int) -> LicenceReading | None:
    """Return the reading of a unit's newest licence, as far as the actor sees it; None where it was not read yet."""
    licence = select(func.max(Attachment.id)).where(
        Attachment.unit_id == unit_id, Attachment.kind == AttachmentKind.LICENCE
    )
    return session.scalars(
        select(LicenceReading).where(LicenceReading.attachment_id == licence.scalar_subquery())
    ).one_or_none()


def sureness(reading: LicenceReading) -> dict[str, int]:
    """Return how sure the reading is by column, in percent."""
    found: dict[str, int] = json.loads(reading.sure)
    return found


def keep(
    session: Session, licence: Attachment, values: Mapping[str, Any], sure: Mapping[str, int], sentence: str,
    *, tried: bool,
) -> LicenceReading:  # fmt: skip
    """Store what was read off a licence, in place of an earlier reading, and settle its unit. The caller commits."""
    with acting(session, SYSTEM):
        own = select(LicenceReading).where(LicenceReading.attachment_id == licence.id)
        row = session.scalars(own).one_or_none() or LicenceReading(
            attachment_id=licence.id, unit_id=licence.unit_id, delegation_id=licence.delegation_id,
            province_id=licence.province_id,
        )  # fmt: skip
        for key in (*FIELDS, "validity", "valid_until"):
            setattr(row, key, values.get(key))
        row.sure, row.sentence, row.tried = json.dumps(dict(sure)), sentence, tried
        session.add(row)
        session.flush()
        settle(session, session.get_one(Unit, licence.unit_id))
    return row


def settle(session: Session, unit: Unit) -> None:
    """Bring a unit's result in step with its newest licence and its form."""
    with acting(session, SYSTEM):
        found = session.scalar(select(outcome()).select_from(Unit).where(Unit.id == unit.id))
        if found is not None and found is not unit.recognised:
            unit.recognised = found


def ask(session: Session, actor: Actor, licence: Attachment, lang: str = "zh") -> Job | None:
    """Ask for a licence to be read, once; the caller commits and then hands the reference on. None: it is asked for."""
    under_way = select(Job.id).where(
        Job.kind == KIND, Job.receipt == licence.ref, Job.state.in_((JobState.queued, JobState.running))
    )
    with acting(session, SYSTEM):
        if actor.account_id is None or session.scalars(under_way).first() is not None:
            return None
        return ask_job(session, actor, KIND, "识别证照", {"file": licence.ref}, total=1, lang=lang, receipt=licence.ref)


def ask_for_unread(session: Session, actor: Actor, unit_ids: Any) -> Sequence[Job]:
    """Ask for the newest licences of units that nobody has read yet; the sweep hands these jobs on."""
    unread = (
        select(Attachment).join(Unit, Attachment.unit_id == Unit.id)
        .outerjoin(LicenceReading, LicenceReading.attachment_id == Attachment.id)
        .where(
            Unit.id.in_(unit_ids), Attachment.id == newest(),
            or_(LicenceReading.id.is_(None), LicenceReading.tried.is_(False)),
        )
        .order_by(Attachment.id).limit(MOST_ASKED)
    )  # fmt: skip
    with acting(session, SYSTEM):
        asked = [ask(session, actor, licence) for licence in session.scalars(unread).all()]
    return [job for job in asked if job is not None]
