"""The worker as it is started: finds what waits, does it, gives signs of life, and ends when told to."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from admin_views.queueing import Queue
from models import Job, JobState, Role
from tests.conftest import ENVIRONMENT, on_sqlite
from tests.test_tooling.scan import ROOT
from tests.test_workflow._jobs import ask
from workflow.jobs import Kind

pytestmark = on_sqlite
PATIENCE = 60  # seconds, on a busy machine
EXPORT = Kind(name="export", label="导出", run=lambda _context: "")


@pytest.fixture
def start(database, tmp_path):
    """Start workers on the test's database; they are ended with it."""
    environment = {**os.environ, **ENVIRONMENT, "EXPO_DATABASE_URL": database.url, "EXPO_INSTANCE": str(tmp_path)}
    started = []

    def begin():
        command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
        with Path(tmp_path, "worker.log").open("a") as log:
            started.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log))
        return started[-1]

    yield begin
    for worker in started:
        worker.kill()
        worker.wait()


def over(system, ref):
    """Wait until a job is over; return its state and the sentence why it failed."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with system() as session:
            job = session.scalars(select(Job).where(Job.ref == ref)).one()
        if job.state not in (JobState.queued, JobState.running):
            return job.state, job.error
        time.sleep(0.1)
    return None


def test_what_was_asked_while_nobody_worked_is_done_when_somebody_does(start, sessions, system, world, tmp_path):
    waiting = ask(sessions, world.accounts[Role.sub_delegation], EXPORT, noun="unit", query="expired", sort="", columns=["name"],
                  format="csv", whole="", reason="")  # fmt: skip
    first = start()
    said = (JobState.failed, "没有收到列表的筛选条件，请回到列表重新选择")
    assert over(system, waiting) == said
    queue = Queue("", tmp_path, ENVIRONMENT["EXPO_SECRET_KEY"])
    assert queue.has_worker()

    first.send_signal(signal.SIGKILL)
    first.wait()
    start()
    again = ask(sessions, world.accounts[Role.sub_delegation], EXPORT, noun="unit", query="expired", sort="", columns=["name"],
                format="csv", whole="", reason="")  # fmt: skip
    queue.deliver(again)
    assert over(system, again) == said
    queue.huey.storage.close()


def test_a_worker_told_to_stop_ends_in_good_order(start, tmp_path):
    worker, queue = start(), Queue("", tmp_path, ENVIRONMENT["EXPO_SECRET_KEY"])
    deadline = time.monotonic() + PATIENCE
    while not queue.has_worker() and time.monotonic() < deadline:
        time.sleep(0.1)
    worker.terminate()

    assert worker.wait(PATIENCE) == 0
    queue.huey.storage.close()
