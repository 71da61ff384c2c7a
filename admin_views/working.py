"""The worker: takes jobs from the queue, gives signs of life, and once a minute does what falls due."""

import os
import signal
import socket
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from typing import NoReturn

from flask import Flask, current_app
from flask_babel import force_locale

from admin_views import erasing, mailing
from admin_views.identity import may_enter
from admin_views.job_kinds import KINDS
from admin_views.languages import LOCALES
from admin_views.queueing import LONGEST_WAIT, WORKERS, queue, results_folder
from admin_views.sessions import system_session
from exchange import checkpoints
from extensions import db
from models.kinds import now
from workflow import expiring, jobs, keeping, notices, payments

BEAT = 5.0  # seconds
CHECKPOINT = timedelta(hours=1)


def runner() -> jobs.Runner:
    """Return what does the jobs of this application."""
    return jobs.Runner(
        sessions=db.session.session_factory, kinds=KINDS, folder=results_folder(),
        worker=f"{socket.gethostname()}:{os.getpid()}"[:80], may_work=may_enter,
        speaking=lambda lang: force_locale(LOCALES[lang]),
    )  # fmt: skip


def sweep() -> None:
    """Put the jobs of dead workers back, close what is due, tell of deadlines, send mail; hand on again what got lost."""
    with system_session() as session:
        waiting = jobs.sweep(session, results_folder(), now())
    if queue().is_empty():
        for ref in waiting:
            queue().deliver(ref)
    _mark_chain()
    with system_session() as session:
        payments.close_due(session, now())
        expiring.close_due(session, now())
    with system_session() as session:
        notices.tell_of_deadlines(session, now())
        notices.forget(session, now())
        keeping.tell_of_due(session, now())
    mailing.send_due(now())
    erasing.go_on(now())


def _mark_chain() -> None:
    """Write a checkpoint of the audit chain once an hour, while something is entered."""
    instance, moment = Path(current_app.instance_path), now()
    newest = checkpoints.newest(checkpoints.file_of(instance))
    if newest is None or moment - newest.made_at >= CHECKPOINT:
        with system_session(read_only=True) as session:
            checkpoints.append(session, instance, moment)


def work(app: Flask) -> None:
    """Work until the process is told to stop: what is under way is brought to its end."""

    def run(ref: str) -> None:
        with app.app_context():
            runner().run(ref)

    def swept() -> None:
        with app.app_context():
            sweep()

    over = Event()
    signal.signal(signal.SIGTERM, _leave)  # until the library listens itself
    with app.app_context():
        found = queue()
        found.run, found.sweep = run, swept
        Thread(target=_beating, args=(app, over), name="signs of life", daemon=True).start()
        sweep()
        found.huey.create_consumer(
            workers=WORKERS, max_delay=LONGEST_WAIT, check_worker_health=True, graceful_signal="TERM"
        ).run()
        over.set()


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def _beating(app: Flask, over: Event) -> None:
    with app.app_context():
        while True:
            with suppress(Exception):  # a queue that is away has no worker, and comes back
                queue().beat()
            if over.wait(BEAT):
                return
