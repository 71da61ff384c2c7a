"""Server and worker as one program: one command starts both, one signal ends both, a worker that died is started again.

Used by `./run`. A service manager that keeps processes alive itself can start the two commands as two services instead,
and the worker on as many machines as it likes.
"""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

SERVER = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:create_app()"]
WORKER = [sys.executable, "-m", "flask", "--app", "app", "worker"]
LOOK = 0.2  # seconds between two looks at the children
PATIENCE = 35.0  # for both to finish what they are doing
SHORT_LIFE = 10.0  # a worker that dies sooner is started again later and later
LONGEST_PAUSE = 60.0
PR_SET_PDEATHSIG = 1


def main(server: Sequence[str] = SERVER, worker: Sequence[str] = WORKER) -> int:
    """Run both until a signal comes or the server ends; return the server's exit status."""
    told: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    serving, working = _start(server), _Kept(worker)
    while not told and serving.poll() is None:
        working.look()
        time.sleep(LOOK)
    children = [serving, *working.alive]
    for child in children:
        child.terminate()
    _wait(children, lambda: len(told) > 1)
    return serving.returncode


class _Kept:
    """A program that is started again whenever it ends."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = command
        self.pause = 0.0
        self._begin()

    def _begin(self) -> None:
        self.child = _start(self.command)
        self.since = time.monotonic()
        self.due: float | None = None

    @property
    def alive(self) -> list[subprocess.Popen[bytes]]:
        return [self.child] if self.child.poll() is None else []

    def look(self) -> None:
        """Start it again if it has ended, after a pause that grows while it keeps dying young."""
        if self.child.poll() is None:
            return
        moment = time.monotonic()
        if self.due is None:
            young = moment - self.since < SHORT_LIFE
            self.pause = min(max(1.0, self.pause * 2), LONGEST_PAUSE) if young else 0.0
            self.due = moment + self.pause
            again = f"{self.pause:.0f} 秒后重新启动 / starting it again in {self.pause:.0f} s"
            print(f"  后台程序已退出（{self.child.returncode}），{again}", file=sys.stderr, flush=True)
        if moment >= self.due:
            self._begin()


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a child out of reach of the terminal's Ctrl-C, which is ours to pass on; it ends with us, however we end."""
    return subprocess.Popen(command, start_new_session=True, preexec_fn=_end_with_parent)  # noqa: S603, PLW1509 - our own commands, and no threads here


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait(children: Sequence[subprocess.Popen[bytes]], hurried: Callable[[], bool]) -> None:
    """Wait for children to end; after a while, or at a second signal, end them."""
    deadline = time.monotonic() + PATIENCE
    while any(child.poll() is None for child in children):
        if hurried() or time.monotonic() > deadline:
            for child in children:
                child.kill()
        time.sleep(LOOK / 4)


if __name__ == "__main__":
    sys.exit(main())
