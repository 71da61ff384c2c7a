"""Generated rows: what a cell shows, that nothing typed by people becomes markup, and the buttons of a row."""

from urllib.parse import urlencode

import pytest

from models import PersonStatus, Role, UnitStatus
from tests import factories
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import Desk

pytestmark = on_sqlite
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{ 7*7 }}",
    "</template><b>",
)


@pytest.fixture
def office(client, login, world):
    return Desk(client, login, world.accounts[Role.secretariat])


def test_cells_are_masked_named_labelled_and_told_in_shanghai_time(office, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub)
        number = factories.resident_id(7)
        factories.person(session, unit, name="李四", id_no=number, mobile="13812345678", title=None,
                         created_at=factories.NOW.replace(2024, 9, 1, 17, 5), review_status=PersonStatus.approved)  # fmt: skip
        masked = f"{number[:3]}***********{number[-4:]}"
    page = office.get("/admin/person/")
    row = dict(zip(page.cells[0], page.rows[0], strict=True))
    shown = {
        "姓名": "李四",
        "审核状态": "审核通过",
        "人员标签": "专业观众",
        "缴费状态": "待确认",
        "证件号码": masked,
        "职务": "—",
    }
    shown |= {"手机号码": "138****5678", "登记时间": "2024-09-02 01:05", "单位": unit.name, "交易团/分团": "福州分团"}
    assert {heading: row[heading] for heading in shown} == shown


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_people_type_stays_text_on_every_page(office, system, world, payload):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, name=payload, city=payload[:30], opinion=payload)
        factories.person(session, unit, name=payload, title=payload)
    addresses = ("", f"{unit.id}", f"{unit.id}/edit", f"?{urlencode({'name.contains': payload})}")
    for page in [office.get(f"/admin/unit/{address}") for address in addresses] + [office.get("/admin/person/")]:
        assert page.status == 200
        assert payload in page.words or payload in page.fields.values()
        assert payload not in page.response.text or "<" not in payload


def test_the_first_open_move_is_a_button_and_a_dangerous_one_never(office, system, world):
    with system() as session:
        waiting = factories.unit(session, world.edition, world.province, review_status=UnitStatus.pending_first).id
        returned = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.rejected).id
    text = office.get("/admin/unit/").response.text
    assert f"value=pass_first_review:{waiting}>初审通过并提报" in text
    assert f"value=reopen:{returned}>恢复资格" in text
    assert f"value=delete:{returned}" not in text


def test_rows_in_the_same_state_share_one_menu_with_the_reasons_of_what_is_closed(office, system, world):
    with system() as session:
        for _ in range(3):
            factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first)
    text = office.get("/admin/unit/").response.text
    assert text.count("<template id=") == 1
    assert text.count("data-menu=m0") == 3
    assert 'data-reason="非本级直属单位：由其所在分团办理">初审通过并提报</span>' in text


def test_a_role_without_moves_gets_neither_boxes_nor_buttons(client, login, system, world):
    with system() as session:
        factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first)
    text = Desk(client, login, world.accounts[Role.auditor]).get("/admin/unit/").response.text
    assert "name=rowid" not in text
    assert "name=one" not in text


def test_the_trail_is_told_in_words(office, system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub)
    office.post(f"/admin/unit/{unit.id}/edit", row_version="1", remark="补充材料")
    row = office.get("/admin/audit/").rows[0]
    assert row[2:8] == [row[2], "省团秘书处", "编辑", "单位", unit.ref, "备注：补充材料"]


def test_english_headings_and_words_come_from_the_declarations(office, system, world):
    with system() as session:
        factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first)
    office.post("/language/en")
    page = office.get("/admin/unit/")
    row = dict(zip(page.cells[0], page.rows[0], strict=True))
    assert (row["Review status"], row["City"]) == ("Pending first review", "福州市")
