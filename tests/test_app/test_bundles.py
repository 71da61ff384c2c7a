"""One script and one sheet for every page: each part once and in order, names apart, and nothing left out in silence."""

import re
from pathlib import Path

import pytest

from admin_views.bundles import BundleError, bundled
from tests.conftest import on_sqlite

STATIC = Path(__file__).parents[2] / "static"


def write(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_js", ".js").replace("_css", ".css")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_a_module_comes_once_behind_what_it_imports_with_names_of_its_own(tmp_path):
    write(
        tmp_path,
        app_js='import "./a.js";\nimport "./b.js"; // last\n',
        a_js='import { all as every, on } from "./parts/dom.js";\nconst mine = every(on);\n',
        b_js='import { all } from "./parts/dom.js";\nconst mine = all;\nexport async function go() {}\n',
        parts__dom_js="export const all = 1;\nexport const on = 2;\n",
    )
    assert bundled(tmp_path / "app.js").splitlines() == [
        "// dom.js", "const module0 = (() => {", "const all = 1;", "const on = 2;", "return { all, on };", "})();",
        "// a.js", "const module1 = (() => {", "const { all: every, on } = module0;", "const mine = every(on);", "return {  };", "})();",
        "// b.js", "const module2 = (() => {", "const { all } = module0;", "const mine = all;", "async function go() {}", "return { go };", "})();",
        "// app.js", "const module3 = (() => {", "return {  };", "})();",
    ]  # fmt: skip


def test_sheets_come_in_the_order_in_which_they_are_named(tmp_path):
    write(
        tmp_path,
        app_css='@import url("a.css");\n@import url("b.css");\np { c: 3 }',
        a_css="p { c: 1 }",
        b_css="p { c: 2 }",
    )
    assert bundled(tmp_path / "app.css") == "p { c: 1 }\np { c: 2 }\np { c: 3 }"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app_js", 'import { a } from "library";'),
        ("app_js", 'import a from "./a.js";'),
        ("app_js", 'export * from "./a.js";'),
        ("app_js", "export let a = 1;"),
        ("app_js", "export { a };"),
        ("app_css", '@import "a.css";'),
        ("app_css", '@import url("a.css") print;'),
    ],
)
def test_a_statement_that_is_not_known_is_refused_by_file_and_line(tmp_path, name, text):
    folder = write(tmp_path, **{name: f"\n{text}\n", "a_js": "", "a_css": ""})
    with pytest.raises(BundleError, match=r"app\.(js|css), line 2 "):
        bundled(folder / name.replace("_", "."))


def test_modules_that_import_each_other_and_files_that_are_not_there_are_refused(tmp_path):
    write(tmp_path, a_js='import "./b.js";', b_js='import "./a.js";', app_js='import "./nothing.js";')
    with pytest.raises(BundleError, match=r"a\.js imports itself by way of b\.js"):
        bundled(tmp_path / "a.js")
    with pytest.raises(FileNotFoundError):
        bundled(tmp_path / "app.js")


def test_every_file_of_ours_is_in_the_script_or_the_sheet():
    script, sheet = bundled(STATIC / "app.js"), bundled(STATIC / "app.css")
    assert set(re.findall(r"^// (\w+\.js)$", script, re.MULTILINE)) == {
        path.name for path in [STATIC / "app.js", *STATIC.rglob("desk/**/*.js")]
    }
    for path in STATIC.glob("*.css"):
        rest = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("@import")]
        assert "\n".join(rest) in sheet
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)


@on_sqlite
def test_the_script_and_the_sheet_are_served_whole(client):
    for name, kind in (("app.js", "text/javascript"), ("app.css", "text/css")):
        answer = client.get(f"/static/{name}")
        assert (answer.mimetype, answer.text) == (kind, bundled(STATIC / name))
