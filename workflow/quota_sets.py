"""Many allotments set at once, as an import does: a handful of statements, one audit entry per allotment."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, insert, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Label, QuotaAllocation, QuotaPool, Unit
from workflow import trail
from workflow.actors import unscoped
from workflow.quota_rows import CHUNK, Key, QuotaShort, add
from workflow.savepoint import savepoint
from workflow.sessions import writing_sets

LATE = "额度已被他人修改，请重新预览"


@dataclass(frozen=True)
class Allotment:
    """What is to stand: ``row_id`` and ``seen`` (its version) name a row that exists, None and 0 make a new one."""

    row_id: int | None
    seen: int
    edition_id: int
    delegation_id: int
    province_id: int
    label: Label
    uscc: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]  # allotted, unit_id, unit_name, remark

    @property
    def more(self) -> int:
        """How many places the pool hands on (negative: gets back)."""
        return int(self.after["allotted"]) - int(self.before.get("allotted", 0))

    @property
    def values(self) -> dict[str, Any]:
        """The new row."""
        place = {"edition_id": self.edition_id, "delegation_id": self.delegation_id, "province_id": self.province_id}
        return {**place, "label": self.label, "uscc": self.uscc, **self.after}


def set_allotments(session: Session, held: Mapping[Key, QuotaPool], items: Sequence[Allotment]) -> None:
    """Write allotments against locked pools, all or nothing.

    Raises QuotaShort when a pool is short, and when a row changed since it was read or is in use beyond its new number.
    """
    handed: Counter[Key] = Counter()
    for item in items:
        handed[item.delegation_id, item.label] += item.more
    try:
        with savepoint(session):
            add(session, [(held[key], more, 0) for key, more in sorted(handed.items()) if more])
            _change(session, [item for item in items if item.row_id is not None])
            _make(session, [item for item in items if item.row_id is None])
    except IntegrityError as error:
        raise QuotaShort(LATE) from error
    for row in session.identity_map.values():
        if isinstance(row, QuotaAllocation):
            session.expire(row)


def _change(session: Session, items: Sequence[Allotment]) -> None:
    if not items:
        return
    row = QuotaAllocation
    statement = (
        update(row)
        .where(row.id == bindparam("key"), row.row_version == bindparam("seen"), row.used <= bindparam("number"))
        .values(
            allotted=bindparam("number"), unit_id=bindparam("unit"), unit_name=bindparam("name"), remark=bindparam("note"),
            row_version=row.row_version + 1,
        )
    )  # fmt: skip
    values = [
        {"key": item.row_id, "seen": item.seen, "number": item.after["allotted"], "unit": item.after["unit_id"],
         "name": item.after["unit_name"], "note": item.after["remark"]}
        for item in items
    ]  # fmt: skip
    if session.connection().execute(statement, values).rowcount != len(items):
        raise QuotaShort(LATE)
    for item in items:
        changes = {key: [old, item.after[key]] for key, old in item.before.items() if old != item.after[key]}
        _note(session, "edit", item.row_id, changes)


def _make(session: Session, items: Sequence[Allotment]) -> None:
    if not items:
        return
    with writing_sets(session):
        made = session.execute(
            insert(QuotaAllocation).returning(QuotaAllocation.id, sort_by_parameter_order=True),
            [item.values for item in items],
        ).scalars()
    for item, row_id in zip(items, made, strict=True):
        changes = {key: [None, value] for key, value in item.values.items() if value is not None}
        _note(session, "create", row_id, changes)


def _note(session: Session, verb: str, row_id: int | None, changes: Mapping[str, Any]) -> None:
    text = json.dumps(changes, ensure_ascii=False, separators=(",", ":"))
    trail.note(session, f"quota_allocation.{verb}", "quota_allocation", row_id, None, text, session.info.get("reason"))


def standing(session: Session, edition_id: int, codes: Iterable[str], *, lock: bool = False) -> list[Any]:
    """Return (and lock) what stands for codes and for the units registered under them, whoever's it is."""
    row, ordered = QuotaAllocation, sorted(set(codes))
    found: list[Any] = []
    columns = select(
        row.id, row.row_version, row.delegation_id, row.province_id, row.unit_id, row.uscc, row.label, row.allotted,
        row.used, row.unit_name, row.remark,
    )  # fmt: skip
    with unscoped(session):
        for start in range(0, len(ordered), CHUNK):
            chunk = ordered[start : start + CHUNK]
            units = select(Unit.id).where(Unit.edition_id == edition_id, Unit.uscc.in_(chunk))
            for mine in (row.uscc.in_(chunk), row.unit_id.in_(units) & func.coalesce(row.uscc.not_in(chunk), true())):
                rows = columns.where(row.edition_id == edition_id, mine).order_by(row.id)
                found += session.execute(rows.with_for_update() if lock else rows).all()
    return found


def registered(session: Session, edition_id: int, codes: Iterable[str]) -> dict[str, Any]:
    """Return the units registered under codes: id, uscc, name, place, status; whoever's they are."""
    ordered = sorted(set(codes))
    found: dict[str, Any] = {}
    columns = select(Unit.id, Unit.uscc, Unit.name, Unit.delegation_id, Unit.province_id, Unit.review_status)
    with unscoped(session):
        for start in range(0, len(ordered), CHUNK):
            mine = Unit.uscc.in_(ordered[start : start + CHUNK])
            found.update(
                {unit.uscc: unit for unit in session.execute(columns.where(Unit.edition_id == edition_id, mine))}
            )
    return found
