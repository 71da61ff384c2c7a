"""What an answer may show of what it may speak of: numbers masked, texts escaped, refusals that tell nothing more
(SECURITY I08, D05, D08, D09, O06; DOMAIN §4.2).
"""

import logging
import re
from html.parser import HTMLParser

import pytest

from models.kinds import mask, open_sealed
from models.masking import mask_name
from tests.test_scope import _posts as posts
from tests.test_scope._arena import FOREIGN_SUB, OTHER_SUB, PROVINCE
from tests.test_scope._attack import ask
from tests.test_scope._forms import filled_in
from tests.test_scope._oracles import _tokens, text_of
from tests.test_scope._places import OWN
from tests.test_scope._routes import cells
from tests.test_scope._truth import rows, truth

BACKENDS = pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
REVEALING = ("secretariat", "sub_delegation", "below", "security")
SEALED = ("id_no", "mobile", "recv_mobile")
REASON = "电话核对身份"
TAKEN = "该统一社会信用代码在本届已登记，请核对；如系他人误填，请联系省交易团秘书处"


def plain(row, key, table="person"):
    return open_sealed(table, key, row["ref"], row[key])


def send(seat, page, /, **fields):
    return seat.client.post(page, data={"csrf_token": seat.token, **fields}, buffered=True)


@pytest.mark.parametrize("name", REVEALING)
def test_a_look_at_a_number_shows_that_number_and_no_other_and_is_written_down(arenas, name):
    arena = arenas("sqlite")
    seat = arena.seats[name]
    row = next(row for row in truth(arena, seat, "person") if row["delegation_id"] == seat.plot.node_id)
    for key in SEALED:
        answer = send(seat, f"/admin/person/{row['id']}/reveal", key=key, reason=REASON)
        assert (answer.status_code, _tokens(answer.text) & arena.numbers) == (200, {plain(row, key)})
        [entry] = arena.vault.changed()["audit"][1]
        assert (entry["account_id"], entry["action"], entry["object_id"], entry["reason"]) == (
            seat.account.id, "person.reveal", row["id"], REASON,
        )  # fmt: skip
        arena.vault.put_back(arena.vault.changed())
        again = seat.client.get(f"/admin/person/{row['id']}")
        assert _tokens(again.text) & arena.numbers == set()
        assert mask("identity" if key == "id_no" else "mobile", plain(row, key)) in again.text


@BACKENDS
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", ["secretariat", "sub_delegation", "below"])
def test_an_export_in_full_holds_the_numbers_of_the_readers_rows_alone(arenas, backend, name, kind):
    arena = arenas(backend)
    seat = arena.seats[name]
    query = {"query": posts.token(arena, "person", seat), "columns": posts.exported("person"), "format": kind}
    seen = truth(arena, seat, "person")
    numbers = {plain(row, key) for row in seen for key in SEALED}
    whole = text_of(send(seat, "/admin/person/export", **query, whole="1", reason=REASON))
    masked = text_of(send(seat, "/admin/person/export", **query))
    unreasoned = send(seat, "/admin/person/export", **query, whole="1", reason="")
    arena.vault.put_back(arena.vault.changed())
    assert _tokens(whole) & arena.numbers == numbers
    assert _tokens(masked) & arena.numbers == set()
    assert {mask("identity", plain(row, "id_no")) for row in seen} <= _tokens(masked)
    assert (unreasoned.status_code, unreasoned.location) == (303, "/admin/person/")


@pytest.mark.parametrize("name", ["finance", "auditor"])
def test_who_may_not_look_gets_no_number_in_a_file_either(arenas, name):
    arena = arenas("sqlite")
    seat = arena.seats[name]
    query = {"query": posts.token(arena, "person", seat), "columns": posts.exported("person"), "format": "csv"}
    assert send(seat, "/admin/person/export", **query, whole="1", reason=REASON).status_code == 403
    assert arena.vault.changed() == {}


class Lines(logging.Handler):
    """Keeps what the program's log writes, as it writes it."""

    def __init__(self, formatter):
        super().__init__()
        self.setFormatter(formatter)
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@BACKENDS
def test_no_number_stands_in_the_log_or_in_any_row_that_a_request_writes(arenas, backend):
    arena = arenas(backend)
    seat = arena.seats["secretariat"]
    log = Lines(arena.app.logger.handlers[0].formatter)
    arena.app.logger.addHandler(log)
    own = seat.plot.rows["person"][0]
    fresh = {**filled_in("person", seat.plot, arena.shared), "row_version": "1"}
    number, mobile = fresh["id_no"], fresh["mobile"]
    send(seat, f"/admin/person/{own}/edit", **fresh)
    send(seat, "/admin/person/search", search=number)
    send(seat, "/admin/person/search", search=min(seat.plot.numbers))
    send(seat, f"/admin/person/{own}/reveal", key="id_no", reason=REASON)
    send(seat, f"/admin/person/{own}/edit", **{**fresh, "row_version": "0"})
    seat.client.get(f"/admin/person/{number}")
    written = arena.vault.changed()
    arena.app.logger.removeHandler(log)
    arena.vault.put_back(written)
    told = " ".join(str(row) for _gone, new in written.values() for row in new) + " ".join(log.lines)
    assert "person" in written
    assert _tokens(told) & {*arena.numbers, number, mobile} == set()


class Elements(HTMLParser):
    """Notes elements and attributes that only a text of ours could have made."""

    def __init__(self, html):
        super().__init__()
        self.made = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        names = [name for name, _value in attrs]
        if (
            tag == "q7"
            or any(name.startswith("on") for name in names)
            or any("<" in name or "'" in name for name in names)
        ):
            self.made.append((tag, names))
        if tag == "script" and "src" not in names:
            self.made.append((tag, names))


@pytest.mark.parametrize("name", ["secretariat", "sysadmin", "security"])
def test_texts_never_become_elements(arenas, name):
    arena, made, shown = arenas("sqlite"), {}, set()
    seat = arena.seats[name]
    for rule in arena.app.url_map.iter_rules():
        for cell in cells(arena, seat, rule):
            if (
                cell.method != "GET"
                or not cell.place.kind.startswith(OWN)
                or cell.endpoint in ("static", "auth.language")
            ):
                continue
            answer = ask(seat, cell)
            if answer.mimetype == "text/html" and answer.status_code == 200:
                shown |= {cell.endpoint} if "&lt;q7" in answer.text else set()
                made[str(cell)] = Elements(answer.text).made
    assert {cell: elements for cell, elements in made.items() if elements} == {}
    expected = {
        "secretariat": {
            "unit.index", "unit.details", "unit.edit", "person.index", "person.details", "person.edit", "history.story",
            "batches.preview", "batches.receipt", "audit.index", "importing.preview",
        },
        "sysadmin": {"account.index", "account.details", "delegation.index", "delegation.edit"},
        "security": {"person.index", "person.details", "history.story"},
    }  # fmt: skip
    assert expected[name] <= shown


def said(answer):
    """Return the sentences at the fields of a form."""
    return [
        text.strip()
        for part in re.findall(r'class="field-errors"[^>]*>(.*?)</div></div>', answer.text)
        for text in re.findall(r"<div>([^<]*)", part + "</div>")
    ]


@BACKENDS
@pytest.mark.parametrize("other", [OTHER_SUB, FOREIGN_SUB, PROVINCE])
def test_a_code_registered_elsewhere_is_taken_and_that_is_all(arenas, backend, other):
    arena = arenas(backend)
    seat, plot = arena.seats["sub_delegation"], arena.plots[other]
    answer = send(seat, "/admin/unit/new", **{**filled_in("unit", seat.plot, arena.shared), "uscc": plot.units[0]})
    assert (answer.status_code, said(answer)) == (422, [TAKEN])
    assert arena.vault.changed() == {}


@BACKENDS
@pytest.mark.parametrize("other", [OTHER_SUB, FOREIGN_SUB, PROVINCE])
def test_an_identity_number_registered_elsewhere_tells_the_unit_masked(arenas, backend, other):
    arena = arenas(backend)
    seat, plot = arena.seats["sub_delegation"], arena.plots[other]
    person = next(row for row in rows(arena, "person") if row["id"] == plot.rows["person"][0])
    unit = next(row for row in rows(arena, "unit") if row["id"] == person["unit_id"])
    sent = {
        **filled_in("person", seat.plot, arena.shared),
        "id_no": plain(person, "id_no"),
        "sex": "",
        "birth_date": "",
    }
    answer = send(seat, "/admin/person/new", **sent)
    told = f"该证件号码已由其他单位（{mask_name(unit['name'])}）登记（一人一证），请核对或联系省交易团秘书处"
    assert (answer.status_code, [re.sub("&.*?;", ">", line) for line in said(answer)]) == (422, [told])
    rest = answer.text.replace(mask_name(unit["name"]).replace(">", "&gt;"), "")
    assert [letter for letter in (plot.letter(""), plot.letter("account")) if letter in rest] == []
    assert _tokens(rest) & (plot.business | plot.settings) - {plain(person, "id_no")} == set()
    assert arena.vault.changed() == {}


@BACKENDS
@pytest.mark.parametrize("label", ["VIP", "STAFF"])
@pytest.mark.parametrize("other", [OTHER_SUB, FOREIGN_SUB, PROVINCE])
def test_a_code_with_quota_elsewhere_tells_neither_how_much_nor_whose(arenas, backend, other, label):
    """Where another node keeps the same label for the code it is refused; a preset of the other label is no news."""
    arena, told = arenas(backend), []
    seat, plot = arena.seats["sub_delegation"], arena.plots[other]
    preset = 303 if label == "VIP" else 422
    for code in plot.units:
        sent = {**filled_in("quota_allocation", seat.plot, arena.shared), "uscc": code, "label": label, "unit_name": ""}
        answer = send(seat, "/admin/quota_allocation/new", **sent)
        told.append(
            (answer.status_code, str(plot.amount) in re.sub("[,.]", "", answer.text), plot.letter("") in answer.text)
        )
        arena.vault.put_back(arena.vault.changed())
    assert told == [(status, False, False) for status in (422, 422, 422, preset)]


@BACKENDS
def test_a_user_name_taken_elsewhere_tells_no_name(arenas, backend):
    arena = arenas(backend)
    seat = arena.seats["sub_delegation"]
    taken = next(row for row in rows(arena, "account") if row["id"] == arena.plots[FOREIGN_SUB].rows["account"][0])
    answer = send(
        seat, "/admin/account/new", **{**filled_in("account", seat.plot, arena.shared), "username": taken["username"]}
    )
    assert (answer.status_code, said(answer)) == (422, ["用户名已被使用，请换一个"])


@pytest.mark.parametrize("name", ["secretariat", "sub_delegation"])
def test_an_offered_unit_is_shown_by_its_request_and_nowhere_else(arenas, name):
    arena = arenas("sqlite")
    seat, plot = arena.seats[name], arena.plots[FOREIGN_SUB]
    page = seat.client.get(f"/admin/transfer_request/{arena.offer_id}")
    assert (page.status_code, "公开的单位名" in page.text) == (200, True)
    assert [letter for letter in seat.letters if letter in page.text] == []
    assert seat.client.get(f"/admin/transfer_request/{arena.offer_id}/history").status_code == 200
    offered = next(row for row in rows(arena, "transfer_request") if row["id"] == arena.offer_id)
    assert offered["unit_id"] in plot.rows["unit"]
    assert seat.client.get(f"/admin/unit/{offered['unit_id']}").status_code == 404
