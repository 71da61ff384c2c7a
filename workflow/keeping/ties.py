"""How the rows of a table hang on an edition: by its number, by a row that does, or by the row they are about."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from models import Base, Batch, BatchRow, Edition
from models.columns import attribute, columns_of, model_named
from models.kinds import now
from models.personal import personal_columns
from workflow.machines import MACHINES

APPEND_ONLY = {"audit", "audit_head"}  # what they tell of persons is sealed
LASTING = {"account", "canned_opinion", "delegation", "edition", "erasure", "preference"}  # of those who work here
PASSING = {
    "job": "created_at",
    "import_job": "created_at",
    "notice": "at",
}  # tools of an edition's work, with their moments
PARENTS = (
    "person_id",
    "unit_id",
    "certificate_id",
)  # the nearest first; any other link to a row of an edition after them


def models() -> list[type[Base]]:
    """Return every model, by the name of its table."""
    found: list[type[Base]] = [mapper.class_ for mapper in Base.registry.mappers]
    return sorted(found, key=lambda model: model.__tablename__)


@cache
def tied() -> tuple[type[Base], ...]:
    """Return the models whose rows belong to an edition and hold personal data."""
    skipped = APPEND_ONLY | LASTING | PASSING.keys()
    return tuple(
        model for model in models()
        if model.__tablename__ not in skipped and personal_columns(model) and is_tied(model)
    )  # fmt: skip


@cache
def is_tied(model: type[Base]) -> bool:
    """Whether the rows of a model belong to an edition."""
    return model.__tablename__ not in LASTING and _maker(model) is not None


def rows_of(model: Any, edition_id: int) -> ColumnElement[bool]:
    """Return the condition on a tied model's rows that they belong to an edition; nothing for any other model."""
    make = _maker(model)
    return false() if make is None else make(edition_id)


def _maker(model: Any) -> Callable[[int], ColumnElement[bool]] | None:
    columns = columns_of(model)
    if model in OWN_WAYS:
        return OWN_WAYS[model]
    if "edition_id" in columns:
        return lambda edition_id: model.edition_id == edition_id
    if parent := _parent(model):
        key, other = parent
        return lambda edition_id: attribute(model, key).in_(
            select(attribute(other, "id")).where(rows_of(other, edition_id))
        )
    if {"noun", "object_id"} <= columns.keys() and model.__tablename__ not in PASSING:
        return lambda edition_id: _about(model, edition_id)
    return None


def _parent(model: type[Base]) -> tuple[str, type[Base]] | None:
    """Return the link by which a row hangs on another that belongs to an edition: the one that is always there first."""
    links = [
        (column.key, model_named(key.column.table.name))
        for column in model.__table__.columns for key in column.foreign_keys
        if key.column.name == "id" and key.column.table.name not in (model.__tablename__, *LASTING)
    ]  # fmt: skip
    required = {column.key for column in model.__table__.columns if not column.nullable}
    links.sort(key=lambda link: (link[0] not in required, link[0] not in PARENTS, link[0]))
    return next(((key, other) for key, other in links if is_tied(other)), None)


def nouns() -> Iterator[type[Base]]:
    """Return the models that rows are about by noun and number: the edition's own, and what hangs on units and persons."""
    keys = {"edition_id", *PARENTS}
    found = (model for model in models() if keys & columns_of(model).keys())
    return (model for model in found if model.__tablename__ not in APPEND_ONLY | LASTING and is_tied(model))


def _about(model: Any, edition_id: int) -> ColumnElement[bool]:
    parts = []
    for other in nouns():
        ids = select(attribute(other, "id")).where(rows_of(other, edition_id))
        parts.append(and_(model.noun == other.__tablename__, model.object_id.in_(ids)))
    return or_(*parts)


def _batch_rows(edition_id: int) -> ColumnElement[bool]:
    """The rows of batches whose noun's rows belong to the edition."""
    parts = []
    for noun, machine in MACHINES.items():
        other: Any = machine.model
        if not is_tied(other):
            continue
        of_noun = BatchRow.batch_id.in_(select(Batch.id).where(Batch.noun == noun))
        parts.append(
            and_(of_noun, BatchRow.object_id.in_(select(attribute(other, "id")).where(rows_of(other, edition_id))))
        )
    return or_(*parts)


OWN_WAYS: dict[Any, Callable[[int], ColumnElement[bool]]] = {
    BatchRow: _batch_rows,
    Batch: lambda edition_id: Batch.id.in_(select(BatchRow.batch_id).where(_batch_rows(edition_id))),
}


def bound(session: Session, edition: Edition) -> datetime:
    """Return the moment before which passing things are the edition's or older: the next one's opening, or now."""
    later = select(Edition.opens_at).where(Edition.opens_at > edition.opens_at).order_by(Edition.opens_at).limit(1)
    return session.scalar(later) or now()
