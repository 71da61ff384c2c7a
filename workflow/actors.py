"""Who is asking. Every statement runs for an actor; nobody asking is an error."""

from dataclasses import dataclass

from models import Role

PROVINCIAL = (Role.secretariat, Role.finance, Role.security, Role.auditor)


@dataclass(frozen=True)
class Actor:
    """A person at work: role, own node, the nodes below it (own included), and the edition in hand.

    ``subtree`` lists the ids of a sub-delegation's nodes; provincial roles are narrowed by ``province_id`` instead.
    """

    account_id: int | None
    name: str
    role: Role
    delegation_id: int
    province_id: int
    edition_id: int
    subtree: tuple[int, ...] = ()
    unit_id: int | None = None

    @property
    def is_provincial(self) -> bool:
        """Whether the actor sees the whole province."""
        return self.role in PROVINCIAL


SYSTEM = Actor(account_id=None, name="系统", role=Role.system, delegation_id=0, province_id=0, edition_id=0)


class Forbidden(Exception):
    """The actor's role does not have this right; shown as 403 without telling what exists."""


class NobodyAsks(RuntimeError):
    """A statement ran in a session for which nobody said who is asking: a programming error, closed by default."""
