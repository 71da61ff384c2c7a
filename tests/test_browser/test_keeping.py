"""What is kept of persons, the decision of two to erase it, and the audit trail verified: in a browser, in both languages."""

import json
from datetime import timedelta

import pytest

from models.kinds import now
from tests import factories
from tests.test_browser.looking import violations
from tests.test_browser.parts import press
from tests.test_browser.people import People
from workflow.actors import SYSTEM
from workflow.sessions import make_engine, make_sessions

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
STILL = {"reduced_motion": "reduce"}
# The page's own words that are Chinese; what people typed is marked as such.
CHINESE = """() => [...document.querySelectorAll("main *:not([lang=zh-CN]):not([lang=zh-CN] *)")]
    .flatMap((element) => [...element.childNodes])
    .filter((node) => node.nodeType === Node.TEXT_NODE && /[\\u4e00-\\u9fff]/.test(node.data))
    .map((node) => node.data.trim())"""


@pytest.fixture
def over(served):
    """An edition that was over a year ago."""
    engine = make_engine(f"sqlite:///{served.folder / 'expo.db'}")
    today = now().date()
    with make_sessions(engine)(info={"actor": SYSTEM}) as session:
        made = factories.edition(
            session, is_current=False, name="第七届进博会", opens_at=now() - timedelta(days=500),
            show_opens_on=today - timedelta(days=401), show_closes_on=today - timedelta(days=400),
        )  # fmt: skip
        session.commit()
        code: str = made.code
    engine.dispose()
    return code


def test_two_decide_an_erasing_and_one_of_them_takes_it_back(people: People, over: str) -> None:
    secretary = people.at("fj_mishu1", **STILL)
    press(secretary.page.get_by_role("link", name="个人信息留存", exact=True))
    assert "上传的文件（证照、照片）" in secretary.words
    assert violations(secretary.page) == []
    press(secretary.page.get_by_role("link", name="第七届进博会"))
    secretary.page.get_by_label("清除的理由").fill("留存期满，按规定清除")
    press(secretary.page.get_by_role("button", name="提出清除"))
    assert secretary.messages == ["已提出清除，等待系统管理员或审计确认"]
    assert violations(secretary.page) == []

    auditor = people.at("shenji1", **STILL)
    auditor.visit(secretary.path)
    auditor.page.get_by_label(f"填写届次代码 {over} 以确认").fill("X")
    press(auditor.page.get_by_role("button", name="确认清除"))
    assert "届次代码不符" in auditor.words
    auditor.page.get_by_label(f"填写届次代码 {over} 以确认").fill(over)
    press(auditor.page.get_by_role("button", name="确认清除"))
    assert "已确认" in auditor.words
    press(auditor.page.get_by_role("button", name="撤回"))
    assert auditor.messages == ["已撤回，没有清除任何内容"]


def test_what_is_left_of_the_edition_in_hand_is_counted_in_english(people: People) -> None:
    desk = people.at("guanli1", **STILL)
    press(desk.page.get_by_role("button", name="English"))
    press(desk.page.get_by_role("link", name="Personal data kept", exact=True))
    press(desk.page.locator("main tbody a").first)
    assert "With personal data" in desk.words
    assert "ID number" in desk.words or "Identity number" in desk.words
    assert violations(desk.page) == []
    assert desk.page.evaluate(CHINESE) == []


def test_the_auditor_verifies_the_trail_and_takes_its_checkpoints_along(people: People) -> None:
    desk = people.at("shenji1", **STILL)
    desk.menu("审计日志")
    press(desk.page.get_by_role("link", name="核验审计日志"))
    assert violations(desk.page) == []
    with desk.page.expect_download() as sent:
        desk.page.get_by_role("button", name="下载检查点").click()
    kept = sent.value.path().read_bytes()
    assert json.loads(kept.splitlines()[-1])["id"] > 0
    desk.page.get_by_label("另存的检查点文件（可不选）").set_input_files(
        {"name": "kept.jsonl", "mimeType": "application/jsonl", "buffer": kept}
    )
    press(desk.page.get_by_role("button", name="开始核验"))
    assert "排队等候中，轮到时自动开始" in desk.words  # nobody works here; what is found is tested without a browser
    assert violations(desk.page) == []
