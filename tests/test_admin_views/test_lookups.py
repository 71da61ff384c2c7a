"""Look-ups: scoped, twenty at most, wildcards are words, and the right on the noun is needed."""

import pytest

from models import Role, UnitStatus
from tests import factories
from tests.test_admin_views._desk import Desk


def ask(desk, noun, **query):
    answer = desk.client.get(f"/admin/{noun}/lookup", query_string=query)
    assert answer.status_code == 200
    return answer.get_json()


def test_rows_are_found_by_a_part_of_their_name_or_their_code(desk, system, world):
    with system() as session:
        first = factories.unit(session, world.edition, world.sub, name="海丰食品公司")
        factories.unit(session, world.edition, world.below, name="恒达贸易公司")
    pair = [str(first.id), f"海丰食品公司 · {first.uscc}"]
    assert ask(desk, "unit", query="丰食") == [pair]
    assert ask(desk, "unit", query=str(first.uscc).lower()) == [pair]
    assert len(ask(desk, "unit")) == 2


def test_rows_of_others_and_deleted_ones_are_not_offered(desk, system, world):
    with system() as session:
        for node in (world.other_sub, world.foreign_sub):
            factories.unit(session, world.edition, node, name="海丰食品公司")
        factories.unit(session, world.edition, world.sub, name="海丰食品公司", review_status=UnitStatus.deleted)
    assert ask(desk, "unit", query="海丰") == []


def test_wildcards_are_words(desk, system, world):
    with system() as session:
        odd = factories.unit(session, world.edition, world.sub, name="百分%公司")
        factories.unit(session, world.edition, world.sub, name="平常公司")
    assert [pair[0] for pair in ask(desk, "unit", query="%")] == [str(odd.id)]
    assert ask(desk, "unit", query="_") == []


def test_twenty_at_most_whatever_is_asked(desk, system, world):
    with system() as session:
        for _ in range(23):
            factories.unit(session, world.edition, world.sub)
    assert len(ask(desk, "unit", limit="100000", page="-1", query="公司")) == 20


@pytest.mark.parametrize("typed", ["长" * 200, "\ud800", "'; DROP TABLE unit; --"])
def test_junk_finds_nothing(desk, system, world, typed):
    with system() as session:
        factories.unit(session, world.edition, world.sub)
    assert ask(desk, "unit", query=typed.encode("utf-8", "surrogatepass")) == []


def test_targets_of_an_assignment_are_all_active_nodes_by_name(desk, system, world):
    with system() as session:
        factories.delegation(session, world.other_province, name="停用分团", is_active=False)
    names = [name for _number, name in ask(desk, "unit", field="targets")]
    assert sorted(names) == sorted(
        ["福建省交易团", "福州市分团", "鼓楼区组", "厦门市分团", "浙江省交易团", "杭州市分团"]
    )
    assert ask(desk, "unit", field="targets", query="杭州") == [[str(world.foreign_sub.id), "杭州市分团"]]
    assert ask(desk, "unit", field="targets", query="%") == []


def test_a_fixed_vocabulary_is_looked_up_by_its_words(desk):
    assert ask(desk, "person", field="nationality", query="中国") == [
        ["CHN", "中国"], ["HKG", "中国香港"], ["MAC", "中国澳门"], ["TWN", "中国台湾"]
    ]  # fmt: skip


def test_other_columns_are_no_look_up(desk):
    for field in ("password_hash", "name", "unit_id"):
        assert desk.client.get(f"/admin/person/lookup?field={field}").status_code == 404


@pytest.mark.parametrize(
    ("role", "noun"), [(Role.sysadmin, "unit"), (Role.security, "unit"), (Role.auditor, "account")]
)
def test_without_the_right_to_the_list_there_is_no_look_up(client, login, world, role, noun):
    desk = Desk(client, login, world.accounts[role])
    assert desk.client.get(f"/admin/{noun}/lookup").status_code == 403
    assert desk.client.get(f"/admin/{noun}/lookup?field=targets").status_code == 403
