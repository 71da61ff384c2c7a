"""Adding and editing a person: DOMAIN §1.2 P1, §2.3, §4.2."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from models import (
    CertMode,
    Edition,
    GroupPayDecision,
    Label,
    Period,
    Person,
    PersonStatus,
    QuotaAllocation,
    Role,
    Sex,
    UnitStatus,
)
from models.kinds import opened
from models.validators.identity import check_char_18
from tests import factories
from tests.conftest import on_sqlite
from tests.forms import person_form
from workflow import saving
from workflow.actors import Actor, actor_for
from workflow.rules.person import PRICED
from workflow.saving import Invalid

pytestmark = on_sqlite


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


@pytest.fixture
def unit(session, world):
    made = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.approved)
    factories.allocation(session, made, Label.VIP, allotted=1)
    session.commit()
    return made


def refused(session, actor, values):
    with pytest.raises(Invalid) as invalid:
        saving.create(session, actor, Person, values)
    return invalid.value.errors


def refused_edit(session, actor, row, values):
    with pytest.raises(Invalid) as invalid:
        saving.edit(session, actor, row, values, row.row_version)
    return invalid.value.errors


def born(day, *, odd=True):
    body = f"350102{day:%Y%m%d}00{1 if odd else 2}"
    return body + check_char_18(body)


def used(session):
    return session.scalars(select(QuotaAllocation.used)).one()


def test_a_person_is_a_draft_at_its_unit_with_what_the_number_says(session, world, clerk, unit):
    number = born(date(1985, 3, 7), odd=False)
    person = saving.create(session, clerk, Person, person_form(unit, id_no=f"{number[:6]} {number[6:].lower()}"))
    session.commit()

    assert (person.birth_date, person.sex, opened(person, "id_no")) == (date(1985, 3, 7), Sex.F, number)
    assert (person.review_status, person.label, person.nationality) == (PersonStatus.draft, Label.PROFESSIONAL, "CHN")
    assert (person.unit_id, person.delegation_id, person.province_id, person.edition_id) == (
        unit.id, world.sub.id, world.province.id, world.edition.id,
    )  # fmt: skip
    assert (person.consent_version, person.consent_at is not None) == ("1", True)


def test_without_consent_the_draft_is_kept_without_it(session, clerk, unit):
    person = saving.create(session, clerk, Person, person_form(unit, consent=""))
    assert (person.consent_at, person.consent_version) == (None, None)
    saving.edit(session, clerk, person, {"consent": "on"}, 1)
    assert person.consent_version == "1"


def test_the_number_and_what_is_said_beside_it_must_agree(session, clerk, unit):
    number = born(date(1985, 3, 7))
    errors = refused(session, clerk, person_form(unit, id_no=number, sex="女", birth_date="1985-03-08"))

    assert errors == {
        "birth_date": "出生日期与证件号码不符（证件号码为1985-03-07），请核对",
        "sex": "性别与证件号码不符（证件号码为男），请核对",
    }


def test_a_number_is_checked_by_its_kind_of_paper(session, clerk, unit):
    assert "校验未通过" in refused(session, clerk, person_form(unit, id_no="350102198503070010"))["id_no"]
    passport = person_form(unit, id_type="护照", id_no="E12345678", nationality="DEU")
    assert refused(session, clerk, passport) == {
        "name_en": "请填写“英文姓名”", "sex": "请填写“性别”", "birth_date": "请填写“出生日期”",
        "id_expiry": "使用护照须填写“证件有效期至”",
    }  # fmt: skip
    passport |= {"name_en": "müller", "sex": "男", "birth_date": "1980/1/2", "id_expiry": "2020-01-01"}
    errors = refused(session, clerk, passport)
    assert sorted(errors) == ["id_expiry", "name_en"]
    passport |= {"name_en": "Mueller", "id_expiry": "2099-01-01"}
    assert saving.create(session, clerk, Person, passport).name_en == "MUELLER"


def test_a_chinese_with_a_passport_is_a_warning(session, clerk, unit):
    form = person_form(
        unit,
        id_type="护照",
        id_no="E12345678",
        name_en="WANG WU",
        sex="男",
        birth_date="19800102",
        id_expiry="2099-01-01",
    )
    assert saving.create(session, clerk, Person, form).warnings == [
        "中国籍人员使用护照登记，请核对是否应改用居民身份证"
    ]


def test_one_person_one_badge_in_the_whole_edition(session, world, clerk, unit):
    mine = factories.person(session, unit)
    other = factories.unit(session, world.edition, world.foreign_sub, name="杭州甲乙丙贸易公司")
    taken = factories.person(session, other)
    gone = factories.person(session, other, review_status=PersonStatus.rejected)
    session.commit()

    assert refused(session, clerk, person_form(unit, id_no=opened(mine, "id_no"))) == {
        "id_no": "本单位已登记过该证件号码的人员（一人一证），请在人员列表中查找"
    }
    assert refused(session, clerk, person_form(unit, id_no=opened(taken, "id_no"))) == {
        "id_no": "该证件号码已由其他单位（杭*******司）登记（一人一证），请核对或联系省交易团秘书处"
    }
    assert saving.create(session, clerk, Person, person_form(unit, id_no=opened(gone, "id_no"))).id


def test_age_is_counted_on_opening_day_and_children_never_come(session, world, clerk, unit):
    opening = world.edition.show_opens_on
    eighteen = opening.replace(year=opening.year - 18)

    assert saving.create(session, clerk, Person, person_form(unit, id_no=born(eighteen))).birth_date == eighteen
    younger = born(eighteen + timedelta(days=1))
    assert refused(session, clerk, person_form(unit, id_no=younger)) == {
        "birth_date": f"展会开幕日（{opening}）未满18周岁，不能登记"
    }
    session.get_one(Edition, world.edition.id).minimum_age = 0
    session.commit()
    today = factories.NOW.date()
    child = born(today.replace(year=today.year - 13))
    assert refused(session, clerk, person_form(unit, id_no=child)) == {"birth_date": "未满14周岁，不能登记"}


def test_a_free_label_takes_its_place_at_save(session, clerk, unit):
    saving.create(session, clerk, Person, person_form(unit, label="VIP"))

    assert used(session) == 1
    assert refused(session, clerk, person_form(unit, label="VIP")) == {"label": "VIP额度不足（已用1/共1）"}
    assert refused(session, clerk, person_form(unit, label="工作人员")) == {"label": "工作人员额度不足（已用0/共0）"}
    assert used(session) == 1


def test_a_refused_form_takes_no_place(session, clerk, unit):
    assert list(refused(session, clerk, person_form(unit, label="VIP", mobile="12"))) == ["mobile"]
    assert used(session) == 0


def test_mail_needs_a_receiver(session, clerk, unit):
    assert list(refused(session, clerk, person_form(unit, get_method="寄递"))) == [
        "recv_name", "recv_mobile", "recv_region", "recv_address",
    ]  # fmt: skip


def test_a_badge_used_again_is_named(session, clerk, unit):
    reuse = person_form(unit, cert_mode="证件复用")
    assert refused(session, clerk, reuse) == {
        "old_card_no": "证件复用须填写“原证件号”",
        "old_edition": "证件复用须填写“原届次”",
    }
    assert (
        saving.create(session, clerk, Person, reuse | {"old_card_no": "a-1234", "old_edition": "6"}).old_card_no
        == "A1234"
    )
    assert list(refused(session, clerk, person_form(unit, cert_mode="补办"))) == ["cert_mode"]


@pytest.mark.parametrize("role", [Role.unit, Role.sub_delegation, Role.secretariat])
@pytest.mark.parametrize("decision", [GroupPayDecision.confirmed, GroupPayDecision.cancelled])
def test_what_the_fee_hangs_on_is_not_edited_once_the_payment_is_decided(session, world, unit, role, decision):
    payer = world.sub.id if decision is GroupPayDecision.confirmed else None
    person = factories.person(
        session, unit, review_status=PersonStatus.returned, period=Period.LATE, group_pay_decision=decision,
        payer_id=payer, group_pay_fee=10000,
    )  # fmt: skip
    undecided = factories.person(session, unit, review_status=PersonStatus.returned, period=Period.LATE)
    session.commit()
    actor = actor_for(session, world.accounts[role]) if role is not Role.unit else Actor(
        None, unit.name, role, world.sub.id, world.province.id, world.edition.id, unit_id=unit.id
    )  # fmt: skip

    errors = refused_edit(session, actor, person, {"period": "全程", "cert_mode": "重新申办"})
    assert errors == PRICED
    assert (person.period, person.cert_mode) == (Period.LATE, CertMode.new)
    saving.edit(session, actor, person, {"period": "LATE", "title": "总监"}, person.row_version)
    saving.edit(session, actor, undecided, {"period": "全程", "cert_mode": "重新申办"}, undecided.row_version)
    assert (undecided.period, undecided.cert_mode) == (Period.FULL, CertMode.reapply)


@pytest.mark.parametrize("status", [UnitStatus.rejected, UnitStatus.deleted])
def test_a_unit_that_is_out_takes_nobody(session, world, clerk, status):
    out = factories.unit(session, world.edition, world.sub, review_status=status)
    session.commit()

    assert list(refused(session, clerk, person_form(out))) == ["unit_id"]


def test_persons_close_at_their_own_deadline(session, world, clerk, unit):
    session.get_one(Edition, world.edition.id).person_closes_at = factories.NOW - timedelta(seconds=1)
    session.commit()

    assert refused(session, clerk, person_form(unit)) == {"": "人员登记已截止，如需办理请联系省交易团秘书处"}


def test_a_submitted_person_is_not_the_units_to_edit(session, world, unit):
    person = factories.person(session, unit, review_status=PersonStatus.pending_review)
    draft = factories.person(session, unit)
    session.commit()
    own = Actor(None, unit.name, Role.unit, world.sub.id, world.province.id, world.edition.id, unit_id=unit.id)

    assert refused_edit(session, own, person, {"title": "总监"}) == {
        "": "人员已提交，不能修改；如需修改请联系所属分团退回"
    }
    assert saving.edit(session, own, draft, {"title": "总监"}, 1).title == "总监"
    assert saving.create(session, own, Person, {**person_form(unit), "unit_id": unit.id}).unit_id == unit.id


def test_the_label_is_changed_by_moves_only(session, clerk, unit):
    person = factories.person(session, unit)
    session.commit()

    assert list(refused_edit(session, clerk, person, {"label": "VIP"})) == ["label"]


def test_a_changed_identity_of_an_approved_person_is_reviewed_anew(session, clerk, unit):
    person = factories.person(session, unit, review_status=PersonStatus.approved)
    same = factories.person(session, unit, review_status=PersonStatus.approved)
    session.commit()
    saving.edit(session, clerk, person, {"name": "王六"}, 1)
    saving.edit(session, clerk, same, {"title": "总监", "name": "王五"}, 1)
    session.commit()

    assert (person.name, person.review_status) == ("王六", PersonStatus.pending_review)
    assert (same.title, same.review_status) == ("总监", PersonStatus.approved)
