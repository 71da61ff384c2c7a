"""A list's filters and search, sealed: the browser hands them back, so that "all matching" is exactly what was shown.

The token is signed for one account and one noun and lives twelve hours; a search for somebody's number is encrypted
inside it, so that neither addresses nor logs carry the number (SECURITY D09).
"""

import base64
import json
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from admin_views.nodes import Nodes
from admin_views.query import Query, by_name, read_query
from admin_views.screen import Screen
from admin_views.search import Search
from models import keyring
from models.keyring import SealBroken, SealedText
from workflow.actors import Actor

LIFE = 12 * 3600  # seconds


class QueryLost(Exception):
    """A sealed query cannot be opened; the message is one sentence for people."""


def _serializer(screen: Screen, actor: Actor) -> URLSafeTimedSerializer:
    secrets = [*(current_app.config.get("SECRET_KEY_FALLBACKS") or ()), current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(secrets, salt=_place(screen, actor))


def _place(screen: Screen, actor: Actor) -> str:
    return f"list query:{screen.noun}:{actor.account_id}"


def seal_search(screen: Screen, actor: Actor, search: Search) -> str:
    """Return a token for the address that stands for a search nobody else may read."""
    return _serializer(screen, actor).dumps({"x": _encrypted(screen, actor, search)})


def seal(query: Query, actor: Actor) -> str:
    """Return the token of a query."""
    search = None if query.search is None else _encrypted(query.screen, actor, query.search)
    return _serializer(query.screen, actor).dumps({"f": query.pairs, "x": search})


def mark(query: Query, actor: Actor) -> str:
    """Return a name for a query of this account, by which the browser keeps what was ticked; it tells nothing else."""
    search = query.search.text if query.search is not None else ""
    said = json.dumps([query.pairs, search], ensure_ascii=False)
    return keyring.current().index(said, _place(query.screen, actor))


def open_search(screen: Screen, actor: Actor, token: str) -> Search | None:
    """Return the search of a token; raise QueryLost."""
    return _search(screen, actor, _payload(screen, actor, token))


def open_query(screen: Screen, actor: Actor, nodes: Nodes, token: str) -> Query:
    """Return the query of a token; raise QueryLost when it is not the actor's, too old, or one filter fits no more."""
    payload = _payload(screen, actor, token)
    query, warnings = read_query(screen, nodes, by_name(payload.get("f", [])), _search(screen, actor, payload))
    if warnings:  # a filter that was dropped would silently widen the choice
        raise QueryLost(_("列表的筛选条件已不适用（%(why)s），请回到列表重新选择", why=warnings[0]))
    return query


def _payload(screen: Screen, actor: Actor, token: str) -> dict[str, Any]:
    try:
        payload: dict[str, Any] = _serializer(screen, actor).loads(token, max_age=LIFE)
    except SignatureExpired as error:
        raise QueryLost(_("这个列表打开已超过十二小时，请回到列表刷新后重新选择")) from error
    except BadData as error:
        raise QueryLost(_("没有收到列表的筛选条件，请回到列表重新选择")) from error
    return payload


def _encrypted(screen: Screen, actor: Actor, search: Search) -> str:
    blob = keyring.current().seal(search.text, _place(screen, actor)).blob
    return base64.urlsafe_b64encode(blob).decode()


def _search(screen: Screen, actor: Actor, payload: dict[str, Any]) -> Search | None:
    sealed = payload.get("x")
    if not isinstance(sealed, str):
        return None
    try:
        text = keyring.current().open(SealedText(base64.urlsafe_b64decode(sealed)), _place(screen, actor))
    except (SealBroken, ValueError) as error:
        raise QueryLost(_("没有收到列表的筛选条件，请回到列表重新选择")) from error
    return Search(text)
