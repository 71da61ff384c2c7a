"""The decision workbook's round trip: every row's outcome, and nothing but what the dry run named (DESIGN §3.4)."""

import pytest
from sqlalchemy import select

from exchange import decision_import, decision_sheet, importing, read_child, reading
from exchange.importing import Refused
from exchange.sheet_source import SheetError
from models import (
    Audit,
    Batch,
    Certificate,
    DelegationEdition,
    Edition,
    Label,
    Person,
    PersonStatus,
    Role,
    TransferRequest,
    Unit,
    UnitStatus,
)
from tests import factories
from tests.test_exchange.decision_tables import Table, counts, exported, imported, plan, told
from tests.test_workflow import _cast
from workflow import books
from workflow.actors import Forbidden, acting
from workflow.machines import MACHINES

S, P = UnitStatus, PersonStatus
OPINION = "营业执照照片不清晰，请重新上传"
PASS, RETURN, REJECT = "初审通过并提报", "退回修改", "审核不通过"


@pytest.fixture(autouse=True)
def _in_place(monkeypatch):
    """Read without a process of its own: what that is for is shown by ``test_hostile_files``."""
    monkeypatch.setattr(reading, "_in_child", read_child.parse)


@pytest.fixture
def actors(session, world):
    return _cast.actors(session, world)


@pytest.fixture
def clerk(actors):
    return actors[Role.sub_delegation]


@pytest.fixture
def units(session, world):
    made = [
        factories.unit(session, world.edition, world.sub, review_status=S.pending_first, name=f"{n}号公司")
        for n in "甲乙丙丁"
    ]
    made.append(factories.unit(session, world.edition, world.sub, review_status=S.rejected, name="戊号公司"))
    session.commit()
    return made


def states(session, model=Unit):
    return session.scalars(select(model.review_status).order_by(model.id)).all()


@pytest.mark.usefixtures("units")
def test_each_rows_drop_down_offers_the_moves_open_to_it(session, clerk):
    table = Table(exported(session, clerk, Unit))
    assert table.offers(2) == [PASS, RETURN, "指定给其他分团", "申请指定", REJECT, "删除"]
    assert table.offers(6) == ["删除"]
    assert table.rows[0]["单位名称"] == "甲号公司"
    assert [table.cell("处理意见", row).protection.locked for row in (2, 6)] == [False, False]
    assert [table.cell("单位名称", 2).protection.locked, table.sheet.protection.sheet] == [True, True]


@pytest.mark.usefixtures("units")
def test_decisions_are_done_with_their_own_words_and_a_receipt_per_move(session, clerk):
    data = (
        Table(exported(session, clerk, Unit))
        .write(2, PASS)
        .write(3, RETURN, OPINION)
        .write(4, RETURN, "请补充采购意向")
        .saved()
    )
    planned = plan(session, clerk, "unit", data)
    assert (counts(planned), states(session)[:4]) == ({"will": 3, "blank": 2}, [S.pending_first] * 4)
    assert session.scalars(select(Batch.id)).all() == []
    done = imported(session, clerk, "unit", data)
    assert states(session) == [S.pending_second, S.returned, S.returned, S.pending_first, S.rejected]
    assert session.scalars(select(Unit.opinion).order_by(Unit.id)).all() == [
        None,
        OPINION,
        "请补充采购意向",
        None,
        None,
    ]
    batches = session.execute(select(Batch.move, Batch.done, Batch.ref, Batch.source).order_by(Batch.id)).all()
    assert [tuple(row)[:2] for row in batches] == [("pass_first_review", 1), ("return_for_edit", 2)]
    assert [each.ref for each in done.plan.done] == [row.ref for row in batches]
    assert {row.source for row in batches} == {"离线审核表 离线审核表.xlsx"}
    assert books.check(session) == []


@pytest.mark.usefixtures("units")
def test_the_same_file_again_changes_nothing(session, clerk):
    data = Table(exported(session, clerk, Unit)).write(2, PASS).write(3, RETURN, OPINION).saved()
    first = imported(session, clerk, "unit", data)
    before, last = states(session), session.scalars(select(Audit.id)).all()[-1]
    again = imported(session, clerk, "unit", data)
    assert (counts(again), states(session)) == ({"blank": 3, "same": 2}, before)
    assert told(again)[2] == ("相同", f"已办理，见办理记录 {first.plan.done[0].ref}")
    noted = session.scalars(select(Audit.action).where(Audit.id > last)).all()
    assert {action.partition(".")[0] for action in noted} == {"import_job", "unit"}
    assert [action for action in noted if action.startswith("unit.")] == ["unit.import"]


def test_a_row_changed_since_says_by_whom_to_what(session, world, clerk, units):
    table = Table(exported(session, clerk, Unit)).write(2, PASS).write(3, RETURN, OPINION)
    colleague = _cast.clerk_of(session, world.sub)
    _cast.done(
        session, colleague, "unit", "return_for_edit", [unit.id for unit in units[:2]], {"opinion": "请补充材料说明"}
    )
    session.commit()
    planned = plan(session, clerk, "unit", table.saved())
    assert counts(planned) == {"blank": 3, "same": 1, "stale": 1}
    fate, why = told(planned)[2]
    assert fate == "已变化"
    assert why.startswith("处理意见 ")
    assert f"由 {colleague.name} 修改（审核状态 待初审→退回修改；审核意见 —→请补充材料说明）" in why
    assert told(planned)[3] == ("相同", "已是“退回修改”")


@pytest.mark.usefixtures("units")
def test_a_move_that_is_not_open_says_the_guards_sentence(session, world, clerk):
    own = factories.unit(
        session, world.edition, world.sub, review_status=S.pending_first, submitted_by_id=clerk.account_id
    )
    session.commit()
    table = Table(exported(session, clerk, Unit, Unit.id == own.id))
    assert PASS not in table.offers(2)
    planned = plan(session, clerk, "unit", table.write(2, PASS).saved())
    assert (
        told(planned)[2][1].split("：", 1)[1]
        == "代为提交的人不能初审，请由本分团其他账号办理，请清空处理意见，或待可办理时重新导出"
    )


@pytest.mark.usefixtures("units")
def test_every_mistake_is_named_with_its_cell(session, clerk):
    table = Table(exported(session, clerk, Unit))
    table.write(2, RETURN, "太短").write(3, "随便").write(4, words=OPINION).write(5, "=A1").write(
        6, "指定给其他分团", 接收方="不存在团"
    )
    found = [list(told) for told in plan(session, clerk, "unit", table.saved()).page()["errors"]]
    letter = {title: table.cell(title, 2).column_letter for title in table.places}
    assert found == [
        [2, f"意见 {letter['意见']}2", "太短", "“审核意见”须为 5 至 500 个字", "请补充后重新上传"],
        [3, f"处理意见 {letter['处理意见']}3", "随便", "没有“随便”这项操作", "请从下拉列表中选择"],
        [4, f"处理意见 {letter['处理意见']}4", "", "填写了意见，但没有选择处理意见", "请从下拉列表中选择，不办理的行请全部留空"],
        [5, f"处理意见 {letter['处理意见']}5", "", "单元格是公式", "请复制后“选择性粘贴—数值”"],
        [6, f"接收方 {letter['接收方']}6", "不存在团", "没有“不存在团”这个交易团/分团", "请从下拉列表中选择"],
    ]  # fmt: skip


def test_edited_marks_repeated_and_foreign_rows_are_refused(session, world, clerk, units):
    table = Table(exported(session, clerk, Unit)).write(2, PASS).write(3, PASS).write(4, PASS).write(5, PASS)
    table.cell("行版本", 2).value = "9"
    for title in ("行编号", "行版本", "行校验"):
        table.cell(title, 4).value = table.cell(title, 3).value
    _cast.done(session, clerk, "unit", "assign", [units[3].id], {"target": str(world.other_sub.id)})
    session.commit()
    why = {row: text for row, (_, text) in told(plan(session, clerk, "unit", table.saved())).items()}
    assert "行编号、行版本或校验值被改动，或来自其他届次、其他交易团/分团，请重新导出后填写此行" in why[2]
    assert "第3、4行是同一条记录，请只保留一行" in why[3]
    assert "第3、4行是同一条记录，请只保留一行" in why[4]
    assert "记录不存在或不在您的管理范围内，请删除此行，或清空处理意见" in why[5]


@pytest.mark.usefixtures("units")
def test_another_lists_editions_or_nodes_workbook_is_refused_as_a_whole(session, world, actors, clerk):
    data = Table(exported(session, clerk, Unit)).write(2, PASS).saved()
    with pytest.raises(SheetError, match="这是“单位”的离线审核表；请在该列表上导入"):
        plan(session, clerk, "person", data)
    with pytest.raises(SheetError, match="其他交易团/分团导出"):
        plan(session, actors[Role.secretariat], "unit", data)
    session.get_one(Edition, world.edition.id).is_current = False
    factories.edition(session)
    session.commit()
    later = _cast.actors(session, world)[Role.sub_delegation]
    with pytest.raises(SheetError, match="其他届次"):
        plan(session, later, "unit", data)


@pytest.mark.parametrize(("title", "new", "sentence"), [
    ("行校验", "校验", "缺少列“行校验”，表头可能被改动"),
    ("意见", "备注", "缺少列“意见”"),
    ("单位名称", "处理意见", "列“处理意见”出现了两次"),
])  # fmt: skip
@pytest.mark.usefixtures("units")
def test_a_damaged_heading_is_told(session, clerk, title, new, sentence):
    table = Table(exported(session, clerk, Unit)).write(2, PASS)
    table.cell(title, 1).value = new
    with pytest.raises(SheetError, match=sentence):
        plan(session, clerk, "unit", table.saved())


@pytest.mark.usefixtures("units")
def test_good_rows_only_or_all_or_nothing(session, clerk):
    data = Table(exported(session, clerk, Unit)).write(2, PASS).write(3, RETURN, "太短").saved()
    with pytest.raises(Refused, match="有1行错误"):
        imported(session, clerk, "unit", data)
    session.rollback()
    assert states(session)[:2] == [S.pending_first] * 2
    done = imported(session, clerk, "unit", data, "good")
    assert (counts(done), states(session)[:2]) == (
        {"will": 1, "blank": 3, "bad": 1},
        [S.pending_second, S.pending_first],
    )


def test_what_changed_since_the_dry_run_is_not_done(session, world, clerk, units):
    data = Table(exported(session, clerk, Unit)).write(2, PASS).write(3, PASS).saved()
    with acting(session, clerk):
        job = importing.keep(session, clerk, "unit", plan(session, clerk, "unit", data))
        session.commit()
    _cast.done(
        session, _cast.clerk_of(session, world.sub), "unit", "return_for_edit", [units[0].id], {"opinion": OPINION}
    )
    session.commit()
    with pytest.raises(Refused, match="数据在预览后已变化"):
        decision_import.commit(session, clerk, "unit", job.ref, "good")
    session.rollback()
    assert states(session)[:2] == [S.returned, S.pending_first]


def test_group_pay_stops_at_the_cap_and_the_first_rows_that_fit_are_done(session, world, clerk):
    unit = factories.unit(session, world.edition, world.sub, review_status=S.approved)
    people = [factories.person(session, unit, review_status=P.pending_confirm, name=f"王{n}") for n in "一二三四"]
    spent = session.scalars(select(DelegationEdition).where(DelegationEdition.delegation_id == world.sub.id)).one()
    spent.group_pay_cap = 40_000
    session.commit()
    table = Table(exported(session, clerk, Person, Person.unit_id == unit.id))
    for row in (2, 3, 4):
        table.write(row, "确认代付")
    data = table.write(5, "取消代付").saved()
    planned = plan(session, clerk, "person", data)
    assert planned.page()["budgets"] == [["确认代付", "统付额度（元）", "600.00", "400.00", True]]
    assert counts(planned) == {"will": 3, "closed": 1}
    assert "额度不足，排在后面的未能办理" in told(planned)[4][1]
    imported(session, clerk, "person", data, "good")
    assert [person.group_pay_decision.value for person in people] == [
        "confirmed",
        "confirmed",
        "undecided",
        "cancelled",
    ]
    assert books.check(session) == []


def test_labels_share_a_pool_and_the_dry_run_tells_what_the_second_move_finds(session, world, clerk):
    unit = factories.unit(session, world.edition, world.sub, review_status=S.approved)
    factories.allocation(session, unit, Label.VIP, allotted=1)
    people = [factories.person(session, unit, review_status=P.pending_confirm, name=f"王{n}") for n in "一二三"]
    session.commit()
    table = Table(exported(session, clerk, Person, Person.unit_id == unit.id))
    table.write(2, "升级标签", 新标签="VIP").write(3, "调整标签", 新标签="VIP")
    data = table.write(4, "退回修改", OPINION).saved()
    planned = plan(session, clerk, "person", data)
    assert counts(planned) == {"will": 2, "closed": 1}
    done = imported(session, clerk, "person", data, "good")
    assert told(done)[2][0] == "未办理"  # moves go in the order of their table: 调整标签 comes before 升级标签
    assert [person.label.value for person in people] == ["PROFESSIONAL", "VIP", "PROFESSIONAL"]
    assert books.check(session) == []


def test_the_police_decide_on_what_waits_for_them(session, world, actors):
    unit = factories.unit(session, world.edition, world.sub, review_status=S.approved)
    people = [
        _cast.ready_person(session, unit, P.pending_review, name=name) for name in ("王一", "王二", "王三", "王四")
    ]
    _cast.handed_over(session, *people[:3])
    session.commit()
    police = actors[Role.security]
    table = Table(exported(session, police, Person, columns=("name", "id_no")))
    assert table.offers(2) == ["安全审核通过", "信息不符", "安全审核不通过"]
    assert "*" in table.rows[0]["证件号码"]
    data = table.write(2, "安全审核通过").write(3, "信息不符").write(4, "安全审核不通过").saved()
    planned = plan(session, police, "person", data)
    assert planned.page()["final"] == ["人员将不能参加本届进博会，额度与代付金额释放。"]
    imported(session, police, "person", data)
    assert states(session, Person) == [P.approved, P.returned, P.rejected, P.pending_review]
    again = plan(session, police, "person", data)
    assert (counts(again), states(session, Person)) == (
        {"same": 3},
        [P.approved, P.returned, P.rejected, P.pending_review],
    )


def test_transfer_requests_are_answered(session, world, units):
    receiver = _cast.clerk_of(session, world.other_sub)
    for unit in units[:2]:
        _cast.request(session, unit, world.other_sub)
    session.commit()
    model = TransferRequest
    table = (
        Table(exported(session, receiver, model)).write(2, "接收", "同意接收").write(3, "退回申请", "不属本分团范围")
    )
    imported(session, receiver, "transfer_request", table.saved())
    assert [tuple(row) for row in session.execute(select(model.status, model.answer).order_by(model.id))] == [
        ("accepted", "同意接收"), ("declined", "不属本分团范围"),
    ]  # fmt: skip
    assert units[0].delegation_id == world.other_sub.id


@pytest.mark.usefixtures("units")
def test_grave_moves_are_counted_and_what_was_typed_is_kept_in_the_trail(session, clerk):
    data = Table(exported(session, clerk, Unit)).write(2, REJECT, OPINION).write(3, "删除", "重复登记的单位").saved()
    planned = plan(session, clerk, "unit", data)
    assert (planned.page()["typed"], len(planned.page()["final"]), session.info.get("files_to_remove", [])) == (
        2,
        2,
        [],
    )
    with acting(session, clerk):
        job = importing.keep(session, clerk, "unit", planned)
        session.commit()
        decision_import.commit(session, clerk, "unit", job.ref, "all", "确认2")
        session.commit()
    changes = session.scalars(select(Audit.changes).where(Audit.action == "unit.import")).one()
    assert '"typed": "确认2"' in changes
    assert states(session)[:2] == [S.rejected, S.deleted]


@pytest.mark.usefixtures("units")
def test_who_has_no_move_gets_no_workbook_and_may_bring_none(session, actors, clerk):
    data = exported(session, clerk, Unit)
    for role in (Role.finance, Role.auditor, Role.sysadmin, Role.security):
        with pytest.raises(Forbidden):
            plan(session, actors[role], "unit", data)


def test_every_answer_has_a_column_and_every_move_a_name_of_its_own():
    for machine in MACHINES.values():
        moves = [move for move in machine.moves.values() if decision_sheet.is_for_tables(move) and not move.hidden]
        assert set(decision_sheet.answer_keys(moves)) - decision_sheet.TITLES.keys() == set()
        assert len({word for move in moves for word in (move.label, move.english)}) == 2 * len(moves)


def test_badges_are_decided_on_too(session, world, actors):
    unit = factories.unit(session, world.edition, world.sub, review_status=S.approved)
    person = _cast.ready_person(session, unit, P.approved, label=Label.VIP)
    session.commit()
    secretary = actors[Role.secretariat]
    table = Table(exported(session, secretary, Certificate, columns=("holder_name", "status")))
    move = table.offers(2)[0]
    planned = plan(session, secretary, "certificate", table.write(2, move, "请按规定办理此证").saved())
    assert (counts(planned), planned.plan.rows[0].title) == ({"will": 1}, person.name)
