"""The demonstration: valid, consistent, the same for a seed, and alive enough to try every move on."""

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session, sessionmaker

from demo import logins
from demo.acts import play
from demo.load import NotEmpty, load
from exchange import pictures
from models import (
    Account,
    Attachment,
    AttachmentKind,
    Audit,
    AuditHead,
    Base,
    Batch,
    Certificate,
    CertificateStatus,
    Delegation,
    ExceptionWindow,
    PackageWay,
    Parcel,
    ParcelStatus,
    Person,
    PersonStatus,
    Role,
    TransferPackage,
    TransferRequest,
    TransferStatus,
    Unit,
    UnitStatus,
    WindowStatus,
    keyring,
)
from models.columns import columns_of
from models.kinds import Sealed, opened
from models.validators import check_identity, check_mobile, check_unit_name, facts_from_identity, uscc_warnings
from tests import conftest, factories
from workflow import books, engine, trail
from workflow.actors import SYSTEM, Actor, actor_for
from workflow.engine import Selection
from workflow.sessions import make_engine, make_sessions

UNITS, SEED = 300, 7


@dataclass(frozen=True)
class Loaded:
    """A database with the demonstration, the instance folder beside it, and the accounts that were shown."""

    sessions: sessionmaker[Session]
    folder: Path
    shown: list[logins.Login]


def load_into(folder: Path, units: int = UNITS, seed: int = SEED, persons: float = 3) -> Loaded:
    keyring.use(keyring.KeyRing(keys={1: conftest.DATA_KEY}, active=1, index_key=conftest.INDEX_KEY))
    made = make_engine(f"sqlite:///{folder}/expo.db")
    Base.metadata.create_all(made)
    sessions = make_sessions(made)
    with sessions(info={"actor": SYSTEM}) as session, session.begin():
        return Loaded(sessions, folder, load(session, units, seed, persons_per_unit=persons, folder=folder))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    made = load_into(tmp_path_factory.mktemp("instance"))
    yield made
    made.sessions.kw["bind"].dispose()


@pytest.fixture
def session(loaded):
    with loaded.sessions(info={"actor": SYSTEM}) as made:
        yield made


def actor(session: Session, username: str) -> Actor:
    found = actor_for(session, session.scalars(select(Account).where(Account.username == username)).one())
    session.info["actor"] = found
    return found


def test_the_books_are_clean_and_one_audit_entry_tells_of_the_load(session):
    assert books.check(session) == []
    assert [(row.action, row.changes) for row in session.scalars(select(Audit))] == [
        ("edition.load", '{"units": [null, 300], "persons": [null, 900], "seed": [null, 7]}')
    ]


def test_on_either_engine_the_books_are_clean_and_new_rows_find_free_numbers(system):
    with system() as session:
        load(session, 40, SEED)
    with system() as session:
        node = session.scalars(select(Delegation).where(Delegation.code == "FJ01")).one()
        edition = factories.edition(session, is_current=False)
        factories.person(session, factories.unit(session, edition, node))
    with system() as session:
        assert books.check(session) == []


def test_every_checked_value_is_in_its_stored_form(session):
    for model in (Unit, Person, Delegation, Account, Certificate):
        checks = {column.key: column.check for column in columns_of(model).values() if column.check}
        for row in session.scalars(select(model)):
            values = {key: getattr(row, key) for key in checks if getattr(row, key)}
            assert {key: checks[key](value) for key, value in values.items()} == values


def test_every_paper_and_mobile_is_valid_and_agrees_with_its_person(session):
    for person in session.scalars(select(Person).where(Person.review_status != PersonStatus.deleted)):
        number = opened(person, "id_no")
        assert check_identity(person.id_type.value, number, factories.NOW.date()) == number
        birth, sex = facts_from_identity(person.id_type.value, number)
        assert (birth or person.birth_date, sex or person.sex.value) == (person.birth_date, person.sex.value)
        mobiles = [opened(person, key) for key in ("mobile", "recv_mobile")]
        assert [check_mobile(mobile) for mobile in mobiles if mobile] == [mobile for mobile in mobiles if mobile]


def test_every_unit_has_a_name_and_a_code_that_suit_its_category(session):
    for unit in session.scalars(select(Unit).where(Unit.review_status != UnitStatus.deleted)):
        assert check_unit_name(unit.name) == unit.name
        assert uscc_warnings(unit.uscc, unit.category.value) == [] if unit.uscc else unit.overseas_reg_no


def test_units_and_persons_stand_in_every_state_in_which_rows_rest(session):
    left = {UnitStatus.auto_check, UnitStatus.released, UnitStatus.transferred_out}
    assert set(session.scalars(select(Unit.review_status))) == set(UnitStatus) - left
    assert set(session.scalars(select(Person.review_status))) == set(PersonStatus) - {PersonStatus.transferred_out}
    assert set(session.scalars(select(Certificate.status))) == set(CertificateStatus)
    assert set(session.scalars(select(Parcel.status))) == set(ParcelStatus) - {ParcelStatus.unpacked}
    assert len(session.scalars(select(TransferRequest)).all()) >= 4


def test_nobody_reviews_twice_and_reviewers_work_where_the_unit_hangs(session):
    twice = select(func.count()).where(Unit.first_by_id == Unit.second_by_id)
    elsewhere = (
        select(func.count())
        .join(Account, Account.id == Unit.first_by_id)
        .where(Account.delegation_id != Unit.delegation_id)
    )
    assert (session.scalar(twice), session.scalar(elsewhere.select_from(Unit))) == (0, 0)


def rows_of(loaded: Loaded) -> dict[str, list[Any]]:
    """Return all rows but what is random on purpose: passwords, nonces, and the moment of the audit entry."""
    rows = {}
    with loaded.sessions(info={"actor": SYSTEM}) as session:
        for model in {mapper.class_ for mapper in Base.registry.mappers} - {Audit, AuditHead}:
            columns = inspect(model).columns
            same = [c for c in columns if not isinstance(c.type, Sealed) and c.key != "password_hash"]
            rows[model.__tablename__] = list(session.execute(select(*same).order_by(columns["id"])))
    return rows


def test_the_acts_show_what_only_moves_make_and_the_books_stay_clean(tmp_path):
    made = load_into(tmp_path, units=120)
    with made.sessions(info={"actor": SYSTEM}) as session, session.begin():
        play(session, tmp_path)
    with made.sessions(info={"actor": SYSTEM}) as session:
        assert books.check(session) == []
        states = session.scalars(select(Unit.review_status)).all()
        assert (states.count(UnitStatus.released), states.count(UnitStatus.transferred_out)) == (1, 1)
        package = session.scalars(select(TransferPackage)).one()
        request = session.scalars(select(TransferRequest).where(TransferRequest.unit_id == package.unit_id)).one()
        assert (package.way, package.number, request.status) == (
            PackageWay.sent,
            request.ref,
            TransferStatus.handed_over,
        )
        assert sorted(session.scalars(select(ExceptionWindow.status))) == [WindowStatus.closed, WindowStatus.open]
        locked = select(Delegation.code).where(Delegation.id.in_(select(ExceptionWindow.delegation_id)))
        assert session.scalars(locked).all() == ["FJ10"]
        assert 0 not in session.scalars(select(Batch.done)).all()
        assert trail.first_break(session) is None


def test_a_seed_makes_the_same_rows_again_and_another_seed_others(tmp_path):
    first, again, other = (tmp_path / name for name in ("first", "again", "other"))
    for folder in (first, again, other):
        folder.mkdir()
    rows = [rows_of(load_into(*arguments)) for arguments in ((first, 30), (again, 30), (other, 30, 8))]
    assert rows[0] == rows[1]
    assert rows[0]["person"] != rows[2]["person"]
    assert rows[0]["fee"] == rows[2]["fee"]


def test_units_have_as_many_persons_as_asked_for(tmp_path):
    made = load_into(tmp_path, units=40, persons=10)
    with made.sessions(info={"actor": SYSTEM}) as session:
        assert session.scalar(select(func.count(Person.id))) == 400


def test_a_database_with_data_is_left_alone(loaded):
    with loaded.sessions(info={"actor": SYSTEM}) as session:
        assert load(session, folder=loaded.folder) == loaded.shown
        with pytest.raises(NotEmpty):
            load(session, if_empty=False, folder=loaded.folder)
        assert session.scalar(select(func.count(Unit.id))) == UNITS


def test_the_accounts_are_kept_for_the_owner_of_the_folder_alone(loaded, session):
    path = loaded.folder / logins.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    hashes = dict(session.execute(select(Account.username, Account.password_hash)).all())
    kept = logins.kept(loaded.folder)
    assert {login["username"] for login in kept} == set(hashes)
    assert all(PasswordHasher().verify(hashes[login["username"]], login["password"]) for login in loaded.shown)


def test_every_role_can_log_in_and_one_account_shows_the_forced_change(session):
    assert set(session.scalars(select(Account.role))) == set(Role) - {Role.unit, Role.system}
    forced = select(Account.username).where(Account.must_change_password)
    assert session.scalars(forced).all() == [logins.MUST_CHANGE]


def test_the_first_units_have_pictures_that_the_product_would_take(loaded, session):
    rows = session.scalars(select(Attachment)).all()
    files = {row.ref: pictures.path_of(loaded.folder / "files", row.ref) for row in rows}
    assert [row.ref for row in rows if files[row.ref].stat().st_size != row.size] == []
    for kind in (AttachmentKind.LICENCE, AttachmentKind.PHOTO):
        row = next(row for row in rows if row.kind is kind)
        assert pictures.check(kind, files[row.ref].read_bytes()).media_type == row.media_type


def test_some_drafts_can_be_submitted_and_some_say_what_is_missing(session):
    clerk = actor(session, "fj_mishu1")
    for noun, model, state in (("unit", Unit, UnitStatus.draft), ("person", Person, PersonStatus.draft)):
        batch = engine.preview(session, clerk, noun, "submit", Selection.matching([model.review_status == state]))
        seen = engine.look(session, batch)
        assert seen.will > 0
        assert len(seen.refusals) > 1
    session.rollback()


def test_the_cap_of_the_biggest_sub_delegation_is_too_short_for_all_who_wait(session):
    clerk = actor(session, "fuzhou1")
    waiting = Selection.matching([Person.review_status == PersonStatus.pending_confirm])
    seen = engine.look(session, engine.preview(session, clerk, "person", "confirm_group_pay", waiting))
    assert seen.budget is not None
    assert seen.budget.short
    assert 0 < seen.budget.fits < seen.will + seen.cannot
    session.rollback()
