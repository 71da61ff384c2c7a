"""What leaves compressed, and how much a list's first and later visits are."""

import gzip
import re
from random import Random

import pytest

from models import PersonStatus, Role, UnitStatus
from tests import factories
from tests.conftest import on_sqlite

pytestmark = on_sqlite
KB = 1024
FIRST, LATER = 120 * KB, 40 * KB
ROWS = 100
STATES = (PersonStatus.draft, PersonStatus.pending_confirm, PersonStatus.pending_review, PersonStatus.approved)


def fetch(client, path, **headers):
    return client.get(path, headers={"Accept-Encoding": "gzip", **headers}, buffered=True)


def test_pages_and_static_files_are_compressed_for_who_takes_it(client):
    for path in ("/login", "/static/app.css", "/static/app.js", "/static/favicon.svg"):
        plain, small = client.get(path, buffered=True), fetch(client, path)
        assert (plain.content_encoding, small.content_encoding) == (None, "gzip")
        assert gzip.decompress(small.data)[:100] == plain.data[:100]
        assert small.content_length == len(small.data)
        assert ["accept-encoding" in answer.vary for answer in (plain, small)] == [True, True]


def test_a_file_that_the_browser_has_is_not_sent_again(client):
    first = fetch(client, "/static/app.css")
    assert first.get_etag()[1] is True
    again = fetch(client, "/static/app.css", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_what_is_short_or_a_stream_is_sent_as_it_is(client):
    assert fetch(client, "/livez").content_encoding is None


def test_the_length_of_a_page_does_not_tell_what_it_says(client):
    lengths = {len(fetch(client, "/no-such-page").data) for _ in range(12)}
    assert len(lengths) > 3


def _name(words, length):
    """Return so many characters as nobody could guess, so that nothing is small because it is alike."""
    return "".join(chr(words.randrange(0x4E00, 0x8FFF)) for _ in range(length))


@pytest.fixture
def desk(client, world, login, system):
    """A secretariat's desk with a list of 100 persons of 25 units."""
    words = Random(7)
    with system() as session:
        for _ in range(ROWS // len(STATES)):
            unit = factories.unit(
                session, world.edition, world.sub, name=_name(words, 12), review_status=UnitStatus.approved
            )
            for status in STATES:
                factories.person(session, unit, name=_name(words, 3), title=_name(words, 4), review_status=status)
    login(world.accounts[Role.secretariat])
    return client


def parts_of(html):
    """Return the addresses of all that the browser loads with a page: style sheet, scripts, icons."""
    found = set(re.findall(r'<(?:link|script)[^>]* (?:href|src)="(/static/[^"]+)"', html))
    return found | {address.partition("#")[0] for address in re.findall(r"<use href=\"?([^\" >]+)", html)}


def test_a_list_of_100_rows_is_small_at_the_first_visit_and_smaller_later(desk):
    page = fetch(desk, "/admin/person/?size=100")
    html = gzip.decompress(page.data).decode()
    files = parts_of(html)
    first = len(page.data) + sum(len(fetch(desk, address).data) for address in files)
    part = fetch(desk, "/admin/person/?size=100", **{"X-Part": "1"})

    names = sorted(address.rpartition("/")[2] for address in files)
    assert (html.count("<th scope=row"), names) == (
        ROWS,
        ["app.css", "app.js", "favicon.svg", "sprite.svg", "theme.js"],
    )
    assert {fetch(desk, address).headers["Cache-Control"].startswith("public") for address in files} == {True}
    assert (first <= FIRST, len(page.data) <= LATER, len(part.data) <= len(page.data)) == (True, True, True), (
        first,
        len(page.data),
    )


def test_a_part_brings_nothing_of_the_frame_that_stands_already(desk):
    def asked(path, standing):
        return desk.get(path, headers={"X-Part": standing}).text

    whole = desk.get("/admin/person/").text
    mark = re.findall(r'data-menu="(\w+)"', whole)[0]
    again, elsewhere, new = (
        asked("/admin/person/?size=50", mark), asked("/admin/unit/", mark), asked("/admin/person/", "whole"),
    )  # fmt: skip
    told = [('id="menu"' in page, 'class="topbar"' in page, 'id="bell"' in page) for page in (again, elsewhere, new)]
    assert told == [(False, False, True), (True, False, True), (True, True, True)]
