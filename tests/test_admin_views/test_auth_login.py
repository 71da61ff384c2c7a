"""The door: who comes in, who does not, and that the answer never tells why (SECURITY A01, A06, A07, A08)."""

import pytest
from sqlalchemy import select

from models import Account, Audit, Role, WebSession
from models.kinds import now
from tests import factories
from tests.browser import addresses, log_in, submit, token

REFUSED = "用户名或密码不正确，或暂时不能登录。请核对后重试；连续多次不正确须等待 15 分钟，忘记密码请联系上级管理员重置"


@pytest.fixture
def clerk(world):
    return world.accounts[Role.sub_delegation]


def cookie(client):
    found = client.get_cookie("session")
    return found.value if found else None


def test_an_account_enters_and_sees_its_name_role_and_node(client, clerk, login):
    answer = login(clerk)
    page = client.get("/admin/").text

    assert (answer.status_code, answer.location) == (302, "/admin/")
    assert f"{clerk.name}，您好" in page
    assert "分团管理员 · 福州分团" in page


def test_the_page_asked_for_before_the_door_comes_after_it(client, clerk):
    sent = client.get("/account?tab=1")

    assert sent.location == "/login?next=/account?tab%3D1"
    answer = submit(client, sent.location, username=clerk.username, password=factories.PASSWORD)
    assert answer.location == "/account?tab=1"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", "admin"],
)
def test_nobody_is_sent_elsewhere(client, clerk, target):
    answer = client.post(
        "/login",
        query_string={"next": target},
        data={"csrf_token": token(client), "username": clerk.username, "password": factories.PASSWORD},
    )

    assert (answer.status_code, answer.location) == (302, "/admin/")


def test_unknown_wrong_locked_disabled_and_unit_accounts_get_the_same_answer(app, system, world, clerk):
    with system() as session:
        disabled = factories.account(session, world.sub, is_active=False)
        unit = factories.account(session, world.sub, Role.unit)
        locked = factories.account(session, world.sub)
    for _ in range(5):
        log_in(app.test_client(), locked.username, "wrong")
    tries = [
        ("nobody", factories.PASSWORD),
        (clerk.username, "wrong"),
        (locked.username, factories.PASSWORD),
        (disabled.username, factories.PASSWORD),
        (unit.username, factories.PASSWORD),
    ]
    answers = [answer(app, username, password) for username, password in tries]

    assert answers == [answers[0]] * 5
    assert answers[0][0] == 422
    assert answers[0][2].count(REFUSED) == 1


def answer(app, username, password):
    """Return status, names of headers and page of a try, without what is random or was typed."""
    client = app.test_client()
    response = log_in(client, username, password)
    page = response.text.replace(f'value="{username}"', "")
    start = page.index('name="csrf_token"')
    return response.status_code, sorted(response.headers.keys()), page[:start] + page[page.index(">", start) :]


def test_the_session_id_is_new_at_login_and_the_old_one_is_dead(app, client, clerk, login):
    client.get("/login")
    before = cookie(client)
    login(clerk)
    after = cookie(client)
    thief = app.test_client()
    thief.set_cookie("session", before)

    assert before != after
    assert thief.get("/admin/").status_code == 302
    assert client.get("/admin/").status_code == 200


def test_a_cookie_kept_from_before_logout_is_anonymous(app, client, clerk, login):
    login(clerk)
    kept = cookie(client)
    out = submit(client, "/logout", page="/account")
    thief = app.test_client()
    thief.set_cookie("session", kept)

    assert (out.status_code, out.location) == (302, "/login")
    assert thief.get("/admin/").location == "/login?next=/admin/"
    assert client.get("/admin/").location == "/login?next=/admin/"
    assert "您已退出登录" in client.get("/login").text


def test_logout_by_a_link_does_nothing(client, clerk, login):
    login(clerk)

    assert client.get("/logout").status_code == 405
    assert client.get("/admin/").status_code == 200


def test_the_database_keeps_neither_cookie_nor_password(client, clerk, login, system):
    login(clerk)
    with system() as session:
        rows = session.scalars(select(WebSession)).all()
        stored = "".join(f"{row.token_hash}{row.data}" for row in rows)

    assert [row.account_id for row in rows] == [clerk.id]
    assert cookie(client) not in stored
    assert factories.PASSWORD not in stored


def test_login_and_logout_are_in_the_audit_trail_with_their_request(client, clerk, login, system):
    number = login(clerk).headers["X-Request-ID"]
    submit(client, "/logout", page="/account")
    with system() as session:
        trail = session.execute(
            select(Audit.action, Audit.account_id, Audit.role, Audit.request_id)
            .where(Audit.action.startswith("account.log"))
            .order_by(Audit.id)
        ).all()

    assert [tuple(row[:3]) for row in trail] == [
        ("account.login", clerk.id, "sub_delegation"),
        ("account.logout", clerk.id, "sub_delegation"),
    ]
    assert trail[0].request_id == number


def test_somebody_logged_in_needs_no_door(client, clerk, login):
    login(clerk)

    assert client.get("/login").location == "/admin/"


def test_no_page_but_the_door_opens_to_a_stranger(app, client):
    """Every address of the program, asked without login: the door, or nothing that is worth anything."""
    open_to_all = {
        "auth.login",
        "auth.language",
        "health.livez",
        "health.readyz",
        "static",
        "admin.static",
        "gate.check",
        "gate.answer",
    }
    asked = addresses(app, beside=open_to_all)
    led_to = {client.open(path, method=method).location.partition("?")[0] for method, path in asked}

    assert led_to == {"/login"}
    assert len(asked) >= 7


def test_a_write_after_the_session_ended_says_that_nothing_was_saved(client):
    answer = client.post("/account", data={"language": "en"})

    assert (answer.status_code, answer.location) == (303, "/login")
    assert "登录已失效，刚才的内容没有保存，请重新登录" in client.get("/login").text


def test_without_a_current_edition_only_the_system_administrator_enters_and_others_are_told(app, system, world):
    with system() as session:
        session.merge(world.edition).is_current = False
    clerk = log_in(app.test_client(), world.accounts[Role.sub_delegation].username, factories.PASSWORD)
    admin = app.test_client()
    entered = log_in(admin, world.accounts[Role.sysadmin].username, factories.PASSWORD)

    assert clerk.status_code == 422
    assert "没有当前届次：请系统管理员在“届次”中设置" in clerk.text
    assert entered.status_code == 302
    assert "尚未设置当前届次" in admin.get("/admin/").text


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"role": Role.finance}, {"delegation": "other_sub"}, {"password_hash": "$argon2id$other"}],
)
def test_a_change_of_the_account_ends_its_sessions_at_the_next_request(client, world, login, system, change):
    clerk = world.accounts[Role.sub_delegation]
    login(clerk)
    assert client.get("/admin/").status_code == 200
    with system() as session:
        row = session.get_one(Account, clerk.id)
        for key, value in change.items():
            setattr(row, *(("delegation_id", getattr(world, value).id) if key == "delegation" else (key, value)))

    assert client.get("/admin/").location == "/login?next=/admin/"
    with system() as session:
        assert session.scalars(select(WebSession.account_id).where(WebSession.account_id == clerk.id)).all() == []


def test_an_initial_password_dies_after_its_hours(client, world, system):
    with system() as session:
        account = factories.account(session, world.sub, must_change_password=True, initial_password_expires_at=now())
    answer = log_in(client, account.username, factories.PASSWORD)

    assert answer.status_code == 422
    assert "初始密码已超过 72 小时，不能再使用；请联系上级管理员重置" in answer.text
