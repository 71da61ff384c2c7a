"""Quota when a unit goes to another node of its province, or leaves altogether (DOMAIN §4.2, §4.4)."""

from collections import Counter
from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from models import Certificate, Delegation, QuotaAllocation, Unit
from workflow.actors import unscoped
from workflow.guards import was_made
from workflow.quota_rows import Key, add, allotments, chunks, open_pools, pools, told
from workflow.sessions import writing_sets


def move_share(session: Session, unit_id: int, source: int, target: int, batch_id: int | None = None) -> None:
    """Let a unit's used quota travel with its pool share from node ``source`` to node ``target`` of one province."""
    move_shares(session, [unit_id], source, target, batch_id)


def move_shares(
    session: Session, unit_ids: Collection[int], source: int, target: int, batch_id: int | None = None
) -> None:
    """Move the shares of many units of one node; what they did not use returns to the source's pool.

    Every pool from ``source`` up to the common ancestor gives the used number up, every pool from there down to
    ``target`` receives it, so that each pool still is the sum of what hangs below it.
    """
    edition_id = _edition(session, unit_ids)
    if edition_id is None or source == target:
        return
    up, down, top, province = _way(session, source, target)
    places = {*up, *down, top}
    labels = {label for _, label in pools(session, edition_id, places)}
    open_pools(session, edition_id, dict.fromkeys(down or [target], province), sorted(labels))
    held = pools(session, edition_id, places)
    rows = list(allotments(session, unit_ids).values())
    total, handed = Counter[Key](), Counter[Key]()
    for row in rows:
        label = row.label
        handed[source, label] -= row.allotted
        handed[target, label] += row.used
        total.subtract(dict.fromkeys(((place, label) for place in up), row.used))
        total.update(dict.fromkeys(((place, label) for place in down), row.used))
        handed.subtract(dict.fromkeys(((place, label) for place in {*up, top} - {source}), row.used))
        handed.update(dict.fromkeys(((place, label) for place in {*down, top} - {target}), row.used))
    touched = sorted(key for key in {*handed, *total} if handed[key] or total[key])
    add(session, [(held[key], handed[key], total[key]) for key in touched], batch_id)
    add(session, [(row, 0, row.used - row.allotted) for row in rows], batch_id)
    _place(session, rows, target, province, batch_id)


def _edition(session: Session, unit_ids: Collection[int]) -> int | None:
    with unscoped(session):
        return session.scalar(select(Unit.edition_id).where(Unit.id == next(iter(unit_ids), None)))


def _way(session: Session, source: int, target: int) -> tuple[list[int], list[int], int, int]:
    """Return the nodes from source up to and from target up to their common ancestor, the ancestor, the province."""
    with unscoped(session):
        parents = {row.id: row.parent_id for row in session.execute(select(Delegation.id, Delegation.parent_id))}
    ups, downs = _upwards(parents, source), _upwards(parents, target)
    top = next(place for place in ups if place in downs)
    return ups[: ups.index(top)], downs[: downs.index(top)], top, ups[-1]


def _upwards(parents: dict[int, int | None], place: int | None) -> list[int]:
    way = []
    while place is not None:
        way.append(place)
        place = parents[place]
    return way


def _place(session: Session, rows: Sequence[QuotaAllocation], target: int, province: int, batch_id: int | None) -> None:
    for row in rows:
        told(session, row, {"delegation_id": [row.delegation_id, target]}, batch_id)
    with unscoped(session), writing_sets(session):
        for chunk in chunks(row.id for row in rows):
            moved = update(QuotaAllocation).where(QuotaAllocation.id.in_(chunk))
            session.execute(moved.values(delegation_id=target, province_id=province))


def drop_share(session: Session, unit_ids: Collection[int], batch_id: int | None = None) -> None:
    """Return all quota of units that leave the province or are deleted to their nodes' pools.

    What became cards stays consumed (the free card was produced); every other allotment goes, and the USCC is free.
    """
    edition_id = _edition(session, unit_ids)
    if edition_id is None:
        return
    held = pools(session, edition_id, _nodes(session, unit_ids))
    rows = allotments(session, unit_ids)
    kept = _consumed(session, unit_ids)
    handed = Counter[Key]()
    for key, row in rows.items():
        handed[row.delegation_id, row.label] += kept[key] - row.allotted
    add(session, [(held[key], amount, 0) for key, amount in sorted(handed.items()) if amount], batch_id)
    add(session, [(row, kept[key] - row.used, kept[key] - row.allotted) for key, row in rows.items()], batch_id)
    for key, row in rows.items():
        changes = {"uscc": [row.uscc, None]} if kept[key] else {"unit_id": [row.unit_id, None]}
        told(session, row, changes, batch_id)
    with unscoped(session), writing_sets(session):
        for chunk in chunks(row.id for key, row in rows.items() if kept[key]):
            session.execute(update(QuotaAllocation).where(QuotaAllocation.id.in_(chunk)).values(uscc=None))
        for chunk in chunks(row.id for key, row in rows.items() if not kept[key]):
            session.execute(delete(QuotaAllocation).where(QuotaAllocation.id.in_(chunk)))


def _nodes(session: Session, unit_ids: Collection[int]) -> set[int]:
    found: set[int] = set()
    with unscoped(session):
        for chunk in chunks(unit_ids):
            found.update(
                session.scalars(select(QuotaAllocation.delegation_id).where(QuotaAllocation.unit_id.in_(chunk)))
            )
    return found


def _consumed(session: Session, unit_ids: Collection[int]) -> Counter[Key]:
    """Count the holders of free cards that reached production, by unit and label."""
    card, label = Certificate.unit_id, Certificate.label
    counted: Counter[Key] = Counter()
    with unscoped(session):
        for chunk in chunks(unit_ids):
            cards = select(card, label, func.count(Certificate.person_id.distinct())).where(was_made(), card.in_(chunk))
            counted.update({(row[0], row[1]): row[2] for row in session.execute(cards.group_by(card, label))})
    return counted
