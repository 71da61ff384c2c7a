"""Background jobs: what asking for one adds to a request, and how many small ones a worker does in a second.

The floor writes and reads the same rows by raw SQL in as many transactions; the queue is the file of one machine.
"""

import secrets
import sqlite3
import tempfile
from pathlib import Path
from statistics import median

from sqlalchemy import select

from admin_views.queueing import Queue
from bench import data, timing
from models import Account, JobState
from models.kinds import new_ref
from workflow import jobs
from workflow.actors import SYSTEM, actor_for
from workflow.jobs import Context, Kind, Runner
from workflow.sessions import make_engine, make_sessions

JOBS = 50
FLOOR = (
    "INSERT INTO floor (ref, state) VALUES (?, 'queued')",
    "UPDATE floor SET state = 'running' WHERE ref = ? AND state = 'queued'",
    "UPDATE floor SET state = 'done' WHERE ref = ? AND state = 'running'",
)


def run() -> None:
    """Print a row."""
    with tempfile.TemporaryDirectory() as folder:
        asked, handed, done = _product(Path(folder))
        floor = _floor(Path(folder))
    timing.head("jobs", "asking (median)", "handing on (median)", "small jobs a second", "floor", "ratio")
    timing.row(
        f"{JOBS} small jobs, one worker", timing.milliseconds(median(asked)), timing.milliseconds(median(handed)),
        f"{JOBS / sum(done):,.0f}", f"{JOBS / floor:,.0f}", timing.ratio(sum(done), floor),
    )  # fmt: skip


def _small(context: Context) -> str:
    context.session.scalar(select(Account.id).limit(1))
    return ""


def _product(folder: Path) -> tuple[list[float], list[float], list[float]]:
    """Return the seconds of asking, of handing on, and of doing each job."""
    sessions = make_sessions(make_engine(data.copy_of(data.sqlite("jobs", 100, 3.0))))
    kind = Kind(name="small", label="", run=_small)
    queue, runner = Queue("", folder, secrets.token_hex()), Runner(sessions, {kind.name: kind}, folder, "bench")
    with sessions(info={"actor": SYSTEM}) as session:
        account = session.scalars(select(Account).where(Account.username == "xiamen1")).one()
        actor = actor_for(session, account)
    asked, handed, done, refs = list[float](), list[float](), list[float](), list[str]()

    def ask() -> None:
        with sessions(info={"actor": actor}) as session:
            refs.append(jobs.ask(session, actor, kind.name, "", {}).ref)
            session.commit()

    for _ in range(JOBS):
        asked.append(timing.clock(ask, timing.wall))
        handed.append(timing.clock(lambda: queue.deliver(refs[-1]), timing.wall))
    for ref in refs:
        started = timing.wall()
        if runner.run(ref) is not JobState.done:
            raise RuntimeError(ref)
        done.append(timing.wall() - started)
    return asked, handed, done


def _floor(folder: Path) -> float:
    """Return the seconds of taking and closing as many rows in transactions of their own."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE floor (ref TEXT PRIMARY KEY, state TEXT)")
    refs = [new_ref() for _ in range(JOBS)]
    for ref in refs:
        connection.execute(FLOOR[0], (ref,))

    def work() -> None:
        for ref in refs:
            for statement in FLOOR[1:]:
                connection.execute(statement, (ref,))

    return timing.clock(work, timing.wall)
