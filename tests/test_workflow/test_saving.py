"""Plain writes in general: rights, mass assignment, all errors at once, compare-and-set, nothing left behind."""

import json
import threading
from typing import Any

import pytest
from sqlalchemy import func, select

from models import Intention, Label, Person, QuotaAllocation, Role, Unit, Zone
from models.kinds import opened
from tests import factories
from tests.forms import person_form, unit_form
from workflow import saving
from workflow.actors import Forbidden, actor_for
from workflow.rules import rules_of
from workflow.savepoint import savepoint
from workflow.saving import Invalid, Stale
from workflow.scope import acting


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


@pytest.fixture
def unit(session, world):
    made = factories.unit(session, world.edition, world.sub)
    session.commit()
    return made


def refused(session, actor, model, values, **more):
    with pytest.raises(Invalid) as invalid:
        saving.create(session, actor, model, values, **more)
    return invalid.value.errors


def refused_edit(session, actor, row, values):
    with pytest.raises(Invalid) as invalid:
        saving.edit(session, actor, row, values, row.row_version)
    return invalid.value.errors


COFFEE = {"zone": "食品及农产品", "product": " 咖啡豆 ", "amount": "12.50"}


def test_a_row_is_created_typed_placed_and_audited(session, clerk, unit):
    row = saving.create(session, clerk, Intention, {**COFFEE, "unit_id": str(unit.id)})
    session.commit()

    assert (row.zone, row.product, str(row.amount)) == (Zone.FOOD, "咖啡豆", "12.50")
    assert (row.delegation_id, row.province_id, row.row_version, row.warnings) == (
        unit.delegation_id, unit.province_id, 1, [],
    )  # fmt: skip


def test_every_error_is_told_at_once(session, clerk, unit):
    errors = refused(
        session, clerk, Intention, {"unit_id": unit.id, "zone": "月球", "amount": "很多", "note": "长" * 501}
    )

    assert list(errors) == ["zone", "amount", "note", "product"]
    assert errors["product"] == "请填写“意向产品/服务名称”"
    assert errors["amount"] == "“很多”不是数字，请只填写数字，不带单位"


@pytest.mark.parametrize(
    "key", ["id", "ref", "row_version", "delegation_id", "created_at", "no_such_column", "__class__"]
)
def test_columns_that_are_not_the_actors_are_refused_by_name(session, clerk, unit, key):
    errors = refused(session, clerk, Intention, {**COFFEE, "unit_id": unit.id, key: "1"})

    assert list(errors) == [key]
    assert errors[key].endswith("不能由您填写")


def test_state_and_what_is_fixed_at_creation_cannot_be_edited(session, clerk, unit):
    for key in ("review_status", "uscc", "delegation_id", "opinion", "contact_mobile_index"):
        assert list(refused_edit(session, clerk, unit, {key: "approved"})) == [key]


def test_without_the_right_nothing_is_written(session, world, unit):
    for role, model in (
        (Role.auditor, Intention),
        (Role.security, Person),
        (Role.finance, Unit),
        (Role.sysadmin, Unit),
    ):
        with pytest.raises(Forbidden):
            saving.create(session, actor_for(session, world.accounts[role]), model, {})
        with pytest.raises(Forbidden):
            saving.edit(session, actor_for(session, world.accounts[role]), unit, {"remark": "x"}, 1)


def test_a_link_leads_only_to_what_the_actor_can_see(session, clerk, world):
    foreign = factories.unit(session, world.edition, world.other_sub)
    session.commit()
    for key in (foreign.id, 10**9, "0"):
        errors = refused(session, clerk, Intention, {**COFFEE, "unit_id": key})
        assert errors == {"unit_id": "所选“单位”不存在或不在您的管理范围内，请重新选择"}


def test_an_edit_changes_what_is_given_and_leaves_the_rest(session, clerk, unit):
    saving.edit(session, clerk, unit, {"remark": "已电话核实", "contact_mobile": "13700137000"}, 1)
    session.commit()
    session.refresh(unit)

    assert (unit.remark, unit.row_version, opened(unit, "contact_mobile")) == ("已电话核实", 2, "13700137000")


def test_an_edit_without_a_difference_writes_nothing(session, clerk, unit):
    with acting(session, clerk):
        saving.edit(session, clerk, unit, {"name": unit.name, "remark": ""}, 1)

    assert (unit.row_version, session.info.get("trail")) == (1, None)


def test_the_mask_a_form_showed_keeps_the_stored_number(session, clerk, world):
    unit = factories.unit(
        session, world.edition, world.sub, contact_mobile="13812348000", contact_email="zhang@example.com"
    )
    session.commit()
    values = {"contact_mobile": "138****8000", "contact_email": "zh***@example.com", "remark": "新"}
    saving.edit(session, clerk, unit, values, 1)

    assert (opened(unit, "contact_mobile"), unit.contact_email) == ("13812348000", "zhang@example.com")
    assert "contact_mobile" in refused_edit(session, clerk, unit, {"contact_mobile": "139****8000"})


def test_a_stale_edit_is_refused_with_the_differences_masked(session, clerk, world):
    unit = factories.unit(session, world.edition, world.sub, contact_mobile="13812348000", remark="甲")
    session.commit()
    saving.edit(session, clerk, unit, {"remark": "乙"}, 1)
    with pytest.raises(Stale) as stale:
        saving.edit(session, clerk, unit, {"remark": "丙", "contact_mobile": "13900001111", "city": unit.city}, 1)

    assert sorted(stale.value.differences) == [("备注", "丙", "乙"), ("联系人手机", "139****1111", "138****8000")]
    assert unit.remark == "乙"


def test_a_row_that_left_the_actors_part_of_the_tree_is_gone(session, clerk, world, unit):
    unit.delegation_id = world.other_sub.id
    session.commit()

    assert refused_edit(session, clerk, unit, {"remark": "x"}) == {"": saving.GONE}


def test_a_refusal_while_writing_leaves_nothing_behind_and_keeps_what_came_before(session, clerk, world, unit):
    first = saving.create(session, clerk, Intention, {**COFFEE, "unit_id": unit.id})
    place = factories.place(world.sub)
    errors = refused(
        session, actor_for(session, world.accounts[Role.secretariat]), QuotaAllocation,
        {"delegation_id": place["delegation_id"], "uscc": factories.uscc(), "label": "VIP", "allotted": "101"},
    )  # fmt: skip
    session.commit()

    assert errors == {"label": "分团VIP额度余额不足：需101个，剩余80个"}
    assert session.scalars(select(Intention.id)).all() == [first.id]
    assert session.scalars(select(QuotaAllocation.id)).all() == []


def undone(session, unit):
    with savepoint(session):
        unit.remark = "undone"
        session.flush()
        raise RuntimeError


def test_what_was_written_before_a_refusal_stays_in_the_trail(session, clerk, unit):
    saving.create(session, clerk, Intention, {**COFFEE, "unit_id": unit.id})
    with pytest.raises(RuntimeError):
        undone(session, unit)
    actions = [entry["action"] for entry in session.info["trail"]]

    assert actions == ["intention.create"]
    assert unit.remark is None


def test_sensitive_values_are_masked_in_the_trail(session, clerk, unit):
    saving.edit(session, clerk, unit, {"contact_mobile": "13700137000"}, 1)
    changes = json.loads(session.info["trail"][-1]["changes"])

    assert changes["contact_mobile"][1] == "137****7000"
    assert "13700137000" not in json.dumps(session.info["trail"], default=str)


def race(work, count=2):
    start = threading.Barrier(count)
    outcomes: list[Any] = []

    def run(number):
        start.wait()
        try:
            work(number)
            outcomes.append("done")
        except (Invalid, Stale) as refusal:
            outcomes.append(refusal)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_two_editors_of_one_version_never_both_succeed(sessions, clerk, unit):
    def work(number):
        with sessions(info={"actor": clerk}) as own:
            row = own.get_one(Unit, unit.id)
            own.commit()
            saving.edit(own, clerk, row, {"remark": f"第{number}人"}, 1)
            own.commit()

    outcomes = race(work, 8)

    assert len(outcomes) == 8
    assert outcomes.count("done") == 1
    assert {type(outcome) for outcome in outcomes if outcome != "done"} == {Stale}


def test_two_registrations_of_one_code_at_the_same_moment_get_one_sentence(
    sessions, session, world, clerk, monkeypatch
):
    """Both look before either writes: the database refuses the second, in words."""
    code, both = factories.uscc(), threading.Barrier(2)
    store = rules_of(Unit).write
    session.commit()
    on_sqlite = session.get_bind().dialect.name == "sqlite"  # there the writer who looks holds the database already

    def write(change):
        if not on_sqlite:
            both.wait(10)
        store(change)

    rules = rules_of(Unit)
    patched = type(rules)(**{**rules.__dict__, "write": write})
    monkeypatch.setattr(saving, "rules_of", lambda model: patched if model is Unit else rules)

    def work(_):
        with sessions(info={"actor": clerk}) as own:
            saving.create(own, clerk, Unit, unit_form(world.sub, uscc=code))
            own.commit()

    outcomes = race(work)
    losers = [outcome for outcome in outcomes if outcome != "done"]

    assert len(losers) == 1
    assert losers[0].errors == {"uscc": "该统一社会信用代码在本届已登记，请核对；如系他人误填，请联系省交易团秘书处"}
    assert session.scalar(select(func.count()).select_from(Unit).where(Unit.uscc == code)) == 1


def test_forty_clerks_saving_persons_take_the_last_ten_places(sessions, session, clerk, unit):
    factories.allocation(session, unit, Label.VIP, allotted=10)
    session.commit()
    numbers = [factories.resident_id() for _ in range(40)]

    def work(number):
        with sessions(info={"actor": clerk}) as own:
            saving.create(own, clerk, Person, person_form(unit, id_no=numbers[number], label="VIP"))
            own.commit()

    outcomes = race(work, 40)
    losers = [outcome for outcome in outcomes if outcome != "done"]

    assert (len(outcomes), len(losers)) == (40, 30)
    assert {loser.errors["label"] for loser in losers} == {"VIP额度不足（已用10/共10）"}
    row = session.scalars(select(QuotaAllocation).execution_options(populate_existing=True)).one()
    assert (row.used, session.scalar(select(func.count()).select_from(Person))) == (10, 10)
