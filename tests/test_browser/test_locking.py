"""A sub-delegation locks after its checklist, the province accepts, an exception window opens and closes by time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from models import (
    Delegation,
    DelegationEdition,
    Edition,
    ExceptionWindow,
    LockStatus,
    Person,
    PersonStatus,
    TransferRequest,
    TransferStatus,
    Unit,
    UnitStatus,
    WindowStatus,
)
from models.columns import SHANGHAI
from models.kinds import now
from tests import factories
from tests.test_browser.looking import violations
from tests.test_browser.people import People
from workflow import expiring, locks
from workflow.actors import SYSTEM
from workflow.sessions import make_engine, make_sessions, writing_sets

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
NODE = "宁德分团"
REASON = "单位来函：参会人员有变动"


@pytest.fixture
def changing(served) -> Iterator[Callable[[], Any]]:
    """Give what opens a session that writes past the desks, as a night that has gone by would have."""
    engine = make_engine(f"sqlite:///{served.folder / 'expo.db'}")

    @contextmanager
    def opened() -> Iterator[Any]:
        with make_sessions(engine)(info={"actor": SYSTEM}) as session, session.begin(), writing_sets(session):
            yield session

    yield opened
    engine.dispose()


def _node(session: Any) -> int:
    return int(session.scalars(select(Delegation.id).where(Delegation.short_name == NODE)).one())


@pytest.fixture
def nearly_done(changing) -> tuple[str, str]:
    """Let the node have dealt with everything but one unit; return that unit's name and an approved one's."""
    with changing() as session:
        node = _node(session)
        own = Unit.delegation_id == node
        waiting = (UnitStatus.pending_first, UnitStatus.auto_check)
        session.execute(
            update(Unit).where(own, Unit.review_status.in_(waiting)).values(review_status=UnitStatus.pending_second)
        )
        left = (PersonStatus.draft, PersonStatus.pending_confirm)
        here = Person.delegation_id == node
        session.execute(
            update(Person).where(here, Person.review_status.in_(left)).values(review_status=PersonStatus.submitted)
        )
        asked = TransferRequest.target_id == node
        session.execute(update(TransferRequest).where(asked).values(status=TransferStatus.declined))
        edition = (
            session.scalars(select(DelegationEdition).where(DelegationEdition.delegation_id == node)).one().edition_id
        )
        place = session.get_one(Delegation, node)
        home = session.get_one(Edition, edition)
        names = []
        for status in (UnitStatus.pending_first, UnitStatus.approved):
            values = {"edition_id": edition, "review_status": status, "referral_code": place.referral_code}
            names.append(factories.unit(session, home, place, **values).name)
        return names[0], names[1]


def _lock(desk: Any) -> Any:
    """Open the checklist from the start page."""
    desk.visit("/admin/")
    desk.page.locator("#lock").get_by_role("link", name="锁定提交").click()
    desk.page.wait_for_url("**/lock")
    return desk


def _row(desk: Any) -> Any:
    """The node's line in the table of the start page."""
    return desk.page.locator("#locking tbody tr").filter(has=desk.page.get_by_text(NODE, exact=True))


def _save(desk: Any, address: str) -> None:
    desk.edit().fill({"详细地址": address})
    desk.press("保存")


def test_a_sub_delegation_mends_what_is_left_and_locks(people: People, nearly_done: tuple[str, str]) -> None:
    left, approved = nearly_done
    clerk = _lock(people.at("ningde1"))
    line = clerk.page.locator("#units_unreviewed")
    assert line.get_by_role("link").get_attribute("data-count") == "1"
    assert "目前没有可办理的操作" in clerk.words

    line.get_by_role("link").click()
    clerk.page.wait_for_url("**review_status=pending_first**")
    clerk.follow(left)
    clerk.act("初审通过并提报").confirm()

    preview = _lock(clerk).act("锁定提交")
    assert "只有省团可以解锁" in preview.warning
    assert clerk.page.locator("[data-confirm]").is_disabled()
    preview.form.fill({"确认文字": NODE})
    assert preview.confirm().rows[0][1:4] == ["已办理", "未锁定", "已提交锁定"]

    clerk.menu("单位").search(approved).open(approved)
    assert locks.SENTENCE in clerk.words
    _save(clerk, "鼓楼区五四路2号")
    assert locks.SENTENCE in clerk.words


def test_the_province_accepts_and_opens_a_window_that_closes_by_time(people: People, changing: Any) -> None:
    with changing() as session:
        node = _node(session)
        mine = select(Unit.name).where(Unit.delegation_id == node, Unit.review_status == UnitStatus.approved)
        approved = str(session.scalars(mine.order_by(Unit.id.desc())).first())
    desk = people.at("fj_mishu1")
    assert "已提交锁定" in _row(desk).inner_text()
    _row(desk).get_by_role("link").first.click()
    desk.page.wait_for_url("**/lock")
    assert desk.act("接受锁定").confirm().rows[0][1:4] == ["已办理", "已提交锁定", "已接受"]

    desk.menu("单位").search(approved).open(approved)
    preview = desk.act("开启例外窗口")
    until = (now() + timedelta(days=2)).astimezone(SHANGHAI)
    preview.form.fill({"开到": f"{until:%Y-%m-%dT%H:%M}", "理由": REASON})
    preview.confirm()

    clerk = people.at("ningde1")
    clerk.menu("单位").search(approved).open(approved)
    assert f"例外窗口开到 {until:%Y-%m-%d %H:%M}" in clerk.words
    _save(clerk, "鼓楼区五四路3号")
    assert clerk.fact("详细地址") == "鼓楼区五四路3号"

    with changing() as session:
        session.execute(update(ExceptionWindow).values(until=now() - timedelta(seconds=1)))
    clerk.page.reload()
    assert locks.SENTENCE in clerk.words
    with changing() as session:
        expiring.close_due(session, now())
    desk.menu("例外窗口")
    assert "已到期关闭" in desk.words
    with changing() as session:
        assert session.scalars(select(ExceptionWindow.status)).all() == [WindowStatus.lapsed]
        own = select(DelegationEdition.status).where(DelegationEdition.delegation_id == node)
        assert session.scalars(own).one() is LockStatus.accepted


def test_the_checklist_is_for_everybody_on_every_screen(people: People) -> None:
    clerk = people.window(reduced_motion="reduce").log_in("putian1", people.product.passwords["putian1"])
    clerk.visit("/admin/lock")
    assert clerk.heading == "锁定提交"
    assert violations(clerk.page) == []
    clerk.page.set_viewport_size({"width": 390, "height": 844})
    assert clerk.page.locator("#blockers-title").inner_text() == "须先办理"
