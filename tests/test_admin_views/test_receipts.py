"""The receipt: every row is told of, on the page and as a file; undo, retry, and who may read it."""

import io

import openpyxl
import pytest
from sqlalchemy import select

from models import (
    Audit,
    Person,
    PersonStatus,
    Role,
    Unit,
)
from tests import factories
from tests.test_admin_views._desk import DRAFT, OPINION, PENDING, RETURNED, cap, states
from workflow.sessions import placing


def test_saying_yes_does_what_was_shown_and_leads_to_a_receipt_of_every_row(desk, units, system):
    answer = desk.confirm(desk.preview("unit", "return_for_edit", units), opinion=OPINION)
    assert (answer.status, answer.location) == (303, f"{answer.address}/receipt")
    assert states(system) == [RETURNED, DRAFT, RETURNED]
    page = desk.get(answer.location)
    assert page.figures == ["3 全部", "2 已办理", "1 未办理"]
    assert [row[1:] for row in page.rows] == [
        ["已办理", "待初审", "退回修改", ""],
        ["未办理", "待提交", "—", "当前状态“待提交”不能“退回修改”，须为：待初审、待复审"],
        ["已办理", "待初审", "退回修改", ""],
    ]
    assert f"审核意见 {OPINION}" in page.words


def test_the_receipt_shows_the_rows_of_one_outcome(desk, units):
    answer = desk.confirm(desk.preview("unit", "return_for_edit", units), opinion=OPINION)
    assert [row[1] for row in desk.get(f"{answer.location}?outcome=refused").rows] == ["未办理"]
    assert [row[1] for row in desk.get(f"{answer.location}?outcome=done").rows] == ["已办理"] * 2
    assert [row[1] for row in desk.get(f"{answer.location}?outcome=nonsense&page=-1&size=7").rows] == [
        "已办理", "未办理", "已办理",
    ]  # fmt: skip


def test_a_long_receipt_has_pages(desk, system, world):
    with system() as session:
        ids = [factories.unit(session, world.edition, world.sub, review_status=PENDING).id for _ in range(60)]
    answer = desk.confirm(desk.preview("unit", "return_for_edit", ids), opinion=OPINION)
    pages = [desk.get(f"{answer.location}?size=50&page={number}") for number in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [50, 10, 10]


def test_rows_that_a_move_takes_along_have_receipts_of_their_own(desk, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=PENDING)
        factories.person(session, unit, review_status=PersonStatus.submitted, name="王一")
    page = desk.preview("unit", "reject", [unit.id])
    receipt = desk.get(desk.confirm(page, opinion=OPINION, confirm_typed=unit.name).location)
    child = desk.get(receipt.links["人员：随单位审核不通过"])
    assert [row[1:4] for row in child.rows] == [["已办理", "已提交（待单位审核）", "审核不通过"]]
    assert child.links["所属：单位审核不通过"] == receipt.response.request.path


def test_undoing_puts_back_and_has_a_receipt_and_undoing_twice_shows_it_again(desk, units, system):
    done = desk.confirm(desk.preview("unit", "return_for_edit", units), opinion=OPINION)
    assert "撤销整批" in desk.get(done.location).buttons
    answers = [desk.post(f"{done.address}/undo") for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert states(system) == [PENDING, DRAFT, PENDING]
    page = desk.get(answers[0].location)
    assert "撤销“退回修改”：回执" in page.words
    assert [row[1:4] for row in page.rows] == [["已办理", "退回修改", "待初审"]] * 2
    assert "撤销整批" not in page.words
    first = desk.get(done.location)
    assert first.figures == ["3 全部", "0 已办理", "1 未办理", "2 已撤销"]
    assert first.links["单位：撤销“退回修改”"] == answers[0].location


def test_what_cannot_be_undone_says_why_and_stays(desk, persons, system):
    done = desk.confirm(desk.preview("person", "confirm_group_pay", persons))
    page = desk.get(done.location)
    assert ("撤销整批" in page.buttons, "“确认代付”办理后不可撤销" in page.response.text) == (False, True)
    assert desk.post(f"{done.address}/undo").location == done.location
    assert "“确认代付”办理后不可撤销" in desk.get(done.location).words
    assert states(system, Person.review_status) == [PersonStatus.pending_review] * 5


def test_what_was_left_undone_is_chosen_again_with_the_same_answers(desk, units, system):
    done = desk.confirm(desk.preview("unit", "return_for_edit", units), opinion=OPINION)
    with system() as session, placing():
        session.get_one(Unit, units[1]).review_status = PENDING
    again = desk.get(desk.post(f"{done.address}/retry").location)
    assert (again.figures[:2], again.fields["opinion"]) == (["1 将办理", "0 不能办理"], OPINION)
    assert f"办理记录 {done.address[-10:]} 中未办理的记录" in again.words


def test_the_receipt_as_a_workbook_holds_what_the_page_shows(desk, persons, system, world):
    cap(system, world, 60000)
    done = desk.confirm(desk.preview("person", "confirm_group_pay", persons), accept_partial="y")
    answer = desk.client.post(
        f"{done.address}/receipt.xlsx", data={"csrf_token": desk.get(done.location).fields["csrf_token"]}
    )
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data))["回执"]
    assert [[cell.value for cell in row][:1] + [cell.value for cell in row][2:] for row in sheet.iter_rows()] == [
        ["人员", "单位", "结果", "办理前", "办理后", "原因"],
        *([f"王{name}", unit_of(system, persons), "已办理", "待确认", "待审核", None] for name in "一二三"),
        *(
            [f"王{name}", unit_of(system, persons), "未办理", "待确认", None, "额度不足，排在后面的未能办理"]
            for name in "四五"
        ),
    ]
    assert "filename*=UTF-8''%E5%9B%9E%E6%89%A7_" in answer.headers["Content-Disposition"]
    with system() as session:
        assert session.scalars(select(Audit.changes).where(Audit.action == "batch.export")).all() == ['{"行数": 5}']


def unit_of(system, persons):
    with system() as session:
        return session.get_one(Unit, session.get_one(Person, persons[0]).unit_id).name


@pytest.mark.parametrize(
    ("role", "node", "status"),
    [
        (Role.sub_delegation, "sub", 200), (Role.secretariat, "province", 200), (Role.auditor, "province", 200),
        (Role.sub_delegation, "below", 404), (Role.sub_delegation, "other_sub", 404),
        (Role.secretariat, "other_province", 404), (Role.sub_delegation, "foreign_sub", 404),
        (Role.security, "province", 404), (Role.finance, "province", 404), (Role.sysadmin, "province", 404),
    ],
)  # fmt: skip
def test_a_receipt_is_for_the_nodes_own_admins_and_those_above(desk, login, units, system, world, role, node, status):
    done = desk.confirm(desk.preview("unit", "return_for_edit", units), opinion=OPINION)
    with system() as session:
        reader = factories.account(session, getattr(world, node), role)
    desk.post("/logout")
    login(reader)
    assert desk.get(done.location).status == status
    assert desk.post(f"{done.address}/receipt.xlsx").status == status
    assert desk.post(f"{done.address}/undo").status == (303 if status == 200 else 404)
    assert states(system) == [RETURNED, DRAFT, RETURNED]


def test_states_and_moves_are_told_in_english_on_the_page_and_in_the_file(desk, units):
    desk.post("/language/en")
    page = desk.preview("unit", "return_for_edit", units)
    assert "Return for edit" in page.words
    assert [row[1:] for row in page.rows] == [["Pending first review", "Returned"]] * 2
    done = desk.confirm(page, opinion=OPINION)
    assert [row[1:4] for row in desk.get(done.location).rows] == [
        ["Done", "Pending first review", "Returned"],
        ["Not done", "Draft", "—"],
        ["Done", "Pending first review", "Returned"],
    ]
    answer = desk.client.post(
        f"{done.address}/receipt.xlsx", data={"csrf_token": desk.get(done.location).fields["csrf_token"]}
    )
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data))["Receipt"]
    assert [cell.value for cell in sheet[1]] == ["Unit", "Reference", "Outcome", "Before", "After", "Reason"]


def test_the_list_of_batches_leads_to_the_receipts(desk, units):
    done = desk.confirm(desk.preview("unit", "return_for_edit", units), opinion=OPINION)
    desk.preview("unit", "return_for_edit", units)
    answers = [desk.get(f"/admin/batch/{number}") for number in (1, 2, 3)]
    assert [(answer.status, answer.location) for answer in answers] == [(302, done.location), (404, None), (404, None)]
