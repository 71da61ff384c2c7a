"""Uploaded tables as cells with addresses and kinds."""

import io
import subprocess
import time
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import sandbox
from exchange.cells import HeaderCell
from exchange.reading import Cell, Kind, Limits, SheetError, read_sheet
from exchange.xlsx_writer import stream_xlsx
from tests.test_exchange.books import DATA, HEADING, book, parts, sheet, text, zipped

CSV = "统一社会信用代码,单位名称,VIP额度\r\n913506003698515933,福州测试有限公司,6\r\n"
HEADER = ["统一社会信用代码", "单位名称", "VIP额度"]
VALUES = [["913506003698515933", "福州测试有限公司", "6"]]


def saved(workbook):
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def workbook(*rows):
    made = openpyxl.Workbook()
    made.active.title = "额度"
    for row in rows:
        made.active.append(row)
    return made


def values(read):
    return [[cell.value for cell in row.cells] for row in read.rows]


def cell(read, row, column):
    return next(each.cells[column] for each in read.rows if each.number == row)


class TestWorkbook:
    def test_every_kind_of_cell_with_its_address(self):
        read = read_sheet(
            saved(workbook(
                ["代码", "数", "小数", "日期", "时刻", "是否", "空", "备注"],
                ["913506003698515933", 6, 2.5, date(2026, 11, 5), datetime.fromisoformat("2026-11-05 09:30:00"), True, None, "x"],
            )),
            "额度.xlsx",
        )  # fmt: skip
        [row] = read.rows
        assert read.header == ["代码", "数", "小数", "日期", "时刻", "是否", "空", "备注"]
        assert row.number == 2
        assert [(each.value, each.kind, each.address, each.text) for each in row.cells] == [
            ("913506003698515933", Kind.TEXT, "A2", "913506003698515933"),
            (6, Kind.NUMBER, "B2", "6"),
            (2.5, Kind.NUMBER, "C2", "2.5"),
            (date(2026, 11, 5), Kind.DATE, "D2", "2026-11-05"),
            (datetime.fromisoformat("2026-11-05 09:30:00"), Kind.DATE, "E2", "2026-11-05 09:30:00"),
            (True, Kind.BOOL, "F2", "是"),
            (None, Kind.EMPTY, "G2", ""),
            ("x", Kind.TEXT, "H2", "x"),
        ]
        assert [type(each.value) for each in row.cells[1:3]] == [int, float]

    @pytest.mark.parametrize("number", [913506003698515933, 350102198503071234])
    def test_a_code_typed_as_a_number_is_known_by_its_kind(self, number):
        read = read_sheet(saved(workbook(["序号", "代码"], ["1", number])), "a.xlsx")
        assert cell(read, 2, 1).kind is Kind.NUMBER
        assert cell(read, 2, 1).address == "B2"
        assert cell(read, 2, 1).text != str(number)

    def test_a_formula_keeps_its_last_result_and_an_error_its_text(self):
        rows = (
            f'{HEADING}<row r="2"><c r="A2" t="str"><f>B2&amp;"x"</f><v>6x</v></c><c r="B2"><f>1+1</f></c></row>'
            f'<row r="3">{text("A3", "x")}<c r="B3" t="e"><v>#N/A</v></c></row>'
            '<row r="4"><c r="A4" t="str"><f>""</f><v></v></c></row>'
        )
        read = read_sheet(book(rows), "a.xlsx")
        assert [row.cells for row in read.rows] == [
            [Cell("6x", Kind.FORMULA, 2, 0), Cell(None, Kind.FORMULA, 2, 1)],
            [Cell("x", Kind.TEXT, 3, 0), Cell("#N/A", Kind.ERROR, 3, 1)],
        ]

    def test_formulas_are_found_under_a_namespace_prefix(self):
        prefixed = sheet(f'{HEADING}<row r="2"><c r="B2"><f>1+1</f><v>2</v></c></row>')
        for tag in ("worksheet", "sheetData", "row", "c", "v", "f", "is", "t"):
            prefixed = prefixed.replace(f"<{tag}", f"<x:{tag}").replace(f"</{tag}", f"</x:{tag}")
        read = read_sheet(zipped(parts(prefixed.replace("xmlns=", "xmlns:x=").replace("<x:t", "<x:t"))), "a.xlsx")
        assert cell(read, 2, 1) == Cell(2, Kind.FORMULA, 2, 1)

    def test_clock_times_are_text(self):
        rows = f'{HEADING}<row r="2">{text("A2", "x")}<c r="B2" s="1"><v>0.5</v></c></row>'
        styles = (
            '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="21"/></cellXfs></styleSheet>'
        )
        read = read_sheet(zipped(parts(sheet(rows)) | {"xl/styles.xml": styles}), "a.xlsx")
        assert cell(read, 2, 1) == Cell("12:00:00", Kind.TEXT, 2, 1)

    def test_blank_and_formatted_rows_are_skipped_and_numbers_are_those_of_the_sheet(self):
        made = workbook([], ["代码", "数"], [], ["x", 1], ["  ", ""], [None, None], ["y", 2])
        for row in range(8, 2001):
            made.active.cell(row, 1).number_format = "@"
        read = read_sheet(saved(made), "a.xlsx")
        assert read.header_row == 2
        assert len(read.rows) == 2
        assert [(row.number, row.cells[0].value) for row in read.rows] == [(4, "x"), (7, "y")]

    def test_an_empty_first_column_keeps_its_place(self):
        read = read_sheet(saved(workbook([None, "代码", "数"], [None, "x", 1])), "a.xlsx")
        assert read.header == ["", "代码", "数"]
        assert [each.address for each in next(iter(read.rows)).cells if each.value] == ["B2", "C2"]

    def test_a_title_above_the_heading_is_passed_over(self):
        read = read_sheet(saved(workbook(["第九届额度表"], [], [" 代码 ", "数"], ["x", 1])), "a.xlsx")
        assert (read.header, read.header_row, values(read)) == (["代码", "数"], 3, [["x", 1]])

    def test_data_beside_the_table_gets_an_empty_heading(self):
        read = read_sheet(saved(workbook(["代码", "数"], ["x", 1], ["y", 2, None, "注"])), "a.xlsx")
        assert read.header == ["代码", "数", "", ""]
        assert values(read) == [["x", 1, None, None], ["y", 2, None, "注"]]

    def test_the_first_visible_sheet_with_data_is_read_and_meta_from_the_hidden_one(self):
        made = openpyxl.Workbook()
        made.active.title = "填写说明"
        made.active.append(["请填写"])
        for title, state in (("_meta", "hidden"), ("隐藏", "veryHidden"), ("空表", "visible"), ("额度", "visible")):
            made.create_sheet(title).sheet_state = state
        for row in (["template", "quota"], ["version", "3"]):
            made["_meta"].append(row)
        made["隐藏"].append(["秘密"])
        made["额度"].append(["代码", "数"])
        made["额度"].append(["x", 1])
        read = read_sheet(saved(made), "a.xlsx")
        assert (read.title, read.header, read.meta) == ("额度", ["代码", "数"], {"template": "quota", "version": "3"})

    @pytest.mark.parametrize("titles", [["填写说明"], ["额度"]])
    def test_a_workbook_without_data_is_refused(self, titles):
        made = openpyxl.Workbook()
        made.active.title = titles[0]
        with pytest.raises(SheetError, match="填写后再上传"):
            read_sheet(saved(made), "a.xlsx")

    def test_content_counts_not_the_name(self):
        assert values(read_sheet(book(DATA), "额度.csv")) == [["x", 6]]

    def test_rows_can_be_gone_through_twice(self):
        read = read_sheet(book(DATA), "a.xlsx")
        assert list(read.rows) == list(read.rows)

    def test_caps_are_parameters(self):
        data = saved(workbook(["代码", "数"], ["x", 1], ["y", 2]))
        assert len(read_sheet(data, "a.xlsx", Limits(rows=2, columns=2)).rows) == 2
        with pytest.raises(SheetError, match="数据超过 1 行"):
            read_sheet(data, "a.xlsx", Limits(rows=1))
        with pytest.raises(SheetError, match="最多读取 1 列"):
            read_sheet(data, "a.xlsx", Limits(columns=1))
        with pytest.raises(SheetError, match="文件内容超过 0 MB"):
            read_sheet(data, "a.xlsx", Limits(content_bytes=5))

    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.tuples(st.text(), st.integers(-(10**14), 10**14)), min_size=1, max_size=20))
    def test_what_the_writer_writes_is_read_back(self, rows):
        data = b"".join(
            stream_xlsx([HeaderCell("键"), HeaderCell("文"), HeaderCell("数")], [("x", *row) for row in rows])
        )
        expected = [
            ["x", "".join("�" if unprintable(sign) else sign for sign in given_text) or None, number]
            for given_text, number in rows
        ]
        assert values(read_sheet(data, "a.xlsx")) == expected


def unprintable(sign):
    return (sign < " " and sign not in "\t\n\r") or sign in "\ufffe\uffff"


class TestCsv:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_encodings(self, encoding):
        read = read_sheet(CSV.encode(encoding), "额度.CSV")
        assert (read.header, values(read), read.encoding) == (HEADER, VALUES, encoding.removesuffix("-sig"))

    @pytest.mark.parametrize("delimiter", [",", "\t", ";"])
    def test_delimiters(self, delimiter):
        read = read_sheet(CSV.replace(",", delimiter).encode(), "a.txt")
        assert (read.header, values(read)) == (HEADER, VALUES)

    def test_a_delimiter_within_quotes_is_none(self):
        read = read_sheet('"a;b;c",数\n"甲;乙","1,2"\n'.encode(), "a.csv")
        assert (read.header, values(read)) == (["a;b;c", "数"], [["甲;乙", "1,2"]])

    @pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
    def test_ends_of_lines_and_blank_lines(self, end):
        read = read_sheet(end.join(["代码,数", "", "x,1", ",,", "y", ""]).encode(), "a.csv")
        assert [(row.number, [each.value for each in row.cells]) for row in read.rows] == [
            (3, ["x", "1"]),
            (5, ["y", None]),
        ]

    def test_all_cells_are_text_and_guards_are_undone(self):
        read = read_sheet('代码,文\n="913506003698515933",\'=1\n007,-\n'.encode(), "a.csv")
        assert values(read) == [["913506003698515933", "=1"], ["007", "-"]]
        assert {each.kind for row in read.rows for each in row.cells} == {Kind.TEXT}

    def test_a_large_file_is_parsed_in_a_child_with_the_same_result(self, monkeypatch):
        data = ("代码,数\r\n" + "x单位,1\r\n" * 200).encode()
        here = read_sheet(data, "a.csv")
        monkeypatch.setattr("exchange.reading.IN_PLACE_BYTES", 0)
        there = read_sheet(data, "a.csv")
        assert list(there.rows) == list(here.rows)
        assert there.header == here.header


class TestChild:
    def test_time_is_limited(self):
        start = time.monotonic()
        with pytest.raises(SheetError, match="规定时间内没有读完"):
            read_sheet(book(DATA), "a.xlsx", Limits(child_seconds=0))
        assert time.monotonic() - start < 2

    def test_memory_is_limited(self):
        with pytest.raises(SheetError, match="文件展开后过大"):
            read_sheet(book(DATA, after=f"<!--{'x' * 8_000_000}-->"), "a.xlsx", Limits(child_memory=30_000_000))

    def test_a_fault_of_ours_is_no_fault_of_the_file(self):
        with pytest.raises(RuntimeError, match="no_such_module failed in its child"):
            sandbox.run("exchange.no_such_module", [], b"", Limits())

    def test_the_child_inherits_no_secret(self, monkeypatch):
        monkeypatch.setenv("EXPO_SECRET_KEY", "secret")
        seen = {}

        def run(command, **options):
            seen.update(options["env"])
            return subprocess.CompletedProcess(command, 0, b"", b"")

        monkeypatch.setattr(subprocess, "run", run)
        sandbox.run("exchange.read_child", [], b"", Limits())
        assert seen.keys() == {"LC_ALL", "MALLOC_ARENA_MAX", "TMPDIR"}
