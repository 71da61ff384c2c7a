"""The tree stays small, flat and finished."""

import re
from pathlib import Path

import pytest

from tests.test_tooling import scan

THIS = Path(__file__)  # it names what it forbids
FUNCTION_LINES = 40
FILE_LINES = 300
TEMPLATE_LINES = 150
HANDLER = re.compile(r"""<[^>]*\son[a-z]+\s*=|["'\s=]javascript:|<[^>]*\sstyle\s*=""", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
SKIPPED = re.compile(r"pytest\.(skip|xfail|importorskip)\b|mark\.(skip|skipif|xfail)\b|unittest\.skip")


def lines(path) -> int:
    return len(path.read_text().splitlines())


def test_python_files_stay_within_300_lines():
    assert {scan.name(path): lines(path) for path in scan.files(".py") if lines(path) > FILE_LINES} == {}


def test_functions_stay_within_40_lines():
    long = {scan.name(path): scan.long_functions(path.read_text(), FUNCTION_LINES) for path in scan.files(".py")}

    assert {path: functions for path, functions in long.items() if functions} == {}


def test_templates_stay_within_150_lines():
    assert {scan.name(path): lines(path) for path in scan.files(".html") if lines(path) > TEMPLATE_LINES} == {}


def test_templates_have_no_handlers_and_styles_that_the_content_policy_would_kill():
    found = {scan.name(path): HANDLER.findall(path.read_text()) for path in scan.files(".html")}

    assert {path: handlers for path, handlers in found.items() if handlers} == {}


def test_a_silenced_check_names_its_rule_and_its_reason():
    found = {scan.name(path): scan.bare_excuses(path.read_text()) for path in scan.files(".py", outside=True)}

    assert {path: comments for path, comments in found.items() if comments} == {}


def test_nothing_is_left_unfinished():
    texts = scan.files(".css", ".html", ".js", ".md", ".py", ".toml", ".txt", outside=True)

    assert [scan.name(path) for path in texts if path != THIS and UNFINISHED.search(path.read_text())] == []


def test_no_test_is_skipped():
    tests = [path for path in scan.files(".py", outside=True) if path.is_relative_to(scan.ROOT / "tests")]

    assert [scan.name(path) for path in tests if path != THIS and SKIPPED.search(path.read_text())] == []


@pytest.mark.parametrize(
    ("comment", "bare"),
    [
        ("# noqa", True),
        ("# noqa: S608", True),
        ("# noqa: S608 the name is a constant", False),
        ("# noqa: S608, S603 - the name is a constant", False),
        ("# type: ignore", True),
        ("# type: ignore[arg-type]", True),
        ("# type: ignore[arg-type]  # the library has no types", False),
        ("# a comment about a type", False),
    ],
)
def test_a_bare_excuse_is_found(comment, bare):
    assert bool(scan.bare_excuses(f"x = 1  {comment}\n")) is bare


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('<a class="x" onclick="go()">', True),
        ('<a href="javascript:go()">', True),
        ('<p style="color:red">', True),
        ('<a data-confirm="确认删除？" href="/unit/1">online = yes</a>', False),
        ('<link rel="stylesheet" href="/static/x.css">', False),
    ],
)
def test_a_handler_is_found(markup, found):
    assert bool(HANDLER.search(markup)) is found


def test_a_long_function_is_found():
    body = "\n".join(["def f():", *["    pass"] * FUNCTION_LINES])

    assert scan.long_functions(body, FUNCTION_LINES) == ["f: 41"]
    assert scan.long_functions(body.removesuffix("    pass").rstrip(), FUNCTION_LINES) == []
