"""Deadlines are half-open on Shanghai's clock: 24时 is the midnight that ends the day, and that moment is too late."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from models import Edition, Person, Unit, UnitStatus
from models.columns import columns_of, shown
from models.figures import SHANGHAI, deadline, respelt
from tests import factories
from tests.conftest import on_sqlite
from tests.test_workflow import _cast
from workflow import deadlines, engine, locks
from workflow.actors import SYSTEM, acting
from workflow.engine import open_moves
from workflow.values import read_moment

END = datetime(2026, 10, 20, 16, tzinfo=UTC)  # 24:00 in Shanghai
TICK = timedelta(microseconds=1)
CLOCKS = [
    ZoneInfo(name) for name in ("UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Pacific/Kiritimati")
]


@pytest.mark.parametrize(
    "typed",
    ["2026-10-20 24:00", "2026-10-20 24时", "2026年10月20日24时", "2026-10-21", "2026-10-21 00:00", "2026-10-21 0时"],
)
def test_midnight_is_read_in_all_its_spellings(typed):
    assert read_moment(typed) == END


@pytest.mark.parametrize(
    ("typed", "hour"), [("2026-10-20 18时", 18), ("2026-10-20 18时30分", 18.5), ("2026年10月20日 9时", 9)]
)
def test_an_hour_is_read_as_it_is_spoken(typed, hour):
    assert read_moment(typed) == datetime(2026, 10, 20, tzinfo=SHANGHAI) + timedelta(hours=hour)


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
def test_a_deadline_is_over_at_its_very_moment_whatever_clock_tells_it(clock):
    for moment, over in ((END - TICK, False), (END, True), (END + TICK, True)):
        assert deadlines.is_over(END.astimezone(clock), moment.astimezone(clock)) is over
    assert deadlines.last_day(END.astimezone(clock)) == date(2026, 10, 20)
    assert deadline(END.astimezone(clock), "zh") == "2026-10-20 24:00"


def test_what_has_no_deadline_is_never_over():
    assert deadlines.is_over(None, END) is False


def test_china_keeps_one_time_all_the_year():
    offsets = {
        datetime(year, month, 1, tzinfo=SHANGHAI).utcoffset() for year in (2024, 2026, 2030) for month in range(1, 13)
    }
    assert offsets == {timedelta(hours=8)}


def test_every_deadline_of_an_edition_is_written_as_one():
    columns = columns_of(Edition)
    keys = [key for key, column in columns.items() if column.deadline]
    assert keys == ["unit_closes_at", "person_closes_at", "pay_closes_at", "lock_at"]
    assert {shown(columns[key], END) for key in keys} == {"2026-10-20 24:00"}
    assert shown(columns["opens_at"], END) == "2026-10-21 00:00"
    assert [deadline(END, "en"), respelt("2026-10-20 24:00", "en")] == ["20 Oct 2026, 24:00"] * 2
    assert deadline(END + timedelta(hours=18), "zh") == "2026-10-21 18:00"


@pytest.fixture
def clocked(monkeypatch):
    """Set the program's clock."""

    def to(moment):
        for module in ("workflow.engine.staging", "workflow.engine.offering"):
            monkeypatch.setattr(f"{module}.now", lambda: moment)

    return to


@pytest.mark.parametrize(("moment", "late"), [(END - TICK, None), (END, "closed"), (END + TICK, "closed")])
@pytest.mark.parametrize(("noun", "key"), [("unit", "unit_closes_at"), ("person", "person_closes_at")])
def test_what_is_submitted_is_judged_at_the_very_moment(session, world, clocked, noun, key, moment, late):
    unit = _cast.ready_unit(session, world, world.sub)
    person = _cast.ready_person(session, unit)
    setattr(session.get_one(Edition, world.edition.id), key, END)
    session.commit()
    clerk = _cast.clerk_of(session, world.sub)
    session.commit()
    clocked(moment)
    row_id = {"unit": unit.id, "person": person.id}[noun]
    said = open_moves(session, clerk, noun, [row_id])[row_id]["submit"]
    with acting(session, clerk):
        batch = engine.run(session, clerk, noun, "submit", [row_id])

    assert _cast.refusals(session, batch) == [late]
    assert (said is None) is (late is None)


@on_sqlite
@pytest.mark.parametrize(("moment", "locked"), [(END - TICK, False), (END, True), (END + TICK, True)])
def test_the_editions_moment_binds_before_anybody_has_written_it_down(session, world, moment, locked):
    unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first)
    factories.person(session, unit)
    edition = session.get_one(Edition, world.edition.id)
    edition.lock_at = END
    for node in (world.sub, world.below):
        _cast.put(_cast.settings_of(session, node), state_since=END - timedelta(days=9))
    session.flush()
    with acting(session, SYSTEM):
        for model in (Unit, Person):
            assert list(session.scalars(select(locks.is_shut(model, moment)).select_from(model))) == [locked]
