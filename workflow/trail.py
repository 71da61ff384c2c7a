"""The audit trail: entries gather during a transaction and are chained by HMAC just before it commits.

Plain edits are recorded by the flush listener, moves by the engine, exports and reveals by ``note``. Values of
sensitive columns are masked before they are written. The chain's end lives in ``audit_head``: writers take turns on
it as the last thing they do, so ids are dense and a changed, removed, inserted or cut-off row is found by name.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from sqlalchemy import Text, event, insert, inspect, select, type_coerce, update
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from models import Audit, AuditHead, Base, keyring
from models.columns import Column, columns_of
from models.kinds import mask, now, open_sealed
from workflow import trail_keys
from workflow.actors import Actor, actor_of

# The program's own bookkeeping, what the receipts tell better, and tools of an account that hold no business.
SILENT = {
    "audit",
    "audit_head",
    "batch",
    "batch_row",
    "canned_opinion",
    "claim",
    "erasure",  # its steps are entered by name
    "web_session",
    "licence_reading",  # what the program read off a picture that is entered itself
    "job",  # what a job does is entered where it is done, and its file when it leaves
    "login_attempt",
    "notice",
    "notice_read",
    "preference",
    "recent_item",
    "view_default",
}
FIELDS = ("id", "at", "account_id", "actor", "role", "delegation_id", "province_id", "action", "noun", "object_id",
          "object_ref", "changes", "reason", "batch_id", "request_id")  # fmt: skip
LATER = ("edition_id", "address", "fields")  # in the chain of every entry that has them
EVERY = 2000  # entries between two reports of how far the walk is


def note(
    session: Session, action: str, noun: str, object_id: int | None = None, object_ref: str | None = None,
    changes: dict[str, Any] | str | None = None, reason: str | None = None, batch_id: int | None = None,
    edition_id: int | None = None,
) -> None:  # fmt: skip
    """Add one audit entry to this transaction; ``changes`` is JSON of column → [before, after], already masked.

    ``edition_id``: whose key seals what it tells; without one, that of the edition in hand.
    """
    actor = session.info.get("on_behalf_of") or actor_of(session)
    text = changes if isinstance(changes, str) else json.dumps(changes or {}, ensure_ascii=False, default=str)
    session.info.setdefault("trail", []).append({
        "at": now(), "account_id": actor.account_id, "actor": actor.name, "role": actor.role.value,
        "delegation_id": actor.delegation_id or None, "province_id": actor.province_id or None, "action": action,
        "noun": noun, "object_id": object_id, "object_ref": object_ref, "changes": text, "reason": reason,
        "batch_id": batch_id, "request_id": session.info.get("request_id"),
        "edition_id": edition_id or actor.edition_id or None, "address": session.info.get("address"),
    })  # fmt: skip


@contextmanager
def on_behalf_of(session: Session, actor: Actor) -> Iterator[None]:
    """Write entries in ``actor``'s name while the engine itself works unscoped."""
    before = session.info.get("on_behalf_of")
    session.info["on_behalf_of"] = actor
    try:
        yield
    finally:
        session.info["on_behalf_of"] = before


def told(row: Any, column: Column, value: Any) -> Any:
    """Return a value as the trail may keep it: sensitive ones masked, secrets never."""
    if value is None or column.hidden:
        return None
    if column.kind == "sealed":
        return mask(column.sensitivity, open_sealed(row.__tablename__, column.key, row.ref, value))
    if column.sensitivity:
        return mask(column.sensitivity, str(value))
    return plain(value)


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    return value.isoformat() if isinstance(value, date) else value


def _changes(row: Base, columns: dict[str, Column], *, created: bool) -> dict[str, list[Any]]:
    changes = {}
    for attribute in inspect(row).attrs:
        column = columns.get(attribute.key)
        if column is None or column.hidden or column.key in ("id", "row_version", "updated_at", "state_since"):
            continue
        history = attribute.history
        if created and attribute.value is not None:
            changes[column.key] = [None, told(row, column, attribute.value)]
        elif not created and history.has_changes():
            old = history.deleted[0] if history.deleted else None
            changes[column.key] = [told(row, column, old), told(row, column, attribute.value)]
    return changes


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    for rows, action in ((session.new, "create"), (session.dirty, "edit"), (session.deleted, "delete")):
        for row in rows:
            noun = row.__tablename__
            if noun in SILENT or not isinstance(row, Base):
                continue
            changes = {} if action == "delete" else _changes(row, columns_of(type(row)), created=action == "create")
            if changes or action == "delete":
                ref = getattr(row, "ref", None)
                note(
                    session, f"{noun}.{action}", noun, row.id, ref, changes, session.info.get("reason"),
                    edition_id=getattr(row, "edition_id", None),
                )  # fmt: skip


def _chain_key() -> bytes:
    return hmac.digest(keyring.current().index_key, b"audit chain", hashlib.sha256)


def link(key: bytes, previous: str, row: dict[str, Any]) -> str:
    """Return the chain value of a row, as it is stored, after ``previous``."""
    names = FIELDS if row["fields"] is None else (*FIELDS, *LATER)
    return _linked(key, previous, [row[name] for name in names])


def _linked(key: bytes, previous: str, values: list[Any]) -> str:
    values[1] = values[1].astimezone(UTC).isoformat(timespec="microseconds")
    parts = "\x1f".join(map(str, values))
    return hmac.digest(key, f"{previous}\x1e{parts}".encode(), "sha256").hex()


def end(key: bytes, value: str) -> str:
    """Seal the chain's end: a head set back to a row that is left cannot be made from what lies in the table."""
    return hmac.digest(key, f"end\x1e{value}".encode(), "sha256").hex()


def _before_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    entries = session.info.pop("trail", None)
    if not entries:
        return
    connection = session.connection()
    trail_keys.seal(connection, entries)
    head = connection.execute(select(AuditHead.last_id, AuditHead.hash).with_for_update()).one_or_none()
    if head is None:
        connection.execute(insert(AuditHead).values(id=1, last_id=0, hash=""))
    last_id, previous = (head.last_id, head.hash) if head else (0, "")
    key = _chain_key()
    for number, entry in enumerate(entries, last_id + 1):
        entry["id"] = number
        entry["hash"] = link(key, previous, entry)
        previous = end(key, entry["hash"])
    connection.execute(insert(Audit), entries)
    connection.execute(update(AuditHead).values(last_id=last_id + len(entries), hash=previous))


def _mark(session: Session, transaction: SessionTransaction) -> None:
    """Remember how many entries there were when a savepoint began."""
    if transaction.nested:
        session.info.setdefault("trail_marks", {})[transaction] = len(session.info.get("trail", ()))


def _take_back(session: Session, transaction: SessionTransaction) -> None:
    """A savepoint rolled back takes its own entries along and leaves the earlier ones."""
    mark = session.info.get("trail_marks", {}).pop(transaction, None)
    if mark is not None:
        del session.info.get("trail", [])[mark:]


def _forget(session: Session, transaction: SessionTransaction) -> None:
    """Whatever became of the transaction, its entries are not the next one's."""
    if transaction.parent is None:
        session.info.pop("trail", None)
        session.info.pop("trail_marks", None)


def install(sessions: Any) -> None:
    """Attach the trail to a session factory."""
    event.listen(sessions, "after_flush", _after_flush)
    event.listen(sessions, "before_commit", _before_commit)
    event.listen(sessions, "after_transaction_create", _mark)
    event.listen(sessions, "after_soft_rollback", _take_back)
    event.listen(sessions, "after_transaction_end", _forget)


@dataclass(frozen=True)
class ChainEnd:
    """How the end of the chain stands: the last entry's number, how many entries were checked, and whether they hold."""

    last_id: int
    checked: int
    holds: bool


def chain_end(session: Session, checked: int = 500) -> ChainEnd:
    """Check the last entries against the one before them and against the head; the whole is ``first_break``'s."""
    head = session.connection().execute(select(AuditHead.last_id)).scalar() or 0
    after = max(0, head - checked)
    return ChainEnd(head, head - after, first_break(session, after) is None)


def first_break(
    session: Session, after: int = 0, report: Callable[[int, int], None] = lambda _done, _total: None
) -> str | None:
    """Walk the chain from its beginning or ``after`` an entry; return None when it holds, else a sentence that names
    the first broken row. ``report(done, total)`` is told how far the walk is, and may stop it by raising.
    """
    key, last_id = _chain_key(), after
    connection = session.connection()
    kept = connection.scalar(select(Audit.hash).where(Audit.id == after)) if after else None
    previous = end(key, kept) if kept else ""
    total = connection.scalar(select(AuditHead.last_id)) or 0
    stored = [type_coerce(getattr(Audit, name), Text) if name in trail_keys.SEALED else getattr(Audit, name)
              for name in (*FIELDS, *LATER)]  # fmt: skip
    every = select(*stored, Audit.hash).where(Audit.id > after).order_by(Audit.id)
    with connection.execute(every, execution_options={"yield_per": EVERY}) as rows:
        for chunk in rows.partitions():
            for *values, found in chunk:
                if values[0] != last_id + 1:
                    return f"审计日志第 {last_id + 1} 条缺失"
                told = values if values[-1] is not None else values[: len(FIELDS)]
                if found != _linked(key, previous, told):
                    return f"审计日志第 {values[0]} 条与校验值不符"
                last_id, previous = values[0], end(key, found)
            report(last_id, total)
    head = session.connection().execute(select(AuditHead.last_id, AuditHead.hash)).one_or_none()
    should, seal = (head.last_id, head.hash) if head else (0, "")
    if (should, seal) != (last_id, previous):
        return f"审计日志末尾与记录不符：应有 {should} 条，现有 {last_id} 条"
    return None
