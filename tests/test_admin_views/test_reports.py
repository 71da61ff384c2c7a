"""The daily report: the numbers of the start page as numbers, entered in the trail, for those who see the tables."""

import json
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from admin_views import reports
from models import Audit, Delegation, Role, UnitStatus
from tests import factories
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import Desk
from workflow import figures

pytestmark = on_sqlite  # what is counted is proved on both databases in test_home
ADDRESS = "/admin/report"
NOON = figures.midnight(figures.today()) + timedelta(hours=12)
HOSTILE = '=HYPERLINK("//evil.example")'


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    """Let it be noon of one day in all tests."""
    monkeypatch.setattr(reports, "now", lambda: NOON)
    monkeypatch.setattr(figures, "today", NOON.date)


@pytest.fixture
def at(client, login, world):
    return lambda role: Desk(client, login, world.accounts[role])


def book(answer):
    return load_workbook(BytesIO(answer.response.data))


def rows(sheet):
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def entries(system):
    with system() as session:
        return session.execute(select(Audit.actor, Audit.changes).where(Audit.action == "edition.report")).all()


def test_the_report_holds_title_day_node_and_every_table_with_numbers_as_numbers(system, world, at):
    with system() as session:
        for status in (UnitStatus.approved, UnitStatus.approved, UnitStatus.pending_first):
            factories.unit(
                session, world.edition, world.other_sub, review_status=status, created_at=NOON, state_since=NOON
            )
    found = book(at(Role.secretariat).post(ADDRESS))
    assert found.sheetnames == ["总览", "各分团进度", "锁定进度", "额度", "统付", "每日曲线（单位）"]
    for sheet in found:
        assert sheet["A1"].value == f"第八届进博会 福建团 日报（{figures.today()}）"
        assert sheet["A2"].value.startswith(f"节点：福建省交易团　数据截至：{figures.today()} ")
    progress = rows(found["各分团进度"])
    assert progress[3][:6] == [None, "单位", None, None, None, None]
    assert progress[4][:6] == ["交易团/分团", "登记", "已提交", "初审通过", "审核通过", "单位通过率"]
    assert ["厦门分团", 3, 3, 2, 2, pytest.approx(2 / 3)] in [row[:6] for row in progress]
    assert found["各分团进度"]["F6"].number_format == "0.0%"
    caps = rows(found["统付"])
    assert ["厦门分团", "开启", 10000, 0, 10000, 0] in caps
    days = rows(found["每日曲线（单位）"])
    assert [days[-1][0].date(), *days[-1][1:]] == [figures.today(), 3, 0, 2]
    assert ["单位登记", 3, 1, None] in rows(found["总览"])
    assert ["待初审单位", 1, 0, None] in rows(found["总览"])


def test_what_leaves_is_entered_in_the_trail(system, world, at):
    desk = at(Role.sub_delegation)
    answer = desk.post(ADDRESS)
    assert "%E6%97%A5%E6%8A%A5_%E7%A6%8F%E5%B7%9E%E5%88%86%E5%9B%A2_" in answer.response.headers["Content-Disposition"]
    [(actor, changes)] = entries(system)
    assert actor == world.accounts[Role.sub_delegation].name
    assert json.loads(changes) == {"内容": "总览、各分团进度、额度、统付、每日曲线（单位）", "格式": "xlsx"}


def test_one_table_leaves_alone(system, at):
    assert book(at(Role.finance).post(ADDRESS, panel="caps")).sheetnames == ["统付"]
    assert [json.loads(changes)["内容"] for _actor, changes in entries(system)] == ["统付"]


@pytest.mark.parametrize("role", [Role.security, Role.sysadmin], ids=str)
def test_who_sees_no_table_gets_no_report(system, at, role):
    assert at(role).post(ADDRESS).status == 403
    assert entries(system) == []


def test_a_table_that_the_role_is_not_shown_is_forbidden(at):
    assert at(Role.finance).post(ADDRESS, panel="quota").status == 403


def test_a_name_stays_text(system, world, at):
    with system() as session:
        session.get_one(Delegation, world.other_sub.id).short_name = HOSTILE
    sheet = book(at(Role.secretariat).post(ADDRESS, panel="progress")).worksheets[0]
    [cell] = [row[0] for row in sheet.iter_rows() if row[0].value == HOSTILE]
    assert (cell.data_type, cell.number_format) == ("s", "@")
