"""The start page: its figures against rows counted by hand, ages and days in Shanghai, and a constant number of statements."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import update

from models import (
    Audit,
    CertificateStatus,
    Edition,
    IdType,
    Label,
    PaymentStatus,
    PersonStatus,
    Role,
    UnitStatus,
)
from models.columns import SHANGHAI
from tests import factories
from tests.browser import log_in
from tests.test_admin_views._desk import Desk, statements
from tests.test_workflow import _cast
from workflow import deadlines, figures
from workflow.sessions import writing_sets

U, P, C = UnitStatus, PersonStatus, CertificateStatus
COUNTED = re.compile(r'href="([^"]+)" data-count="(\d+)"')
TODAY = figures.today()
STEPS = ("登记", "已提交", "初审通过", "审核通过")


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    """Let no test run over midnight."""
    monkeypatch.setattr(figures, "today", lambda: TODAY)


def ago(days):
    """Return the noon of a day in Shanghai, so many days back."""
    return datetime.combine(figures.today() - timedelta(days=days), time(12), SHANGHAI).astimezone(UTC)


def fill(session, world, node):
    """Hang five units and five persons in different states on a node."""
    units = [
        factories.unit(session, world.edition, node, review_status=status, state_since=ago(days), created_at=ago(days))
        for status, days in ((U.draft, 0), (U.pending_first, 3), (U.pending_first, 4), (U.pending_second, 8), (U.approved, 1))
    ]  # fmt: skip
    factories.unit(session, world.edition, node, review_status=U.deleted)
    states = (P.draft, P.pending_confirm, P.pending_review, P.approved, P.approved)
    persons = [factories.person(session, units[-1], review_status=state, state_since=ago(16)) for state in states]
    _cast.handed_over(session, persons[2])
    factories.certificate(session, persons[3], status=C.delivered)
    factories.certificate(session, persons[4], status=C.void)
    factories.certificate(session, persons[4], status=C.queued, version=2)
    return units


@pytest.fixture
def filled(system, world):
    with system() as session:
        for node in (world.sub, world.below, world.other_sub, world.foreign_sub):
            fill(session, world, node)


@pytest.fixture
def at(client, login, world):
    return lambda role: Desk(client, login, world.accounts[role])


def table(page, name):
    """Return the rows of a panel by their first cell."""
    [section] = re.findall(rf'<section[^>]* id="{name}".*?</section>', page.response.text, re.DOTALL)
    rows = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        for row in re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)
    ]
    plain = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in rows]
    return {row[0]: row[1:] for row in plain}


def counts(page):
    """Return the counted links as {address: number}."""
    return {address.replace("&amp;", "&"): int(n) for address, n in COUNTED.findall(page.response.text)}


@pytest.mark.usefixtures("filled")
def test_the_steps_are_what_is_counted_by_hand(at):
    steps = table(at(Role.sub_delegation).get("/admin/"), "funnel")
    assert [steps[f"单位{step}"][0] for step in STEPS] == ["10", "8", "4", "2"]
    told = [steps[f"人员{step}"] for step in ("登记", "已提交", "已确认", "通过安全审核", "已有证件", "已领取或开通")]
    assert told == [["10", "100.0%"], ["8", "80.0%"], ["6", "60.0%"], ["4", "40.0%"], ["4", "40.0%"], ["2", "20.0%"]]


@pytest.mark.usefixtures("filled")
def test_a_node_counts_all_below_it_and_the_own_level_only_itself(at):
    progress = table(at(Role.secretariat).get("/admin/"), "progress")
    assert {name: row[:5] for name, row in progress.items() if name != "交易团/分团"} == {
        "本级直属": ["0", "0", "0", "0", "0.0%"], "福州分团": ["10", "8", "4", "2", "20.0%"],
        "厦门分团": ["5", "4", "2", "1", "20.0%"], "合计": ["15", "12", "6", "3", "20.0%"],
    }  # fmt: skip


@pytest.mark.usefixtures("filled")
def test_rows_that_wait_too_long_are_told_by_days_of_the_calendar(at):
    page = at(Role.sub_delegation).get("/admin/")
    limit = figures.today() - timedelta(days=4)
    told = counts(page)
    assert told["/admin/unit/?review_status=pending_first"] == 4
    assert told[f"/admin/unit/?review_status=pending_first&state_since.to={limit}"] == 2
    assert "4 待初审单位 最久 4 天 超 3 天 2" in page.words
    assert "最久 16 天 超 7 天 2 超 15 天 2" in page.words


def test_a_day_begins_at_midnight_in_shanghai(system, world, at):
    midnight = figures.midnight(figures.today() - timedelta(days=2))
    with system() as session:
        for moment in (midnight - timedelta(microseconds=1), midnight, midnight + timedelta(hours=24, microseconds=-1)):
            factories.unit(session, world.edition, world.sub, created_at=moment)
    days = table(at(Role.sub_delegation).get("/admin/"), "days")
    today = figures.today()
    told = {day: int(row[0]) for day, row in days.items() if day.startswith("20") and row[0] != "0"}
    assert told == {str(today - timedelta(days=3)): 1, str(today - timedelta(days=2)): 2}
    assert len(days) == 31


@pytest.mark.parametrize(
    ("closes", "last"),
    [
        (datetime(2026, 10, 20, 0, 0, tzinfo=SHANGHAI), date(2026, 10, 19)),
        (datetime(2026, 10, 20, 0, 0, 0, 1, tzinfo=SHANGHAI), date(2026, 10, 20)),
        (datetime(2026, 10, 20, 16, 0, tzinfo=UTC), date(2026, 10, 20)),
    ],
)
def test_a_deadline_is_half_open(closes, last):
    assert deadlines.last_day(closes) == last


def test_the_last_safe_day_leaves_time_for_the_check_and_is_never_after_the_deadline():
    edition = Edition(person_closes_at=datetime(2026, 10, 25, tzinfo=SHANGHAI), show_opens_on=date(2026, 11, 5))
    assert [figures.safe_day(edition, days) for days in (7, 15)] == [date(2026, 10, 24), date(2026, 10, 21)]


def test_the_days_left_are_told(system, world, at):
    closes = figures.midnight(figures.today() + timedelta(days=1))
    with system() as session:
        edition = session.get_one(Edition, world.edition.id)
        edition.unit_closes_at, edition.person_closes_at = closes, closes + timedelta(days=5)
        edition.pay_closes_at = closes - timedelta(days=2)
    words = at(Role.sub_delegation).get("/admin/").words
    assert ["单位报名截止 就在今天" in words, "人员提交截止 还有 5 天" in words, "缴费截止 已过 2 天" in words] == [
        True
    ] * 3


@pytest.mark.usefixtures("filled")
def test_security_sees_its_checks_by_paper_and_what_is_overdue(system, world, at):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=U.approved)
        abroad = {"id_type": IdType.PASSPORT, "state_since": ago(15)}
        handed, _kept = (factories.person(session, unit, review_status=P.pending_review, **abroad) for _ in range(2))
        _cast.handed_over(session, handed)
    words = at(Role.security).get("/admin/").words
    assert "3 待审核：居民身份证 最久 16 天 超 7 天 3 1 待审核：其他证件 最久 15 天" in words
    assert "超 15 天" not in words


def test_finance_sees_persons_by_payment(system, world, at):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=U.approved)
        for status in (PaymentStatus.unpaid, PaymentStatus.unpaid, PaymentStatus.paid):
            factories.person(session, unit, review_status=P.approved, payment_status=status)
    page = at(Role.finance).get("/admin/")
    assert {state: row[0] for state, row in table(page, "payments").items() if row[0] not in ("0", "人数")} == {
        "待支付": "2", "已支付": "1",
    }  # fmt: skip
    assert table(page, "caps")["福州分团"] == ["开启", "10,000.00", "0.00", "10,000.00", "0.0%"]


def test_the_system_administrator_sees_accounts_to_look_after(system, world, at, client):
    with system() as session:
        factories.account(session, world.sub, username="never", must_change_password=True)
        factories.account(session, world.sub, initial_password_expires_at=ago(1), last_login_at=ago(2))
        factories.account(session, world.sub, username="guessed", is_active=False, last_login_at=ago(2))
    for _ in range(5):
        log_in(client, "guessed", "wrong-Harbour-47-violet")
    assert counts(at(Role.sysadmin).get("/admin/")) == {
        "/admin/account/?locked=1": 1, "/admin/account/?expired=1": 1, "/admin/account/?unused=1": 1,
        "/admin/account/?is_active=0": 1,
    }  # fmt: skip


def test_an_auditor_sees_whether_the_chain_holds(system, at):
    desk = at(Role.auditor)
    assert "审计链完好" in desk.get("/admin/").words
    with system() as session, writing_sets(session):
        session.execute(update(Audit).values(actor="别人"))
    assert "审计链校验不一致" in desk.get("/admin/").words


def test_quota_is_told_by_node_with_what_units_below_use(system, world, at):
    with system() as session:
        for node, used in ((world.sub, 3), (world.below, 2)):
            unit = factories.unit(session, world.edition, node)
            factories.allocation(session, unit, Label.VIP, allotted=5, used=used)
    quota = table(at(Role.sub_delegation).get("/admin/"), "quota")
    assert quota["福州分团"][:5] == ["100", "25", "5", "75", "25.0%"]
    assert quota["鼓楼组"][:5] == ["20", "5", "2", "15", "25.0%"]


def test_a_quantity_leads_to_the_pool_or_the_settings_it_stands_in(at):
    desk = at(Role.secretariat)
    panels = re.findall(
        r'<section[^>]* id="(?:quota|caps)".*?</section>', desk.get("/admin/?all=1").response.text, re.DOTALL
    )
    links = {
        link.replace("&amp;", "&")
        for panel in panels
        for link in re.findall(r'<t[dh][^>]*><a href="(/admin/\w+/\?[^"]+)"', panel)
    }
    shown = [set(re.findall(r"共 ([\d,]+) 条", desk.get(link).words)) for link in links]
    assert shown == [{"1"}] * 12


@pytest.mark.usefixtures("filled")
def test_tables_are_sorted_as_asked_and_junk_is_no_order(at):
    desk = at(Role.secretariat)
    names = [
        list(table(desk.get(f"/admin/?progress={order}"), "progress"))[1:-1]
        for order in ("units", "-units", "junk", "")
    ]
    assert names == [
        ["本级直属", "厦门分团", "福州分团"], ["福州分团", "厦门分团", "本级直属"], ["本级直属", "福州分团", "厦门分团"],
        ["本级直属", "福州分团", "厦门分团"],
    ]  # fmt: skip


@pytest.mark.parametrize("role", [Role.secretariat, Role.sub_delegation, Role.finance, Role.auditor], ids=str)
def test_one_node_and_three_cost_the_same_statements(app, at, system, world, role):
    desk = at(role)
    with system() as session:
        fill(session, world, world.sub)
    few = statements(app, desk, "/admin/")
    with system() as session:
        for parent in (world.province, world.sub, world.sub):
            node = factories.delegation(session, parent)
            factories.node_settings(session, world.edition, node)
            for label in (Label.VIP, Label.STAFF):
                factories.quota_pool(session, world.edition, node, label)
            fill(session, world, node)
    assert statements(app, desk, "/admin/") == few


def test_without_rows_every_figure_is_nought(at):
    assert set(counts(at(Role.sub_delegation).get("/admin/")).values()) == {0}
