"""Whose a view is, who sees a shared one, and that nobody but its owner changes it."""

import pytest
from sqlalchemy import select

from models import Audit, Role, SavedView
from tests import factories
from workflow import saved_views
from workflow.actors import acting, actor_for
from workflow.saved_views import Refused
from workflow.scope import OutOfScope

CONTENT = {"f": [["review_status", "draft"]], "s": "350102198001011234", "o": "", "n": ""}


@pytest.fixture
def at(session, world):
    """Give ``at(role)``: the actor of a role, or of an account."""
    return lambda who: actor_for(session, world.accounts[who] if isinstance(who, Role) else who)


@pytest.fixture
def kept(session, at):
    """Give ``kept(who, name, *roles)``: a view that somebody keeps and shares."""

    def keep(who, name, *roles, noun="unit"):
        actor = at(who)
        with acting(session, actor):
            view = saved_views.keep(session, actor, noun, name, CONTENT)
            saved_views.rename(session, actor, view, name, roles)
            return view.id

    return keep


@pytest.fixture
def sees(session, at):
    def names(who):
        actor = at(who)
        with acting(session, actor):
            return [(view.name, view.is_own, view.owner) for view in saved_views.visible(session, actor)]

    return names


def test_a_view_is_its_owners_alone(kept, sees, world):
    kept(Role.sub_delegation, "退回的单位")
    owner = world.accounts[Role.sub_delegation].name
    assert sees(Role.sub_delegation) == [("退回的单位", True, owner)]
    assert [sees(role) for role in (Role.secretariat, Role.auditor, Role.finance)] == [[], [], []]


def test_the_secretariat_shares_with_roles_of_its_province_and_says_whose_it_is(session, kept, sees, world):
    kept(Role.secretariat, "待复审", "sub_delegation", "auditor")
    owner = world.accounts[Role.secretariat].name
    elsewhere = factories.account(session, world.foreign_sub)
    neighbour = factories.account(session, world.other_sub)
    assert sees(Role.secretariat) == [("待复审", True, owner)]
    assert [sees(who) for who in (Role.sub_delegation, neighbour, Role.auditor)] == [[("待复审", False, owner)]] * 3
    assert [sees(who) for who in (Role.finance, elsewhere)] == [[], []]


def test_a_sub_delegation_shares_with_the_accounts_of_its_own_node_only(session, kept, sees, world):
    kept(Role.sub_delegation, "本团待初审", "sub_delegation")
    colleague, below, neighbour = (
        factories.account(session, node) for node in (world.sub, world.below, world.other_sub)
    )
    assert [name for name, _own, _owner in sees(colleague)] == ["本团待初审"]
    assert [sees(who) for who in (below, neighbour, Role.secretariat)] == [[], [], []]


def test_a_view_of_a_list_that_a_role_may_not_see_is_not_shown_to_it(kept, sees):
    kept(Role.secretariat, "我的账号", "auditor", "finance", noun="account")
    assert [sees(Role.auditor), sees(Role.finance)] == [[], []]


@pytest.mark.parametrize(
    ("who", "roles"),
    [
        (Role.sub_delegation, ["secretariat"]),
        (Role.sub_delegation, ["sub_delegation", "auditor"]),
        (Role.auditor, ["auditor"]),
        (Role.finance, ["finance"]),
        (Role.secretariat, ["sysadmin"]),
    ],
)
def test_nobody_shares_with_whom_he_may_not(session, at, kept, who, roles):
    view_id = kept(who, "我的", noun="person")
    actor = at(who)
    with acting(session, actor):
        view = saved_views.own(session, actor, view_id)
        with pytest.raises(Refused, match="您不能与这些角色共享视图"):
            saved_views.rename(session, actor, view, "我的", roles)


def test_whoever_sees_a_shared_view_cannot_change_it(session, at, kept):
    view_id = kept(Role.secretariat, "待复审", "sub_delegation")
    clerk = at(Role.sub_delegation)
    with acting(session, clerk):
        with pytest.raises(LookupError):
            saved_views.own(session, clerk, view_id)
        session.scalars(select(SavedView).where(SavedView.id == view_id)).one().name = "别的名字"
        with pytest.raises(OutOfScope):
            session.flush()
        session.rollback()


def test_the_order_is_the_owners_and_names_are_told_apart(session, at, kept, sees):
    ids = [kept(Role.auditor, name) for name in ("甲", "乙", "丙")]
    actor = at(Role.auditor)
    with acting(session, actor):
        saved_views.move(session, actor, saved_views.own(session, actor, ids[2]), -1)
        saved_views.move(session, actor, saved_views.own(session, actor, ids[0]), -1)
        with pytest.raises(Refused, match="已有同名的视图"):
            saved_views.keep(session, actor, "unit", " 乙 ", CONTENT)
        with pytest.raises(Refused, match="请填写视图名称"):
            saved_views.keep(session, actor, "unit", "  ", CONTENT)
        session.flush()
    assert [name for name, _own, _owner in sees(Role.auditor)] == ["甲", "丙", "乙"]


def test_twenty_views_of_one_list_are_enough(kept):
    for number in range(saved_views.MOST):
        kept(Role.finance, f"视图{number}", noun="person")
    with pytest.raises(Refused, match="最多保存 20 个视图"):
        kept(Role.finance, "再一个", noun="person")


def test_a_list_begins_with_one_view_at_most_and_only_with_one_that_is_seen(session, at, kept):
    own, shared = kept(Role.auditor, "甲"), kept(Role.secretariat, "乙", "auditor")
    foreign = kept(Role.sub_delegation, "丙")
    actor = at(Role.auditor)
    with acting(session, actor):
        begins = []
        for view_id in (own, shared, None):
            saved_views.begin_with(session, actor, "unit", view_id)
            begins.append([view.id for view in saved_views.visible(session, actor) if view.is_default])
        with pytest.raises(LookupError):
            saved_views.begin_with(session, actor, "unit", foreign)
        with pytest.raises(LookupError):
            saved_views.begin_with(session, actor, "person", own)
    assert begins == [[own], [shared], []]


def test_neither_the_row_nor_the_trail_holds_what_was_searched_for(session, kept):
    kept(Role.sub_delegation, "找人")
    session.commit()
    row = session.execute(select(*SavedView.__table__.columns)).one()
    told = list(session.scalars(select(Audit.changes).where(Audit.noun == "saved_view")))
    assert len(told) == 1
    assert "找人" in told[0]
    assert "350102" not in "".join(map(str, [*row, *told]))


def test_a_view_that_was_tampered_with_is_told_from_an_empty_one(session, at, kept):
    view = session.get_one(SavedView, kept(Role.auditor, "甲"))
    other = session.get_one(SavedView, kept(Role.auditor, "乙"))
    view.content = other.content  # bound to the other's reference number
    session.flush()
    actor = at(Role.auditor)
    with acting(session, actor):
        assert [found.content for found in saved_views.visible(session, actor)] == [None, CONTENT]
