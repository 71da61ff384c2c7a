"""Filters: readable keys, every kind of value, links, and junk that is ignored with a word instead of an error."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from admin_views.listing import read_listing
from admin_views.nodes import read_nodes
from admin_views.screens import BY_NOUN
from models import Origin, PersonStatus, Role, UnitStatus
from models.columns import attribute
from tests import factories
from workflow.actors import acting, actor_for

pytestmark = pytest.mark.usefixtures("request_context")


@pytest.fixture
def request_context(app):
    with app.test_request_context("/admin/"):
        yield


@pytest.fixture
def found(session, world):
    """Give ``found(noun, role, **address)``: the ids a list shows, and its warnings."""

    def ask(noun, *pairs, role=Role.secretariat):
        screen, actor = BY_NOUN[noun], actor_for(session, world.accounts[role])
        with acting(session, actor):
            listing = read_listing(screen, read_nodes(session), MultiDict(pairs))
            key = attribute(screen.model, "id")
            ids = session.scalars(select(key).where(*listing.query.conditions(actor)).order_by(key))
            return list(ids), list(listing.warnings)

    return ask


def test_one_or_several_members_of_an_enumeration(found, session, world):
    first, second, third = (
        factories.unit(session, world.edition, world.sub, review_status=status).id
        for status in (UnitStatus.draft, UnitStatus.returned, UnitStatus.approved)
    )
    assert found("unit", ("review_status", "draft")) == ([first], [])
    assert found("unit", ("review_status", "draft"), ("review_status", "approved")) == ([first, third], [])
    assert found("unit") == ([first, second, third], [])


def test_words_contain_equal_or_start_and_wildcards_are_words(found, session, world):
    plain, percent = (
        factories.unit(session, world.edition, world.sub, name=name).id for name in ("海丰食品公司", "百分%之_一公司")
    )
    assert found("unit", ("name.contains", "丰食"))[0] == [plain]
    assert found("unit", ("name", "海丰食品公司"))[0] == [plain]
    assert found("unit", ("name.starts", "百分"))[0] == [percent]
    assert found("unit", ("name.contains", "%"))[0] == [percent]
    assert found("unit", ("name.contains", "_"))[0] == [percent]
    assert found("unit", ("name.starts", "分%"))[0] == []


def test_a_name_that_goes_on_beyond_the_basic_plane_still_starts_alike(found, session, world):
    rare = factories.unit(session, world.edition, world.sub, name="海𠀀公司").id
    assert found("unit", ("name.starts", "海"))[0] == [rare]


def test_days_are_counted_in_shanghai_with_both_ends(found, session, world):
    moments = {
        "before": datetime(2024, 9, 1, 15, 59, 59, tzinfo=UTC),
        "first": datetime(2024, 9, 1, 16, 0, tzinfo=UTC),
        "last": datetime(2024, 9, 2, 15, 59, 59, tzinfo=UTC),
        "after": datetime(2024, 9, 2, 16, 0, tzinfo=UTC),
    }
    made = {name: factories.unit(session, world.edition, world.sub, created_at=at).id for name, at in moments.items()}
    day = [("created_at.from", "2024-09-02"), ("created_at.to", "2024-09-02")]
    assert found("unit", *day)[0] == [made["first"], made["last"]]


def test_a_node_is_meant_with_everything_below_it(found, session, world):
    own, below, other = (
        factories.unit(session, world.edition, node).id for node in (world.sub, world.below, world.other_sub)
    )
    assert found("unit", ("delegation_id", str(world.sub.id)))[0] == [own, below]
    assert found("unit", ("delegation_id", str(world.other_sub.id)))[0] == [other]


def test_a_node_of_another_province_sounds_like_one_that_is_not_there(found, session, world):
    factories.unit(session, world.edition, world.foreign_sub)
    foreign = found("unit", ("delegation_id", str(world.foreign_sub.id)))
    missing = found("unit", ("delegation_id", "99999"))
    assert foreign == ([], [f"筛选条件“交易团/分团”已忽略：没有“{world.foreign_sub.id}”这个选项"])
    assert missing == ([], ["筛选条件“交易团/分团”已忽略：没有“99999”这个选项"])


def test_amounts_are_given_in_yuan_and_ranges_include_both_ends(found, world):
    caps = dict.fromkeys((world.province, world.sub, world.below, world.other_sub), 1000000)
    everything = found("delegation_edition")[0]
    assert len(everything) == len(caps)
    assert found("delegation_edition", ("group_pay_cap.from", "10000"), ("group_pay_cap.to", "10000"))[0] == everything
    assert found("delegation_edition", ("group_pay_cap.from", "10000.01"))[0] == []
    assert (
        found("quota_pool", ("total.from", "1000"))[0]
        == found("quota_pool", ("total.to", "1000"), ("total.from", "101"))[0]
    )
    assert found("quota_pool", ("total.from", "9" * 15))[1] == ["筛选条件“额度总数”已忽略：“999999999999999”超出范围"]


def test_yes_and_no(found, session, world):
    factories.unit(session, world.edition, world.sub)
    back = factories.unit(session, world.edition, world.sub, is_returning=True).id
    assert found("unit", ("is_returning", "1"))[0] == [back]
    assert back not in found("unit", ("is_returning", "0"))[0]


def test_persons_are_found_by_what_their_unit_is(found, session, world):
    near = factories.unit(
        session, world.edition, world.sub, city="福州市", name="海丰食品公司", review_status=UnitStatus.approved
    )
    far = factories.unit(session, world.edition, world.sub, city="厦门市")
    here, _there = factories.person(session, near).id, factories.person(session, far).id
    assert found("person", ("unit.city", "福州市"))[0] == [here]
    assert found("person", ("unit.review_status", "approved"))[0] == [here]
    assert found("person", ("unit.name.contains", "丰食"))[0] == [here]
    assert found("person", ("unit_id", str(near.id)))[0] == [here]


def test_a_filter_over_a_link_does_not_look_past_the_scope(found, session, world):
    foreign = factories.unit(session, world.edition, world.foreign_sub, city="杭州市")
    factories.person(session, foreign)
    assert found("person", ("unit.city", "杭州市"), role=Role.sub_delegation)[0] == []


def test_units_that_were_submitted_without_any_person(found, session, world):
    alone, draft_only, busy = (
        factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first) for _ in range(3)
    )
    factories.unit(session, world.edition, world.sub, review_status=UnitStatus.draft)
    factories.person(session, draft_only, review_status=PersonStatus.draft)
    factories.person(session, busy, review_status=PersonStatus.submitted)
    assert found("unit", ("without_persons", "1"))[0] == [alone.id, draft_only.id]


def test_deleted_rows_and_other_editions_are_in_no_list(found, session, world):
    kept = factories.unit(session, world.edition, world.sub)
    factories.unit(
        session, world.edition, world.sub, review_status=UnitStatus.deleted, uscc=None, origin=Origin.OVERSEAS
    )
    old = factories.edition(session, is_current=False)
    before = factories.unit(session, old, world.sub)
    factories.intention(session, before)
    now = factories.intention(session, kept)
    assert found("unit")[0] == [kept.id]
    assert found("intention")[0] == [now.id]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("review_status", "bogus", "筛选条件“审核状态”已忽略：没有“bogus”这个选项"),
        ("created_at.from", "2024-02-30", "筛选条件“登记时间”已忽略：“2024-02-30”不是日期，应形如 2024-09-01"),
        ("created_at.to", "9999-12-31", "筛选条件“登记时间”已忽略：“9999-12-31”不是日期，应形如 2024-09-01"),
        ("is_returning", "yes", "筛选条件“往届观众”已忽略：没有“yes”这个选项"),
        ("delegation_id", "1' OR 1=1", "筛选条件“交易团/分团”已忽略：没有“1' OR 1=1”这个选项"),
        ("name.contains", "\ud800", "筛选条件“单位名称”已忽略：含有无法识别的字符，请删除后重新输入"),
        ("name.contains", "\x00", "筛选条件“单位名称”已忽略：没有填写内容"),
        ("name.contains", "长" * 101, "筛选条件“单位名称”已忽略：内容过长（101字），请控制在100字以内"),
        ("nosuch", "1", "没有“nosuch”这个筛选条件，已忽略"),
        ("password_hash", "x", "没有“password_hash”这个筛选条件，已忽略"),
    ],
)
def test_junk_is_ignored_with_a_word(found, session, world, name, value, why):
    unit = factories.unit(session, world.edition, world.sub).id
    assert found("unit", (name, value)) == ([unit], [why])


@pytest.mark.each_case
@pytest.mark.parametrize("value", ["9" * 30, "2147483648", "-1", "1e3", "１２"])
def test_an_id_that_no_row_can_have_is_ignored(found, session, world, value):
    person = factories.person(session, factories.unit(session, world.edition, world.sub)).id
    rows, warnings = found("person", ("unit_id", value))
    assert (rows, len(warnings)) == (([person], 1) if value != "１２" else ([], 0))


def test_a_blank_parameter_is_no_filter(found, session, world):
    unit = factories.unit(session, world.edition, world.sub).id
    assert found("unit", ("name.contains", ""), ("created_at.from", " ")) == ([unit], [])


def test_tomorrow_is_not_today(found, session, world):
    factories.unit(session, world.edition, world.sub)
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert found("unit", ("created_at.from", tomorrow))[0] == []
