"""A panel's server on its database as it was prepared: afresh for every round, at one address, so that a browser's cache keeps.

Nothing is copied to put the state back. While a round lasts, a reader holds the database as it was, so that SQLite leaves
all that is written in the log beside it (-wal); when the server has gone, the log is thrown away.
"""

import os
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 120  # seconds


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


@dataclass
class Server:
    """How a panel is served; ``start`` begins a round, ``stop`` ends it and what it has changed."""

    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    address: str
    ready: str  # a path that answers once it serves
    database: Path
    ends: signal.Signals = signal.SIGQUIT  # gunicorn waits for no browser then
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _holding: list[sqlite3.Connection] = field(default_factory=list)

    def start(self) -> None:
        """Serve the database as it was prepared."""
        self._holding.append(_hold(self.database))
        with self.database.with_suffix(".log").open("w") as log:
            env = {**os.environ, **self.environment}
            self._running.append(subprocess.Popen(self.command, cwd=self.folder, env=env, stdout=log, stderr=log))
        deadline = time.monotonic() + PATIENCE
        while self._running[0].poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(self.address + self.ready, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(self.database.with_suffix(".log").read_text()[-2000:])

    def stop(self) -> None:
        """End the server if it runs, and put the state back."""
        while self._running:
            server = self._running.pop()
            server.send_signal(self.ends)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:  # it waits for a browser that keeps its connection
                server.kill()
                server.wait()
        while self._holding:
            self._holding.pop().close()
            for suffix in ("-wal", "-shm"):
                Path(f"{self.database}{suffix}").unlink(missing_ok=True)


def settle(database: Path) -> None:
    """Leave a prepared database with an empty log."""
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _hold(database: Path) -> sqlite3.Connection:
    """Begin to read; a reader that may not write does not tidy the log away when it closes."""
    opener = sqlite3.connect(database)  # the log and its index are made by one who may write
    opener.execute("SELECT count(*) FROM sqlite_master").fetchone()
    holder = sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)
    holder.execute("BEGIN")
    holder.execute("SELECT count(*) FROM sqlite_master").fetchone()
    opener.close()
    return holder
