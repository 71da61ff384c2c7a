"""The report that closes an erasing: what went, by whose word, when, what stays and why. Numbers and names of tables only."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import (
    Account,
    Audit,
    Certificate,
    Edition,
    Erasure,
    GroupPayEntry,
    Person,
    ReviewRecord,
    Tombstone,
    Unit,
)
from models.kinds import now
from workflow.keeping import ties
from workflow.keeping.slicing import Counts
from workflow.trail_keys import LASTING

VERSION = 1


def report(session: Session, erasure: Erasure, counts: Counts) -> dict[str, Any]:
    """Return the report as JSON takes it; SYSTEM acts."""
    edition = session.get_one(Edition, erasure.edition_id)
    return {
        "version": VERSION, "edition": edition.name, "code": edition.code, "reason": erasure.reason,
        "asked_by": _name(session, erasure.by_id), "asked_at": _moment(erasure.at),
        "agreed_by": _name(session, erasure.agreed_by_id), "agreed_at": _moment(erasure.agreed_at),
        "started_at": _moment(erasure.started_at), "ended_at": _moment(erasure.ended_at), "reported_at": _moment(now()),
        "erased": dict(sorted(counts.items())), "remains": _remains(session, edition),
    }  # fmt: skip


def _name(session: Session, account_id: int | None) -> str:
    account = session.get(Account, account_id) if account_id else None
    return f"{account.name}（{account.role.label}）" if account else ""


def _moment(value: Any) -> str:
    return value.isoformat(timespec="seconds") if value else ""


def _remains(session: Session, edition: Edition) -> dict[str, int]:
    """Count what is kept on purpose: rows without persons, sums, hashes, and entries that tell of those who work here."""
    found = {
        model.__tablename__: count(session, model, ties.rows_of(model, edition.id))
        for model in (Unit, Person, Certificate, GroupPayEntry, ReviewRecord)
    }
    hashes = (Tombstone.key_hash.is_not(None), ties.rows_of(Tombstone, edition.id))
    found["tombstone"] = count(session, Tombstone, *hashes)
    found["audit"] = count(session, Audit, Audit.edition_id == edition.id)
    before = (Audit.fields.is_(None), Audit.noun.not_in(LASTING), Audit.at < ties.bound(session, edition))
    found["audit_clear"] = count(session, Audit, *before)
    return found


def count(session: Session, model: Any, *where: Any) -> int:
    """Count rows."""
    return session.scalar(select(func.count()).select_from(model).where(*where)) or 0
