"""Templates to fill in, and people's own workbooks given back."""

import io
import zipfile

import openpyxl
import pytest
from openpyxl.styles import PatternFill

from exchange import template_book
from exchange.reading import Kind, SheetError, read_sheet
from exchange.template_book import TemplateColumn, annotate_workbook, build_template

COLUMNS = [
    TemplateColumn("统一社会信用代码", required=True, help="18 位，营业执照上的代码", width=24),
    TemplateColumn("VIP额度", required=True, integer=(0, 999)),
    TemplateColumn("展区", choices=[f"第{number}展区" for number in range(1, 101)]),
    TemplateColumn("备注"),
]
ROWS = [["913506003698515933", 6, "第1展区", "=1+1"], ["007", None, None, "#N/A"]]
RESULTS = {2: ("已导入", ""), 3: ("未导入", "A3：代码应为 18 位")}


def template(**options):
    return build_template(COLUMNS, "quota", "1", ["每个单位一行。", "=不是公式"], "额度", **options)


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def shown(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


class TestTemplate:
    def test_sheets_and_what_is_hidden(self):
        book = opened(template())
        assert [(sheet.title, sheet.sheet_state) for sheet in book] == [
            ("额度", "visible"), ("填写说明", "visible"), ("_choices", "hidden"), ("_meta", "hidden"),
        ]  # fmt: skip
        assert book.active.title == "额度"

    def test_the_heading(self):
        sheet = opened(template())["额度"]
        assert shown(sheet) == [["统一社会信用代码*", "VIP额度*", "展区", "备注"]]
        assert [cell.font.b for cell in sheet[1]] == [True] * 4
        assert sheet["A1"].comment.text == "18 位，营业执照上的代码"
        assert sheet["D1"].comment is None
        assert sheet.freeze_panes == "A2"

    def test_columns_are_text_but_those_of_numbers(self):
        dimensions = opened(template())["额度"].column_dimensions
        assert [(dimensions[letter].number_format, dimensions[letter].width) for letter in "ABCD"] == [
            ("@", 24), ("0", 16), ("@", 16), ("@", 16),
        ]  # fmt: skip

    def test_drop_downs_point_to_a_hidden_range_and_numbers_are_checked(self):
        book = opened(template(rows=ROWS, blank_rows=100))
        assert [
            (each.type, each.formula1, each.formula2, str(each.sqref), each.showErrorMessage)
            for each in book["额度"].data_validations.dataValidation
        ] == [("whole", "0", "999", "B2:B103", True), ("list", "choices_C", None, "C2:C103", True)]
        assert book.defined_names["choices_C"].attr_text == "'_choices'!$C$1:$C$100"
        assert [cell.value for cell in book["_choices"]["C"]] == [f"第{number}展区" for number in range(1, 101)]

    def test_instructions_tell_each_column(self):
        assert shown(opened(template())["填写说明"]) == [
            ["每个单位一行。", None, None, None],
            ["=不是公式", None, None, None],
            [None, None, None, None],
            ["列名", "是否必填", "填写内容", "说明"],
            ["统一社会信用代码", "必填", "文本", "18 位，营业执照上的代码"],
            ["VIP额度", "必填", "0 至 999 的整数", None],
            ["展区", "选填", "从下拉列表中选择", None],
            ["备注", "选填", "文本", None],
        ]

    def test_rows_given_are_read_back_with_the_version(self):
        read = read_sheet(template(rows=ROWS), "额度.xlsx")
        assert read.meta == {"template": "quota", "version": "1"}
        assert [[(cell.value, cell.kind) for cell in row.cells] for row in read.rows] == [
            [("913506003698515933", Kind.TEXT), (6, Kind.NUMBER), ("第1展区", Kind.TEXT), ("=1+1", Kind.TEXT)],
            [("007", Kind.TEXT), (None, Kind.EMPTY), (None, Kind.EMPTY), ("#N/A", Kind.TEXT)],
        ]

    def test_an_empty_template_has_no_rows(self):
        assert len(read_sheet(template(), "额度.xlsx").rows) == 0

    def test_a_row_of_another_length_is_a_mistake_of_the_caller(self):
        with pytest.raises(ValueError, match="zip"):
            template(rows=[["x"]])


class TestAnnotation:
    def test_the_workbook_stays_as_it_is_but_for_two_columns(self):
        book = opened(template(rows=ROWS))
        book["额度"]["D2"].fill = PatternFill("solid", fgColor="FF00FF00")
        book["额度"]["E9"] = "=SUM(B2:B3)"
        buffer = io.BytesIO()
        book.save(buffer)
        annotated = opened(annotate_workbook(buffer.getvalue(), "额度.xlsx", RESULTS))
        sheet = annotated["额度"]
        assert [[sheet.cell(row, column).value for column in range(1, 8)] for row in (1, 2, 3)] == [
            ["统一社会信用代码*", "VIP额度*", "展区", "备注", "处理结果", "错误说明", None],
            ["913506003698515933", 6, "第1展区", "=1+1", "已导入", None, None],
            ["007", None, None, "#N/A", "未导入", "A3：代码应为 18 位", None],
        ]
        assert sheet["D2"].fill.fgColor.rgb == "FF00FF00"
        assert annotated.sheetnames == ["额度", "填写说明", "_choices", "_meta"]
        assert len(sheet.data_validations.dataValidation) == 2

    def test_refused_rows_are_coloured(self):
        sheet = opened(annotate_workbook(template(rows=ROWS), "a.xlsx", RESULTS))["额度"]
        assert [(str(each.sqref), [rule.formula for rule in each.rules]) for each in sheet.conditional_formatting] == [
            ("A2:F3", [["LEN(TRIM($F2))>0"]]),
        ]

    def test_the_second_round_uses_the_same_columns(self):
        first = annotate_workbook(template(rows=ROWS), "a.xlsx", RESULTS)
        second = opened(annotate_workbook(first, "a.xlsx", {3: ("已导入", "")}))["额度"]
        assert [cell.value for cell in second[1]][4:] == ["处理结果", "错误说明"]
        assert [[cell.value for cell in row[4:]] for row in second.iter_rows(min_row=2)] == [
            [None, None],
            ["已导入", None],
        ]
        assert len(second.conditional_formatting) == 1

    def test_a_reason_is_text_whatever_it_starts_with(self):
        data = annotate_workbook(template(rows=ROWS), "a.xlsx", {2: ("未导入", "=1+1\x00")})
        cell = opened(data)["额度"]["F2"]
        assert (cell.value, cell.data_type) == ("=1+1�", "s")

    def test_a_csv_comes_back_as_a_workbook(self):
        data = annotate_workbook(
            "代码,数\r\n913506003698515933,6\r\n\r\nx,7\r\n".encode("gb18030"), "a.csv", {4: ("未导入", "代码不对")}
        )
        assert shown(opened(data)["数据"]) == [
            ["代码", "数", "处理结果", "错误说明"],
            ["913506003698515933", "6", None, None],
            ["x", "7", "未导入", "代码不对"],
        ]

    def test_a_very_large_workbook_comes_back_plain(self, monkeypatch):
        first = annotate_workbook(template(rows=ROWS), "a.xlsx", RESULTS)
        monkeypatch.setattr(template_book, "KEPT_CELLS", 1)
        book = opened(annotate_workbook(first, "a.xlsx", {3: ("未导入", "仍不对")}))
        assert shown(book["数据"]) == [
            ["统一社会信用代码*", "VIP额度*", "展区", "备注", "处理结果", "错误说明"],
            ["913506003698515933", 6, "第1展区", "=1+1", None, None],
            ["007", None, None, "#N/A", "未导入", "仍不对"],
        ]

    def test_a_workbook_that_openpyxl_cannot_handle_comes_back_plain(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(template(rows=ROWS))) as old, zipfile.ZipFile(buffer, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                new.writestr(name, content.replace(b'operator="between"', b'operator="nonsense"'))
        book = opened(annotate_workbook(buffer.getvalue(), "a.xlsx", RESULTS))
        assert book.sheetnames == ["数据"]
        assert [cell.value for cell in book["数据"]["E"]] == ["处理结果", "已导入", "未导入"]

    def test_what_cannot_be_read_is_refused(self):
        with pytest.raises(SheetError, match="文件已损坏"):
            annotate_workbook(b"PK\x03\x04", "a.xlsx", {})
