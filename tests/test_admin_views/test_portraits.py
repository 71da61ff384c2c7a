"""A portrait changed by the person's form is another identity: nobody is passed, and no card printed, unlooked-at."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

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
from tests.test_admin_views._desk import Desk
from tests.test_admin_views.test_uploads import picture, upload
from tests.test_workflow import _cast

P, R, Y = PersonStatus, SecurityRowStatus, SecurityStatus


@pytest.fixture(autouse=True)
def _files(app, tmp_path, monkeypatch):
    monkeypatch.setattr(app, "instance_path", str(tmp_path))


@pytest.fixture
def unit(system, world):
    with system() as session:
        return _cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved)


def turned(data):
    """Return the picture upside down: another face of the same measures."""
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).rotate(180).save(out, "JPEG", quality=40)
    return out.getvalue()


FACE = picture(400, 500)


def filled(desk, place):
    """Return the form as it stands, without what a browser sends of its own."""
    fields = desk.get(place).fields.items()
    return {name: value or "" for name, value in fields if name != "csrf_token" and not name.startswith("picture_")}


def hand_in(desk, person, data):
    place = f"/admin/person/{person}/edit"
    return upload(desk, place, filled(desk, place), picture_PHOTO=("新.jpg", data))


def stored(system, *columns):
    with system() as session:
        return [tuple(row) for row in session.execute(select(*columns))]


def test_a_person_whose_portrait_was_changed_after_the_hand_over_does_not_pass(
    desk, system, world, unit, client, login
):
    with system() as session:
        person = _cast.ready_person(session, unit, P.pending_review, get_method="PICKUP")
        _cast.handed_over(session, person)
    seen = desk.get(f"/admin/person/{person.id}/edit").fields["row_version"]
    answer = hand_in(desk, person.id, turned(FACE))
    assert answer.status == 303, answer.words
    assert desk.get(f"/admin/person/{person.id}/edit").fields["row_version"] > seen
    assert stored(system, SecurityRow.status) == [(R.stale,)]
    assert stored(system, Person.review_status, Person.security_status) == [(P.pending_review, Y.none)]
    client.delete_cookie("session")
    police = Desk(client, login, world.accounts[Role.security])
    assert police.get(f"/admin/person/{person.id}").status == 404  # no longer theirs to answer


def test_a_card_is_not_printed_with_a_portrait_that_nobody_looked_at(desk, system, unit):
    with system() as session:
        person = _cast.ready_person(
            session, unit, P.approved, label=Label.VIP, security_status=Y.passed, get_method="PICKUP"
        )
    assert stored(system, Certificate.status) == [(CertificateStatus.queued,)]
    answer = hand_in(desk, person.id, turned(FACE))
    assert answer.status == 303, answer.words
    assert stored(system, Person.review_status, Person.security_status) == [(P.pending_review, Y.none)]
    assert stored(system, Certificate.status) == [(CertificateStatus.void,)]
    again = hand_in(desk, person.id, turned(FACE))
    assert (again.status, stored(system, Person.review_status)) == (303, [(P.pending_review,)])


def test_two_clerks_with_two_portraits_do_not_overwrite_each_other(desk, system, unit):
    with system() as session:
        person = _cast.ready_person(session, unit, P.pending_confirm, get_method="PICKUP")
    place = f"/admin/person/{person.id}/edit"
    fields = filled(desk, place)
    first, second = (upload(desk, place, fields, picture_PHOTO=("新.jpg", data)) for data in (FACE, turned(FACE)))
    assert (first.status, second.status) == (303, 409)
    assert "图片刚被他人修改，没有保存" in second.words
    assert upload(desk, place, filled(desk, place), picture_PHOTO=("新.jpg", turned(FACE))).status == 303
