"""What a person may rely on: one effect for two clicks, nothing typed is lost, a first password is changed, English."""

from typing import Any

import pytest
from playwright.sync_api import Error
from sqlalchemy import func, select

from models import Account, Batch, BatchStatus, Person, PersonStatus, ReviewRecord, ReviewStep, Unit, UnitStatus
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
NEW_PASSWORD = "silver-Orchard-82-lantern"


def _name(stored: Any, model: Any, login: str, state: Any) -> str:
    """Return the name of the oldest row in a state at the node of an account; names are unique there."""
    with stored() as session:
        node = session.scalars(select(Account.delegation_id).where(Account.username == login)).one()
        here = (model.delegation_id == node, model.review_status == state)
        name: str = session.scalars(select(model.name).where(*here).order_by(model.id).limit(1)).one()
        return name


def test_two_clicks_on_confirm_do_it_once(people: People, stored: Any) -> None:
    unit = _name(stored, Unit, "xiamen1", UnitStatus.pending_first)
    desk = people.at("xiamen1")
    desk.menu("单位").search(unit).open(unit)
    desk.act("初审通过并提报")

    with desk.page.expect_navigation(url=lambda address: "/receipt" in address):
        desk.page.locator("[data-confirm]").dblclick()

    with stored() as session:
        number = session.scalars(select(Unit.id).where(Unit.name == unit)).one()
        passed = (ReviewRecord.unit_id == number, ReviewRecord.step == ReviewStep.first_review)
        assert session.scalar(select(func.count()).where(*passed)) == 1
        assert session.scalar(select(func.count()).where(Batch.status == BatchStatus.done)) == 1


def test_a_form_that_saw_an_older_row_shows_the_difference_and_keeps_what_was_typed(
    people: People, stored: Any
) -> None:
    person = _name(stored, Person, "xiamen1", PersonStatus.pending_confirm)
    first, second = people.at("xiamen1"), people.at("xiamen2")
    for desk in (first, second):
        desk.menu("人员").search(person).open(person)
    mine, theirs = first.edit(), second.edit()
    theirs.fill({"职务": "首席采购官"}).save()
    mine.fill({"职务": "采购总监", "部门": "国际采购部"}).save()

    assert "您打开此页后，别人已保存过这条记录" in first.words
    assert "职务 采购总监 首席采购官" in first.words
    assert (mine.field("职务").input_value(), mine.field("部门").input_value()) == ("采购总监", "国际采购部")
    with stored() as session:
        assert session.scalars(select(Person.title).where(Person.name == person)).one() == "首席采购官"

    mine.press("用我的：覆盖现在的内容")
    assert (first.fact("职务"), first.fact("部门")) == ("采购总监", "国际采购部")


def test_the_first_login_leads_to_a_new_password_and_nowhere_else(people: People) -> None:
    desk = people.at("quanzhou2")
    assert (desk.path, desk.heading) == ("/password", "修改密码")
    assert desk.visit("/admin/person/").path == "/password"

    desk.page.get_by_label("新密码", exact=False).first.fill(NEW_PASSWORD)
    desk.page.get_by_label("再次").fill(NEW_PASSWORD)
    desk.press("保存新密码")
    assert (desk.path, desk.messages) == ("/admin/", ["密码已修改，其他设备上的登录已失效"])

    again = people.window().log_in("quanzhou2", NEW_PASSWORD)
    assert again.path == "/admin/"


def test_the_language_is_switched_and_switched_back(people: People) -> None:
    desk = people.at("xiamen1")
    desk.menu("单位")
    desk.press("English")
    assert (desk.page.locator("html").get_attribute("lang"), desk.heading) == ("en", "Unit")

    desk.press("中文")
    assert (desk.page.locator("html").get_attribute("lang"), desk.heading) == ("zh-CN", "单位")


def test_the_watch_sees_what_no_page_may_do(people: People) -> None:
    page = people.window().visit("/login").page
    page.evaluate("console.error('lost')")
    page.evaluate("document.head.append(Object.assign(document.createElement('script'), {textContent: 'lost'}))")
    with pytest.raises(Error, match="ERR_"):
        page.goto("http://127.0.0.2:1/elsewhere")

    seen, people.faults[:] = "\n".join(people.faults), []
    assert ["console: lost" in seen, "CSP: script-src-elem inline" in seen, "request: http://127.0.0.2:1/" in seen] == [
        True
    ] * 3
