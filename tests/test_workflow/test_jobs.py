"""A job is done once, as who asked for it and by the rights of the moment, or it is said why not; nothing gets lost."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from models import Account, Job, JobState, Notice, Role, Unit
from models.kinds import now
from tests import factories
from tests.test_tooling.scan import ROOT
from tests.test_workflow._jobs import KINDS, LINES, READ, WRITE, ask, runner, state, stored
from workflow import jobs
from workflow.actors import SYSTEM, Forbidden, acting, actor_for
from workflow.jobs import KEPT, Kind, NotCancelled
from workflow.jobs.sweeping import LEASE

PATIENCE = 30  # seconds, on a busy machine


@pytest.fixture
def clerk(world):
    return world.accounts[Role.sub_delegation]


@pytest.fixture
def unit(system, world):
    with system() as session:
        return factories.unit(session, world.edition, world.sub).id


def swept(system, folder, moment=None):
    with system() as session:
        return jobs.sweep(session, folder, moment or now())


def notices(system):
    with system() as session:
        return [(row.account_id, row.sentence) for row in session.scalars(select(Notice).order_by(Notice.id))]


def remark(system, unit):
    with system() as session:
        return session.get_one(Unit, unit).remark


def test_a_file_is_made_for_its_asker_alone(sessions, system, clerk, tmp_path):
    ref = ask(sessions, clerk)

    assert runner(sessions, tmp_path / "results").run(ref) is JobState.done
    job = stored(system, ref)
    path = tmp_path / "results" / job.file
    assert path.read_text() == "".join(f"{line}\n" for line in LINES)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (job.filename, job.done, job.total, job.attempt, job.worker) == ("名单.csv", 3, 3, 1, "here:1")
    assert notices(system) == [(clerk.id, "后台任务“三行”已办好")]


def test_of_many_deliveries_to_many_workers_one_does_the_job(sessions, system, clerk, unit, tmp_path):
    ref = ask(sessions, clerk, WRITE, unit=unit)
    workers = [runner(sessions, tmp_path, worker=f"here:{number}") for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        came = list(pool.map(lambda worker: worker.run(ref), workers))

    assert sorted(map(str, came)) == ["None", "None", "None", "done"]
    assert runner(sessions, tmp_path).run(ref) is None
    assert remark(system, unit) == "办"


@pytest.mark.parametrize("kind", [READ, WRITE])
def test_a_job_whose_worker_was_killed_is_done_once_by_the_next(
    database, sessions, system, clerk, unit, tmp_path, kind
):
    asked = {"unit": unit} if kind is WRITE else {}
    ref = ask(sessions, clerk, kind, **asked)
    command = [sys.executable, "-m", "tests.test_workflow._jobs", json.dumps([database.url, ref, str(tmp_path)])]
    worker = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    deadline = time.monotonic() + PATIENCE
    while not (tmp_path / "there").exists() and worker.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    (tmp_path / "there").unlink()
    assert (state(system, ref), stored(system, ref).worker) == (JobState.running, "elsewhere:2")
    assert remark(system, unit) is None

    assert swept(system, tmp_path) == []
    assert swept(system, tmp_path, now() + LEASE + timedelta(seconds=1)) == [ref]
    assert runner(sessions, tmp_path).run(ref) is JobState.done
    assert stored(system, ref).attempt == 2
    assert remark(system, unit) == ("办" if kind is WRITE else None)


def test_a_worker_thought_dead_keeps_nothing_of_what_it_did(sessions, system, clerk, unit, tmp_path):
    for kind, asked in ((READ, {}), (WRITE, {"unit": unit})):
        ref = ask(sessions, clerk, kind, **asked)

        def late(context, kind=kind, ref=ref):
            if kind.writes:
                context.session.rollback()  # whoever writes lets nobody else write on SQLite: it has not begun yet
            swept(system, tmp_path, now() + LEASE + timedelta(seconds=1))
            assert runner(sessions, tmp_path, worker="other:2").run(ref) is JobState.done
            return kind.run(context)

        slow = {kind.name: Kind(name=kind.name, label="", run=late, writes=kind.writes)}
        assert runner(sessions, tmp_path, slow).run(ref) is None
        assert stored(system, ref).worker == "other:2"

    assert remark(system, unit) == "办"
    assert len([path for path in tmp_path.iterdir() if path.is_file()]) == 1


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "disabled": ({"is_active": False}, "提交任务的账号已停用，没有办理"),
    "moved": ({"delegation_id": "other"}, "提交任务后，账号的角色或所属交易团/分团已变动，没有办理；请重新提交"),
    "another role": ({"role": Role.finance}, "提交任务后，账号的角色或所属交易团/分团已变动，没有办理；请重新提交"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_rights_are_asked_again_when_the_job_runs(sessions, system, world, clerk, unit, tmp_path, change):
    ref = ask(sessions, clerk, WRITE, unit=unit)
    values, sentence = CHANGES[change]
    with system() as session:
        account = session.get_one(Account, clerk.id)
        for key, value in values.items():
            setattr(account, key, world.other_sub.id if value == "other" else value)

    assert runner(sessions, tmp_path).run(ref) is JobState.failed
    assert stored(system, ref).error == sentence
    assert remark(system, unit) is None


def test_a_job_sees_no_more_than_its_asker(sessions, system, world, clerk, tmp_path):
    with system() as session:
        foreign = factories.unit(session, world.edition, world.other_sub).id
    ref = ask(sessions, clerk, WRITE, unit=foreign)

    assert runner(sessions, tmp_path).run(ref) is JobState.failed
    assert remark(system, foreign) is None


def test_what_goes_wrong_is_said_and_nothing_is_kept(sessions, system, clerk, tmp_path):
    def forbidden(_context):
        raise Forbidden("export")

    kinds = {**KINDS, "forbidden": Kind(name="forbidden", label="", run=forbidden)}
    said = {}
    for name in ("refuse", "break", "forbidden"):
        ref = ask(sessions, clerk, kinds[name])
        assert runner(sessions, tmp_path, kinds).run(ref) is JobState.failed
        said[name] = stored(system, ref).error

    assert said == {
        "refuse": "额度不足，没有办理", "forbidden": "提交任务后，账号的权限已变动，没有办理",
        "break": "处理时出现错误，没有办成；请稍后重新提交，仍有问题请联系系统管理员",
    }  # fmt: skip
    assert notices(system) == [(clerk.id, "后台任务“三行”没有办成，请查看原因")] * 3


def test_a_busy_database_is_tried_again_and_given_up_in_the_end(sessions, clerk, tmp_path):
    def busy(_context):
        raise OperationalError("UPDATE", {}, Exception("locked"))

    kinds = {"read": Kind(name="read", label="", run=busy)}
    ref = ask(sessions, clerk)
    came = [runner(sessions, tmp_path, kinds).run(ref) for _ in range(3)]

    assert came == [JobState.queued, JobState.queued, JobState.failed]


def test_a_job_that_takes_its_workers_along_is_given_up(sessions, system, clerk, tmp_path):
    ref = ask(sessions, clerk)
    with system() as session:
        job = session.scalars(select(Job)).one()
        job.state, job.attempt, job.heartbeat_at = JobState.running, 3, now() - 2 * LEASE

    assert swept(system, tmp_path) == []
    assert (state(system, ref), len(notices(system))) == (JobState.failed, 1)


def cancelled(sessions, account, ref, *, writes):
    with sessions(info={"actor": SYSTEM}) as session:
        actor = actor_for(session, session.get_one(Account, account.id))
        with acting(session, actor):
            jobs.cancel(session, session.scalars(select(Job).where(Job.ref == ref)).one(), writes=writes)
            session.commit()


@pytest.mark.parametrize("kind", [READ, WRITE])
def test_a_job_that_waits_is_taken_back_at_once(sessions, system, clerk, unit, tmp_path, kind):
    ref = ask(sessions, clerk, kind, unit=unit)
    cancelled(sessions, clerk, ref, writes=kind.writes)

    assert state(system, ref) is JobState.cancelled
    assert runner(sessions, tmp_path).run(ref) is None


def test_a_job_that_reads_stops_at_its_next_report(sessions, clerk, tmp_path):
    ref = ask(sessions, clerk)

    def taken_back(context):
        cancelled(sessions, clerk, ref, writes=False)
        return READ.run(context)

    kinds = {"read": Kind(name="read", label="", run=taken_back)}
    assert runner(sessions, tmp_path, kinds).run(ref) is JobState.cancelled
    assert list(tmp_path.iterdir()) == []


def test_a_transaction_under_way_goes_on_and_a_job_that_is_over_stays(sessions, system, clerk, unit):
    ref = ask(sessions, clerk, WRITE, unit=unit)
    with system() as session:
        session.scalars(select(Job)).one().state = JobState.running
    with pytest.raises(NotCancelled, match="正在整体写入"):
        cancelled(sessions, clerk, ref, writes=True)
    with system() as session:
        session.scalars(select(Job)).one().state = JobState.done
    for writes in (True, False):
        with pytest.raises(NotCancelled, match="已经结束"):
            cancelled(sessions, clerk, ref, writes=writes)


def test_results_go_after_a_day_and_what_nobody_names_with_them(sessions, system, clerk, tmp_path):
    ref = ask(sessions, clerk)
    runner(sessions, tmp_path).run(ref)
    orphan = tmp_path / "orphan"
    orphan.touch()
    job = stored(system, ref)
    assert job.ended_at is not None
    swept(system, tmp_path, job.ended_at + KEPT - timedelta(minutes=1))
    assert {path.name for path in tmp_path.iterdir()} == {job.file, "orphan"}

    swept(system, tmp_path, now() + KEPT + timedelta(minutes=1))
    assert list(tmp_path.iterdir()) == []
    assert (stored(system, ref).file, stored(system, ref).filename) == (None, "名单.csv")
    swept(system, tmp_path, now() + timedelta(days=31))
    with system() as session:
        assert session.scalars(select(Job)).all() == []
