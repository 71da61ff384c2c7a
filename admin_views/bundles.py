"""One script and one style sheet for a page, put together from the many that people write.

A sheet names its parts by ``@import url("…");`` lines, a module by ``import … from "./…";`` lines. Each part goes in once, in
the order in which a browser would take it; a module becomes a function of its own that returns what it exports, so that
names meet nowhere. Only the statements that our files use are known: anything else is refused by file and line.
"""

import re
from collections.abc import Iterator
from pathlib import Path

SHEET = re.compile(r'@import url\("([^"]+)"\);')
IMPORT = re.compile(r'import (?:\{([\w, ]+)\} from )?"(\.{1,2}/[^"]+)";(?: *//.*)?')
EXPORT = re.compile(r"export ((?:const|class|function|async function) (\w+).*)")
STATEMENTS = ("@import", "import ", "import{", "export")


class BundleError(Exception):
    """A file that cannot be put together; says which line, and why."""


def bundled(entry: Path) -> str:
    """Return a style sheet or a module together with all that it takes in. Raises BundleError, OSError."""
    if entry.suffix == ".css":
        return "\n".join(_sheets(entry))
    modules: dict[Path, str] = {}
    _take(entry.resolve(), modules, ())
    return "\n".join(modules.values())


def _sheets(path: Path) -> Iterator[str]:
    own = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if named := SHEET.fullmatch(line):
            yield from _sheets(path.parent / named[1])
        elif line.startswith(STATEMENTS):
            raise _unknown(path, number, line)
        else:
            own.append(line)
    yield "\n".join(own)


def _take(path: Path, modules: dict[Path, str], above: tuple[Path, ...]) -> None:
    """Put a module behind those that it imports."""
    if path in above:
        raise BundleError(f"{path.name} imports itself by way of {above[-1].name}")
    taken, body, exports = [], [], []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if named := IMPORT.fullmatch(line):
            part = (path.parent / named[2]).resolve()
            if part not in modules:
                _take(part, modules, (*above, path))
            if named[1]:
                taken.append(f"const {{{named[1].replace(' as ', ': ')}}} = {_name(part, modules)};")
        elif named := EXPORT.fullmatch(line):
            exports.append(named[2])
            body.append(named[1])
        elif line.startswith(STATEMENTS):
            raise _unknown(path, number, line)
        else:
            body.append(line)
    modules[path] = ""
    inner = "\n".join([*taken, *body, f"return {{ {', '.join(exports)} }};"])
    modules[path] = f"// {path.name}\nconst {_name(path, modules)} = (() => {{\n{inner}\n}})();"


def _name(path: Path, modules: dict[Path, str]) -> str:
    return f"module{list(modules).index(path)}"


def _unknown(path: Path, number: int, line: str) -> BundleError:
    return BundleError(f"{path.name}, line {number} is not put together by admin_views/bundles.py: {line[:80]}")
