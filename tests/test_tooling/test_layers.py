"""One way down: what import-linter cannot see, because app, cli, settings and extensions are single files."""

import tomllib

import pytest

from tests.test_tooling import scan

OURS = {*scan.PACKAGES, *scan.MODULES}
# What each may import of ours besides settings, the leaf; import-linter watches the packages among themselves.
LEAF = {"settings"}
ALLOWED = {
    "settings": set(),
    "extensions": {"models"},
    "supervise": set(),
    "models": {"models"},
    "workflow": {"models", "workflow"},
    "exchange": {"exchange", "models", "workflow"},
    "admin_views": {"admin_views", "exchange", "extensions", "models", "workflow"},
    "portal": {"exchange", "extensions", "models", "portal", "workflow"},
    "demo": {"demo", "exchange", "extensions", "models", "workflow"},
    "cli": OURS - {"app", "cli", "supervise"},
    "app": OURS - {"app", "supervise"},
}


def imports() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in scan.files(".py"):
        owner = path.relative_to(scan.ROOT).parts[0].removesuffix(".py")
        found.setdefault(owner, set()).update(scan.imported(path.read_text()))
    return found


@pytest.mark.parametrize("owner", sorted(ALLOWED))
def test_imports_point_down(owner):
    assert (imports().get(owner, set()) & OURS) - ALLOWED[owner] - LEAF == set()


def test_extensions_bring_nothing_but_flask_and_what_it_stands_on():
    brought = imports().get("extensions", set()) - {"models"}

    assert {name for name in brought if name in OURS or name in {"openpyxl", "PIL", "cryptography"}} == set()


def test_every_package_of_the_tree_is_known_to_the_checks():
    packages = {path.parent.name for path in scan.ROOT.glob("*/__init__.py")} - scan.OUTSIDE
    linter = tomllib.loads((scan.ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]

    assert packages - set(scan.PACKAGES) == set()
    assert set(linter["root_packages"]) == packages


def test_an_import_inside_a_function_counts():
    assert scan.imported("import a.b\nfrom c.d import e\ndef f():\n    from g import h\n") == {"a", "c", "g"}
