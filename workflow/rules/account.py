"""Accounts: who may make whom (DOMAIN §3). Nobody raises himself, and nobody hands out more than the level below."""

import re

from sqlalchemy import select

from models import Account, DelegationKind, Role
from workflow.actors import unscoped
from workflow.rules.change import Change, Rules
from workflow.rules.places import node_of

LOGIN = (Role.secretariat, Role.sub_delegation, Role.security, Role.finance, Role.sysadmin, Role.auditor)
GIVES: dict[Role, tuple[Role, ...]] = {
    Role.secretariat: (Role.sub_delegation,),
    Role.sub_delegation: (Role.sub_delegation,),
    Role.sysadmin: LOGIN,
    Role.system: LOGIN,
}
OWN = ("role", "delegation_id", "is_active")
TAKEN = "用户名已被使用，请换一个"
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{3,49}")


def prepare(change: Change) -> None:
    """Fill a sub-delegation's choices that are no choices; user names are compared in lower case."""
    if change.values.get("username"):
        change.values["username"] = change.values["username"].lower()
    if change.creating and change.actor.role is Role.sub_delegation:
        for key, own in (("role", Role.sub_delegation), ("delegation_id", change.actor.delegation_id)):
            if key not in change.given:
                change.values[key] = own


def problems(change: Change) -> None:
    """Note a role the actor may not give, a place that does not fit it, and a user name that is taken."""
    gives, role = GIVES.get(change.actor.role, ()), change.get("role")
    if not change.creating and change.row.role not in gives and change.row.id != change.actor.account_id:
        change.refuse("", f"您只能管理{'、'.join(given.label for given in gives)}的账号")
    elif change.changes("role") and role not in gives:
        change.refuse("role", f"您只能设置以下角色：{'、'.join(given.label for given in gives)}")
    if not change.creating and change.row.id == change.actor.account_id:
        for key in OWN:
            if change.changes(key):
                change.refuse(key, f"不能修改自己的“{change.columns[key].label}”，请联系上级管理员")
    _refuse_place(change, role)
    _refuse_username(change)


def _refuse_place(change: Change, role: Role | None) -> None:
    """Sub-delegation accounts hang on a sub-delegation, all others on the province."""
    node = node_of(change)
    if node is None or role is None or not change.changes("role", "delegation_id"):
        return
    is_province = node.kind is DelegationKind.PROVINCE
    if role is Role.sub_delegation and is_province:
        change.refuse("delegation_id", "分团管理员须选择分团，不能选择省交易团")
    elif role is not Role.sub_delegation and not is_province:
        change.refuse("delegation_id", f"{role.label}账号须属于省交易团")


def _refuse_username(change: Change) -> None:
    name = change.values.get("username")
    if not name:
        return
    if not _USERNAME.fullmatch(name):
        change.refuse("username", "用户名应为4至50位小写字母、数字或 . _ @ -，并以字母或数字开头")
    with unscoped(change.session):
        if change.session.scalar(select(Account.id).where(Account.username == name)) is not None:
            change.refuse("username", TAKEN)


RULES = Rules(prepare=prepare, problems=problems, taken={"username": TAKEN})
