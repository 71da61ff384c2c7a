"""Sessions kept on the server (SECURITY §0.7-0.8, A07-A10): the cookie is a random number, the row is the session.

A logout, half an hour without use, or eight hours in all end a session for good; flashes never leave the server.
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response
from flask import session as current
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from extensions import db
from models import WebSession
from models.kinds import now
from workflow.actors import SYSTEM
from workflow.sessions import writing_sets

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=8)
SEEN_EVERY = timedelta(minutes=1)
WITHOUT_SESSION = ("/static/", "/livez", "/readyz")
_serializer = TaggedJSONSerializer()


@contextmanager
def system_session(*, read_only: bool = False) -> Iterator[Session]:
    """Open a short session in which SYSTEM acts, apart from the request's; commits when the block ends well."""
    with db.session.session_factory(info={"actor": SYSTEM, "read_only": read_only}) as session, session.begin():
        yield session


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """What one browser's session holds; ``token`` is empty until it is stored, ``failure`` why it could not be read."""

    def __init__(self, token: str = "", data: dict[str, Any] | None = None, failure: Exception | None = None) -> None:
        super().__init__(data, self._changed)
        self.token = token
        self.failure = failure
        self.dropped = ""
        self.modified = False

    def _changed(self, _: CallbackDict[str, Any]) -> None:
        self.modified = True

    def renew(self) -> None:
        """Take a new id when the answer leaves."""
        self.dropped = self.dropped or self.token
        self.token = ""
        self.modified = True


class DatabaseSessions(SessionInterface):
    """Loads and stores sessions in ``web_session``; only a hash of the token is stored."""

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """Return the browser's session, or an empty one when there is none or it has ended."""
        token = request.cookies.get(self.get_cookie_name(app), "")
        if not token or request.path.startswith(WITHOUT_SESSION):
            return ServerSession()
        try:
            return self._load(token)
        except OperationalError as error:  # told when the request has begun: no page can be drawn before
            return ServerSession(failure=error)

    def _load(self, token: str) -> ServerSession:
        with system_session(read_only=True) as session:
            facts = (WebSession.data, WebSession.seen_at, WebSession.created_at)
            row = session.execute(select(*facts).where(_is(token))).one_or_none()
        if row is None or now() - row.seen_at >= IDLE or now() - row.created_at >= ABSOLUTE:
            return ServerSession()
        if now() - row.seen_at >= SEEN_EVERY:
            _touch(token)
        return ServerSession(token, _serializer.loads(row.data))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store what changed, in a transaction of its own, after the view has ended."""
        if not isinstance(session, ServerSession) or not session.modified:
            return
        db.session.rollback()  # a view that forgot its open transaction would make SQLite wait for itself
        name, options = self.get_cookie_name(app), self._cookie(app)
        with system_session() as store:
            if session.dropped:
                _drop(store, session.dropped)
            if session and not session.token:
                session.token = _new(store)
                response.set_cookie(name, session.token, **options)
            if session:
                _write(store, session)
            elif session.dropped or session.token:
                _drop(store, session.token)
                response.delete_cookie(name, **options)
        response.vary.add("Cookie")

    def _cookie(self, app: Flask) -> dict[str, Any]:
        return {
            "path": self.get_cookie_path(app),
            "httponly": True,
            "secure": self.get_cookie_secure(app),
            "samesite": self.get_cookie_samesite(app),
        }


def require_store() -> None:
    """Raise what kept the session from being read."""
    if failure := current.failure:  # type: ignore[attr-defined]  # it is a ServerSession
        raise failure


def renew() -> None:
    """Give the visitor a new session id: at login, logout and a change of password an id known before dies."""
    current.renew()  # type: ignore[attr-defined]  # it is a ServerSession


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _by(token: str) -> Any:
    return select(WebSession).where(_is(token))


def _is(token: str) -> ColumnElement[bool]:
    return WebSession.token_hash == _hash(token)


def _touch(token: str) -> None:
    with system_session() as session:
        if row := session.scalar(_by(token)):
            row.seen_at = now()


def _drop(session: Session, token: str) -> None:
    if row := session.scalar(_by(token)):
        session.delete(row)
        session.flush()


def _new(session: Session) -> str:
    """Store a fresh session and clear away those that have ended."""
    token = secrets.token_urlsafe(32)
    ended = (WebSession.seen_at < now() - IDLE) | (WebSession.created_at < now() - ABSOLUTE)
    with writing_sets(session):
        session.execute(delete(WebSession).where(ended), execution_options={"synchronize_session": False})
    session.add(WebSession(token_hash=_hash(token)))
    session.flush()
    return token


def _write(store: Session, session: ServerSession) -> None:
    """Write the data back; a session ended meanwhile by another request stays ended."""
    if row := store.scalar(_by(session.token)):
        row.data = _serializer.dumps(dict(session))
        account_id = str(session.get("_user_id", "")).partition(":")[0]
        row.account_id = int(account_id) if account_id else None
