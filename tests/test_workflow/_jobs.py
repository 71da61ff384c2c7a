"""Jobs to try: kinds that read, write, stop and fail, and a worker that can be killed in the middle of one."""

import json
import sys
import time
from pathlib import Path

from sqlalchemy import select

from models import Account, Job, JobState, Unit, keyring
from tests.conftest import DATA_KEY, INDEX_KEY
from workflow import jobs
from workflow.actors import SYSTEM, acting, actor_for
from workflow.jobs import Cancelled, Context, Kind, Refused, Runner
from workflow.sessions import make_engine, make_sessions

LINES = ["甲", "乙", "丙"]


def write_lines(context: Context) -> str:
    """Write a file, telling each line."""
    with context.create() as file:
        for number, line in enumerate(LINES, 1):
            file.write(f"{line}\n".encode())
            context.report(number, len(LINES))
            if context.cancelled():
                raise Cancelled
    return "名单.csv"


def mark(context: Context) -> str:
    """Write to a unit of the asker's: once more each time the job is done."""
    unit = context.session.scalars(select(Unit).where(Unit.id == context.asked["unit"])).one()
    unit.remark = (unit.remark or "") + "办"
    context.session.flush()
    return ""


def refuse(_context: Context) -> str:
    raise Refused("额度不足，没有办理")


def break_down(_context: Context) -> str:
    raise ZeroDivisionError


READ = Kind(name="read", label="导出", run=write_lines)
WRITE = Kind(name="write", label="办理", run=mark, writes=True)
KINDS = {
    kind.name: kind
    for kind in (
        READ,
        WRITE,
        Kind(name="refuse", label="办理", run=refuse, writes=True),
        Kind(name="break", label="导出", run=break_down),
    )
}


def runner(sessions, folder, kinds=KINDS, worker="here:1"):
    return Runner(sessions, kinds, folder, worker)


def ask(sessions, account, kind=READ, total=3, **asked):
    """Ask for a job in an account's name; return its reference."""
    with sessions(info={"actor": SYSTEM}) as session:
        actor = actor_for(session, session.get_one(Account, account.id))
        with acting(session, actor):
            job = jobs.ask(session, actor, kind.name, "三行", asked, total=total)
            session.commit()
            return job.ref


def stored(system, ref) -> Job:
    with system() as session:
        return session.scalars(select(Job).where(Job.ref == ref)).one()


def state(system, ref) -> JobState:
    return stored(system, ref).state


def hang(url: str, ref: str, folder: str) -> None:
    """Be a worker that takes a job, does its work, and never comes to the end of it; says when it is there."""

    def stay(context: Context) -> str:
        mark(context) if context.asked else context.create().write(b"half")
        Path(folder, "there").touch()
        time.sleep(120)
        return ""

    keyring.use(keyring.KeyRing(keys={1: DATA_KEY}, active=1, index_key=INDEX_KEY))
    kinds = {
        name: Kind(name=name, label="", run=stay, writes=writes) for name, writes in (("read", False), ("write", True))
    }
    Runner(make_sessions(make_engine(url)), kinds, Path(folder), "elsewhere:2").run(ref)


if __name__ == "__main__":
    hang(*json.loads(sys.argv[1]))
