"""Lists: order, pages, counts, search, sealed queries, and a constant number of statements."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlparse

import pytest
from sqlalchemy import update

from admin_views import paging, sealed_query
from admin_views.listing import read_query
from admin_views.nodes import read_nodes
from admin_views.screens import BY_NOUN, SCREENS
from models import Person, Role, Unit, UnitStatus
from tests import factories
from tests.test_admin_views._desk import Desk, statements
from workflow.actors import acting, actor_for
from workflow.rights import RIGHTS
from workflow.sessions import writing_sets

START = datetime(2024, 9, 1, tzinfo=UTC)


@pytest.fixture
def office(client, login, world):
    return Desk(client, login, world.accounts[Role.secretariat])


@pytest.fixture
def many(system, world):
    """Give 45 units, the newest first; every three share one moment."""
    with system() as session:
        made = [
            factories.unit(session, world.edition, world.sub, name=f"单位{n:02d}", city=None if n % 5 == 0 else f"城{n % 3}",
                           created_at=START + timedelta(days=n // 3))
            for n in range(45)
        ]  # fmt: skip
        return [unit.name for unit in reversed(made)]


def names(page):
    return [row[1] for row in page.rows]


def walk(desk, page, way):
    """Follow a link of the pager to its end; return the names page by page."""
    seen = [names(page)]
    while address := page.links.get(way):
        page = desk.get(address)
        seen.append(names(page))
    return seen, page


def test_rows_stand_newest_first_and_equal_moments_keep_their_order(office, many):
    assert names(office.get("/admin/unit/?size=100")) == many


def test_next_and_previous_walk_over_every_row_once(office, many):
    pages, last = walk(office, office.get("/admin/unit/?size=20"), "下一页")
    assert pages == [many[:20], many[20:40], many[40:]]
    back, _first = walk(office, last, "上一页")
    assert back == [many[40:], many[20:40], many[:20]]


@pytest.mark.parametrize("sort", ["name", "-name", "city", "-city", "created_at"])
def test_any_order_can_be_walked_even_with_empty_values(office, many, sort):
    pages, last = walk(office, office.get(f"/admin/unit/?size=20&sort={sort}"), "下一页")
    walked = [name for page in pages for name in page]
    assert sorted(walked) == sorted(many)
    back, _first = walk(office, last, "上一页")
    assert back == pages[::-1]
    assert walked == names(office.get(f"/admin/unit/?size=100&sort={sort}"))


def test_a_page_by_number_holds_what_walking_there_shows(office, many):
    assert names(office.get("/admin/unit/?size=20&page=2")) == many[20:40]
    assert names(office.get("/admin/unit/?size=20&page=3")) == many[40:]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("page=4", "只有 3 页，已显示最后一页"),
        ("page=-1", "没有第“-1”页，已显示第 1 页"),
        ("page=0", "没有第“0”页，已显示第 1 页"),
        ("page=abc", "没有第“abc”页，已显示第 1 页"),
        (f"page={10**23}", "没有第“100000000000”页，已显示第 1 页"),
        ("size=7", "每页条数只能是 20、50、100、200"),
        ("sort=password_hash", "不能按“password_hash”排序，已按默认顺序显示"),
        ("sort=contact_mobile", "不能按“contact_mobile”排序，已按默认顺序显示"),
        ("after=junk", "翻页的位置已失效，已回到第 1 页"),
        ("after=1,junk", "翻页的位置已失效，已回到第 1 页"),
        (f"before={9 * 10**12},2024-01-01T00:00:00%2B00:00", "翻页的位置已失效，已回到第 1 页"),
        ("after=1,0001-01-01T00:00:00%2B23:59", "翻页的位置已失效，已回到第 1 页"),
        ("after=1,2024-01-01T00:00:00", "翻页的位置已失效，已回到第 1 页"),
        ("q=forged", "没有收到列表的筛选条件，请回到列表重新选择"),
        ("search=%ED%A0%80", ""),
    ],
)
@pytest.mark.usefixtures("many")
def test_junk_in_the_address_is_told_and_never_an_error(office, address, told):
    page = office.get(f"/admin/unit/?{'' if 'size' in address else 'size=20&'}{address}")
    assert (page.status, told in page.words) == (200, True)


def test_twenty_thousand_parameters_are_refused(office):
    page = office.get("/admin/unit/?" + "&".join(f"x{n}=1" for n in range(20_000)))
    assert page.status == 400
    assert "筛选条件过多（最多 200 个），请减少后重试" in page.words


@pytest.mark.usefixtures("many")
def test_a_province_is_counted_up_to_the_cap_and_one_delegation_to_the_last_row(office, world, monkeypatch):
    monkeypatch.setattr(paging, "CAP", 30)
    assert "共 30+ 条" in office.get("/admin/unit/").words
    assert "共 45 条" in office.get(f"/admin/unit/?delegation_id={world.sub.id}").words


@pytest.mark.usefixtures("many")
def test_a_sub_delegation_is_counted_to_the_last_row(desk, monkeypatch):
    monkeypatch.setattr(paging, "CAP", 30)
    assert "共 45 条" in desk.get("/admin/unit/").words


@pytest.mark.parametrize(("reader", "capped"), [("office", "共 20+ 条"), ("desk", "共 30+ 条")])
def test_who_asks_for_it_gets_the_number_to_the_last_row(request, many, monkeypatch, reader, capped):
    monkeypatch.setattr(paging, "CAP", 20)
    monkeypatch.setattr(paging, "NARROW_CAP", 30)
    reader = request.getfixturevalue(reader)
    page = reader.get("/admin/unit/?size=20")
    assert capped in page.words
    counted = reader.get(page.links["数到最后一条"])
    assert "共 45 条" in counted.words
    assert "数到最后一条" not in counted.links
    assert names(counted) == many[:20]


@pytest.mark.usefixtures("many")
def test_one_delegation_is_sorted_by_any_column_beyond_the_cap(desk, monkeypatch):
    monkeypatch.setattr(paging, "CAP", 20)
    monkeypatch.setattr(paging, "NARROW_CAP", 30)
    assert names(desk.get("/admin/unit/?sort=name&size=20")) == [f"单位{n:02d}" for n in range(20)]


def test_the_rows_of_two_nodes_stand_in_one_order(client, login, system, world):
    """A sub-delegation with a node below it: read node by node, shown as one list, wherever it is turned."""
    with system() as session:
        below = factories.delegation(session, parent=world.sub)
        clerk = factories.account(session, world.sub)
        made = [
            factories.unit(
                session, world.edition, node, name=f"两级第{n:02}家", created_at=factories.NOW + timedelta(minutes=n)
            )
            for n, node in enumerate([world.sub, below, world.sub, world.other_sub, below] * 10)
        ]
        mine = [unit.name for unit in reversed(made) if unit.delegation_id != world.other_sub.id]
    desk = Desk(client, login, clerk)
    pages, last = walk(desk, desk.get("/admin/unit/?size=20"), "下一页")
    assert [name for page in pages for name in page] == mine
    assert walk(desk, last, "上一页")[0] == pages[::-1]
    assert names(desk.get("/admin/unit/?size=100&sort=created_at")) == mine[::-1]


def test_beyond_the_cap_only_the_usual_order_and_the_counted_pages_are_offered(office, many, monkeypatch):
    monkeypatch.setattr(paging, "CAP", 30)
    page = office.get("/admin/unit/?sort=name&size=20")
    assert names(page) == many[:20]
    assert "符合条件的记录超过一万条：请先筛选交易团/分团，再按此列排序" in page.words
    assert "页码最多跳到第 2 页，更后的记录请用“下一页”或先筛选" in office.get("/admin/unit/?page=9&size=20").words
    assert walk(office, office.get("/admin/unit/?size=20"), "下一页")[0] == [many[:20], many[20:40], many[40:]]


def test_a_word_is_searched_in_the_address_and_a_number_is_sealed(office, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub)
        person = factories.person(session, unit, name="李梓文", mobile="13912345678")
        factories.person(session, unit, name="王五")
        number, ref = factories.resident_id(4242), str(person.ref)
        other = factories.person(session, unit, name="赵六", id_no=number)
    word = office.post("/admin/person/search", search="梓文")
    assert parse_qs(urlparse(word.location).query) == {"search": ["梓文"]}
    assert names(office.get(word.location)) == ["李梓文"]
    for typed, name in (
        (number, "赵六"),
        (number.lower(), "赵六"),
        ("139 1234-5678", "李梓文"),
        ("+8613912345678", "李梓文"),
    ):
        answer = office.post("/admin/person/search", search=typed)
        assert list(parse_qs(urlparse(answer.location).query)) == ["q"]
        assert typed not in answer.location
        assert names(office.get(answer.location)) == [name]
        assert number not in office.get(answer.location).words
    assert names(office.get(f"/admin/person/?search={number[-4:]}")) == ["赵六"]
    assert names(office.get("/admin/person/?search=5678")) == ["李梓文"]
    assert names(office.get(f"/admin/person/?search={ref}")) == ["李梓文"]
    assert office.get(f"/admin/person/?search={number}").status == 302
    assert other.id


@pytest.mark.parametrize("typed", ["荣（集团）有", "荣(集团)有", "荣（集团)有"])
def test_brackets_of_a_name_are_found_however_they_are_typed(office, system, world, typed):
    """A name keeps the brackets of its licence, full-width or not; keyboards and web pages write either."""
    with system() as session:
        for name in ("福州荣（集团）有限公司", "福州荣(集团)有限公司", "福州荣集团有限公司"):
            factories.unit(session, world.edition, world.sub, name=name)
    for address in (f"search={quote(typed)}", f"name.contains={quote(typed)}", f"name.starts={quote('福州' + typed)}"):
        assert sorted(names(office.get(f"/admin/unit/?{address}"))) == [
            "福州荣(集团)有限公司",
            "福州荣（集团）有限公司",
        ]
    found = office.get(f"/admin/unit/lookup?query={quote(typed)}").response.get_json()
    assert len(found) == 2


def test_the_token_of_a_sealed_search_does_not_hold_the_number(office):
    import base64  # noqa: PLC0415 - only here

    answer = office.post("/admin/person/search", search="110105194912310021")
    token = parse_qs(urlparse(answer.location).query)["q"][0]
    payload = base64.urlsafe_b64decode(token.partition(".")[0] + "==")
    assert b"110105" not in payload


def test_codes_are_found_exactly(office, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, uscc=factories.uscc(70_000_003))
        factories.unit(session, world.edition, world.sub)
        code = str(unit.uscc).lower()
    assert names(office.get(f"/admin/unit/?search={code}")) == [unit.name]


def test_a_query_opens_only_for_its_account_its_noun_and_its_time(app, session, world, monkeypatch):
    screen, persons = BY_NOUN["unit"], BY_NOUN["person"]
    mine, other = (actor_for(session, world.accounts[role]) for role in (Role.secretariat, Role.auditor))
    with app.test_request_context("/"), acting(session, mine):
        nodes = read_nodes(session)
        query, _ = read_query(screen, nodes, [("review_status", ["draft"])])
        token = sealed_query.seal(query, mine)
        assert sealed_query.open_query(screen, mine, nodes, token).pairs == [("review_status", "draft")]
        for who, where in ((other, screen), (mine, persons)):
            with pytest.raises(sealed_query.QueryLost, match="没有收到列表的筛选条件"):
                sealed_query.open_query(where, who, nodes, token)
        monkeypatch.setattr(sealed_query, "LIFE", -1)
        with pytest.raises(sealed_query.QueryLost, match="超过十二小时"):
            sealed_query.open_query(screen, mine, nodes, token)


def test_a_sealed_filter_that_fits_no_more_is_refused_and_never_dropped(app, session, world):
    screen, mine = BY_NOUN["unit"], actor_for(session, world.accounts[Role.secretariat])
    with app.test_request_context("/"), acting(session, mine):
        nodes = read_nodes(session)
        query, _ = read_query(screen, nodes, [("delegation_id", [str(world.sub.id)])])
        token = sealed_query.seal(query, mine)
        smaller = type(nodes)({}, {})
        with pytest.raises(sealed_query.QueryLost, match="列表的筛选条件已不适用"):
            sealed_query.open_query(screen, mine, smaller, token)


@pytest.mark.usefixtures("many")
def test_chips_name_the_filters_and_lead_to_the_list_without_them(office):
    page = office.get("/admin/unit/?review_status=draft&city=城1&sort=name")
    assert "审核状态 是 待提交" in page.words
    assert "所在城市 是 城1" in page.words
    assert page.links["清除全部"] == "/admin/unit/?view=0"


@pytest.mark.each_case
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.noun)
def test_a_list_asks_the_same_number_of_statements_with_one_and_three_rows(app, client, login, world, system, screen):
    role = next(role for role in (Role.secretariat, Role.sysadmin) if "list" in RIGHTS[role].get(screen.noun, ()))
    desk = Desk(client, login, world.accounts[role])
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first)
        factories.intention(session, unit)
        factories.certificate(session, factories.person(session, unit))
    one = statements(app, desk, f"/admin/{screen.noun}/")
    with system() as session:
        for _ in range(2):
            unit = factories.unit(session, world.edition, world.below, review_status=UnitStatus.pending_first)
            factories.intention(session, unit)
            factories.certificate(session, factories.person(session, unit))
    assert statements(app, desk, f"/admin/{screen.noun}/") == one


def test_a_broken_seal_shows_in_its_cell_and_spares_the_list(office, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub)
        first, second = (factories.person(session, unit, name=name) for name in ("甲一", "乙二"))
        with writing_sets(session):
            session.execute(update(Person).where(Person.id == first.id).values(id_no=second.id_no))
    page = office.get("/admin/person/")
    assert (page.status, "（密文校验失败）" in page.words) == (200, True)


def test_rows_of_the_list_are_those_of_the_scope(client, login, world, system):
    with system() as session:
        own, foreign = (factories.unit(session, world.edition, node).name for node in (world.below, world.foreign_sub))
    desk = Desk(client, login, world.accounts[Role.sub_delegation])
    assert names(desk.get("/admin/unit/")) == [own]
    assert foreign not in desk.get("/admin/unit/").words


@pytest.mark.parametrize("role", [Role.finance, Role.security, Role.sysadmin, Role.auditor], ids=str)
def test_a_list_without_the_right_is_403_and_not_in_the_menu(client, login, world, role):
    desk = Desk(client, login, world.accounts[role])
    page = desk.get("/account")  # the menu and nothing else that leads to lists
    for screen in SCREENS:
        may = "list" in RIGHTS[role].get(screen.noun, ())
        assert desk.get(f"/admin/{screen.noun}/").status == (200 if may else 403)
        assert (f"/admin/{screen.noun}/" in page.links.values()) is may


@pytest.mark.usefixtures("many")
def test_no_get_changes_anything(office, system):
    def told():
        with system() as session:
            return session.query(Unit.row_version, Unit.updated_at).all()

    before = told()
    for path in ("", "1", "1/edit", "new", "lookup", "?panel=filters", "?panel=exports"):
        assert office.get(f"/admin/unit/{path}").status == 200
    for path in ("export", "search", "moves", "1/reveal"):
        assert office.get(f"/admin/unit/{path}").status == 405
    assert told() == before
