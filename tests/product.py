"""The product as it is served: demo data in a folder of its own, gunicorn on a free port of the loopback address.

The browser tests drive it and ``tests/screens.py`` takes its pictures. Its keys are the ones given, so that a test can
read what the product has sealed.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo import logins

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60  # seconds: an imported application on a busy machine


class NotStarted(Exception):
    """The product did not start; the message is what it said."""


@dataclass(frozen=True)
class Product:
    """A running product: its address, its instance folder, and the environment it runs in."""

    address: str
    folder: Path
    environment: Mapping[str, str]

    @property
    def passwords(self) -> dict[str, str]:
        """The passwords of the demo accounts by username."""
        return {login["username"]: login["password"] for login in logins.kept(self.folder)}

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of its commands, as ``flask …`` does."""
        return _flask(self.environment, *arguments)


def loaded(folder: Path, units: int, secrets: Mapping[str, str]) -> Path:
    """Make an instance folder: a migrated database with the demo data of the first start."""
    environment = _environment(folder, secrets)
    for command in (("db", "upgrade"), ("demo", "--no-acts", "--units", str(units))):
        done = _flask(environment, *command)
        if done.returncode:
            raise NotStarted(done.stdout + done.stderr)
    return folder


@contextmanager
def running(instance: Path, folder: Path, secrets: Mapping[str, str]) -> Iterator[Product]:
    """Serve a copy of a loaded instance until the block ends. Raises NotStarted."""
    shutil.copytree(instance, folder)
    environment = {**_environment(folder, secrets), "PORT": str(_free_port()), "WEB_CONCURRENCY": "1"}
    address = f"http://127.0.0.1:{environment['PORT']}"
    with (folder / "server.log").open("w") as log:
        served = "-m gunicorn -c gunicorn.conf.py --max-requests 0 app:create_app()"  # one process, never replaced
        command = [sys.executable, *served.split()]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_ready(server, address, folder / "server.log")
        yield Product(address, folder, environment)
    finally:
        server.terminate()
        server.wait(30)


def _environment(folder: Path, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return ours without what steers another product, then the folder and the secrets of this one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXPO_")}
    return {**kept, **secrets, "EXPO_INSTANCE": str(folder), "PYTHONUTF8": "1"}


def _flask(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flask", "--app", "app", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


def _wait_until_ready(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise NotStarted(log.read_text())
