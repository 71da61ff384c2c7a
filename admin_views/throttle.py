"""The login throttle (SECURITY A04, A05): counted in the database, so all workers share it and no reload forgets.

Five wrong passwords for an account, or twenty from an address, and the next is not even looked at until the oldest is
fifteen minutes old. A browser that has entered before has a count of its own: nobody locks its owner out.
"""

import hashlib
import hmac
import ipaddress
from datetime import timedelta

from flask import current_app
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from admin_views.sessions import system_session
from models import Account, LoginAttempt
from models.kinds import now
from workflow.sessions import writing_sets

WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)
PER_ACCOUNT = 5
PER_ADDRESS = 20
FORGERIES = 30  # badge codes we did not sign, from one address


def count_key(secret: str, username: str, device: str = "") -> str:
    """Return under what a login is counted: the account, or the account on a device known to it; names stay unreadable."""
    return hmac.new(secret.encode(), f"login\0{username.lower()}\0{device}".encode(), hashlib.sha256).hexdigest()


def network(address: str | None) -> str:
    """Return the address to count by: an IPv6 visitor commands a whole /64."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "-"
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


def admit(key: str, address: str) -> int | None:
    """Count a try before its password is looked at; return its number, or None when there were too many.

    The try is stored first and counted after its commit: of any number of simultaneous ones at most five find at most
    five, on either database.
    """
    with system_session(read_only=True) as session:
        if _too_many(session, key, address, coming=1):
            return None
    with system_session() as session, writing_sets(session):
        session.execute(delete(LoginAttempt).where(LoginAttempt.at < now() - KEPT))
        attempt = LoginAttempt(username_hash=key, address=address)
        session.add(attempt)
        session.flush()
        number = attempt.id
    with system_session(read_only=True) as session:
        refused = _too_many(session, key, address)
    if refused:
        _forget(LoginAttempt.id == number)
        return None
    return number


def admit_forgery(address: str) -> bool:
    """Count a forged badge code; return whether the address may try further. Logins are counted apart."""
    key = hashlib.sha256(f"gate\0{address}".encode()).hexdigest()
    with system_session(read_only=True) as session:
        recent = (LoginAttempt.at > now() - WINDOW, LoginAttempt.username_hash == key)
        if (session.scalar(select(func.count(LoginAttempt.id)).where(*recent)) or 0) >= FORGERIES:
            return False
    with system_session() as session, writing_sets(session):
        session.add(LoginAttempt(username_hash=key, address=key[:45]))
    return True


def forgive(key: str) -> None:
    """Forget the tries of an account that has now entered."""
    _forget(LoginAttempt.username_hash == key)


def locked() -> ColumnElement[bool]:
    """Tell the accounts whose next try from a new browser would not be looked at."""
    tries = select(LoginAttempt.username_hash).where(LoginAttempt.at > now() - WINDOW)
    with system_session(read_only=True) as session:
        spent = set(session.scalars(tries.group_by(LoginAttempt.username_hash).having(func.count() >= PER_ACCOUNT)))
        names = session.execute(select(Account.id, Account.username)).all() if spent else []
    secret = current_app.config["SECRET_KEY"]
    return Account.id.in_([number for number, name in names if count_key(secret, name) in spent])


def _too_many(session: Session, key: str, address: str, coming: int = 0) -> bool:
    """Whether the tries of the last 15 minutes, with those ``coming``, exceed a limit."""
    recent = LoginAttempt.at > now() - WINDOW
    limits = ((LoginAttempt.username_hash == key, PER_ACCOUNT), (LoginAttempt.address == address, PER_ADDRESS))
    return any(
        (session.scalar(select(func.count(LoginAttempt.id)).where(recent, whose)) or 0) + coming > limit
        for whose, limit in limits
    )


def _forget(which: ColumnElement[bool]) -> None:
    with system_session() as session, writing_sets(session):
        session.execute(delete(LoginAttempt).where(which))
