"""Hand-over batches of the police check: whoever is 已送审 stands on one, as the moves would have left it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from demo.fair import Fair
from models import (
    Delegation,
    Edition,
    Person,
    SecurityBatch,
    SecurityBatchStatus,
    SecurityKind,
    SecurityRow,
    SecurityStatus,
    Unit,
)
from models.kinds import opened
from workflow import security

SIZE = 500  # persons in a batch at most, and rows written at once
AGES = (9, 4, 1)  # days since a batch was handed over, in turn
TAKER = "市公安局 高建平 2217"


def hand_over(fair: Fair) -> None:
    """Put the persons who are 已送审 on batches of their province; everything else is written by now."""
    session = fair.rows.session
    edition = session.get_one(Edition, fair.edition_id)
    for province_id in session.scalars(select(Person.province_id).distinct().order_by(Person.province_id)).all():
        province = session.get_one(Delegation, province_id)
        for number, chunk in enumerate(_chunks(fair, province_id), 1):
            _batch(
                fair, province, f"AQ{edition.code}-{province.code}-{number:03d}", AGES[number % len(AGES) - 1], chunk
            )
            fair.rows.write()


def _chunks(fair: Fair, province_id: int) -> Iterator[list[Any]]:
    """Yield persons with their unit's name and code and their node's name; never more in memory than one batch."""
    last, session = 0, fair.rows.session
    rows = (
        select(Person, Unit.name, Unit.uscc, Delegation.short_name)
        .join(Unit, Unit.id == Person.unit_id)
        .join(Delegation, Delegation.id == Person.delegation_id)
        .where(Person.province_id == province_id, Person.security_status == SecurityStatus.sent)
        .order_by(Person.id)
    )
    total = len(session.scalars(rows.with_only_columns(Person.id)).all())
    size = min(SIZE, max(1, -(-total // len(AGES))))
    while chunk := session.execute(rows.where(Person.id > last).limit(size)).all():
        last = chunk[-1][0].id
        yield list(chunk)
        for row in chunk:
            session.expunge(row[0])


def _batch(fair: Fair, province: Delegation, number: str, age: int, chunk: list[Any]) -> None:
    at = fair.now - timedelta(days=age)
    here = {"edition_id": fair.edition_id, "delegation_id": province.id, "province_id": province.id}
    maker = fair.places[province.code].accounts[0]
    taken = {"taken_by": TAKER, "taken_at": at + timedelta(hours=5), "registered_by_id": maker} if age > 1 else {}
    batch_id = fair.rows.add(
        SecurityBatch, at, **here, **taken, number=number, waiting=len(chunk), added=len(chunk), made_by_id=maker,
        status=SecurityBatchStatus.taken if taken else SecurityBatchStatus.ready,
    )  # fmt: skip
    marks = security.identities(fair.rows.session, [row[0].id for row in chunk])
    for place, (person, unit, uscc, node) in enumerate(chunk, 1):
        facts = {key: getattr(person, key) for key in security.COPIED} | {
            key: opened(person, key) for key in security.SEALED
        }
        fair.rows.add(
            SecurityRow, at, **here, **facts, batch_id=batch_id, number=place, person_id=person.id, person_ref=person.ref,
            kind=SecurityKind.ADDED, waiting_since=at, unit_name=unit, uscc=uscc, node_name=node, identity=marks[person.id],
        )  # fmt: skip
