"""The page of one row: facts by group, masked; foreign and missing alike; a number shown once and written down."""

import re

import pytest
from sqlalchemy import select

from admin_views import revealing
from exchange.pictures import path_of
from models import Attachment, AttachmentKind, Audit, Label, PersonStatus, Role, UnitStatus
from tests import factories
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import Desk

pytestmark = on_sqlite


@pytest.fixture
def office(client, login, world):
    return Desk(client, login, world.accounts[Role.secretariat])


@pytest.fixture
def person(system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.approved)
        made = factories.person(session, unit, name="李四", id_no=factories.resident_id(9), mobile="13812345678",
                                email="lisi@example.com", review_status=PersonStatus.approved)  # fmt: skip
        factories.certificate(session, made, card_no="C1", label=Label.VIP)
        return made


def trail(system, action):
    with system() as session:
        return session.execute(select(Audit.object_id, Audit.reason, Audit.changes).where(Audit.action == action)).all()


def test_numbers_and_addresses_are_masked(desk, person):
    words = desk.get(f"/admin/person/{person.id}").words
    number = factories.resident_id(9)
    assert f"{number[:3]}***********{number[-4:]}" in words
    assert "138****5678" in words
    assert "li**@example.com" in words
    for secret in (number, "13812345678", "lisi@example.com"):
        assert secret not in words


def test_groups_stand_in_declared_order_and_what_the_program_wrote_comes_last(desk, person):
    text = desk.get(f"/admin/person/{person.id}").response.text
    assert re.findall(r'<h2 class="card-title">([^<]+)<', text) == [
        "个人信息",
        "联系方式",
        "证件",
        "寄递",
        "归属与登记",
    ]


def test_lists_hang_on_the_page_and_lead_on(desk, person):
    unit = desk.get(f"/admin/unit/{person.unit_id}")
    assert unit.links["李四"] == f"/admin/person/{person.id}"
    assert "C1" in desk.get(f"/admin/person/{person.id}").links
    more = [address for address in unit.links.values() if address and "unit_id=" in address]
    assert [desk.get(address).status for address in more] == [200] * len(more)


def test_moves_are_open_or_say_why_not(desk, system, world):
    with system() as session:
        waiting = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first)
    page = desk.get(f"/admin/unit/{waiting.id}")
    assert f'value="pass_first_review:{waiting.id}"' in page.response.text
    assert page.buttons["初审通过并提报"] == "/admin/unit/moves"
    assert "当前状态“待初审”不能“确认提交”，须为：待提交" in page.words


@pytest.mark.parametrize("path", ["", "/edit", "/history"])
def test_a_foreign_row_is_missing(desk, system, world, path):
    with system() as session:
        foreign = factories.unit(session, world.edition, world.foreign_sub).id
        other = factories.unit(session, world.edition, world.other_sub).id
    missing = desk.get(f"/admin/unit/999999{path}")
    for number in (foreign, other, 2**31, 10**20):
        page = desk.get(f"/admin/unit/{number}{path}")
        assert (page.status, page.words.split("编号")[0]) == (404, missing.words.split("编号")[0])


def test_a_deleted_row_is_missing(office, system, world):
    with system() as session:
        gone = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.deleted).id
    assert office.get(f"/admin/unit/{gone}").status == 404


def test_a_number_is_shown_once_with_a_reason_that_stays(desk, system, person):
    page = desk.post(f"/admin/person/{person.id}/reveal", key="id_no", reason="核对证件")
    assert (page.status, factories.resident_id(9) in page.words) == (200, True)
    assert factories.resident_id(9) not in desk.get(f"/admin/person/{person.id}").words
    assert trail(system, "person.reveal") == [(person.id, "核对证件", '{"查看": "证件号码"}')]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"key": "id_no", "reason": " "}, 400),
        ({"key": "id_no", "reason": "长" * 201}, 400),
        ({"key": "title", "reason": "核对证件"}, 400),
        ({"key": "id_no_index", "reason": "核对证件"}, 400),
        ({"reason": "核对证件"}, 400),
    ],
)
def test_without_a_reason_or_a_number_nothing_is_shown(desk, system, person, fields, status):
    page = desk.post(f"/admin/person/{person.id}/reveal", **fields)
    assert (page.status, factories.resident_id(9) in page.words, trail(system, "person.reveal")) == (status, False, [])


def test_only_so_many_numbers_an_hour(desk, system, person, monkeypatch):
    monkeypatch.setattr(revealing, "MOST_AN_HOUR", 2)
    seen = [desk.post(f"/admin/person/{person.id}/reveal", key="mobile", reason="核对").status for _ in range(3)]
    assert (seen, len(trail(system, "person.reveal"))) == ([200, 200, 429], 2)


@pytest.mark.parametrize("role", [Role.finance, Role.auditor], ids=str)
def test_without_the_right_there_is_no_form_and_no_answer(client, login, world, person, system, role):
    desk = Desk(client, login, world.accounts[role])
    assert "查看完整号码" not in desk.get(f"/admin/person/{person.id}").words
    assert desk.post(f"/admin/person/{person.id}/reveal", key="id_no", reason="核对证件").status == 403
    assert trail(system, "person.reveal") == []


def test_a_foreign_number_is_missing_and_leaves_no_trace(desk, system, world):
    with system() as session:
        foreign = factories.person(session, factories.unit(session, world.edition, world.other_sub)).id
    assert desk.post(f"/admin/person/{foreign}/reveal", key="id_no", reason="核对证件").status == 404
    assert trail(system, "person.reveal") == []


def test_a_file_is_handed_out_within_the_scope_only(desk, system, world, app, tmp_path, monkeypatch):
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    with system() as session:
        own, foreign = (
            licence(session, world.edition, node, tmp_path / "files") for node in (world.sub, world.other_sub)
        )
    with desk.client.get(f"/admin/file/{own}") as answer:
        assert (answer.status_code, answer.data, answer.mimetype) == (200, b"PNG!", "image/png")
        assert answer.headers["Content-Disposition"].startswith("attachment; ")
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for ref in (foreign, "AAAAAAAAAA", f"{own}A", "..%2f..%2fdev.db"):
        assert desk.client.get(f"/admin/file/{ref}").status_code == 404


def licence(session, edition, node, folder):
    """Store a file of a unit at ``node``; return its reference."""
    row = Attachment(
        kind=AttachmentKind.LICENCE, filename="营业执照.png", media_type="image/png", size=4, sha256="x",
        **factories.owner(factories.unit(session, edition, node)),
    )  # fmt: skip
    path = path_of(folder, factories.saved(session, row).ref)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"PNG!")
    return row.ref
