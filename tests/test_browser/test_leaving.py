"""A unit's mistyped code is put right, and a unit leaves for another province, as the desks do it."""

from typing import Any

import pytest
from sqlalchemy import select

from models import Unit, UnitStatus
from tests import factories
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
REASON = "单位来函：登记时误填"


def _unit(stored: Any, state: UnitStatus, node: str = "厦门分团") -> tuple[str, str]:
    """Return name and code of the newest unit in a state at a node."""
    with stored() as session:
        here = (Unit.review_status == state, Unit.delegation.has(short_name=node))
        row = session.execute(select(Unit.name, Unit.uscc).where(*here).order_by(Unit.id.desc())).first()
        assert row is not None
        return str(row[0]), str(row[1])


def test_the_secretariat_corrects_a_mistyped_code_that_a_sub_delegation_asked_for(people: People, stored: Any) -> None:
    name, old = _unit(stored, UnitStatus.approved)
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
    name, old = _unit(stored, UnitStatus.draft)
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
