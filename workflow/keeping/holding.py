"""What personal data are left where: counted per table from the declarations of the columns, never shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.orm import Session

from models import Account, Audit, Delegation, Edition, Job, Notice, SavedView
from models.columns import Column, attribute, columns_of, model_named
from models.personal import personal_columns
from workflow.actors import SYSTEM, Actor, acting
from workflow.keeping import ties, wiping
from workflow.trail_keys import LASTING

MOMENTS = ("created_at", "at", "seen_at")


@dataclass(frozen=True)
class Held:
    """A table's rows of an edition: how many there are, how many hold something personal, and since when.

    ``columns`` are the personal ones; ``rule`` is what ends their keeping: "edition", "whole" (the row goes, too) or "key".
    """

    model: type[Any]
    rows: int
    holding: int
    oldest: datetime | None
    columns: Sequence[Column]
    rule: str


@dataclass(frozen=True)
class Elsewhere:
    """What belongs to no edition: rows by a name of ours, and since when."""

    name: str
    rows: int
    oldest: datetime | None


def of_edition(session: Session, edition: Edition, actor: Actor) -> list[Held]:
    """Count an edition's rows in the actor's province, table by table; one statement each."""
    whole = [model_named(table) for table in sorted(wiping.WHOLE)]
    models = [*ties.tied(), *(model for model in whole if model not in ties.tied())]
    with acting(session, SYSTEM):
        found = [_held(session, model, edition.id, actor) for model in models]
        found.append(_trail(session, edition.id, actor))
    return [held for held in found if held.rows or held.columns]


def _held(session: Session, model: Any, edition_id: int, actor: Actor) -> Held:
    columns = personal_columns(model)
    is_whole = model.__tablename__ in wiping.WHOLE
    still = true() if is_whole else wiping.holding(model)
    moment = _moment(model)
    oldest = func.min(case((still, moment))) if moment is not None else None
    facts = [func.count(), func.count(case((still, 1))), *([] if oldest is None else [oldest])]
    where = (ties.rows_of(model, edition_id), of_province(model, actor.province_id))
    rows, holding, *since = session.execute(select(*facts).select_from(model).where(*where)).one()
    return Held(model, rows, holding, since[0] if since else None, columns, "whole" if is_whole else "edition")


def _trail(session: Session, edition_id: int, actor: Actor) -> Held:
    """The entries sealed under the edition's key: readable as long as there is one."""
    mine = (Audit.edition_id == edition_id, of_province(Audit, actor.province_id))
    rows, oldest = session.execute(select(func.count(), func.min(Audit.at)).select_from(Audit).where(*mine)).one()
    is_open = session.scalar(select(Edition.audit_secret.is_not(None)).where(Edition.id == edition_id))
    columns = [columns_of(Audit)[key] for key in ("changes", "reason")]
    return Held(Audit, rows, rows if is_open else 0, oldest if is_open else None, columns, "key")


def _moment(model: Any) -> Any:
    key = next((key for key in MOMENTS if key in columns_of(model)), None)
    return None if key is None else attribute(model, key)


def of_province(model: Any, province_id: int) -> ColumnElement[bool]:
    """Return the condition that a row is of a province: by its place, by the row it hangs on, or by whose it is."""
    columns = columns_of(model)
    if "province_id" in columns:
        return attribute(model, "province_id") == province_id
    parent = ties._parent(model)  # noqa: SLF001 - of this package
    if parent is not None:
        key, other = parent
        return attribute(model, key).in_(select(attribute(other, "id")).where(of_province(other, province_id)))
    if "account_id" in columns:
        home = (Delegation.province_id == province_id) | (Delegation.id == province_id)
        accounts = select(Account.id).join(Delegation, Delegation.id == Account.delegation_id).where(home)
        return attribute(model, "account_id").in_(accounts)
    return true()


def elsewhere(session: Session, actor: Actor) -> list[Elsewhere]:
    """Count what personal data belong to no edition, in the actor's province."""
    with acting(session, SYSTEM):
        found = [_counted(session, name, model_named(table), actor) for name, table in TABLES.items()]
        kept = (Job.file.is_not(None), of_province(Job, actor.province_id))
        rows, oldest = session.execute(select(func.count(), func.min(Job.ended_at)).select_from(Job).where(*kept)).one()
        found.insert(0, Elsewhere("results", rows, oldest))
        clear = (Audit.fields.is_(None), Audit.noun.not_in(LASTING), of_province(Audit, actor.province_id))
        rows, oldest = session.execute(select(func.count(), func.min(Audit.at)).select_from(Audit).where(*clear)).one()
        found.append(Elsewhere("audit_clear", rows, oldest))
    return found


TABLES = {
    "import_job": "import_job", "job": "job", "notice": Notice.__tablename__, "saved_view": SavedView.__tablename__,
    "web_session": "web_session", "login_attempt": "login_attempt", "account": "account",
}  # fmt: skip


def _counted(session: Session, name: str, model: Any, actor: Actor) -> Elsewhere:
    here: ColumnElement[bool] = true()
    if model is Account:
        home = (Delegation.province_id == actor.province_id) | (Delegation.id == actor.province_id)
        here = Account.delegation.has(home)
    elif "province_id" in columns_of(model):
        here = of_province(model, actor.province_id)
    facts = select(func.count(), func.min(_moment(model))).select_from(model).where(here)
    rows, oldest = session.execute(facts).one()
    return Elsewhere(name, rows, oldest)
