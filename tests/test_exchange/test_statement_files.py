"""A statement as workbook and PDF: head, lines, totals in figures and capitals (DOMAIN §5.5)."""

import io
import re

import openpyxl
import pytest
from sqlalchemy import select

from exchange import drawing, statement_book, statement_pdf
from models import PersonStatus, Role, Statement, UnitStatus
from tests.conftest import on_sqlite
from tests.test_workflow import _cast
from workflow.actors import acting


@pytest.fixture
def stated(session, world):
    """Return a function that lets a node stand in for persons, and makes its statement, issued or a draft."""

    def made(count: int, *, issue: bool = True, **values) -> statement_book.Book:
        unit = _cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved, **values)
        people = [_cast.committed(session, unit, PersonStatus.pending_review) for _ in range(count)]
        bill = _cast.statement(session, world.sub, world.edition.id)
        session.commit()
        finance = _cast.actors(session, world)[Role.finance]
        if issue:
            _cast.done(session, finance, "statement", "issue", bill.id)
        _cast.put(people[0], name="改名后的人")
        session.commit()
        with acting(session, finance):
            row = session.scalars(select(Statement).execution_options(populate_existing=True)).one()
            return statement_book.book(session, row)

    return made


def sheet_of(book):
    data = b"".join(statement_book.xlsx(book))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    return sheet, [[cell.value for cell in row] for row in sheet.iter_rows()]


@on_sqlite
def test_the_workbook_has_the_head_the_columns_the_lines_and_both_totals(stated, world):
    book = stated(3, name="福建一二三贸易有限公司")
    sheet, rows = sheet_of(book)
    heading = next(number for number, row in enumerate(rows) if row[0] == "序号")
    head = {row[0]: row[2] for row in rows[1:heading]}

    assert rows[0][0] == "统付对账单"
    assert head["付款单位"] == world.sub.name
    assert (head["统付额度（元）"], head["已确认金额（元）"], head["剩余额度（元）"]) == (
        "10,000.00",
        "600.00",
        "9,400.00",
    )
    assert head["期次"] == "第1期"
    assert rows[heading] == [title for title, _width, _mm in statement_book.COLUMNS]
    lines = rows[heading + 1 : heading + 4]
    assert [(row[0], row[2], row[5], row[10], row[11], row[12], row[16]) for row in lines] == [
        (number, "福建一二三贸易有限公司", "王五", 200, 1, 200, "确认") for number in (1, 2, 3)
    ]
    assert all("*" in row[6] and len(row[6]) == 18 for row in lines)
    assert (rows[-2][0], rows[-2][11], rows[-2][12]) == ("合计（小写）", 3, 600)
    assert (rows[-1][0], rows[-1][2]) == ("合计（大写）", "人民币陆佰元整")
    assert sheet.freeze_panes == f"A{heading + 2}"


@on_sqlite
def test_a_draft_is_the_ledger_as_it_is_and_an_issued_one_as_it_was(stated):
    assert {row[5] for row in stated(2).rows} == {"王五"}


@on_sqlite
def test_a_draft_says_so_and_follows_the_ledger(stated):
    book = stated(2, issue=False)

    assert dict(book.head)["期次"] == "预览（未出具，内容随台账变化）"
    assert [row[5] for row in book.rows] == ["改名后的人", "王五"]
    assert book.total == 40000


@on_sqlite
def test_a_formula_in_a_name_stays_text(stated):
    sheet, _rows = sheet_of(stated(1, name="=HYPERLINK(1)公司"))
    found = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=HYPERLINK")]

    assert [cell.data_type for cell in found] == ["s"]


@on_sqlite
def test_the_pdf_tells_the_same_over_as_many_pages_as_it_takes(stated, monkeypatch):
    book, told = stated(49, name="名称特别特别特别特别长的福建省对外贸易与经济技术合作股份有限公司𠮷"), []
    written = drawing.write

    def noted(canvas, text, *rest, **more):
        told.append(text)
        written(canvas, text, *rest, **more)

    monkeypatch.setattr(statement_pdf, "write", noted)
    pages = len(re.findall(rb"/Type /Page\b", statement_pdf.pdf(book)))

    assert pages >= 2
    assert told.count("交易团/分团") in (pages, pages - 1)  # the totals may need a page of their own
    assert told.count("王五") == 49
    assert {"合计（小写）：9,800.00 元（49 笔）", "合计（大写）：人民币玖仟捌佰元整"} <= set(told)
    assert "?" in "".join(told)  # a character that the font lacks is marked, never an empty box
    assert "𠮷" not in "".join(told)


def test_a_negative_total_reads_so():
    book = statement_book.Book("统付对账单", "x", (("付款单位", "甲"),), (), -1, -20000)

    assert book.in_capitals == "人民币负贰佰元整"
    assert statement_pdf.pdf(book).startswith(b"%PDF")
