"""Packages at the desk: who takes one is asked, the password shown once, the file made now or by the worker, taken in there."""

import io
import re

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from admin_views import packages, working
from exchange import package_import, read_child, reading, sealed_file
from models import (
    Audit,
    ImportJob,
    Job,
    JobState,
    PackageWay,
    Person,
    Role,
    TransferPackage,
    TransferRequest,
    TransferStatus,
    Unit,
    UnitStatus,
)
from tests import factories
from tests.browser import log_in
from tests.browser import token as token_of
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import Desk
from tests.test_workflow import _cast
from workflow import engine
from workflow.actors import acting, actor_for
from workflow.answers import AnswersInvalid

TAKER = "王五，浙江省团，13800001111"


@pytest.fixture(autouse=True)
def _in_place(monkeypatch):
    monkeypatch.setattr(reading, "_in_child", read_child.parse)


@pytest.fixture
def gone(system, world):
    """Hand a unit with a person over to the other province; return the request's id."""
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.approved, name="转出甲公司")
        factories.person(session, unit, name="丁一", review_status="pending_confirm")
        to = session.merge(world.other_province)
        request = _cast.request_outside(session, unit, outside_name=to.name, outside_code=to.referral_code)
        session.flush()
        number = request.id
    with system() as session:
        secretary = actor_for(session, world.accounts[Role.secretariat])
        with acting(session, secretary):
            assert engine.run(session, secretary, "transfer_request", "hand_over", [number], {"answer": ""}).done == 1
    return number


@pytest.fixture
def desk(client, login, world):
    return Desk(client, login, world.accounts[Role.secretariat])


def window(app, account):
    """Let somebody in by a browser of his own."""
    client = app.test_client()
    return Desk(client, lambda who: log_in(client, who.username, factories.PASSWORD), account)


@pytest.fixture
def other(app, world, system):
    """Return the desk of the other province's secretariat."""
    with system() as session:
        account = factories.account(session, session.merge(world.other_province), Role.secretariat)
    return window(app, account)


def made(desk, number, taker=TAKER):
    """Say who takes the package; return the page with the password, the password, and the token."""
    page = desk.post(f"/admin/transfer_request/{number}/package", taker=taker)
    [password] = re.findall(r"data-password>([2-9A-Z-]{23})<", page.response.text)
    return page, password, page.fields["token"]


def fetched(desk, number, token):
    return desk.post(f"/admin/transfer_request/{number}/package.zip", token=token).response


@on_sqlite
def test_the_way_to_the_package_asks_who_takes_it_and_shows_its_password_once(desk, gone, system):
    page = desk.get(f"/admin/transfer_request/{gone}")
    assert page.buttons["生成移交包"] == f"/admin/transfer_request/{gone}/package"
    assert "由谁领取" in desk.post(page.buttons["生成移交包"]).words
    short = desk.post(f"/admin/transfer_request/{gone}/package", taker=" x ")
    assert (short.status, "领取人须为 2 至 100 个字" in short.words) == (422, True)

    page, password, token = made(desk, gone)
    assert page.response.headers["Cache-Control"] == "no-store"
    assert (TAKER in page.words, password in token) == (True, False)
    answer = fetched(desk, gone, token)
    assert answer.mimetype == "application/zip"
    files = sealed_file.open_archive(answer.data, password)
    assert {"manifest.json", "单位.xlsx", "人员.xlsx"} <= files.keys()
    with pytest.raises(sealed_file.WrongPassword):
        sealed_file.open_archive(answer.data, made(desk, gone)[1])
    with system() as session:
        row = session.scalars(select(TransferPackage)).one()
        assert (row.way, row.taker, row.persons, row.unit_name) == (PackageWay.sent, TAKER, 1, "转出甲公司")
        told = session.scalars(select(Audit).where(Audit.action == "transfer_request.export")).one()
        assert TAKER in told.changes
        assert row.whole in told.changes
        trail = [entry.changes or "" for entry in session.scalars(select(Audit))]
        assert not any(password in text for text in trail)


@on_sqlite
def test_a_large_package_is_made_by_the_worker_under_the_same_password(app, desk, gone, system, monkeypatch):
    monkeypatch.setattr(packages, "BIG", -1)
    _page, password, token = made(desk, gone)
    answer = desk.post(f"/admin/transfer_request/{gone}/package.zip", token=token)
    with system() as session:
        job = session.scalars(select(Job)).one()
        assert (answer.location, job.kind, password in job.asked) == (f"/admin/jobs/{job.ref}", "package", False)
        ref = job.ref
    with app.app_context():
        assert working.runner().run(ref) is JobState.done
    answer = desk.client.post(f"/admin/jobs/{ref}/download", data={"csrf_token": token_of(desk.client, "/admin/")})
    assert answer.mimetype == "application/zip"
    data = answer.data
    assert "人员.xlsx" in sealed_file.open_archive(data, password)
    with system() as session:
        assert session.scalars(select(TransferPackage.taker)).all() == [TAKER]


@on_sqlite
def test_a_token_of_another_account_or_request_or_made_up_fetches_nothing(app, desk, gone, system, world):
    _page, _password, token = made(desk, gone)
    with system() as session:
        colleague = factories.account(session, session.merge(world.province), Role.secretariat)
        unit = factories.unit(session, world.edition, session.merge(world.sub))
        second = _cast.request_outside(session, unit, status=TransferStatus.handed_over).id
    assert fetched(desk, second, token).status_code == 303
    assert fetched(desk, gone, token[:-3]).status_code == 303
    assert fetched(window(app, colleague), gone, token).status_code == 303
    with system() as session:
        assert session.scalars(select(TransferPackage)).all() == []


@on_sqlite
@pytest.mark.parametrize("status", [TransferStatus.requested, TransferStatus.declined])
def test_there_is_no_package_of_a_unit_that_has_not_left(desk, system, world, status):
    with system() as session:
        unit = factories.unit(session, world.edition, session.merge(world.sub))
        number = _cast.request_outside(session, unit, status=status).id
    assert "生成移交包" not in desk.get(f"/admin/transfer_request/{number}").buttons
    assert desk.post(f"/admin/transfer_request/{number}/package", taker=TAKER).status == 404


@on_sqlite
def test_a_sub_delegation_makes_no_package(client, login, world, gone):
    clerk = Desk(client, login, world.accounts[Role.sub_delegation])
    assert "生成移交包" not in clerk.get(f"/admin/transfer_request/{gone}").buttons
    assert clerk.post(f"/admin/transfer_request/{gone}/package", taker=TAKER).status == 403


BASE = "/admin/transfer_package/import"


def uploaded(desk, package, node):
    data, password = package
    given = {"file": (io.BytesIO(data), "移交包.zip"), "password": password, "target_id": str(node.id)}
    return desk.post(BASE, **given)


@pytest.fixture
def package(desk, gone):
    """Return the archive and its password."""
    _page, password, token = made(desk, gone)
    return fetched(desk, gone, token).data, password


def test_the_other_side_uploads_checks_and_takes_the_unit_in(gone, package, other, system, world):
    data, password = package
    page = other.get(BASE)
    assert "密码由对方另行告知" in page.words
    wrong = uploaded(other, (data, "WRONG"), world.foreign_sub)
    assert (wrong.status, "密码不正确" in wrong.words) == (422, True)
    answer = uploaded(other, (data, password.lower()), world.foreign_sub)
    assert answer.status == 303, answer.words
    address = answer.location
    preview = other.get(address)
    assert preview.figures == ["1 单位", "1 人员", "0 图片", "0 不能接收的人员"]
    assert "1 名人员" not in preview.words
    assert "下载标注了原因的原表" not in preview.words
    done = other.get(other.post(f"{address}/commit").location)
    assert "已接收“转出甲公司”和 1 名人员" in done.words
    with system() as session:
        unit = session.scalars(select(Unit).where(Unit.delegation_id == world.foreign_sub.id)).one()
        assert (unit.name, unit.review_status) == ("转出甲公司", UnitStatus.pending_first)
        assert session.scalars(select(Person.review_status).where(Person.unit_id == unit.id)).one() == "pending_confirm"
        ref = session.scalars(select(ImportJob.ref)).one()
        assert session.get_one(TransferRequest, gone).status is TransferStatus.handed_over
    assert other.client.get(f"{BASE}/{ref}/result.xlsx").status_code == 404
    again = uploaded(other, package, world.foreign_sub)
    assert (again.status, "已导入过，不能重复导入" in again.words) == (422, True)
    assert "已接收" in other.get("/admin/transfer_package/").words


@pytest.fixture
def second(app, system, world):
    """Return the desk of a colleague in the other province's secretariat."""
    with system() as session:
        account = factories.account(session, session.merge(world.other_province), Role.secretariat)
    return window(app, account)


def came(system, world):
    with system() as session:
        return session.scalars(select(Unit.name).where(Unit.delegation_id == world.foreign_sub.id)).all()


def test_a_package_that_a_colleague_took_in_meanwhile_is_refused_in_words(package, other, second, system, world):
    mine, theirs = (uploaded(desk, package, world.foreign_sub).location for desk in (other, second))
    assert second.post(f"{theirs}/commit").status == 303
    answer = other.post(f"{mine}/commit")
    assert (answer.status, "已导入过，不能重复导入" in answer.words) == (422, True)
    assert came(system, world) == ["转出甲公司"]


def test_a_code_that_was_registered_after_the_preview_is_told_in_words(package, other, system, world):
    address = uploaded(other, package, world.foreign_sub).location
    with system() as session:
        code = session.scalars(select(Unit.former_uscc).where(Unit.former_uscc.is_not(None))).one()
        factories.unit(session, world.edition, session.merge(world.foreign_sub), uscc=code, name="先到公司")
    answer = other.post(f"{address}/commit")
    assert (answer.status, "该统一社会信用代码在本届已登记" in answer.words) == (422, True)
    assert came(system, world) == ["先到公司"]


@on_sqlite
def test_the_worker_tells_why_a_package_cannot_come_any_more(app, package, other, second, system, world, monkeypatch):
    mine, theirs = (uploaded(desk, package, world.foreign_sub).location for desk in (other, second))
    monkeypatch.setitem(app.config, "LONG_WRITE", 0)
    asked = other.post(f"{mine}/commit").location
    monkeypatch.setitem(app.config, "LONG_WRITE", 5000)
    assert second.post(f"{theirs}/commit").status == 303
    with app.app_context():
        assert working.runner().run(asked.rpartition("/")[2]) is JobState.failed
    with system() as session:
        assert "已导入过，不能重复导入" in session.scalars(select(Job.error)).one()


def test_a_preview_that_cannot_be_made_again_is_told_in_words(package, other, world, monkeypatch):
    """What was typed in at the same moment breaks a unique key: the same file now has a reason of its own."""
    address = uploaded(other, package, world.foreign_sub).location

    def clashes(*_given):
        raise IntegrityError("INSERT", {}, Exception())

    def gone(*_given):
        raise AnswersInvalid({"target_id": "请选择接收的交易团/分团"})

    monkeypatch.setattr(package_import, "commit", clashes)
    monkeypatch.setattr(package_import, "again", gone)
    answer = other.post(f"{address}/commit")
    assert (answer.status, "请选择接收的交易团/分团" in answer.words) == (422, True)
