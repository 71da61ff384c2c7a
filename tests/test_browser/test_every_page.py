"""Every kind of page keeps to itself and can be used by everybody: axe-core finds nothing on it, in either theme."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Page
from sqlalchemy import select

from models import Account, Edition, Unit, UnitStatus
from tests import factories
from tests.product import Product
from tests.test_browser.acts import Import
from tests.test_browser.crawling import LINKS, Crawl
from tests.test_browser.looking import violations
from tests.test_browser.pages import Desk
from tests.test_browser.parts import press
from tests.test_browser.people import People
from tests.test_exchange.quota_tables import book
from workflow import jobs
from workflow.actors import SYSTEM, actor_for
from workflow.sessions import make_engine, make_sessions

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
STILL = {"reduced_motion": "reduce"}  # a colour on its way to another is nobody's to judge
# The server's own answer is looked at, not what the browser says before it asks.
UNCHECKED = "() => [...document.forms].forEach((form) => (form.noValidate = true))"
# Whose pages: the first who is led to a kind of page is the one for whom it is looked at.
READERS = ("xiamen1", "fj_mishu1", "gongan1", "caiwu1", "guanli1", "shenji1")


def _visit(desk: Desk, found: dict[str, list[str]], address: str) -> list[str]:
    """Look at a page (at few rows where it is a list) and return its links; a file is no page."""
    few = f"{address}{'&' if '?' in address else '?'}size=20" if address.partition("?")[0].endswith("/") else address
    try:
        answer = desk.page.goto(few)
    except Error as error:
        if "Download" in str(error):
            return []
        raise
    if answer is None or not answer.headers.get("content-type", "").startswith("text/html"):
        return []
    return _look(desk.page, found)


def _look(page: Page, found: dict[str, list[str]]) -> list[str]:
    links: list[str] = page.evaluate(LINKS)
    wrong = violations(page)
    if wrong:
        found[page.url.partition("://")[2].partition("/")[2]] = wrong
    return links


def _first(stored: Any, state: UnitStatus) -> str:
    """Return the name of a unit of the sub-delegation of Xiamen in a state."""
    with stored() as session:
        node = session.scalars(select(Account.delegation_id).where(Account.username == "xiamen1")).one()
        here = (Unit.delegation_id == node, Unit.review_status == state)
        name: str = session.scalars(select(Unit.name).where(*here).order_by(Unit.id).limit(1)).one()
        return name


def _the_door(people: People, _stored: Any, _folder: Path) -> Iterator[Page]:
    """Yield the login, a refused one, and the change of a first password with a weak one."""
    yield people.window(**STILL).visit("/login").page
    yield people.window(**STILL).log_in("nobody", "not-the-password").page
    desk = people.at("quanzhou2", **STILL)
    for label in ("新密码", "再次"):
        desk.page.get_by_label(label, exact=False).first.fill("short")
    desk.page.evaluate(UNCHECKED)
    desk.press("保存新密码")
    yield desk.page


def _a_batch(people: People, stored: Any, _folder: Path) -> Iterator[Page]:
    """Yield a list with chosen rows and an open menu, a preview, a refused one, a receipt, the row's story."""
    desk, unit = people.at("xiamen1", **STILL), _first(stored, UnitStatus.pending_first)
    units = desk.menu("单位").search(unit)
    units.choose(unit).row(unit).locator("[data-menu]").click()
    yield desk.page
    units.open(unit)
    yield desk.page
    preview = desk.act("退回修改")
    yield desk.page
    preview.form.fill({"审核意见": "模糊"})
    desk.page.evaluate(UNCHECKED)
    preview.confirm()
    yield desk.page
    preview.form.fill({"审核意见": "营业执照照片不清晰，请重新上传"})
    preview.confirm()
    yield desk.page
    press(desk.page.get_by_role("button", name="撤销整批"))
    yield desk.page
    desk.menu("单位").search(unit).open(unit)
    desk.act("删除")
    yield desk.page
    desk.menu("单位").search(unit).open(unit)
    desk.page.get_by_text("查看完整号码").click()
    desk.page.get_by_label("查看事由").fill("核对联系人")
    desk.page.get_by_role("button", name="查看", exact=True).click()
    desk.page.locator(".revealed").wait_for()
    yield desk.page
    desk.visit(f"{desk.path.removesuffix('/reveal')}/history")
    yield desk.page


def _an_import(people: People, _stored: Any, folder: Path) -> Iterator[Page]:
    """Yield the preview of a quota table with mistakes, and what was written of it."""
    desk, path = people.at("xiamen1", **STILL), folder / "额度.xlsx"
    code = factories.uscc(76_543_218)
    path.write_bytes(
        book((1, code, "厦门榕城茶业有限公司", 1, 0, ""), (2, code[:-1] + "0", "厦门三山食品有限公司", "两", 0, ""))
    )
    desk.menu("单位额度").take_in()
    page = Import(desk.page).upload(path)
    yield desk.page
    page.write("只写入正确的")
    yield desk.page


def _own_tools(people: People, stored: Any, _folder: Path) -> Iterator[Page]:
    """Yield filters in a group with a view to save, the views' page, ticked rows, an open cell, the palette, the way back."""
    desk, unit = people.at("xiamen1", **STILL), _first(stored, UnitStatus.pending_first)
    desk.visit("/admin/unit/?g1.review_status=draft&g1.city.not=福州市&created_at.from=2020-01-01")
    desk.page.get_by_text("保存为视图").click()
    yield desk.page
    desk.page.get_by_label("视图名称").fill("本团的")
    press(desk.page.get_by_role("button", name="保存", exact=True))
    press(desk.page.get_by_role("link", name="管理视图"))
    yield desk.page
    units = desk.menu("单位").search(unit)
    units.choose(unit)
    press(desk.page.get_by_role("button", name="查看已选"))
    yield desk.page
    units = desk.menu("单位").search(unit)
    units.row(unit).locator("td.c-text, td").nth(4).dblclick()
    desk.page.locator(".cell-form input").wait_for()
    yield desk.page
    desk.menu("单位").search(unit).open(unit)
    desk.act("初审通过并提报").confirm()
    yield desk.page
    desk.page.keyboard.press("Control+k")
    desk.page.get_by_role("option").first.wait_for()
    yield desk.page


def _a_job(people: People, _stored: Any, _folder: Path) -> Iterator[Page]:
    """Yield the page of long work that waits for its turn."""
    engine = make_engine(f"sqlite:///{people.product.folder / 'expo.db'}")
    with make_sessions(engine)(info={"actor": SYSTEM}) as session:
        account = session.scalars(select(Account).where(Account.username == "xiamen1")).one()
        job = jobs.ask(
            session, actor_for(session, account), "export", "导出人员（60,000 行）", {}, total=60_000, lang="zh"
        )
        session.commit()
        path = f"/admin/jobs/{job.ref}"
    engine.dispose()
    yield people.at("xiamen1", **STILL).visit(path).page


def _refusals(people: People, _stored: Any, _folder: Path) -> Iterator[Page]:
    """Yield a form with mistakes, a list of nothing, and what is not there."""
    desk = people.at("xiamen1", **STILL)
    desk.visit("/admin/unit/new")
    desk.page.evaluate(UNCHECKED)
    desk.press("保存")
    yield desk.page
    desk.menu("单位").search("没有这样的单位")
    yield desk.page
    for nowhere in ("/admin/unit/999999", "/gate/forged"):
        people.finds_nothing(desk, nowhere)
        yield desk.page


def _of_few(people: People, stored: Any, _folder: Path) -> Iterator[Page]:
    """Yield what is kept of persons, the checking of the trail, and the way to the lock."""
    with stored() as session:
        edition = session.scalars(select(Edition.id).where(Edition.is_current)).one()
    desk = people.at("fj_mishu1", **STILL)
    for path in ("keeping", f"edition/{edition}/keeping"):
        yield desk.visit(f"/admin/{path}").page
    yield people.at("xiamen1", **STILL).visit("/admin/lock").page
    yield people.at("shenji1", **STILL).visit("/admin/audit-chain").page


def test_every_kind_of_page_can_be_used_by_everybody(
    people: People, served: Product, stored: Any, tmp_path: Path
) -> None:
    crawl, found = Crawl(served), dict[str, list[str]]()
    for made in (_the_door, _a_batch, _an_import, _own_tools, _a_job, _of_few, _refusals):
        for page in made(people, stored, tmp_path):
            _look(page, found)
            crawl.seen.add(crawl.kind(page.url) or ("",))
    for reader in READERS:
        desk = people.at(reader, **STILL)
        crawl.walk("/admin/", partial(_visit, desk, found))

    assert found == {}
    assert list(crawl.unseen()) == []
