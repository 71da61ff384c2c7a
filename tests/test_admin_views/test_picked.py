"""Rows ticked on several pages, seen together; and the way back right after a move."""

import time

import pytest

from models import UnitStatus
from tests import factories
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import DRAFT, OPINION, PENDING, RETURNED, states, titles

pytestmark = [on_sqlite, pytest.mark.usefixtures("units")]


def test_ticked_rows_are_shown_together_with_the_moves(desk, units, system):
    page = desk.post("/admin/unit/picked", rowid=units, picked="mark")
    assert (page.status, "单位：已选 3 条" in page.words) == (200, True)
    assert sorted(row[1] for row in page.rows) == sorted(titles(system, units))
    assert page.buttons["退回修改"] == "/admin/unit/moves"
    assert page.fields["rowid"] in map(str, units)


def test_rows_that_are_gone_or_not_the_readers_are_left_out_with_a_word(desk, units, system, world):
    with system() as session:
        foreign = factories.unit(session, world.edition, world.other_sub).id
        deleted = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.deleted, uscc=None).id
    page = desk.post("/admin/unit/picked", rowid=[*units, foreign, deleted, 999_999])
    assert "有 3 条已删除或不在您的管理范围内，已从选择中去掉。" in page.words
    assert sorted(row[1] for row in page.rows) == sorted(titles(system, units))


def test_nothing_ticked_too_much_ticked_and_junk_lead_back_with_a_sentence(desk):
    nothing = desk.post("/admin/unit/picked")
    assert "请先勾选要办理的记录" in desk.get(nothing.location).words
    many = desk.post("/admin/unit/picked", rowid=list(range(1, 1_002)))
    assert "一次最多勾选 1000 条" in desk.get(many.location).words
    assert desk.post("/admin/unit/picked", rowid="x").status == 400
    assert desk.post("/admin/edition/picked", rowid="1").status == 404


def test_the_list_names_its_choice_by_filter_and_account_and_by_nothing_that_was_searched(desk, world, system):
    with system() as session:
        number = factories.resident_id(7)
        factories.person(session, factories.unit(session, world.edition, world.sub), id_no=number)
    marks = [
        desk.get(f"/admin/unit/?{query}").fields["picked"]
        for query in ("", "size=20&page=1", "city=福州市", "sort=name")
    ]
    assert (marks[0], marks[0], marks[0]) == (marks[1], marks[3], desk.get("/admin/unit/").fields["picked"])
    assert marks[2] != marks[0]
    searched = desk.get(desk.post("/admin/person/search", search=number).location)
    assert number not in searched.response.text
    assert len(searched.fields["picked"]) == 26


def test_after_a_move_that_can_be_taken_back_the_next_pages_offer_it(desk, units, system):
    receipt = desk.get(desk.confirm(desk.preview("unit", "pass_first_review", [units[0]])).location)
    assert "已办理 1 条 撤销" in receipt.words
    listed = desk.get("/admin/unit/")
    undo = listed.buttons["撤销"]
    undone = desk.get(desk.post(undo).location)
    assert states(system) == [PENDING, DRAFT, PENDING]
    assert "已办理 1 条 撤销" not in undone.words


def test_what_is_not_there_looks_the_same_right_after_a_move(desk, units):
    desk.confirm(desk.preview("unit", "pass_first_review", [units[0]]))
    assert "撤销" not in desk.get("/admin/unit/999999").buttons


def test_the_offer_ends_after_its_seconds(desk, units, monkeypatch):
    desk.confirm(desk.preview("unit", "pass_first_review", [units[0]]))
    later = time.time() + 11
    monkeypatch.setattr("admin_views.toast.time.time", lambda: later)
    assert "已办理 1 条 撤销" not in desk.get("/admin/unit/").words


def test_what_cannot_be_taken_back_is_not_offered(desk, units, system):
    page = desk.preview("unit", "return_for_edit", [units[0]])
    desk.confirm(page, opinion=OPINION)
    offered = "撤销" in desk.get("/admin/unit/").buttons
    assert (states(system)[0], offered) == (RETURNED, True)
    name = titles(system, [units[1]])[0]
    desk.confirm(desk.preview("unit", "delete", [units[1]]), reason="重复登记，另行报名", confirm_typed=name)
    assert "撤销" not in desk.get("/admin/unit/").buttons
