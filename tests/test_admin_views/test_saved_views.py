"""A list's filters under a name: tab, menu entry, live count in the reader's own scope, what fits no more."""

import re

import pytest
from sqlalchemy import select

from models import Role, SavedView
from models.kinds import opened
from tests import factories
from tests.browser import log_in
from tests.test_admin_views._desk import PENDING, Desk, statements
from workflow import saved_views
from workflow.actors import acting, actor_for

pytestmark = pytest.mark.usefixtures("units")  # three of the clerk's: pending, draft, pending


def keep(desk, address, name, **fields):
    """Open a list and save what it shows; return the answer."""
    page = desk.get(address)
    return desk.post(page.buttons["保存"], query=page.fields["query"], sort=page.fields["sort"], name=name, **fields)


@pytest.fixture
def shared(system, world):
    """Let the secretariat share a view of units with sub-delegations: ``shared(content)``."""

    def share(**content):
        with system() as session:
            actor = actor_for(session, world.accounts[Role.secretariat])
            with acting(session, actor):
                view = saved_views.keep(
                    session, actor, "unit", "共享的", {"f": [], "s": "", "o": "", "n": "", **content}
                )
                saved_views.rename(session, actor, view, "共享的", ["sub_delegation"])
                return view.id

    return share


def tabs(page):
    return re.findall(
        r'<a class="view"[^>]*>([^<\s]+)\s*(?:<span class="view-count">([^<]*)</span>)?', page.response.text
    )


def test_what_is_saved_is_found_as_a_tab_and_in_the_menu_and_shows_the_same_rows(desk):
    answer = keep(desk, f"/admin/unit/?review_status={PENDING.value}&sort=name", "待初审的")
    assert answer.status == 303
    there = desk.get(answer.location).location
    assert there.startswith(f"/admin/unit/?review_status={PENDING.value}&sort=name&view=")
    page = desk.get(there)
    assert tabs(page) == [("全部", ""), ("待初审的", "2")]
    assert re.findall(
        r'<ul class="side-views"[^>]*>.*?<span>([^<]*)</span><span class="side-number">2<', page.response.text
    ) == ["待初审的"]
    assert len(page.rows) == 2
    assert "待初审的" in desk.get("/admin/person/").links  # in the menu of every page


def test_a_search_for_a_number_is_kept_sealed_and_shown_masked(desk, system, world):
    with system() as session:
        person = factories.person(session, factories.unit(session, world.edition, world.sub), name="赵六")
        number = opened(person, "id_no")
    found = desk.post("/admin/person/search", search=number)
    assert keep(desk, found.location, "找赵六").status == 303
    with system() as session:
        view = session.scalars(select(SavedView)).one()
        assert number.encode() not in view.content
        address = f"/admin/views/{view.id}"
    there = desk.get(address).location
    assert number not in there
    page = desk.get(there)
    assert ([row[1] for row in page.rows], number in page.response.text) == (["赵六"], False)


def test_a_name_that_is_somebodys_number_is_refused(desk, system):
    answer = keep(desk, "/admin/unit/?city=福州市", factories.resident_id(5))
    assert "没有保存：视图名称不能是证件号码或手机号码，请换一个名称" in desk.get(answer.location).words
    with system() as session:
        assert session.scalars(select(SavedView)).all() == []


def test_a_shared_view_counts_in_the_scope_of_whoever_looks(app, desk, system, world, shared):
    with system() as session:
        factories.unit(session, world.edition, world.other_sub, review_status=PENDING)
    shared(f=[["review_status", PENDING.value]])
    assert tabs(desk.get("/admin/unit/"))[1:] == [("共享的", "2")]
    assert f"{world.accounts[Role.secretariat].name} 共享" in desk.get("/admin/unit/").words
    other = app.test_client()
    secretary = Desk(
        other, lambda one: log_in(other, one.username, factories.PASSWORD), world.accounts[Role.secretariat]
    )
    assert tabs(secretary.get("/admin/unit/"))[1:] == [("共享的", "3")]


def test_words_within_texts_are_counted_in_one_delegation_and_not_in_a_whole_province(app, desk, world, shared):
    shared(f=[["name.contains", "测试"]])
    assert tabs(desk.get("/admin/unit/"))[1:] == [("共享的", "3")]
    other = app.test_client()
    secretary = Desk(
        other, lambda one: log_in(other, one.username, factories.PASSWORD), world.accounts[Role.secretariat]
    )
    assert tabs(secretary.get("/admin/unit/"))[1:] == [("共享的", "")]


def test_what_fits_no_more_is_told_in_a_sentence_and_ignored(desk, shared):
    number = shared(f=[["gone_column", "1"], ["review_status", "no_such_state"], ["city.not", "南平市"]], o="-nothing")
    page = desk.get(desk.get(f"/admin/views/{number}").location)
    assert "视图“共享的”：没有“gone_column”这个筛选条件，已忽略" in page.words
    assert "视图“共享的”：筛选条件“审核状态”已忽略：没有“no_such_state”这个选项" in page.words
    assert "视图“共享的”：不能按“nothing”排序，已按默认顺序显示" in page.words
    assert tabs(page)[1:] == [("共享的", "3")]
    assert len(page.rows) == 3


def test_a_view_whose_seal_is_broken_says_so(desk, shared, system):
    number = shared(f=[["review_status", "draft"]])
    with system() as session:
        session.get_one(SavedView, number).content = b"x"
    page = desk.get(desk.get(f"/admin/views/{number}").location)
    assert "视图“共享的”：内容无法读取，请删除后重新保存" in page.words
    assert len(page.rows) == 3


def test_a_view_keeps_the_columns_it_was_saved_with_and_its_reader_may_choose_others(desk):
    desk.post("/admin/unit/arrange", columns=["name", "remark", "city"])
    keep(desk, "/admin/unit/?city.not=厦门市", "两列", columns=["name", "remark", "city", "password_hash"])
    desk.post("/admin/unit/arrange", reset="1")
    there = desk.get(desk.get("/admin/unit/").links["两列"]).location
    assert there.endswith("&columns=view")
    heads = [cell for cell in desk.get(there).cells[0][1:-1] if cell]
    assert heads == ["单位名称", "备注", "所在城市"]
    desk.post("/admin/unit/arrange", columns=["name", "city"])
    assert "备注" not in desk.get(there.replace("&columns=view", "")).cells[0]
    assert "更新视图“两列”" in desk.get(there.replace("&columns=view", "")).buttons


def test_a_list_begins_with_the_default_and_all_rows_are_one_click_away(desk, shared):
    number = shared(f=[["review_status", "draft"]])
    assert desk.post(f"/admin/views/{number}", act="default").status == 303
    assert desk.get("/admin/unit/").location == f"/admin/views/{number}"
    assert len(desk.get("/admin/unit/?view=0").rows) == 3
    desk.post(f"/admin/views/{number}", act="all")
    assert len(desk.get("/admin/unit/").rows) == 3


def test_own_views_are_renamed_ordered_changed_and_deleted(desk, system):
    for name, state in (("甲", "draft"), ("乙", PENDING.value)):
        keep(desk, f"/admin/unit/?review_status={state}", name)
    with system() as session:
        first, second = session.scalars(select(SavedView.id).order_by(SavedView.id))
    desk.post(f"/admin/views/{second}", act="up")
    desk.post(f"/admin/views/{first}", act="rename", name="丙", roles="sub_delegation")
    assert tabs(desk.get("/admin/unit/"))[1:] == [("乙", "2"), ("丙", "1")]
    page = desk.get(f"/admin/unit/?review_status=draft&review_status={PENDING.value}&view={second}")
    desk.post(f"/admin/views/{second}", act="update", query=page.fields["query"])
    desk.post(f"/admin/views/{first}", act="delete")
    assert tabs(desk.get("/admin/unit/"))[1:] == [("乙", "3")]


@pytest.mark.parametrize("act", ["rename", "up", "delete", "update"])
def test_somebody_elses_view_is_not_there_to_be_changed(desk, shared, system, act):
    number = shared()
    page = desk.get("/admin/unit/")
    answer = desk.post(f"/admin/views/{number}", act=act, name="我的", query=page.fields["query"])
    assert answer.status == 404
    with system() as session:
        assert session.get_one(SavedView, number).name == "共享的"


def test_refusals_are_sentences(desk):
    keep(desk, "/admin/unit/?city=福州市", "甲")
    again = keep(desk, "/admin/unit/?city=厦门市", "甲")
    assert "没有保存：已有同名的视图，请换一个名称" in desk.get(again.location).words
    stale = desk.post("/admin/unit/views", name="乙", query="forged")
    assert "没有保存：没有收到列表的筛选条件，请回到列表重新选择" in desk.get(stale.location).words


def test_any_number_of_views_costs_the_same_number_of_statements(app, desk, shared):
    shared(f=[["review_status", "draft"]])
    keep(desk, "/admin/unit/?city=福州市", "甲")
    few = statements(app, desk, "/admin/unit/")
    for number in range(5):
        keep(desk, f"/admin/unit/?city=城市{number}", f"视图{number}")
    assert statements(app, desk, "/admin/unit/") == few


def test_the_form_and_the_page_say_what_a_view_is(desk, shared):
    shared()
    keep(desk, "/admin/unit/?city=福州市", "甲")
    page = desk.get("/admin/unit/views")
    assert page.status == 200
    assert "共享给以下角色 分团管理员" in re.sub(r"\s+", " ", page.words)
    assert "共享的" in page.words


def test_a_list_that_is_not_the_readers_has_no_views(client, world):
    log_in(client, world.accounts[Role.finance].username, factories.PASSWORD)
    assert client.get("/admin/account/views").status_code == 403
    assert client.get("/admin/nothing/views").status_code == 404
