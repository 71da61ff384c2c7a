"""What no page of ours sends: the answer is a page or a refusal in one sentence, never a failure (SECURITY I11, I12)."""

import io
from urllib.parse import quote

import pytest
from sqlalchemy import Integer, Numeric

from admin_views.screens import BY_NOUN
from models.columns import attribute, columns_of
from tests.test_scope._forms import filled_in
from tests.test_scope._junk import BY_KIND, BYTES, CURSORS, IDS, WORDS, WRITERS, Junk
from tests.test_scope._places import RICH
from tests.test_scope._truth import rows
from workflow.machines import MACHINES
from workflow.rights import RIGHTS

LISTS = ("page", "size", "sort", "search", "q", "panel", "after", "before")
BACKENDS = pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])


@pytest.fixture
def junk(arenas, backend):
    return Junk(arenas(backend))


@pytest.fixture
def clerk(junk):
    return junk.arena.seats["secretariat"]


def own(seat, noun, junk):
    return junk.arena.shared.get(noun) or seat.plot.rows[noun][0]


@BACKENDS
def test_filters_searches_and_places_of_lists(junk, clerk):
    """The richest lists meet all words; the others, whose filters are of the same kinds, a fifth of them each."""
    words = [*map(quote, WORDS), *BYTES]
    for number, noun in enumerate(noun for noun in RIGHTS[clerk.role] if noun in BY_NOUN):
        parameters = [f.parameter(op) for f in BY_NOUN[noun].filters.values() for op in f.operations]
        for word in words if noun in RICH else words[number % 5 :: 5]:
            junk.ask(clerk, f"/admin/{noun}/?" + "&".join(f"{name}={word}" for name in parameters))
            junk.ask(clerk, f"/admin/{noun}/?" + "&".join(f"{name}={word}" for name in LISTS))
            junk.ask(clerk, f"/admin/{noun}/lookup?query={word}&field=&limit={word}")
        junk.ask(clerk, f"/admin/{noun}/?page={10**23}&size=99999999999&before={10**23},1&sort=-nothing")
    assert junk.over() == []


def kinds_of_sorts():
    """Return one list and column for each kind of value that a list can be sorted by."""
    found: dict[tuple[object, ...], tuple[str, str]] = {}
    for noun, screen in BY_NOUN.items():
        for key in (*screen.sorts, screen.default_sort):
            kind = attribute(screen.model, key).type
            told = (columns_of(screen.model)[key].kind, isinstance(kind, Integer), isinstance(kind, Numeric))
            found.setdefault((*told, columns_of(screen.model)[key].nullable), (noun, key))
    return list(found.values())


@BACKENDS
def test_cursors_of_every_kind_of_sort(junk, clerk):
    ways = [(way, place) for way in ("", "-") for place in ("after", "before")]
    for number, (noun, key) in enumerate(kinds_of_sorts()):
        for turn, cursor in enumerate(CURSORS, number):
            way, place = ways[turn % len(ways)]
            junk.ask(clerk, f"/admin/{noun}/?sort={way}{key}&{place}=1,{quote(cursor)}")
        junk.ask(clerk, f"/admin/{noun}/?sort={key}&after={quote('²,1')}")
    assert junk.over() == []


@BACKENDS
def test_ids_and_references_in_addresses(junk, clerk):
    for word in (quote(word, safe="%") for word in IDS):
        for noun in ("unit", "person", "batch", "audit"):
            for page in ("", "/edit", "/history"):
                junk.ask(clerk, f"/admin/{noun}/{word}{page}")
            junk.ask(clerk, f"/admin/{noun}/{word}/reveal", data={"key": "id_no", "reason": "核对身份"})
        for address in (
            f"/admin/file/{word}",
            f"/admin/batch/{word}/receipt",
            f"/admin/{word}/1/history",
            f"/language/{word}",
        ):
            junk.ask(clerk, address)
        for address in (f"/admin/{word}/moves", f"/admin/batch/{word}/confirm", f"/admin/account/{word}/password"):
            junk.ask(clerk, address, data={"rowid": word, "move": word})
    assert junk.over() == []


@BACKENDS
def test_presets_of_new_rows(junk, clerk):
    for noun in ("person", "intention", "quota_allocation", "unit", "account"):
        for word in [*map(quote, WORDS), *BYTES, str(2**31), "9" * 400]:
            junk.ask(clerk, f"/admin/{noun}/new?unit_id={word}&person_id={word}&delegation_id={word}")
    assert junk.over() == []


def writable(noun, right):
    return WRITERS.get(noun, "secretariat") if any(right in RIGHTS[role].get(noun, ()) for role in RIGHTS) else None


@BACKENDS
@pytest.mark.parametrize("page", ["new", "edit"])
def test_one_wrong_field_in_a_form_that_is_right(junk, page):
    for noun, screen in BY_NOUN.items():
        name = writable(noun, {"new": "create", "edit": "edit"}[page])
        if name is None:
            continue
        seat = junk.arena.seats[name]
        right = filled_in(noun, seat.plot, junk.arena.shared)
        address = f"/admin/{noun}/new" if page == "new" else f"/admin/{noun}/{own(seat, noun, junk)}/edit"
        for column in columns_of(screen.model).values():
            if not column.machine and not column.hidden:
                for word in BY_KIND[column.kind]:
                    junk.ask(seat, address, data={**right, column.key: word})
        for word in BYTES:
            junk.ask(seat, address, data="&".join(f"{key}={word}" for key in right))
        junk.ask(seat, address, data={**right, "row_version": "²"})
        junk.ask(seat, address, data={**right, "conflict": "nothing", "row_version": "9" * 400})
        junk.arena.vault.put_back(junk.arena.vault.changed())
    assert junk.over() == []


@BACKENDS
def test_wrong_types_of_fields(junk, clerk):
    for noun in ("unit", "person"):
        address = f"/admin/{noun}/{own(clerk, noun, junk)}/edit"
        right = filled_in(noun, clerk.plot, junk.arena.shared)
        junk.ask(clerk, address, data={**right, "name": (io.BytesIO(b"\xff\xfe"), "name.txt")})
        junk.ask(clerk, address, data={key: [value, value, "x"] for key, value in right.items()})
        for name, content in (
            (".jpg", b"GIF89a"),
            ("a\x00\ud800.png"[:2], b""),
            ("x" * 5000, b"\x89PNG\r\n\x1a\n"),
            ("../../a.png", b"\xff\xd8\xff"),
        ):
            for kind in ("LICENCE", "PHOTO"):
                junk.ask(clerk, address, data={**right, f"picture_{kind}": (io.BytesIO(content), name)})
        junk.ask(clerk, address, data={**right, "picture_LICENCE": "no file", "picture_PHOTO": "no file"})
        for kind in (
            "application/json",
            "text/plain",
            "multipart/form-data",
            "multipart/form-data; boundary=\xff",
            "application/xml",
            "",
        ):
            junk.ask(clerk, address, data=b'{"name": ["x"]}', content_type=kind)
    assert junk.over() == []


@BACKENDS
def test_moves_previews_exports_and_uploads(junk, clerk):
    preview = f"/admin/batch/{clerk.home.previews[clerk.account.id]}"
    for word in [*WORDS, "9" * 400]:
        for noun in MACHINES:
            move = next(iter(MACHINES[noun].moves))
            junk.ask(
                clerk, f"/admin/{noun}/moves", data={"move": move, "scope": word, "rowid": [word, "1"], "query": word}
            )
            junk.ask(clerk, f"/admin/{noun}/moves", data={"one": f"{word}:{word}"})
        fields = (
            "signature",
            "opinion",
            "target",
            "reason",
            "label",
            "back",
            "accept_partial",
            "confirm_typed",
            "outcome",
        )
        for step in ("confirm", "preview", "undo", "retry"):
            junk.ask(clerk, f"{preview}/{step}", data=dict.fromkeys(fields, word))
        for name in ("format", "columns", "query", "sort", "whole", "reason"):
            sent = {
                "format": "csv",
                "columns": ["name", "id"],
                "query": "",
                "whole": "1",
                "reason": "核对身份",
                name: word,
            }
            junk.ask(clerk, "/admin/person/export", data=sent)
        junk.ask(clerk, f"/admin/person/{own(clerk, 'person', junk)}/reveal", data={"key": word, "reason": word})
        target = {"target_id": word, "mode": word}
        junk.ask(clerk, "/admin/quota_allocation/import", data={**target, "file": (io.BytesIO(word.encode()), "a.csv")})
        junk.ask(clerk, "/login", data={"username": word, "password": word})
        junk.ask(clerk, "/account", data={"mobile": word, "email": word, "language": word, "password": word})
    for name in ("a.xlsx", "a.csv", "a", "额度.XLSX"):
        for content in (b"", b"PK\x03\x04", b"\x00" * 100, b"\xff\xfea\x00", "统一社会信用代码\n".encode("gb18030")):
            junk.ask(clerk, "/admin/quota_allocation/import", data={"file": (io.BytesIO(content), name)})
    assert junk.over() == []


@BACKENDS
def test_choices_of_assignments(junk, clerk):
    """A target is looked for by its id, its name, its code: whatever is typed, it is found or it is not."""
    answer = junk.ask(clerk, "/admin/unit/moves", data={"one": f"assign:{own(clerk, 'unit', junk)}"})
    for word in [*WORDS, str(2**31), "9" * 18, "9" * 400, str(junk.arena.plots[-1].node_id)]:
        for step in ("preview", "confirm"):
            junk.ask(clerk, f"{answer.location.partition('?')[0]}/{step}", data={"target": word, "reason": word})
    assert junk.over() == []


@BACKENDS
def test_cookies_and_headers(junk, clerk):
    for word in ("", "x", "9" * 3000, "\xff\xfe", "a=b", '"', "..", "eyJ4IjoxfQ.x.y"):
        for name in ("session", "lang", "device"):
            client = junk.arena.app.test_client()
            client.set_cookie(name, word)
            for headers in (
                {},
                {"Referer": f"http://localhost/{word}"},
                {"Accept-Language": word, "Range": word, "If-None-Match": word},
            ):
                answer = client.get("/login", headers=headers)
                assert answer.status_code < 500, (name, word, headers)
        junk.ask(
            clerk, "/admin/unit/moves", data={"move": "assign"}, headers={"Referer": f"http://localhost/admin/{word}"}
        )
    assert junk.over() == []


@BACKENDS
def test_too_much_is_refused_at_once(junk, clerk):
    many = "&".join(f"rowid={number}" for number in range(70_000))
    assert junk.ask(clerk, "/admin/unit/moves", data=f"move=assign&scope=rows&{many}").status_code == 413
    assert junk.ask(clerk, "/admin/unit/moves", data="&".join(f"a{n}={n}" for n in range(2_000))).status_code == 413
    assert junk.ask(clerk, "/admin/unit/search", data="search=" + "x" * 3_000_000).status_code == 413
    for parts in ([(f"f{n}", "x") for n in range(2_001)], [("name", "x" * 21_000_000)]):
        body = "".join(f'--cut\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in parts)
        sent = {"data": f"{body}--cut--\r\n".encode(), "content_type": "multipart/form-data; boundary=cut"}
        assert junk.ask(clerk, "/admin/unit/1/edit", **sent).status_code == 413
    assert junk.ask(clerk, "/admin/unit/?" + "&".join(f"a{n}={n}" for n in range(2_000))).status_code == 400
    assert (
        junk.ask(clerk, "/admin/unit/moves", data={"move": "assign", "rowid": list(range(1, 1_990))}).status_code == 303
    )
    assert junk.over() == []
    assert len(list(rows(junk.arena, "unit"))) > 10
