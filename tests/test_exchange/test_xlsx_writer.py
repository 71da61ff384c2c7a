"""Streamed workbooks: what is written is what openpyxl and calamine read."""

import io
import tracemalloc
import zipfile
from datetime import UTC, date, datetime, time
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from exchange import xlsx_writer
from exchange.cells import SHUT, HeaderCell, Look, column_letters, legal_text, yes_no
from exchange.xlsx_parts import Check, Form, SideSheet
from exchange.xlsx_writer import CUT_MARK, stream_xlsx


def written(header, rows, **options):
    return b"".join(stream_xlsx([HeaderCell(title) for title in header], rows, **options))


def by_calamine(data, sheet="数据"):
    book = CalamineWorkbook.from_object(io.BytesIO(data))
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def by_openpyxl(data):
    sheet = openpyxl.load_workbook(io.BytesIO(data))["数据"]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def one_cell(value):
    return by_calamine(written(["值"], [[value]]))[1][0]


def test_header_and_values_of_every_kind():
    rows = [
        [
            "913506003698515933",
            6,
            2.5,
            Decimal("99.90"),
            True,
            date(2026, 11, 5),
            datetime.fromisoformat("2026-11-05 09:30:00"),
            None,
        ],
        [
            "91350211MA2XY8QW4H",
            -6,
            -0.5,
            Decimal(-1),
            False,
            date(2026, 11, 6),
            datetime(2026, 11, 5, 1, 30, tzinfo=UTC),
            "备",
        ],
    ]
    data = written(["代码", "整数", "小数", "金额", "是否", "日期", "时刻", "备注"], rows)
    expected = [
        ["代码", "整数", "小数", "金额", "是否", "日期", "时刻", "备注"],
        [
            "913506003698515933",
            6,
            2.5,
            99.9,
            "是",
            datetime.fromisoformat("2026-11-05 00:00:00"),
            datetime.fromisoformat("2026-11-05 09:30:00"),
            None,
        ],
        [
            "91350211MA2XY8QW4H",
            -6,
            -0.5,
            -1,
            "否",
            datetime.fromisoformat("2026-11-06 00:00:00"),
            datetime.fromisoformat("2026-11-05 09:30:00"),
            "备",
        ],
    ]
    assert by_openpyxl(data) == expected
    assert [cell.number_format for cell in openpyxl.load_workbook(io.BytesIO(data))["数据"][2]] == [
        "@", "General", "General", "General", "@", "yyyy\\-mm\\-dd", "yyyy\\-mm\\-dd\\ hh:mm:ss", "General",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["=1+1", "@SUM(A1)", "+8613800001111", "-", "'=x", "#N/A", "TRUE", "007", "http://a.cn"]
)
def test_text_is_a_text_cell_whatever_it_starts_with(text):
    data = written(["值"], [[text], [text + "\t"]])
    cells = [row[0] for row in openpyxl.load_workbook(io.BytesIO(data))["数据"].iter_rows(min_row=2)]
    assert [(cell.value, cell.data_type, cell.number_format) for cell in cells] == [
        (text, "s", "@"),
        (text + "\t", "s", "@"),
    ]
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (913506003698515933, "913506003698515933"),
        (10**15 - 1, 10**15 - 1),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (Decimal("NaN"), "NaN"),
        (date(1899, 1, 1), "1899-01-01"),
        (datetime.fromisoformat("1899-01-01 08:05:06.000007"), "1899-01-01 08:05:06"),
        (time(9, 30), "09:30:00"),
        ("  空格\u3000", "  空格\u3000"),
        ("一\r\n二\t三", "一\r\n二\t三"),
        ("_x0041_", "_x0041_"),
        ("a\x00b\x1f\ud800\uffff", "a�b���"),
        ("<b>&amp;", "<b>&amp;"),
    ],
)
def test_values_that_need_care(value, read):
    assert one_cell(value) == read


@pytest.mark.parametrize("text", ["长" * 32_767, "𠮷" * 16_383])
def test_the_longest_text_a_cell_holds_is_whole(text):
    assert one_cell(text) == text


@pytest.mark.parametrize("text", ["长" * 32_768, "𠮷" * 16_384])
def test_a_longer_text_is_cut_and_says_so(text):
    read = one_cell(text)
    assert read.endswith(CUT_MARK)
    assert text.startswith(read.removesuffix(CUT_MARK))
    assert len(read.encode("utf-16-le")) // 2 in {32_766, 32_767}


@given(st.lists(st.tuples(st.text(st.characters(codec=None)), st.none() | st.text(), st.integers() | st.booleans())))
def test_any_text_comes_back(rows):
    header = ["甲", "乙", "丙"]
    read = by_calamine(written(header, [("x", "x", "x"), *rows]))[2:]
    for ours, (first, second, third) in zip(read, rows, strict=False):
        shown = yes_no(value=third) if isinstance(third, bool) else third if abs(third) < 10**15 else str(third)
        assert ours == [legal_text(first), legal_text(second or ""), shown]


def test_the_heading_is_frozen_bold_and_as_wide_as_asked():
    data = b"".join(stream_xlsx([HeaderCell("代码", width=22), HeaderCell("数", width=8, text=False)], [["1", 1]]))
    sheet = openpyxl.load_workbook(io.BytesIO(data))["数据"]
    assert sheet.freeze_panes == "A2"
    assert [cell.font.b for cell in sheet[1]] == [True, True]
    assert [sheet.column_dimensions[letter].width for letter in "AB"] == [22, 8]
    assert [sheet.column_dimensions[letter].number_format for letter in "AB"] == ["@", "General"]


def test_the_note_is_in_the_properties_and_the_footer():
    book = openpyxl.load_workbook(io.BytesIO(written(["值"], [], note="张三 <导出> & 2026-11-05 #E1")))
    assert book.properties.description == "张三 <导出> & 2026-11-05 #E1"
    assert book["数据"].oddFooter.left.text == "张三 <导出> && 2026-11-05 #E1"


def test_rows_filled_in_the_highlighted_column_are_coloured():
    data = written(["姓名", "错误说明"], [["甲", ""], ["乙", "缺少代码"]], highlight="错误说明")
    rules = openpyxl.load_workbook(io.BytesIO(data))["数据"].conditional_formatting
    assert [(str(rule.sqref), [r.formula for r in rule.rules]) for rule in rules] == [
        ("A2:B3", [["LEN(TRIM($B2))>0"]]),
    ]


def test_no_rows_make_a_sheet_with_its_heading():
    assert by_openpyxl(written(["甲", "乙"], [])) == [["甲", "乙"]]


def test_what_does_not_fit_goes_on_in_the_next_sheet(monkeypatch):
    monkeypatch.setattr(xlsx_writer, "SHEET_ROWS", 600)
    data = written(["号"], ([number] for number in range(1200)))
    assert CalamineWorkbook.from_object(io.BytesIO(data)).sheet_names == ["数据", "数据2", "数据3"]
    sheets = [by_calamine(data, name) for name in ("数据", "数据2", "数据3")]
    assert [sheet[0] for sheet in sheets] == [["号"]] * 3
    assert [number for sheet in sheets for [number] in sheet[1:]] == list(range(1200))
    assert max(map(len, sheets)) <= 600


def test_a_sheet_ends_before_its_part_needs_zip64(monkeypatch):
    monkeypatch.setattr(xlsx_writer, "SHEET_BYTES", 20_000)
    data = written(["号"], ([number] for number in range(1000)))
    assert CalamineWorkbook.from_object(io.BytesIO(data)).sheet_names == ["数据", "数据2"]


@pytest.mark.parametrize("row", [["a"], ["a", "b", "c"]])
def test_a_row_of_another_length_is_a_mistake_of_the_caller(row):
    with pytest.raises(ValueError, match="values below 2 headings"):
        written(["甲", "乙"], [row])


def test_the_first_piece_comes_before_the_first_row_is_asked_for():
    def row(_):
        raise AssertionError("asked")

    pieces = stream_xlsx([HeaderCell("号")], map(row, [1]))
    assert next(pieces)[:4] == b"PK\x03\x04"
    with pytest.raises(AssertionError, match="asked"):
        next(pieces)


def test_a_hundred_thousand_rows_take_no_more_memory_than_a_thousand():
    def peak(count):
        rows = ([f"P{number:08}", "福州" * 6, number] for number in range(count))
        tracemalloc.start()
        for _ in stream_xlsx([HeaderCell("号"), HeaderCell("单位"), HeaderCell("数")], rows):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(30_000) < 1.5 * peak(3_000)


def test_columns_are_named_as_in_a_spreadsheet():
    assert [column_letters(index) for index in (0, 25, 26, 701, 702, 16_383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]


def form(rows):
    columns = [HeaderCell("编号", look=Look.shut, hidden=True), HeaderCell("数", text=False, look=Look.shut)]
    columns.append(HeaderCell("处理意见", look=Look.open))
    beside = [SideSheet("填写说明", [["=1+1", "二"]], (30, 10)), SideSheet("_choices", [["", "甲"]], hidden=True)]
    asked = Form(
        [Check("处理意见", "INDIRECT($A2)", "请选择", "没有<这>项")],
        1,
        lambda: (beside, {"moves_1": "'_choices'!$B$1"}),
    )
    return openpyxl.load_workbook(io.BytesIO(b"".join(stream_xlsx(columns, rows, form=asked))))


def test_a_sheet_to_fill_in_opens_only_what_is_to_be_filled_in():
    book = form([["moves_1", 7, None], ["moves_1", 8, SHUT], ["moves_1", 9, "先填"]])
    sheet = book["数据"]
    assert (sheet.protection.sheet, sheet.protection.autoFilter, sheet.protection.password) == (True, False, None)
    assert [[cell.value for cell in row] for row in sheet["A2:C4"]] == [
        ["moves_1", 7, None], ["moves_1", 8, None], ["moves_1", 9, "先填"],
    ]  # fmt: skip
    assert [[cell.protection.locked for cell in row] for row in sheet["A2:C4"]] == [
        [True, True, False], [True, True, True], [True, True, False],
    ]  # fmt: skip
    assert (sheet.column_dimensions["A"].hidden, sheet.column_dimensions["D"].protection.locked) == (True, False)
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:C4")


def test_drop_downs_and_the_sheets_beside_are_as_declared():
    book = form([["moves_1", 7, None]])
    [check] = book["数据"].data_validations.dataValidation
    assert (check.type, check.formula1, str(check.sqref), check.error) == ("list", "INDIRECT($A2)", "C2", "没有<这>项")
    assert [(sheet.title, sheet.sheet_state) for sheet in book] == [
        ("数据", "visible"), ("填写说明", "visible"), ("_choices", "hidden"),
    ]  # fmt: skip
    assert book.defined_names["moves_1"].attr_text == "'_choices'!$B$1"
    assert (book["填写说明"]["A1"].value, book["填写说明"]["A1"].data_type) == ("=1+1", "s")
