"""Views of lists under a name: whose they are, with whom they may be shared, what the reader may do to his own.

What a view holds is sealed as a whole: a filter or a search may be somebody's number. Whoever opens a shared view sees
the rows of his own part of the tree, never the owner's.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models import Account, Role, SavedView, ViewDefault, keyring
from models.columns import model_named
from models.keyring import SealBroken, SealedText
from models.kinds import new_ref, seal_place
from models.personal import personal_columns
from models.validators import Invalid, normalise
from workflow.actors import Actor, unscoped
from workflow.rights import allowed
from workflow.scope import condition

MOST = 20  # of one account for one list
LONGEST = 50
# The secretariat shares within its province, a sub-delegation's admin with the accounts of the own node.
SHARES: dict[Role, tuple[Role, ...]] = {
    Role.secretariat: (Role.secretariat, Role.sub_delegation, Role.security, Role.finance, Role.auditor),
    Role.sub_delegation: (Role.sub_delegation,),
}

Content = dict[str, Any]


class Refused(Exception):
    """A view cannot be kept like this; the message is one Chinese sentence."""


@dataclass(frozen=True)
class View:
    """A view as its reader has it; ``content`` is None when it cannot be opened any more."""

    id: int
    noun: str
    name: str
    roles: tuple[Role, ...]
    content: Content | None
    is_own: bool
    owner: str
    is_default: bool


def visible(session: Session, actor: Actor) -> list[View]:
    """Return the actor's views of all lists, own ones first, with one statement; none of a list that is not his."""
    mine = and_(ViewDefault.view_id == SavedView.id, ViewDefault.account_id == actor.account_id)
    found = (
        select(SavedView, Account.name, ViewDefault.id)
        .join(Account, Account.id == SavedView.account_id)
        .outerjoin(ViewDefault, mine)
        .where(condition(SavedView, actor))
        .order_by(SavedView.account_id != actor.account_id, SavedView.position, SavedView.id)
    )
    with unscoped(session):  # the owner's name may be read by everybody who is shown the view
        rows = session.execute(found).all()
    return [
        View(row.id, row.noun, row.name, roles_of(row), _opened(row), row.account_id == actor.account_id, owner, bool(default))
        for row, owner, default in rows
        if allowed(actor, "list", row.noun)
    ]  # fmt: skip


def roles_of(row: SavedView) -> tuple[Role, ...]:
    """Return the roles a view is shared with."""
    return tuple(role for role in Role if f",{role.value}," in row.roles)


def own(session: Session, actor: Actor, view_id: int) -> SavedView:
    """Return one of the actor's own views; raise LookupError for any other."""
    found = session.scalar(select(SavedView).where(SavedView.id == view_id, SavedView.account_id == actor.account_id))
    if found is None or not allowed(actor, "list", found.noun):
        raise LookupError(view_id)
    return found


def keep(session: Session, actor: Actor, noun: str, name: str, content: Content) -> SavedView:
    """Keep a new view, after the others."""
    others = _others(session, actor, noun)
    if len(others) >= MOST:
        raise Refused("每个列表最多保存 20 个视图，请先删除不用的")
    ref = new_ref()
    made = SavedView(
        ref=ref, account_id=actor.account_id, noun=noun, name=_name(name, others), content=_sealed(ref, content),
        delegation_id=actor.delegation_id, province_id=actor.province_id,
        position=max((view.position for view in others), default=0) + 1,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def replace(view: SavedView, content: Content) -> None:
    """Let a view stand for something else."""
    view.content = _sealed(view.ref, content)


def rename(session: Session, actor: Actor, view: SavedView, name: str, roles: Iterable[str]) -> None:
    """Give a view another name, and share it with these roles and no others."""
    view.name = _name(name, [one for one in _others(session, actor, view.noun) if one.id != view.id])
    chosen = {role for role in Role if role.value in set(roles)}
    if not chosen <= set(SHARES.get(actor.role, ())):
        raise Refused("您不能与这些角色共享视图")
    view.roles = f",{','.join(role.value for role in Role if role in chosen)}," if chosen else ""
    view.delegation_id, view.province_id = actor.delegation_id, actor.province_id


def move(session: Session, actor: Actor, view: SavedView, step: int) -> None:
    """Put a view one place up or down among the own ones."""
    views = _others(session, actor, view.noun)
    at = views.index(view)
    views.insert(max(0, at + step), views.pop(at))
    for position, one in enumerate(views, 1):
        one.position = position


def begin_with(session: Session, actor: Actor, noun: str, view_id: int | None) -> None:
    """Let the list begin with a view that the actor sees, or with all rows; raise LookupError for any other view."""
    if view_id is not None and all(view.id != view_id or view.noun != noun for view in visible(session, actor)):
        raise LookupError(view_id)
    chosen = select(ViewDefault).where(ViewDefault.account_id == actor.account_id, ViewDefault.noun == noun)
    now = session.scalar(chosen)
    if now is not None and view_id is None:
        session.delete(now)
    elif now is not None and view_id is not None:
        now.view_id = view_id
    elif view_id is not None:
        session.add(ViewDefault(account_id=actor.account_id, noun=noun, view_id=view_id))
    session.flush()


def _others(session: Session, actor: Actor, noun: str) -> list[SavedView]:
    mine = select(SavedView).where(SavedView.account_id == actor.account_id, SavedView.noun == noun)
    return list(session.scalars(mine.order_by(SavedView.position, SavedView.id).limit(MOST + 1)))


def _name(text: str, others: Sequence[SavedView]) -> str:
    try:
        name = normalise(text, LONGEST)
    except Invalid as error:
        raise Refused(error.message) from error
    if not name:
        raise Refused("请填写视图名称")
    if any(view.name == name for view in others):
        raise Refused("已有同名的视图，请换一个名称")
    return name


def naming_persons(session: Session, before: datetime) -> list[int]:
    """Return the views, last changed before a moment, that look for somebody: by a search, or a filter on a personal column."""
    rows = session.scalars(select(SavedView).where(SavedView.updated_at < before).order_by(SavedView.id))
    return [row.id for row in rows if _names_somebody(row)]


def _names_somebody(row: SavedView) -> bool:
    content = _opened(row)
    if content is None or content.get("s"):
        return True  # what cannot be read any more is no use to its owner either
    personal = {column.key for noun in (row.noun, "unit", "person") for column in personal_columns(model_named(noun))}
    return any(personal & set(str(pair[0]).split(".")) for pair in content.get("f", ()))


def _sealed(ref: str, content: Content) -> bytes:
    text = json.dumps(content, ensure_ascii=False)
    return keyring.current().seal(text, seal_place("saved_view", "content", ref)).blob


def _opened(row: SavedView) -> Content | None:
    place = seal_place("saved_view", "content", row.ref)
    try:
        found = json.loads(keyring.current().open(SealedText(row.content), place))
    except (SealBroken, ValueError):
        return None
    return found if isinstance(found, dict) else None
