"""How a reader arranges a list: it is kept for this account and noun alone, and every key is checked."""

import json

import pytest
from sqlalchemy import select

from models import Person, Preference, Role
from models.columns import columns_of
from tests import factories
from tests.browser import log_in
from tests.test_admin_views._desk import Desk, statements
from workflow.actors import acting, actor_for
from workflow.scope import OutOfScope

pytestmark = pytest.mark.usefixtures("persons")
LIST, ARRANGE = "/admin/person/", "/admin/person/arrange"
STANDARD = ["姓名", "单位"]


def heads(page):
    return [cell for cell in page.cells[0][1:-1] if cell]


def kept(system):
    with system() as session:
        return {(row.account_id, row.noun): json.loads(row.settings) for row in session.scalars(select(Preference))}


@pytest.fixture
def colleague(app, world, system):
    """Somebody else at the same node."""
    with system() as session:
        account = factories.account(session, world.sub, Role.sub_delegation)
    browser = app.test_client()
    return Desk(browser, lambda who: log_in(browser, who.username, factories.PASSWORD), account)


def test_a_list_shows_the_chosen_columns_in_the_chosen_order_until_it_is_put_back(desk):
    before = heads(desk.get(LIST))
    answer = desk.post(ARRANGE, columns=["mobile", "title", "name"], back=f"{LIST}?review_status=pending_confirm")
    assert (answer.status, answer.location) == (303, f"{LIST}?review_status=pending_confirm")

    page = desk.get(LIST)
    assert (before[:2], heads(page), page.rows[0][1]) == (STANDARD, ["姓名", "手机号码", "职务"], "王五")
    assert page.rows[0][2].startswith("139****")

    desk.post(ARRANGE, reset="1", columns=["title"])
    assert heads(desk.get(LIST)) == before


def test_an_export_starts_from_the_chosen_columns(desk):
    desk.post(ARRANGE, columns=["title", "mobile"])
    text = desk.client.get(f"{LIST}?panel=exports").text
    ticked = [key for key in columns_of(Person) if f'value="{key}" checked' in text]
    assert sorted(ticked) == ["mobile", "name", "title"]


def test_rows_a_page_density_and_widths_are_remembered(desk):
    assert desk.post(ARRANGE, size="20").status == 303
    desk.post(ARRANGE, compact="1")
    assert desk.post(ARRANGE, width=["name:222", "title:9", "acts:300"], quiet="1").status == 204

    text = desk.client.get(LIST).text
    assert '<button id="size-20" name="size" value="20" aria-current="true">' in text
    assert 'class="rows is-fixed is-compact"' in text
    assert '<col data-key="name" width="222">' in text
    assert '<col class="c-acts" data-key="acts" width="300">' in text
    assert "is-compact" in desk.client.get("/admin/unit/").text
    assert "is-fixed" not in desk.client.get("/admin/unit/").text
    assert f'href="{LIST}?sort=-name"' in text  # what is usual is not said in addresses


def test_an_address_that_tells_the_page_size_keeps_it(desk):
    desk.post(ARRANGE, size="20")
    text = desk.client.get(f"{LIST}?size=50").text
    assert 'value="50" aria-current="true"' in text
    assert f'href="{LIST}?size=50&amp;sort=-name"' in text


def test_wishes_are_the_accounts_own(desk, colleague, world, system):
    before = heads(colleague.get(LIST))
    desk.post(ARRANGE, columns=["title"], account_id="1")
    assert heads(colleague.get(LIST)) == before
    assert [account for account, _noun in kept(system)] == [world.accounts[Role.sub_delegation].id]


def test_nobody_reads_or_writes_anothers_wishes(sessions, world, system):
    with system() as session:
        session.add(Preference(account_id=world.accounts[Role.sysadmin].id, noun="person", settings="{}"))
    with sessions() as session, acting(session, actor_for(session, world.accounts[Role.secretariat])):
        assert session.scalars(select(Preference)).all() == []
        session.add(Preference(account_id=world.accounts[Role.sysadmin].id, noun="unit", settings="{}"))
        with pytest.raises(OutOfScope):
            session.flush()


@pytest.mark.parametrize(
    "junk",
    [
        {"columns": ["name", "password_hash"]}, {"columns": ["id_no_index"]}, {"columns": ["x" * 5000]}, {"size": "51"},
        {"size": ""}, {"compact": "yes"}, {"width": ["name"]}, {"width": ["name:-5"]}, {"width": ["nothing:100"]},
        {"width": ["name:１００"]}, {"columns": ["name"], "size": "7"},
    ],
    ids=str,
)  # fmt: skip
def test_what_a_list_does_not_have_is_refused_and_nothing_is_kept(desk, system, junk):
    answer = desk.post(ARRANGE, **junk)
    assert answer.status == 400
    assert "设置没有保存" in answer.words
    assert kept(system) == {}


def test_a_column_that_is_gone_since_is_left_out(desk, system, world):
    settings = {"columns": ["title", "gone"], "widths": {"gone": 99}, "size": 7}
    with system() as session:
        account_id = world.accounts[Role.sub_delegation].id
        session.add(Preference(account_id=account_id, noun="person", settings=json.dumps(settings)))
    page = desk.client.get(LIST).text
    assert heads(desk.get(LIST)) == ["姓名", "职务"]
    assert ("is-fixed" in page, 'value="50" aria-current="true"' in page) == (False, True)


def test_an_address_elsewhere_is_not_followed(desk):
    assert desk.post(ARRANGE, size="20", back="//example.com/").location == LIST


def test_more_columns_cost_no_more_statements(app, desk):
    before = statements(app, desk, LIST)
    desk.post(ARRANGE, columns=["title", "mobile", "email", "review_status"])
    assert statements(app, desk, LIST) <= before
