"""The checklist before the lock, the start page's words of it, what a row's page says, and the list of windows."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_views.lock_notes import left
from models import DelegationEdition, Edition, Label, LockStatus, PersonStatus, Role, UnitStatus
from models.kinds import now
from tests import factories
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import Desk
from tests.test_workflow import _cast
from workflow import locks
from workflow.lock_checks import BLOCKERS, WARNINGS

U, P, L = UnitStatus, PersonStatus, LockStatus
COUNTED = re.compile(r'<li[^>]*id="([a-z_]+)">.*?<a href="([^"]+)" data-count="(\d+)"', re.DOTALL)
TOTAL = re.compile(r"共 ([0-9,]+) 条")


@pytest.fixture
def at(client, login, world):
    return lambda role: Desk(client, login, world.accounts[role])


@pytest.fixture
def filled(system, world):
    """Leave something of every kind at ``sub``, and as much elsewhere that is none of its business."""
    with system() as session:
        for node in (world.sub, world.other_sub, world.below):
            for status in U:
                gone = {"uscc": None} if status is U.deleted else {}
                factories.unit(session, world.edition, node, review_status=status, **gone)
            home = factories.unit(session, world.edition, node, review_status=U.approved)
            for state in P:
                factories.person(session, home, review_status=state, **({"id_no": None} if state is P.deleted else {}))
            factories.allocation(session, home, Label.VIP, unit_id=None, uscc=factories.uscc())
        for source, target in ((world.other_sub, world.sub), (world.sub, world.other_sub)):
            unit = factories.unit(session, world.edition, source, review_status=U.approved)
            _cast.request(session, unit, target)


def row_of(system, node):
    with system() as session:
        return session.scalar(select(DelegationEdition.id).where(DelegationEdition.delegation_id == node.id))


def own(desk):
    """Follow the link of the start page to the reader's own checklist."""
    return desk.get("/admin/lock").response.location


def put(system, node, **values):
    with system() as session:
        _cast.put(_cast.settings_of(session, node), **values)


@pytest.mark.usefixtures("filled")
def test_every_item_is_counted_by_the_list_it_leads_to_and_by_the_guard(system, world, at):
    desk = at(Role.sub_delegation)
    page = desk.get(own(desk))
    found = {name: (url.replace("&amp;", "&"), int(n)) for name, url, n in COUNTED.findall(page.response.text)}
    assert set(found) == {*BLOCKERS, *WARNINGS}
    for url, n in found.values():
        assert TOTAL.findall(desk.get(url).words)[:1] == [str(n)], url
    with system() as session:
        held = {item.name for item in (*BLOCKERS.values(), *WARNINGS.values()) if session.scalar(
            select(item.left()).select_from(DelegationEdition).where(DelegationEdition.delegation_id == world.sub.id)
        )}  # fmt: skip
        kinds = session.scalar(select(left()).where(DelegationEdition.delegation_id == world.sub.id))
    assert held == set(found)
    assert kinds == len(BLOCKERS)
    assert "还有 5 项须先办理" in desk.get("/admin/").words
    assert {name: n for name, (_url, n) in found.items() if n != 1} == {"units_unreviewed": 2, "without_persons": 5}


def test_the_guards_say_what_the_items_say():
    assert all(item.label and item.mend for item in (*BLOCKERS.values(), *WARNINGS.values()))
    assert not set(BLOCKERS) & set(WARNINGS)


def test_with_nothing_left_the_lock_is_open_and_names_the_words_to_type(system, world, at):
    put(system, world.below, status=L.locked, locked_at=now())
    desk = at(Role.sub_delegation)
    page = desk.get(f"/admin/delegation_edition/{row_of(system, world.sub)}/lock")
    assert "锁定提交" in page.words
    assert f'value="lock:{row_of(system, world.sub)}"' in page.response.text
    assert "可以锁定提交" in desk.get("/admin/").words


def test_the_secretariat_sees_how_far_each_node_is(system, world, at):
    put(system, world.sub, status=L.locked, locked_at=now())
    desk = at(Role.secretariat)
    page = desk.get("/admin/")
    assert "锁定进度" in page.words
    assert "1 待接受的锁定提交" in page.words
    row = next(row for row in page.rows if row and row[0] == "福州分团" and "已提交锁定" in row)
    assert row[3:5] == ["0", "0"]
    assert own(desk) == "/admin/#locking"


@pytest.mark.parametrize(("days", "words"), [(10, "还有 "), (-1, "已过")])
def test_the_moment_is_counted_down(system, world, at, days, words):
    with system() as session:
        session.get_one(Edition, world.edition.id).lock_at = now() + timedelta(days=days)
    desk = at(Role.sub_delegation)
    assert "分团锁定" in desk.get("/admin/").words
    assert words in desk.get(own(desk)).words


def test_a_locked_row_says_so_and_a_window_until_when(system, world, at):
    with system() as session:
        unit = _cast.ready_unit(session, world, world.sub, review_status=U.approved)
        person = _cast.ready_person(session, unit)
    put(system, world.sub, status=L.locked, locked_at=now())
    desk = at(Role.sub_delegation)
    pages = [f"/admin/unit/{unit.id}", f"/admin/person/{person.id}"]
    assert [locks.SENTENCE in desk.get(page).words for page in pages] == [True, True]
    with system() as session:
        window = _cast.window(session, unit, person)
        window_id = window.id
    assert ["例外窗口开到" in desk.get(page).words for page in pages] == [False, True]
    assert "共 1 条" in desk.get("/admin/person/?window=1").words
    assert "共 0 条" in desk.get("/admin/unit/?window=1").words
    assert "1 开着的例外窗口" in desk.get("/admin/").words
    assert desk.get(f"/admin/exception_window/{window_id}").response.status_code == 200


@on_sqlite
def test_a_save_after_the_lock_is_refused_with_what_to_do(system, world, at):
    with system() as session:
        unit = _cast.ready_unit(session, world, world.sub, review_status=U.approved)
    put(system, world.sub, status=L.locked, locked_at=now())
    desk = at(Role.sub_delegation)
    answer = desk.post(f"/admin/unit/{unit.id}/edit", remark="改", row_version="1")
    assert locks.SENTENCE in answer.words


@on_sqlite
def test_the_checklist_stands_in_english(at):
    desk = at(Role.sub_delegation)
    desk.post("/language/en")
    page = desk.get(own(desk))
    assert "units waiting for first review" in page.words
    assert "Not locked" in page.words
