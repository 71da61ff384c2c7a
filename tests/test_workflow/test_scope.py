"""Who sees and who may write which rows: every stored noun, every way to ask (DESIGN §3.1, §3.5)."""

from dataclasses import replace
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, inspect, select, update
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlalchemy.orm.attributes import flag_modified

from models import (
    Account,
    Audit,
    AuditHead,
    Base,
    Batch,
    BatchRow,
    CannedOpinion,
    Claim,
    Delegation,
    Edition,
    Erasure,
    Fee,
    Intention,
    Job,
    Label,
    LoginAttempt,
    Notice,
    NoticeRead,
    Person,
    PersonStatus,
    Preference,
    QuotaAllocation,
    QuotaPool,
    RecentItem,
    Role,
    SavedView,
    SecurityStatus,
    TransferRequest,
    Unit,
    ViewDefault,
    WebSession,
)
from models.base import Placed
from models.columns import columns_of
from tests import factories
from tests.test_workflow._entities import everything
from workflow.actors import SYSTEM, NobodyAsks, acting, actor_for
from workflow.scope import OutOfScope, SetWriteRefused
from workflow.sessions import StateIsTheEngines, placing, writing_sets

MODELS: list[Any] = sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda model: model.__tablename__)
PLACED = [model for model in MODELS if issubclass(model, Placed)]
OF_NOBODY = {Edition, Fee}  # everybody reads them
INTERNAL = {AuditHead, WebSession, LoginAttempt, Claim, Erasure}  # nobody at a sub-delegation reads them
# A sub-delegation sees those of its own account.
OF_ONESELF = {Audit, CannedOpinion, Job, Notice, NoticeRead, Preference, RecentItem, SavedView, ViewDefault}
STATES: list[tuple[Any, Any]] = [
    (model, column) for model in MODELS for column in columns_of(model).values() if column.state
]


@pytest.fixture
def lots(session, world):
    """Make a row of every noun at the clerk's node and at three others; return id by place and model."""
    places = {"own": world.sub, "below": world.below, "neighbour": world.other_sub, "foreign": world.foreign_sub}
    made: dict[str, dict[Any, int]] = {}
    for name, node in places.items():
        account = world.accounts[Role.sub_delegation] if name == "own" else factories.account(session, node)
        rows = everything(session, world, node, account, world.province if name != "foreign" else world.other_province)
        pools = select(QuotaPool.id).where(QuotaPool.delegation_id == node.id)
        made[name] = {model: row.id for model, row in rows.items()} | {QuotaPool: session.scalars(pools).first()}
        session.commit()
        with acting(session, actor_for(session, account)):
            session.get_one(Unit, made[name][Unit]).remark = "由本级修改"
            session.commit()
    session.commit()
    for name, node in places.items():
        own = select(Audit.id).where(Audit.delegation_id == node.id)
        made[name][Audit] = session.scalars(own).first()
    session.commit()
    return made


@pytest.fixture
def clerk(session, world):
    found = actor_for(session, world.accounts[Role.sub_delegation])
    session.commit()
    return found


def seen(sessions, actor, model, key=None):
    """Return the ids an actor sees, asked in every way there is; they must agree."""
    other = aliased(model)
    inner = select(model.id).subquery()
    with sessions(info={"actor": actor}) as session:
        ways = [
            set(session.scalars(select(model.id))),
            {row.id for row in session.scalars(select(model))},
            {row.id for row in session.query(model)},
            set(session.scalars(select(other.id))),
            {row.id for row in session.scalars(select(other))},
            set(session.scalars(select(inner.c.id))),
            set(session.scalars(select(model.id).where(model.id.in_(select(other.id))))),
            set(session.scalars(select(model.id).where(select(other.id).where(other.id == model.id).exists()))),
            set(session.scalars(select(model.id).join(other, other.id == model.id))),
            set(session.scalars(select(model.id).union_all(select(other.id)))),
            {row_id for row_id in (key or ()) if session.get(model, row_id, populate_existing=True)},
        ]
        counted = [
            session.scalar(select(func.count(model.id))),
            session.scalar(select(func.count()).select_from(inner)),
        ]
        counted.append(session.scalar(select(select(func.count(other.id)).scalar_subquery())))
    if key is None:
        ways.pop()
    assert all(way == ways[0] for way in ways[:-1]), ways
    assert counted == [len(ways[0])] * 3
    return ways[0]


def test_every_noun_is_looked_at(lots):
    assert set(lots["own"]) | OF_NOBODY | INTERNAL == set(MODELS)


def test_the_leak_is_possible(sessions, lots):
    """The system sees all four places of every noun, so that an empty answer to somebody else means something."""
    for model in lots["own"]:
        assert seen(sessions, SYSTEM, model) >= {rows[model] for rows in lots.values()}


def test_a_sub_delegation_sees_its_own_part_of_every_noun_and_nothing_else(sessions, lots, clerk):
    wrong = []
    for model in MODELS:
        ids = {place: rows.get(model) for place, rows in lots.items()}
        found = seen(sessions, clerk, model)
        if model in INTERNAL:
            expected = set()
        elif model in OF_NOBODY:
            expected = found
        elif model in OF_ONESELF:
            expected = {"own"}
        else:
            expected = {"own", "below"}
        if model not in OF_NOBODY and {place for place, row_id in ids.items() if row_id in found} != expected:
            wrong.append((model.__tablename__, ids, found))

    assert wrong == []


def test_getting_a_row_by_its_number_asks_too(sessions, lots, clerk):
    found = {}
    for model in lots["own"]:
        with sessions(info={"actor": clerk}) as session:
            found[model] = [
                session.get(model, lots[place][model]) is not None for place in ("own", "below", "neighbour", "foreign")
            ]

    of_oneself = {model: [True, False, False, False] for model in OF_ONESELF}
    assert found == {model: [True, True, False, False] for model in lots["own"]} | of_oneself


def test_a_request_is_seen_from_both_sides(sessions, session, lots, world):
    secretary = actor_for(session, world.accounts[Role.secretariat])
    neighbour = actor_for(session, factories.account(session, world.other_sub))
    session.commit()
    with acting(session, SYSTEM):
        session.get_one(TransferRequest, lots["foreign"][TransferRequest]).target_id = world.other_sub.id
        session.get_one(TransferRequest, lots["foreign"][TransferRequest]).target_province_id = world.province.id
        session.commit()

    assert lots["foreign"][TransferRequest] in seen(sessions, neighbour, TransferRequest)
    assert lots["foreign"][TransferRequest] in seen(sessions, secretary, TransferRequest)
    assert seen(sessions, neighbour, Unit) == {lots["neighbour"][Unit]}


@pytest.mark.parametrize("role", [Role.secretariat, Role.finance, Role.auditor])
def test_a_province_sees_all_its_nodes_and_no_other_province(sessions, session, lots, world, role):
    actor = actor_for(session, world.accounts[role])
    session.commit()
    for model in (Unit, Person, QuotaAllocation, Batch, BatchRow):
        assert seen(sessions, actor, model) == {lots[place][model] for place in ("own", "below", "neighbour")}


def test_the_system_administrator_sees_no_business(sessions, session, lots, world):
    actor = actor_for(session, world.accounts[Role.sysadmin])
    session.commit()
    seen_by = {model.__tablename__ for model in lots["own"] if seen(sessions, actor, model)}

    assert seen_by == {"account", "delegation"}


def test_a_unit_sees_itself_alone(sessions, lots, clerk):
    unit = replace(clerk, role=Role.unit, unit_id=lots["own"][Unit])
    nobody = replace(clerk, role=Role.unit, unit_id=None)
    for model in (Unit, Person, QuotaAllocation):
        assert seen(sessions, unit, model) == {lots["own"][model]}
        assert seen(sessions, nobody, model) == set()
    assert seen(sessions, unit, Batch) == set()


def test_the_police_sees_only_persons_under_review_whom_it_was_handed(sessions, session, lots, world):
    police = actor_for(session, world.accounts[Role.security])
    with placing():
        for place in ("own", "below", "foreign"):
            session.get_one(Person, lots[place][Person]).review_status = PersonStatus.pending_review
        for place in ("below", "foreign", "neighbour"):
            session.get_one(Person, lots[place][Person]).security_status = SecurityStatus.sent
    session.commit()

    assert seen(sessions, police, Person) == {lots["below"][Person]}


def test_links_lead_nowhere_outside(sessions, session, world, lots, clerk):
    """A row of one's own that points to somebody else's shows nothing behind the link, however it is loaded."""
    with acting(session, SYSTEM):
        allocation = session.get_one(QuotaAllocation, lots["own"][QuotaAllocation])
        allocation.unit_id, allocation.uscc = lots["foreign"][Unit], None
        allocation.label = Label.STAFF
        session.commit()
    for load in (None, joinedload(QuotaAllocation.unit), selectinload(QuotaAllocation.unit)):
        with sessions(info={"actor": clerk}) as mine:
            wanted = select(QuotaAllocation).where(QuotaAllocation.id == lots["own"][QuotaAllocation])
            assert mine.scalars(wanted if load is None else wanted.options(load)).one().unit is None
    with sessions(info={"actor": clerk}) as mine:
        joined = select(Unit.id, Person.id).join(Unit.persons).order_by(Unit.id)
        assert mine.execute(joined).all() == [(lots[place][Unit], lots[place][Person]) for place in ("own", "below")]
        unit = mine.get_one(Unit, lots["own"][Unit])
        assert [person.id for person in unit.persons] == [lots["own"][Person]]
        assert unit.delegation.id == world.sub.id


# --- writing -----------------------------------------------------------------------------------------------------


def elsewhere(world):
    return {"delegation_id": world.foreign_sub.id, "province_id": world.other_province.id}


def steal(session, model, at):
    """Take a row of another province: it was loaded by the system and has expired since."""
    with acting(session, SYSTEM):
        row = session.get_one(model, at.lots["foreign"][model])
    session.expire_all()
    _write(row, factories.place(at.world.sub))


def touch(session, model, at):
    """Write a row of another province where it stands."""
    with acting(session, SYSTEM):
        row = session.get_one(model, at.lots["foreign"][model])
    flag_modified(row, next(key for key in columns_of(model) if key not in ("id", "delegation_id", "province_id")))


def remove(session, model, at):
    """Delete a row of another province."""
    with acting(session, SYSTEM):
        row = session.get_one(model, at.lots["foreign"][model])
    session.delete(row)


def create(session, model, at):
    """Make a row in another province."""
    session.add(model(**elsewhere(at.world)))


def move(session, model, at):
    """Give a row of one's own away."""
    _write(session.get_one(model, at.lots["own"][model]), elsewhere(at.world))


def test_nobody_creates_moves_takes_touches_or_deletes_a_row_elsewhere(sessions, lots, world, clerk):
    allowed, at = [], SimpleNamespace(lots=lots, world=world)
    for model, attempt in product(PLACED, (create, move, steal, touch, remove)):
        with sessions(info={"actor": clerk}) as session:
            attempt(session, model, at)
            try:
                session.flush()
            except OutOfScope:
                continue
            allowed.append((model, attempt))

    assert allowed == []


def _write(row, values):
    for key, value in values.items():
        setattr(row, key, value)


def test_nobody_creates_rows_without_a_place_unless_the_role_may(sessions, world, clerk):
    allowed = []
    for model in MODELS:
        if model in PLACED:
            continue
        with sessions(info={"actor": clerk}) as session:
            session.add(model(delegation_id=world.other_sub.id) if model is Account else model())
            try:
                session.flush()
            except OutOfScope:
                continue
            allowed.append(model)

    assert allowed == []


def test_accounts_are_written_in_ones_own_part_and_ones_own_account_always(sessions, session, lots, world, clerk):
    auditor = actor_for(session, world.accounts[Role.auditor])
    session.commit()
    with sessions(info={"actor": clerk}) as mine:
        mine.get_one(Account, lots["below"][Account]).name = "陈下级"
        mine.flush()
        mine.get_one(Account, lots["below"][Account]).delegation_id = world.foreign_sub.id
        with pytest.raises(OutOfScope):
            mine.flush()
    with sessions(info={"actor": auditor}) as mine:
        mine.get_one(Account, auditor.account_id).language = "en"
        mine.flush()
        with acting(mine, SYSTEM):
            other = mine.get_one(Account, lots["own"][Account])
        other.name = "陈改名"
        with pytest.raises(OutOfScope):
            mine.flush()


def test_nobody_asks(sessions):
    with sessions() as session:
        for attempt in (
            lambda: session.scalars(select(Unit)).all(),
            lambda: session.get(Unit, 1),
            lambda: session.query(Unit).count(),
            lambda: session.execute(update(Unit).values(remark="")),
            lambda: session.add(Unit()) or session.flush(),
        ):
            with pytest.raises(NobodyAsks):
                attempt()
            session.rollback()


@pytest.mark.usefixtures("lots")
def test_sets_are_written_only_by_those_who_enter_them_in_the_trail(sessions, clerk):
    writes = (insert(Intention).values(zone="FOOD"), update(Unit).values(remark="改"), delete(Unit))
    for actor in (SYSTEM, clerk):
        for write in writes:
            with sessions(info={"actor": actor}) as session, pytest.raises(SetWriteRefused):
                session.execute(write)
    with sessions(info={"actor": clerk}) as session, writing_sets(session):
        written = session.execute(
            update(Unit).values(remark="集体修改"), execution_options={"synchronize_session": False}
        )
        assert written.rowcount == 2
    with sessions(info={"actor": clerk}) as session, pytest.raises(SetWriteRefused):
        session.execute(update(Unit).values(remark="又改"))


# --- states ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "column"), STATES, ids=[f"{model.__tablename__}-{column.key}" for model, column in STATES]
)
def test_a_state_is_not_assigned_on_a_new_row(model, column):
    default = getattr(inspect(model).columns[column.key].default, "arg", None)
    for value in column.enum:
        if value is default or column.once:
            assert getattr(model(**{column.key: value}), column.key) is value
        else:
            with pytest.raises(StateIsTheEngines):
                model(**{column.key: value})


def test_a_state_is_not_assigned_on_a_stored_row(sessions, lots):
    for model, column in STATES:
        with sessions(info={"actor": SYSTEM}) as session:
            row = session.get_one(model, lots["own"][model])
            now = getattr(row, column.key)
            for value in column.enum:
                with pytest.raises(StateIsTheEngines):
                    setattr(row, column.key, value)
            assert getattr(row, column.key) is now
            with placing():
                setattr(row, column.key, list(column.enum)[-1])
                if column.key == "reissue_status":  # stands with its fee or not at all
                    row.reissue_fee = 10000
            session.flush()


def test_the_guarded_states_are_all_there_are():
    assert {(model.__tablename__, column.key) for model, column in STATES} == {
        ("unit", "review_status"), ("person", "review_status"), ("person", "label"), ("person", "payment_status"),
        ("person", "security_status"), ("person", "group_pay_decision"), ("person", "reissue_status"), ("certificate", "status"),
        ("transfer_request", "status"), ("security_batch", "status"), ("delegation_edition", "status"),
        ("exception_window", "status"), ("parcel", "status"), ("refund_task", "status"), ("statement", "status"),
    }  # fmt: skip
    assert Delegation not in PLACED
