"""A child process with little memory and little time, for parsing what strangers send (SECURITY I03).

The child imports one module of `exchange` and calls its `main(arguments)`, which reads the payload from standard input
and writes the answer to standard output. It inherits no environment, so no secret; files it may write only as far as
`Limits.child_file_bytes` says, in a folder that is gone with it.
"""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from exchange.sheet_source import Limits, SheetError

_ROOT = str(Path(__file__).resolve().parent.parent)
# The root goes last: a module of ours must not stand in for one of the standard library.
_START = (
    "import sys; sys.path.append(sys.argv[1]); from importlib import import_module; "
    "from exchange.sandbox import confine; confine(sys.argv[3]); import_module(sys.argv[2]).main(sys.argv[3:])"
)
_TOO_LONG = "文件过于复杂，规定时间内没有读完；请只保留需要的数据行，复制到新下载的模板中再上传"
_TOO_BIG = "文件展开后过大，无法读取；请删除数据区以外的行、列和格式，或把数据复制到新下载的模板中再上传"
OF_TABLES = (_TOO_LONG, _TOO_BIG)


def run(
    module: str, arguments: Sequence[str], payload: bytes, limits: Limits, words: tuple[str, str] = OF_TABLES
) -> bytes:
    """Return what `module.main` wrote in a child confined to `limits`.

    Raises SheetError when the child ran out of time or memory (in ``words`` for the one and the other), RuntimeError
    when it failed by a fault of ours.
    """
    too_long, too_big = words
    settings = json.dumps(asdict(limits))
    command = [sys.executable, "-I", "-c", _START, _ROOT, module, settings, *arguments]
    with TemporaryDirectory() as folder:
        try:
            done = subprocess.run(  # noqa: S603 -- the command is ours from end to end, only the payload is foreign
                command,
                input=payload,
                capture_output=True,
                cwd=folder,
                env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1", "TMPDIR": folder},
                timeout=2 * limits.child_seconds + 1,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SheetError(too_long) from None
    if done.returncode == 0:
        return done.stdout
    if done.returncode in {-signal.SIGXCPU, -signal.SIGKILL}:
        raise SheetError(too_long)
    if done.returncode < 0 or b"MemoryError" in done.stderr:
        raise SheetError(too_big)
    raise RuntimeError(f"{module} failed in its child: {done.stderr.decode(errors='replace')[-2000:]}")


def confine(settings: str) -> None:
    """Give up memory, time and files; the first thing that a child does."""
    limits = Limits(**json.loads(settings))
    for kind, most in (
        (resource.RLIMIT_AS, limits.child_memory),
        (resource.RLIMIT_CPU, limits.child_seconds),
        (resource.RLIMIT_FSIZE, limits.child_file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
