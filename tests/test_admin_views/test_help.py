"""The pages of help say what the declarations say, in both languages, and to nobody more than he may see."""

import re
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import literal

from admin_views import diagram, glossary
from admin_views.screens import SCREENS
from models import CertificateStatus, CertMode, Label, Role
from models.columns import columns_of
from models.terms import TERMS
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import Desk
from workflow.actors import Actor
from workflow.machines import MACHINES
from workflow.moves import Machine
from workflow.rights import allowed
from workflow.telling import states_of, tell
from workflow.unit_moves import UNIT

NOUNS = [screen.noun for screen in SCREENS]


def test_every_screen_says_what_it_is_for_and_every_status_what_it_means():
    enums = [
        (screen.noun, column.enum)
        for screen in SCREENS
        for column in columns_of(screen.model).values()
        if column.enum is not None and (column.state or any(member.means for member in column.enum))
    ]

    assert [screen.noun for screen in SCREENS if not screen.model.__purpose__] == []
    assert [(noun, member) for noun, enum in enums for member in enum if not member.means] == []


@on_sqlite
@pytest.mark.parametrize("role", [Role.sub_delegation, Role.sysadmin, Role.finance])
def test_a_screen_is_explained_to_whoever_may_see_it(client, login, world, role):
    desk, actor = Desk(client, login, world.accounts[role]), cast("Actor", SimpleNamespace(role=role))
    may = {noun: allowed(actor, "list", noun) or allowed(actor, "details", noun) for noun in NOUNS}
    offered = set(desk.get("/admin/help/").links.values())

    assert {noun: desk.get(f"/admin/help/{noun}").status for noun in NOUNS} == {
        noun: 200 if seen else 403 for noun, seen in may.items()
    }
    assert {noun: f"/admin/help/{noun}" in offered for noun in NOUNS} == may


@on_sqlite
def test_the_page_of_units_tells_every_move_and_whose_it_is(desk):
    page = desk.get("/admin/help/unit")
    text = page.response.text
    rows = [row for row in page.rows if len(row) == 4]

    assert [row[0] for row in rows[: len(UNIT.moves)]] == [move.label for move in UNIT.moves.values()]
    assert ["初审通过并提报", "待初审", "待复审", "分团管理员、省团秘书处"] in rows
    anywhere = "、".join(state.label for state in UNIT.moves["assign"].source)
    assert ["指定给其他分团", anywhere, "状态不变", "分团管理员、省团秘书处"] in rows
    assert re.findall(r'<div class="help-move is-mine" id="move-(\w+)"', text) == [
        move.name for move in UNIT.moves.values() if Role.sub_delegation in move.who
    ]
    assert "审核意见（必填）：将显示在单位的登录页面内，请写明问题和修改办法（至少 5 个字）" in page.words
    assert "初审人不能复审，请由其他人员办理" in page.words
    assert ["分团管理员您", "可以", "可以", "可以", "可以", "可以", "可以"] in page.rows
    assert desk.get("/admin/help/nothing").status == 404


@on_sqlite
def test_lists_forms_and_details_lead_to_their_part_of_the_help(desk, units):
    own = f"/admin/unit/{units[0]}"
    pages = ("/admin/", "/admin/unit/", "/admin/unit/new", own, f"{own}/history")

    assert [desk.get(path).links["帮助"] for path in pages] == [
        "/admin/help/", "/admin/help/unit", "/admin/help/unit#columns", "/admin/help/unit", "/admin/help/unit",
    ]  # fmt: skip
    assert 'data-help aria-keyshortcuts="?"' in desk.get("/admin/unit/").response.text


@on_sqlite
def test_the_same_pages_stand_in_english(desk):
    desk.post("/language/en")

    assert "Waits for the first review of its sub-delegation" in desk.get("/admin/help/unit").words
    assert ["统付", "Group pay", "The delegation or sub-delegation bears the badge fee"] in desk.get(
        "/admin/help/terms"
    ).rows


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("noun", sorted(MACHINES))
def test_a_picture_shows_what_the_table_says_and_nothing_leaves_it(noun, lang):
    machine = MACHINES[noun]
    told, states = tell(machine), list(states_of(machine))
    for picture in diagram.draw(states, told, Role.secretariat, lang):
        columns = [head.x for head in picture.heads]
        for way, each in zip(picture.ways, told, strict=True):
            ends = {columns.index(int(points.partition(",")[0])) for points in way.arrows}
            assert ends == {states.index(target) for target in each.targets}
            assert {columns.index(x) for x in way.dots} | ends == {
                states.index(state) for state in (*each.sources, *each.targets)
            }
            assert way.label_x >= 0
            assert way.label_x + diagram.width_of(way.label) <= picture.width
        rows = [way.y for way in picture.ways]
        assert all(below - above == diagram.ROW for above, below in pairwise(rows))
        assert rows[-1] < picture.height


def test_where_a_move_leads_is_told_even_where_it_depends_on_the_row():
    submit = next(told for told in tell(MACHINES["person"]) if told.move.name == "submit")
    assert {state.value for state in submit.targets} == {"pending_confirm", "submitted", "pending_review"}

    odd: Any = SimpleNamespace(**{**vars(UNIT.moves["submit"]), "target": lambda _: literal("draft")})
    with pytest.raises(TypeError, match="nobody can say where it leads"):
        tell(Machine(UNIT.model, UNIT.column, UNIT.title, {"odd": odd}))


def test_a_term_of_the_glossary_has_the_english_that_its_declaration_has():
    declared = {member.label: member.english for member in (*Label, *CertMode, *CertificateStatus)} | TERMS
    differ = {
        term: (english, declared[term])
        for term, english, _means in glossary.TERMS
        if term in declared and english.lower() != declared[term].lower()
    }

    assert differ == {}
