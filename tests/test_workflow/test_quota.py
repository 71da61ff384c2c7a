"""Quota at three levels: exact under 40 clerks, never oversold, and the pools stay the sums of what hangs below."""

import json

import pytest
from sqlalchemy import select

from models import Label, QuotaAllocation
from tests import factories
from tests.test_workflow._quota import STAFF, VIP, allotment_of, numbers, pool_of, set_vip, wrong_sums
from workflow import quota
from workflow.actors import actor_for
from workflow.quota import QuotaShort
from workflow.scope import acting


def entries(session):
    """Return what this transaction will write to the audit trail."""
    session.flush()
    return [(entry["action"], json.loads(entry["changes"])) for entry in session.info.get("trail", [])]


@pytest.fixture
def unit(session, world):
    made = factories.unit(session, world.edition, world.sub)
    factories.allocation(session, made, VIP, allotted=3)
    session.commit()
    return made


def test_places_are_taken_and_given_back_and_each_change_leaves_an_entry(session, unit):
    quota.reserve_many(session, {(unit.id, VIP): 2})
    quota.release_many(session, {(unit.id, VIP): 1}, batch_id=7)

    assert allotment_of(session, unit) == (3, 1)
    assert entries(session) == [
        ("quota_allocation.edit", {"used": [0, 2]}),
        ("quota_allocation.edit", {"used": [2, 1]}),
    ]
    assert session.info["trail"][1]["batch_id"] == 7


def test_professional_visitors_need_no_quota(session, unit):
    quota.reserve_many(session, {(unit.id, Label.PROFESSIONAL): 1000})
    quota.release_many(session, {(unit.id, Label.PROFESSIONAL): 1000})

    assert entries(session) == []


@pytest.mark.parametrize(
    ("label", "count", "sentence"),
    [(VIP, 4, "VIP额度不足（已用0/共3）"), (STAFF, 1, "工作人员额度不足（已用0/共0）")],
)
def test_what_is_short_is_said_and_nothing_is_written(session, unit, label, count, sentence):
    with pytest.raises(QuotaShort) as short:
        quota.reserve_many(session, {(unit.id, label): count})

    assert short.value.sentence == sentence
    assert allotment_of(session, unit) == (3, 0)


def test_a_short_unit_among_many_is_named_and_the_others_stay_untouched(session, world, unit):
    other = factories.unit(session, world.edition, world.sub, name="空额度公司")
    factories.allocation(session, other, VIP, allotted=0)
    with pytest.raises(QuotaShort, match=r"空额度公司：VIP额度不足（已用0/共0）"):
        quota.reserve_many(session, {(unit.id, VIP): 1, (other.id, VIP): 1})

    assert allotment_of(session, unit) == (3, 0)


def test_more_cannot_come_back_than_was_taken(session, unit):
    with pytest.raises(QuotaShort, match="已占用0，不能退回1"):
        quota.release_many(session, {(unit.id, VIP): 1})


def test_a_change_reaches_objects_loaded_before(session, unit):
    row = session.scalars(select(QuotaAllocation)).one()
    version = row.row_version
    quota.reserve_many(session, {(unit.id, VIP): 3})

    assert (row.used, row.row_version) == (3, version + 1)
    session.commit()
    session.refresh(row)
    assert (row.used, row.row_version) == (3, version + 1)


def test_many_units_at_once_take_their_places_in_a_handful_of_statements(session, world):
    units = [factories.unit(session, world.edition, world.sub) for _ in range(40)]
    for unit in units:
        factories.allocation(session, unit, VIP, allotted=2)
    quota.reserve_many(session, {(unit.id, VIP): 2 for unit in units})

    assert {allotment_of(session, unit) for unit in units} == {(2, 2)}


# --- handing on --------------------------------------------------------------------------------------------------


def test_a_place_comes_from_the_pool_when_the_unit_has_none(session, world, unit):
    total, allocated = numbers(session, world.sub)
    quota.draw_from_pool(session, world.sub.id, world.edition.id, {(unit.id, VIP): 1, (unit.id, STAFF): 2})

    assert numbers(session, world.sub) == (total, allocated + 1)
    assert allotment_of(session, unit) == (4, 0)
    assert allotment_of(session, unit, STAFF) == (2, 0)
    assert wrong_sums(session) == []


def test_an_empty_pool_refuses(session, world, unit):
    with pytest.raises(QuotaShort) as short:
        quota.draw_from_pool(session, world.sub.id, world.edition.id, {(unit.id, VIP): 78})

    assert short.value.sentence == "分团VIP额度余额不足：需78个，剩余77个"
    with pytest.raises(QuotaShort, match="省团VIP额度余额不足：需801个，剩余800个"):
        quota.draw_from_pool(session, world.province.id, world.edition.id, {(unit.id, VIP): 801})


def test_an_allotment_is_set_not_added(session, world, unit):
    set_vip(session, world, 5, unit_id=unit.id)
    set_vip(session, world, 5, uscc=unit.uscc)

    assert allotment_of(session, unit) == (5, 0)
    assert numbers(session, world.sub) == (100, 25)
    assert wrong_sums(session) == []


def test_an_allotment_cannot_fall_below_use(session, world, unit):
    quota.reserve_many(session, {(unit.id, VIP): 3})
    with pytest.raises(QuotaShort) as short:
        set_vip(session, world, 2, unit_id=unit.id)

    assert short.value.sentence == "已占用3，不能低于3"


def test_an_allotment_cannot_exceed_the_pool(session, world, unit):
    with pytest.raises(QuotaShort) as short:
        set_vip(session, world, 81, unit_id=unit.id)

    assert short.value.sentence == "分团VIP额度余额不足：需78个，剩余77个"
    assert allotment_of(session, unit) == (3, 0)


def test_a_preset_waits_for_its_unit_and_is_bound_when_it_registers(session, world):
    code = factories.uscc()
    row = set_vip(session, world, 2, uscc=code, unit_name="待登记公司")
    unit = factories.unit(session, world.edition, world.sub, uscc=code, name="登记公司")

    assert (row.unit_id, row.unit_name, numbers(session, world.sub)) == (None, "待登记公司", (100, 22))
    assert quota.bind_presets(session, unit) == []
    assert (row.unit_id, row.unit_name, allotment_of(session, unit)) == (unit.id, "登记公司", (2, 0))


def test_a_preset_of_another_node_is_told_and_not_applied(session, world):
    code = factories.uscc()
    row = set_vip(session, world, 2, uscc=code)
    unit = factories.unit(session, world.edition, world.other_sub, uscc=code)

    assert quota.bind_presets(session, unit) == [
        "预设额度归属不一致：其他交易团/分团已为该统一社会信用代码预设额度，请联系省交易团秘书处核对"
    ]
    assert row.unit_id is None
    set_vip(session, world, 4, world.other_sub, unit_id=unit.id)
    assert allotment_of(session, unit) == (4, 0)
    assert wrong_sums(session) == []


def test_a_preset_whose_unit_registered_elsewhere_can_only_be_lowered(session, world):
    code = factories.uscc()
    row = set_vip(session, world, 5, uscc=code)
    factories.unit(session, world.edition, world.other_sub, uscc=code)
    with pytest.raises(QuotaShort, match="该单位已在其他交易团/分团登记"):
        set_vip(session, world, 6, uscc=code)
    set_vip(session, world, 0, uscc=code)

    assert (row.allotted, row.unit_id, numbers(session, world.sub)) == (0, None, (100, 20))


def test_nobody_presets_for_a_unit_or_a_code_of_another_node(session, world):
    unit = factories.unit(session, world.edition, world.other_sub)
    with pytest.raises(QuotaShort, match="该单位已在其他交易团/分团登记"):
        set_vip(session, world, 1, uscc=unit.uscc)
    code = factories.uscc()
    set_vip(session, world, 1, uscc=code)
    with pytest.raises(QuotaShort, match="其他交易团/分团已为该统一社会信用代码预设额度"):
        set_vip(session, world, 1, world.other_sub, uscc=code)


def test_a_pool_takes_the_difference_from_its_parent(session, world):
    quota.set_pool(session, pool_of(session, world.sub), 130)

    assert (numbers(session, world.sub), numbers(session, world.province)) == ((130, 20), (1000, 230))
    quota.set_pool(session, pool_of(session, world.province), 230)
    with pytest.raises(QuotaShort, match="上级VIP额度余额不足：需1个，剩余0个"):
        quota.set_pool(session, pool_of(session, world.sub), 131)
    with pytest.raises(QuotaShort, match="已分配20，不能低于20"):
        quota.set_pool(session, pool_of(session, world.sub), 19)
    quota.set_pool(session, pool_of(session, world.sub), 20)
    assert (numbers(session, world.sub), numbers(session, world.province)) == ((20, 20), (230, 120))


# --- travelling --------------------------------------------------------------------------------------------------


def clerk(session, world):
    return actor_for(session, next(a for a in world.accounts.values() if a.delegation_id == world.sub.id))


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("sub", "other_sub", {"sub": (98, 20), "other_sub": (102, 2), "province": (1000, 200)}),
        ("below", "other_sub", {"below": (18, 0), "sub": (98, 18), "other_sub": (102, 2), "province": (1000, 200)}),
        ("other_sub", "below", {"other_sub": (98, 0), "sub": (102, 22), "below": (22, 2), "province": (1000, 200)}),
        ("sub", "below", {"sub": (100, 22), "below": (22, 2), "province": (1000, 200)}),
        ("below", "sub", {"below": (18, 0), "sub": (100, 20), "province": (1000, 200)}),
        ("province", "sub", {"sub": (102, 22), "province": (1000, 202)}),
        ("sub", "province", {"sub": (98, 20), "province": (1000, 200)}),
    ],
)
def test_used_quota_travels_with_its_pool_share_and_the_unused_returns(session, world, source, target, expected):
    unit = factories.unit(session, world.edition, getattr(world, source))
    factories.allocation(session, unit, VIP, allotted=5, used=2)
    quota.move_share(session, unit.id, getattr(world, source).id, getattr(world, target).id)

    assert {name: numbers(session, getattr(world, name)) for name in expected} == expected
    row = session.scalars(select(QuotaAllocation)).one()
    assert (row.allotted, row.used, row.delegation_id) == (2, 2, getattr(world, target).id)
    assert wrong_sums(session) == []


def test_a_target_without_a_pool_receives_one(session, world):
    new = factories.delegation(session, world.province)
    unit = factories.unit(session, world.edition, world.sub)
    factories.allocation(session, unit, VIP, allotted=5, used=2)
    session.commit()
    with acting(session, clerk(session, world)):
        quota.move_share(session, unit.id, world.sub.id, new.id)
        names = {(entry["actor"], entry["noun"]) for entry in session.info["trail"]}

    assert numbers(session, new) == (2, 2)
    assert {noun for _, noun in names} == {"quota_pool", "quota_allocation"}
    assert {name for name, _ in names} == {clerk(session, world).name}
    assert wrong_sums(session) == []


def test_a_unit_that_leaves_gives_everything_back_but_its_cards(session, world):
    gone, kept = (factories.unit(session, world.edition, world.sub) for _ in range(2))
    factories.allocation(session, gone, VIP, allotted=5, used=2)
    factories.allocation(session, kept, VIP, allotted=5, used=2)
    holder = factories.person(session, kept, label=VIP)
    factories.certificate(session, holder, consumes_quota=True)
    quota.drop_share(session, [gone.id, kept.id])

    row = session.scalars(select(QuotaAllocation)).one()
    assert (row.unit_id, row.uscc, row.allotted, row.used) == (kept.id, None, 1, 1)
    assert numbers(session, world.sub) == (100, 21)
    assert wrong_sums(session) == []
    assert set_vip(session, world, 1, uscc=factories.uscc()).unit_id is None
