"""The filter by what the review desk would tell of a row: one for all the checks of a noun that a database can answer.

A check on characters of a code, which only Python can tell, is not among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_

from admin_views.filters import Filter, Picked
from admin_views.nodes import Nodes
from admin_views.sentences import spoken
from extensions import db
from models import Base
from models.columns import Column
from models.kinds import now
from workflow import checks, scope
from workflow.actors import Actor
from workflow.checks import Check, Twin
from workflow.moves import Context

PARAMETER = "check"


def _offered(noun: str) -> dict[str, Check]:
    """Return the checks that SQL can tell, by name, those first that stand first at the desk."""
    return {check.name: check for check in checks.CHECKS.get(noun, ()) if check.finds or isinstance(check, Twin)}


@dataclass(frozen=True)
class Hint(Picked):
    """Rows on which any of the chosen checks finds something, as it would at the desk of who asks."""

    def choices(self, nodes: Nodes, lang: str) -> list[tuple[str, str]]:
        """Return the checks by what they say."""
        return [(name, spoken(check.sentence)) for name, check in _offered(self.model.__tablename__).items()]

    def condition(self, operation: str, values: Sequence[Any], nodes: Nodes, actor: Actor) -> ColumnElement[bool]:
        """Return the rows of which the desk would tell the actor one of these; rows elsewhere are looked at, not shown."""
        noun, context = self.model.__tablename__, Context(db.session(), actor, now())
        offered = _offered(noun)
        found = (checks.condition(context, noun, offered[value]) for value in values)
        return scope.beyond(or_(*(rule for rule in found if rule is not None)))


def filters(model: type[Base]) -> dict[str, Filter]:
    """Return the filter for a noun that has checks."""
    column = Column(key=PARAMETER, label="核对提示", kind="text", nullable=False, filtered=True)
    return {PARAMETER: Hint(PARAMETER, column, model)} if model.__tablename__ in checks.CHECKS else {}
