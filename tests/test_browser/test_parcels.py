"""A parcel's life, walked in a browser by the secretariat: packed, labelled, listed, numbered, delivered, returned, packed again."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page
from sqlalchemy import func, select

from exchange.badge_codes import code_of
from models import Certificate, CertificateStatus, Delegation, Label, Parcel, ParcelStatus, Person, QuotaPool
from tests.product import Product
from tests.test_browser.acts import Import
from tests.test_browser.pages import Desk, List
from tests.test_browser.parts import kept
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
C, B = CertificateStatus, ParcelStatus
SF = "顺丰速运"


def test_a_parcels_life(people: People, served: Product, stored: Any, tmp_path: Path) -> None:
    desk = people.at("fj_mishu1")
    make_all(desk)
    packed = pack_all(desk, stored)
    print_labels(desk, len(packed), tmp_path)
    number_them_by_table(desk, stored, packed, tmp_path)
    deliver_one(desk, packed[0])
    return_one_and_pack_it_again(desk, stored, packed[1])
    replace_a_card_on_its_way(desk, stored)
    its_delegation_reads_it_and_no_other(people, stored)
    for command, sentence in (("check-books", "账目一致"), ("verify-audit", "审计日志完整")):
        done = served.command(command)
        assert (done.returncode, done.stdout + done.stderr) == (0, f"{sentence}\n")


def make_all(desk: Desk) -> None:
    """Produce and print whatever waits."""
    for state, move in (("待制证", "开始制证"), ("制证中", "打印证件"), ("制证中", "制证完成")):
        desk.menu("证件").filter({"证件状态": state}).choose_all_matching().act(move).confirm()


def pack_all(desk: Desk, stored: Any) -> list[str]:
    """Pack every card that waits; return the new parcels' numbers."""
    with stored() as session:
        before = session.scalar(select(func.count()).select_from(Parcel))
    assert "待装入包裹的证件" in desk.visit("/admin/").words
    preview = List(desk.visit("/admin/certificate/?to_pack=1").page).choose_all_matching().act("装入包裹")
    waiting = int(preview.figures[0].split()[0])
    receipt = preview.confirm()
    assert receipt.figures[1].split()[0] == str(waiting)
    with stored() as session:
        numbers = session.scalars(select(Parcel.number).order_by(Parcel.id)).all()
    fresh = list(numbers[before:])
    assert len(fresh) >= 2
    assert {row[3] for row in receipt.rows} == set(fresh)
    assert List(desk.visit("/admin/certificate/?to_pack=1").page).names == []
    return fresh


def print_labels(desk: Desk, fresh: int, folder: Path) -> None:
    listed = desk.menu("包裹").filter({"包裹状态": "待寄出"})
    assert len(listed.names) >= fresh
    receipt = listed.choose_all_matching().act("打印面单").confirm()
    with receipt.page.expect_download() as download:
        receipt.page.get_by_role("button", name="面单 PDF").click()
    data = kept(download.value, folder).read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") == -(-len(receipt.rows) // 8)


def number_them_by_table(desk: Desk, stored: Any, numbers: list[str], folder: Path) -> None:
    """Export the mailing list, fill it in, import it: first with a mistake, which changes nothing."""
    listed = desk.menu("包裹").filter({"包裹状态": "待寄出"})
    path = mailing_list(listed.page, folder)
    book = load_workbook(path)
    rows = [row for row in book.active.iter_rows(min_row=2) if row[0].value in numbers]
    for place, row in enumerate(rows):
        row[12].value, row[13].value = SF, f"SF10000000{place:02d}"
    rows[1][13].value = rows[0][13].value
    book.save(path)
    imported = upload(desk, path)
    assert {row[3] for row in imported.table("错误")} >= {"第2、3行快递单号重复"} or imported.table("错误")
    with stored() as session:
        assert set(session.scalars(select(Parcel.status).where(Parcel.number.in_(numbers)))) == {B.packed}

    rows[1][13].value = "SF1000000099"
    kept_rows = {row[0].row for row in rows}
    for number in sorted({row[0].row for row in book.active.iter_rows(min_row=2)} - kept_rows, reverse=True):
        book.active.delete_rows(number)
    book.save(path)
    imported = upload(desk, path)
    assert imported.figures[0] == f"{len(numbers)} 登记寄出"
    imported.write()
    assert imported.receipt("随快递单号寄出").figures[1].split()[0] == str(len(numbers))
    with stored() as session:
        found = session.execute(
            select(Certificate.status, Parcel.status)
            .join(Parcel, Parcel.id == Certificate.parcel_id)
            .where(Parcel.number.in_(numbers))
        )
        assert {tuple(row) for row in found} == {(C.mailing, B.sent)}


def mailing_list(page: Page, folder: Path) -> Path:
    page.get_by_role("link", name="导出", exact=True).click()
    panel = page.locator(".export-panel")
    panel.get_by_role("checkbox", name="导出完整号码").check()
    panel.get_by_role("textbox", name="事由").fill("交快递公司寄递")
    with page.expect_download() as download:
        panel.get_by_role("button", name="邮寄清单").click()
    return kept(download.value, folder)


def upload(desk: Desk, path: Path) -> Import:
    desk.menu("包裹").take_in()
    return Import(desk.page).upload(path)


def open_parcel(desk: Desk, number: str) -> None:
    desk.menu("包裹").search(number).open(number)


def deliver_one(desk: Desk, number: str) -> None:
    open_parcel(desk, number)
    assert all("寄递发放中" in row for row in desk.related("证件"))
    receipt = desk.act("登记签收").confirm()
    assert [row[1:4] for row in receipt.rows] == [["已办理", "已寄出", "已签收"]]
    open_parcel(desk, number)
    assert all("已签收/已领取" in row for row in desk.related("证件"))


def return_one_and_pack_it_again(desk: Desk, stored: Any, number: str) -> None:
    open_parcel(desk, number)
    preview = desk.act("登记退件")
    preview.form.fill({"退件原因": "地址不详"})
    preview.confirm()
    with stored() as session:
        parcel = session.scalars(select(Parcel).where(Parcel.number == number)).one()
        cards = session.scalars(select(Certificate).where(Certificate.parcel_id == parcel.id)).all()
        assert {card.status for card in cards} == {C.made}
        person = cards[0].person_id
    desk.visit(f"/admin/person/{person}").edit().fill({"收件地址": "湖滨南路9号甲座"}).save()
    listed = List(desk.visit("/admin/parcel/?to_repack=1").page)
    assert number in listed.names
    desk.visit(f"/admin/certificate/{cards[0].id}")

    desk.act("装入包裹").confirm()
    with stored() as session:
        again = session.scalars(select(Parcel).order_by(Parcel.id.desc())).first()
        assert (again.status, again.recv_address, again.cards) == (B.packed, "湖滨南路9号甲座", 1)


def replace_a_card_on_its_way(desk: Desk, stored: Any) -> None:
    """Upgrade somebody whose card is in the mail: the old one is void at the gate, the parcel says so."""
    with stored() as session:
        found = session.execute(
            select(Certificate.id, Certificate.card_no, Person.id.label("person"), Parcel.number)
            .join(Person, Person.id == Certificate.person_id)
            .join(Parcel, Parcel.id == Certificate.parcel_id)
            .join(QuotaPool, QuotaPool.delegation_id == Person.delegation_id)
            .where(Certificate.status == C.mailing, Person.label == Label.PROFESSIONAL)
            .where(QuotaPool.label == Label.STAFF, QuotaPool.total > QuotaPool.allocated)
            .order_by(Certificate.id)
        ).first()
    assert found is not None
    code = code_of(found.card_no)
    assert "有效" in desk.visit(f"/gate/{code}").page.locator("body").inner_text()
    preview = desk.visit(f"/admin/person/{found.person}").act("升级标签")
    preview.form.fill({"升级为": "工作人员"}).tick("从分团余额划拨")
    preview.next().confirm()
    assert "已被新证件替换" in desk.visit(f"/gate/{code}").page.locator("body").inner_text()
    assert found.number in List(desk.visit("/admin/parcel/?dead_cards=1").page).names


def its_delegation_reads_it_and_no_other(people: People, stored: Any) -> None:
    with stored() as session:
        node = select(Delegation.id).where(Delegation.short_name == "厦门分团").scalar_subquery()
        own = session.scalars(select(Parcel.id).where(Parcel.delegation_id == node)).first()
        foreign = session.scalars(select(Parcel.id).where(Parcel.delegation_id != node)).first()
    desk = people.at("xiamen1")
    desk.visit(f"/admin/parcel/{own}")
    assert desk.moves() == []
    people.finds_nothing(desk, f"/admin/parcel/{foreign}")
