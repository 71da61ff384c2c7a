"""Registering and editing a unit: DOMAIN §1.1 U1, U3, U17; presets: §4.2."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models import Delegation, DelegationEdition, Edition, Label, QuotaAllocation, Role, Unit, UnitStatus
from tests import factories
from tests.conftest import on_sqlite
from tests.forms import unit_form
from workflow import locks, quota, saving
from workflow.actors import Actor, actor_for
from workflow.saving import Invalid

pytestmark = on_sqlite


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


@pytest.fixture
def secretary(session, world):
    return actor_for(session, world.accounts[Role.secretariat])


def refused(session, actor, values):
    with pytest.raises(Invalid) as invalid:
        saving.create(session, actor, Unit, values)
    return invalid.value.errors


def refused_edit(session, actor, unit, values):
    with pytest.raises(Invalid) as invalid:
        saving.edit(session, actor, unit, values, unit.row_version)
    return invalid.value.errors


def preset(session, world, node, code):
    quota.set_allotment(
        session, edition_id=world.edition.id, delegation_id=node.id, province_id=node.province_id, label=Label.VIP,
        allotted=2, uscc=code,
    )  # fmt: skip


def lock(session, node):
    here = select(DelegationEdition).where(DelegationEdition.delegation_id == node.id)
    session.scalars(here).one().locked_at = factories.NOW
    session.commit()


def test_a_unit_registers_as_a_draft_at_its_node(session, world, clerk):
    code = factories.uscc()
    unit = saving.create(
        session, clerk, Unit, unit_form(world.sub, uscc=f" {code[:8]}-{code[8:].lower()} ", name="福州（测试）公司")
    )
    session.commit()

    assert (unit.uscc, unit.name, unit.review_status) == (code, "福州（测试）公司", UnitStatus.draft)
    assert (unit.delegation_id, unit.province_id, unit.edition_id) == (
        world.sub.id,
        world.province.id,
        world.edition.id,
    )
    assert (unit.edited_by_admin, unit.warnings) == (False, [])


def test_a_clerk_who_chooses_no_node_registers_at_his_own(session, world, clerk):
    form = unit_form(world.sub)
    del form["delegation_id"]

    assert saving.create(session, clerk, Unit, form).delegation_id == world.sub.id


def test_a_code_is_free_or_refused_wherever_it_was_registered(session, world, clerk):
    taken = factories.unit(session, world.edition, world.foreign_sub)
    session.commit()

    assert refused(session, clerk, unit_form(world.sub, uscc=taken.uscc)) == {
        "uscc": "该统一社会信用代码在本届已登记，请核对；如系他人误填，请联系省交易团秘书处"
    }
    assert list(refused(session, clerk, unit_form(world.sub, uscc="9111000060003734IL"))) == ["uscc"]


def test_the_code_of_a_rejected_unit_stays_blocked_and_of_a_deleted_one_is_free(session, world, clerk):
    rejected = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.rejected)
    factories.unit(session, world.edition, world.sub, review_status=UnitStatus.deleted, uscc=None)
    session.commit()

    assert list(refused(session, clerk, unit_form(world.sub, uscc=rejected.uscc))) == ["uscc"]


def test_a_domestic_unit_needs_its_code_and_an_overseas_one_its_own_papers(session, world, clerk):
    assert refused(session, clerk, unit_form(world.sub, uscc="")) == {"uscc": "请填写“统一社会信用代码”"}
    overseas = unit_form(world.sub, origin="OVERSEAS", category="其他", uscc="", city="")
    assert refused(session, clerk, overseas) == {"overseas_reg_no": "请填写“境外注册号”", "name_en": "请填写“英文名称”"}
    overseas |= {"overseas_reg_no": "HRB-1234 5", "name_en": "Test GmbH"}
    assert saving.create(session, clerk, Unit, overseas).overseas_reg_no == "HRB-1234 5"


def test_origin_and_category_go_together(session, world, clerk):
    assert refused(session, clerk, unit_form(world.sub, category="其他")) == {
        "category": "境内单位的分类应为企业、社会组织、事业单位、政府机构之一"
    }


def test_a_prefix_of_another_category_is_a_warning(session, world, clerk):
    unit = saving.create(session, clerk, Unit, unit_form(world.sub, category="政府机构"))

    assert unit.warnings == ["统一社会信用代码以“91”开头，属于企业，与所选单位分类“政府机构”不一致，请核对"]


def test_the_referral_code_belongs_to_the_node_or_one_above(session, world, clerk):
    for node in (world.below, world.sub, world.province):
        form = unit_form(world.below, referral_code=node.referral_code.lower())
        assert saving.create(session, clerk, Unit, form).referral_code == node.referral_code
    session.commit()
    below = unit_form(world.sub, referral_code=world.below.referral_code)
    assert refused(session, clerk, below) == {
        "referral_code": "推荐码不属于所选的“福州分团”，请核对推荐码或另选交易团/分团"
    }
    assert refused(session, clerk, unit_form(world.sub, referral_code="Q12")) == {
        "referral_code": "交易团推荐码应为Q加7位数字，请向所属交易团核实"
    }


def test_foreign_nodes_cannot_be_chosen(session, world, clerk, secretary):
    for actor, node in ((clerk, world.other_sub), (secretary, world.foreign_sub)):
        assert list(refused(session, actor, unit_form(node))) == ["delegation_id"]


def test_a_node_that_is_switched_off_or_takes_no_part_cannot_be_chosen(session, world, secretary):
    idle = factories.delegation(session, world.province)
    session.get_one(Delegation, world.other_sub.id).is_active = False
    session.commit()
    for node in (idle, world.other_sub):
        assert refused(session, secretary, unit_form(node)) == {
            "delegation_id": "所选交易团/分团未启用或未参加本届，请另选"
        }


def test_registration_opens_and_closes_the_secretariat_may_act_later(session, world, clerk, secretary):
    edition = session.get_one(Edition, world.edition.id)
    edition.unit_closes_at = factories.NOW - timedelta(seconds=1)
    session.commit()
    assert refused(session, clerk, unit_form(world.sub)) == {"": "单位报名已截止，如需办理请联系省交易团秘书处"}
    assert saving.create(session, secretary, Unit, unit_form(world.sub)).id
    edition.opens_at = factories.NOW + timedelta(days=1)
    edition.unit_closes_at = factories.NOW + timedelta(days=2)
    session.commit()
    assert refused(session, clerk, unit_form(world.sub))[""].startswith("单位报名尚未开始（")


def test_a_locked_node_takes_changes_from_the_secretariat_only(session, world, clerk, secretary):
    unit = factories.unit(session, world.edition, world.sub)
    lock(session, world.sub)
    locked = {"": locks.SENTENCE}

    assert refused(session, clerk, unit_form(world.sub)) == locked
    assert refused_edit(session, clerk, unit, {"remark": "x"}) == locked
    assert saving.edit(session, secretary, unit, {"remark": "x"}, 1).remark == "x"


def test_an_edit_after_submission_is_marked_as_the_back_offices(session, world, clerk):
    draft = factories.unit(session, world.edition, world.sub)
    sent = factories.unit(
        session, world.edition, world.sub, review_status=UnitStatus.approved, submitted_at=factories.NOW
    )
    session.commit()

    assert not saving.edit(session, clerk, draft, {"remark": "x"}, 1).edited_by_admin
    assert saving.edit(session, clerk, sent, {"remark": "x"}, 1).edited_by_admin
    assert sent.review_status is UnitStatus.approved


def test_the_unit_itself_edits_only_while_it_is_with_the_unit(session, world):
    unit = factories.unit(session, world.edition, world.sub)
    sent = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first)
    session.commit()

    def own(row):
        return Actor(None, row.name, Role.unit, world.sub.id, world.province.id, world.edition.id, unit_id=row.id)

    assert saving.edit(session, own(unit), unit, {"remark": "x"}, 1).remark == "x"
    assert refused_edit(session, own(sent), sent, {"remark": "x"}) == {
        "": "单位信息已提交，不能修改；如需修改请联系所属分团退回"
    }
    assert refused_edit(session, own(unit), sent, {"remark": "x"}) == {"": saving.GONE}


@pytest.mark.parametrize(("status", "word"), [(UnitStatus.rejected, "审核不通过"), (UnitStatus.deleted, "已删除")])
def test_a_unit_that_is_out_is_not_edited(session, world, secretary, status, word):
    unit = factories.unit(session, world.edition, world.sub, review_status=status)
    session.commit()

    assert refused_edit(session, secretary, unit, {"remark": "x"}) == {"": f"{word}的单位不能修改"}


def test_a_clerk_edits_direct_units_only(session, world, clerk):
    unit = factories.unit(session, world.edition, world.below)
    session.commit()

    assert refused_edit(session, clerk, unit, {"remark": "x"}) == {"": "非本级直属单位：由其所在分团修改"}


def test_what_the_node_preset_becomes_the_units(session, world, clerk):
    code = factories.uscc()
    preset(session, world, world.sub, code)
    session.commit()
    unit = saving.create(session, clerk, Unit, unit_form(world.sub, uscc=code))
    session.commit()
    row = session.scalars(select(QuotaAllocation)).one()

    assert (row.unit_id, row.unit_name, unit.warnings) == (unit.id, unit.name, [])
    saving.edit(session, clerk, unit, {"name": "改名贸易有限公司"}, 1)
    assert row.unit_name == "改名贸易有限公司"


def test_what_another_node_preset_is_told(session, world, clerk):
    code = factories.uscc()
    preset(session, world, world.other_sub, code)
    session.commit()
    unit = saving.create(session, clerk, Unit, unit_form(world.sub, uscc=code))

    assert unit.warnings == [
        "预设额度归属不一致：其他交易团/分团已为该统一社会信用代码预设额度，请联系省交易团秘书处核对"
    ]
