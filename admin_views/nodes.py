"""The delegation nodes that the reader may filter by: a small tree, read once per page."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Delegation


@dataclass(frozen=True)
class Nodes:
    """Names and parents of the nodes in the reader's scope, by id, in the order of their codes."""

    names: dict[int, str]
    parents: dict[int, int | None]

    @cached_property
    def children(self) -> dict[int, list[int]]:
        """The nodes directly under a node, in the order of their codes."""
        found: dict[int, list[int]] = {}
        for child, above in self.parents.items():
            if above is not None:
                found.setdefault(above, []).append(child)
        return found

    def below(self, node: int) -> tuple[int, ...]:
        """Return a node and everything under it; nothing for a node outside the scope."""
        if node not in self.names:
            return ()
        found = {node: None}  # in order, and each once
        waiting = [node]
        for parent in waiting:  # grows while it is walked
            fresh = [child for child in self.children.get(parent, ()) if child not in found]
            found.update(dict.fromkeys(fresh))
            waiting += fresh
        return tuple(found)


def read_nodes(session: Session) -> Nodes:
    """Read the nodes that the actor of the session may see."""
    rows = session.execute(
        select(Delegation.id, Delegation.short_name, Delegation.parent_id).order_by(Delegation.code, Delegation.id)
    ).all()
    return Nodes({row.id: row.short_name for row in rows}, {row.id: row.parent_id for row in rows})
