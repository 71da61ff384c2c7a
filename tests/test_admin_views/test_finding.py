"""Finding from anywhere: rows of the reader's own part by name, code and number, masked; screens, acts, views, recent rows."""

import re

import pytest
from sqlalchemy import event, select

from extensions import db
from models import PersonStatus, RecentItem, Role, Unit, UnitStatus
from models.kinds import opened
from tests import factories
from tests.browser import log_in, token
from tests.test_admin_views._desk import Desk
from workflow import recent
from workflow.actors import acting, actor_for

JSON = {"Accept": "application/json"}


def ask(desk, text):
    """Return what the palette offers: label of the group → titles with their notes."""
    sent = {"csrf_token": token(desk.client, "/admin/"), "text": text}
    answer = desk.client.post("/admin/find", data=sent, headers=JSON)
    assert answer.status_code == 200
    return {group["label"]: [(hit["title"], hit["note"]) for hit in group["hits"]] for group in answer.get_json()}


def at(app, account):
    client = app.test_client()
    return Desk(client, lambda one: log_in(client, one.username, factories.PASSWORD), account)


@pytest.fixture
def somebody(system, world):
    """Give a person of the clerk's own node: number, unit's name and certificate."""
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, name="榕城茶业有限公司")
        person = factories.person(
            session, unit, name="欧阳娜", review_status=PersonStatus.pending_review, security_status="sent"
        )
        factories.certificate(session, person, card_no="CIIE80001234")
        return opened(person, "id_no"), opened(person, "mobile"), unit.uscc


def test_a_person_is_found_by_name_last_digits_and_whole_number_and_told_with_masks(desk, somebody):
    number, mobile, _code = somebody
    masked = f"榕城茶业有限公司 · 待审核 · {number[:3]}***********{number[-4:]} · {mobile[:3]}****{mobile[-4:]}"
    for text in ("欧阳", number[-4:], number, mobile):
        assert ask(desk, text)["人员"] == [("欧阳娜", masked)]


def test_a_unit_is_found_by_name_and_code_and_a_badge_by_its_number(desk, somebody):
    assert [title for title, _note in ask(desk, somebody[2])["单位"]] == ["榕城茶业有限公司"]
    assert [title for title, _note in ask(desk, "榕城")["单位"]] == ["榕城茶业有限公司"]
    assert [title for title, _note in ask(desk, "CIIE80001234")["证件"]] == ["欧阳娜"]


def test_a_row_that_waits_for_the_reader_leads_to_its_sheet_at_the_review_desk(app, desk, system, world):
    with system() as session:
        for name, state in (
            ("待初审公司", "pending_first"),
            ("待复审公司", "pending_second"),
            ("已通过公司", "approved"),
        ):
            factories.unit(session, world.edition, world.sub, name=name, review_status=UnitStatus[state])
    for reader, waiting in ((desk, {"待初审公司"}), (at(app, world.accounts[Role.auditor]), set())):
        sent = {"csrf_token": token(reader.client, "/admin/"), "text": "公司"}
        [group] = [
            one
            for one in reader.client.post("/admin/find", data=sent, headers=JSON).get_json()
            if one["label"] == "单位"
        ]
        sheets = {hit["title"]: hit["review"] for hit in group["hits"] if hit["review"]}
        assert sheets.keys() == waiting
        assert [name in reader.get(sheet).words for name, sheet in sheets.items()] == [True] * len(waiting)


@pytest.mark.parametrize("role", [Role.sub_delegation, Role.secretariat])
def test_nobody_finds_what_his_list_does_not_show(app, system, world, somebody, role):
    node = world.other_sub if role is Role.sub_delegation else world.other_province
    with system() as session:
        elsewhere = factories.account(session, node, role)
    stranger = at(app, elsewhere)
    for text in ("欧阳", "榕城", *somebody, "CIIE80001234"):
        assert ask(stranger, text).keys() & {"单位", "人员", "证件"} == set()


@pytest.mark.usefixtures("somebody")
def test_who_may_not_list_a_noun_finds_none_of_it(app, world):
    police = at(app, world.accounts[Role.security])
    assert [title for title, _note in ask(police, "欧阳")["人员"]] == ["欧阳娜"]
    assert ask(police, "榕城") == {}
    assert ask(at(app, world.accounts[Role.sysadmin]), "欧阳") == {}


def test_screens_acts_and_views_are_found_by_characters_in_order(desk):
    page = desk.get("/admin/unit/?city=福州市")
    desk.post(page.buttons["保存"], query=page.fields["query"], name="福州的单位")
    assert ask(desk, "导入额度") == {"办理": [("导入额度", "单位额度")]}
    assert ask(desk, "新增单位")["办理"] == [("新增单位", ""), ("新增单位额度", "")]
    assert ask(desk, "审计日志") == {"页面": [("审计日志", "")]}
    assert ask(desk, "福州的")["视图"] == [("福州的单位", "单位")]


def test_acts_are_those_the_role_may_begin(app, world):
    assert ask(at(app, world.accounts[Role.auditor]), "").keys() == {"页面"}
    assert ("新增费用标准", "") in ask(at(app, world.accounts[Role.finance]), "")["办理"]


def test_what_was_opened_last_comes_first_and_only_while_it_may_be_seen(app, desk, system, world):
    with system() as session:
        made = [factories.unit(session, world.edition, world.sub, name=f"第{n}家公司") for n in range(3)]
        ids = [unit.id for unit in made]
        foreign = factories.unit(session, world.edition, world.other_sub).id
    noted = [f"unit:{number}" for number in (ids[0], ids[1], foreign, ids[2], ids[0])]
    assert desk.post("/admin/recent", opened=[*noted, "unit:x", "web_session:1"]).status == 204
    for note in (f"unit:{foreign}", "unit:999999", "web_session:1", "unit:x", ""):
        assert desk.post("/admin/recent", opened=note).status == 404
    assert [title for title, _note in ask(desk, "")["最近打开"]] == ["第0家公司", "第2家公司", "第1家公司"]
    with system() as session:
        unit = session.get_one(Unit, ids[2])
        unit.delegation_id, unit.referral_code = world.other_sub.id, world.other_sub.referral_code
        assert {name for (name,) in session.execute(select(RecentItem.noun))} == {"unit"}
    assert [title for title, _note in ask(desk, "")["最近打开"]] == ["第0家公司", "第1家公司"]
    assert "最近打开" not in ask(at(app, world.accounts[Role.secretariat]), "")


def test_ten_rows_are_remembered(session, world):
    actor = actor_for(session, world.accounts[Role.sub_delegation])
    with acting(session, actor):
        for number in range(1, 14):
            recent.remember(session, actor, "unit", number)
        assert recent.recent(session, actor) == [("unit", number) for number in range(13, 3, -1)]
        assert len(session.scalars(select(RecentItem)).all()) == recent.KEPT


def test_a_noun_costs_one_statement_and_one_for_the_units_its_rows_belong_to(app, desk, system, world):
    told, sent = [], {"csrf_token": token(desk.client, "/admin/"), "text": "王五"}

    def listen(*arguments):
        told.extend(re.findall(r"FROM (\w+)", arguments[2])[:1])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listen)
    for rows in (1, 3):
        with system() as session:
            for _ in range(rows):
                factories.person(session, factories.unit(session, world.edition, world.sub, name="王五公司"))
        told.clear()
        desk.client.post("/admin/find", data=sent, headers=JSON)
        assert told[told.index("unit"):] == [
            "unit", "person", "unit", "transfer_request", "transfer_package", "quota_allocation", "certificate", "delegation", "account",
            "edition",
        ]  # fmt: skip
    event.remove(engine, "before_cursor_execute", listen)


def test_without_scripts_the_page_finds_the_same_and_no_number_stands_in_an_address(desk, somebody):
    page = desk.get("/admin/find")
    assert "新增单位" in page.words
    answer = desk.post(page.buttons["查找"], text=somebody[0])
    assert (answer.status, answer.location) == (200, None)
    assert "欧阳娜" in answer.words
    assert somebody[0] not in answer.response.text
    assert "没有找到" in desk.post("/admin/find", text="没有这样的名字").words
    assert "内容过长" in desk.post("/admin/find", text="长" * 200).words
