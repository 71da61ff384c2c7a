"""A clerk at the review desk: ten units a minute by keyboard, one returned with its faults marked, two who never meet."""

import hashlib
import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from demo import pictures
from exchange.pictures import path_of
from models import (
    Account,
    Attachment,
    AttachmentKind,
    Delegation,
    Edition,
    GroupPayDecision,
    Person,
    PersonStatus,
    Unit,
    UnitStatus,
    keyring,
)
from models.kinds import new_ref
from tests import factories
from tests.conftest import DATA_KEY, INDEX_KEY
from tests.test_browser.pages import Desk
from tests.test_browser.parts import press
from tests.test_browser.people import People
from workflow import canned
from workflow.actors import SYSTEM
from workflow.sessions import make_engine, make_sessions

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.usefixtures("_queue")]
WAITING, MINUTE = 14, 60.0
FAULT = "单位名称与证照不一致，请按证照全称填写"


@pytest.fixture(scope="module")
def _queue(served: Any) -> None:
    """Let more units wait at Xiamen, each with a picture of its licence."""
    keyring.use(keyring.KeyRing(keys={1: DATA_KEY}, active=1, index_key=INDEX_KEY))
    engine = make_engine(f"sqlite:///{served.folder / 'expo.db'}")
    with make_sessions(engine)(info={"actor": SYSTEM}) as session:
        node = session.scalars(select(Delegation).join(Account).where(Account.username == "xiamen1")).one()
        edition = session.scalars(select(Edition).where(Edition.is_current)).one()
        names = [f"厦门鹭江第{number}贸易有限公司" for number in range(WAITING)]
        for number, name in enumerate(names):
            code = factories.uscc(54_000_000 + number)
            unit = factories.unit(
                session, edition, node, name=name, uscc=code, review_status=UnitStatus.pending_first, round=1, city="厦门市",
                address="福建省厦门市思明区鹭江道1号",
            )  # fmt: skip
            data = pictures.licence(name, code, number)
            facts = {"filename": "单位资质证明.jpg", "media_type": "image/jpeg", "size": len(data)}
            row = Attachment(
                ref=new_ref(), **factories.owner(unit), kind=AttachmentKind.LICENCE,
                sha256=hashlib.sha256(data).hexdigest(), **facts,
            )  # fmt: skip
            path = path_of(served.folder / "files", factories.saved(session, row).ref)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        session.commit()
    engine.dispose()


def begin(desk: Desk, noun: str = "") -> Page:
    """Come to the desk by the menu and start."""
    desk.menu("审核工作台")
    if noun:
        press(desk.page.get_by_role("navigation", name="工作台").get_by_role("link", name=noun))
    press(desk.page.get_by_role("button", name=re.compile("开始审核")))
    return desk.page


def title(page: Page) -> str:
    return page.locator("h1").inner_text()


def moves_on(page: Page, act: Callable[[], Any]) -> str:
    """Do something and wait until another row stands there and the answer has come; return its name."""
    before = title(page)
    act()
    page.wait_for_function("before => document.querySelector('h1')?.textContent !== before", arg=before)
    page.wait_for_selector("main:not([aria-busy])")
    return title(page)


def states(stored: Any, names: list[str]) -> dict[str, UnitStatus]:
    with stored() as session:
        rows = session.execute(select(Unit.name, Unit.review_status).where(Unit.name.in_(names)))
        return {row[0]: row[1] for row in rows}


def test_ten_units_are_decided_by_keyboard_within_a_minute(people: People, stored: Any) -> None:
    page = begin(people.at("xiamen1"))
    decided, begun = [], time.monotonic()
    for _ in range(10):
        decided.append(title(page))
        moves_on(page, lambda: page.keyboard.press("a"))
        assert page.locator("[data-picture]").evaluate("image => image.decode().then(() => image.naturalWidth)") == 1000
    taken = time.monotonic() - begun
    assert len(set(decided)) == 10
    assert set(states(stored, decided).values()) == {UnitStatus.pending_second}
    assert re.search(r"本次已办 10，平均 \d+ 秒", page.locator(".rv-top").inner_text())
    assert taken < MINUTE / 2, f"{taken:.1f} s for ten decisions: no time is left to look at them"

    back = moves_on(page, lambda: page.keyboard.press("u"))
    assert back == decided[-1]
    assert states(stored, [back]) == {back: UnitStatus.pending_first}
    assert "本次已办 9" in page.locator(".rv-top").inner_text()


def test_a_unit_is_returned_with_its_faults_marked(people: People, stored: Any) -> None:
    page = begin(people.at("xiamen1"))
    unit = title(page)
    page.locator(".rv-field").filter(has=page.get_by_text("单位名称", exact=True)).locator("summary").click()
    assert page.locator("#opinion").input_value() == FAULT
    page.keyboard.press("r")
    page.keyboard.press("End")
    page.keyboard.type("；a、r、x 照打不误")  # keys are letters while something is written
    following = moves_on(page, lambda: page.keyboard.press("Control+Enter"))
    assert following != unit
    with stored() as session:
        found = session.execute(select(Unit.review_status, Unit.opinion).where(Unit.name == unit)).one()
    assert tuple(found) == (UnitStatus.returned, f"{FAULT}；a、r、x 照打不误")

    page.keyboard.press("r")
    page.keyboard.type("太短")
    page.keyboard.press("Control+Enter")
    page.get_by_text("“审核意见”须为 5 至 500 个字").wait_for()
    assert (title(page), page.locator("#opinion").input_value()) == (following, "太短")


def test_a_unit_of_whose_name_one_hears_is_returned_without_leaving_the_keyboard(people: People, stored: Any) -> None:
    with stored() as session:
        waiting = (Unit.review_status == UnitStatus.pending_first, Unit.name.startswith("厦门鹭江"))
        unit = session.scalars(select(Unit.name).where(*waiting).order_by(Unit.id.desc()).limit(1)).one()
    page = people.at("xiamen1").page
    page.keyboard.press("Control+k")
    page.keyboard.type(unit)
    page.get_by_role("option", name=unit).and_(page.locator("[aria-selected=true]")).wait_for()
    page.keyboard.press("Alt+Enter")
    page.wait_for_url("**/admin/review/unit/*")
    assert title(page) == unit
    page.keyboard.press("2")
    page.keyboard.press("r")
    moves_on(page, lambda: page.keyboard.press("Control+Enter"))
    with stored() as session:
        found = session.execute(select(Unit.review_status, Unit.opinion).where(Unit.name == unit)).one()
    assert tuple(found) == (UnitStatus.returned, canned.GENERAL["unit"][1])


def test_two_clerks_never_have_the_same_unit_and_hear_of_each_other(people: People) -> None:
    one, other = people.at("xiamen1"), people.at("xiamen2")
    first, second = begin(one), begin(other)
    seen = title(first)
    assert title(second) != seen
    second.wait_for_load_state("networkidle")
    other.visit(first.url.removeprefix(other.address))
    second.get_by_text("正在审核").wait_for()
    moves_on(second, lambda: second.keyboard.press("a"))
    moves_on(first, lambda: first.keyboard.press("a"))
    assert f"“{seen}”：已由" in first.locator(".flashes").inner_text()


def test_next_previous_and_skip(people: People) -> None:
    page = begin(people.at("xiamen1"))
    first = title(page)
    second = moves_on(page, lambda: page.keyboard.press("j"))
    assert moves_on(page, lambda: page.keyboard.press("k")) == first
    assert moves_on(page, lambda: page.keyboard.press("s")) == second
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    scale = page.locator("[data-scale]")
    page.keyboard.press("+")
    assert scale.inner_text() == "125%"
    page.keyboard.press("0")
    assert scale.inner_text() == "100%"
    page.get_by_role("button", name="退出工作台").click()
    page.wait_for_url("**/admin/review/unit/")
    assert page.get_by_role("row").filter(has_text=first).get_by_text("我跳过的").is_visible()


def test_without_scripts_forms_do(people: People, stored: Any) -> None:
    page = begin(people.at("xiamen1", java_script_enabled=False))
    unit = title(page)
    page.locator(".rv-field").filter(has=page.get_by_text("联系人", exact=True)).locator("summary").click()
    page.get_by_label("联系人姓名填写有误，请更正").check()
    press(page.locator(".rv-acts").get_by_role("button", name="退回修改"))
    with stored() as session:
        found = session.execute(select(Unit.review_status, Unit.opinion).where(Unit.name == unit)).one()
    assert tuple(found) == (UnitStatus.returned, "联系人姓名填写有误，请更正")
    unit = title(page)
    press(page.locator(".rv-bar").get_by_role("button", name="初审通过并提报"))
    assert states(stored, [unit]) == {unit: UnitStatus.pending_second}


def test_persons_are_decided_at_the_same_desk(people: People, stored: Any) -> None:
    decided = {}
    for account, key in (("xiamen1", "c"), ("gongan1", "a")):
        page = begin(people.at(account), "人员" if account == "xiamen1" else "")
        decided[account] = int(page.locator("[data-review]").get_attribute("data-row") or 0)
        moves_on(page, partial(page.keyboard.press, key))
    with stored() as session:
        found = {name: session.get_one(Person, row_id) for name, row_id in decided.items()}
        assert found["xiamen1"].group_pay_decision is GroupPayDecision.cancelled
        assert found["gongan1"].review_status is PersonStatus.approved
