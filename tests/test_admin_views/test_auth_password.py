"""The first login leads to a new password and nowhere else; a change ends every other session (SECURITY A01, A07, A10)."""

import pytest
from sqlalchemy import select

from models import Account, Audit, Role
from models.kinds import now
from tests import factories
from tests.browser import addresses, log_in, submit, token

NEW = "maple-Canyon-92-sledge"


@pytest.fixture
def newcomer(system, world):
    with system() as session:
        return factories.account(session, world.sub, must_change_password=True)


@pytest.fixture
def clerk(world):
    return world.accounts[Role.sub_delegation]


@pytest.fixture
def entered(client, clerk, login):
    login(clerk)
    return client


def state(system):
    """Return all that a newcomer could have changed."""
    with system() as session:
        rows = session.scalars(select(Account).order_by(Account.id)).all()
        return [(row.password_hash, row.language, row.mobile, row.email, row.must_change_password) for row in rows]


def test_an_initial_password_opens_nothing_but_its_own_change(app, client, newcomer, login, system):
    login(newcomer)
    before = state(system)
    closed = {"auth.login", "auth.language", "auth.change_password", "auth.logout", "health.livez", "health.readyz"}
    closed |= {"gate.check", "gate.answer"}  # open to everybody: the code is the key
    asked = addresses(app, beside={*closed, "static", "admin.static"})
    data = {"csrf_token": token(client, "/password")}
    answers = [client.open(path, method=method, data=data) for method, path in asked]

    assert {answer.location or answer.status_code for answer in answers} == {"/password", 403}
    assert len(asked) >= 4
    assert state(system) == before


def test_its_pages_show_no_menu(client, newcomer, login):
    login(newcomer)
    page = client.get("/password").text

    assert "首次登录须先设置新密码，设置后即可使用。" in page
    assert 'id="menu"' not in page
    assert 'id="menu"' not in client.get("/nothing").text


def test_after_the_change_the_newcomer_works_and_the_initial_password_is_dead(app, client, newcomer, login):
    answer = login(newcomer)
    assert answer.location == "/admin/"
    changed = submit(client, "/password", new=NEW, repeated=NEW)

    assert (changed.status_code, changed.location) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    assert log_in(app.test_client(), newcomer.username, factories.PASSWORD).status_code == 422
    assert log_in(app.test_client(), newcomer.username, NEW).status_code == 302


def test_a_change_renews_this_session_and_ends_all_others(app, client, clerk, login):
    login(clerk)
    other = app.test_client()
    log_in(other, clerk.username, factories.PASSWORD)
    before = client.get_cookie("session").value
    submit(client, "/password", current=factories.PASSWORD, new=NEW, repeated=NEW)
    thief = app.test_client()
    thief.set_cookie("session", before)

    assert client.get_cookie("session").value != before
    assert [browser.get("/account").status_code for browser in (client, other, thief)] == [200, 302, 302]


def test_a_change_is_recorded_without_the_password(client, clerk, login, system):
    login(clerk)
    submit(client, "/password", current=factories.PASSWORD, new=NEW, repeated=NEW)
    with system() as session:
        row = session.get_one(Account, clerk.id)
        trail = session.execute(select(Audit.action, Audit.changes).where(Audit.object_id == clerk.id)).all()

    assert row.row_version == 2
    assert (now() - row.password_changed_at).total_seconds() < 5
    assert "account.password" in [entry.action for entry in trail]
    assert [entry for entry in trail if "argon2" in entry.changes or NEW in entry.changes] == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (("wrong", NEW, NEW), "当前密码不正确，请重新输入"),
        (("", NEW, NEW), "请填写当前密码"),
        ((factories.PASSWORD, NEW, NEW + "x"), "两次输入的新密码不一致，请重新输入"),
        ((factories.PASSWORD, NEW, NEW + " "), "两次输入的新密码不一致，请重新输入"),
        ((factories.PASSWORD, "short-9", "short-9"), "密码太短，至少 12 个字符；可以用几个不相关的词组成一句话"),
        ((factories.PASSWORD, "x1y2z3" * 50, "x1y2z3" * 50), "密码太长，最多 256 个字符"),
        ((factories.PASSWORD, "Jinbohui2025!", "Jinbohui2025!"), "密码太容易被猜到"),
        ((factories.PASSWORD, "福州市分团福州分团2025", "福州市分团福州分团2025"), "密码太容易被猜到"),
        ((factories.PASSWORD, factories.PASSWORD, factories.PASSWORD), "新密码不能与当前密码相同"),
    ],
)
def test_a_change_that_cannot_be_says_why_and_changes_nothing(entered, system, typed, sentence):
    before = state(system)
    answer = submit(entered, "/password", **dict(zip(("current", "new", "repeated"), typed, strict=True)))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert typed[1] not in answer.text
    assert state(system) == before


def test_a_newcomer_may_not_keep_the_initial_password(client, newcomer, login):
    login(newcomer)
    answer = submit(client, "/password", new=factories.PASSWORD, repeated=factories.PASSWORD)

    assert answer.status_code == 422
    assert "新密码不能与当前密码相同" in answer.text


def test_spaces_at_the_ends_are_part_of_a_password(app, client, newcomer, login):
    login(newcomer)
    spaced = f"  {NEW} "
    submit(client, "/password", new=spaced, repeated=spaced)

    assert log_in(app.test_client(), newcomer.username, NEW).status_code == 422
    assert log_in(app.test_client(), newcomer.username, spaced).status_code == 302


def test_a_newcomer_may_leave(client, newcomer, login):
    login(newcomer)

    assert submit(client, "/logout", page="/password").location == "/login"
