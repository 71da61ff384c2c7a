"""The two guarded counters of the quota: ``used`` within ``allotted``, ``allocated`` within ``total`` (DOMAIN §4.1).

Rows are locked in one order (pools by id, then allotments by id), so that two clerks wait and never
deadlock; on SQLite the write transaction itself is the lock. Every change is a conditional UPDATE and leaves one audit
entry per row.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from models import Label, QuotaAllocation, QuotaPool, Unit
from workflow import trail
from workflow.actors import unscoped

CHUNK = 10_000
COUNTERS: dict[type[Any], tuple[str, str]] = {
    QuotaAllocation: ("used", "allotted"),
    QuotaPool: ("allocated", "total"),
}

Key = tuple[int, Label]  # a unit or a node, and a free label
Step = tuple[Any, int, int]  # a locked row, and what is added to its inner and to its outer counter


class QuotaShort(Exception):
    """There is not enough; ``sentence`` says in Chinese what is short and how much is left."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def chunks(keys: Iterable[int]) -> Iterator[list[int]]:
    """Cut keys into sorted lists short enough for one statement."""
    ordered = sorted(set(keys))
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


def allotments(session: Session, unit_ids: Collection[int]) -> dict[Key, QuotaAllocation]:
    """Lock the allotments of units and return them as they stand now."""
    found: dict[Key, QuotaAllocation] = {}
    with unscoped(session):
        for chunk in chunks(unit_ids):
            rows = session.scalars(
                select(QuotaAllocation).where(QuotaAllocation.unit_id.in_(chunk))
                .order_by(QuotaAllocation.id).with_for_update().execution_options(populate_existing=True)
            )  # fmt: skip
            found.update({(row.unit_id or 0, row.label): row for row in rows})
    return found


def pools(session: Session, edition_id: int, nodes: Iterable[int], *, lock: bool = True) -> dict[Key, QuotaPool]:
    """Lock the pools of nodes and return them as they stand now; a preview does without the lock."""
    held = select(QuotaPool).where(QuotaPool.edition_id == edition_id, QuotaPool.delegation_id.in_(set(nodes)))
    held = held.order_by(QuotaPool.id).execution_options(populate_existing=True)
    with unscoped(session):
        rows = session.scalars(held.with_for_update() if lock else held)
        return {(row.delegation_id, row.label): row for row in rows}


def add(session: Session, steps: Iterable[Step], batch_id: int | None = None) -> None:
    """Add to the counters of locked rows of one model, each row only where its inner counter stays within its outer.

    Raises QuotaShort when a row would not; then part of the steps may be written, and the caller rolls back. Callers
    tell what is short beforehand from the locked rows, so this is the second wall.
    """
    changed = [step for step in steps if step[1] or step[2]]
    if not changed:
        return
    model = type(changed[0][0])
    inner, outer = (getattr(model, name) for name in COUNTERS[model])
    new_inner, new_outer = inner + bindparam("more"), outer + bindparam("room")
    statement = (
        update(model).where(model.id == bindparam("key"), new_inner >= 0, new_inner <= new_outer)
        .values({inner.key: new_inner, outer.key: new_outer, "row_version": model.row_version + 1})
    )  # fmt: skip
    values = [{"key": row.id, "more": more, "room": room} for row, more, room in changed]
    if session.connection().execute(statement, values).rowcount != len(changed):
        raise QuotaShort("额度已被他人占用，请刷新后重试")
    for row, more, room in changed:
        _entered(session, row, {inner.key: more, outer.key: room}, batch_id)


def _entered(session: Session, row: Any, added: Mapping[str, int], batch_id: int | None) -> None:
    """Bring the loaded row up to date and write its audit entry."""
    changes = {key: [getattr(row, key), getattr(row, key) + amount] for key, amount in added.items() if amount}
    for key, (_, after) in changes.items():
        set_committed_value(row, key, after)
    set_committed_value(row, "row_version", row.row_version + 1)
    told(session, row, changes, batch_id)


def told(session: Session, row: Any, changes: Mapping[str, Sequence[object]], batch_id: int | None) -> None:
    """Write the audit entry of one changed row."""
    noun = row.__tablename__
    trail.note(session, f"{noun}.edit", noun, row.id, None, dict(changes), session.info.get("reason"), batch_id)


def open_pools(session: Session, edition_id: int, nodes: Mapping[int, int], labels: Collection[Label]) -> None:
    """Create the empty pools that are missing; ``nodes`` maps a node to its province."""
    make = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = make(QuotaPool).on_conflict_do_nothing().returning(QuotaPool.id)
    for node, province in sorted(nodes.items()):
        for label in labels:
            place = {"edition_id": edition_id, "delegation_id": node, "province_id": province, "label": label}
            pool_id = session.connection().execute(statement.values(place)).scalar_one_or_none()
            if pool_id is not None:
                changes = {key: [None, value] for key, value in place.items()}
                trail.note(session, "quota_pool.create", "quota_pool", pool_id, None, changes)


def open_allotments(session: Session, keys: Collection[Key]) -> None:
    """Give units the empty allotments they lack: the preset of their own node for their USCC, else a new row.

    While another node's preset keeps the code, the new row goes without it: the unit says whose it is.
    """
    for unit_id, label in sorted(keys):
        with unscoped(session):
            unit = session.get_one(Unit, unit_id)
            preset = preset_of(session, unit.edition_id, unit.uscc, label)
        if preset is not None and preset.delegation_id == unit.delegation_id:
            preset.unit_id, preset.unit_name, preset.row_version = unit.id, unit.name, preset.row_version + 1
            continue
        place = {
            "edition_id": unit.edition_id, "delegation_id": unit.delegation_id, "province_id": unit.province_id,
            "unit_id": unit_id, "unit_name": unit.name, "uscc": unit.uscc if preset is None else None, "label": label,
        }  # fmt: skip
        made = session.connection().execute(insert(QuotaAllocation).values(place).returning(QuotaAllocation.id))
        changes = {key: [None, value] for key, value in place.items()}
        trail.note(session, "quota_allocation.create", "quota_allocation", made.scalar_one(), None, changes)


def preset_of(session: Session, edition_id: int, uscc: str | None, label: Label) -> QuotaAllocation | None:
    """Lock and return whatever row carries this code, whoever's it is."""
    if uscc is None:
        return None
    with unscoped(session):
        return session.scalar(
            select(QuotaAllocation)
            .where(QuotaAllocation.edition_id == edition_id, QuotaAllocation.uscc == uscc, QuotaAllocation.label == label)
            .with_for_update().execution_options(populate_existing=True)
        )  # fmt: skip
