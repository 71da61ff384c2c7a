"""What was read off a licence decides at submission, stands beside the form, and goes with its picture (DOMAIN U4–U6)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from models import (
    Attachment,
    AttachmentKind,
    Audit,
    Edition,
    Job,
    LicenceReading,
    PersonStatus,
    Recognition,
    ReviewRecord,
    Role,
    Unit,
    UnitStatus,
)
from tests.test_workflow import _cast
from workflow import checks, recognition, saving
from workflow.actors import SYSTEM, acting, actor_for

NAME = "福州闽江进出口（集团）有限公司"
R, U = Recognition, UnitStatus


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


@pytest.fixture
def unit(session, world):
    made = _cast.ready_unit(session, world, world.sub, name=NAME)
    session.commit()
    return made


def licence_of(session, unit):
    with acting(session, SYSTEM):
        own = select(Attachment).where(Attachment.unit_id == unit.id, Attachment.kind == AttachmentKind.LICENCE)
        return session.scalars(own.order_by(Attachment.id.desc())).first()


def read(session, unit, sentence="", *, tried=True, **values):
    """Store a reading of the newest licence, as the job does: the unit's own name and code, unless told otherwise."""
    found = {"name": unit.name, "uscc": unit.uscc, **values}
    recognition.keep(session, licence_of(session, unit), found, dict.fromkeys(found, 97), sentence, tried=tried)
    session.commit()


def submitted(session, clerk, unit):
    _cast.done(session, clerk, "unit", "submit", unit.id)
    with acting(session, SYSTEM):
        session.refresh(unit)
        return unit.review_status, unit.recognised


def test_a_unit_whose_licence_says_its_name_and_code_passes_by_the_system(session, clerk, unit):
    person = _cast.ready_person(session, unit, PersonStatus.submitted)
    read(session, unit)

    assert submitted(session, clerk, unit) == (U.approved, R.PASSED)
    with acting(session, SYSTEM):
        session.refresh(person)
        assert person.review_status is PersonStatus.pending_confirm
        assert (unit.first_by_id, unit.second_by_id) == (None, None)
        assert list(session.scalars(select(ReviewRecord.action))) == []
        assert "unit.recognised" in set(session.scalars(select(Audit.action)))


@pytest.mark.parametrize(
    ("values", "result"),
    [
        ({"name": "厦门闽江进出口（集团）有限公司"}, R.FAILED),
        ({"uscc": "91350100M000100Y43"}, R.FAILED),
        ({"name": None}, R.FAILED),
        ({"uscc": None}, R.FAILED),
        ({"name": None, "uscc": None, "sentence": "证照图片上没有读到文字，请上传清晰的原件扫描件"}, R.FAILED),
        ({"tried": False}, R.NOT_TRIED),
    ],
    ids=["another name", "another code", "no name", "no code", "no text", "no library"],
)
def test_whatever_is_not_both_the_same_goes_to_first_review(session, clerk, unit, values, result):
    read(session, unit, **values)

    assert submitted(session, clerk, unit) == (U.pending_first, result)


def test_brackets_and_blanks_are_no_difference(session, clerk, unit):
    read(session, unit, name="福州闽江进出口(集团) 有限公司")

    assert submitted(session, clerk, unit) == (U.approved, R.PASSED)


def test_what_counts_is_the_form_as_it_is_submitted(session, clerk, unit):
    read(session, unit)
    with acting(session, clerk):
        saving.edit(session, clerk, unit, {"name": "福州另一家贸易有限公司"}, unit.row_version)
        session.commit()
    assert _cast.values(session, Unit, "recognised") == [R.FAILED]

    assert submitted(session, clerk, unit) == (U.pending_first, R.FAILED)


def test_a_new_licence_that_nobody_has_read_yet_is_asked_for_and_waits_for_people(session, clerk, unit):
    read(session, unit)
    with acting(session, SYSTEM):
        newer = _cast.attachment(session, unit, AttachmentKind.LICENCE)
        session.commit()

    assert submitted(session, clerk, unit) == (U.pending_first, R.NOT_TRIED)
    with acting(session, SYSTEM):
        [job] = session.scalars(select(Job))
        assert (job.kind, job.receipt, job.account_id) == (recognition.KIND, newer.ref, clerk.account_id)
        assert recognition.ask(session, clerk, newer) is None  # it is under way


@pytest.mark.parametrize("setting", ["off", "runs out"])
def test_a_recognised_unit_is_looked_at_where_the_edition_says_so_or_the_period_ends(
    session, world, clerk, unit, setting
):
    with acting(session, SYSTEM):
        edition = session.get_one(Edition, world.edition.id)
        edition.direct_pass = setting != "off"
        session.commit()
    read(session, unit, valid_until=edition.show_closes_on - timedelta(days=setting == "runs out"))

    assert submitted(session, clerk, unit) == (U.pending_first, R.PASSED)


def test_a_unit_returned_by_people_comes_back_to_people(session, world, clerk, unit):
    _cast.put(unit, review_status=U.returned, submitted_at=world.edition.opens_at)
    session.commit()
    read(session, unit)
    _cast.done(session, clerk, "unit", "resubmit", unit.id)

    with acting(session, SYSTEM):
        session.refresh(unit)
        assert (unit.review_status, unit.recognised) == (U.pending_first, R.PASSED)


def test_a_late_reading_settles_the_result_and_leaves_the_queue_alone(session, clerk, unit):
    assert submitted(session, clerk, unit) == (U.pending_first, R.NOT_TRIED)
    read(session, unit)

    with acting(session, SYSTEM):
        assert (unit.review_status, unit.recognised) == (U.pending_first, R.PASSED)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, set()),
        ({"name": "福州闽江进出口有限公司"}, {"read_name"}),
        ({"uscc": "91350100M000100Y43"}, {"read_uscc"}),
        ({"legal_rep": "林志强"}, set()),  # the form says nothing: there is nothing to compare
        ({"address": "福建省福州市鼓楼区湖东路1号信和广场"}, set()),  # the same, at greater length
        ({"address": "厦门市思明区环岛东路1号"}, {"read_address"}),
        ({"reg_capital": Decimal("500.0000")}, set()),
        ({"reg_capital": Decimal(5000)}, {"read_reg_capital"}),
        ({"validity": "至2020-01-01", "valid_until": timedelta(days=-1)}, {"licence_runs_out"}),
    ],
)
def test_what_the_licence_says_otherwise_is_marked_at_the_desk(session, world, clerk, unit, values, told):
    given = {key: world.edition.show_closes_on + v if isinstance(v, timedelta) else v for key, v in values.items()}
    _cast.put(unit, legal_rep=None, address="福州市鼓楼区湖东路1号", reg_capital=Decimal(500))
    session.commit()
    read(session, unit, **given)
    found = checks.findings(session, clerk, "unit", [unit.id])[unit.id]

    assert {one.check.name for one in found if one.check.name.startswith(("read_", "licence_"))} == told


def test_a_second_reading_takes_the_place_of_the_first(session, unit):
    read(session, unit, tried=False, name=None)
    read(session, unit)
    with acting(session, SYSTEM):
        [row] = session.scalars(select(LicenceReading))
        assert (row.name, row.tried, recognition.sureness(row)["name"]) == (NAME, True, 97)


def test_a_reading_goes_with_its_unit_and_ends_with_it(session, world, clerk, unit):
    read(session, unit)
    other = actor_for(session, world.accounts[Role.secretariat])
    _cast.done(session, other, "unit", "assign", unit.id, {"target": str(world.other_sub.id), "reason": "属地调整"})
    with acting(session, SYSTEM):
        assert session.scalars(select(LicenceReading.delegation_id)).one() == world.other_sub.id
        assert recognition.latest(session, unit.id) is not None
    with acting(session, clerk):
        assert recognition.latest(session, unit.id) is None  # it is no longer his

    _cast.done(session, other, "unit", "delete", unit.id, _cast.REASON)
    assert _cast.values(session, LicenceReading, "id") == []


def test_only_an_account_asks_for_a_reading(session, unit):
    assert recognition.ask(session, SYSTEM, licence_of(session, unit)) is None


def test_no_unit_passes_without_a_reading_of_its_own(session, world, clerk, unit):
    neighbour = _cast.ready_unit(session, world, world.sub)
    session.commit()
    read(session, unit)

    assert submitted(session, clerk, neighbour) == (U.pending_first, R.NOT_TRIED)
    assert session.get_one(Unit, unit.id).review_status is U.draft
