"""The pages of what is kept: numbers that are true, decided by two, seen by three roles, and never a value."""

import io
import json
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select

from admin_views import erasing
from models import Audit, BatchRow, Edition, Erasure, ErasureState, Person, Role, Unit
from models.kinds import now
from tests import factories
from tests.conftest import on_sqlite
from tests.test_admin_views import _kept
from tests.test_admin_views._desk import Desk
from workflow import keeping
from workflow.actors import SYSTEM

INDEX = "/admin/keeping"
REASON = "留存期满，按规定清除"


@pytest.fixture
def over(app, sessions, world):
    with sessions(info={"actor": SYSTEM}) as session:
        unit, person = _kept.fill(session, world, app)
        new, _other = _kept.end(session, world)
    return {"unit": unit.id, "person": person.id, "old": world.edition.id, "new": new.id}


@pytest.fixture
def page(over):
    return f"/admin/edition/{over['old']}/keeping"


@pytest.fixture
def at(client, login, world):
    """Sit down at somebody's desk."""

    def sit(role):
        client.delete_cookie("session")
        return Desk(client, login, world.accounts[role])

    return sit


def line(shown, name):
    return next(row for row in shown.cells if row and row[0] == name)


def test_the_counts_are_those_of_the_tables(at, page, over, system):
    shown = at(Role.auditor).get(page)
    with system() as session:
        units = session.scalar(select(func.count()).where(Unit.edition_id == over["old"]))
        persons = session.scalar(select(func.count()).where(Person.edition_id == over["old"]))
        sealed = session.scalar(select(func.count()).where(Audit.edition_id == over["old"]))
        rows = session.scalar(select(func.count(BatchRow.id)))
    assert line(shown, "单位")[1:3] == [str(units), str(units)]
    assert line(shown, "人员")[1:3] == [str(persons), str(persons)]
    assert line(shown, "人员")[4] == "证件号码、手机号码、收件手机"
    assert line(shown, "办理明细")[1] == str(rows)
    assert int(line(shown, "审计日志中的内容")[1].replace(",", "")) <= sealed
    assert "届次清除时销毁密钥" in line(shown, "审计日志中的内容")[6]


def test_no_page_shows_a_value(at, page):
    for role in (Role.secretariat, Role.auditor, Role.sysadmin):
        desk = at(role)
        told = desk.get(INDEX).words + desk.get(page).words
        assert [one for one in _kept.CANARIES if one in told] == []


def test_files_are_counted_with_orphans_and_what_is_missing(at, page, app):
    _ = page
    shown = at(Role.secretariat).get(INDEX)
    assert line(shown, "上传的文件（证照、照片）")[1:5] == ["4", "0.0 MB", "1（0.0 MB）", "0"]
    next(path for path in (Path(app.instance_path) / "files").rglob("*") if path.is_file()).unlink()
    shown = at(Role.secretariat).get(INDEX)
    assert line(shown, "上传的文件（证照、照片）")[1] == "3"


def test_other_roles_have_no_way_there(at, page):
    for role in (Role.sub_delegation, Role.finance, Role.security):
        desk = at(role)
        assert [desk.get(INDEX).status, desk.get(page).status] == [403, 403]
        assert desk.post(page, act="ask", reason=REASON).status == 403
        assert "个人信息留存" not in desk.get("/admin/").links


def test_two_people_of_two_roles_decide_and_a_day_lies_between(at, page, over, system, app):
    secretary = at(Role.secretariat)
    assert "请填写清除的理由" in secretary.post(page, act="ask", reason="短").words
    assert secretary.post(page, act="ask", reason=REASON).status == 303
    assert "该届已提出清除" in secretary.post(page, act="ask", reason=REASON).words
    assert secretary.post(page, act="agree", code="X").status == 422
    with system() as session:
        code = session.get_one(Edition, over["old"]).code
    assert secretary.post(page, act="agree", code=code).status == 403
    auditor = at(Role.auditor)
    assert "届次代码不符" in auditor.post(page, act="agree", code="X").words
    assert auditor.post(page, act="agree", code=code).status == 303
    assert auditor.post(page, act="agree", code=code).status == 422
    with app.app_context():
        erasing.go_on(now())
    with system() as session:
        assert session.scalars(select(Erasure.state)).all() == [ErasureState.agreed]
    with app.app_context():
        erasing.go_on(now() + timedelta(days=1, minutes=1))
    shown = auditor.get(page)
    assert "清除报告" in shown.words
    assert line(shown, "人员")[1] == "2"
    with system() as session:
        names = session.scalars(select(Audit.action).where(Audit.noun == "erasure").order_by(Audit.id)).all()
    assert names == ["erasure.ask", "erasure.agree", "erasure.start", "erasure.done"]


def test_either_side_may_withdraw_until_it_begins(at, page, system):
    at(Role.secretariat).post(page, act="ask", reason=REASON)
    assert at(Role.sysadmin).post(page, act="withdraw").status == 303
    assert at(Role.sysadmin).post(page, act="withdraw").status == 422
    assert at(Role.secretariat).post(page, act="ask", reason=REASON).status == 303
    with system() as session:
        states = session.scalars(select(Erasure.state).order_by(Erasure.id)).all()
    assert states == [ErasureState.withdrawn, ErasureState.asked]


def test_a_hold_and_another_provinces_rows_are_in_the_way(at, page, over, system, world):
    with system() as session:
        edition = session.get_one(Edition, over["old"])
        edition.legal_hold = True
    assert "该届已暂停清除" in at(Role.secretariat).post(page, act="ask", reason=REASON).words
    with system() as session:
        edition = session.get_one(Edition, over["old"])
        edition.legal_hold = False
        factories.unit(session, edition, world.foreign_sub)
    assert "该届还有其他省交易团的数据" in at(Role.secretariat).post(page, act="ask", reason=REASON).words


@on_sqlite
def test_the_report_leaves_as_a_workbook_and_is_entered(at, page, over, system, app):
    with system() as session:
        number = erasing.begin(session, session.get_one(Edition, over["old"]), REASON)
    with app.app_context():
        erasing.finish(number)
    answer = at(Role.sysadmin).post(f"{page}/report").response
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    with system() as session:
        erasure = session.get_one(Erasure, number)
        text, digest = erasure.report, erasure.digest
        assert session.scalars(select(Audit.action).where(Audit.action == "erasure.report")).all() == ["erasure.report"]
    assert book.sheetnames == ["概况", "已清除", "保留", "原文"]
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert digest in cells
    assert text in cells
    assert keeping.digest_of(text) == digest
    assert json.loads(text)["erased"]["person"] == 2


@on_sqlite
def test_an_erased_edition_is_not_made_current_again(at, page, over, system, app):
    _ = page
    with system() as session:
        number = erasing.begin(session, session.get_one(Edition, over["old"]), REASON)
    with app.app_context():
        erasing.finish(number)
    desk = at(Role.sysadmin)
    form = desk.get(f"/admin/edition/{over['old']}/edit")
    answer = desk.post(f"/admin/edition/{over['old']}/edit", **{**form.fields, "is_current": "1"})
    assert "该届个人信息已清除，不能再设为当前届次" in answer.words
