"""The first half of the main job: quota before the unit is there, the unit, its persons, submitting for them."""

from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import func, select

from demo import pictures
from models import QuotaAllocation
from tests import factories
from tests.test_browser.acts import Import
from tests.test_browser.walk import CODE, OTHER_CODE, PERSONS, UNIT, VIP, Walk


def import_quota(walk: Walk) -> None:
    desk = walk.at("xiamen1")
    desk.menu("单位额度").take_in()
    page = Import(desk.page)
    template = page.template(walk.folder)

    bad = _filled(template, "错误.xlsx", [
        (OTHER_CODE, "厦门白鹭茶业有限公司", 1, 1), (91350100076543210, "数值格式", 1, 1), (CODE[:-1] + "0", UNIT, 1, 0),
        (factories.uscc(76_543_212), "额度过大", "很多", 1), (factories.uscc(76_543_213), "余额不足", 999, 0),
    ])  # fmt: skip
    page.upload(bad)
    assert page.figures == ["1 新增", "0 变更", "0 相同，不改动", "4 有错误"]
    errors = page.table("错误")
    assert [(row[0], row[1]) for row in errors] == [
        ("3", "统一社会信用代码"), ("4", "统一社会信用代码"), ("5", "VIP额度"), ("6", "VIP额度"),
    ]  # fmt: skip
    assert (errors[0][3], errors[0][4]) == ("单元格B3为数值格式，末位已丢失", "请改为文本后重新填写")
    with walk.stored() as session:
        assert session.scalar(select(func.count()).where(QuotaAllocation.uscc == OTHER_CODE)) == 0

    good = _filled(template, "额度.xlsx", [(CODE, UNIT, 2, 1), (OTHER_CODE, "厦门白鹭茶业有限公司", 0, 2)])
    desk.menu("单位额度").take_in()
    page.upload(good)
    assert page.figures == ["2 新增", "0 变更", "0 相同，不改动", "0 有错误"]
    page.write()
    assert desk.messages == ["已写入：新增 2 行，变更 0 行；相同未动 0 行，未写入 0 行"]
    with walk.stored() as session:
        rows = select(QuotaAllocation.label, QuotaAllocation.allotted).where(QuotaAllocation.uscc == CODE)
        assert {label.value: allotted for label, allotted in session.execute(rows)} == {"VIP": 2, "STAFF": 1}

    desk.menu("单位额度").take_in()
    page.upload(good)
    assert page.figures == ["0 新增", "0 变更", "2 相同，不改动", "0 有错误"]
    assert "没有可写入的行" in page.verdict


def _filled(template: Path, name: str, rows: list[tuple[Any, ...]]) -> Path:
    """Fill the downloaded template in as a person does, from its second row on."""
    book = load_workbook(template)
    sheet = book.worksheets[0]
    for number, row in enumerate(rows, 2):
        for column, value in enumerate((number - 1, *row), 1):
            sheet.cell(number, column, value)
    path = template.with_name(name)
    book.save(path)
    return path


def register_the_unit(walk: Walk) -> None:
    desk = walk.at("xiamen1")
    form = desk.menu("单位").new()
    form.fill({
        "单位名称": UNIT, "统一社会信用代码": CODE, "单位所在地区": "境内", "单位观众分类": "企业", "证照类型": "营业执照",
        "注册资本（万元人民币）": "500", "所在城市": "厦门市", "详细地址": "思明区湖滨南路100号", "联系人": "苏雨晴",
        "联系人手机": "13800138000", "联系邮箱": "suyuqing@example.com", "交易团推荐码": "Q2021391",
    })  # fmt: skip
    form.upload("单位资质证明", walk.file("营业执照.jpg", pictures.licence(UNIT, CODE, 1)))
    form.save()
    assert (desk.heading, desk.messages) == (UNIT, ["已保存"])
    assert desk.fact("审核状态") == "待提交"

    form = desk.menu("采购意向").new()
    form.look_up("单位", UNIT).fill({"意向展区": "食品及农产品", "意向产品/服务名称": "咖啡豆"}).save()
    assert desk.messages == ["已保存"]


def register_its_persons(walk: Walk) -> None:
    for number, name in enumerate(PERSONS, 1):
        id_no = factories.resident_id(880_000 + number)
        desk = walk.unit("xiamen1")
        form = desk.add("人员")
        form.fill({
            "姓名": name, "人员标签": "VIP" if name == VIP else "专业观众", "性别": "男" if int(id_no[16]) % 2 else "女",
            "出生日期": f"{id_no[6:10]}-{id_no[10:12]}-{id_no[12:14]}", "证件号码": id_no, "职务": "采购经理",
            "手机号码": f"1390013900{number}", "证件获取方式": "现场领取",
        })  # fmt: skip
        form.upload("证件照", walk.file(f"{name}.jpg", pictures.portrait(number)))
        form.tick("本人已知情并同意为参会审核、制证处理其个人信息").save()
        assert (desk.heading, desk.messages) == (name, ["已保存"])


def submit_on_behalf(walk: Walk) -> None:
    desk = walk.unit("xiamen1")
    assert sorted(row.split()[0] for row in desk.related("人员")) == sorted(PERSONS)
    receipt = desk.act("确认提交").confirm()
    assert receipt.rows == [[f"{UNIT} {walk.found()[0]}", "已办理", "待提交", "待初审", ""]]

    people = desk.menu("人员").filter({"审核状态": "待提交"}).choose(*PERSONS)
    receipt = people.act("提交").confirm()
    assert receipt.figures == ["3 全部", "3 已办理", "0 未办理"]
    assert {row[3] for row in receipt.rows} == {"已提交（待单位审核）"}
