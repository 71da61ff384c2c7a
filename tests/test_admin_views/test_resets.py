"""A forgotten password: the level above issues a new initial one; nobody else can, and not for himself."""

import re

from sqlalchemy import select

from admin_views import passwords
from models import Account, Audit, Role
from tests import factories
from tests.browser import log_in
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import Desk

pytestmark = on_sqlite


def stored(system, account):
    with system() as session:
        return session.get_one(Account, account.id)


def test_the_level_above_issues_a_password_that_works_once_told(app, desk, world, system):
    with system() as session:
        colleague = factories.account(session, world.sub)
    answer = desk.post(f"/admin/account/{colleague.id}/password")
    told = re.search(r"72 小时内有效）：([0-9A-Z-]+)", desk.get(answer.location).words)
    assert told is not None
    assert told[1] not in desk.get(answer.location).words
    assert (stored(system, colleague).must_change_password, passwords.matches(stored(system, colleague).password_hash, told[1])) == (
        True, True,
    )  # fmt: skip
    assert log_in(app.test_client(), colleague.username, told[1]).status_code == 302
    with system() as session:
        entries = session.execute(select(Audit.object_id, Audit.reason).where(Audit.action == "account.password")).all()
    assert entries == [(colleague.id, "重置为初始密码")]


def test_an_account_of_a_higher_role_is_refused_with_a_sentence(client, login, world, system):
    desk = Desk(client, login, world.accounts[Role.secretariat])
    above = world.accounts[Role.sysadmin]
    answer = desk.post(f"/admin/account/{above.id}/password")
    assert "您只能管理分团管理员的账号" in desk.get(answer.location).words
    assert stored(system, above).password_hash == above.password_hash


def test_a_foreign_account_is_missing_and_ones_own_is_refused(desk, world):
    other, own = world.accounts[Role.finance], world.accounts[Role.sub_delegation]
    assert desk.post(f"/admin/account/{other.id}/password").status == 404
    assert desk.post("/admin/account/99999/password").status == 404
    assert desk.post(f"/admin/account/{own.id}/password").status == 403
    assert "重置密码" not in desk.get(f"/admin/account/{own.id}").buttons


def test_without_the_right_nothing_is_reset(client, login, world, system):
    desk = Desk(client, login, world.accounts[Role.auditor])
    target = world.accounts[Role.sub_delegation]
    assert desk.post(f"/admin/account/{target.id}/password").status == 403
    assert stored(system, target).password_hash == target.password_hash
