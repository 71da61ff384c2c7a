"""Lists narrowed by what the review desk would tell: the same rows, for the same reader, and none of anybody else's."""

from datetime import date

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from admin_views import hints
from admin_views.listing import read_listing
from admin_views.nodes import Nodes, read_nodes
from admin_views.screens import BY_NOUN
from models import Category, Role, Unit, UnitStatus
from models.columns import attribute
from tests import factories
from workflow import checks
from workflow.actors import acting, actor_for

ROLES = (Role.sub_delegation, Role.secretariat)


@pytest.fixture(autouse=True)
def request_context(app):
    with app.test_request_context("/admin/"):
        yield


@pytest.fixture
def asked(session, world):
    """Give ``asked(noun, role, *names)``: the ids a list shows that is narrowed by checks."""

    def ask(noun, role, *names):
        screen, actor = BY_NOUN[noun], actor_for(session, world.accounts[role])
        with acting(session, actor):
            listing = read_listing(screen, read_nodes(session), MultiDict([("check", name) for name in names]))
            assert listing.warnings == ()
            key = attribute(screen.model, "id")
            return list(session.scalars(select(key).where(*listing.query.conditions(actor)).order_by(key)))

    return ask


@pytest.fixture
def rows(session, world):
    """Make units and persons of two sub-delegations, many of them with something to look at."""
    places = (world.sub, world.sub, world.other_sub)
    made = [
        factories.unit(session, world.edition, place, name="海丰食品有限公司", city=city, category=Category.INSTITUTION)
        for place, city in zip(places, ("福州市", "厦门市", ""), strict=True)
    ]
    made.append(
        factories.unit(session, world.edition, world.other_sub, name="福州海丰食品有限公司", edited_by_admin=True)
    )
    people = [factories.person(session, unit, name="欧阳娜", birth_date=date(1990, 1, 1)) for unit in made]
    session.flush()
    return {"unit": [unit.id for unit in made], "person": [person.id for person in people]}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("noun", ["unit", "person"])
def test_each_check_finds_the_rows_of_which_the_desk_tells_it(asked, rows, session, world, noun, role):
    actor = actor_for(session, world.accounts[role])
    told = checks.findings(session, actor, noun, rows[noun])
    seen = 0
    for name, _words in hints.filters(BY_NOUN[noun].model)["check"].choices(Nodes({}, {}), "zh"):
        expected = sorted(number for number, found in told.items() if name in {one.check.name for one in found})
        assert asked(noun, role, name) == expected, name
        seen += bool(expected)
    assert seen > 1


def test_a_twin_elsewhere_is_told_of_the_own_row_only(asked, rows, session):
    own = rows["unit"][:2]
    session.get_one(Unit, own.pop()).name = "榕城茶业有限公司"
    session.flush()
    assert asked("unit", Role.sub_delegation, "same_name") == own
    assert asked("unit", Role.sub_delegation, "near_name", "same_name") == own
    assert asked("unit", Role.sub_delegation, "edited_by_admin") == []


def test_a_check_that_is_none_and_one_that_only_python_can_tell_are_not_known(session, world):
    with acting(session, actor_for(session, world.accounts[Role.secretariat])):
        for name in ("nothing", "wrong_code"):
            listing = read_listing(BY_NOUN["unit"], read_nodes(session), MultiDict({"check": name}))
            assert (listing.query.chosen, len(listing.warnings)) == ((), 1)


def test_the_panel_offers_the_checks_by_what_they_say_and_the_list_follows(desk, system, world):
    with system() as session:
        for name in ("海丰食品有限公司", "海丰食品有限公司", "榕城茶业有限公司"):
            factories.unit(session, world.edition, world.sub, name=name, review_status=UnitStatus.pending_first)
    panel = desk.get("/admin/unit/?panel=filters").words
    assert "核对提示" in panel
    assert "已有同名单位登记" in panel
    narrowed = desk.get("/admin/unit/?check=same_name").words
    assert ("海丰食品" in narrowed, "榕城茶业" in narrowed) == (True, False)
