"""Server and worker start together and end together; a worker that dies is started again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import supervise
from tests.test_tooling.scan import ROOT

PATIENCE = 20  # seconds, on a busy machine
# A program that notes its start by its process number and waits; told to end it notes that and ends with a status.
STUB = """
import os, signal, sys, time
folder, name, status = sys.argv[1:]
def end(*_):
    open(f"{folder}/{name}.ended", "a").close()
    sys.exit(int(status))
signal.signal(signal.SIGTERM, end)
with open(f"{folder}/{name}.pids", "a") as file:
    print(os.getpid(), file=file, flush=True)
while True:
    time.sleep(0.05)
"""


def stub(folder, name, status=0):
    return [sys.executable, "-c", STUB, str(folder), name, str(status)]


def pids(folder, name):
    path = Path(folder, f"{name}.pids")
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def wait_for(happened):
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def both(tmp_path):
    code = "import sys, supervise; sys.exit(supervise.main(eval(sys.argv[1]), eval(sys.argv[2])))"
    command = [sys.executable, "-c", code, repr(stub(tmp_path, "server", 3)), repr(stub(tmp_path, "worker"))]
    running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: pids(tmp_path, "server") and pids(tmp_path, "worker"))
    yield running
    running.kill()
    running.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_both_in_good_order(both, tmp_path, number):
    both.send_signal(number)

    assert both.wait(PATIENCE) == 3
    assert sorted(path.name for path in tmp_path.glob("*.ended")) == ["server.ended", "worker.ended"]


def test_a_worker_that_died_is_started_again_and_the_server_stays(both, tmp_path):
    os.kill(pids(tmp_path, "worker")[0], signal.SIGKILL)
    wait_for(lambda: len(pids(tmp_path, "worker")) == 2)

    assert len(pids(tmp_path, "server")) == 1
    both.terminate()
    said = both.communicate(timeout=PATIENCE)[1]
    assert said == "  后台程序已退出（-9），1 秒后重新启动 / starting it again in 1 s\n"


def test_a_server_that_ended_ends_the_worker_and_passes_its_status_on(both, tmp_path):
    os.kill(pids(tmp_path, "server")[0], signal.SIGTERM)

    assert both.wait(PATIENCE) == 3
    assert (tmp_path / "worker.ended").exists()


def test_both_end_even_when_nobody_is_left_to_tell_them(both, tmp_path):
    both.kill()

    wait_for(lambda: len(list(tmp_path.glob("*.ended"))) == 2)


def test_what_is_started_is_the_server_and_the_worker():
    assert supervise.SERVER[1:] == ["-m", "gunicorn", "-c", "gunicorn.conf.py", "app:create_app()"]
    assert supervise.WORKER[1:] == ["-m", "flask", "--app", "app", "worker"]
