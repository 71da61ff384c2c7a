"""Every package is pinned to one version, whoever brought it in, and that version is the one installed."""

import re
from importlib.metadata import distributions

from tests.test_tooling.scan import ROOT

PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[0-9][0-9A-Za-z.]*)(  # .+)?")
OF_PIP = {"pip", "setuptools", "wheel"}


def pins(file: str) -> dict[str, str]:
    lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith(("#", "-c "))]
    found = [PIN.fullmatch(line) for line in lines]
    assert [line for line, match in zip(lines, found, strict=True) if match is None] == []
    return {plain(match["name"]): match["version"] for match in found if match}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_is_installed_is_what_is_pinned():
    pinned = pins("requirements.txt") | pins("requirements-dev.txt")
    installed = {plain(package.metadata["Name"]): package.version for package in distributions()}

    assert {name: version for name, version in installed.items() if name not in OF_PIP} == pinned


def test_no_package_is_pinned_twice():
    assert set(pins("requirements.txt")) & set(pins("requirements-dev.txt")) == set()
