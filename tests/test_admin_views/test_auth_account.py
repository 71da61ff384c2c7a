"""One's own account: mobile, e-mail, language (notice §五(二): 登录后可绑定手机号、邮箱、修改密码)."""

import pytest
from sqlalchemy import select

from models import Account, Audit, Role
from models.kinds import opened
from tests import factories
from tests.browser import log_in, submit


@pytest.fixture
def clerk(world):
    return world.accounts[Role.sub_delegation]


@pytest.fixture
def entered(client, clerk, login):
    login(clerk)
    return client


def stored(system, account):
    with system() as session:
        row = session.get_one(Account, account.id)
        return opened(row, "mobile"), row.email, row.language


def test_mobile_and_email_are_bound_with_the_password_and_shown_masked(entered, clerk, system):
    answer = submit(
        entered, "/account", mobile=" 138 0013 8000", email="zhang.san@Example.com", language="zh", password=factories.PASSWORD
    )  # fmt: skip

    assert (answer.status_code, answer.location) == (302, "/account")
    assert stored(system, clerk) == ("13800138000", "zhang.san@example.com", "zh")
    page = entered.get("/account").text
    assert "已绑定 138****8000，留空表示不修改" in page
    assert "已绑定 zh*******@example.com，留空表示不修改" in page
    assert [plain for plain in ("13800138000", "zhang.san") if plain in page] == []


def test_the_audit_trail_tells_of_it_masked(entered, clerk, system):
    submit(entered, "/account", mobile="13800138000", language="zh", password=factories.PASSWORD)
    with system() as session:
        [changes] = session.scalars(
            select(Audit.changes).where(Audit.action == "account.edit", Audit.object_id == clerk.id)
        )

    assert "138****8000" in changes
    assert "13800138000" not in changes


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"mobile": "13800138000"}, "修改手机号码或邮箱须填写正确的当前密码"),
        ({"mobile": "13800138000", "password": "wrong"}, "修改手机号码或邮箱须填写正确的当前密码"),
        ({"mobile": "12345", "password": factories.PASSWORD}, "应为以1开头的11位数字"),
        ({"email": "nobody", "password": factories.PASSWORD}, "邮箱"),
        ({"language": "fr"}, "界面语言"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_nothing_changes(entered, clerk, system, fields, sentence):
    answer = submit(entered, "/account", **{"language": "en", **fields})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert stored(system, clerk) == ("", None, "zh")


def test_empty_fields_leave_what_is_bound(entered, clerk, system):
    submit(entered, "/account", mobile="13800138000", email="a@example.com", language="zh", password=factories.PASSWORD)
    submit(entered, "/account", mobile="", email=" ", language="zh")

    assert stored(system, clerk) == ("13800138000", "a@example.com", "zh")


def test_an_account_changes_itself_and_no_other(entered, clerk, system, world):
    submit(entered, "/account", id=str(world.accounts[Role.finance].id), role="secretariat", language="en")
    with system() as session:
        finance = session.get_one(Account, world.accounts[Role.finance].id)
        mine = session.get_one(Account, clerk.id)

        assert (finance.language, finance.role) == ("zh", Role.finance)
        assert (mine.language, mine.role) == ("en", Role.sub_delegation)


def test_the_chosen_language_speaks_at_once_and_stays_with_the_account(app, entered, clerk, system):
    submit(entered, "/account", language="en")
    assert '<html lang="en"' in entered.get("/account").text
    assert stored(system, clerk)[2] == "en"

    elsewhere = app.test_client()
    log_in(elsewhere, clerk.username, factories.PASSWORD)
    assert '<html lang="en"' in elsewhere.get("/account").text


def test_the_switch_at_the_desk_is_kept_in_the_account_and_remembered_at_the_next_login(app, entered, clerk, system):
    switched = submit(entered, "/language/en?next=/account", page="/account")
    assert (switched.status_code, switched.location, stored(system, clerk)[2]) == (303, "/account", "en")
    assert '<html lang="en"' in entered.get("/account").text
    submit(entered, "/logout", page="/account")

    elsewhere = app.test_client()
    log_in(elsewhere, clerk.username, factories.PASSWORD)
    assert '<html lang="en"' in elsewhere.get("/account").text
    assert submit(elsewhere, "/language/fr", page="/account").status_code == 404


def test_a_link_to_the_switch_changes_nothing_for_whoever_is_logged_in(entered, clerk, system):
    assert entered.get("/language/en?next=/account").location == "/account"
    assert (stored(system, clerk)[2], '<html lang="zh-CN"' in entered.get("/account").text) == ("zh", True)


def test_the_next_one_at_the_same_browser_reads_in_his_own_language(entered, world):
    submit(entered, "/language/en", page="/account")
    submit(entered, "/logout", page="/account")
    assert '<html lang="en"' in entered.get("/login").text

    log_in(entered, world.accounts[Role.finance].username, factories.PASSWORD)
    assert '<html lang="zh-CN"' in entered.get("/account").text


def test_whoever_switches_at_the_door_and_comes_in_keeps_it(client, clerk, system):
    client.get("/language/en?next=/login")
    log_in(client, clerk.username, factories.PASSWORD)

    assert ('<html lang="en"' in client.get("/account").text, stored(system, clerk)[2]) == (True, "en")


def test_the_switch_works_before_login_and_returns_to_the_page(client):
    assert '<html lang="zh-CN"' in client.get("/login").text
    switched = client.get("/language/en?next=/login")

    assert (switched.status_code, switched.location) == (302, "/login")
    assert '<html lang="en"' in client.get("/login").text
    assert client.get("/language/en?next=//evil.example").location == "/admin/"
    assert client.get("/language/fr").status_code == 404
