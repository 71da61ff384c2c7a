"""The queue that carries the references of jobs to whoever works: a file of this machine, or Redis for many machines.

Nothing depends on it but speed: a message that is lost or delivered twice changes nothing (see ``workflow.jobs``), and
a queue that is away delays long work only. What is delivered is signed, for a queue's messages are unpacked as objects.
"""

import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from flask import Flask, current_app
from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.serializer import SignedSerializer

ALIVE = 30.0  # seconds since the last sign of life
WORKERS = 2
LONGEST_WAIT = 1.0  # seconds between two looks into a queue of this machine
_BEAT = "alive"


class Queue:
    """A queue of jobs, opened when first used: not every process needs it."""

    def __init__(self, url: str, folder: Path, secret: str) -> None:
        self.url = url
        self.folder = folder
        self.secret = secret
        self.run: Callable[[str], None] = lambda _ref: None
        self.sweep: Callable[[], None] = lambda: None

    @cached_property
    def _opened(self) -> tuple[Huey, Callable[[str], object]]:
        """The library's queue with the two things that workers do, and the way to hand on a reference."""
        serializer = SignedSerializer(self.secret, salt="jobs")
        if self.url:
            made = RedisHuey("expo", url=self.url, results=False, serializer=serializer)
        else:
            made = SqliteHuey("expo", filename=str(self.folder / "queue.db"), results=False, serializer=serializer)
        made.periodic_task(crontab(), name="sweep_jobs")(self._sweep)
        return made, made.task(name="run_job")(self._run)

    def _run(self, ref: str) -> None:
        self.run(ref)

    def _sweep(self) -> None:
        self.sweep()

    @property
    def huey(self) -> Huey:
        """The library's queue."""
        return self._opened[0]

    def deliver(self, ref: str) -> None:
        """Hand a job's reference on; what fails here is found by the next sweep."""
        try:
            self._opened[1](ref)
        except Exception:
            current_app.logger.exception("queue unavailable")

    def is_empty(self) -> bool:
        """Whether no message is on its way."""
        return bool(self.huey.pending_count() == 0)

    def beat(self) -> None:
        """Say that a worker lives."""
        self.huey.put(_BEAT, time.time())

    def has_worker(self) -> bool:
        """Whether a worker has given a sign of life lately; no when the queue cannot be asked."""
        try:
            told = self.huey.get(_BEAT, peek=True)
        except Exception:
            current_app.logger.exception("queue unavailable")
            return False
        return told is not None and time.time() - float(told) < ALIVE


def results_folder() -> Path:
    """Return where the files that jobs have made lie."""
    return Path(current_app.instance_path) / "results"


def install(app: Flask, url: str, secret: str) -> None:
    """Give the application its queue."""
    app.extensions["queue"] = Queue(url, Path(app.instance_path), secret)


def queue() -> Queue:
    """Return the application's queue."""
    found: Queue = current_app.extensions["queue"]
    return found
