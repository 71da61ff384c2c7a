"""What the tests about the tree read: its files, their sizes, their comments, their imports, their SQL."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("models", "workflow", "exchange", "admin_views", "portal", "demo")
MODULES = ("app", "cli", "extensions", "settings", "supervise")
OUTSIDE = {"bench", "instance", "migrations", "node_modules", "tests"}  # measured less strictly, or not ours
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
EXCUSE = re.compile(r"#\s*(noqa|type:\s*ignore)\b(?P<rest>[^#]*(#[^#]*)?)")
NAMED_EXCUSE = re.compile(r"(: [A-Z]+\d+(, [A-Z]+\d+)*|\[[a-z-]+(, [a-z-]+)*\])[\s#—:-]+\S.+")
STATEMENTS = {"delete", "insert", "select", "update"}
RAW = {"cursor", "exec_driver_sql", "executescript", "raw_connection"}


def files(*suffixes: str, outside: bool = False) -> list[Path]:
    """Return the project's own files of these kinds; with `outside`, those of OUTSIDE too (never vendored ones)."""
    return sorted(
        path
        for path in ROOT.rglob("*")
        if path.suffix in suffixes and path.is_file() and _is_ours(path.relative_to(ROOT).parts, outside=outside)
    )


def _is_ours(parts: tuple[str, ...], *, outside: bool) -> bool:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
    skipped = {"instance", "node_modules"} if outside else OUTSIDE
    return not hidden and parts[0] not in skipped and parts[:2] != ("static", "vendor")


def name(path: Path) -> str:
    """Return the path as people write it."""
    return path.relative_to(ROOT).as_posix()


def long_functions(source: str, limit: int) -> list[str]:
    """Return `name: lines` of the functions longer than the limit, counted from def to the last line."""
    return [
        f"{node.name}: {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, FUNCTION) and node.end_lineno and node.end_lineno - node.lineno >= limit
    ]


def bare_excuses(source: str) -> list[str]:
    """Return the comments that silence a checker without naming the rule and the reason."""
    comments = (
        token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    )
    found = ((comment, EXCUSE.search(comment)) for comment in comments)
    return [comment for comment, match in found if match and not NAMED_EXCUSE.fullmatch(match["rest"])]


def imported(source: str) -> set[str]:
    """Return the top-level names a module imports, wherever in it the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def unscoped_sql(source: str, *, declares: bool = False) -> list[tuple[str, str]]:
    """Return (function, what) of every statement that the scope of the session would not narrow.

    These are `text()`, SQL given to a connection as a string, and statements on a table instead of a model. Where
    `declares` (the models), `text()` outside a function is part of an index or a constraint, and fine.
    """
    tree = ast.parse(source)
    texts, tables = _names_of_text(tree), _names_of_tables(tree)
    found: list[tuple[str, str]] = []
    for place, node in _calls(tree, ""):
        callee = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        if ast.unparse(node.func) in texts and (place or not declares):
            found.append((place, "text()"))
        elif isinstance(node.func, ast.Attribute) and callee in RAW:
            found.append((place, f".{callee}()"))
        elif callee in STATEMENTS and any(_is_table(part, tables) for part in [node.func, *arguments]):
            found.append((place, f"{callee}() on a table"))
    return found


def _calls(node: ast.AST, place: str) -> Iterator[tuple[str, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield place, child
        inner = isinstance(child, FUNCTION) or (place and isinstance(child, ast.ClassDef))
        within = f"{place}.{child.name}".lstrip(".") if inner else place  # type: ignore[attr-defined]  # it has a name
        yield from _calls(child, within)


def _names_of_text(tree: ast.AST) -> set[str]:
    names = {"sa.text", "sqlalchemy.text", "db.text"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            names.update(alias.asname or alias.name for alias in node.names if alias.name == "text")
    return names


def _names_of_tables(tree: ast.AST) -> set[str]:
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _is_table(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _is_table(node: ast.AST, tables: set[str]) -> bool:
    """Tell whether an expression reaches for a table: `X.__table__`, `metadata.tables[...]`, or a name given to one."""
    return any(
        (isinstance(part, ast.Attribute) and part.attr == "__table__")
        or (isinstance(part, ast.Attribute) and part.attr == "tables" and ast.unparse(part.value).endswith("metadata"))
        or (isinstance(part, ast.Name) and part.id in tables)
        for part in ast.walk(node)
    )
