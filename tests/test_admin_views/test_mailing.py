"""Digests by e-mail: to those who want them, with counts and a link and nothing of anybody, once for each notice."""

from asyncio import Server
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from admin_views import mailing
from models import Account, MailDigest, Role
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import Desk
from workflow import notices
from workflow.actors import actor_for

MORNING = datetime.now(UTC).replace(hour=0, minute=30, second=0, microsecond=0) + timedelta(
    days=1
)  # half past eight in China
PERSON = "欧阳娜娜"


class Sink:
    """Keeps what it is given, or refuses it."""

    def __init__(self):
        self.received, self.refuses = [], False

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the library's own name
        if self.refuses:
            return "451 try again later"
        self.received.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


class Post(Controller):
    """A mail server on whichever port is free."""

    def _trigger_server(self):
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def sink(app, monkeypatch):
    """Run a mail server on a free port of the loopback address."""
    handler = Sink()
    server = Post(handler, hostname="127.0.0.1", port=0)
    server.start()
    monkeypatch.setitem(app.config, "SMTP_URL", f"smtp://127.0.0.1:{server.port}")
    monkeypatch.setitem(app.config, "MAIL_FROM", "fair@example.gov.cn")
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://fair.example.cn")
    yield handler
    server.stop()


@pytest.fixture
def clerk(system, world):
    """Give a clerk with an address and two notices, one of them by name about a job."""
    with system() as session:
        account = session.get_one(Account, world.accounts[Role.sub_delegation].id)
        account.email, account.digest = "clerk@example.gov.cn", MailDigest.at_once.value
        place = (world.sub.id, world.sub.province_id)
        notices.tell(session, place, f"上级已修改本分团的设置：{PERSON}", "unit", 1)
        notices.tell(session, place, "上级已修改本分团的设置：统付开关", "unit", 1)
        return account


def send(app, moment=MORNING):
    with app.app_context():
        return mailing.send_due(moment)


def change(system, account, **values):
    with system() as session:
        for key, value in values.items():
            setattr(session.get_one(Account, account.id), key, value)


def test_a_digest_tells_counts_and_a_link_in_both_languages_and_nothing_else(app, sink, clerk):
    assert send(app) == 1
    [(recipients, message)] = sink.received

    assert (recipients, message["From"]) == ([clerk.email], "fair@example.gov.cn")
    assert message["Subject"] == "进博会交易团后台：2 条未读通知 / 2 unread notices"
    text = message.get_content()
    assert ["您在交易团管理后台有 2 条未读通知" in text, "you have 2 unread notices" in text] == [True, True]
    assert text.count("https://fair.example.cn/admin/notices") == 2
    assert [word for word in (PERSON, "统付", clerk.name) if word in text] == []


def test_nothing_is_sent_twice_nor_what_was_read(app, system, world, sink, clerk):
    assert [send(app), send(app, MORNING + timedelta(minutes=1))] == [1, 0]
    with system() as session:
        notices.tell(session, (world.sub.id, world.sub.province_id), "上级已修改本分团的设置：统付开关", "unit", 1)
        notices.mark_read(session, actor_for(session, clerk))
    assert send(app, MORNING + timedelta(days=1)) == 0
    assert len(sink.received) == 1


def test_a_daily_digest_leaves_once_in_the_morning(app, system, sink, clerk):
    change(system, clerk, digest=MailDigest.daily.value)
    night = MORNING - timedelta(hours=3)
    sent = [send(app, moment) for moment in (night, MORNING, MORNING + timedelta(hours=5))]

    assert sent == [0, 1, 0]
    assert len(sink.received) == 1


@pytest.mark.parametrize("values", [{"digest": "none"}, {"email": None}, {"is_active": False}])
def test_who_wants_none_has_no_address_or_may_not_enter_gets_none(app, system, sink, clerk, values):
    change(system, clerk, **values)

    assert (send(app), sink.received) == (0, [])


def test_what_the_server_refuses_is_tried_again(app, sink, clerk):
    sink.refuses = True
    assert send(app) == 0
    sink.refuses = False
    assert send(app, MORNING + timedelta(minutes=1)) == 1
    assert [recipients for recipients, _ in sink.received] == [[clerk.email]]


@on_sqlite
def test_a_server_that_is_away_harms_nothing(app, sink, clerk, system, monkeypatch):
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://127.0.0.1:1")
    assert (send(app), sink.received) == (0, [])
    with system() as session:
        assert session.scalars(select(Account.mailed_at).where(Account.id == clerk.id)).one() is None


@on_sqlite
@pytest.mark.usefixtures("clerk")
def test_over_a_network_no_mail_leaves_in_the_clear(app, sink, monkeypatch):
    monkeypatch.setattr(mailing, "LOCAL", ())

    assert (send(app), sink.received) == (0, [])


@on_sqlite
def test_the_choice_is_made_on_ones_own_page_which_says_when_nothing_is_sent(
    app, client, login, system, world, monkeypatch
):
    account = world.accounts[Role.sub_delegation]
    desk = Desk(client, login, account)
    page = desk.get("/account")
    assert page.fields["digest"] == "none"
    assert "本系统尚未设置邮件服务器，选择会保存，但不会发出邮件" in page.words
    desk.post("/account", **{**page.fields, "digest": "daily"})
    with system() as session:
        assert session.get_one(Account, account.id).digest == "daily"
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://127.0.0.1:25")
    assert "尚未绑定邮箱，绑定后才会收到邮件" in desk.get("/account").words
    change(system, account, email="clerk@example.gov.cn")
    assert "邮件只写未读通知的条数和链接，不含个人信息" in desk.get("/account").words
