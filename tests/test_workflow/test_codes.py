"""A mistyped credit code is corrected or released: quota, presets, logins, the trail and who is told (DOMAIN §0.5, §4.2)."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models import (
    Account,
    Audit,
    Label,
    Notice,
    Person,
    PersonStatus,
    QuotaAllocation,
    Recognition,
    Role,
    Tombstone,
    Unit,
    UnitStatus,
    keyring,
)
from tests import factories
from tests.test_workflow import _cast
from tests.test_workflow._together import mover, together
from workflow import saving
from workflow.actors import SYSTEM, Forbidden, acting, actor_for
from workflow.answers import AnswersInvalid
from workflow.engine import ForeignRows

U, VIP = UnitStatus, Label.VIP
WHY = {"reason": "单位来函：登记时误填，附证照扫描件"}
pytestmark = pytest.mark.usefixtures("clean_books")


@pytest.fixture
def desk(session, world):
    return actor_for(session, world.accounts[Role.secretariat])


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


@pytest.fixture
def unit(session, world):
    made = _cast.ready_unit(session, world, world.sub, review_status=U.approved)
    session.commit()
    return made


def preset(session, world, node, code, allotted=4, **values):
    """Preset places for a code at a node, before any unit of the tests registered."""
    old = factories.NOW - timedelta(days=30)
    facts = {"unit_id": None, "uscc": code, "unit_name": None, "allotted": allotted, "created_at": old}
    return factories.allocation(
        session, factories.unit(session, world.edition, node, review_status=U.draft), VIP, **{**facts, **values}
    )


def correct(session, desk, unit, code):
    return _cast.done(session, desk, "unit", "correct_code", unit.id, {"code": code, **WHY})


def stands(session, unit):
    with acting(session, SYSTEM):
        row = session.scalars(select(Unit).where(Unit.id == unit.id).execution_options(populate_existing=True)).one()
        return row.uscc, row.former_uscc, row.review_status


def allotments(session):
    """Return (code, unit, allotted, used) of all VIP allotments."""
    rows = _cast.values(session, QuotaAllocation, "uscc", "unit_id", "allotted", "used", "label")
    return sorted((row[0] or "", row[1] or 0, row[2], row[3]) for row in rows if row[4] is VIP)


def told(session, node):
    with acting(session, SYSTEM):
        return list(session.scalars(select(Notice.sentence).where(Notice.delegation_id == node.id)))


# --- correcting --------------------------------------------------------------------------------------------------


def test_a_corrected_unit_keeps_its_state_its_old_code_is_free_and_the_trail_tells_both(session, world, desk, unit):
    old, code = unit.uscc, factories.uscc()
    correct(session, desk, unit, f" {code.lower()} ")

    assert stands(session, unit) == (code, old, U.approved)
    with acting(session, SYSTEM):
        row = session.get_one(Unit, unit.id)
        assert (row.recognised, row.edited_by_admin) == (Recognition.NOT_TRIED, True)
        assert row.opinion == f"统一社会信用代码已由 {old} 更正为 {code}，请用新代码登录"
        entry = session.scalars(select(Audit).where(Audit.action == "unit.correct_code")).one()
        assert json.loads(entry.changes)["uscc"] == [old, code]
        assert (entry.reason, entry.account_id) == (WHY["reason"], desk.account_id)
    assert told(session, world.sub) == ["省团已更正本分团 1 家单位的统一社会信用代码，请告知单位改用新代码登录"]
    rightful = factories.unit(session, world.edition, world.other_sub, uscc=old)
    session.commit()
    assert rightful.uscc == old


def test_what_the_unit_still_has_to_read_stays_behind_the_news(session, world, desk):
    unit = _cast.ready_unit(session, world, world.sub, review_status=U.returned, opinion="请补传执照" * 90)
    session.commit()
    correct(session, desk, unit, factories.uscc())

    with acting(session, SYSTEM):
        opinion = session.scalars(select(Unit.opinion).where(Unit.id == unit.id)).one()
    assert opinion.startswith("统一社会信用代码已由 ")
    assert "；请补传执照" in opinion
    assert len(opinion) == 500


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("9135010012345678", "统一社会信用代码应为18位，现为16位，请对照证照核对"),
        ("9111000060003734IL", "统一社会信用代码第17位“I”不可用"),
        ("12440300MB2C92173A", "统一社会信用代码校验未通过"),
        ("", "请填写“正确的统一社会信用代码”"),
    ],
)
def test_a_code_that_is_none_is_refused_in_words(session, desk, unit, code, sentence):
    with acting(session, desk), pytest.raises(AnswersInvalid) as wrong:
        _cast.run(session, desk, "unit", "correct_code", unit.id, {"code": code, **WHY})
    session.rollback()
    assert wrong.value.errors["code"].startswith(sentence)


def test_the_login_of_the_unit_follows_its_code(session, world, desk, unit):
    login = factories.account(session, world.sub, Role.unit, username=unit.uscc.lower())
    other = factories.account(session, world.sub, Role.unit, username="somebody-else")
    session.commit()
    code = factories.uscc()
    correct(session, desk, unit, code)

    with acting(session, SYSTEM):
        names = dict(session.execute(select(Account.id, Account.username)).all())
    assert (names[login.id], names[other.id]) == (code.lower(), "somebody-else")


def test_what_the_node_gave_the_unit_follows_it_to_the_new_code(session, desk, unit):
    factories.allocation(session, unit, VIP, allotted=5, used=1)
    _cast.ready_person(session, unit, PersonStatus.draft, label=VIP)
    session.commit()
    code = factories.uscc()
    correct(session, desk, unit, code)

    assert allotments(session) == [(code, unit.id, 5, 1)]


def test_a_preset_of_the_wrong_code_stays_with_that_code_less_what_is_in_use(session, world, desk):
    code, old = factories.uscc(), factories.uscc()
    preset(session, world, world.sub, old, allotted=4)
    unit = _cast.ready_unit(session, world, world.sub, uscc=old, review_status=U.approved)
    session.scalars(select(QuotaAllocation)).one().unit_id = unit.id
    session.flush()
    session.scalars(select(QuotaAllocation)).one().used = 1
    _cast.ready_person(session, unit, PersonStatus.draft, label=VIP)
    session.commit()
    correct(session, desk, unit, code)

    assert allotments(session) == sorted([(code, unit.id, 1, 1), (old, 0, 3, 0)])


@pytest.mark.parametrize("given", [0, 5])
def test_the_preset_of_the_new_code_binds_and_what_the_unit_had_is_added(session, world, desk, unit, given):
    code = factories.uscc()
    preset(session, world, world.sub, code, allotted=3)
    if given:
        factories.allocation(session, unit, VIP, allotted=given, used=1)
        _cast.ready_person(session, unit, PersonStatus.draft, label=VIP)
    session.commit()
    correct(session, desk, unit, code)

    assert allotments(session) == [(code, unit.id, 3 + given, int(bool(given)))]


def test_another_nodes_preset_of_the_new_code_is_not_applied_and_both_are_told(session, world, desk, unit):
    code = factories.uscc()
    preset(session, world, world.other_sub, code, allotted=3)
    factories.allocation(session, unit, VIP, allotted=5)
    session.commit()
    correct(session, desk, unit, code)

    assert allotments(session) == sorted([(code, 0, 3, 0), ("", unit.id, 5, 0)])
    assert told(session, world.other_sub) == ["预设额度归属不一致：本分团预设额度的单位在其他交易团/分团登记，没有生效"]
    assert any(sentence.startswith("预设额度归属不一致：新登记的单位") for sentence in told(session, world.sub))


def test_of_two_units_corrected_to_one_code_at_once_one_has_it(sessions, session, world, desk):
    code = factories.uscc()
    units = [_cast.ready_unit(session, world, node) for node in (world.sub, world.other_sub) for _ in range(4)]
    session.commit()
    found = together([mover(sessions, desk, "unit", "correct_code", unit.id, {"code": code, **WHY}) for unit in units])

    said = ["late" if isinstance(word, IntegrityError) else word for word in found]
    assert said.count("done") == 1
    assert set(said) <= {"done", "late", "code_taken"}
    assert _cast.values(session, Unit, "uscc").count(code) == 1


@pytest.mark.parametrize("move", ["correct_code", "release_code"])
def test_only_the_secretariat_corrects_and_releases_and_only_in_its_province(session, world, desk, clerk, move):
    state = U.draft
    foreign = _cast.ready_unit(session, world, world.foreign_sub, review_status=state)
    own = _cast.ready_unit(session, world, world.sub, review_status=state)
    session.commit()
    answers = {"code": factories.uscc(), **WHY}
    with pytest.raises(Forbidden):
        _cast.run(session, clerk, "unit", move, own.id, answers)
    with pytest.raises(ForeignRows):
        _cast.run(session, desk, "unit", move, foreign.id, answers)
    session.rollback()
    assert stands(session, foreign)[1:] == (None, state)
    assert stands(session, own)[1:] == (None, state)


def test_a_sub_delegation_asks_the_secretariat_to_correct_a_code_and_nothing_else_changes(session, world, clerk, unit):
    old, code = unit.uscc, factories.uscc()
    _cast.done(session, clerk, "unit", "ask_to_correct_code", unit.id, {"code": code, **WHY})

    assert stands(session, unit) == (old, None, U.approved)
    assert told(session, world.province) == [f"申请更正统一社会信用代码：{old} 改为 {code}，请核对后办理"]


# --- releasing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [U.draft, U.returned, U.rejected])
def test_a_released_code_is_free_and_the_mistaken_registration_is_marked(session, world, desk, state):
    unit = _cast.ready_unit(session, world, world.sub, review_status=state)
    factories.allocation(session, unit, VIP, allotted=5, used=int(state is not U.rejected))
    person = _cast.ready_person(session, unit, PersonStatus.draft, label=VIP)
    if state is U.rejected:
        _cast.put(person, review_status=PersonStatus.rejected)
    old = str(unit.uscc)
    login = factories.account(session, world.sub, Role.unit, username=old.lower())
    session.commit()
    _cast.done(session, desk, "unit", "release_code", unit.id, WHY)

    assert stands(session, unit) == (None, old, U.released)
    assert _cast.values(session, Person, "review_status") == [PersonStatus.rejected]
    assert allotments(session) == []
    with acting(session, SYSTEM):
        stone = session.scalars(select(Tombstone)).one()
        assert (stone.object_ref, stone.persons, stone.reason) == (unit.ref, 1, WHY["reason"])
        assert stone.key_hash == keyring.current().index(old, "uscc")
        account = session.get_one(Account, login.id)
        assert (account.username, account.is_active) == (f"{old.lower()}-{unit.ref.lower()}", False)
        assert session.get_one(Unit, unit.id).opinion.startswith(f"统一社会信用代码 {old} 系误填，已释放")
    assert told(session, world.sub) == ["省团已释放本分团 1 家单位误填的统一社会信用代码，其登记作废"]
    with acting(session, desk):
        given = _cast.registration(world.other_sub, old)
        assert saving.create(session, desk, Unit, given).uscc == old
        session.commit()


def test_the_preset_of_a_released_code_waits_for_the_rightful_unit(session, world, desk):
    code = factories.uscc()
    preset(session, world, world.sub, code, allotted=4)
    unit = _cast.ready_unit(session, world, world.sub, uscc=code, review_status=U.draft)
    session.scalars(select(QuotaAllocation)).one().unit_id = unit.id
    session.commit()
    _cast.done(session, desk, "unit", "release_code", unit.id, WHY)
    assert allotments(session) == [(code, 0, 4, 0)]

    with acting(session, desk):
        rightful = saving.create(session, desk, Unit, _cast.registration(world.sub, code))
        session.commit()
    assert allotments(session) == [(code, rightful.id, 4, 0)]


def test_a_released_registration_takes_no_more_changes_but_may_be_deleted(session, world, desk):
    unit = _cast.ready_unit(session, world, world.sub)
    session.commit()
    _cast.done(session, desk, "unit", "release_code", unit.id, WHY)
    with acting(session, desk):
        row = session.get_one(Unit, unit.id)
        with pytest.raises(saving.Invalid, match="代码已释放的单位不能修改"):
            saving.edit(session, desk, row, {"city": "厦门市"}, row.row_version)
    session.rollback()
    _cast.done(session, desk, "unit", "delete", unit.id, WHY)
    assert stands(session, unit) == (None, None, U.deleted)
