"""Who may make and change whose account (DOMAIN §3)."""

import pytest

from models import Account, Role
from tests import factories
from tests.conftest import on_sqlite
from workflow import saving
from workflow.actors import actor_for
from workflow.saving import Invalid

pytestmark = on_sqlite
SECRET = {"password_hash": "x"}


@pytest.fixture
def actor(session, world):
    session.commit()
    return lambda role: actor_for(session, world.accounts[role])


def form(node, role, **values):
    return {"username": "Zhang.San", "name": "张三", "role": role, "delegation_id": node.id, **values}


def refused(session, actor, values):
    with pytest.raises(Invalid) as invalid:
        saving.create(session, actor, Account, values, SECRET)
    return invalid.value.errors


def refused_edit(session, actor, row, values):
    with pytest.raises(Invalid) as invalid:
        saving.edit(session, actor, row, values, row.row_version)
    return invalid.value.errors


@pytest.mark.parametrize("maker", [Role.sub_delegation, Role.secretariat, Role.sysadmin])
def test_sub_delegation_accounts_are_made_by_the_level_above_and_their_own(session, world, actor, maker):
    made = saving.create(session, actor(maker), Account, form(world.sub, "分团管理员"), SECRET)
    session.commit()

    assert (made.username, made.role, made.must_change_password) == ("zhang.san", Role.sub_delegation, True)


@pytest.mark.parametrize("maker", [Role.sub_delegation, Role.secretariat])
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.sub_delegation])
def test_nobody_hands_out_a_role_beyond_the_level_below(session, world, actor, maker, role):
    assert refused(session, actor(maker), form(world.sub, role.value))["role"] == "您只能设置以下角色：分团管理员"


@pytest.mark.parametrize("role", [Role.unit, Role.system])
def test_not_even_the_sysadmin_makes_units_or_the_system(session, world, actor, role):
    assert "role" in refused(session, actor(Role.sysadmin), form(world.province, role.value))


def test_roles_hang_on_the_level_they_work_for(session, world, actor):
    admin = actor(Role.sysadmin)

    assert refused(session, admin, form(world.province, "分团管理员")) == {
        "delegation_id": "分团管理员须选择分团，不能选择省交易团"
    }
    assert refused(session, admin, form(world.sub, "财务")) == {"delegation_id": "财务账号须属于省交易团"}
    assert saving.create(session, admin, Account, form(world.province, "财务"), SECRET).role is Role.finance


def test_a_clerk_stays_in_his_subtree(session, world, actor):
    assert list(refused(session, actor(Role.sub_delegation), form(world.other_sub, "分团管理员"))) == ["delegation_id"]


def test_nobody_changes_his_own_role_place_or_use(session, world, actor):
    for role in (Role.sub_delegation, Role.secretariat, Role.sysadmin):
        own = world.accounts[role]
        values = {"role": "审计（只读）", "delegation_id": world.below.id, "is_active": ""}
        errors = refused_edit(session, actor(role), own, values)
        assert {"role", "delegation_id", "is_active"} <= set(errors)
        assert saving.edit(session, actor(role), own, {"name": "改名"}, own.row_version).name == "改名"


def test_the_secretariat_does_not_touch_provincial_accounts(session, world, actor):
    assert refused_edit(session, actor(Role.secretariat), world.accounts[Role.sysadmin], {"is_active": ""}) == {
        "": "您只能管理分团管理员的账号"
    }
    clerk = world.accounts[Role.sub_delegation]
    assert saving.edit(session, actor(Role.secretariat), clerk, {"is_active": ""}, 1).is_active is False


def test_user_names_are_plain_and_unique(session, world, actor):
    taken = factories.account(session, world.foreign_sub, username="zhang.san")
    session.commit()
    admin = actor(Role.sysadmin)

    assert refused(session, admin, form(world.sub, "分团管理员", username=taken.username.upper())) == {
        "username": "用户名已被使用，请换一个"
    }
    for username in ("张三", "ab", "-zhang", "a b c d"):
        assert list(refused(session, admin, form(world.sub, "分团管理员", username=username))) == ["username"]


def test_passwords_and_bound_numbers_are_not_in_the_form(session, world, actor):
    for key in ("password_hash", "must_change_password", "mobile", "email"):
        assert list(refused(session, actor(Role.sysadmin), form(world.sub, "分团管理员", **{key: "x"}))) == [key]
