"""Every column the police look at, by every road that writes it: an open row ends, an approval that rests on it too."""

from datetime import date

import pytest
from sqlalchemy import select

from admin_views.cells import may_edit
from admin_views.import_decisions import DecisionImport
from admin_views.import_kinds import KINDS
from admin_views.screens import BY_NOUN
from models import (
    Certificate,
    CertificateStatus,
    Label,
    Person,
    PersonStatus,
    Role,
    SecurityRow,
    SecurityRowStatus,
    SecurityStatus,
    UnitStatus,
)
from models.columns import columns_of
from models.kinds import now
from tests import factories
from tests.conftest import on_sqlite
from tests.test_admin_views.test_portraits import filled
from tests.test_workflow import _cast
from workflow import books, security
from workflow.actors import SYSTEM, acting, actor_for
from workflow.machines import MACHINES
from workflow.moves import Context

P, R, Y, C = PersonStatus, SecurityRowStatus, SecurityStatus, CertificateStatus

MARKED = {key: column for key, column in columns_of(Person).items() if column.identity}
FOREIGN = {
    "name": "王小五", "name_en": "WANG XIAOWU", "sex": "M", "birth_date": date(1980, 1, 2), "nationality": "USA",
    "id_type": "PASSPORT", "id_no": "H87654321", "id_expiry": date(2099, 1, 1), "get_method": "PICKUP",
}  # fmt: skip
OTHER = {
    "name": "王改名", "name_en": "WANG GAIMING", "sex": "F", "birth_date": "1980-01-03", "nationality": "CAN",
    "id_type": "HK_MACAO_PERMIT", "id_no": "H12345678",
}  # fmt: skip


@pytest.fixture
def unit(system, world):
    with system() as session:
        return _cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved)


def by_form(desk, person, key, value):
    place = f"/admin/person/{person}/edit"
    return desk.post(place, **{**filled(desk, place), key: value}).status == 303


def by_cell(desk, person, key, value):
    seen = desk.client.get(f"/admin/person/{person}/cell?key={key}")
    if seen.status_code == 404:
        return None
    version = str(seen.get_json()["version"])
    return desk.post(f"/admin/person/{person}/cell", key=key, version=version, **{key: value}).status == 200


def test_the_marks_are_what_the_police_look_at_in_the_order_of_the_stored_hashes():
    assert security.IDENTITY == ("name", "name_en", "sex", "birth_date", "nationality", "id_type", "id_no")
    assert set(OTHER) == set(MARKED)
    assert [key for key, column in MARKED.items() if column.identity != "approval"] == ["sex"]


@on_sqlite
@pytest.mark.parametrize("road", [by_form, by_cell])
@pytest.mark.parametrize("key", MARKED)
def test_a_marked_column_ends_the_open_row(desk, system, world, unit, road, key):
    with system() as session:
        person = _cast.ready_person(session, unit, P.pending_review, **FOREIGN)
        _cast.handed_over(session, person)
    written = road(desk, person.id, key, OTHER[key])
    reach = road is by_form or may_edit(actor(system, world), BY_NOUN["person"], MARKED[key])
    assert written is (True if reach else None)
    with system() as session:
        row = session.scalars(select(SecurityRow)).one()
        found = session.get_one(Person, person.id)
        expected = (R.stale, P.pending_review, Y.none) if reach else (R.open, P.pending_review, Y.sent)
        assert (row.status, found.review_status, found.security_status) == expected
        assert books.check(session) == []


@on_sqlite
@pytest.mark.parametrize("road", [by_form, by_cell])
@pytest.mark.parametrize("key", MARKED)
def test_an_approval_ends_with_what_it_rests_on_and_the_card_with_it(desk, system, world, unit, road, key):
    with system() as session:
        person = _cast.ready_person(session, unit, P.approved, label=Label.VIP, security_status=Y.passed, **FOREIGN)
    written = road(desk, person.id, key, OTHER[key])
    reach = road is by_form or may_edit(actor(system, world), BY_NOUN["person"], MARKED[key])
    assert written is (True if reach else None)
    back = reach and MARKED[key].identity == "approval"
    with system() as session:
        found = session.get_one(Person, person.id)
        card = session.scalars(select(Certificate.status)).one()
        expected = (P.pending_review, Y.none, C.void) if back else (P.approved, Y.passed, C.queued)
        assert (found.review_status, found.security_status, card) == expected


def actor(system, world):
    with system() as session:
        return actor_for(session, world.accounts[Role.sub_delegation])


def test_no_table_writes_persons_but_by_their_moves():
    """Packages bring persons of their own; a table of persons needs its rows in the two tests above."""
    assert {kind.noun for kind in KINDS.values() if not isinstance(kind, DecisionImport)} == {
        "quota_allocation", "payment", "parcel", "transfer_package",
    }  # fmt: skip
    assert {word for word, kind in KINDS.items() if isinstance(kind, DecisionImport)} == {*MACHINES, "security_row"}


@on_sqlite
@pytest.mark.parametrize("name", MACHINES["person"].moves)
def test_no_move_of_a_person_writes_a_marked_column(session, world, name):
    move = MACHINES["person"].moves[name]
    answers = _cast.answers_to(move, target=str(world.other_sub.id), label="VIP")
    with acting(session, SYSTEM):
        sets = move.sets(Context(session, SYSTEM, now(), answers)) if move.sets else {}
    assert not {*sets} & {*MARKED}


@on_sqlite
def test_a_corrected_code_of_the_unit_is_nobodys_identity(session, world):
    owner = _cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved)
    person = _cast.ready_person(session, owner, P.pending_review)
    _cast.handed_over(session, person)
    session.commit()
    office = actor_for(session, world.accounts[Role.secretariat])
    _cast.done(session, office, "unit", "correct_code", owner.id, {"code": factories.uscc(90_000_002), **_cast.REASON})
    assert _cast.values(session, SecurityRow, "status") == [R.open]
    assert _cast.values(session, Person, "security_status") == [Y.sent]
    assert books.check(session) == []
