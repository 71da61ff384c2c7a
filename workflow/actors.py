"""Who is asking. Every statement runs for an actor; nobody asking is an error."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Account, Delegation, Edition, Role

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


@contextmanager
def acting(session: Session, actor: Actor) -> Iterator[Session]:
    """Let ``actor`` ask in ``session`` for the length of the block.

    What the one before has changed is flushed in his name first, so that neither the scope guard nor the trail takes it
    for the other's; likewise on the way out.
    """
    before = session.info.get("actor")
    if before is not None:
        session.flush()
    session.info["actor"] = actor
    try:
        yield session
        if before is not None:
            session.flush()
    finally:
        session.info["actor"] = before


def unscoped(session: Session) -> AbstractContextManager[Session]:
    """Look past one's own part of the tree: uniqueness of identities, sums of the quota, the engine's bookkeeping."""
    return acting(session, SYSTEM)


def actor_of(session: Session) -> Actor:
    """Return who is asking; raise NobodyAsks when nobody is."""
    actor = session.info.get("actor")
    if not isinstance(actor, Actor):
        raise NobodyAsks("no actor in this session: use workflow.actors.acting")
    return actor


def actor_for(session: Session, account: Account, edition_id: int | None = None) -> Actor:
    """Build the actor of an account for the current edition; raise LookupError when no edition is current."""
    with acting(session, SYSTEM):
        edition_id = edition_id or session.scalar(select(Edition.id).where(Edition.is_current))
        home = session.get_one(Delegation, account.delegation_id)
        if edition_id is None:
            raise LookupError("没有当前届次：请系统管理员在“届次”中设置")
        below = select(Delegation.id).where(Delegation.id == home.id).cte(recursive=True)
        below = below.union_all(select(Delegation.id).join(below, Delegation.parent_id == below.c.id))
        subtree = tuple(session.scalars(select(below.c.id))) if account.role is Role.sub_delegation else ()
    return Actor(
        account_id=account.id,
        name=account.name,
        role=account.role,
        delegation_id=home.id,
        province_id=home.province_id or home.id,
        edition_id=edition_id,
        subtree=tuple(sorted(subtree)),
    )
