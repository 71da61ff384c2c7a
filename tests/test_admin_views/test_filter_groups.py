"""All of, any of, is not, is empty: an address means what a reader would say it means, on both databases alike."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from admin_views import sealed_query
from admin_views.filter_form import composed
from admin_views.listing import read_listing
from admin_views.nodes import read_nodes
from admin_views.screens import BY_NOUN
from models import Category, ReviewRecord, Role, Unit, UnitStatus
from tests import factories
from workflow.actors import acting, actor_for

SCREEN = BY_NOUN["unit"]
CITIES, STATES = ("福州市", "厦门市", None), (UnitStatus.draft, UnitStatus.returned, UnitStatus.approved)
MOMENTS = (datetime(2024, 9, 1, 4, tzinfo=UTC), datetime(2024, 9, 3, 4, tzinfo=UTC), None)


@pytest.fixture
def ask(app, session, world):
    """Give ``ask(*pairs)``: the ids a list shows, and its warnings."""
    actor = actor_for(session, world.accounts[Role.secretariat])
    with app.test_request_context("/admin/"), acting(session, actor):
        nodes = read_nodes(session)

        def found(*pairs):
            listing = read_listing(SCREEN, nodes, MultiDict(pairs))
            ids = session.scalars(select(Unit.id).where(*listing.query.conditions(actor)).order_by(Unit.id))
            return list(ids), list(listing.warnings)

        yield found


@pytest.fixture
def four(session, world):
    """Give four units: where, in which state, submitted when."""
    facts = [("福州市", "draft", None), ("福州市", "approved", 0), ("厦门市", "draft", 1), (None, "returned", None)]
    return [
        factories.unit(
            session, world.edition, world.sub, city=city, review_status=state,
            submitted_at=None if at is None else MOMENTS[at],
        ).id
        for city, state, at in facts
    ]  # fmt: skip


def test_is_not_finds_what_is_not_filled_in_too(ask, four):
    assert ask(("city.not", "福州市")) == ([four[2], four[3]], [])
    assert ask(("city.not", "福州市"), ("city.not", "厦门市")) == ([four[3]], [])
    assert ask(("review_status.not", "draft")) == ([four[1], four[3]], [])


def test_empty_and_not_empty(ask, four, session):
    assert ask(("city.empty", "1")) == ([four[3]], [])
    assert ask(("city.empty", "0")) == (four[:3], [])
    assert ask(("submitted_at.empty", "1")) == ([four[0], four[3]], [])
    assert ask(("city.empty", "maybe")) == (four, ["筛选条件“所在城市”已忽略：没有“maybe”这个选项"])
    session.get_one(Unit, four[0]).city = ""  # as old rows may have it
    session.flush()
    assert ask(("city.empty", "1")) == ([four[0], four[3]], [])


def test_what_must_be_filled_in_cannot_be_asked_for_empty(ask, four):
    assert ask(("review_status.empty", "1")) == (four, ["没有“review_status.empty”这个筛选条件，已忽略"])


def test_any_one_of_all_conditions(ask, four):
    either = [("city", "厦门市"), ("review_status", "returned")]
    assert ask(*either) == ([], [])
    assert ask(("match", "any"), *either) == ([four[2], four[3]], [])


def test_a_group_holds_when_any_of_it_holds_or_all(ask, four):
    group = [("g1.city", "厦门市"), ("g1.review_status", "approved")]
    assert ask(*group) == ([four[1], four[2]], [])
    assert ask(*group, ("submitted_at.to", "2024-09-02")) == ([four[1]], [])
    assert ask(("g1", "all"), *group) == ([], [])
    two = [("g1", "all"), ("g1.city", "福州市"), ("g1.review_status", "draft"), ("g2.city.empty", "1")]
    assert ask(("match", "any"), *two) == ([four[0], four[3]], [])


def test_the_search_narrows_whatever_is_chosen(ask, four, session):
    name = session.get_one(Unit, four[3]).name
    assert ask(("match", "any"), ("city", "厦门市"), ("review_status", "returned"), ("search", name))[0] == [four[3]]


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        ([("match", "some")], "条件之间只能是 any（满足任一）或 all（全部满足），“some”已忽略"),
        ([("g1", "none")], "条件之间只能是 any（满足任一）或 all（全部满足），“none”已忽略"),
        ([("g6.city", "福州市")], "没有“g6.city”这个筛选条件，已忽略"),
        ([("g1.nothing", "1")], "没有“g1.nothing”这个筛选条件，已忽略"),
        ([("g1.g1.city", "1")], "没有“g1.g1.city”这个筛选条件，已忽略"),
    ],
)
def test_what_no_group_can_be_is_ignored_with_a_word(ask, four, pairs, why):
    assert ask(*pairs) == (four, [why])


def test_a_condition_over_a_link_may_be_not_or_empty(app, session, world, four):
    persons = [factories.person(session, session.get_one(Unit, number)).id for number in four]
    actor = actor_for(session, world.accounts[Role.secretariat])
    with app.test_request_context("/admin/"), acting(session, actor):
        for pair, expected in {
            ("unit.city.not", "福州市"): persons[2:], ("unit.city.empty", "1"): persons[3:],
            ("unit.city.empty", "0"): persons[:3], ("unit.name.not", "没有这家"): persons,
        }.items():  # fmt: skip
            query = read_listing(BY_NOUN["person"], read_nodes(session), MultiDict([pair])).query
            key = query.screen.model.id
            assert list(session.scalars(select(key).where(*query.conditions(actor)).order_by(key))) == expected


def test_a_record_of_no_person_is_not_of_that_person(app, session, world, four):
    unit = session.get_one(Unit, four[0])
    person = factories.person(session, unit)
    facts = {**factories.owner(unit), "step": "first_review", "action": "submit"}
    whose = [factories.make(session, ReviewRecord, {**facts, "person_id": p}, {}).id for p in (person.id, None)]
    actor = actor_for(session, world.accounts[Role.secretariat])
    with app.test_request_context("/admin/"), acting(session, actor):
        for pair, expected in {
            ("person_id.not", str(person.id)): whose[1:], ("person_id.empty", "0"): whose[:1], ("person_id.empty", "1"): whose[1:],
        }.items():  # fmt: skip
            query = read_listing(BY_NOUN["review_record"], read_nodes(session), MultiDict([pair])).query
            key = query.screen.model.id
            assert list(session.scalars(select(key).where(*query.conditions(actor)).order_by(key))) == expected


def test_the_sealed_query_of_bulk_moves_and_exports_is_the_same_choice(app, session, world, four):
    actor = actor_for(session, world.accounts[Role.secretariat])
    pairs = [("match", "any"), ("city.empty", "1"), ("g1", "all"), ("g1.city", "厦门市"), ("g1.review_status", "draft")]
    with app.test_request_context("/admin/"), acting(session, actor):
        nodes = read_nodes(session)
        query = read_listing(SCREEN, nodes, MultiDict(pairs)).query
        opened = sealed_query.open_query(SCREEN, actor, nodes, sealed_query.seal(query, actor))
        assert (opened, opened.pairs) == (query, pairs)
        ids = select(Unit.id).where(*opened.conditions(actor)).order_by(Unit.id)
        assert list(session.scalars(ids)) == [four[2], four[3]]


# One condition each: what the address says, and the same said of a row in Python.
CONDITIONS = [
    (("city", "福州市"), lambda u: u.city == "福州市"),
    (("city.not", "厦门市"), lambda u: u.city != "厦门市"),
    (("city.empty", "1"), lambda u: not u.city),
    (("review_status", "draft"), lambda u: u.review_status == "draft"),
    (("review_status.not", "approved"), lambda u: u.review_status != "approved"),
    (("name.contains", "丰"), lambda u: "丰" in u.name),
    (("name.starts", "海"), lambda u: u.name.startswith("海")),
    (("name.not", "海丰公司"), lambda u: u.name != "海丰公司"),
    (("is_returning", "1"), lambda u: u.is_returning),
    (("category", "ENTERPRISE"), lambda u: u.category == "ENTERPRISE"),
    (("submitted_at.from", "2024-09-02"), lambda u: u.submitted_at is not None and day_of(u) >= date(2024, 9, 2)),
    (("submitted_at.to", "2024-09-02"), lambda u: u.submitted_at is not None and day_of(u) <= date(2024, 9, 2)),
    (("submitted_at.empty", "0"), lambda u: u.submitted_at is not None),
]  # fmt: skip
ONE = some.sampled_from(CONDITIONS)
GROUPS = some.tuples(some.booleans(), some.lists(ONE, min_size=1, max_size=3, unique_by=lambda one: one[0][0]))


def day_of(unit):
    return (unit.submitted_at + timedelta(hours=8)).date()


def holds(own, *, any_of):
    """Return the test on a row that all, or any, of some tests make."""
    return lambda unit: (any if any_of else all)(test(unit) for test in own)


@pytest.fixture
def many(session, world):
    """Give units of every mixture."""
    made = []
    for number in range(36):
        city, state, at = CITIES[number % 3], STATES[number // 3 % 3], MOMENTS[number // 9 % 3]
        made.append(
            factories.unit(
                session,
                world.edition,
                world.sub,
                city=city,
                review_status=state,
                submitted_at=at,
                name=("海丰公司", "丰海公司", "山公司")[number % 7 % 3],
                is_returning=number % 5 == 0,
                category=(Category.ENTERPRISE, Category.INSTITUTION)[number % 2],
                reg_capital=Decimal(number),
            )
        )
    return made


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    some.booleans(),
    some.lists(ONE, max_size=3, unique_by=lambda one: one[0][0]),
    some.lists(GROUPS, max_size=2),
)
def test_an_address_chooses_what_the_same_conditions_choose_in_python(ask, many, any_of, own, groups):
    pairs = [*([("match", "any")] if any_of else []), *(pair for pair, _test in own)]
    tests = [test for _pair, test in own]
    for number, (any_of_group, members) in enumerate(groups, 1):
        pairs += [(f"g{number}", "any" if any_of_group else "all")]
        pairs += [(f"g{number}.{name}", value) for (name, value), _test in members]
        tests.append(holds([test for _pair, test in members], any_of=any_of_group))
    expected = [unit.id for unit in many if not tests or holds(tests, any_of=any_of)(unit)]

    assert ask(*pairs) == (expected, [])


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        ("city.op=not&city=%E7%A6%8F&city.in=", [("city.not", "福")]),
        ("city.op=is&city=a&city.in=1&city.op=is&city=b&city.in=2", [("g1.city", "a"), ("g2.city", "b")]),
        ("review_status=draft&page=3&panel=filters&city.op=empty&city=", [("review_status", "draft"), ("city.empty", "1")]),
        ("submitted_at.op=filled&submitted_at.in=2", [("g2.submitted_at.empty", "0")]),
        ("created_at.op=range&created_at.from=&created_at.to=2024-09-01", [("created_at.to", "2024-09-01")]),
        ("created_at.from=2024-01-01&created_at.op=range&created_at.from=&created_at.to=", [("created_at.from", "2024-01-01")]),
        ("name.op=contains&name=&name.in=1&match=any&nothing.op=is", [("match", "any"), ("nothing.op", "is")]),
        ("category.op=not&category=A&category=B&category.in=9", [("category.not", "A"), ("category.not", "B")]),
    ],
)  # fmt: skip
def test_the_panel_says_in_its_form_what_the_address_says_in_its_keys(sent, address):
    assert composed(SCREEN, sent) == address


def test_a_number_is_equal_or_within_both_ends():
    screen = BY_NOUN["quota_pool"]
    assert composed(screen, "total.op=is&total.from=5&total.to=") == [("total", "5")]
    assert composed(screen, "total.op=range&total.from=5&total.to=7") == [("total.from", "5"), ("total.to", "7")]
