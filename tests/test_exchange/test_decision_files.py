"""What people and their programs do to a decision workbook: whatever it is, only what the dry run named is done."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, select

from exchange import decision_import, importing, read_child, reading
from models import Delegation, Edition, Role, Unit, UnitStatus
from tests import factories
from tests.conftest import on_sqlite
from tests.test_exchange.decision_tables import counts, exported, imported, plan
from tests.test_exchange.test_hostile_files import HOSTILE
from tests.test_workflow import _cast
from workflow.actors import acting
from workflow.sessions import placing, writing_sets

pytestmark = on_sqlite
S = UnitStatus
SAVED = Path(__file__).with_name("saved_by_libreoffice.xlsx")
"""Exported from made-up rows; filled in, turned upside down, one row removed, one column added; saved by LibreOffice Calc 7.4."""
MANY = 5_000


@pytest.fixture
def in_place(monkeypatch):
    """Read without a process of its own: what that is for is shown by ``test_hostile_files``."""
    monkeypatch.setattr(reading, "_in_child", read_child.parse)


@pytest.fixture
def clerk(session, world):
    return _cast.actors(session, world)[Role.sub_delegation]


def as_csv(rows):
    """Save rows (the headings first) as a spreadsheet program does."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def rows_of(data):
    sheet = reading.read_sheet(data, "单位.xlsx")
    return [sheet.header, *([cell.text for cell in row.cells] for row in sheet.rows)]


@pytest.mark.usefixtures("in_place")
def test_a_save_by_libreoffice_keeps_everything_that_matters(session, world, clerk):
    session.get_one(Edition, world.edition.id).code = "E8"
    session.get_one(Delegation, world.sub.id).code = "FZ"
    states = dict.fromkeys(("CALCSAVED2", "CALCSAVED3", "CALCSAVED4"), S.pending_first) | {"CALCSAVED5": S.draft}
    for ref, state in states.items():
        factories.unit(session, world.edition, world.sub, review_status=state, ref=ref)
    session.commit()
    data = SAVED.read_bytes()
    assert counts(plan(session, clerk, "unit", data)) == {"will": 2, "blank": 1}
    imported(session, clerk, "unit", data)
    assert dict(session.execute(select(Unit.ref, Unit.review_status)).all()) == {
        "CALCSAVED2": S.pending_second, "CALCSAVED3": S.pending_first, "CALCSAVED4": S.returned, "CALCSAVED5": S.draft,
    }  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["bomb by ratio", "a cell at the far corner", "entities", "macros", "truncated", "zero bytes"]
)
def test_a_hostile_file_is_refused_in_words(session, clerk, kind):
    filename, make, said = HOSTILE[kind]
    with pytest.raises(reading.SheetError, match=said):
        plan(session, clerk, "unit", make(), filename=filename)


CELLS = st.sampled_from(
    ["", "初审通过并提报", "退回修改", "审核不通过", "复审通过", "删除", "执照照片不清晰，请重传", "短", "=1+1", "9", "1", "福州市分团"]
)  # fmt: skip
EDITS = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(["处理意见", "意见", "处理意见", "意见", "接收方", "行编号", "行版本", "单位名称"]), CELLS),
    max_size=12,
)  # fmt: skip


@pytest.fixture
def exported_rows(session, world, clerk):
    kinds = (S.pending_first, S.pending_first, S.pending_second, S.draft, S.returned, S.pending_first)
    for state in kinds:
        factories.unit(session, world.edition, world.sub, review_status=state)
    session.commit()
    return rows_of(exported(session, clerk, Unit))


@pytest.mark.usefixtures("in_place")
def test_no_edit_whatsoever_changes_a_row_that_the_dry_run_did_not_name(session, clerk, exported_rows):
    head, *body = exported_rows

    @settings(max_examples=25)
    @given(edits=EDITS, order=st.permutations(range(6)), copied=st.integers(0, 6), left_out=st.integers(0, 6))
    def holds(edits, order, copied, left_out):
        rows = [list(row) for row in body]
        for number, title, value in edits:
            rows[number - 1][head.index(title)] = value
        rows = [row for number, row in enumerate(rows) if number != left_out]
        rows += [list(rows[copied])] if copied < len(rows) else []
        planned = plan(session, clerk, "unit", as_csv([head, *rows]), filename="a.csv")
        turned = [rows[place] for place in order if place < len(rows)] + rows[len(order) :]
        assert plan(session, clerk, "unit", as_csv([head, *turned]), filename="a.csv").digest == planned.digest
        named = {each.line.ref for each in planned.plan.rows if each.fate.value == "WILL"}
        before = facts(session)
        with acting(session, clerk):
            job = importing.keep(session, clerk, "unit", planned)
            decision_import.commit(session, clerk, "unit", job.ref, "good")
        after = facts(session)
        assert {ref for ref in before if before[ref] != after[ref]} == named
        session.rollback()

    holds()


def facts(session):
    rows = session.execute(select(Unit.ref, Unit.review_status, Unit.opinion, Unit.delegation_id, Unit.row_version))
    return {row.ref: tuple(row) for row in rows}


def plant(session, world, many):
    values = {
        "edition_id": world.edition.id, **factories.place(world.sub), "category": "ENTERPRISE", "city": "福州市",
        "address": "五四路1号", "contact_name": "李四", "referral_code": world.sub.referral_code, "review_status": S.pending_first,
    }  # fmt: skip
    with placing(), writing_sets(session):
        session.execute(
            insert(Unit), [{**values, "name": f"第{n}号公司", "uscc": factories.uscc()} for n in range(many)]
        )
    session.commit()


def round_trip(session, clerk):
    """Export, decide on every row, look, say yes; return how many rows were done and how many statements it took."""
    told = []

    def listen(*arguments):
        told.append(arguments[2])

    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", listen)
    try:
        head, *rows = rows_of(exported(session, clerk, Unit, Unit.review_status == S.pending_first))
        for number, row in enumerate(rows):
            row[head.index("处理意见")] = ("初审通过并提报", "退回修改")[number % 2]
            row[head.index("意见")] = ("", f"第{number}条须补充材料")[number % 2]
        done = imported(session, clerk, "unit", as_csv([head, *rows]), filename="单位.csv")
    finally:
        event.remove(bind, "before_cursor_execute", listen)
    return done.counts["will"], len(told)


@pytest.mark.usefixtures("in_place")
def test_five_thousand_rows_take_as_many_statements_as_two(session, world, clerk):
    plant(session, world, 2)
    few, statements = round_trip(session, clerk)
    plant(session, world, MANY)
    assert (few, round_trip(session, clerk)) == (2, (MANY, statements))
