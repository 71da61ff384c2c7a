"""The main job, walked in a browser as the sub-delegation of Xiamen and its colleagues do it (notice §五)."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.fair import fee_of
from models import Certificate, DelegationEdition, Person, PersonStatus, Unit, UnitGroupPay, UnitStatus
from tests.product import Product
from tests.test_browser import exports
from tests.test_browser.people import People
from tests.test_browser.registering import import_quota, register_its_persons, register_the_unit, submit_on_behalf
from tests.test_browser.walk import FIRST, PERSONS, SECOND, UNIT, VIP, Walk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
OPINION = "营业执照照片不清晰，请重新上传"
SENTENCE = "请补充缺少的必填项后重新提交"  # one of those at hand
FEE = 20_000  # 分, of a professional visitor for the whole fair


def test_the_main_job(people: People, served: Product, stored: Any, tmp_path: Path) -> None:
    walk = Walk(people, stored, tmp_path)
    import_quota(walk)
    register_the_unit(walk)
    register_its_persons(walk)
    submit_on_behalf(walk)
    review_and_return_for_edit(walk)
    edit_and_review_again(walk)
    confirm_group_pay_with_the_cap_short(walk)
    pass_the_security_check(walk)
    upgrade_a_visitor_to_vip(walk)
    assign_a_unit_to_another_sub_delegation(walk)
    export_what_the_lists_show(walk)
    for command, sentence in (("check-books", "账目一致"), ("verify-audit", "审计日志完整")):
        done = served.command(command)
        assert (done.returncode, done.stdout + done.stderr) == (0, f"{sentence}\n")


def review_and_return_for_edit(walk: Walk) -> None:
    assert "初审通过并提报" not in walk.unit("xiamen1").moves()  # whoever submitted does not review
    walk.unit("xiamen2").act("初审通过并提报").confirm()
    assert walk.found()[1] is UnitStatus.pending_second

    preview = walk.unit("fj_mishu1").act("退回修改")
    preview.page.get_by_role("button", name=SENTENCE).click()
    assert preview.form.field("审核意见").input_value() == SENTENCE
    preview.form.fill({"审核意见": OPINION})
    preview.confirm()
    assert walk.found()[1] is UnitStatus.returned
    assert walk.unit("xiamen1").fact("审核意见") == OPINION


def edit_and_review_again(walk: Walk) -> None:
    desk = walk.unit("xiamen1")
    desk.edit().fill({"详细地址": "思明区湖滨南路102号"}).save()
    assert desk.messages == ["已保存"]
    desk.act("重新提交").confirm()
    walk.unit("xiamen2").act("初审通过并提报").confirm()
    receipt = walk.unit("fj_mishu1").act("复审通过").confirm()
    assert [row[1:4] for row in receipt.rows] == [["已办理", "待复审", "审核通过"]]
    assert [row.split()[1] for row in walk.unit("xiamen1").related("人员")] == ["待确认"] * 3


def confirm_group_pay_with_the_cap_short(walk: Walk) -> None:
    desk = walk.at("xiamen1")
    needed = _make_the_cap_short(walk)
    preview = desk.menu("人员").filter({"审核状态": "待确认"}).choose_all_matching().act("确认代付")
    assert "办理后不能撤销" in preview.warning
    assert preview.budget.startswith(
        f"统付额度 需 {needed / 100:,.2f} 元，剩余 {(needed - FEE) / 100:,.2f} 元 不够：按登记先后，可先办理前"
    )
    assert {VIP, FIRST} <= set(preview.will)
    assert SECOND in preview.cannot

    preview.confirm()  # without agreeing to a part
    assert "尚未办理" in desk.words
    preview.page.get_by_label("只办理前").check()
    receipt = preview.confirm()
    left = [row for row in receipt.rows if row[1] != "已办理"]
    assert [(row[0].split()[0], row[1], row[2], row[3]) for row in left if row[0].startswith(SECOND)] == [
        (SECOND, "未办理", "待确认", "—")
    ]
    sheet = exports.read_xlsx(receipt.download(walk.folder))
    assert [
        [f"{row[0]} {row[2]}", row[3], row[4] or "—", row[5] or "—", row[6] or ""] for row in sheet[1:]
    ] == receipt.rows
    with walk.stored() as session:
        spent = session.scalars(
            select(DelegationEdition).where(DelegationEdition.delegation_id == _node(session))
        ).one()
        assert spent.group_pay_committed == spent.group_pay_cap
        waiting = select(Person.name).where(
            Person.review_status == PersonStatus.pending_confirm, Person.name.in_(PERSONS)
        )
        assert session.scalars(waiting).all() == [SECOND]


def _node(session: Session) -> int:
    return session.scalars(select(Unit.delegation_id).where(Unit.name == UNIT)).one()


def _make_the_cap_short(walk: Walk) -> int:
    """Set the cap, on its form, so that all but the last of those waiting fit; return what all of them need."""
    with walk.stored() as session:
        node = _node(session)
        spent = session.scalars(select(DelegationEdition).where(DelegationEdition.delegation_id == node)).one()
        waiting = session.execute(
            select(Person.label, Person.period)
            .join(Unit, Unit.id == Person.unit_id)
            .where(
                Person.delegation_id == node,
                Person.review_status == PersonStatus.pending_confirm,
                Unit.group_pay_enabled != UnitGroupPay.OFF,
            )
        )
        needed = sum(fee_of(label, period) for label, period in waiting)
        cap = spent.group_pay_committed + needed - FEE
    desk = walk.at("xiamen1")
    desk.menu("分团届次设置").open("厦门分团")
    desk.edit().fill({"统付额度（元）": str(cap // 100)}).save()
    assert desk.messages == ["已保存"]
    return needed


def pass_the_security_check(walk: Walk) -> None:
    walk.at("fj_mishu1").menu("人员").choose(VIP, FIRST).act("移交安全审核").confirm()
    police = walk.at("gongan1")
    preview = police.menu("人员").filter({"审核状态": "待审核"}).choose(VIP, FIRST).act("安全审核通过")
    assert [row[3] for row in preview.confirm().rows] == ["审核通过", "审核通过"]

    desk = walk.at("xiamen1")
    desk.menu("人员").search(FIRST).open(FIRST)
    assert ["待制证" in row for row in desk.related("证件")] == [True]


def upgrade_a_visitor_to_vip(walk: Walk) -> None:
    desk = walk.at("xiamen1")
    desk.menu("人员").search(FIRST).open(FIRST)
    preview = desk.act("升级标签")
    preview.form.fill({"升级为": "VIP"})
    preview.next()
    assert preview.warning.endswith("升级后将制发新证件，原证件失效。")
    assert preview.budget.startswith("本单位VIP额度 需 1 个，剩余 1 个")
    assert [row[1:4] for row in preview.confirm().rows] == [["已办理", "专业观众", "VIP"]]

    with walk.stored() as session:
        person = session.scalars(select(Person).where(Person.name == FIRST)).one()
        cards = session.execute(
            select(Certificate.status, Certificate.label, Certificate.mode)
            .where(Certificate.person_id == person.id)
            .order_by(Certificate.id)
        )
        assert [(status.label, label.label) for status, label, _ in cards] == [
            ("已失效", "专业观众"),
            ("待制证", "VIP"),
        ]
        assert person.payment_status.label == "免缴"


def assign_a_unit_to_another_sub_delegation(walk: Walk) -> None:
    desk = walk.unit("xiamen1")
    assert "指定给其他分团" not in desk.moves()  # cards are queued: they would carry the old name
    with walk.stored() as session:
        waiting = select(Unit.id, Unit.name).where(
            Unit.delegation_id == _node(session), Unit.review_status == UnitStatus.pending_first
        )
        number, name = session.execute(waiting.order_by(Unit.id)).first() or (0, "")
    walk.unit("xiamen1", name)
    preview = desk.act("指定给其他分团")
    preview.form.look_up("接收的交易团/分团", "福州市分团").fill({"说明": "按属地管理由福州分团办理"})
    preview.next()
    receipt = preview.confirm()
    assert [row[1:4] for row in receipt.rows] == [["已办理", "厦门分团", "福州分团"]]

    walk.people.finds_nothing(desk, f"/admin/unit/{number}")
    assert desk.menu("单位").search(name).names == []
    assert walk.unit("fuzhou1", name).fact("交易团/分团") == "福州分团"


def export_what_the_lists_show(walk: Walk) -> None:
    desk = walk.at("xiamen1")
    for noun, model, state in (("人员", Person, PersonStatus.pending_review), ("单位", Unit, UnitStatus.approved)):
        listed = desk.menu(noun).filter({"审核状态": state.label})
        files = [
            exports.read_csv(listed.export("CSV", walk.folder)),
            exports.read_xlsx(listed.export("Excel", walk.folder)),
        ]
        with walk.stored() as session:
            there: Any = model
            rows = session.scalars(
                select(there)
                .where(there.delegation_id == _node(session), there.review_status == state)
                .order_by(there.created_at.desc(), there.id.desc())
            ).all()
            for table in files:
                columns = exports.header(model, table)
                told = [[exports.plain(c, cell) for c, cell in zip(columns, row, strict=True)] for row in table[1:]]
                assert told == [exports.expected(session, columns, row) for row in rows]
