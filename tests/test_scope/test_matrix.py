"""Every address of the program × every method × every reader × own, foreign, gone, missing and garbled objects.

No expectation is written by hand: another node's mark in an answer is a leak, another node's changed row a foreign
write, and a row out of scope looks like one that never was (SECURITY Z01-Z10). Counts equal what is counted by hand.
"""

import csv
import re
import sys

import pytest

from admin_views.screens import BY_NOUN
from tests.test_scope import _posts as posts
from tests.test_scope._attack import DOORS, Report, attempt
from tests.test_scope._places import FOREIGN, OWN, Unlisted, places, strangers
from tests.test_scope._routes import cells, listed
from tests.test_scope._truth import states, truth
from workflow import scope
from workflow.machines import MACHINES
from workflow.rights import RIGHTS

DESKS = ("secretariat", "sub_delegation", "below", "security", "finance", "sysadmin", "auditor")
OUTSIDE = ("must_change", "anonymous")
COUNTED = re.compile(r'href="([^"]+)" data-count="(\d+)"')


def rules(arena):
    return sorted(arena.app.url_map.iter_rules(), key=lambda rule: rule.rule)


def is_told_apart(cell):
    """Whether the other database could answer differently: others' rows are asked for, or own ones are shown."""
    own = cell.place.kind.startswith(OWN) and cell.method == "GET" and cell.name != "key"
    return own or (cell.place.kind.startswith(FOREIGN) and cell.method in ("GET", "POST"))


def attack(arena, name, only=lambda _cell: True):
    report = Report(arena.seats[name])
    for rule in rules(arena):
        for cell in filter(only, cells(arena, report.seat, rule)):
            if not report.need_not_ask(cell):
                attempt(arena, cell, report)
    sys.stdout.write(
        f"\n{name}: {report.cells} cells, {report.written} wrote, answers {dict(sorted(report.statuses.items()))}\n"
    )
    report.seat.client.delete_cookie("lang")  # the last language it switched to
    return report


def test_every_route_is_listed(arenas):
    arena, unlisted = arenas("sqlite"), []
    for rule in rules(arena):
        try:
            listed(rule)
            list(places(arena, arena.seats["secretariat"], rule))
        except Unlisted as missing:
            unlisted.append(str(missing))
    assert unlisted == []


@pytest.mark.parametrize("name", DESKS)
def test_of_every_noun_the_row_of_every_stranger_is_asked_for(arenas, name):
    arena = arenas("sqlite")
    seat, asked = arena.seats[name], set()
    for rule in rules(arena):
        asked |= {(place.noun, place.plot.number) for place in places(arena, seat, rule) if place.kind == FOREIGN}
    away = {plot.number for plot in strangers(arena, seat)}
    assert {(noun, number) for noun in BY_NOUN if noun not in arena.shared for number in away} - asked == set()


@pytest.mark.parametrize("name", [*DESKS, *OUTSIDE])
def test_no_reader_gets_beyond_his_part_of_the_tree(arenas, name):
    # The one below has the role of "sub_delegation", by whom his own rows were asked for in every way.
    report = attack(arenas("sqlite"), name, is_told_apart if name == "below" else lambda _cell: True)
    assert report.findings == []
    assert report.unlike() == []


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["sub_delegation"])
def test_nor_on_the_other_database(arenas, name):
    report = attack(arenas("postgresql"), name, is_told_apart)
    assert report.findings == []
    assert report.unlike() == []


@pytest.mark.parametrize("hook", ["_criteria", "condition"])
def test_with_the_scope_switched_off_the_matrix_finds_the_leaks(arenas, monkeypatch, hook):
    arena = arenas("sqlite")
    monkeypatch.setattr(scope, hook, {"_criteria": lambda _actor: (), "condition": lambda _model, _actor: True}[hook])
    for cached in (scope._criteria, scope.condition):
        getattr(cached, "cache_clear", lambda: None)()
    report = attack(
        arena, "sub_delegation", lambda cell: cell.endpoint in ("unit.details", "unit.index", "moving.start")
    )
    monkeypatch.undo()
    for cached in (scope._criteria, scope.condition):
        cached.cache_clear()
    assert [finding for finding in report.findings if "letter of" in finding] != []


@pytest.mark.parametrize("name", DESKS)
def test_a_page_is_forbidden_exactly_where_the_right_is_missing(arenas, name):
    arena = arenas("sqlite")
    report = attack(
        arena, name,
        lambda cell: cell.place.kind == OWN and cell.method in ("GET", "POST") and cell.name in ("", "own links", "own csv")
        and cell.endpoint.partition(".")[2] in DOORS and cell.place.noun in BY_NOUN,
    )  # fmt: skip
    rights = RIGHTS[report.seat.role]
    forbidden = {key: status == 403 for key, status in report.own.items()}
    assert forbidden == {
        (endpoint, method, noun): DOORS[endpoint.partition(".")[2]] not in rights.get(noun, ())
        for endpoint, method, noun in forbidden
    }
    assert len(forbidden) > 100


def shown(seat, address):
    """Return a page's text, and the number of rows that its pager tells."""
    page = seat.client.get(address)
    assert page.status_code == 200, address
    [total] = re.findall(r"共 ([\d,]+) 条</span>\s*<span class=\"pager-turn", page.text)
    return page.text, int(total.replace(",", ""))


def listable(seat):
    return [noun for noun in BY_NOUN if "list" in RIGHTS[seat.role].get(noun, ())]


@pytest.mark.parametrize("name", DESKS)
def test_lists_count_and_show_what_the_reader_may_see(arenas, name):
    arena, counted, expected = arenas("sqlite"), {}, {}
    seat = arena.seats[name]
    for noun in listable(seat):
        found, key = truth(arena, seat, noun), states(noun)
        text, total = shown(seat, f"/admin/{noun}/?size=200")
        counted[noun], expected[noun] = (total, text.count("<th scope=row")), (len(found), len(found))
        for value in {row[key] for row in found} if key else ():
            counted[noun, value] = shown(seat, f"/admin/{noun}/?{key}={value}")[1]
            expected[noun, value] = sum(row[key] == value for row in found)
    assert counted == expected
    assert len(counted) >= 3


@pytest.mark.parametrize("name", DESKS)
def test_look_ups_and_filters_offer_what_the_reader_may_see(arenas, name):
    arena, offered, expected, panels = arenas("sqlite"), {}, {}, {}
    seat = arena.seats[name]
    nodes = {str(plot.node_id) for plot in arena.plots if plot.number in seat.sees}
    for noun in listable(seat):
        ids = {str(row["id"]) for row in truth(arena, seat, noun)}
        got = {pair[0] for pair in seat.client.get(f"/admin/{noun}/lookup").get_json()}
        offered[noun], expected[noun] = (got <= ids, len(got)), (True, min(len(ids), 20))
        panel = seat.client.get(f"/admin/{noun}/?panel=filters").text
        picks = set(re.findall(r'name="(?:delegation_id|target_id)" value="(\d+)"', panel))
        panels[noun] = picks <= nodes and len(picks) in (0, len(nodes))
    assert offered == expected
    assert set(panels.values()) == {True}


@pytest.mark.parametrize("name", DESKS)
def test_exports_and_moves_over_all_that_match_take_what_the_reader_may_see(arenas, name):
    arena, taken, expected = arenas("sqlite"), {}, {}
    seat = arena.seats[name]
    for noun in listable(seat):
        count = len(truth(arena, seat, noun))
        query = {"csrf_token": seat.token, "query": posts.token(arena, noun, seat)}
        if "export" in RIGHTS[seat.role][noun]:
            answer = seat.client.post(
                f"/admin/{noun}/export", data={**query, "columns": posts.exported(noun), "format": "csv"}
            )
            lines = answer.get_data().decode("utf-8-sig").splitlines(keepends=True)
            own_entry = noun == "audit"  # an export is written down before it is sent
            taken[noun], expected[noun] = len(list(csv.reader(lines))) - 1, count + own_entry
            arena.vault.put_back(arena.vault.changed())
        for move in MACHINES[noun].moves.values() if noun in MACHINES else ():
            if seat.role in move.who and move.bulk and not move.hidden:
                seat.client.post(f"/admin/{noun}/moves", data={**query, "move": move.name, "scope": "query"})
                [staged] = arena.vault.changed()["batch"][1]
                taken[noun, move.name], expected[noun, move.name] = staged["chosen"], count
                arena.vault.put_back(arena.vault.changed())
    assert taken == expected


@pytest.mark.parametrize("name", DESKS)
def test_the_home_page_counts_what_its_links_show(arenas, name):
    seat = arenas("sqlite").seats[name]
    page = seat.client.get("/admin/?all=1").text
    links = {address.replace("&amp;", "&"): int(count) for address, count in COUNTED.findall(page)}
    # Of thirty days without rows one is asked for.
    empty = [address for address, count in links.items() if not count and ".from=" in address]
    told = {address: count for address, count in links.items() if address not in empty[1:]}
    assert told == {address: shown(seat, address)[1] for address in told}
    assert len(told) >= 2
