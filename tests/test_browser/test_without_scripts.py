"""With scripts off everything still works: coming in, narrowing, choosing, previewing; grave acts still ask."""

from typing import Any

import pytest
from sqlalchemy import select

from models import Account, Person, PersonStatus, Unit, UnitStatus
from tests.test_browser.pages import Desk
from tests.test_browser.parts import press
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def desk(people: People) -> Desk:
    return people.at("xiamen1", java_script_enabled=False)


def _names(stored: Any, model: Any, state: Any) -> list[str]:
    with stored() as session:
        node = session.scalars(select(Account.delegation_id).where(Account.username == "xiamen1")).one()
        here = (model.delegation_id == node, model.review_status == state)
        return list(session.scalars(select(model.name).where(*here)))


def test_chosen_rows_are_moved(desk: Desk, stored: Any) -> None:
    waiting = _names(stored, Person, PersonStatus.pending_confirm)[:2]
    listed = desk.menu("人员")
    press(desk.page.get_by_role("link", name="筛选"))
    panel = desk.page.locator(".filter-panel")
    panel.get_by_role("group", name="审核状态", exact=True).get_by_label("待确认", exact=True).check()
    press(panel.get_by_role("button", name="应用筛选"))

    preview = listed.choose(*waiting).act("取消代付")
    assert preview.figures == ["2 将办理", "0 不能办理", "2 待确认 变为 待审核"]
    receipt = preview.confirm()

    assert sorted(row[0].split()[0] for row in receipt.rows) == sorted(waiting)
    assert {tuple(row[1:4]) for row in receipt.rows} == {("已办理", "待确认", "待审核")}
    assert set(_names(stored, Person, PersonStatus.pending_confirm)) & set(waiting) == set()


def test_a_deletion_still_asks_for_the_name(desk: Desk, stored: Any) -> None:
    unit = _names(stored, Unit, UnitStatus.draft)[0]
    listed = desk.menu("单位").search(unit)
    listed.choose(unit)
    preview = listed.act("删除")
    preview.form.fill({"理由": "重复登记，已另行报名", "确认文字": "别的名字"})
    preview.confirm()
    assert f"请输入“{unit}”以确认；尚未办理" in desk.words
    assert unit in _names(stored, Unit, UnitStatus.draft)

    preview.form.fill({"确认文字": unit})
    receipt = preview.confirm()
    assert [row[1:4] for row in receipt.rows] == [["已办理", "待提交", "已删除"]]
    assert unit not in _names(stored, Unit, UnitStatus.draft)
