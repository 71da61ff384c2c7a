"""Long work from its button to its file or receipt: what is small is done at once, what is long by a worker, seen by one."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_views import jobs as job_pages
from admin_views import working
from models import Audit, Job, JobState, Label, Notice, QuotaAllocation, Role, Unit, UnitStatus
from models.kinds import now
from tests import factories
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import OPINION, PENDING, RETURNED, Desk, states
from tests.test_admin_views.test_quota_import import FIRST, SECOND, standing, upload

WITHOUT_WORKER = "后台程序暂未运行，任务会排队等候；请联系系统管理员"


@pytest.fixture
def limits(app, monkeypatch):
    """Let work on more than one row be long."""
    monkeypatch.setitem(app.config, "LONG_EXPORT", 1)
    monkeypatch.setitem(app.config, "LONG_WRITE", 1)


@pytest.fixture
def work(app, system):
    """Be the worker: do every job that waits."""

    def done():
        with app.app_context():
            with system() as session:
                waiting = list(session.scalars(select(Job.ref).where(Job.state == JobState.queued).order_by(Job.id)))
            return [working.runner().run(ref) for ref in waiting]

    return done


def ask(desk, **fields):
    page = desk.get("/admin/unit/?panel=exports")
    given = {
        "columns": ["name", "review_status"],
        "format": "csv",
        "query": page.fields["query"],
        "sort": "name",
        **fields,
    }
    return desk.post("/admin/unit/export", **given)


def actions(system):
    with system() as session:
        return [row for row in session.scalars(select(Audit.action).order_by(Audit.id)) if row != "account.login"]


@pytest.mark.usefixtures("units")
def test_a_short_export_is_sent_at_once(desk, system):
    answer = ask(desk)

    assert (answer.status, answer.response.mimetype) == (200, "text/csv")
    with system() as session:
        assert session.scalars(select(Job)).all() == []


@pytest.mark.usefixtures("units", "limits")
def test_a_long_export_becomes_a_file_of_the_same_content(app, desk, system, work, monkeypatch):
    monkeypatch.setitem(app.config, "LONG_EXPORT", 10)
    at_once = ask(desk).response.data
    monkeypatch.setitem(app.config, "LONG_EXPORT", 1)
    assert "共 3 行，约 1 MB：将在后台生成，可先做别的事" in desk.get("/admin/unit/?panel=exports").words
    answer = ask(desk)
    assert answer.status == 303
    page = desk.get(answer.location)
    assert "导出单位（3 行）" in page.words
    assert "排队等候中，轮到时自动开始" in page.words
    assert WITHOUT_WORKER in page.words

    assert work() == [JobState.done]
    page = desk.get(answer.location)
    assert list(page.buttons)[-1] == "下载"
    sent = desk.post(page.buttons["下载"]).response
    assert (sent.data, sent.mimetype) == (at_once, "text/csv")
    assert "filename*=UTF-8''" in sent.headers["Content-Disposition"]
    assert actions(system)[-3:] == ["unit.export", "unit.export", "job.download"]
    with system() as session:
        told = json.loads(session.scalars(select(Audit.changes).where(Audit.action == "unit.export")).all()[-1])
    assert (told["行数"], told["后台"]) == (3, True)


@pytest.mark.usefixtures("units", "limits")
def test_a_job_is_nobody_elses(client, login, desk, system, world, work):
    place = ask(desk).location
    work()
    with system() as session:
        colleague = factories.account(session, world.sub)
    for account in (colleague, world.accounts[Role.secretariat], world.accounts[Role.sysadmin]):
        client.delete_cookie("session")
        other = Desk(client, login, account)
        assert [other.get(place).status, other.get(f"{place}/state").status] == [404, 404]
        assert [other.post(f"{place}/download").status, other.post(f"{place}/cancel").status] == [404, 404]
        assert "导出单位" not in other.get("/admin/jobs").words


@on_sqlite
@pytest.mark.usefixtures("units", "limits")
def test_a_file_is_kept_for_a_day_and_the_page_says_so_afterwards(desk, work, monkeypatch):
    place = ask(desk).location
    work()
    later = now() + timedelta(hours=24, minutes=1)
    monkeypatch.setattr(job_pages, "now", lambda: later)

    assert "文件已过期并删除（保留 24 小时），请重新导出" in desk.get(place).words
    assert desk.post(f"{place}/download").location == place
    assert "下载" not in desk.get("/admin/jobs").buttons


@on_sqlite
@pytest.mark.usefixtures("units", "limits")
def test_a_script_is_told_how_far_a_job_is(desk, work):
    place = ask(desk).location
    assert desk.client.get(f"{place}/state").get_json() == {
        "done": 0, "total": 3, "text": "排队等候中，轮到时自动开始", "state": "queued", "over": False,
    }  # fmt: skip
    work()
    told = desk.client.get(f"{place}/state").get_json()
    assert (told["done"], told["state"], told["over"]) == (3, "done", True)


@on_sqlite
@pytest.mark.usefixtures("units", "limits")
def test_a_page_without_scripts_looks_again_until_the_job_is_over(desk, work):
    place = ask(desk).location
    again = '<noscript><meta http-equiv="refresh" content="3"></noscript>'
    assert again in desk.client.get(place).text
    assert desk.get(place).links["刷新"] == place
    work()
    assert again not in desk.client.get(place).text


@pytest.mark.usefixtures("units", "limits")
def test_a_job_that_waits_is_cancelled_by_its_button(desk, work):
    place = ask(desk).location
    desk.post(desk.get(place).buttons["取消任务"])

    page = desk.get(place)
    assert "任务已取消" in page.words
    assert "取消任务" not in page.buttons
    assert work() == []
    desk.post(f"{place}/cancel")
    assert "这项任务已经结束，不能再取消" in desk.get(place).words


@pytest.mark.usefixtures("limits")
def test_a_long_batch_is_confirmed_by_the_worker_and_leads_to_its_receipt(desk, system, units, work):
    page = desk.preview("unit", "return_for_edit", units)
    assert "共 2 条，约需 1 秒：将在后台一次写入，可先做别的事" in page.words
    answer = desk.confirm(page, opinion=OPINION)
    twice = desk.confirm(page, opinion=OPINION)
    assert (answer.status, twice.location) == (303, answer.location)
    assert states(system)[0] is PENDING

    assert work() == [JobState.done]
    assert states(system).count(RETURNED) == 2
    receipt = desk.get(answer.location).links["查看回执"]
    assert "回执" in desk.get(desk.get(receipt).location).words
    assert desk.get("/admin/notices").words.count("后台任务“退回修改：单位 2 条”已办好") == 1


@pytest.mark.usefixtures("limits")
def test_what_is_missing_is_asked_before_the_job(desk, system, units):
    answer = desk.confirm(desk.preview("unit", "return_for_edit", units), opinion="太短")

    assert answer.status == 422
    with system() as session:
        assert session.scalars(select(Job)).all() == []


@pytest.mark.usefixtures("limits")
def test_numbers_that_changed_meanwhile_are_shown_again_and_nothing_is_done(desk, system, units, work):
    answer = desk.confirm(desk.preview("unit", "return_for_edit", units), opinion=OPINION)
    with system() as session:
        session.get_one(Unit, units[0]).row_version += 1
    assert work() == [JobState.failed]
    assert RETURNED not in states(system)

    page = desk.get(answer.location)
    assert "情况已变化：可办理的数量与刚才显示的不同，请核对后再次确认" in page.words
    preview = desk.get(page.links["回到核对页"])
    preview.address = page.links["回到核对页"]
    assert preview.figures[:2] == ["1 将办理", "2 不能办理"]
    assert desk.confirm(preview, opinion=OPINION).status == 303
    assert states(system).count(RETURNED) == 1


@pytest.mark.usefixtures("limits")
def test_a_batch_that_was_done_meanwhile_stays_done_once(app, desk, system, units, work, monkeypatch):
    page = desk.preview("unit", "return_for_edit", units)
    desk.confirm(page, opinion=OPINION)
    monkeypatch.setitem(app.config, "LONG_WRITE", 10)
    desk.confirm(page, opinion=OPINION)
    assert states(system).count(RETURNED) == 2

    assert work() == [JobState.done]
    assert actions(system).count("unit.return_for_edit") == 2


@pytest.mark.usefixtures("limits")
def test_a_long_import_is_written_by_the_worker(desk, system, work):
    page = upload(desk, (1, FIRST, "甲公司", 3, 2, None), (2, SECOND, "乙公司", None, 1, "晚到"))
    answer = desk.post(f"{page.address}/commit", **page.fields)
    assert (answer.status, standing(system)) == (303, [])

    assert work() == [JobState.done]
    assert [(code, number) for code, _label, number in standing(system)] == [(FIRST, 3), (FIRST, 2), (SECOND, 1)]
    assert desk.get(desk.get(answer.location).links["查看回执"]).status == 200


@pytest.mark.usefixtures("limits")
def test_an_import_whose_data_moved_on_is_checked_anew(desk, system, world, work):
    page = upload(desk, (1, FIRST, "甲公司", 3, 2, None), (2, SECOND, "乙公司", None, 1, "晚到"))
    answer = desk.post(f"{page.address}/commit", **page.fields)
    with system() as session:
        made = factories.unit(session, world.edition, world.sub, uscc=FIRST, review_status=UnitStatus.draft)
        factories.allocation(session, made, Label.VIP, allotted=1)
    assert work() == [JobState.failed]

    shown = desk.get(answer.location)
    assert "数据在预览后已变化，没有写入" in shown.words
    again = desk.get(shown.links["回到核对页"])
    assert again.status == 200
    with system() as session:
        assert session.scalars(select(QuotaAllocation.allotted)).all() == [1]
        assert session.scalars(select(Notice.noun)).all() == ["job"]
