"""E-mail digests of notices, for those who want them: how many and where to read them, and nothing of anybody.

A digest is noted as sent before it leaves, and taken back when the server refuses it: nobody is written to twice for the
same, and what could not be sent is tried again at the next sweep.
"""

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from flask import current_app
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from admin_views.identity import may_enter
from admin_views.sessions import system_session
from models import Account, MailDigest, Notice
from models.columns import SHANGHAI
from workflow import notices, scope
from workflow.actors import Actor, actor_for
from workflow.sessions import writing_sets

PATIENCE = 20  # seconds
AT_HOUR = 8  # on Shanghai's clock, or as soon after as a worker runs
LOCAL = ("localhost", "127.0.0.1", "::1")
SUBJECT = "进博会交易团后台：{n} 条未读通知 / {n} unread notices"
TEXT = """您好：

您在交易团管理后台有 {n} 条未读通知{jobs}。请登录后查看：
{url}

本邮件由系统发送，请勿回复。如不需要，可在“我的账号”中关闭邮件提醒。

----

Hello,

you have {n} unread notices in the delegations' back office{english_jobs}. Please sign in to read them:
{url}

This message was sent by the system; please do not reply. To stop these messages, see "My account".
"""


class NotSecure(Exception):
    """The mail server would get the password, or the message, in the clear over a network."""


def is_possible() -> bool:
    """Whether a mail server is configured."""
    return bool(current_app.config["SMTP_URL"])


def send_due(moment: datetime) -> int:
    """Send what is due; return how many messages left."""
    if not is_possible():
        return 0
    due = list(_due(moment))
    if not due:
        return 0
    try:
        with _server() as server:
            return sum(_send(server, account_id, moment) for account_id in due)
    except (OSError, smtplib.SMTPException, NotSecure):
        current_app.logger.exception("mail server unavailable")
        return 0


def _due(moment: datetime) -> Iterator[int]:
    """Return the accounts that want a digest now and have an address."""
    with system_session(read_only=True) as session:
        wanting = select(Account.id, Account.digest, Account.mailed_at).where(
            Account.digest != MailDigest.none.value, Account.email.is_not(None), Account.is_active
        )
        for account_id, digest, mailed_at in session.execute(wanting.order_by(Account.id)).all():
            if digest == MailDigest.at_once.value or _is_a_new_day(mailed_at, moment):
                yield account_id


def _is_a_new_day(mailed_at: datetime | None, moment: datetime) -> bool:
    here = moment.astimezone(SHANGHAI)
    return here.hour >= AT_HOUR and (mailed_at is None or mailed_at.astimezone(SHANGHAI).date() < here.date())


def _send(server: smtplib.SMTP, account_id: int, moment: datetime) -> int:
    """Compose and send one account's digest, if it has anything new."""
    with system_session() as session:
        account = session.get_one(Account, account_id)
        address, before = account.email, account.mailed_at
        actor = _actor(session, account)
        if address is None or actor is None:
            return 0
        new = [scope.condition(Notice, actor), notices.unread(actor), Notice.at <= moment]
        if before is not None:
            new.append(Notice.at > before)
        rows = session.execute(select(Notice.noun, func.count()).where(*new).group_by(Notice.noun))
        counts = {row[0]: row[1] for row in rows}
        if not counts or not _note(session, account_id, before, moment):
            return 0
    try:
        server.send_message(message(address, counts))
    except (OSError, smtplib.SMTPException):
        current_app.logger.exception("mail refused")
        with system_session() as session:
            _note(session, account_id, moment, before)
        return 0
    return 1


def _actor(session: Session, account: Account) -> Actor | None:
    """Return the actor of an account; None for one that may not enter, and while no edition is current."""
    try:
        return actor_for(session, account) if may_enter(account) else None
    except LookupError:
        return None


def _note(session: Session, account_id: int, before: datetime | None, after: datetime | None) -> bool:
    """Compare and set: of two workers one sends. The account itself stays as it was, and no entry of the trail is due."""
    was = Account.mailed_at.is_(None) if before is None else Account.mailed_at == before
    statement = (
        update(Account).where(Account.id == account_id, was).values(mailed_at=after, updated_at=Account.updated_at)
    )
    with writing_sets(session):
        done = session.execute(statement, execution_options={"synchronize_session": False})
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE returns a CursorResult


def message(address: str, counts: Mapping[str, int]) -> EmailMessage:
    """Compose a digest in both languages from the numbers of notices by noun."""
    total, of_jobs = sum(counts.values()), counts.get("job", 0)
    made = EmailMessage()
    made["From"], made["To"] = current_app.config["MAIL_FROM"], address
    made["Subject"] = SUBJECT.format(n=total)
    made["Auto-Submitted"] = "auto-generated"
    jobs = f"（其中 {of_jobs} 条是后台任务的结果）" if of_jobs else ""
    english = f" ({of_jobs} of them about background jobs)" if of_jobs else ""
    url = f"{current_app.config['PUBLIC_URL']}/admin/notices"
    made.set_content(TEXT.format(n=total, jobs=jobs, english_jobs=english, url=url))
    return made


@contextmanager
def _server() -> Iterator[smtplib.SMTP]:
    """Connect and log in; off this machine never without TLS."""
    parts = urlsplit(current_app.config["SMTP_URL"])
    host, context = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=PATIENCE, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=PATIENCE)
    with server:
        if parts.scheme == "smtp":
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
            elif host not in LOCAL:
                raise NotSecure(host)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server
