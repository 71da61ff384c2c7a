"""What a form may write: the columns the reader may edit and nothing beside, and only with his own session's token
(SECURITY Z04, Z05, Z11, I13).
"""

import re
from itertools import product
from typing import Any

import pytest

from admin_views.screens import BY_NOUN
from models import Role, SecurityStatus, StatementStatus
from models.columns import columns_of
from tests.browser import token
from tests.test_scope import _posts as posts
from tests.test_scope._arena import PROVINCE
from tests.test_scope._forms import filled_in
from tests.test_scope._places import OWN
from tests.test_scope._routes import Cell, cells
from tests.test_scope._truth import rows
from workflow.actors import Actor
from workflow.rights import RIGHTS, editable

DESKS = ("secretariat", "sub_delegation", "below", "security", "finance", "sysadmin", "auditor")
BACKENDS = pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
# What the program writes beside: the version, the moment, who changed a submitted unit, the day a box was ticked; a new
# identity is to be checked again.
BESIDE = {
    "recognised",
    "row_version",
    "updated_at",
    "edited_by_admin",
    "consent_at",
    "consent_version",
    "security_status",
}
ATTACK = {
    "id": 777_777, "ref": "HACKEDREF2", "review_status": "approved", "payment_status": "paid", "security_status": "passed",
    "group_pay_decision": "confirmed", "group_pay_fee": "1", "status": "accepted", "recognised": "PASSED", "round": "77",
    "opinion": "hacked", "used": "7", "allocated": "7", "group_pay_committed": "7", "locked_at": "2020-01-01T00:00",
    "password_hash": "hacked", "must_change_password": "", "edited_by_admin": "1", "label": "VIP", "consent_version": "hacked",
    "initial_password_expires_at": "2030-01-01T00:00", "id_no_index": "hacked", "id_no_tail": "hacked", "language": "en",
}  # fmt: skip
# What has to stand in a row before a form takes it: the plot's figure is too much for one, a reason follows a result.
READY: dict[str, dict[str, Any]] = {
    "quota_allocation": {"allotted": 10},
    "security_row": {"result": SecurityStatus.passed},
}
KEYS = {"fee": ("mode", "period", "label"), "quota_allocation": ("allotted",), "quota_pool": ("label", "delegation_id")}


def actor(seat):
    place = {"delegation_id": seat.account.delegation_id, "province_id": 1, "edition_id": 1}
    return Actor(account_id=seat.account.id, name="", role=seat.role, **place)


def own(arena, seat, noun):
    """Return a row of the reader's that he may edit: his node's own, not submitted, in use."""
    found = arena.shared.get(noun) or seat.plot.rows[noun][0]
    return next(row for row in rows(arena, noun) if row["id"] == found)


def put(arena, noun, row_id, **values):
    """Store values in a row, past every rule; the vault takes them back."""
    table = arena.vault.tables[noun]
    if values:
        arena.vault.connection.execute(table.update().where(table.c.id == row_id).values(**values))


def with_right(right):
    return [
        (name, noun) for name in DESKS for noun in BY_NOUN
        if right in RIGHTS[Role["sub_delegation" if name == "below" else name]].get(noun, ())
    ]  # fmt: skip


def sealed_beside(columns):
    return {f"{column.key}_{part}" for column in columns if column.kind == "sealed" for part in ("index", "tail")}


def complaints(answer):
    """Return what a form says is wrong with it."""
    return re.findall(r'class="(?:field-error|error-summary)[^>]*>(.*?)</(?:div|section)>', answer.text, re.DOTALL)


def changed_columns(before, after):
    return {key for key in before if before[key] != after[key]}


@pytest.mark.parametrize(("name", "noun"), with_right("edit"))
def test_an_edit_changes_what_its_author_may_write(arenas, name, noun):
    arena = arenas("sqlite")
    seat, columns = arena.seats[name], columns_of(BY_NOUN[noun].model).values()
    before, ready = own(arena, seat, noun), READY.get(noun, {})
    put(arena, noun, before["id"], **ready)
    before |= ready
    kept = {key: before[key] for key in KEYS.get(noun, ())}
    sent = {**filled_in(noun, seat.plot, arena.shared), **ATTACK, **kept, "row_version": before["row_version"]}
    answer = seat.client.post(f"/admin/{noun}/{before['id']}/edit", data={"csrf_token": seat.token, **sent})
    changed = arena.vault.changed()
    arena.vault.put_back(changed)
    may = {column.key for column in columns if editable(actor(seat), column, creating=False)}
    gone, new = changed.get(noun, ([], []))
    written = {
        (row["id"], key) for row in new for old in gone if row["id"] == old["id"]
        for key in changed_columns({**old, **ready} if row["id"] == before["id"] else old, row)
    }  # fmt: skip
    assert {key for row_id, key in written if row_id == before["id"]} <= may | BESIDE | sealed_beside(columns)
    [after] = [row for row in new if row["id"] == before["id"]]
    assert {key for key in BESIDE - may if key in ATTACK and str(after.get(key)) == ATTACK[key]} == set()
    assert answer.status_code == 303, complaints(answer)
    assert {key for _row_id, key in written} & may


@pytest.mark.parametrize(("name", "noun"), with_right("create"))
def test_a_new_row_holds_nothing_that_its_author_may_not_write(arenas, name, noun):
    arena = arenas("sqlite")
    seat, columns = arena.seats[name], columns_of(BY_NOUN[noun].model)
    sent = {**filled_in(noun, seat.plot, arena.shared), **ATTACK}
    if noun in ("fee", "quota_pool"):  # every line of the table is there already: make room for one
        room = own(arena, seat, noun)
        table = arena.vault.tables[noun]
        arena.vault.connection.execute(table.delete().where(table.c.id == room["id"]))
        sent |= {key: room[key] for key in KEYS[noun]}
    if noun == "statement":  # a payer has one preview at a time, which ends by now
        put(arena, noun, own(arena, seat, noun)["id"], status=StatementStatus.discarded)
        sent |= {"period_to": ""}
    answer = seat.client.post(f"/admin/{noun}/new", data={"csrf_token": seat.token, **sent})
    changed = arena.vault.changed()
    arena.vault.put_back(changed)
    assert answer.status_code == 303, complaints(answer)
    planted = {row["id"] for row in rows(arena, noun)}
    [made] = [row for row in changed[noun][1] if row["id"] not in planted]
    may = {key for key, column in columns.items() if editable(actor(seat), column, creating=True)}
    hacked = {key for key in ATTACK if made.get(key) not in ("", None) and str(made[key]) == str(ATTACK[key])}
    assert hacked - may == set()
    assert made["id"] < ATTACK["id"]


def without_token(cell):
    return cell.method == "POST" and cell.place.kind.startswith(OWN)


def test_nothing_is_done_without_the_token_of_ones_own_session(arenas):
    arena, answers, count = arenas("sqlite"), set(), 0
    seat = arena.seats["secretariat"]
    foreign = token(arena.app.test_client())
    sent: dict[tuple[str, str], Cell] = {}
    for rule in arena.app.url_map.iter_rules():
        for cell in filter(without_token, cells(arena, seat, rule)):
            sent.setdefault((cell.endpoint, cell.place.path), cell)
    before = arena.vault.stamp()
    for cell in sent.values():
        fields = {key: value for key, value in (cell.data or {}).items() if isinstance(value, str | int | list)}
        for extra in ({}, {"csrf_token": ""}, {"csrf_token": foreign}, {"csrf_token": seat.token[:-4]}):
            answer = seat.client.post(cell.place.path, data={**fields, **extra})
            answers.add((answer.status_code, "页面已过期或来源不明" in answer.text))
            count += 1
    assert answers == {(400, True)}
    assert arena.vault.changed() == {}
    assert count > 400
    assert before == arena.vault.stamp()


@BACKENDS
@pytest.mark.parametrize("name", ["secretariat", "sub_delegation", "below"])
def test_a_quota_table_writes_nothing_for_units_of_others(arenas, backend, name):
    arena = arenas(backend)
    seat = arena.seats[name]
    foreign = [code for plot in arena.plots if plot.number not in seat.sees for code in plot.units]
    table = posts.table([seat.plot.units[0], *foreign])
    upload = {"csrf_token": seat.token, "target_id": str(seat.plot.node_id), "file": table.sent()}
    shown = seat.client.post("/admin/quota_allocation/import", data=upload).location
    answer = seat.client.post(f"{shown}/commit", data={"csrf_token": seat.token, "mode": "good"}, follow_redirects=True)
    changed = arena.vault.changed()
    arena.vault.put_back(changed)
    written = {(arena.owner("quota_allocation", row), row["uscc"]) for row in changed["quota_allocation"][1]}
    assert written == {(seat.plot.number, seat.plot.units[0])}
    assert {arena.owner(noun, row) for noun in changed for part in changed[noun] for row in part} <= {
        *seat.sees,
        seat.home.number,
        None,
    }
    assert not [letter for letter in seat.letters if letter in answer.text]


GIVEN = {"secretariat": {"sub_delegation"}, "sub_delegation": {"sub_delegation"}, "below": {"sub_delegation"}}


@pytest.mark.parametrize("name", ["secretariat", "sub_delegation", "below", "sysadmin"])
def test_nobody_makes_an_account_above_himself_or_elsewhere(arenas, name):
    arena, made = arenas("sqlite"), set()
    seat = arena.seats[name]
    for role, plot in product(Role, arena.plots):
        sent = {
            "username": "new-user",
            "name": "赵六",
            "role": role.value,
            "delegation_id": plot.node_id,
            "is_active": "1",
        }
        seat.client.post("/admin/account/new", data={"csrf_token": seat.token, **sent})
        changed = arena.vault.changed()
        arena.vault.put_back(changed)
        made |= {(row["role"].value, arena.owner("account", row)) for row in changed.get("account", ([], []))[1]}
    desks = {role.value for role in Role} - {"system", "unit"}
    assert {role for role, _node in made} == GIVEN.get(name, desks)
    assert {node for _role, node in made} <= seat.sees
    assert all(role == "sub_delegation" or node == PROVINCE for role, node in made)


@pytest.mark.parametrize("name", ["secretariat", "sub_delegation", "below", "sysadmin"])
def test_nobody_raises_himself_or_changes_whom_he_did_not_make(arenas, name):
    arena, changed_accounts = arenas("sqlite"), {}
    seat = arena.seats[name]
    for row, role in product(rows(arena, "account"), Role):
        sent = {
            "name": "赵六",
            "role": role.value,
            "delegation_id": row["delegation_id"],
            "is_active": "",
            "row_version": row["row_version"],
        }
        seat.client.post(f"/admin/account/{row['id']}/edit", data={"csrf_token": seat.token, **sent})
        seat.client.post(f"/admin/account/{row['id']}/password", data={"csrf_token": seat.token})
        changed = arena.vault.changed()
        arena.vault.put_back(changed)
        for new in changed.get("account", ([], []))[1]:
            assert new["id"] == row["id"]
            changed_accounts[row["id"]] = (row["role"].value, arena.owner("account", row))
            assert new["role"].value in GIVEN.get(name, {role.value for role in Role} - {"system", "unit"})
    assert seat.account.id not in changed_accounts
    assert {role for role, _node in changed_accounts.values()} <= GIVEN.get(name, {role.value for role in Role})
    assert {node for _role, node in changed_accounts.values()} <= seat.sees
