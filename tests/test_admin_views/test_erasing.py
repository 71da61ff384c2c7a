"""Erasing an edition: nothing recognisable is left in any table, file or byte; what must agree agrees; nothing else is touched."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from admin_views import erasing
from models import (
    Audit,
    Base,
    Edition,
    Erasure,
    ErasureState,
    GroupPayEntry,
    Notice,
    Person,
    Role,
    Tombstone,
    keyring,
)
from models.kinds import now, opened
from models.personal import personal_columns
from tests.conftest import ENVIRONMENT, on_sqlite
from tests.test_admin_views import _kept
from tests.test_workflow.test_purge import OF_PERSON
from workflow import books, keeping, trail
from workflow.actors import SYSTEM, acting
from workflow.keeping import ties, wiping

ROOT = Path(__file__).parents[2]
REASON = ("--reason", "留存期满，按规定清除")


@pytest.fixture
def over(app, sessions, world):
    """An edition that is over and full, and the one after it."""
    with sessions(info={"actor": SYSTEM}) as session:
        unit, person = _kept.fill(session, world, app)
        new, other = _kept.end(session, world)
    return {"unit": unit.id, "person": person.id, "old": world.edition.id, "new": new.id, "other": other.id}


@pytest.fixture
def run(app):
    def command(*words):
        done = app.test_cli_runner().invoke(args=list(words))
        return done.exit_code, done.output

    return command


def everything(session):
    """Return every stored value of every table as text, the trail's opened as far as there are keys."""
    session.scalars(select(Audit.changes)).all()
    found = []
    for table in Base.metadata.sorted_tables:
        for row in session.connection().execute(select(table)):
            found += [
                (table.name, value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))
                for value in row
            ]
    return found


def hits(session):
    return sorted({(table, one) for table, value in everything(session) for one in _kept.CANARIES if one in value})


def of_edition(session, edition_id):
    """Return the business rows of an edition, whole."""
    session.scalars(select(Audit.changes)).all()  # the keys are at hand from here on
    found = {}
    for model in ties.models():
        if ties.is_tied(model) and model.__tablename__ not in (
            "batch",
            "batch_row",
            "tombstone",
            "notice",
            "notice_read",
        ):
            rows = session.connection().execute(select(model.__table__).where(ties.rows_of(model, edition_id)))
            found[model.__tablename__] = sorted(map(str, rows))
    return found


def test_the_edition_is_full_of_what_is_to_go(over, system):
    with system() as session:
        tables = {table for table, _ in hits(session)}
        assert {
            "attachment", "audit", "batch", "batch_row", "certificate", "import_job", "job", "notice", "person",
            "review_record", "tombstone", "unit",
        } - tables == {"attachment"}  # fmt: skip
        assert {one for _, one in hits(session)} >= {OF_PERSON["name"], OF_PERSON["recv_address"]}
        assert session.scalar(select(func.count()).where(Person.edition_id == over["old"])) == 2


def test_nothing_recognisable_is_left_and_everything_else_agrees(over, system, run, app):
    with system() as session:
        before = of_edition(session, over["new"])
        states = session.execute(
            select(Person.id, Person.review_status, Person.payment_status).order_by(Person.id)
        ).all()
        number = keyring.current().index(opened(session.get_one(Person, over["person"]), "id_no"), "id_no")
        code = session.get_one(Edition, over["old"]).code
        sums = session.scalar(select(func.sum(GroupPayEntry.amount)))
    assert run("erase-edition", code)[0] == 1
    status, said = run("erase-edition", code, *REASON, "--yes")
    assert status == 0, said
    with system() as session:
        assert hits(session) == []
        assert "别届联系" in "".join(value for _, value in everything(session))
        assert of_edition(session, over["new"]) == before
        assert (
            session.execute(select(Person.id, Person.review_status, Person.payment_status).order_by(Person.id)).all()
            == states
        )
        assert session.scalar(select(func.sum(GroupPayEntry.amount))) == sums
        assert books.check(session) == []
        assert trail.first_break(session) is None
        hashes = session.scalars(select(Tombstone.key_hash).where(Tombstone.object_id == over["person"])).all()
        assert hashes == [keyring.current().kept(number)]
        assert number not in "".join(value for _, value in everything(session))
        told = session.scalars(
            select(Audit.changes).where(Audit.object_id == over["other"], Audit.action == "person.edit")
        ).all()
        assert [json.loads(one)["name"] for one in told] == [["令狐旧名", "令狐别届"]]
    assert run("verify-audit") == (0, "审计日志完整\n")
    assert run("check-books") == (0, "账目一致\n")
    assert "SHA-256：" in said
    assert [path for path in _files(app) if any(one.encode() in path.read_bytes() for one in _kept.CANARIES)] == []


def _files(app):
    return [path for path in Path(app.instance_path).rglob("*") if path.is_file()]


@on_sqlite
def test_the_bytes_themselves_are_gone_from_the_database_file(over, system, run, database):
    path = database.url.removeprefix("sqlite:///")

    def stored():
        files = [Path(f"{path}{suffix}") for suffix in ("", "-wal", "-shm")]
        return b"".join(one.read_bytes() for one in files if one.exists())

    sealed = [OF_PERSON["id_no"], OF_PERSON["mobile"], OF_PERSON["recv_mobile"]]
    with system() as session:
        code = session.get_one(Edition, over["old"]).code
        secret = session.get_one(Edition, over["old"]).audit_secret
        index = session.scalar(select(Person.__table__.c.id_no_index).where(Person.__table__.c.id == over["person"]))
    raw = stored()
    assert {OF_PERSON["name"], OF_PERSON["recv_address"], "金丝雀导入"} <= {
        one for one in _kept.CANARIES if one.encode() in raw
    }
    assert secret in raw
    assert index.encode() in raw
    assert run("erase-edition", code, *REASON, "--yes")[0] == 0
    raw = stored()
    assert [one for one in [*_kept.CANARIES, *sealed] if one.encode() in raw] == []
    assert secret not in raw
    assert index.encode() not in raw
    assert "令狐别届".encode() in raw


CHILD = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from app import create_app
from settings import Settings
from admin_views import erasing
app = create_app(Settings.from_environment(os.environ, Path(sys.argv[1])))
left = [int(sys.argv[3])]
def stop(table):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
with app.app_context():
    from workflow import keeping
    keeping.run(replace(erasing._tools(), slice_=1, after_slice=stop), int(sys.argv[2]))
"""


@on_sqlite
@pytest.mark.parametrize("slices", [1, 4, 9])
def test_killed_in_the_middle_it_goes_on_and_counts_each_row_once(over, system, app, database, slices):
    with system() as session:
        edition = session.get_one(Edition, over["old"])
        expected = {
            model.__tablename__: keeping.count(session, model, ties.rows_of(model, edition.id) & wiping.holding(model))
            for model in ties.tied() if model.__tablename__ not in wiping.WHOLE
        }  # fmt: skip
        number = erasing.begin(session, edition, "留存期满，按规定清除")
    environment = {**os.environ, **ENVIRONMENT, "EXPO_DATABASE_URL": database.url, "PYTHONPATH": str(ROOT)}
    given = [sys.executable, "-c", CHILD, app.instance_path, str(number), str(slices)]
    killed = subprocess.run(given, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with system() as session:
        erasure = session.get_one(Erasure, number)
        assert erasure.state is ErasureState.running
        assert sum(json.loads(erasure.erased).values()) == slices
        assert hits(session) != []
    with app.app_context():
        erasing.go_on(now())
    with system() as session:
        erasure = session.get_one(Erasure, number)
        assert erasure.state is ErasureState.done
        counts = json.loads(erasure.erased)
        assert {table: counts.get(table, 0) for table in expected} == expected
        assert hits(session) == []
        assert trail.first_break(session) is None
        assert session.scalars(select(Audit.action).where(Audit.noun == "erasure")).all() == [
            "erasure.start",
            "erasure.done",
        ]


def test_a_hold_stops_it_between_two_slices(over, system, app):
    with system() as session:
        number = erasing.begin(session, session.get_one(Edition, over["old"]), "留存期满，按规定清除")
        session.get_one(Edition, over["old"]).legal_hold = True
    with app.app_context():
        erasing.finish(number)
    with system() as session:
        assert session.get_one(Erasure, number).state is ErasureState.agreed
        assert hits(session) != []


@pytest.mark.parametrize("state", [ErasureState.agreed, ErasureState.running])
def test_a_hold_costs_a_sweep_nothing(over, system, app, monkeypatch, state):
    with system() as session:
        number = erasing.begin(session, session.get_one(Edition, over["old"]), "留存期满，按规定清除")
        session.get_one(Erasure, number).state = state
        session.get_one(Edition, over["old"]).legal_hold = True
    monkeypatch.setattr(keeping, "vacuum", lambda _engine: pytest.fail("vacuumed"))
    with app.app_context():
        erasing.go_on(now())
        erasing.finish(number)
    with system() as session:
        assert keeping.waiting(session, now()) == []
        session.get_one(Edition, over["old"]).legal_hold = False
        assert keeping.waiting(session, now()) == [number]


def current_again(session, over):
    session.get_one(Edition, over["new"]).is_current = False
    session.flush()
    session.get_one(Edition, over["old"]).is_current = True


def kept_longer(session, over):
    session.get_one(Edition, over["old"]).keep_months = 60


@pytest.mark.parametrize(
    ("change", "why"), [(current_again, "当前届次仍在办理，不能清除"), (kept_longer, "到期后才能清除")]
)
def test_what_may_not_be_erased_any_more_when_its_day_is_over_is_not_begun(over, system, app, world, change, why):
    with system() as session:
        edition = session.get_one(Edition, over["old"])
        number = erasing.begin(session, edition, "留存期满，按规定清除")
        asker, second = (world.accounts[role].id for role in (Role.secretariat, Role.auditor))
        session.get_one(Erasure, number).by_id, session.get_one(Erasure, number).agreed_by_id = asker, second
        change(session, over)
    for _ in range(2):
        with app.app_context():
            erasing.go_on(now())
    with system() as session:
        erasure = session.get_one(Erasure, number)
        assert (erasure.state, erasure.ended_at is None, erasure.started_at) == (ErasureState.withdrawn, False, None)
        assert session.scalar(select(func.count()).where(Person.edition_id == over["old"])) == 2
        assert hits(session) != []
        told = session.execute(
            select(Notice.account_id, Notice.sentence).where(Notice.once.startswith("lapsed:"))
        ).all()
        assert sorted(row.account_id for row in told) == sorted([asker, second])
        assert all(why in row.sentence for row in told)
        assert session.scalars(select(Audit.action).where(Audit.noun == "erasure")).all() == ["erasure.withdraw"]


def test_what_has_begun_is_ended_whatever_becomes_of_the_months(over, system, app):
    with system() as session:
        number = erasing.begin(session, session.get_one(Edition, over["old"]), "留存期满，按规定清除")
        session.get_one(Erasure, number).state = ErasureState.running
        kept_longer(session, over)
    with app.app_context():
        erasing.go_on(now())
    with system() as session:
        assert session.get_one(Erasure, number).state is ErasureState.done


def test_the_report_is_hashed_and_says_what_went_and_what_stays(over, system, app):
    with system() as session:
        number = erasing.begin(session, session.get_one(Edition, over["old"]), "留存期满，按规定清除")
    with app.app_context():
        erasing.finish(number)
    with system() as session:
        erasure = session.get_one(Erasure, number)
        report = json.loads(erasure.report)
        assert erasure.digest == keeping.digest_of(erasure.report)
        assert report["erased"]["person"] == 2
        assert report["erased"]["attachment"] == 3
        assert report["erased"]["orphans"] >= 1
        assert report["erased"]["saved_view"] == 1
        assert report["remains"]["person"] == 2
        assert report["remains"]["tombstone"] >= 1
        [entry] = session.scalars(select(Audit).where(Audit.action == "erasure.done")).all()
        assert erasure.digest in entry.changes


@pytest.mark.usefixtures("world")
def test_every_personal_column_of_an_edition_can_be_taken_away():
    for model in ties.tied():
        assert wiping.blanks(model).keys() >= {column.key for column in personal_columns(model)}, model


def test_what_is_not_over_cannot_be_erased(over, system, run):
    with system() as session:
        current, old = session.get_one(Edition, over["new"]), session.get_one(Edition, over["old"])
        codes = current.code, old.code
        old.keep_months = 60
    assert "当前届次仍在办理" in run("erase-edition", codes[0], *REASON, "--yes")[1]
    assert "到期后才能清除" in run("erase-edition", codes[1], *REASON, "--yes")[1]
    assert "没有代码为" in run("erase-edition", "X", *REASON, "--yes")[1]
    with system() as session:
        session.get_one(Edition, over["old"]).keep_months = 6
    assert "请填写清除的理由" in run("erase-edition", codes[1], "--yes")[1]
    with system() as session:
        assert session.scalars(select(Erasure)).all() == []


@pytest.mark.usefixtures("over")
def test_the_worker_tells_the_secretariat_once_that_it_is_time(system):
    for _ in range(2):
        with system() as session:
            keeping.tell_of_due(session, now())
    with system() as session:
        told = session.scalars(select(Notice.sentence).where(Notice.once.startswith("keeping:"))).all()
    assert told == ["第八届进博会个人信息的留存期已满，请在“个人信息留存”中提出清除"] * len(told)
    assert len(told) == 2  # one for each province


def test_moments_of_the_end_of_a_short_month_fit(system, world):
    with system() as session, acting(session, SYSTEM):
        edition = session.get_one(Edition, world.edition.id)
        edition.show_closes_on, edition.keep_months = edition.show_closes_on.replace(year=2026, month=8, day=31), 6
        assert str(keeping.due_on(edition)) == "2027-02-28"
        assert keeping.closed(edition, now() + timedelta(days=2000)).startswith("当前届次")
