"""`run` refuses early with a sentence, does each thing once, and passes failures on."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import account
from tests.test_tooling.scan import ROOT

# Stands for .venv/bin/python: writes down what it is asked to do; small questions (-c) are answered by the real one.
STUB = """#!/bin/sh
[ "$1" != -c ] || exec {real} "$@"
shift
echo "$@" >>"{log}"
case "$*" in pytest*) exit "${{PYTEST_EXIT-0}}" ;; *compile*) : >translations/en/LC_MESSAGES/messages.mo ;; esac
"""
SERVE = [
    "flask --app app db upgrade",
    "flask --app app demo --if-empty",
    "supervise",
]
INSTALL = "pip install -qq --no-input -r requirements.txt"
COMPILE = (
    "babel.messages.frontend -q compile"
    " -i translations/en/LC_MESSAGES/messages.po -o translations/en/LC_MESSAGES/messages.mo -l en"
)


class Tree:
    """A copy of the commands in a folder of its own, outside pytest's private one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        folder.chmod(0o755)
        shutil.copy(ROOT / "run", folder)
        (folder / "requirements.txt").write_text("Flask==3\n")
        (folder / "requirements-dev.txt").write_text("pytest==9\n")

    def program(self, path: str, text: str) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(0o755)
        return target

    def with_environment(self) -> "Tree":
        self.program(".venv/bin/python", STUB.format(real=sys.executable, log=self.log))
        return self

    def run(self, *arguments: str, user: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", str(self.folder / "run"), *arguments]
        variables = {"PATH": os.environ["PATH"], "PORT": str(free_port()), **environment}
        options = {"env": variables, "cwd": "/", **account(user)}
        return subprocess.run(command, capture_output=True, text=True, check=False, **options)

    def done(self) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def nobody() -> str | None:
    """Return the account without rights, where we have more than it."""
    return "nobody" if os.geteuid() == 0 else None


@pytest.fixture
def tree() -> Iterator[Tree]:
    with tempfile.TemporaryDirectory() as folder:
        yield Tree(Path(folder))


def test_the_first_start_prepares_and_the_second_only_serves(tree):
    tree.with_environment()

    assert tree.run().returncode == 0
    assert tree.done() == [INSTALL, *SERVE]
    assert tree.run().returncode == 0
    assert tree.done() == SERVE


def test_changed_requirements_are_installed(tree):
    tree.with_environment().run()
    tree.done()
    (tree.folder / "requirements.txt").write_text("Flask==4\n")

    tree.run()
    assert tree.done() == [INSTALL, *SERVE]


def test_translations_are_compiled_when_they_are_newer(tree):
    tree.with_environment().run()
    tree.done()
    catalogue = tree.folder / "translations/en/LC_MESSAGES/messages.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.touch()

    tree.run()
    assert tree.done() == [COMPILE, *SERVE]
    tree.run()
    assert tree.done() == SERVE
    os.utime(catalogue, (4e9, 4e9))
    tree.run()
    assert tree.done() == [COMPILE, *SERVE]


@pytest.mark.parametrize("port", ["abc", "0", "-1", "65536", "8000x", "080", "1000000"])
def test_a_port_that_is_none_is_refused(tree, port):
    answer = tree.with_environment().run(PORT=port)

    assert answer.returncode == 1
    assert answer.stderr == (
        f"错误：PORT 必须是 1 到 65535 之间的整数，现在是“{port}”\n"
        f'Error: PORT must be a whole number from 1 to 65535, not "{port}"\n'
    )
    assert tree.done() == []


def test_a_taken_port_is_refused_before_anything_is_done(tree):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answer = tree.with_environment().run(PORT=str(port))

    assert answer.returncode == 1
    assert answer.stderr.startswith(f"错误：端口 {port} 已被占用或无权使用")
    assert tree.done() == []


def test_an_old_python_is_refused(tree):
    old = tree.program("old", '#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2"\n')
    answer = tree.run(PYTHON=str(old))

    assert answer.returncode == 1
    assert answer.stderr.splitlines()[0] == (
        "错误：需要 Python 3.11 或更高版本（当前：Python 3.9.2）。请安装后重试：apt-get install -y python3 python3-venv"
    )
    assert not (tree.folder / ".venv").exists()


def test_a_folder_that_cannot_be_written_is_refused(tree):
    tree.folder.chmod(0o555)
    answer = tree.run(user=nobody())
    tree.folder.chmod(0o755)

    assert answer.returncode == 1
    assert answer.stderr.splitlines()[0] == f"错误：文件夹 {tree.folder} 不可写，请换到可写的位置或修改权限"


def test_without_root_a_missing_package_is_named_with_its_command(tree):
    bare = tree.program(
        "bare",
        """#!/bin/sh
case $2 in *ensurepip*) exit 1 ;; *print*) echo python3.11-venv ;; esac
""",
    )
    tree.folder.chmod(0o777)
    answer = tree.run(user=nobody(), PYTHON=str(bare))

    assert answer.returncode == 1
    assert answer.stderr == (
        "错误：缺少系统软件包，请先执行：sudo apt-get install -y python3.11-venv\n"
        "Error: system packages are missing; first run: sudo apt-get install -y python3.11-venv\n"
    )
    assert not (tree.folder / ".venv").exists()


def test_arguments_of_test_go_to_pytest_and_its_failure_comes_back(tree):
    fonts = tree.program("bin/fc-list", "#!/bin/sh\necho font\n").parent
    machine = {"PATH": f"{fonts}:{os.environ['PATH']}", "CHROMIUM": "/bin/true"}
    tree.with_environment()

    assert tree.run("test", "tests/models", "-k", "quota", **machine).returncode == 0
    asked = "pytest tests/models -k quota"
    assert tree.done() == [INSTALL, INSTALL.replace(".txt", "-dev.txt"), "playwright --version", asked]
    assert tree.run("test", PYTEST_EXIT="3", **machine).returncode == 3


def test_check_stops_at_the_first_fault(tree):
    fonts = tree.program("bin/fc-list", "#!/bin/sh\necho font\n").parent
    tree.program(
        ".venv/bin/python", '#!/bin/sh\n[ "$1" = -c ] && exit\nshift\n[ "$1" = pip ] || echo "$1"\n[ "$1" != mypy ]\n'
    )
    answer = tree.run("check", PATH=f"{fonts}:{os.environ['PATH']}", CHROMIUM="/bin/true")

    assert answer.returncode == 1
    assert answer.stdout.splitlines()[-3:] == ["ruff", "ruff", "mypy"]


def test_an_unknown_command_is_refused(tree):
    answer = tree.run("nonsense")

    assert answer.returncode == 1
    assert answer.stderr.splitlines()[0] == "错误：没有“nonsense”这个命令，请看 ./run help"


def test_continuous_integration_fails_with_the_tests(tree):
    shutil.copytree(ROOT / ".ci", tree.folder / ".ci")
    tree.program("run", '#!/bin/sh\necho "$@"\nexit 5\n')
    answer = subprocess.run(["bash", tree.folder / ".ci/run"], capture_output=True, text=True, check=False, cwd="/")

    assert (answer.returncode, answer.stdout) == (5, "test\n")
