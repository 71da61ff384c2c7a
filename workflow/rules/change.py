"""One plain write on its way: what was given, what the row holds, and everything that is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models import Role
from models.columns import Column
from models.kinds import now, opened
from models.validators import Invalid as BadValue
from workflow.actors import Actor

Hook = Callable[["Change"], None]


@dataclass
class Change:
    """A row being created or edited. ``values`` are typed and not yet on the row; hooks may add to them."""

    session: Session
    actor: Actor
    row: Any
    columns: Mapping[str, Column]
    values: dict[str, Any]
    creating: bool
    given: Mapping[str, Any] = field(default_factory=dict)
    at: datetime = field(default_factory=now)
    errors: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def stored(self, key: str) -> Any:
        """Return what the row holds now; a sealed value opened."""
        return opened(self.row, key) or None if self.columns[key].kind == "sealed" else getattr(self.row, key)

    def get(self, key: str) -> Any:
        """Return what the row will hold."""
        return self.values[key] if key in self.values else self.stored(key)

    def changes(self, *keys: str) -> bool:
        """Whether any of these columns gets another value; on creation whether any is given."""
        return any(key in self.values and (self.creating or self.values[key] != self.stored(key)) for key in keys)

    def refuse(self, key: str, sentence: str) -> None:
        """Note what is wrong with a field ("" for the whole form); the first finding per field stands."""
        self.errors.setdefault(key, sentence)

    def check(self, key: str, checked: Callable[[str], str]) -> None:
        """Replace a given text by its checked form, or note why it is refused."""
        if self.values.get(key) and key not in self.errors:
            try:
                self.values[key] = checked(self.values[key])
            except BadValue as bad:
                self.refuse(key, bad.message)

    @property
    def by_secretariat(self) -> bool:
        """Whether deadlines and locks do not bind the actor."""
        return self.actor.role in (Role.secretariat, Role.system)


def nothing(_: Change) -> None:
    """Do nothing: a noun without this kind of rule."""


def store(change: Change) -> None:
    """Put the values on the row; a new row joins the session."""
    for key, value in change.values.items():
        if change.creating or value != change.stored(key):
            setattr(change.row, key, value)
    if change.creating:
        change.session.add(change.row)
    change.session.flush()


@dataclass(frozen=True)
class Rules:
    """A noun's rules. ``prepare`` fills what follows from other values, ``problems`` notes what is wrong (all at once),
    ``write`` stores the row in the savepoint, ``taken`` words a unique column's refusal, ``needs`` tells whether a
    conditional mandatory mark ("domestic", "mailed"...) applies, by the columns it depends on, ``extra`` names inputs
    that are no columns.
    """

    prepare: Hook = nothing
    problems: Hook = nothing
    write: Hook = store
    taken: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, Callable[[Any], bool]]] = field(default_factory=dict)
    extra: frozenset[str] = frozenset()
