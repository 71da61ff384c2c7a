"""A licence on its way: handed in with a form, read by the worker, proposed in the form, shown at the review desk."""

import time
from decimal import Decimal

import pytest
from sqlalchemy import select

from admin_views import working
from bench import licences
from exchange import recognition as reading_of
from exchange.pictures import path_of
from exchange.recognition import Proposal, Reading
from models import Attachment, Job, JobState, LicenceReading, Notice, Recognition, Unit, UnitStatus
from tests import factories
from tests.conftest import on_sqlite
from tests.test_admin_views.test_forms import unit_fields
from tests.test_admin_views.test_uploads import picture, upload
from tests.test_workflow import _cast
from workflow import recognition
from workflow.jobs import running

pytestmark = on_sqlite
NAME, REP = "福州闽江进出口有限公司", "林志强"


@pytest.fixture
def work(app, system, tmp_path, monkeypatch):
    """Be the worker, whose library reads what the test says; files lie in a folder of the test's own."""
    monkeypatch.setattr(app, "instance_path", str(tmp_path))

    def done(reading=None):
        if reading is not None:
            monkeypatch.setattr(reading_of, "read", lambda _data, _folder: reading)
        with app.app_context():
            with system() as session:
                waiting = list(session.scalars(select(Job.ref).where(Job.state == JobState.queued).order_by(Job.id)))
            return [working.runner().run(ref) for ref in waiting]

    return done


@pytest.fixture
def unit(system, world):
    """Give a draft with a licence whose reading differs in name and representative."""
    with system() as session:
        made = _cast.ready_unit(session, world, world.sub, name="福州闽江贸易有限公司", legal_rep="王伟")
        [licence] = session.scalars(select(Attachment).where(Attachment.unit_id == made.id))
        values = {"name": NAME, "uscc": made.uscc, "legal_rep": REP, "reg_capital": Decimal(500)}
        recognition.keep(session, licence, values, dict.fromkeys(values, 96), "", tried=True)
        return made


def stored(system, row_id, *columns):
    with system() as session:
        return tuple(session.execute(select(*columns).where(Unit.id == row_id)).one())


def fields_of(page):
    return {
        name: value for name, value in page.fields.items() if name not in ("csrf_token", "adopt", "picture_LICENCE")
    }


def test_a_licence_handed_in_is_read_in_the_background(desk, system, world, work):
    answer = upload(
        desk,
        "/admin/unit/new",
        unit_fields(world),
        picture_LICENCE=("执照.png", picture(1000, 700, "PNG", noise=False)),
    )
    assert answer.status == 303
    with system() as session:
        [job], [unit], [licence] = (
            session.scalars(select(Job)),
            session.scalars(select(Unit)),
            session.scalars(select(Attachment)),
        )
    assert (job.kind, job.receipt, unit.recognised) == ("recognise", licence.ref, Recognition.NOT_TRIED)
    found = {"name": Proposal(unit.name, 99), "uscc": Proposal(unit.uscc, 100)}

    assert work(Reading(found)) == [JobState.done]
    assert stored(system, unit.id, Unit.recognised, Unit.row_version) == (Recognition.PASSED, 1)
    with system() as session:
        assert session.scalars(select(Notice)).all() == []
    assert "识别证照" not in desk.get("/admin/jobs").words


def test_a_small_picture_is_taken_with_a_warning(desk, world, work):
    answer = upload(
        desk, "/admin/unit/new", unit_fields(world), picture_LICENCE=("执照.png", picture(600, 400, "PNG", noise=False))
    )

    assert (
        "证照图片为 600×400 像素，长边不足 900 像素，不能自动识别；请上传更清晰的扫描件"
        in desk.get(answer.location).words
    )
    assert work() == [JobState.done]


def test_a_worker_gives_signs_of_life_while_a_picture_is_read(desk, system, world, work, monkeypatch):
    def slow(_data, _folder):
        started = time.monotonic()
        while time.monotonic() - started < 10 and not beats():
            time.sleep(0.02)
        return Reading()

    def beats():
        with system() as session:
            job = session.scalars(select(Job)).one()
            return job.heartbeat_at > job.started_at

    upload(
        desk,
        "/admin/unit/new",
        unit_fields(world),
        picture_LICENCE=("执照.png", picture(1000, 700, "PNG", noise=False)),
    )
    monkeypatch.setattr(running, "BEAT", 0.05)
    monkeypatch.setattr(reading_of, "read", slow)

    assert (work(), beats()) == ([JobState.done], True)


@pytest.mark.parametrize("lost", [True, False])
def test_a_picture_or_a_row_that_is_gone_costs_the_reading_only(desk, system, world, work, tmp_path, lost):
    upload(
        desk,
        "/admin/unit/new",
        unit_fields(world),
        picture_LICENCE=("执照.png", picture(1000, 700, "PNG", noise=False)),
    )
    with system() as session:
        [licence] = session.scalars(select(Attachment))
        if lost:
            path_of(tmp_path / "files", licence.ref).unlink()
        else:
            session.delete(licence)

    assert work(None if lost else Reading()) == [JobState.done]
    with system() as session:
        told = list(session.scalars(select(LicenceReading.sentence)))
    assert told == ([reading_of.GONE] if lost else [])


def test_the_form_offers_what_was_read_and_saves_nothing_of_itself(desk, system, unit):
    page = desk.get(f"/admin/unit/{unit.id}/edit")
    assert "2 项与证照上的不同" in page.words
    assert page.fields["name"] == "福州闽江贸易有限公司"

    taken = desk.post(f"/admin/unit/{unit.id}/edit", **fields_of(page), adopt="legal_rep")
    assert (taken.status, taken.fields["legal_rep"], taken.fields["name"]) == (200, REP, "福州闽江贸易有限公司")
    assert stored(system, unit.id, Unit.legal_rep) == ("王伟",)

    taken = desk.post(f"/admin/unit/{unit.id}/edit", **fields_of(taken), adopt="*")
    assert (taken.fields["name"], "项与证照上的不同" in taken.words) == (NAME, False)
    assert desk.post(f"/admin/unit/{unit.id}/edit", **fields_of(taken)).status == 303
    assert stored(system, unit.id, Unit.name, Unit.legal_rep, Unit.recognised) == (NAME, REP, Recognition.PASSED)


@pytest.mark.parametrize("wanted", ["uscc", "review_status", "nothing", "name,uscc"])
def test_only_a_proposal_can_be_taken_over(desk, system, unit, wanted):
    page = desk.get(f"/admin/unit/{unit.id}/edit")
    before = stored(system, unit.id, Unit.name, Unit.uscc, Unit.review_status)

    assert desk.post(f"/admin/unit/{unit.id}/edit", **fields_of(page), adopt=wanted).status == 200
    assert stored(system, unit.id, Unit.name, Unit.uscc, Unit.review_status) == before


def test_the_desk_marks_what_the_licence_says_otherwise(desk, system, unit):
    _put(system, unit, review_status=UnitStatus.pending_first)
    page = desk.get(f"/admin/review/unit/{unit.id}")

    assert page.words.count("识别值与填写不符") == 2
    assert f"证照识别： {NAME} （把握 96%）" in page.words
    assert "证照识别：一致 （把握 96%）" in page.words  # the code
    assert "识别未通过" in page.words


def test_the_desk_says_why_nothing_was_read(desk, system, unit):
    with system() as session:
        [licence] = session.scalars(select(Attachment).where(Attachment.unit_id == unit.id))
        recognition.keep(session, licence, {}, {}, reading_of.MISSING, tried=False)
    _put(system, unit, review_status=UnitStatus.pending_first)
    page = desk.get(f"/admin/review/unit/{unit.id}")

    assert "未识别 本机没有安装证照识别组件，由人工核对" in page.words
    assert "识别值与填写不符" not in page.words


def test_a_unit_that_passed_by_itself_is_on_the_list_for_spot_checks(desk, system, world, unit):
    _put(system, unit, review_status=UnitStatus.approved)
    with system() as session:
        factories.unit(session, world.edition, world.sub, name="福州人工审核有限公司", review_status=UnitStatus.approved,
                       second_by_id=next(iter(world.accounts.values())).id)  # fmt: skip
    page = desk.get("/admin/unit/?direct_pass=1")

    assert ("福州闽江贸易有限公司" in page.words, "福州人工审核有限公司" in page.words) == (True, False)
    assert "识别通过，供抽查" in desk.get("/admin/").words


@pytest.mark.xdist_group("reading")
def test_a_real_picture_leads_to_approval_without_people(desk, system, sessions, world, work):
    what = licences.paper(0)
    fields = {**unit_fields(world), "uscc": what.truth["uscc"], "name": what.truth["name"]}
    data = licences.saved(licences.spoil(licences.draw(what), 1, 0), 80)
    assert upload(desk, "/admin/unit/new", fields, picture_LICENCE=("执照.jpg", data)).status == 303

    assert work() == [JobState.done]
    with system() as session:
        [unit] = session.scalars(select(Unit))
        factories.intention(session, unit)
        clerk = _cast.clerk_of(session, world.sub)
    with sessions(info={"actor": clerk}) as session:
        _cast.done(session, clerk, "unit", "submit", unit.id)
    assert stored(system, unit.id, Unit.review_status, Unit.recognised) == (UnitStatus.approved, Recognition.PASSED)


def _put(system, unit, **values):
    with system() as session:
        _cast.put(session.get_one(Unit, unit.id), **values)
