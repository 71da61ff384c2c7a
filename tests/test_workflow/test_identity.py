"""Another identity is looked at anew, by whatever road it comes: an open row ends, an approved person goes back (DOMAIN §1.2)."""

import io

import pytest
from PIL import Image

from exchange import pictures
from models import (
    Attachment,
    AttachmentKind,
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
from tests.test_workflow import _cast
from workflow import books, saving
from workflow.actors import acting, actor_for

P, R, Y, C = PersonStatus, SecurityRowStatus, SecurityStatus, CertificateStatus


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


@pytest.fixture
def unit(session, world):
    made = _cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved)
    session.commit()
    return made


@pytest.fixture
def sent(session, unit):
    person = _cast.ready_person(session, unit, P.pending_review)
    _cast.handed_over(session, person)
    session.commit()
    return person


@pytest.fixture
def approved(session, unit):
    person = _cast.ready_person(session, unit, P.approved, label=Label.VIP, security_status=Y.passed)
    session.commit()
    return person


def by_form(session, folder, owner, kind, colour):
    """Keep a picture as the form does; the colour is the face."""
    out = io.BytesIO()
    Image.new("RGB", (400, 500), colour).save(out, "PNG")
    pictures.keep(session, folder, kind, owner, "图.png", pictures.check(kind, out.getvalue(), kept=True))


def by_rule(session, _folder, owner, kind, colour):
    """Create the attachment as the table of rules does; the colour is the face."""
    machine = {"filename": "图.png", "media_type": "image/png", "size": 1, "sha256": f"{colour:x<64}"}
    of_person = {"person_id": str(owner.id)} if isinstance(owner, Person) else {}
    unit_id = owner.unit_id if isinstance(owner, Person) else owner.id
    given = {"unit_id": str(unit_id), "kind": kind.value, **of_person}
    saving.create(session, session.info["actor"], Attachment, given, machine)


def stored(session, clerk, folder, road, owner, kind, colour="red"):
    session.rollback()
    with acting(session, clerk):
        road(session, folder, session.get_one(type(owner), owner.id), kind, colour)
        session.commit()


def status_of(session):
    return _cast.values(session, Person, "review_status", "security_status")[0]


roads = pytest.mark.parametrize("road", [by_form, by_rule])


@roads
def test_another_portrait_ends_the_open_row(session, world, clerk, sent, tmp_path, road):
    stored(session, clerk, tmp_path, road, sent, AttachmentKind.PHOTO)
    assert _cast.values(session, SecurityRow, "status") == [R.stale]
    assert status_of(session) == (P.pending_review, Y.none)
    batch = _cast.run(session, actor_for(session, world.accounts[Role.secretariat]), "person", "security_pass", sent.id)
    assert _cast.refusals(session, batch) == ["not_sent"]
    assert books.check(session) == []


@roads
def test_another_portrait_of_an_approved_person_voids_the_card_and_is_looked_at_anew(
    session, clerk, approved, tmp_path, road
):
    assert _cast.values(session, Certificate, "status") == [C.queued]
    stored(session, clerk, tmp_path, road, approved, AttachmentKind.PHOTO)
    assert status_of(session) == (P.pending_review, Y.none)
    assert _cast.values(session, Certificate, "status", "void_reason") == [(C.void, "身份信息变更")]


@roads
@pytest.mark.parametrize("state", [P.draft, P.pending_confirm, P.approved])
def test_whoever_saw_the_former_portrait_saw_another_version(session, clerk, unit, tmp_path, road, state):
    person = _cast.ready_person(session, unit, state)
    session.commit()
    before = person.row_version
    stored(session, clerk, tmp_path, road, person, AttachmentKind.PHOTO)
    assert _cast.values(session, Person, "row_version")[0] > before
    with acting(session, clerk), pytest.raises(saving.Stale):
        saving.edit(session, clerk, session.get_one(Person, person.id), {"title": "总监"}, before)


@roads
def test_the_same_portrait_once_more_changes_nothing(session, clerk, approved, tmp_path, road):
    stored(session, clerk, tmp_path, road, approved, AttachmentKind.PHOTO)
    _cast.put(approved, review_status=P.approved, security_status=Y.passed)
    session.commit()
    before = _cast.values(session, Person, "row_version")
    stored(session, clerk, tmp_path, road, approved, AttachmentKind.PHOTO)
    assert (status_of(session), _cast.values(session, Person, "row_version")) == ((P.approved, Y.passed), before)


@roads
def test_pictures_of_anything_but_a_face_leave_persons_as_they_are(
    session, clerk, unit, sent, approved, tmp_path, road
):
    before = _cast.values(session, Person, "review_status", "security_status", "row_version")
    stored(session, clerk, tmp_path, road, unit, AttachmentKind.LICENCE)
    for person in (sent, approved):
        stored(session, clerk, tmp_path, road, person, AttachmentKind.ID_IMAGE)
    assert _cast.values(session, Person, "review_status", "security_status", "row_version") == before
    assert _cast.values(session, SecurityRow, "status") == [R.open]
    assert _cast.values(session, Certificate, "status") == [C.queued]


def test_a_portrait_that_is_not_committed_entails_nothing(session, clerk, approved, tmp_path):
    session.rollback()
    with acting(session, clerk):
        by_form(session, tmp_path, session.get_one(Person, approved.id), AttachmentKind.PHOTO, "red")
        session.rollback()
    assert status_of(session) == (P.approved, Y.passed)
    assert _cast.values(session, Certificate, "status") == [C.queued]
