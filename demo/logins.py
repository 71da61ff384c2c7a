"""The accounts of the demonstration, with passwords of this installation alone.

The passwords are random, so that no two installations share one; a file only its owner reads keeps them, because a
demonstration whose passwords are lost is none. No account is made to change its password but one, which shows how.
"""

import os
import secrets
from pathlib import Path

from argon2 import PasswordHasher

from demo.fair import Fair, Place
from demo.tree import NODES
from models import Account, DelegationKind, Role
from models.kinds import ALPHABET

FILE = "demo_accounts.txt"
MUST_CHANGE = "quanzhou2"
PROVINCIAL = (
    ("gongan1", "高建平", Role.security),
    ("caiwu1", "范丽娟", Role.finance),
    ("guanli1", "程远航", Role.sysadmin),
    ("shenji1", "严守正", Role.auditor),
)
COLLEAGUES = {"FJ": "许静怡", "FJ01": "王雅琴", "FJ02": "洪子涵", "FJ03": "庄明辉", "FJ0101": "杨慧敏", "ZJ01": "金晓岚"}  # fmt: skip

Login = dict[str, str]


def create(fair: Fair) -> list[Login]:
    """Open the accounts and return them."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # as the door hashes (SECURITY A03)
    made = []
    for place in fair.places.values():
        names = (place.node.contact, COLLEAGUES.get(place.node.code, place.node.contact))
        role = Role.secretariat if place.node.kind is DelegationKind.PROVINCE else Role.sub_delegation
        for number in range(place.node.logins):
            username = f"{place.node.login}{number + 1}"
            made.append(_open(fair, hasher, place, username, names[number], role))
    made += [_open(fair, hasher, fair.places["FJ"], *facts) for facts in PROVINCIAL]
    return made


def _open(fair: Fair, hasher: PasswordHasher, place: Place, username: str, name: str, role: Role) -> Login:
    letters = [secrets.choice(ALPHABET) for _ in range(16)]
    password = "-".join("".join(letters[start : start + 4]) for start in range(0, 16, 4))
    account_id = fair.rows.add(
        Account, fair.opened_at, username=username, name=name, role=role, delegation_id=place.id, password_changed_at=fair.opened_at,
        password_hash=hasher.hash(password), must_change_password=username == MUST_CHANGE,
    )  # fmt: skip
    if role is Role.security:
        fair.police = account_id
    if role is Role.finance and place.node.code == "FJ":
        fair.finance = account_id
    if role in (Role.secretariat, Role.sub_delegation):
        place.accounts.append(account_id)
    words = role.label + ("，首次登录须修改密码" if username == MUST_CHANGE else "")
    return {"username": username, "password": password, "role": words, "delegation": place.node.short_name}


def shown(logins: list[Login]) -> list[Login]:
    """Return those of the provinces and of the sub-delegations with several: enough to try everything."""
    nodes = {node.short_name for node in NODES if node.logins > 1 or node.kind is DelegationKind.PROVINCE}
    return [login for login in logins if login["delegation"] in nodes]


def keep(folder: Path, logins: list[Login]) -> None:
    """Write the accounts down, for the owner of the folder alone."""
    path = folder / FILE
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines("\t".join(login.values()) + "\n" for login in logins)


def kept(folder: Path) -> list[Login]:
    """Return the accounts written down at the first load; none where the file is gone."""
    path = folder / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = ("username", "password", "role", "delegation")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines if line]
