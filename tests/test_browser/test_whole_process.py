"""The notice from its first line to the last parcel: one unit of five persons, from registration to delivered badges.

A VIP, one of staff and three visitors: one re-activates last year's badge, one is returned by the police, one is upgraded
when the badge is in the mail already. ``PROCESS_PICTURES=folder`` keeps a picture of every face that is passed.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl import Workbook, load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo import pictures
from exchange.badge_codes import code_of
from models import Certificate, Parcel, Person, Statement
from models.columns import SHANGHAI
from models.kinds import now
from tests import factories, screens
from tests.product import Product
from tests.test_browser.acts import Import, Preview, Receipt
from tests.test_browser.pages import Desk
from tests.test_browser.parts import kept
from tests.test_browser.people import People
from tests.test_browser.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
UNIT, CODE = "厦门筼筜湖茶叶贸易有限公司", factories.uscc(76_640_001)
VIP, STAFF, REUSED, RETURNED, UPGRADED = NAMES = ("欧阳静", "上官勇", "诸葛平", "司徒安", "夏侯远")
MAILED = (STAFF, RETURNED, UPGRADED)
OLD_CARD = "600000123456"
TODAY, YESTERDAY = (f"{now().astimezone(SHANGHAI) - timedelta(days=days):%Y-%m-%d}" for days in (0, 1))


@dataclass
class Process(Walk):
    """A walk that keeps pictures of what it passes."""

    taken: int = 0

    def picture(self, desk: Desk, name: str) -> None:
        folder = os.environ.get("PROCESS_PICTURES")
        if folder:
            self.taken += 1
            screens.keep(desk.page.screenshot(), Path(folder) / f"{self.taken:02d}-{name}.png")

    def person(self, username: str, name: str) -> Desk:
        desk = self.at(username)
        desk.menu("人员").search(name).open(name)
        return desk

    def cards(self) -> dict[str, list[str]]:
        """Return the states of everybody's cards, the first one first."""
        found: dict[str, list[str]] = {name: [] for name in NAMES}
        with self.stored() as session:
            rows = select(Certificate.holder_name, Certificate.status).join(Person, Person.id == Certificate.person_id)
            for name, status in session.execute(rows.where(Person.name.in_(NAMES)).order_by(Certificate.id)):
                found[name].append(status.name)
        return found


def test_the_whole_process(
    people: People, served: Product, stored: Callable[[], AbstractContextManager[Session]], tmp_path: Path
) -> None:
    walk = Process(people, stored, tmp_path)
    register(walk)
    review(walk)
    decide_who_pays(walk)
    check_by_the_police(walk)
    produce(walk)
    send(walk)
    upgrade_after_mailing(walk)
    settle(walk)
    assert walk.cards() == {
        VIP: ["delivered"], STAFF: ["delivered"], REUSED: ["activated"], RETURNED: ["delivered"], UPGRADED: ["void", "delivered"],
    }  # fmt: skip
    for command, sentence in (("check-books", "账目一致"), ("verify-audit", "审计日志完整")):
        done = served.command(command)
        assert (done.returncode, (done.stdout + done.stderr).strip()) == (0, sentence)


# --- registration ----------------------------------------------------------------------------------------------------


def register(walk: Process) -> None:
    """Quota before the unit is there, the unit, its five persons, both submissions."""
    desk = walk.at("xiamen1")
    desk.menu("单位额度").take_in()
    page = Import(desk.page)
    template = page.template(walk.folder)
    book = load_workbook(template)
    for column, value in enumerate((1, CODE, UNIT, 2, 1), 1):
        book.worksheets[0].cell(2, column, value)
    book.save(template)
    page.upload(template)
    walk.picture(desk, "quota-import")
    page.write()

    form = desk.menu("单位").new()
    form.fill({
        "单位名称": UNIT, "统一社会信用代码": CODE, "单位所在地区": "境内", "单位观众分类": "企业", "证照类型": "营业执照",
        "注册资本（万元人民币）": "500", "所在城市": "厦门市", "详细地址": "思明区湖滨西路9号", "联系人": "苏雨晴",
        "联系人手机": "13800138001", "联系邮箱": "suyuqing@example.com", "交易团推荐码": "Q2021391",
    })  # fmt: skip
    form.upload("单位资质证明", walk.file("营业执照.jpg", pictures.licence(UNIT, CODE, 7)))
    form.save()
    walk.picture(desk, "unit-registered")
    form = desk.menu("采购意向").new()
    form.look_up("单位", UNIT).fill({"意向展区": "食品及农产品", "意向产品/服务名称": "红茶"}).save()
    for number, name in enumerate(NAMES, 1):
        add(walk, number, name)
    walk.unit("xiamen1", UNIT).act("确认提交").confirm()
    receipt = desk.menu("人员").choose(*NAMES).act("提交").confirm()
    assert receipt.figures[1].split()[0] == "5"
    walk.picture(desk, "submitted")


def add(walk: Process, number: int, name: str) -> None:
    id_no = factories.resident_id(890_000 + number)
    form = walk.unit("xiamen1", UNIT).add("人员")
    form.fill({
        "姓名": name, "人员标签": {VIP: "VIP", STAFF: "工作人员"}.get(name, "专业观众"), "性别": "男" if int(id_no[16]) % 2 else "女",
        "出生日期": f"{id_no[6:10]}-{id_no[10:12]}-{id_no[12:14]}", "证件号码": id_no, "职务": "采购经理",
        "手机号码": f"1390013910{number}", "证件获取方式": "寄递" if name in MAILED else "现场领取",
    })  # fmt: skip
    if name in MAILED:
        form.fill(
            {
                "收件人": "苏雨晴",
                "收件手机": "13800138001",
                "收件省市区": "福建省厦门市思明区",
                "收件地址": "湖滨西路9号",
            }
        )
    if name == REUSED:
        form.fill({"办理方式": "证件复用", "原证件号": OLD_CARD, "原届次": "6"})
    form.upload("证件照", walk.file(f"{name}.jpg", pictures.portrait(number)))
    form.tick("本人已知情并同意为参会审核、制证处理其个人信息").save()
    desk = walk.at("xiamen1")
    assert (desk.heading, desk.messages) == (name, ["已保存"])
    walk.picture(desk, f"person-{number}")


# --- review and payment ----------------------------------------------------------------------------------------------


def review(walk: Process) -> None:
    walk.unit("xiamen2", UNIT).act("初审通过并提报").confirm()
    preview = walk.unit("fj_mishu1", UNIT).act("复审通过")
    walk.picture(walk.at("fj_mishu1"), "second-review")
    preview.confirm()
    assert walk.unit("xiamen1", UNIT).fact("审核状态") == "审核通过"


def decide_who_pays(walk: Process) -> None:
    desk = walk.at("xiamen1")
    preview = desk.menu("人员").choose(*NAMES).act("确认代付")
    walk.picture(desk, "group-pay")
    receipt = preview.confirm()
    assert {row[3] for row in receipt.rows} == {"待审核"}


# --- the police ------------------------------------------------------------------------------------------------------


def check_by_the_police(walk: Process) -> None:
    """Hand over all five, take in results of which one says the data are wrong; mend it and hand over again."""
    hand_over(walk, NAMES)
    take_results(walk, {name: "信息不符" if name == RETURNED else "通过" for name in NAMES})
    desk = walk.person("xiamen1", RETURNED)
    assert desk.fact("审核状态") == "退回修改"
    walk.picture(desk, "returned-by-the-police")
    desk.edit().fill({"职务": "总经理"}).save()
    desk.act("重新提交").confirm()
    hand_over(walk, (RETURNED,))
    take_results(walk, {RETURNED: "通过"})
    assert walk.cards() == {name: ["queued"] for name in NAMES}


def hand_over(walk: Process, names: tuple[str, ...]) -> None:
    desk = walk.at("fj_mishu1")
    desk.menu("人员").choose(*names).act("移交安全审核").confirm()
    batches = desk.menu("送审批次")
    batches.open(batches.names[0])
    walk.picture(desk, "security-batch")
    preview = desk.act("登记取件")
    preview.form.fill({"取件人": "市公安局 张三 1234"})
    preview.confirm()


def take_results(walk: Process, results: dict[str, str]) -> None:
    """Fetch the encrypted list, fill it in as the police do, send it back with its password."""
    desk = walk.at("fj_mishu1")
    batches = desk.menu("送审批次")
    batches.open(batches.names[0])
    desk.press("生成加密名单")
    password = desk.page.locator("[data-password]").inner_text()
    walk.picture(desk, "password-shown-once")
    with desk.page.expect_download() as download:
        desk.page.get_by_role("button", name="下载加密名单").click()
    sealed = kept(download.value, walk.folder)
    plain = BytesIO()
    with sealed.open("rb") as file:
        office = OOXMLFile(file)
        office.load_key(password=password)
        office.decrypt(plain)
    filled = walk.folder / "审核结果.xlsx"
    fill(load_workbook(plain), results).save(filled)

    police = walk.at("gongan1")
    police.menu("送审人员").take_in()
    page = Import(police.page).upload(filled)
    walk.picture(police, "results-dry-run")
    page.write(act="登记")


def fill(book: Workbook, results: dict[str, str]) -> Workbook:
    sheet = book.worksheets[0]
    head = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        name = str(sheet.cell(row, head["姓名"]).value)
        if name in results:
            sheet.cell(row, head["审核结果"], results[name])
            sheet.cell(row, head["审核日期"], TODAY)
    return book


# --- badges and parcels ------------------------------------------------------------------------------------------------


def produce(walk: Process) -> None:
    desk = walk.at("fj_mishu1")
    new = tuple(name for name in NAMES if name != REUSED)
    act_on_cards(walk, new, "开始制证")
    receipt = act_on_cards(walk, new, "打印证件")
    with receipt.page.expect_download() as download:
        receipt.page.get_by_role("button", name="证件 PDF").first.click()
    assert kept(download.value, walk.folder).read_bytes().startswith(b"%PDF-")
    act_on_cards(walk, new, "制证完成")
    act_on_cards(walk, (REUSED,), "复用开通")
    walk.picture(desk, "reactivated")
    assert walk.cards() == {**{name: ["made"] for name in new}, REUSED: ["activated"]}
    act_on_cards(walk, (VIP,), "通知领取")
    act_on_cards(walk, (VIP,), "登记领取")


def act_on_cards(walk: Process, names: tuple[str, ...], move: str) -> Receipt:
    """Do a move on the newest card of each person."""
    desk = walk.at("fj_mishu1")
    if len(names) == 1:
        desk.visit(f"/admin/certificate/{newest(walk, names[0])['id']}")
        preview: Preview = desk.act(move)
    else:
        preview = desk.menu("证件").choose(*names).act(move)
    walk.picture(desk, "preview")
    receipt = preview.confirm()
    assert {row[1] for row in receipt.rows} == {"已办理"}
    return receipt


def newest(walk: Process, name: str) -> dict[str, Any]:
    with walk.stored() as session:
        rows = (
            select(Certificate.id, Certificate.card_no, Certificate.parcel_id)
            .join(Person, Person.id == Certificate.person_id)
            .where(Person.name == name)
        )
        return dict(session.execute(rows.order_by(Certificate.id.desc())).mappings().first() or {})


def send(walk: Process) -> None:
    """Pack three cards into one parcel, send it, and let it arrive except for whom is upgraded meanwhile."""
    act_on_cards(walk, MAILED, "装入包裹")
    number = dispatch(walk, "SF2000000001")
    desk = walk.at("fj_mishu1")
    walk.picture(desk, "parcel-sent")
    assert number
    assert {walk.cards()[name][-1] for name in MAILED} == {"mailing"}
    assert "有效" in gate(walk, newest(walk, UPGRADED)["card_no"])


def dispatch(walk: Process, tracking: str) -> str:
    """Send the newest parcel of the unit."""
    with walk.stored() as session:
        found = session.execute(select(Parcel.id, Parcel.number).order_by(Parcel.id.desc())).first()
    assert found is not None
    desk = walk.at("fj_mishu1").visit(f"/admin/parcel/{found.id}")
    preview = desk.act("登记寄出")
    preview.form.fill({"快递公司": "顺丰速运", "快递单号": tracking})
    preview.confirm()
    desk.visit(f"/admin/parcel/{found.id}")
    return str(found.number)


def arrive(walk: Process, parcel: int) -> None:
    desk = walk.at("fj_mishu1").visit(f"/admin/parcel/{parcel}")
    desk.act("登记签收").confirm()
    desk.visit(f"/admin/parcel/{parcel}")
    walk.picture(desk, "parcel-delivered")


def gate(walk: Process, card_no: str) -> str:
    desk = walk.at("fj_mishu1").visit(f"/gate/{code_of(card_no)}")
    walk.picture(desk, "gate")
    told = desk.page.locator("body").inner_text()
    desk.visit("/admin/")
    return told


def upgrade_after_mailing(walk: Process) -> None:
    """The old badge is void at once, whoever holds it; the new one goes the whole way."""
    old = newest(walk, UPGRADED)
    preview = walk.person("fj_mishu1", UPGRADED).act("升级标签")
    preview.form.fill({"升级为": "VIP"})
    preview.next()
    walk.picture(walk.at("fj_mishu1"), "upgrade")
    preview.confirm()
    assert "已被新证件替换" in gate(walk, old["card_no"])
    for move in ("开始制证", "打印证件", "制证完成", "装入包裹"):
        act_on_cards(walk, (UPGRADED,), move)
    dispatch(walk, "SF2000000002")
    arrive(walk, old["parcel_id"])
    arrive(walk, newest(walk, UPGRADED)["parcel_id"])
    assert "有效" in gate(walk, newest(walk, UPGRADED)["card_no"])
    assert "有效" in gate(walk, newest(walk, REUSED)["card_no"])


# --- money -----------------------------------------------------------------------------------------------------------


def settle(walk: Process) -> None:
    """A statement for the payer, issued and settled; its persons are settled with it."""
    desk = walk.at("caiwu1")
    form = desk.menu("统付对账单").new()
    form.fill({"交易团/分团": "厦门分团"}).save()
    desk.act("出具对账单").confirm()
    with walk.stored() as session:
        number = session.scalar(select(Statement.id).order_by(Statement.id.desc()))
    desk.visit(f"/admin/statement/{number}")
    walk.picture(desk, "statement")
    preview = desk.act("登记结清")
    preview.form.fill({"到账日期": YESTERDAY, "流水号": "ICBC-20261126-1"})
    preview.next().confirm()
    desk = walk.person("caiwu1", RETURNED)
    assert desk.fact("缴费状态") == "已结算"
