"""The story of a row: edits, moves in one row and in bulk, what hangs on it; for those who see the row."""

import pytest
from sqlalchemy import select

from models import Label, QuotaAllocation, ReviewRecord, ReviewStep, Role, Unit, UnitStatus
from tests import factories
from tests.test_admin_views._desk import OPINION, PENDING, WAITING, Desk, statements
from workflow import engine, history
from workflow.actors import acting, actor_for
from workflow.saving import edit


def told(system, noun, number, lang="zh"):
    """Return the story, the oldest first, without moments."""
    with system() as session:
        found = history.of(session, noun, number, lang=lang)
    return [(entry.actor, entry.action_label, entry.tone, entry.changes, entry.reason) for entry in reversed(found)]


@pytest.fixture
def act(system, world):
    """Give ``act(role, noun, move, ids, answers)``: a move by an account of the role; returns the batch's reference."""

    def run(role, noun, move, ids, answers=None):
        with system() as session:
            actor = actor_for(session, world.accounts[role])
            with acting(session, actor):
                batch = engine.run(session, actor, noun, move, ids, answers)
                session.flush()
                session.refresh(batch)
                return batch

    return run


def test_an_edit_and_a_bulk_move_are_told_alike_with_labels_and_words(system, world, act, units):
    clerk = world.accounts[Role.sub_delegation]
    with system() as session:
        actor = actor_for(session, clerk)
        with acting(session, actor):
            edit(session, actor, session.get_one(Unit, units[0]), {"city": "泉州市", "is_returning": True}, 1)
    batch = act(Role.sub_delegation, "unit", "return_for_edit", units, {"opinion": OPINION})
    created, edited, returned = told(system, "unit", units[0])
    assert created[:3] == ("系统", "新增", "success")
    assert ("审核状态", "", "待初审") in created[3]
    assert ("交易团/分团", "", "福州分团") in created[3]
    assert edited[:3] == (clerk.name, "编辑", "info")
    assert {("所在城市", "福州市", "泉州市"), ("往届观众", "否", "是")} <= set(edited[3])
    assert returned == (
        clerk.name, "退回修改", "danger", (("审核状态", "待初审", "退回修改"), ("审核意见", "", OPINION)), OPINION,
    )  # fmt: skip
    with system() as session:
        last = history.of(session, "unit", units[0])[0]
    assert (last.batch_ref, last.role) == (batch.ref, "分团管理员")


def test_a_units_story_tells_of_its_quota_its_transfer_requests_and_its_new_place_by_name(system, world, act):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=PENDING)
        factories.allocation(session, unit, Label.VIP, allotted=3)
    act(
        Role.sub_delegation,
        "unit",
        "request_transfer",
        [unit.id],
        {"target": world.foreign_sub.id, "reason": "属地在浙江"},
    )
    labels = [entry[1] for entry in told(system, "unit", unit.id)]
    assert labels == ["新增", "单位额度（VIP）：新增", "申请指定", "指定申请：新增"]
    request = told(system, "unit", unit.id)[-1]
    assert ("接收方", "", "杭州分团") in request[3]
    with system() as session:
        session.delete(session.scalars(select(QuotaAllocation)).one())
    act(Role.secretariat, "transfer_request", "withdraw", [1])
    act(Role.sub_delegation, "unit", "assign", [unit.id], {"target": world.other_sub.id})
    moved = told(system, "unit", unit.id)[-1]
    assert (moved[1], moved[3]) == ("指定给其他分团", (("交易团/分团", "福州分团", "厦门分团"),))


def test_a_persons_story_tells_of_the_ledger_and_the_certificates(system, world, act):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.approved)
        person = factories.person(session, unit, review_status=WAITING)
    act(Role.sub_delegation, "person", "confirm_group_pay", [person.id])
    act(Role.secretariat, "person", "hand_over_to_security", [person.id])
    act(Role.secretariat, "person", "security_pass", [person.id])
    entries = {entry[1]: entry for entry in told(system, "person", person.id)}
    assert list(entries) == ["新增", "统付台账：确认", "确认代付", "移交安全审核", "安全审核通过", "证件：进入待制证"]
    assert entries["统付台账：确认"][3] == (("金额（元）", "", "200.00"), ("代付单位", "", "福州分团"))
    assert ("缴费状态", "待确认", "已确认代付") in entries["确认代付"][3]
    assert ("证件费（元）", "", "200.00") in entries["确认代付"][3]
    assert entries["证件：进入待制证"][3] == (("证件状态", "", "待制证"),)


def test_reviews_brought_along_from_elsewhere_are_told_once(system, world, act):
    clerk = world.accounts[Role.sub_delegation]
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=PENDING)
        person = factories.person(session, unit)
        kept = {**factories.owner(unit), "step": ReviewStep.first_review, "action": "退回修改", "opinion": OPINION}
        session.add_all([
            ReviewRecord(**kept, by_id=clerk.id, at=factories.NOW.replace(year=2020)),
            ReviewRecord(**kept, person_id=person.id, by_id=None, at=factories.NOW.replace(year=2021)),
        ])  # fmt: skip
    act(Role.sub_delegation, "unit", "return_for_edit", [unit.id], {"opinion": OPINION})
    assert [entry[:2] for entry in told(system, "unit", unit.id)] == [
        (clerk.name, "初审：退回修改"), ("系统", "新增"), (clerk.name, "退回修改"),
    ]  # fmt: skip
    assert told(system, "person", person.id)[0] == ("系统", "初审：退回修改", "info", (), OPINION)
    with system() as session:
        assert [history.size(session, noun, row.id) for noun, row in (("unit", unit), ("person", person))] == [3, 2]


def test_an_undone_move_and_an_unknown_note_are_told(system, world, act, units):
    batch = act(Role.sub_delegation, "unit", "return_for_edit", units[:1], {"opinion": OPINION})
    with system() as session:
        actor = actor_for(session, world.accounts[Role.sub_delegation])
        with acting(session, actor):
            engine.undo(session, actor, session.merge(batch))
    last = told(system, "unit", units[0])[-1]
    assert last[1:4] == ("撤销“退回修改”", "warning", (("审核状态", "退回修改", "待初审"), ("审核意见", OPINION, "")))
    assert [history.action_label("unit.something"), history.action_label("account.login")] == ["something", "登录"]


def test_numbers_stay_masked_and_english_is_told_in_english(system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub)
        person = factories.person(session, unit, id_no=factories.resident_id(7), mobile="13800138000")
    changes = {label: (before, after) for label, before, after in told(system, "person", person.id)[0][3]}
    assert (changes["手机号码"], changes["证件号码"][1][3:14]) == (("", "138****8000"), "*" * 11)
    english = told(system, "person", person.id, "en")[0]
    assert (english[1], ("Review status", "", "Draft") in english[3]) == ("Created", True)


def test_the_page_tells_the_newest_first_and_leads_to_the_receipt(client, login, world, units, act):
    batch = act(Role.sub_delegation, "unit", "return_for_edit", units, {"opinion": OPINION})
    desk = Desk(client, login, world.accounts[Role.sub_delegation])
    page = desk.get(f"/admin/unit/{units[0]}/history")
    assert page.words.index("退回修改") < page.words.index("新增")
    assert page.links["所属批次"] == f"/admin/batch/{batch.ref}/receipt"
    assert page.links["返回"] == f"/admin/unit/{units[0]}"


def test_a_receipt_of_another_node_is_no_link(client, login, world, system, act):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=PENDING)
    act(Role.secretariat, "unit", "assign", [unit.id], {"target": world.other_sub.id})
    with system() as session:
        receiver = factories.account(session, world.other_sub)
    page = Desk(client, login, receiver).get(f"/admin/unit/{unit.id}/history")
    assert ("指定给其他分团" in page.words, "所属批次" in page.links) == (True, False)


def test_who_does_not_see_the_row_does_not_see_its_story(client, login, world, system, units):
    with system() as session:
        foreign = factories.unit(session, world.edition, world.other_sub).id
        gone = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.deleted).id
    desk = Desk(client, login, world.accounts[Role.sub_delegation])
    paths = [f"/admin/unit/{number}/history" for number in (units[0], foreign, gone, 999999, 10**20)]
    paths += ["/admin/nothing/1/history", "/admin/account/1/history"]
    assert [desk.get(path).status for path in paths] == [200, 404, 404, 404, 404, 404, 404]


@pytest.mark.parametrize(
    ("role", "status"), [(Role.secretariat, 200), (Role.auditor, 200), (Role.security, 403), (Role.sysadmin, 403)]
)
def test_the_story_is_for_roles_that_may_read_the_row(client, login, world, units, role, status):
    assert Desk(client, login, world.accounts[role]).get(f"/admin/unit/{units[0]}/history").status == status


def test_a_long_story_has_pages_and_a_constant_number_of_statements(client, login, app, world, system, units):
    desk, counts = Desk(client, login, world.accounts[Role.sub_delegation]), []
    for number in (1, 50, 80):
        for _ in range(number):
            with system() as session:
                session.get_one(Unit, units[0]).remark = f"第{session.get_one(Unit, units[0]).row_version}次"
                session.get_one(Unit, units[0]).row_version += 1
        counts.append(statements(app, desk, f"/admin/unit/{units[0]}/history"))
    assert counts[0] == counts[1]
    first, second = (desk.get(f"/admin/unit/{units[0]}/history?page={number}") for number in (1, 2))
    assert [page.words.count("编辑 系统") for page in (first, second)] == [100, 31]
