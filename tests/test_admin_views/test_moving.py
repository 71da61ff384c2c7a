"""From a list or a details page to a preview: what may be chosen, and what is refused as a whole."""

import pytest
from sqlalchemy import select

from models import Audit, Batch, Role, Unit, UnitStatus
from tests import factories
from tests.test_admin_views._desk import PENDING, Desk


@pytest.fixture
def units(system, world):
    with system() as session:
        return [factories.unit(session, world.edition, world.sub, review_status=PENDING).id for _ in range(3)]


def batches(system):
    with system() as session:
        return session.execute(select(Batch.move, Batch.chosen, Batch.source).order_by(Batch.id)).all()


def test_ticked_rows_lead_to_the_preview_and_back_to_the_list_they_came_from(desk, units, system):
    list_address = "/admin/unit/?review_status=pending_first"
    answer = desk.choose("unit", "return_for_edit", units[:2])
    assert batches(system) == [("return_for_edit", 2, "选中的 2 条")]
    page = desk.get(f"{answer.location}?back={list_address}")
    assert page.links["取消"] == list_address


def test_a_row_button_chooses_its_row_whatever_is_ticked(desk, units, system):
    answer = desk.post("/admin/unit/moves", one=f"return_for_edit:{units[0]}", scope="query", rowid=units)
    assert (answer.status, batches(system)) == (303, [("return_for_edit", 1, "选中的 1 条")])


def test_an_id_given_twice_counts_once(desk, units, system):
    desk.choose("unit", "return_for_edit", [units[0], units[0]])
    assert batches(system) == [("return_for_edit", 1, "选中的 1 条")]


@pytest.mark.usefixtures("units")
def test_all_that_match_are_the_rows_of_the_sealed_query(desk, system, world):
    with system() as session:
        factories.unit(session, world.edition, world.sub, review_status=UnitStatus.draft)
        factories.unit(session, world.edition, world.other_sub, review_status=PENDING)
    query = desk.get("/admin/unit/?review_status=pending_first").fields["query"]
    desk.post("/admin/unit/moves", move="return_for_edit", scope="query", query=query)
    assert batches(system) == [("return_for_edit", 3, "符合条件的全部记录：审核状态是待初审")]


def test_a_query_that_is_not_the_accounts_own_leads_back_with_a_sentence(desk, system):
    query = desk.get("/admin/unit/").fields["query"]
    answer = desk.post("/admin/unit/moves", move="return_for_edit", scope="query", query=query + "x")
    assert (answer.status, answer.location, batches(system)) == (303, "/admin/unit/", [])
    assert "没有收到列表的筛选条件，请回到列表重新选择" in desk.get("/admin/unit/").words


def test_nothing_chosen_leads_back_with_a_sentence(desk, system):
    answer = desk.choose("unit", "return_for_edit", [])
    assert (answer.status, answer.location, batches(system)) == (303, "/admin/unit/", [])
    assert "请先勾选要办理的记录" in desk.get("/admin/unit/").words


def test_more_than_a_thousand_ticks_are_told_to_use_the_query(desk, system):
    answer = desk.choose("unit", "return_for_edit", range(1, 1002))
    assert (answer.status, batches(system)) == (303, [])
    assert "一次最多勾选 1000 条" in desk.get("/admin/unit/").words


@pytest.mark.parametrize("other", ["foreign", "missing", "deleted", "last edition"])
def test_one_row_that_is_not_there_refuses_the_whole_request_and_leaves_one_audit_row(
    desk, units, system, world, other
):
    with system() as session:
        made = {
            "foreign": lambda: factories.unit(session, world.edition, world.other_sub, review_status=PENDING).id,
            "missing": lambda: 999999,
            "deleted": lambda: factories.unit(session, world.edition, world.sub, review_status=UnitStatus.deleted).id,
            "last edition": lambda: (
                factories.unit(
                    session, factories.edition(session, is_current=False), world.sub, review_status=PENDING
                ).id
            ),
        }[other]()
    answer = desk.choose("unit", "return_for_edit", [*units, made])
    assert (answer.status, batches(system)) == (404, [])
    with system() as session:
        told = select(Audit.action, Audit.reason).where(Audit.noun == "unit", Audit.action != "unit.create")
        entries = session.execute(told).all()
    assert entries == [("unit.refused", "“退回修改”：所选记录中有不存在或不在管理范围内的，整批拒绝")]


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/admin/unit/moves", {"move": "no_such_move", "rowid": [1]}, 400),
        ("/admin/unit/moves", {"rowid": [1]}, 400),
        ("/admin/unit/moves", {"move": "return_for_edit", "rowid": ["1 OR 1=1"]}, 400),
        ("/admin/unit/moves", {"move": "return_for_edit", "rowid": ["1,2"]}, 400),
        ("/admin/unit/moves", {"one": "return_for_edit:"}, 400),
        ("/admin/unit/moves", {"one": "return_for_edit:99999999999999999999"}, 400),
        ("/admin/unit/moves", {"move": "pass_second_review", "rowid": [1]}, 403),
        ("/admin/unit/moves", {"move": "recognised", "rowid": [1]}, 403),
        ("/admin/fee/moves", {"move": "return_for_edit", "rowid": [1]}, 404),
        ("/admin/nothing/moves", {"move": "return_for_edit", "rowid": [1]}, 404),
    ],
)
def test_what_no_page_of_ours_sends_is_refused(desk, system, path, fields, status):
    assert (desk.post(path, **fields).status, batches(system)) == (status, [])


@pytest.mark.parametrize("role", [Role.finance, Role.auditor, Role.sysadmin, Role.security])
def test_a_role_without_the_move_is_refused(client, login, world, units, system, role):
    answer = Desk(client, login, world.accounts[role]).choose("unit", "return_for_edit", units)
    assert (answer.status, batches(system)) == (403, [])


def test_without_the_forms_token_nothing_is_staged(desk, units, system):
    answer = desk.client.post("/admin/unit/moves", data={"move": "return_for_edit", "rowid": units})
    assert (answer.status_code, batches(system)) == (400, [])


def test_staging_changes_no_row(desk, units, system):
    desk.choose("unit", "return_for_edit", units)
    with system() as session:
        assert session.execute(select(Unit.review_status, Unit.row_version)).all() == [(PENDING, 1)] * 3
