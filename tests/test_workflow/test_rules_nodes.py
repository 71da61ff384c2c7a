"""Editions, nodes of the tree, their settings, fees and pools."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models import Audit, Delegation, DelegationEdition, Edition, Fee, Label, QuotaAllocation, QuotaPool, Role
from tests import factories
from tests.conftest import on_sqlite
from workflow import saving
from workflow.actors import actor_for
from workflow.saving import Invalid

pytestmark = on_sqlite


@pytest.fixture
def actor(session, world):
    return lambda role: actor_for(session, world.accounts[role])


def refused(session, actor, model, values):
    with pytest.raises(Invalid) as invalid:
        saving.create(session, actor, model, values)
    return invalid.value.errors


def refused_edit(session, actor, row, values):
    with pytest.raises(Invalid) as invalid:
        saving.edit(session, actor, row, values, row.row_version)
    return invalid.value.errors


# --- settings ----------------------------------------------------------------------------------------------------


def settings_of(session, node, **values):
    row = session.scalars(select(DelegationEdition).where(DelegationEdition.delegation_id == node.id)).one()
    for key, value in values.items():
        setattr(row, key, value)
    session.commit()
    return row


def test_a_cap_lies_between_the_commitments_and_the_grant(session, world, actor):
    row = settings_of(session, world.sub, group_pay_committed=50_000)
    clerk = actor(Role.sub_delegation)

    assert refused_edit(session, clerk, row, {"group_pay_cap": "499.99"}) == {
        "group_pay_cap": "已确认代付500.00元，统付额度不能低于此数"
    }
    assert refused_edit(session, clerk, row, {"group_pay_cap": "10000.01"}) == {
        "group_pay_cap": "统付额度10,000.01元不能高于上级给予的上限10,000.00元"
    }
    assert (
        saving.edit(session, clerk, row, {"group_pay_cap": "500", "group_pay_enabled": "off"}, 1).group_pay_cap
        == 50_000
    )


def test_only_the_secretariat_grants(session, world, actor):
    row = settings_of(session, world.sub)

    assert list(refused_edit(session, actor(Role.sub_delegation), row, {"group_pay_grant": "1"})) == ["group_pay_grant"]
    assert refused_edit(session, actor(Role.secretariat), row, {"group_pay_grant": "1"}) == {
        "group_pay_grant": "统付额度10,000.00元不能高于上级给予的上限1.00元"
    }
    both = {"group_pay_grant": "20000", "group_pay_cap": "15000"}
    saving.edit(session, actor(Role.secretariat), row, both, row.row_version)
    assert (row.group_pay_grant, row.group_pay_cap) == (2_000_000, 1_500_000)


# --- nodes -------------------------------------------------------------------------------------------------------


def node_form(parent, **values):
    form = {
        "code": "fz-02",
        "name": "福州二分团",
        "short_name": "福州二团",
        "kind": "政府分团",
        "referral_code": "q2021391",
    }
    return {**form, "parent_id": parent.id, **values}


def test_a_new_node_takes_its_province_and_takes_part(session, world, actor):
    node = saving.create(session, actor(Role.sysadmin), Delegation, node_form(world.sub))
    session.commit()

    assert (node.code, node.referral_code, node.province_id) == ("FZ02", "Q2021391", world.province.id)
    settings = settings_of(session, node)
    assert (settings.group_pay_enabled, settings.group_pay_cap, settings.province_id) == (False, 0, world.province.id)
    pools = session.execute(select(QuotaPool.label, QuotaPool.total).where(QuotaPool.delegation_id == node.id))
    assert dict(tuple(row) for row in pools) == {Label.STAFF: 0, Label.VIP: 0}


@pytest.mark.parametrize(
    ("values", "field"),
    [({"referral_code": "12345"}, "referral_code"), ({"code": "中文"}, "code"), ({"kind": "省交易团"}, "kind")],
)
def test_a_node_has_proper_codes_and_a_proper_place(session, world, actor, values, field):
    assert list(refused(session, actor(Role.sysadmin), Delegation, node_form(world.sub, **values))) == [field]


def test_the_tree_has_three_levels_and_codes_are_unique(session, world, actor):
    admin = actor(Role.sysadmin)
    assert list(refused(session, admin, Delegation, node_form(world.below))) == ["parent_id"]
    assert list(refused(session, admin, Delegation, node_form(world.foreign_sub))) == ["parent_id"]
    assert refused(session, admin, Delegation, node_form(world.sub, code=world.foreign_sub.code)) == {
        "code": "该代码已使用，请换一个"
    }
    assert list(refused(session, admin, Delegation, node_form(world.sub, parent_id=""))) == ["parent_id"]


# --- editions and fees -------------------------------------------------------------------------------------------


EDITION = {
    "code": "9", "name": "第九届进博会", "is_current": "on", "opens_at": "2027-05-20", "unit_closes_at": "2027-10-20 24:00",
    "person_closes_at": "2027-10-20 24:00", "pay_closes_at": "2027-10-25", "show_opens_on": "2027-11-05",
    "show_closes_on": "2027年11月10日",
}  # fmt: skip


def test_a_new_current_edition_replaces_the_former_and_every_node_takes_part(session, world, actor):
    edition = saving.create(session, actor(Role.sysadmin), Edition, EDITION)
    session.commit()

    assert session.scalars(select(Edition.code).where(Edition.is_current)).all() == ["9"]
    nodes = session.scalars(select(DelegationEdition.delegation_id).where(DelegationEdition.edition_id == edition.id))
    assert set(nodes) == set(session.scalars(select(Delegation.id)))
    told = session.scalars(select(Audit).where(Audit.noun == "delegation_edition", Audit.account_id.is_not(None)))
    assert {entry.actor for entry in told} == {world.accounts[Role.sysadmin].name}


def test_dates_are_in_order_and_one_edition_stays_current(session, world, actor):
    admin = actor(Role.sysadmin)
    early = {**EDITION, "unit_closes_at": "2027-05-20", "show_closes_on": "2027-11-04", "minimum_age": "12"}
    assert list(refused(session, admin, Edition, early)) == ["unit_closes_at", "show_closes_on", "minimum_age"]
    assert list(refused_edit(session, admin, world.edition, {"is_current": ""})) == ["is_current"]
    later = world.edition.unit_closes_at + timedelta(days=1)
    assert saving.edit(session, admin, world.edition, {"unit_closes_at": later}, 1).unit_closes_at == later


def test_a_fee_has_one_price(session, actor):
    finance = actor(Role.finance)
    line = session.scalars(select(Fee).where(Fee.label == Label.PROFESSIONAL).order_by(Fee.id)).first()
    form = {"edition_id": line.edition_id, "mode": line.mode, "period": line.period, "label": line.label, "amount": "1"}

    assert list(refused(session, finance, Fee, form)) == ["label"]
    assert saving.edit(session, finance, line, {"amount": "180.50"}, 1).amount == 18050
    assert list(refused_edit(session, finance, line, {"amount": "-1"})) == ["amount"]
    other = session.scalars(
        select(Fee).where(Fee.id != line.id, Fee.mode == line.mode, Fee.period == line.period)
    ).first()
    assert list(refused_edit(session, finance, other, {"label": "专业观众"})) == ["label"]


# --- quota -------------------------------------------------------------------------------------------------------


def pool_of(session, node):
    return session.scalars(
        select(QuotaPool).where(QuotaPool.delegation_id == node.id, QuotaPool.label == Label.VIP)
    ).one()


def test_the_secretariat_sets_pools_within_what_there_is(session, world, actor):
    secretary, pool = actor(Role.secretariat), pool_of(session, world.sub)
    saving.edit(session, secretary, pool, {"total": "120"}, pool.row_version)
    session.commit()

    assert (pool.total, pool_of(session, world.province).allocated) == (120, 220)
    assert refused_edit(session, secretary, pool, {"total": "1000"}) == {"": "上级VIP额度余额不足：需880个，剩余780个"}
    assert refused_edit(session, secretary, pool, {"total": "19"}) == {"": "已分配20，不能低于20"}


def test_a_pool_is_opened_once(session, world, actor):
    new = factories.delegation(session, world.province)
    factories.node_settings(session, world.edition, new)
    session.commit()
    secretary, form = actor(Role.secretariat), {"delegation_id": new.id, "label": "VIP", "total": "30"}
    row = saving.create(session, secretary, QuotaPool, form)
    session.commit()

    assert (row.total, row.allocated, pool_of(session, world.province).allocated) == (30, 0, 230)
    assert list(refused(session, secretary, QuotaPool, form)) == ["label"]
    assert list(refused(session, secretary, QuotaPool, {**form, "label": "专业观众"})) == ["label"]


def test_a_clerk_allots_to_units_and_presets_for_codes(session, world, actor):
    clerk = actor(Role.sub_delegation)
    unit = factories.unit(session, world.edition, world.sub)
    session.commit()
    form = {"label": "VIP", "allotted": "2"}
    own = saving.create(session, clerk, QuotaAllocation, {**form, "uscc": unit.uscc, "unit_name": "别的名字"})
    preset = saving.create(
        session, clerk, QuotaAllocation, {**form, "uscc": factories.uscc(), "unit_name": "待登记（福州）公司"}
    )
    session.commit()

    assert (own.unit_id, own.unit_name, own.allotted) == (unit.id, unit.name, 2)
    assert own.warnings == ["单位名称与登记名称不一致，已按登记名称保存"]
    assert (preset.unit_id, preset.unit_name, preset.allotted) == (None, "待登记（福州）公司", 2)
    assert list(refused(session, clerk, QuotaAllocation, {**form, "uscc": unit.uscc})) == ["uscc"]
    saving.edit(session, clerk, own, {"allotted": "5", "remark": "加三个"}, own.row_version)
    assert (own.allotted, own.remark, pool_of(session, world.sub).allocated) == (5, "加三个", 27)


def test_a_unit_without_a_code_gets_its_allotment_by_its_own_row(session, world, actor):
    clerk = actor(Role.sub_delegation)
    abroad = factories.unit(session, world.edition, world.below, uscc=None, origin="OVERSEAS", category="OTHER")
    other = factories.unit(session, world.edition, world.other_sub, uscc=None, origin="OVERSEAS", category="OTHER")
    session.commit()
    form = {"label": "VIP", "allotted": "2"}
    made = saving.create(session, clerk, QuotaAllocation, {**form, "unit_id": abroad.id})
    session.commit()

    assert (made.unit_id, made.uscc, made.delegation_id) == (abroad.id, None, world.below.id)
    assert refused(session, clerk, QuotaAllocation, {**form, "unit_id": abroad.id}) == {
        "uscc": "该单位已分配VIP额度2个，请直接修改"
    }
    assert list(refused(session, clerk, QuotaAllocation, {**form, "unit_id": other.id})) == ["unit_id", "uscc"]
    assert refused(session, clerk, QuotaAllocation, {**form, "unit_id": abroad.id, "uscc": factories.uscc()}) == {
        "uscc": "该代码不是所选单位的统一社会信用代码，请清空其中一项"
    }
    assert refused(session, clerk, QuotaAllocation, form) == {"uscc": "请填写统一社会信用代码，或选择已登记的单位"}


def test_an_allotment_is_a_number_up_to_999_within_use_and_pool(session, world, actor):
    clerk = actor(Role.sub_delegation)
    unit = factories.unit(session, world.edition, world.sub)
    row = factories.allocation(session, unit, Label.VIP, allotted=5, used=3)
    session.commit()

    assert refused_edit(session, clerk, row, {"allotted": "2"}) == {"": "已占用3，不能低于3"}
    assert refused_edit(session, clerk, row, {"allotted": "1000"}) == {"allotted": "额度应为0至999的整数"}
    assert refused_edit(session, clerk, row, {"allotted": "99"}) == {"": "分团VIP额度余额不足：需94个，剩余75个"}
    assert list(refused(session, clerk, QuotaAllocation, {"uscc": "", "label": "专业观众", "allotted": "x"})) == [
        "allotted", "uscc", "label",
    ]  # fmt: skip
