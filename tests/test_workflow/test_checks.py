"""What the review desk marks beside the fields: each check finds its fault, and a faultless row has none."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from models import (
    Attachment,
    AttachmentKind,
    Category,
    DelegationKind,
    IdType,
    LicenceType,
    PersonStatus,
    Recognition,
    Role,
    Sex,
    Unit,
    UnitStatus,
)
from models.kinds import now
from models.validators.uscc import organisation_check_char, uscc_check_char
from tests import factories
from tests.test_workflow import _cast
from workflow import checks, differences, saving
from workflow.actors import SYSTEM, acting, actor_for
from workflow.checks import CHECKS, Twin
from workflow.engine import run
from workflow.moves import Context
from workflow.registry import machine_of

S = UnitStatus


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


def ready(session, world, node=None, **values):
    """Make a unit with which nothing is wrong, its own picture on file."""
    made = _cast.ready_unit(session, world, node or world.sub, **{"review_status": S.pending_first, **values})
    picture = session.scalars(select(Attachment).where(Attachment.unit_id == made.id)).one()
    picture.sha256 = f"{made.id:064d}"
    session.flush()
    return made


def found(session, actor, noun, row):
    """Return name and sentence of what is found on a row, with the names of its twins."""
    with acting(session, actor):
        told = checks.findings(session, actor, noun, [row.id])[row.id]
    return {
        finding.check.name: (finding.sentence, *(name for _id, name in finding.twins))
        if finding.twins
        else finding.sentence
        for finding in told
    }


def code(prefix, number=4711):
    body = f"{number:08d}"
    first = f"{prefix}350100{body}{organisation_check_char(body)}"
    return first + uscc_check_char(first)


def test_a_faultless_unit_has_nothing_to_look_at(session, world, clerk):
    for node in (world.sub, world.below, world.other_sub):
        ready(session, world, node)
    assert found(session, clerk, "unit", ready(session, world)) == {}
    bureau = ready(
        session, world, name="福州市商务局", category=Category.GOVERNMENT, licence_type=LicenceType.GOVERNMENT, uscc=code("11")
    )  # fmt: skip
    assert found(session, clerk, "unit", bureau) == {}


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"uscc": code("91")[:-1] + ("0" if code("91")[-1] != "0" else "1")}, {"wrong_code"}),
        ({"uscc": "98" + code("91")[2:]}, {"wrong_code", "unknown_prefix"}),
        ({"uscc": code("51")}, {"other_category"}),
        ({"name": "福州市茶叶行业协会"}, {"name_of_other_paper"}),
        ({"licence_type": LicenceType.SOCIAL_ORG}, {"name_of_other_paper", "paper_of_other_category"}),
        ({"licence_type": LicenceType.OTHER}, set()),
        ({"address": "福建省厦门市思明区鹭江道1号"}, {"other_city"}),
        ({"address": "福建省福州市福清市东街1号"}, set()),
        ({"city": "厦门市", "address": "厦门市思明区1号"}, {"other_node"}),
        ({"contact_email": ""}, {"missing_contact_email"}),
        ({"address": None}, {"missing_address"}),
        ({"recognised": Recognition.FAILED}, {"not_recognised", "read_name"}),
        ({"edited_by_admin": True}, {"edited_by_admin"}),
    ],
)
def test_a_fault_of_a_unit_is_found(session, world, clerk, values, names):
    assert set(found(session, clerk, "unit", ready(session, world, **values))) == names


def test_a_code_that_is_right_but_for_the_code_inside(session, world, clerk):
    first = "9135010000004711" + ("1" if organisation_check_char("00004711") != "1" else "2")
    unit = ready(session, world, uscc=first + uscc_check_char(first))
    assert found(session, clerk, "unit", unit) == {"wrong_inside": "代码第9至17位（组织机构代码）校验不符"}


def test_what_is_missing_is_read_from_the_guards_of_the_submission(session, world, clerk):
    bare = factories.unit(session, world.edition, world.sub)
    assert found(session, clerk, "unit", bare) == {
        "no_licence": "“单位资质证明”未上传，请先上传", "no_intention": "至少填写一条采购意向",
    }  # fmt: skip


def test_a_city_that_has_no_sub_delegation_of_its_own_belongs_anywhere(session, world, clerk):
    soe = factories.delegation(session, world.province, short_name="央企分团", kind=DelegationKind.CENTRAL_SOE)
    secretary = actor_for(session, world.accounts[Role.secretariat])
    there = {"city": "厦门市", "address": "厦门市湖里区1号"}
    assert found(session, secretary, "unit", ready(session, world, soe, **there)) == {}
    assert found(session, clerk, "unit", ready(session, world, city="漳州市", address="芗城区1号")) == {}
    assert found(session, clerk, "unit", ready(session, world, world.below)) == {}


def test_twins_are_named_within_ones_own_part_of_the_tree_only(session, world, clerk):
    own = ready(session, world, name="福州三山茶业有限公司", contact_mobile="13800138000")
    ready(session, world, world.below, name="福州三山茶业有限公司")
    ready(session, world, name="福州市三山茶业有限责任公司", contact_mobile="13800138000")
    ready(session, world, world.other_sub, name="福州三山茶业有限公司")
    ready(session, world, world.foreign_sub, contact_mobile="13800138000")
    gone = factories.edition(session, is_current=False)
    factories.unit(session, gone, world.sub, name="福州三山茶业有限公司")
    ready(session, world, name="福州三山茶业有限公司", review_status=S.deleted)

    with acting(session, clerk):
        told = checks.findings(session, clerk, "unit", [own.id])[own.id]
    assert [(f.check.name, f.sentence, [name for _id, name in f.twins]) for f in told] == [
        ("same_name", "已有同名单位登记", ["福州三山茶业有限公司"]),
        ("same_name", "其他交易团/分团已有同名单位登记", []),
        ("near_name", "有名称相近的单位", ["福州市三山茶业有限责任公司"]),
        ("same_mobile", "同一联系人手机用于多家单位", ["福州市三山茶业有限责任公司"]),
        ("same_mobile", "其他交易团/分团的单位用了同一联系人手机", []),
    ]


def test_one_picture_for_two_units(session, world, clerk):
    first, second = ready(session, world, name="甲厂"), ready(session, world, world.other_sub, name="乙厂")
    for row in session.scalars(select(Attachment).where(Attachment.unit_id.in_([first.id, second.id]))):
        row.sha256 = "f" * 64
    session.flush()
    assert found(session, clerk, "unit", first) == {"same_licence": "其他交易团/分团的单位用了同一份证照图片"}


def test_rows_out_of_scope_are_not_looked_at(session, world, clerk):
    foreign = ready(session, world, world.other_sub)
    with acting(session, clerk):
        assert checks.findings(session, clerk, "unit", [foreign.id]) == {}


@pytest.mark.parametrize("rows", [1, 3])
def test_looking_takes_as_many_statements_for_three_rows_as_for_one(session, world, clerk, rows):
    made = [ready(session, world, name="同名有限公司") for _ in range(3)][:rows]
    told = []
    connection = session.connection()
    listen = event.listens_for(connection, "before_cursor_execute")
    listen(lambda *arguments: told.append(arguments[2]))
    with acting(session, clerk):
        checks.findings(session, clerk, "unit", [row.id for row in made])
    assert len(told) == 3


def person(session, world, **values):
    owner = ready(session, world, review_status=S.approved)
    return _cast.ready_person(session, owner, PersonStatus.pending_confirm, **values)


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({}, set()),
        ({"id_no": factories.resident_id(7)[:-1] + "Z"}, {"wrong_number"}),
        ({"birth_date": date(1999, 9, 9)}, {"other_birth"}),
        ({"sex": None}, {"missing_sex"}),
        ({"id_expiry": (now() - timedelta(days=400)).date()}, {"paper_runs_out"}),
        ({"id_type": IdType.PASSPORT, "id_no": "E12345678", "name_en": "WANG WU"}, {"own_passport"}),
        ({"title": ""}, {"missing_title"}),
    ],
)
def test_a_fault_of_a_person_is_found(session, world, clerk, values, names):
    assert set(found(session, clerk, "person", person(session, world, **values))) == names


def test_a_sex_that_the_number_does_not_state(session, world, clerk):
    one = person(session, world)
    one.sex = Sex.F if one.sex is Sex.M else Sex.M
    session.flush()
    assert found(session, clerk, "person", one) == {"other_sex": "性别与证件号码不符"}


def test_the_same_person_with_two_papers_and_the_same_picture(session, world, clerk):
    owner = ready(session, world, review_status=S.approved)
    born = {"name": "赵一", "birth_date": date(1990, 1, 1), "id_type": IdType.PASSPORT, "nationality": "USA"}
    one, two = (
        _cast.ready_person(
            session, owner, PersonStatus.pending_confirm, id_no=number, name_en="ZHAO", mobile="13900139000", **born
        )
        for number in ("E12345678", "E87654321")
    )
    assert set(found(session, clerk, "person", one)) == {"same_portrait", "same_person", "same_mobile"}
    assert found(session, clerk, "person", two)["same_person"] == ("另有同名同生日的人员登记", "赵一")


def test_every_check_that_sql_can_tell_narrows_a_list(session):
    for noun, table in CHECKS.items():
        assert len({check.name for check in table}) == len(table)
        for check in table:
            rule = checks.condition(Context(session, SYSTEM, now()), noun, check)
            assert (rule is None) == (check.plain is not None), check.name
            assert isinstance(check, Twin) or (check.finds is None) != (check.plain is None), check.name
            if rule is not None:
                session.execute(select(machine_of(noun).model.id).where(rule))


def test_what_changed_since_the_return_is_told_by_column(session, world, clerk):
    unit = ready(session, world, name="福州旧名有限公司", address="旧址1号")
    session.commit()
    with acting(session, clerk):
        assert differences.since_return(session, "unit", unit.id) is None
        run(session, clerk, "unit", "return_for_edit", [unit.id], _cast.OPINION)
        session.commit()
        row = session.get_one(Unit, unit.id, populate_existing=True)
        for address, email in (("新址2号", "a@example.com"), ("新址3号", unit.contact_email)):
            values = {"address": address, "contact_email": email, "name": "福州新名有限公司"}
            saving.edit(session, clerk, row, values, row.row_version)
            session.commit()
    _cast.attachment(session, unit, AttachmentKind.LICENCE)
    session.commit()

    with acting(session, clerk):
        told = differences.since_return(session, "unit", unit.id)
    assert told is not None
    assert told.opinion == _cast.OPINION["opinion"]
    assert {key: pair for key, pair in told.columns.items() if key in ("address", "name", "contact_email")} == {
        "address": ("旧址1号", "新址3号"), "name": ("福州旧名有限公司", "福州新名有限公司"),
    }  # fmt: skip
    assert [model.__tablename__ for model in told.beside] == ["attachment"]
