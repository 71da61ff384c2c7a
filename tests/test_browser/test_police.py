"""The police check, walked in a browser: handed over, list made and opened, picked up, results filled in and taken in."""

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from exchange.unlock_child import OPENED, unlocked
from models import Person, PersonStatus, SecurityBatch, SecurityRow, SecurityStatus
from models.columns import SHANGHAI
from models.kinds import now
from tests.product import Product
from tests.test_browser.acts import Import, Preview
from tests.test_browser.pages import Desk, List
from tests.test_browser.parts import kept, press
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
P, Y = PersonStatus, SecurityStatus
RESULTS = {0: "不通过", 1: "信息不符"}  # by place in the list; everybody else passes


def test_the_way_to_the_police_and_back(people: People, served: Product, stored: Any, tmp_path: Path) -> None:
    desk = people.at("fj_mishu1")
    everybody_waits(desk)
    number, waiting = hand_over(people, desk, stored)
    password, path = take_the_list(people, desk, number, tmp_path)
    pick_up(desk, number)
    fill_in(path, password, waiting)
    take_results_in(people, people.at("gongan1"), path, waiting)
    what_came_of_it(desk, stored, number, waiting)
    for command, sentence in (("check-books", "账目一致"), ("verify-audit", "审计日志完整")):
        done = served.command(command)
        assert (done.returncode, done.stdout + done.stderr) == (0, f"{sentence}\n")


def look(people: People, desk: Desk, name: str) -> None:
    """Keep the page in every size and theme, where somebody wants to see it."""
    if not (folder := os.environ.get("LOOK_AT")):
        return
    cookies = desk.page.context.storage_state()
    for width, theme in ((1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")):
        window = people.window(viewport={"width": width, "height": 900}, color_scheme=theme, storage_state=cookies)
        window.page.goto(desk.page.url)
        window.page.screenshot(path=f"{folder}/{name}-{width}-{theme}.png")
        window.page.context.close()


def everybody_waits(desk: Desk) -> None:
    """Let everybody's fee be decided."""
    desk.menu("人员").filter({"审核状态": "待确认"}).choose_all_matching().act("取消代付").confirm()


def hand_over(people: People, desk: Desk, stored: Any) -> tuple[str, int]:
    """Hand over whoever is new or changed; return the batch's number and how many they are."""
    with stored() as session:
        waits = (Person.review_status == P.pending_review, Person.security_status != Y.sent)
        waiting = session.scalar(select(func.count()).select_from(Person).where(*waits))
    assert waiting >= 20
    desk.menu("送审批次")
    look(people, desk, "batches")
    press(desk.page.get_by_role("button", name="移交上次以后新增或变更的人员"))
    preview = Preview(desk.page)
    assert preview.figures[0].split()[0] == str(waiting)
    assert preview.confirm().figures[1].split()[0] == str(waiting)
    number = desk.menu("送审批次").names[0]
    return number, waiting


def take_the_list(people: People, desk: Desk, number: str, folder: Path) -> tuple[str, Path]:
    """Make the list; return the password that the page shows, and the file."""
    desk.menu("送审批次").open(number)
    look(people, desk, "batch")
    desk.press("生成加密名单")
    if "LOOK_AT" in os.environ:
        desk.page.screenshot(path=f"{os.environ['LOOK_AT']}/list-1440-light.png")
    password = desk.page.locator("[data-password]").inner_text()
    with desk.page.expect_download() as download:
        desk.page.get_by_role("button", name="下载加密名单").click()
    press(desk.page.get_by_role("link", name="返回批次"))
    return password, kept(download.value, folder)


def pick_up(desk: Desk, number: str) -> None:
    """Note on the batch's page who took the list."""
    preview = desk.act("登记取件")
    preview.form.fill({"取件人": "市公安局 张三 1234"})
    preview.confirm()
    desk.menu("送审批次").open(number)
    assert desk.fact("取件人") == "市公安局 张三 1234"


def fill_in(path: Path, password: str, waiting: int) -> None:
    """Open the list with its password as the police do, fill in a result for everybody, and save it without one."""
    plain = unlocked(password, path.read_bytes())
    assert plain[:1] == OPENED
    book = load_workbook(BytesIO(plain[1:]))
    sheet = book.worksheets[0]
    places = {cell.value: cell.column for cell in sheet[1]}
    assert sheet.max_row == waiting + 1
    for place, row in enumerate(range(2, sheet.max_row + 1)):
        sheet.cell(row, places["审核结果"]).value = RESULTS.get(place, "通过")
        sheet.cell(row, places["审核日期"]).value = f"{now().astimezone(SHANGHAI):%Y-%m-%d}"
    book.save(path)


def take_results_in(people: People, police: Desk, path: Path, waiting: int) -> None:
    listed = police.menu("送审人员")
    look(people, police, "rows")
    listed.take_in()
    look(people, police, "import")
    table = Import(police.page).upload(path)
    assert table.figures[0] == f"{waiting} 将登记"
    look(people, police, "preview")
    police.page.get_by_label("我已知晓：办理后不能撤销").check()
    assert table.write(act="登记").figures[0] == f"{waiting} 已登记"
    table.receipt("安全审核不通过")
    assert "未通过人员信息审核" not in police.words


def what_came_of_it(desk: Desk, stored: Any, number: str, waiting: int) -> None:
    desk.menu("送审批次")
    assert "已办结" in List(desk.page).cells(number)
    with stored() as session:
        batch = session.scalars(select(SecurityBatch).where(SecurityBatch.number == number)).one()
        rows = session.scalars(
            select(SecurityRow).where(SecurityRow.batch_id == batch.id).order_by(SecurityRow.number)
        ).all()
        found = [session.get_one(Person, row.person_id).review_status for row in rows]
    assert (batch.waiting, found) == (0, [P.rejected, P.returned, *[P.approved] * (waiting - 2)])
