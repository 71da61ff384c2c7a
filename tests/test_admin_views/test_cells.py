"""A cell edited in the list: the form's rules, rights and trail for one column, told when somebody was faster."""

import re

import pytest
from sqlalchemy import select

from admin_views.cells import may_edit
from admin_views.screens import SCREENS
from models import Audit, Person, PersonStatus, Role, Unit
from models.columns import columns_of
from tests import factories
from tests.browser import log_in
from tests.test_admin_views._desk import PENDING, Desk
from tests.test_scope._forms import BY_KEY
from workflow.actors import actor_for
from workflow.rights import editable


@pytest.fixture
def person(system, world):
    """Give a person who waits, by id."""
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status="approved")
        return factories.person(session, unit, review_status=PersonStatus.pending_confirm, title="经理").id


def opened(desk, address, key):
    answer = desk.client.get(f"{address}/cell?key={key}")
    assert answer.status_code == 200
    return answer.get_json()


def save(desk, address, key, value, version):
    answer = desk.post(f"{address}/cell", key=key, version=str(version), **{key: value})
    return answer.status, answer.response.get_json()


def stored(system, model, number, key):
    with system() as session:
        return getattr(session.get_one(model, number), key)


def test_a_cell_is_opened_with_the_native_input_and_saved(desk, person, system):
    found = opened(desk, f"/admin/person/{person}", "title")
    assert (found["label"], found["version"]) == ("职务", 1)
    assert re.search(r'<input[^>]* name="title"[^>]* type="text"[^>]* value="经理"', found["html"])
    assert save(desk, f"/admin/person/{person}", "title", "总<b>监</b>", 1) == (
        200, {"said": "已保存", "html": "总&lt;b&gt;监&lt;/b&gt;"},
    )  # fmt: skip
    assert stored(system, Person, person, "title") == "总<b>监</b>"
    with system() as session:
        told = session.scalars(select(Audit.changes).where(Audit.action == "person.edit")).one()
    assert told == '{"title": ["经理", "总<b>监</b>"]}'


def test_each_kind_of_column_has_its_own_input(desk, person, units):
    kinds = {key: opened(desk, f"/admin/person/{person}", key)["html"] for key in ("sex", "birth_date", "nationality")}
    kinds |= {
        key: opened(desk, f"/admin/unit/{units[0]}", key)["html"] for key in ("is_returning", "remark", "reg_capital")
    }
    found = {key: re.findall(r'^<(\w+)(?:[^>]* type="(\w+)")?', html)[0] for key, html in kinds.items()}
    assert found == {
        "sex": ("select", ""), "birth_date": ("input", "date"), "nationality": ("select", ""),
        "is_returning": ("input", "checkbox"), "remark": ("textarea", ""), "reg_capital": ("input", "text"),
    }  # fmt: skip


def test_what_is_wrong_is_said_at_the_cell_and_nothing_is_saved(desk, person, units, system):
    assert save(desk, f"/admin/person/{person}", "title", " ", 1) == (422, {"said": "请填写“职务”"})
    status, told = save(desk, f"/admin/person/{person}", "birth_date", "2024-02-30", 1)
    assert (status, told["said"]) == (422, "日期“2024-02-30”不存在，请核对月份和日期")
    status, told = save(desk, f"/admin/unit/{units[0]}", "origin", "OVERSEAS", 1)
    assert status == 422
    assert "：" in told["said"]
    assert stored(system, Person, person, "title") == "经理"


def test_whoever_was_faster_is_told_with_both_values_and_saving_again_is_meant(desk, person, system):
    version = opened(desk, f"/admin/person/{person}", "title")["version"]
    assert save(desk, f"/admin/person/{person}", "title", "副总经理", version)[0] == 200
    status, told = save(desk, f"/admin/person/{person}", "title", "采购总监", version)
    assert (status, told["version"]) == (409, 2)
    assert told["said"].startswith("这条记录刚被他人修改，没有保存：“职务”现在是“副总经理”，您填写的是“采购总监”。")
    assert stored(system, Person, person, "title") == "副总经理"
    assert save(desk, f"/admin/person/{person}", "title", "采购总监", told["version"])[0] == 200
    assert stored(system, Person, person, "title") == "采购总监"


def test_another_column_changed_meanwhile_is_told_too(desk, person, system):
    assert save(desk, f"/admin/person/{person}", "department", "国际部", 1)[0] == 200
    status, told = save(desk, f"/admin/person/{person}", "title", "经理", 1)
    assert (status, told) == (409, {"said": "这条记录刚被他人修改过，这一项没有变；请再次保存", "version": 2})
    assert save(desk, f"/admin/person/{person}", "title", "采购总监", "x")[0] == 409
    assert stored(system, Person, person, "title") == "经理"


def test_a_row_that_may_not_be_edited_now_says_why(desk, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=PENDING)
        gone = factories.person(session, unit, review_status=PersonStatus.rejected).id
    status, told = save(desk, f"/admin/person/{gone}", "title", "总监", 1)
    assert (status, told["said"]) == (422, "审核不通过的人员不能修改")


def test_foreign_rows_and_rows_that_never_were_are_not_there(desk, system, world):
    with system() as session:
        foreign = factories.unit(session, world.edition, world.other_sub).id
    for number in (foreign, 999_999):
        assert desk.client.get(f"/admin/unit/{number}/cell?key=remark").status_code == 404
        assert desk.post(f"/admin/unit/{number}/cell", key="remark", remark="x", version="1").status == 404
    assert stored(system, Unit, foreign, "remark") is None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_columns_that_a_form_may_write_at_any_time_are_cells_to_edit(desk, person, units, system):
    closed = {
        ("person", person): set(columns_of(Person)) - {
            "name", "name_en", "sex", "birth_date", "nationality", "id_type", "id_expiry", "department", "title", "period",
            "cert_mode", "old_card_no", "old_edition", "get_method", "recv_name", "recv_region", "recv_address", "recv_postcode",
        },
        ("unit", units[0]): set(columns_of(Unit)) - {
            "name", "origin", "category", "overseas_reg_no", "name_en", "licence_type", "legal_rep", "reg_capital",
            "import_usd", "industry", "city", "region_code", "address", "postcode", "contact_name", "contact_phone",
            "referral_code", "is_returning", "group_pay_enabled", "remark",
        },
    }  # fmt: skip
    for (noun, number), keys in closed.items():
        for key in sorted(keys):
            assert desk.client.get(f"/admin/{noun}/{number}/cell?key={key}").status_code == 404, key
            sent = {"key": key, "version": "1", key: BY_KEY.get(key, "1")}
            assert desk.post(f"/admin/{noun}/{number}/cell", **sent).status == 404, key
    assert stored(system, Unit, units[0], "row_version") == 1
    assert stored(system, Person, person, "row_version") == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_cell_is_open_that_no_form_would_take(session, world):
    for account in world.accounts.values():
        actor = actor_for(session, account)
        for screen in SCREENS:
            opened = [column for column in columns_of(screen.model).values() if may_edit(actor, screen, column)]
            assert [column.key for column in opened if not editable(actor, column, creating=False)] == []
            assert [c.key for c in opened if c.state or c.once or c.machine or c.sensitivity or c.links] == []


def test_who_may_not_edit_is_refused_and_sees_no_mark(app, person, world):
    client = app.test_client()
    auditor = Desk(client, lambda one: log_in(client, one.username, factories.PASSWORD), world.accounts[Role.auditor])
    assert auditor.client.get(f"/admin/person/{person}/cell?key=title").status_code == 403
    assert auditor.post(f"/admin/person/{person}/cell", key="title", title="x", version="1").status == 403
    assert "data-edit" not in auditor.get("/admin/person/").response.text


def test_the_list_marks_the_headings_whose_cells_may_be_edited(desk, person):
    heads = re.findall(r'<th scope="col" data-key="(\w+)" data-edit', desk.get("/admin/person/").response.text)
    assert (heads, person > 0) == (["name", "title"], True)
