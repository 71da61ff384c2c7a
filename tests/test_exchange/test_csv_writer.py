"""Streamed CSV: guarded against formulas, and read back exactly."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.cells import HeaderCell
from exchange.csv_writer import neutralised, stream_csv, undo_neutralised
from exchange.reading import read_sheet

ENCODABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
# Texts made of what the rule looks at are rare among random ones.
TRICKY = st.text(st.sampled_from("'=@+-＝＠＋－\t\r\n \u00a0\"0159.,;()%eA单"), max_size=8)


def written(header, rows):
    return b"".join(stream_csv([HeaderCell(title) for title in header], rows))


@pytest.mark.parametrize(
    "text",
    [
        "+8613800001111", "+86 138-0000-1111", "+86 (591) 8780 0000", "-", "－", " - ", "-3", "-3.50", "+5", "-1,234.5",
        "-12%", "", "'", "'-", "福州=厦门", "a@b.cn", "3-4", "'单位'", "1\t2", "913506003698515933",
    ],
)  # fmt: skip
def test_what_is_no_formula_stays_as_it_is(text):
    assert neutralised(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "@SUM(A1)", "\t=1", "\tx", "\rx", "\nx", " =1", "\u00a0=1", "＝1", "＠x", "+cmd|' /C calc'!A0", "-2+3", "+A1",
        "-A1", "+", "--", "-1-1", "'=1", "''=1", "'@x", "+8613800001111=1", "-3\n=1", "+86x", "= ", "=",
    ],
)  # fmt: skip
def test_what_could_be_a_formula_gets_an_apostrophe(text):
    assert neutralised(text) == f"'{text}"


@given(ENCODABLE | TRICKY)
def test_the_guard_is_undone_exactly(text):
    assert undo_neutralised(neutralised(text)) == text


@given(TRICKY)
def test_a_guarded_text_is_never_a_formula(text):
    assert neutralised(text).strip()[:1] not in {"=", "@", "＝", "＠"}


@given(st.lists(st.tuples(ENCODABLE | TRICKY, ENCODABLE | TRICKY | st.none()), max_size=12), TRICKY)
def test_any_text_comes_back_from_a_file(rows, title):
    sheet = read_sheet(written([f"号{title}", "甲", "乙"], [("x", *row) for row in rows]), "a.csv")
    assert sheet.header == [f"号{title}".strip(), "甲", "乙"]
    assert [[cell.text for cell in row.cells] for row in sheet.rows] == [["x", a, b or ""] for a, b in rows]


def test_bytes_of_a_file():
    rows = [
        ["=1", 6, -2.5, Decimal("9.90"), True, date(2026, 11, 5), datetime(2026, 11, 5, 1, 30, tzinfo=UTC), None],
        [
            "福,州",
            7,
            1.0,
            Decimal(-1),
            False,
            date(2026, 11, 6),
            datetime.fromisoformat("2026-11-05 09:30:00"),
            '说"明"',
        ],
    ]
    assert written(["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛"], rows).decode() == (
        '\ufeff"甲","乙","丙","丁","戊","己","庚","辛"\r\n'
        "'=1,6,-2.5,9.90,是,2026-11-05,2026-11-05 09:30:00,\r\n"
        '"福,州",7,1.0,-1,否,2026-11-06,2026-11-05 09:30:00,"说""明"""\r\n'
    )


def test_what_no_file_can_carry_is_replaced():
    assert written(["甲"], [["a\x00b\ud800"]]).decode() == '\ufeff"甲"\r\na�b�\r\n'


def test_the_heading_comes_before_the_first_row_is_asked_for():
    def row(_):
        raise AssertionError("asked")

    pieces = stream_csv([HeaderCell("号")], map(row, [1]))
    assert next(pieces).decode() == '\ufeff"号"\r\n'
    with pytest.raises(AssertionError, match="asked"):
        next(pieces)


def test_a_long_file_comes_in_pieces():
    pieces = list(stream_csv([HeaderCell("号")], ([number] for number in range(1000))))
    assert len(pieces) == 5
    assert b"".join(pieces).decode() == '\ufeff"号"\r\n' + "".join(f"{number}\r\n" for number in range(1000))


@pytest.mark.parametrize("row", [["a"], ["a", "b", "c"]])
def test_a_row_of_another_length_is_a_mistake_of_the_caller(row):
    with pytest.raises(ValueError, match="values below 2 headings"):
        written(["甲", "乙"], [row])
