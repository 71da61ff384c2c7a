"""Who is at the keyboard: from the session to the account and its actor, and who may go where before login.

Closed by default: an address not named in ``OPEN`` is for those who are logged in and have chosen their own password.
"""

import hashlib
from dataclasses import replace
from typing import Any

from flask import Flask, abort, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import UserMixin, current_user
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from admin_views import languages
from admin_views.security import request_id
from admin_views.sessions import renew, require_store, system_session
from exchange import labels
from extensions import db, login_manager
from models import Account, Edition, Role
from workflow.actors import SYSTEM, Actor, actor_for

DESK = (Role.secretariat, Role.sub_delegation, Role.security, Role.finance, Role.sysadmin, Role.auditor)
WITHOUT_LOGIN = {"static", "admin.static", "health.livez", "health.readyz"}
OPEN = {*WITHOUT_LOGIN, "auth.login", "auth.language", "gate.check", "gate.answer"}
BEFORE_CHANGE = {*OPEN, "auth.change_password", "auth.logout"}
READING = {"GET", "HEAD", "OPTIONS"}


class Member(UserMixin):
    """A logged-in account with its actor; detached from any session, read anew for each request."""

    def __init__(self, account: Account, actor: Actor, edition_name: str) -> None:
        self.account = account
        self.actor = actor
        self.edition_name = edition_name

    @property
    def is_at_desk(self) -> bool:
        """Whether the account has chosen its own password and may work."""
        return not self.account.must_change_password

    def get_id(self) -> str:
        """Return what the session keeps: it stops fitting when password, role or delegation change (SECURITY A10)."""
        return f"{self.account.id}:{stamp(self.account)}"


def stamp(account: Account) -> str:
    """Return a mark of what a session of this account was opened with."""
    facts = f"{account.password_hash}|{account.role}|{account.delegation_id}"
    return hashlib.sha256(facts.encode()).hexdigest()[:32]


def may_enter(account: Account) -> bool:
    """Whether the account may use the back office at all; units have a face of their own."""
    return account.is_active and account.role in DESK


def member_of(store: Session, account: Account) -> Member:
    """Join an account with its actor; raise LookupError when no edition is current, save for those who can set one."""
    edition = store.execute(select(Edition.id, Edition.name).where(Edition.is_current)).one_or_none()
    try:
        actor = actor_for(store, account, edition.id if edition else None)
    except LookupError:
        if account.role is not Role.sysadmin:
            raise
        home = account.delegation
        actor = replace(
            SYSTEM, account_id=account.id, name=account.name, role=account.role, delegation_id=home.id,
            province_id=home.province_id or home.id,
        )  # fmt: skip
    return Member(account, actor, edition.name if edition else "")


def load_member(user_id: str) -> Member | None:
    """Return the member whom the session names, unless it has lost the right to be here."""
    number, _, seen = user_id.partition(":")
    with system_session(read_only=True) as store:
        account = store.get(Account, int(number), options=[joinedload(Account.delegation)])
        if account is None or not may_enter(account) or stamp(account) != seen:
            return None
        try:
            return member_of(store, account)
        except LookupError:
            return None


def install(app: Flask) -> None:
    """Let every request run for its member, and nobody past the door unasked."""
    login_manager.user_loader(load_member)
    login_manager.session_protection = None  # ours is on the server: see admin_views.sessions
    login_manager.init_app(app)
    app.before_request(_let_in)


def _let_in() -> ResponseReturnValue | None:
    if request.endpoint in WITHOUT_LOGIN:
        return None
    require_store()
    db.session.info.update(request_id=request_id(), address=request.remote_addr, read_only=request.method in READING)
    if not current_user.is_authenticated:
        return None if request.endpoint is None or request.endpoint in OPEN else _to_login()
    db.session.info["actor"] = current_user.actor
    if current_user.is_at_desk or request.endpoint is None or request.endpoint in BEFORE_CHANGE:
        return None
    if request.method not in READING:
        abort(403)
    return redirect(url_for("auth.change_password"))


def _to_login() -> ResponseReturnValue:
    if "_user_id" in session:  # was logged in until somebody changed the account
        session.clear()
        renew()
    if request.method not in READING:
        flash(gettext("登录已失效，刚才的内容没有保存，请重新登录"), "warning")
        return redirect(url_for("auth.login"), 303)
    return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))


def desk() -> dict[str, Any]:
    """Return what the layout says of the reader: nothing before login and before an own password is chosen."""
    member = current_user if request.endpoint not in WITHOUT_LOGIN else None
    if member is None or not member.is_authenticated or not member.is_at_desk or "without_desk" in g:
        return {"actor": None, "edition_name": gettext("进博会交易团")}
    account = member.account
    actor = {
        "name": account.name,
        "role_label": labels.of_member(account.role, languages.chosen()),
        "delegation_name": account.delegation.short_name,
    }
    return {"actor": actor, "edition_name": member.edition_name or gettext("尚未设置当前届次")}
