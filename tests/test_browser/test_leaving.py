"""A unit's mistyped code is put right, and a unit leaves for another province, as the desks do it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models import Delegation, TransferRequest, Unit, UnitStatus
from tests import factories
from tests.test_browser.acts import Import
from tests.test_browser.parts import kept
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
REASON = "单位来函：登记时误填"


def _unit(stored: Any, node: str, *states: UnitStatus) -> tuple[str, str]:
    """Return name and code of the newest unit in a state at a node, "" for any of Fujian, that nobody has asked for."""
    asked = select(TransferRequest.id).where(TransferRequest.unit_id == Unit.id)
    with stored() as session:
        home = Unit.delegation.has(Delegation.short_name == node if node else Delegation.code.startswith("FJ"))
        here = (Unit.review_status.in_(states), home, ~asked.exists())
        row = session.execute(select(Unit.name, Unit.uscc).where(*here).order_by(Unit.id.desc())).first()
        assert row is not None
        return str(row[0]), str(row[1])


def test_the_secretariat_corrects_a_mistyped_code_that_a_sub_delegation_asked_for(people: People, stored: Any) -> None:
    name, old = _unit(stored, "厦门分团", UnitStatus.approved)
    code = factories.uscc(4_321_001)
    clerk = people.at("xiamen1")
    clerk.menu("单位").search(name).open(name)
    asked = clerk.act("申请更正代码")
    asked.form.fill({"正确的统一社会信用代码": code[:-1] + "?", "理由": REASON})
    asked.next()
    assert "统一社会信用代码第18位“?”不可用" in clerk.words
    asked.form.fill({"正确的统一社会信用代码": code.lower()})
    asked.next().confirm()

    desk = people.at("fj_mishu1")
    desk.visit("/admin/notices")
    assert f"申请更正统一社会信用代码：{old} 改为 {code}，请核对后办理" in desk.words
    desk.menu("单位").search(name).open(name)
    preview = desk.act("更正统一社会信用代码")
    preview.form.fill({"正确的统一社会信用代码": code, "理由": REASON})
    preview.next()
    assert "证照识别结果作废" in desk.words
    preview.form.fill({"确认文字": name})
    assert preview.confirm().rows[0][1:4] == ["已办理", old, code]
    desk.menu("单位").search(code).open(name)
    assert (desk.fact("统一社会信用代码"), desk.fact("原统一社会信用代码")) == (code, old)
    assert desk.fact("审核意见").startswith(f"统一社会信用代码已由 {old} 更正为 {code}")


def test_a_released_code_leaves_a_marked_registration_and_its_tombstone(people: People, stored: Any) -> None:
    name, old = _unit(stored, "福州分团", UnitStatus.draft, UnitStatus.returned, UnitStatus.rejected)
    desk = people.at("fj_mishu1")
    desk.menu("单位").search(name).open(name)
    preview = desk.act("释放统一社会信用代码")
    assert "释放后本次登记作废，不能恢复" in preview.warning
    preview.form.fill({"理由": REASON, "确认文字": name})
    preview.confirm()
    desk.menu("单位").search(name).open(name)
    assert (desk.fact("统一社会信用代码"), desk.fact("原统一社会信用代码")) == ("—", old)
    assert "代码已释放" in desk.words
    desk.menu("删除记录")
    assert REASON in desk.words


def test_a_unit_leaves_in_a_package_and_is_taken_in_by_the_other_province(
    people: People, stored: Any, tmp_path: Path
) -> None:
    name, code = _unit(stored, "", UnitStatus.pending_first, UnitStatus.pending_second)
    desk = people.at("fj_mishu1")
    desk.menu("单位").search(name).open(name)
    asked = desk.act("申请转出省外")
    asked.form.fill({"接收的省交易团": "浙江省交易团", "对方推荐码": "q2021330", "说明": "总部迁往杭州"})
    asked.next().confirm()

    desk.menu("指定申请").search(name).open(name)
    preview = desk.act("移交省外")
    assert "移交后单位及其人员在本省只能查看" in preview.warning
    preview.form.fill({"确认文字": name})
    preview.confirm()
    desk.menu("指定申请").search(name).open(name)
    desk.press("生成移交包")
    desk.page.get_by_label("领取人").fill("沈若兰，浙江省团秘书处，13800001111")
    desk.press("生成密码")
    password = desk.page.locator("[data-password]").inner_text()
    with desk.page.expect_download() as download:
        desk.page.get_by_role("button", name="下载移交包").click()
    package = kept(download.value, tmp_path)
    desk.menu("单位").search(name).open(name)
    assert (desk.moves(), "已转出" in desk.words, desk.fact("原统一社会信用代码")) == ([], True, code)

    other = people.at("zj_mishu1")
    other.menu("移交包").take_in()
    other.page.get_by_label("密码").fill(password)
    came = Import(other.page).upload(package)
    assert came.figures[0] == "1 单位"
    assert "尚未改动任何数据" in other.words
    came.write(act="接收")
    assert f"已接收“{name}”" in other.words
    other.menu("单位").search(name).open(name)
    assert (other.fact("统一社会信用代码"), "待初审" in other.words) == (code, True)

    other.menu("移交包").take_in()
    other.page.get_by_label("密码").fill(password)
    Import(other.page).upload(package)
    assert "已导入过，不能重复导入" in other.words
