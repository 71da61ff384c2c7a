"""Generated forms: what each role may write, one sentence per fault, stale forms, pictures, and nothing else."""

import pytest
from sqlalchemy import select

from models import (
    Account,
    Category,
    Intention,
    Label,
    Origin,
    Person,
    QuotaPool,
    Role,
    Unit,
    UnitStatus,
)
from models.columns import columns_of
from models.kinds import opened
from tests import factories
from tests.test_admin_views._desk import Desk
from workflow.sessions import placing


@pytest.fixture
def office(client, login, world):
    return Desk(client, login, world.accounts[Role.secretariat])


def unit_fields(world, **changed):
    """What a clerk fills in for a new unit of the sub-delegation."""
    return {
        "name": "福州海丰食品有限公司", "uscc": factories.uscc(), "origin": "DOMESTIC", "category": "ENTERPRISE",
        "licence_type": "BUSINESS", "reg_capital": "500", "city": "福州市", "address": "五四路1号", "contact_name": "李四",
        "contact_mobile": "138 0013 8000", "contact_email": "li@example.com", "referral_code": world.sub.referral_code,
        "delegation_id": str(world.sub.id), "group_pay_enabled": "INHERIT", **changed,
    }  # fmt: skip


def person_fields(unit, **changed):
    return {
        "unit_id": str(unit.id), "name": "王五", "id_type": "RESIDENT_ID", "id_no": factories.resident_id(), "title": "经理",
        "nationality": "CHN", "mobile": "13900139000", "get_method": "PICKUP", "label": "PROFESSIONAL", "period": "FULL",
        "cert_mode": "new", "consent": "y", "sex": "", "birth_date": "", **changed,
    }  # fmt: skip


def everything(system, model):
    with system() as session:
        return list(session.scalars(select(model).order_by(model.id)))


def test_a_unit_is_created_and_its_page_follows(desk, system, world):
    answer = desk.post("/admin/unit/new", **unit_fields(world))
    unit = everything(system, Unit)[0]
    assert (answer.status, answer.location) == (303, f"/admin/unit/{unit.id}")
    assert (unit.name, unit.category, unit.delegation_id, unit.review_status) == (
        "福州海丰食品有限公司", Category.ENTERPRISE, world.sub.id, UnitStatus.draft
    )  # fmt: skip
    assert (opened(unit, "contact_mobile"), unit.contact_phone) == ("13800138000", None)


def test_every_fault_is_told_at_once_at_its_field_and_nothing_is_lost(desk, system, world):
    page = desk.post(
        "/admin/unit/new", **unit_fields(world, name="", uscc="913", contact_email="li", reg_capital="很多")
    )
    assert page.status == 422
    for sentence in ("请填写“单位名称”", "邮箱格式不正确", "“很多”不是数字"):
        assert sentence in page.words
    assert (page.fields["uscc"], page.fields["reg_capital"], page.fields["city"]) == ("913", "很多", "福州市")
    assert everything(system, Unit) == []


def test_an_edit_shows_what_is_stored_and_saves_what_was_changed(desk, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, reg_capital="1234.5000", is_returning=True)
    page = desk.get(f"/admin/unit/{unit.id}/edit")
    assert (page.fields["name"], page.fields["reg_capital"], page.fields["contact_mobile"]) == (unit.name, "1234.5", "")
    assert "138****" in page.response.text
    assert "uscc" not in page.fields
    answer = desk.post(f"/admin/unit/{unit.id}/edit", **{**page.fields, "city": "平潭综合实验区"})
    saved = everything(system, Unit)[0]
    assert (answer.status, saved.city, saved.row_version) == (303, "平潭综合实验区", 2)
    assert opened(saved, "contact_mobile") == opened(unit, "contact_mobile")


def test_a_stale_form_shows_the_differences_and_lets_its_reader_decide(desk, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, city="福州市")
    mine = desk.get(f"/admin/unit/{unit.id}/edit").fields
    desk.post(f"/admin/unit/{unit.id}/edit", **{**mine, "city": "厦门市", "remark": "别人写的"})
    page = desk.post(f"/admin/unit/{unit.id}/edit", **{**mine, "city": "泉州市"})
    assert page.status == 409
    assert ["所在城市", "泉州市", "厦门市"] in page.cells
    assert ["备注", "（空）", "别人写的"] in page.cells
    assert everything(system, Unit)[0].city == "厦门市"
    theirs = desk.post(f"/admin/unit/{unit.id}/edit", **{**page.fields, "conflict": "theirs"})
    assert (theirs.status, everything(system, Unit)[0].city) == (303, "厦门市")
    saved = desk.post(f"/admin/unit/{unit.id}/edit", **{**page.fields, "conflict": "mine"})
    assert (saved.status, everything(system, Unit)[0].city) == (303, "泉州市")


def test_a_form_without_the_version_it_saw_is_stale(desk, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub)
    fields = {**desk.get(f"/admin/unit/{unit.id}/edit").fields, "city": "厦门市"}
    for version in ("", "abc", "99"):
        assert desk.post(f"/admin/unit/{unit.id}/edit", **{**fields, "row_version": version}).status == 409


@pytest.mark.parametrize("model", [Unit, Person, Account], ids=lambda model: model.__tablename__)
def test_columns_that_are_no_fields_cannot_be_written(desk, system, world, model):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub)
        row = {Unit: unit, Person: factories.person(session, unit), Account: factories.account(session, world.sub)}[
            model
        ]
        before = {key: getattr(row, key) for key in columns_of(model)}
    noun = model.__tablename__
    page = desk.get(f"/admin/{noun}/{row.id}/edit")
    smuggled = {
        key: "1" for key in columns_of(model) if key not in page.fields and columns_of(model)[key].kind != "bool"
    }
    desk.post(f"/admin/{noun}/{row.id}/edit", **{**smuggled, **page.fields})
    after = everything(system, model)[-1]
    assert {key: getattr(after, key) for key in columns_of(model)} == before


def test_a_unit_of_somebody_else_can_be_neither_chosen_nor_told_from_a_missing_one(desk, system, world):
    with system() as session:
        foreign = factories.unit(session, world.edition, world.other_sub)
    pages = [
        desk.post("/admin/person/new", **person_fields(foreign, unit_id=number))
        for number in (str(foreign.id), "999999", "99999999999", "1 OR 1=1")
    ]
    assert [page.status for page in pages] == [422] * 4
    assert all("所选“单位”不存在或不在您的管理范围内，请重新选择" in page.words for page in pages[:2])
    assert all("不是编号，请从列表中选择" in page.words for page in pages[2:])
    assert everything(system, Person) == []


def test_a_person_is_created_for_the_unit_the_list_was_narrowed_to(desk, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub)
    listed = desk.get(f"/admin/person/?unit_id={unit.id}")
    form = desk.get(listed.links["新增"])
    assert form.fields["unit_id"] == str(unit.id)
    assert f'data-lookup-text="{unit.name}"' in form.response.text
    number = factories.resident_id()
    answer = desk.post("/admin/person/new", **person_fields(unit, id_no=number))
    person = everything(system, Person)[0]
    assert (answer.status, opened(person, "id_no"), person.consent_at is None) == (303, number, False)


def test_amounts_are_typed_in_yuan(office):
    page = office.get("/admin/delegation_edition/2/edit")
    assert page.fields["group_pay_cap"] == "10000"
    office.post("/admin/delegation_edition/2/edit", **{**page.fields, "group_pay_cap": "9,999.50"})
    assert office.get("/admin/delegation_edition/2/edit").fields["group_pay_cap"] == "9999.50"


def test_what_is_the_provinces_alone_is_no_field_for_a_sub_delegation(desk):
    own = desk.get("/admin/delegation_edition/2/edit")
    assert ("group_pay_cap" in own.fields, "group_pay_grant" in own.fields) == (True, False)


def test_an_account_gets_its_initial_password_told_once(office, system, world):
    fields = {
        "username": "fz02",
        "name": "陈六",
        "role": "sub_delegation",
        "delegation_id": str(world.sub.id),
        "is_active": "y",
    }
    answer = office.post("/admin/account/new", **fields)
    assert "初始密码（仅显示这一次，72 小时内有效）：" in office.get(answer.location).words
    assert "初始密码（仅显示" not in office.get(answer.location).words
    made = everything(system, Account)[-1]
    assert (made.username, made.must_change_password, made.password_hash.startswith("$argon2id$")) == (
        "fz02",
        True,
        True,
    )


def test_a_pool_is_created_and_a_raise_above_the_province_is_refused(office, system, world):
    with system() as session:
        node = factories.delegation(session, world.province)
        pool = everything_in(session, QuotaPool, world.sub.id, Label.VIP)
    assert node.id
    page = office.get(f"/admin/quota_pool/{pool.id}/edit")
    refused = office.post(f"/admin/quota_pool/{pool.id}/edit", **{**page.fields, "total": "5000"})
    assert (refused.status, everything(system, QuotaPool)[0].total) == (422, 1000)


def everything_in(session, model, node, label):
    return session.scalars(select(model).where(model.delegation_id == node, model.label == label)).one()


def test_an_intention_belongs_to_its_unit(desk, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub)
    fields = {"unit_id": str(unit.id), "zone": "FOOD", "product": "咖啡豆", "amount": "12.50"}
    assert desk.post("/admin/intention/new", **fields).status == 303
    made = everything(system, Intention)[0]
    assert (made.unit_id, made.delegation_id, str(made.amount)) == (unit.id, world.sub.id, "12.50")


@pytest.mark.parametrize(
    ("role", "path"), [(Role.auditor, "unit/new"), (Role.finance, "person/new"), (Role.security, "person/new")]
)
def test_without_the_right_there_is_no_form(client, login, world, role, path):
    desk = Desk(client, login, world.accounts[role])
    assert (desk.get(f"/admin/{path}").status, desk.post(f"/admin/{path}", name="x").status) == (403, 403)


def test_an_overseas_unit_needs_other_fields(desk, system, world):
    fields = unit_fields(world, origin="OVERSEAS", uscc="", city="")
    page = desk.post("/admin/unit/new", **fields)
    assert (page.status, "请填写“英文名称”" in page.words, "请填写“境外注册号”" in page.words) == (422, True, True)
    with placing():
        assert (
            desk.post("/admin/unit/new", **{**fields, "name_en": "Sea Foods", "overseas_reg_no": "HK-1"}).status == 303
        )
    assert everything(system, Unit)[0].origin is Origin.OVERSEAS
