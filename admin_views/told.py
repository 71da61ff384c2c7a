"""The filter behind a notice's link: exactly the rows that the notice counted, as far as the reader may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from admin_views.filters import Filter
from admin_views.nodes import Nodes
from models import Base, Batch, BatchRow, DelegationEdition, Notice
from models.columns import Column, attribute, columns_of
from models.kinds import ALPHABET
from workflow.actors import Actor
from workflow.machines import MACHINES

PARAMETER = "notice"
PLACES = ("delegation_id", "target_id")
batches = Batch.__table__
batch_rows = BatchRow.__table__
HIDDEN = "told"  # the kind of a filter that nobody picks from the panel


@dataclass(frozen=True)
class Told(Filter):
    """Rows of the batch of a notice, at the node that was told."""

    @property
    def kind(self) -> str:
        """Chosen by a link only."""
        return HIDDEN

    @property
    def operations(self) -> tuple[str, ...]:
        """Equality alone."""
        return ("",)

    def choices(self, nodes: Nodes, lang: str) -> list[tuple[str, str]]:
        """Nothing to pick."""
        return []

    def read(self, operation: str, text: str, nodes: Nodes) -> str:
        """Return a notice's reference; raise ValueError with a sentence."""
        text = text.strip().upper()
        if len(text) != 10 or set(text) - set(ALPHABET):
            raise ValueError(_("没有“%(value)s”这个选项", value=text[:40]))
        return text

    def condition(self, operation: str, values: Sequence[Any], nodes: Nodes, actor: Actor) -> ColumnElement[bool]:
        """Return the rows of the batch themselves; of requests also those made for its units, at either side."""
        told = Notice.ref == values[-1]
        nodes_told = select(Notice.delegation_id).where(told)
        places = [attribute(self.model, key) for key in PLACES if key in columns_of(self.model)]
        if self.model is DelegationEdition:  # of the nodes' own settings the province above is told
            places.append(attribute(self.model, "province_id"))
        here = or_(*(place.in_(nodes_told) for place in places))
        own = attribute(self.model, "id").in_(done_in_batch(told, self.model.__tablename__))
        if "unit_id" not in columns_of(self.model) or len(places) == 1:
            return and_(here, own)
        since = select(func.min(batches.c.created_at)).where(batches.c.id.in_(select(Notice.batch_id).where(told)))
        of_units = attribute(self.model, "unit_id").in_(done_in_batch(told, "unit"))
        made_then = attribute(self.model, "created_at") >= since.scalar_subquery()
        return and_(here, or_(own, and_(of_units, made_then)))


def done_in_batch(told: ColumnElement[bool], noun: str) -> Select[Any]:
    """Return the ids of a noun's rows that the batch of a notice did, in whosever name it stands.

    The notice is within the reader's scope, and so are the rows that a list narrows by these ids.
    """
    of_notice = select(Notice.batch_id).where(told)
    return (
        select(batch_rows.c.object_id)
        .join(batches, batches.c.id == batch_rows.c.batch_id)
        .where(batches.c.id.in_(of_notice), batches.c.noun == noun, batch_rows.c.refusal.is_(None))
    )


def filters(model: type[Base]) -> dict[str, Filter]:
    """Return the filter for a noun whose rows notices are about."""
    column = Column(key=PARAMETER, label="通知所指", kind="code", nullable=False)
    return {PARAMETER: Told(PARAMETER, column, model)} if model.__tablename__ in MACHINES else {}
