"""The filter of the audit trail by changed field: one name among those that an entry lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from admin_views.filters import Filter, Picked
from admin_views.nodes import Nodes
from exchange import labels
from models import Audit, Base
from models.columns import attribute, columns_of, model_named
from workflow.actors import Actor


@dataclass(frozen=True)
class Changed(Picked):
    """Entries that tell of a column, whatever it was before and after."""

    def choices(self, nodes: Nodes, lang: str) -> list[tuple[str, str]]:
        """Return the columns of every noun, each name once."""
        found: dict[str, str] = {}
        for noun in labels.NOUNS:
            for column in columns_of(model_named(noun)).values():
                if column.label and not column.hidden:
                    found.setdefault(column.key, labels.of_column(column, lang))
        return sorted(found.items(), key=lambda pair: pair[1])

    def condition(self, operation: str, values: Sequence[Any], nodes: Nodes, actor: Actor) -> ColumnElement[bool]:
        """Return the entries that list the name."""
        listed = attribute(self.model, self.column.key)
        found: ColumnElement[bool] = listed.contains(f",{values[-1]},", autoescape=True)
        return found


def filters(model: type[Base]) -> dict[str, Filter]:
    """Return the filter for the trail, nothing for any other noun."""
    key = "fields"
    return {key: Changed(key, columns_of(Audit)[key], Audit)} if model is Audit else {}
