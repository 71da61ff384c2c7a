"""Money, walked in a browser: 300 confirmed, stated, corrected no more, paid up; and what persons pay themselves."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from models import (
    AttachmentKind,
    Certificate,
    CertificateStatus,
    Delegation,
    DelegationEdition,
    Edition,
    GroupPayEntry,
    Person,
    PersonStatus,
    Statement,
    StatementLine,
    StatementStatus,
    Unit,
    UnitStatus,
)
from models.capitals import capitals
from models.figures import yuan
from models.kinds import now
from tests import factories
from tests.product import Product
from tests.test_browser.acts import Import
from tests.test_browser.parts import kept
from tests.test_browser.people import People
from tests.test_browser.walk import Walk
from tests.test_workflow import _cast
from workflow.actors import SYSTEM
from workflow.sessions import make_engine, make_sessions

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MANY, UNIT, FEE = 300, "厦门对账示范贸易有限公司", 20_000
PAID_ON = f"{now() - timedelta(days=1):%Y-%m-%d}"


def prepare(served: Product) -> int:
    """Give the node of Xiamen a unit with many persons to confirm, a cap that holds them, and one who pays itself."""
    made = make_engine(f"sqlite:///{served.folder / 'expo.db'}")
    with make_sessions(made)(info={"actor": SYSTEM}) as session:
        edition = session.scalars(select(Edition).where(Edition.is_current)).one()
        node = session.scalars(select(Delegation).where(Delegation.code == "FJ02")).one()
        unit = factories.unit(session, edition, node, name=UNIT, review_status=UnitStatus.approved)
        for _ in range(MANY + 1):
            factories.person(session, unit, review_status=PersonStatus.pending_confirm)
        budget = session.scalars(select(DelegationEdition).where(DelegationEdition.delegation_id == node.id)).one()
        budget.group_pay_grant = budget.group_pay_cap = 100_000_000
        session.commit()
        unit_id: int = unit.id
    made.dispose()
    return unit_id


def test_the_way_of_the_money(people: People, served: Product, stored: Callable[..., Any], tmp_path: Path) -> None:
    walk = Walk(people, stored, tmp_path)
    unit_id = prepare(served)
    confirm_all_but_one(walk, unit_id)
    due = make_a_statement(walk)
    look_at_its_files(walk, due)
    issue_it(walk, due)
    correct_no_more(walk, unit_id)
    settle_it(walk, due[0], unit_id)
    pay_by_the_banks_list(walk, unit_id)
    lose_a_badge_and_pay_for_it(walk, unit_id, served)
    for command, sentence in (("check-books", "账目一致"), ("verify-audit", "审计日志完整")):
        done = served.command(command)
        assert (done.returncode, done.stdout + done.stderr) == (0, f"{sentence}\n")


def ids(walk: Walk, unit_id: int) -> list[int]:
    with walk.stored() as session:
        return list(session.scalars(select(Person.id).where(Person.unit_id == unit_id).order_by(Person.id)))


def confirm_all_but_one(walk: Walk, unit_id: int) -> None:
    desk = walk.at("xiamen1")
    alone = ids(walk, unit_id)[-1]
    desk.visit(f"/admin/person/{alone}").act("取消代付").confirm()
    desk.visit(f"/admin/person/?unit_id={unit_id}&review_status=pending_confirm")
    desk.page.get_by_role("checkbox", name="选中本页").check()
    desk.page.get_by_role("radio", name="符合条件的记录").check()
    with desk.page.expect_navigation():
        desk.page.locator(".bulk-moves").get_by_role("button", name="确认代付", exact=True).click()
    with desk.page.expect_navigation():
        desk.page.locator("[data-confirm]").click()
    with walk.stored() as session:
        booked = select(func.sum(GroupPayEntry.amount)).where(GroupPayEntry.unit_id == unit_id)
        assert session.scalar(booked) == MANY * FEE


def make_a_statement(walk: Walk) -> tuple[int, int, int]:
    """Return the new statement's id, and how many lines of how much the ledger holds that stand on none."""
    desk = walk.at("caiwu1")
    form = desk.menu("统付对账单").new()
    form.fill({"交易团/分团": "厦门分团"}).save()
    assert desk.messages == ["已保存"]
    with walk.stored() as session:
        bill = session.scalars(select(Statement).where(Statement.status == StatementStatus.draft)).one()
        stated = select(StatementLine.id).where(StatementLine.entry_id == GroupPayEntry.id).exists()
        due = select(func.count(), func.sum(GroupPayEntry.amount)).where(
            GroupPayEntry.delegation_id == bill.delegation_id, ~stated
        )
        count, total = session.execute(due).one()
    return bill.id, count, total


def look_at_its_files(walk: Walk, due: tuple[int, int, int]) -> None:
    bill_id, count, total = due
    desk = walk.at("caiwu1").visit(f"/admin/statement/{bill_id}")
    files = {}
    for button in ("下载 Excel", "下载 PDF"):
        with desk.page.expect_download() as download:
            desk.page.get_by_role("button", name=button).click()
        files[button] = kept(download.value, walk.folder)
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(files["下载 Excel"]).active.iter_rows()]
    assert [row[0] for row in rows[-2:]] == ["合计（小写）", "合计（大写）"]
    assert rows[-2][12] == total / 100
    assert rows[-1][2] == f"人民币{capitals(total)}"
    assert sum(isinstance(row[0], int) for row in rows) == count
    assert files["下载 PDF"].read_bytes().startswith(b"%PDF")


def issue_it(walk: Walk, due: tuple[int, int, int]) -> None:
    bill_id, count, total = due
    desk = walk.at("caiwu1").visit(f"/admin/statement/{bill_id}")
    preview = desk.act("出具对账单")
    assert "其中的统付决定不能再更正" in preview.warning
    assert [row[1:4] for row in preview.confirm().rows] == [["已办理", "预览", "已出具"]]
    desk.visit(f"/admin/statement/{bill_id}")
    assert (desk.fact("笔数"), desk.fact("应付金额（元）")) == (str(count), yuan(total))
    told = walk.at("xiamen1").visit("/admin/notices").words
    assert "财务已出具本分团 1 份统付对账单，请核对并付款" in told


def correct_no_more(walk: Walk, unit_id: int) -> None:
    desk = walk.at("fj_mishu1").visit(f"/admin/person/{ids(walk, unit_id)[0]}")
    assert "更正统付决定" not in desk.moves()
    assert "已列入出具的对账单，不能更正" in desk.page.content()


def settle_it(walk: Walk, bill_id: int, unit_id: int) -> None:
    desk = walk.at("caiwu1").visit(f"/admin/statement/{bill_id}")
    preview = desk.act("登记结清")
    preview.form.fill({"到账日期": PAID_ON, "流水号": "BOC20261126-XM"})
    assert [row[1:4] for row in preview.next().confirm().rows] == [["已办理", "已出具", "已结清"]]
    with walk.stored() as session:
        states = select(Person.payment_status, func.count()).where(Person.unit_id == unit_id)
        found = {row[0].value: row[1] for row in session.execute(states.group_by(Person.payment_status))}
    assert found == {"group_settled": MANY, "unpaid": 1}


def pay_by_the_banks_list(walk: Walk, unit_id: int) -> None:
    with walk.stored() as session:
        person = session.get_one(Person, ids(walk, unit_id)[-1])
    book = Workbook()
    book.active.append(["人员编号", "金额（元）", "支付日期", "流水号", "备注"])
    book.active.append([person.ref, 200, PAID_ON, "BOC-300", "网银"])
    book.active.append([person.ref[::-1], 200, PAID_ON, "BOC-301", None])
    path = walk.folder / "缴费.xlsx"
    book.save(path)
    desk = walk.at("caiwu1").visit("/admin/payment/import")
    table = Import(desk.page).upload(path)
    assert table.figures == ["1 将登记", "0 已登记过，不改动", "1 有错误"]
    desk.page.get_by_label("只写入正确的").check()
    desk.press("写入")
    assert desk.messages == ["已登记 1 笔缴费；已登记过 0 笔，未写入 1 行"]
    assert walk.at("caiwu1").visit(f"/admin/person/{person.id}").fact("缴费状态") == "已支付"


def lose_a_badge_and_pay_for_it(walk: Walk, unit_id: int, served: Product) -> None:
    """Who paid has a badge, loses it, and gets another one when the fee for that is in."""
    person, card = hand_out_a_badge(served, ids(walk, unit_id)[-1])
    desk = walk.at("xiamen1").visit(f"/admin/certificate/{card}")
    preview = desk.act("挂失补办")
    preview.form.fill({"理由": "展馆外遗失，已声明作废"})
    preview.confirm()
    secretary = walk.at("fj_mishu1").visit(
        f"/admin/certificate/?person.reissue_status=owed&unit_id={unit_id}&status=queued"
    )
    with secretary.page.expect_navigation():
        secretary.page.locator("tbody tr a[href]").first.click()
    assert "补办费 200.00 元未收：在人员页收取或免收后，才能开始制证" in secretary.words
    assert "开始制证" not in secretary.moves()

    finance = (
        walk.at("caiwu1")
        .visit(f"/admin/person/?reissue_status=owed&unit_id={unit_id}")
        .visit(f"/admin/person/{person}")
    )
    assert (finance.fact("补办费"), finance.fact("补办费（元）")) == ("补办费待收", "200.00")
    preview = finance.act("收取补办费")
    preview.form.fill({"金额（元）": "200", "流水号或收据号": "收据-0001", "支付日期": PAID_ON})
    assert [row[1:4] for row in preview.next().confirm().rows] == [["已办理", "补办费待收", "补办费已收"]]
    assert "补办费" in finance.visit(f"/admin/payment/?person_id={person}&purpose=REISSUE").words
    secretary.visit(secretary.path)
    assert "补办费已收（200.00 元）" in secretary.words
    assert "开始制证" in secretary.moves()


def hand_out_a_badge(served: Product, person_id: int) -> tuple[int, int]:
    """Let the one who paid be approved, and have a badge; return the ids of both."""
    made = make_engine(f"sqlite:///{served.folder / 'expo.db'}")
    with make_sessions(made)(info={"actor": SYSTEM}) as session:
        person = session.get_one(Person, person_id)
        _cast.put(person, review_status=PersonStatus.approved)
        number = {"card_no": f"8{person.id:08d}", "status": CertificateStatus.delivered}
        card: Certificate = factories.certificate(session, person, **number)
        _cast.attachment(session, session.get_one(Unit, person.unit_id), AttachmentKind.PHOTO, person)
        session.commit()
        found = person.id, card.id
    made.dispose()
    return found
