"""The preview and saying yes: nothing happens that was not shown, and nothing happens twice."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from models import (
    Audit,
    Batch,
    BatchStatus,
    Label,
    Person,
    PersonStatus,
    QuotaPool,
    ReviewRecord,
    Role,
    Unit,
    UnitStatus,
)
from tests import factories
from tests.test_admin_views._desk import DRAFT, OPINION, PENDING, RETURNED, WAITING, cap, statements, states, titles
from workflow.ledger import CapExceeded
from workflow.quota import QuotaShort


def test_the_preview_tells_what_will_change_and_what_will_not_and_why(desk, units, system):
    page = desk.preview("unit", "return_for_edit", units)
    first, second, third = titles(system, units)
    assert page.figures == ["2 将办理", "1 不能办理", "2 待初审 变为 退回修改"]
    assert [(row[0][: len(first)], *row[1:]) for row in page.rows] == [
        (first, "待初审", "退回修改"), (third, "待初审", "退回修改"),
    ]  # fmt: skip
    assert f"不能办理 1 条 1 当前状态“待提交”不能“退回修改”，须为：待初审、待复审 {second}" in page.words
    assert "将同时发生 审核意见显示在单位的登录页面内" in page.words
    assert states(system) == [PENDING, DRAFT, PENDING]


def test_a_second_click_has_no_second_effect_and_shows_the_first_receipt(desk, units, system):
    page = desk.preview("unit", "return_for_edit", units)
    answers = [desk.confirm(page, opinion=OPINION) for _ in range(2)]
    assert [(answer.status, answer.location) for answer in answers] == [(303, f"{page.address}/receipt")] * 2
    assert len(states(system, ReviewRecord.id)) == 2
    assert desk.get(page.address).location == f"{page.address}/receipt"


def test_what_is_missing_is_told_at_its_field_and_what_was_filled_in_stays(desk, units, system):
    answer = desk.confirm(desk.preview("unit", "return_for_edit", units), opinion="短")
    assert (answer.status, answer.fields["opinion"]) == (422, "短")
    assert "尚未办理，请先修改： 审核意见 ：“审核意见”须为 5 至 500 个字" in answer.words
    assert states(system) == [PENDING, DRAFT, PENDING]
    assert desk.confirm(answer, opinion=OPINION).status == 303


def test_a_row_changed_meanwhile_makes_the_page_ask_again_with_the_answers_kept(desk, units, system):
    page = desk.preview("unit", "return_for_edit", units)
    with system() as session:
        session.get_one(Unit, units[0]).row_version += 1
    answer = desk.confirm(page, opinion=OPINION)
    assert (answer.status, answer.fields["opinion"], answer.figures[:2]) == (409, OPINION, ["1 将办理", "2 不能办理"])
    assert "情况已变化：可办理的数量与刚才显示的不同，请核对后再次确认" in answer.words
    assert "预览后已被他人修改，请重新选择后办理" in answer.words
    assert states(system) == [PENDING, DRAFT, PENDING]
    assert desk.confirm(answer).status == 303
    assert states(system) == [PENDING, DRAFT, RETURNED]


@pytest.mark.parametrize("signature", ["", "0" * 32, None])
def test_without_the_signature_of_the_page_nothing_is_done(desk, units, system, signature):
    page = desk.preview("unit", "return_for_edit", units)
    page.fields.pop("signature")
    assert desk.confirm(page, opinion=OPINION, signature=signature).status == 409
    assert states(system) == [PENDING, DRAFT, PENDING]


def test_a_short_cap_tells_what_is_needed_and_left_and_asks_to_agree_to_the_first_that_fit(
    desk, persons, system, world
):
    cap(system, world, 60000)
    page = desk.preview("person", "confirm_group_pay", persons)
    assert (
        "统付额度 需 1,000.00 元，剩余 600.00 元 不够：按登记先后，可先办理前 3 条 只办理前 3 条，其余 2 条这次不办理"
        in page.words
    )
    assert "办理后不能撤销。 “确认代付”后不可更改" in page.words
    refused = desk.confirm(page)
    assert (refused.status, "请勾选只办理前 3 条，或返回调整" in refused.words) == (422, True)
    assert states(system, Person.review_status) == [WAITING] * 5
    receipt = desk.get(desk.confirm(refused, accept_partial="y").location)
    assert states(system, Person.review_status) == [PersonStatus.pending_review] * 3 + [WAITING] * 2
    assert [(row[1], row[4]) for row in receipt.rows] == [("已办理", "")] * 3 + [
        ("未办理", "额度不足，排在后面的未能办理")
    ] * 2


def test_an_exhausted_cap_offers_nothing_to_agree_to(desk, persons, system, world):
    cap(system, world, 10000)
    page = desk.preview("person", "confirm_group_pay", persons)
    assert "不够：一条也不能办理，请先调整额度" in page.words
    assert ("accept_partial" in page.fields, [label for label in page.buttons if label.startswith("确认代付")]) == (
        False,
        [],
    )


def test_a_cap_that_shrinks_after_the_page_was_shown_asks_again(desk, persons, system, world):
    page = desk.preview("person", "confirm_group_pay", persons)
    assert "够用，办理后剩余 9,000.00 元" in page.words
    cap(system, world, 40000)
    answer = desk.confirm(page)
    assert (answer.status, answer.fields["accept_partial"]) == (409, None)
    assert "可先办理前 2 条" in answer.words
    assert states(system, Person.review_status) == [WAITING] * 5


def test_an_answer_that_decides_is_judged_before_anything_is_confirmed(desk, persons, system, world):
    with system() as session:
        unit = session.get_one(Person, persons[0]).unit_id
        factories.allocation(session, session.get_one(Unit, unit), Label.VIP, allotted=2)
    page = desk.preview("person", "upgrade_label", persons)
    assert list(page.buttons)[-1:] == ["下一步：核对"]
    answer = desk.confirm(page, label="VIP")
    assert (answer.status, answer.fields["label"]) == (409, "VIP")
    assert "填写内容已变，以下是重新核对的结果，请核对后再确认" in answer.words
    assert "本单位VIP额度 需 5 个，剩余 2 个 不够（各单位、各分团分别计算）：可先办理 2 条" in answer.words
    assert answer.figures == ["2 将办理", "3 不能办理", "2 专业观众 变为 VIP"]
    pool = desk.refresh(answer, from_pool="y")
    assert "分团VIP余额 需 5 个，剩余 78 个 够用，办理后剩余 73 个" in pool.words
    assert (pool.status, pool.fields["from_pool"]) == (200, "y")
    assert desk.confirm(pool).status == 303
    assert states(system, Person.label) == [Label.VIP] * 5
    with system() as session:
        left = select(QuotaPool.allocated).where(QuotaPool.delegation_id == world.sub.id, QuotaPool.label == Label.VIP)
        assert session.scalars(left).all() == [27]


def test_a_target_is_chosen_by_number_or_typed_by_name_and_named_before_the_unit_goes(desk, units, system, world):
    page = desk.preview("unit", "assign", units)
    unknown = desk.refresh(page, target="没有的分团")
    assert (unknown.status, "没有“没有的分团”这个交易团/分团，请从列表中选择" in unknown.words) == (422, True)
    by_name = desk.refresh(page, target="厦门分团")
    assert (by_name.status, by_name.figures) == (200, ["3 将办理", "0 不能办理", "3 福州分团 变为 厦门分团"])
    abroad = desk.refresh(by_name, target=str(world.foreign_sub.id))
    assert "所选交易团在省外：请使用“申请指定”，由对方接收" in abroad.words
    again = desk.refresh(abroad, target=str(world.other_sub.id))
    receipt = desk.get(desk.confirm(again).location)
    assert states(system, Unit.delegation_id) == [world.other_sub.id] * 3
    assert [row[1:4] for row in receipt.rows] == [["已办理", "福州分团", "厦门分团"]] * 3
    assert [label for label in titles(system, units) if label in receipt.links] == []


def test_a_target_changed_on_the_way_to_yes_is_judged_first(desk, units, system, world):
    page = desk.refresh(desk.preview("unit", "assign", units), target="厦门分团")
    assert desk.confirm(page, target=str(world.below.id)).status == 409
    assert states(system, Unit.delegation_id) == [world.sub.id] * 3


def test_a_grave_move_on_one_row_asks_for_its_name(desk, units, system):
    page = desk.preview("unit", "delete", units[:1])
    (title,) = titles(system, units[:1])
    assert f"请输入以下文字以确认： {title}" in page.words
    for typed in ("", title[:-1], "确认1"):
        answer = desk.confirm(page, reason="单位重复登记", confirm_typed=typed)
        assert (answer.status, f"请输入“{title}”以确认；尚未办理" in answer.words) == (422, True)
    assert states(system) == [PENDING, DRAFT, PENDING]
    assert desk.confirm(page, reason="单位重复登记", confirm_typed=f" {title} ").status == 303
    assert states(system) == [UnitStatus.deleted, DRAFT, PENDING]


def test_a_grave_move_on_many_rows_asks_for_their_number(desk, units, system):
    page = desk.preview("unit", "delete", units)
    assert "请输入以下文字以确认： 确认3" in page.words
    assert desk.confirm(page, reason="单位重复登记", confirm_typed="确认2").status == 422
    assert desk.confirm(page, reason="单位重复登记", confirm_typed="确认 3").status == 303
    assert states(system) == [UnitStatus.deleted] * 3


@pytest.mark.parametrize(
    ("failure", "sentence", "status"),
    [
        (IntegrityError("INSERT", {}, Exception("unique")), "数据刚刚被其他人改动；没有办理任何一条", 409),
        (CapExceeded(), "数据刚刚被其他人改动；没有办理任何一条", 409),
        (QuotaShort("额度已被他人占用，请刷新后重试"), "额度已被他人占用，请刷新后重试；没有办理任何一条", 409),
        (OperationalError("UPDATE", {}, Exception("locked")), "系统正忙，没有办理任何一条；请稍候再次确认", 503),
    ],
)  # fmt: skip
def test_what_the_database_refuses_ends_in_the_preview_and_not_in_an_error(
    desk, units, system, monkeypatch, failure, sentence, status
):
    page = desk.preview("unit", "return_for_edit", units)

    def fail(session, *_arguments, **_options):
        session.get_one(Unit, units[0]).remark = "halfway"
        session.flush()
        raise failure

    with monkeypatch.context() as broken:
        broken.setattr("admin_views.batches.engine.confirm", fail)
        answer = desk.confirm(page, opinion=OPINION)
    assert (answer.status, sentence in answer.words, answer.fields["opinion"]) == (status, True, OPINION)
    assert (states(system), states(system, Unit.remark)) == ([PENDING, DRAFT, PENDING], [None] * 3)
    assert desk.confirm(answer).status == 303


@pytest.mark.parametrize("role", [Role.sub_delegation, Role.secretariat])
def test_nobody_sees_or_confirms_what_another_account_previews(login, desk, units, system, world, role):
    page = desk.preview("unit", "return_for_edit", units)
    with system() as session:
        node = world.sub if role is Role.sub_delegation else world.province
        colleague = factories.account(session, node, role)
    desk.post("/logout")
    login(colleague)
    assert desk.get(page.address).status == 404
    for step in ("confirm", "preview", "undo", "retry", "receipt.xlsx"):
        assert desk.post(f"{page.address}/{step}", **{**page.fields, "opinion": OPINION}).status == 404
    assert desk.get(f"{page.address}/receipt").status == 404
    assert states(system) == [PENDING, DRAFT, PENDING]


def test_no_get_changes_anything(desk, units, system):
    page = desk.preview("unit", "return_for_edit", units)
    done = desk.confirm(desk.preview("unit", "return_for_edit", units[:1]), opinion=OPINION)

    def digest():
        with system() as session:
            return [
                session.execute(select(table)).all() for table in (Batch.__table__, Unit.__table__, Audit.__table__)
            ]

    before = digest()
    for path in (page.address, done.location, f"{page.address}/receipt"):
        desk.get(path)
    for step in ("confirm", "preview", "undo", "retry", "receipt.xlsx"):
        assert desk.get(f"{page.address}/{step}").status == 405
    assert digest() == before


@pytest.mark.parametrize("ref", ["AAAAAAAAAA", "2345678923", "short", "aaaaaaaaaa"])
def test_a_reference_that_does_not_exist_is_not_found(desk, ref):
    assert (desk.get(f"/admin/batch/{ref}").status, desk.get(f"/admin/batch/{ref}/receipt").status) == (404, 404)


@pytest.mark.parametrize("noun", ["unit", "person"])
def test_the_preview_of_three_hundred_rows_asks_no_more_than_that_of_three(desk, system, world, app, noun):
    cap(system, world, 100_000_000)
    counts = []
    for number in (3, 300):
        with system() as session:
            made = [factories.unit(session, world.edition, world.sub, review_status=PENDING) for _ in range(number)]
            ids = [unit.id for unit in made]
            if noun == "person":
                ids = [factories.person(session, unit, review_status=WAITING).id for unit in made]
        move = "return_for_edit" if noun == "unit" else "confirm_group_pay"
        address = desk.choose(noun, move, ids).location
        counts.append(statements(app, desk, address))
    assert counts[0] == counts[1]


def test_a_preview_left_for_more_than_a_day_is_told_as_outdated(desk, units, system):
    page = desk.preview("unit", "return_for_edit", units)
    with system() as session:
        old = select(Batch).where(Batch.status == BatchStatus.previewed)
        session.scalars(old).one().created_at = factories.NOW.replace(year=2020)
    desk.preview("unit", "return_for_edit", units)
    answer = desk.get(page.address)
    assert (answer.status, "没有这个办理记录，或预览已过期（保留一天）；请回到列表重新选择" in answer.words) == (
        404,
        True,
    )


def test_a_page_to_go_back_to_is_one_of_ours(desk, units):
    page = desk.preview("unit", "return_for_edit", units)
    for back in ("https://evil.example/", "//evil.example/", "/admin//evil.example", "/admin/\\evil.example", "/login"):
        assert desk.get(page.address, query_string={"back": back}).links["取消"] == "/admin/unit/"
