"""The bell and the list behind it: what is unread, exactly the rows a notice is about, read by one account at a time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models import DelegationEdition, Notice, Role, UnitStatus
from tests import factories
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import Desk, statements
from tests.test_workflow import _cast
from workflow import notices
from workflow.actors import SYSTEM, actor_for

BELL = "通知：{} 条未读"


@pytest.fixture
def returned(sessions, world):
    """Let the secretariat return two of the sub-delegation's units, one of the node below, and one elsewhere, in one batch."""
    with sessions(info={"actor": SYSTEM}) as session:
        nodes = (world.sub, world.sub, world.below, world.other_sub)
        units = [
            factories.unit(session, world.edition, node, review_status=UnitStatus.pending_second) for node in nodes
        ]
        factories.unit(session, world.edition, world.sub, review_status=UnitStatus.returned, name="早先退回的公司")
        session.commit()
        secretary = actor_for(session, world.accounts[Role.secretariat])
        _cast.done(session, secretary, "unit", "return_for_edit", [unit.id for unit in units], _cast.OPINION)
        return [unit.name for unit in units]


def open_first(desk):
    page = desk.get("/admin/notices")
    return desk.get(desk.post(page.buttons["去查看"]).location)


def names(page):
    return sorted(row[1] for row in page.rows)


def test_a_notice_leads_to_exactly_its_rows_and_is_read_then(desk, returned):
    assert BELL.format(1) in desk.get("/admin/").words
    page = desk.get("/admin/notices")
    assert "省团已将本分团 2 家单位退回修改，请督促单位按审核意见修改" in page.words

    shown = open_first(desk)
    assert [sum(name in row[1] for row in shown.rows) for name in returned] == [1, 1, 0, 0]
    assert len(shown.rows) == 2
    assert BELL.format(0) in shown.words


@pytest.mark.usefixtures("returned")
def test_what_one_has_read_a_colleague_has_not(client, login, desk, system, world):
    with system() as session:
        colleague = factories.account(session, world.sub)
    desk.post("/admin/notices/read")
    assert BELL.format(0) in desk.get("/admin/").words
    client.delete_cookie("session")

    assert BELL.format(1) in Desk(client, login, colleague).get("/admin/").words


@on_sqlite
@pytest.mark.usefixtures("returned")
def test_a_notice_is_marked_by_its_button_without_leaving_the_list(desk):
    answer = desk.post(desk.get("/admin/notices").buttons["标为已读"])

    assert answer.location == "/admin/notices"
    assert "标为已读" not in desk.get("/admin/notices").buttons


@on_sqlite
@pytest.mark.usefixtures("returned")
def test_english_readers_read_it_in_english(desk):
    desk.post("/language/en")

    page = desk.get("/admin/notices")
    assert "The secretariat returned 2 of your units for editing; please see that they follow the opinion" in page.words


@on_sqlite
def test_each_kind_of_link_leads_where_its_rows_are(desk, system, world):
    with system() as session:
        sub = (world.sub.id, world.sub.province_id)
        row = session.scalars(select(DelegationEdition).where(DelegationEdition.delegation_id == world.sub.id)).one()
        notices.tell(session, sub, "上级已修改本分团的设置：统付开关", "delegation_edition", row.id)
        closes = world.edition.unit_closes_at
        notices.tell_of_deadlines(session, closes - timedelta(hours=5))
    with system() as session:
        refs = {
            notice.noun: notice.ref
            for notice in session.scalars(select(Notice).where(Notice.delegation_id == world.sub.id))
        }

    led = {noun: desk.post(f"/admin/notices/{ref}/open").location for noun, ref in refs.items()}
    assert led == {
        "delegation_edition": f"/admin/delegation_edition/{row.id}", "unit": "/admin/unit/?review_status=draft",
    }  # fmt: skip
    assert [desk.get(address).status for address in led.values()] == [200, 200]


@on_sqlite
@pytest.mark.parametrize("value", ["abc", "23456789AB", "' OR 1=1"])
def test_a_link_that_is_none_shows_no_rows_of_anybody(desk, units, value):
    assert len(units) == 3
    page = desk.get("/admin/unit/", query_string={"notice": value})

    assert page.status == 200
    assert len(page.rows) == (0 if value == "23456789AB" else 3)  # what is no reference is ignored, with a word


@pytest.mark.usefixtures("returned")
def test_the_bell_costs_one_statement_however_much_there_is(app, desk, system, world):
    few = statements(app, desk, "/admin/notices")
    with system() as session:
        for number in range(120):
            notices.tell(session, (world.sub.id, world.sub.province_id), f"上级已修改本分团的设置：{number}", "unit", 1)

    assert statements(app, desk, "/admin/notices") == few
    assert BELL.format("99+") in desk.get("/admin/notices").words
