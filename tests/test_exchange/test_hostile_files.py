"""What strangers may send: each refused within two seconds, in words, and without filling the server's memory."""

import os
import random
import re
import warnings
from pathlib import Path

import pytest

from exchange.reading import SheetError, read_sheet
from tests.test_exchange.books import DATA, HEADING, SHEET, book, parts, sheet, text, zipped

MIB = 1024 * 1024
OLE = bytes.fromhex("D0CF11E0A1B11AE1")


def with_parts(others):
    return zipped(parts() | others)


def with_doctype(declaration, body="&a;"):
    head = f'<?xml version="1.0"?><!DOCTYPE w [{declaration}]>'
    return with_parts({SHEET: head + sheet(f'<row r="1">{text("A1", body)}</row>')})


def laughs():
    return with_doctype(
        '<!ENTITY a "' + "ha" * 50 + '">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    )


def twice():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return zipped([*parts().items(), (SHEET, sheet(HEADING))])


def lying_size():
    """The directory says one kilobyte, the stream unpacks to forty megabytes."""
    data = bytearray(book(DATA, after="<!--" + " " * (40 * MIB) + "-->"))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = [found.start() for found in re.finditer(re.escape(mark), data)][-1]
        data[at + offset : at + offset + 4] = (1024).to_bytes(4, "little")
    return bytes(data)


def flipped():
    """One byte of the packed sheet is wrong."""
    data = bytearray(book())
    data[data.rindex(SHEET.encode(), 0, data.index(b"PK\x01\x02")) + len(SHEET) + 20] ^= 0xFF
    return bytes(data)


def locked():
    data = bytearray(book())
    for found in re.finditer(b"PK\x01\x02", bytes(data)):
        data[found.start() + 8] |= 1
    return bytes(data)


def repeated_string():
    """One long text, referred to by a hundred thousand cells."""
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 100_001))
    strings = (
        f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{"长" * 30_000}</t></si></sst>'
    )
    relations = parts()["xl/_rels/workbook.xml.rels"].replace(
        "</Relationships>",
        '<Relationship Id="s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" '
        'Target="sharedStrings.xml"/></Relationships>',
    )
    return with_parts({SHEET: sheet(cells), "xl/sharedStrings.xml": strings, "xl/_rels/workbook.xml.rels": relations})


HOSTILE = {
    "bomb by ratio": ("a.xlsx", lambda: book(after="<!--" + " " * (40 * MIB) + "-->"), "压缩比超过 50 倍"),
    "bomb by size": ("a.xlsx", lambda: book(after="<!--" + " " * (70 * MIB) + "-->"), "展开后超过 64 MB"),
    "bomb with a lying size": ("a.xlsx", lying_size, "文件已损坏"),
    "one string a hundred thousand times": ("a.xlsx", repeated_string, "文件展开后过大"),
    "giant merge": ("a.xlsx", lambda: book(after='<mergeCells><mergeCell ref="A1:XFD2000"/></mergeCells>'), "合并单元格"),
    "many merges": (
        "a.xlsx",
        lambda: book(after="<mergeCells>" + '<mergeCell x="" ref="$A$1:$ZZ$99"/>' * 2000 + "</mergeCells>"),
        "合并单元格",
    ),
    "lying dimension": ("a.xlsx", lambda: book(before='<dimension ref="A1:XFD1048576"/>'), "表格的范围过大"),
    "a cell at the far corner": (
        "a.xlsx",
        lambda: book(f'{DATA}<row r="1048576">{text("XFD1048576", "x")}</row>'),
        "文件展开后过大",
    ),
    "a cell far to the right": ("a.xlsx", lambda: book(f'{HEADING}<row r="2">{text("BI2", "x")}</row>'), "用到了 BI 列"),
    "entities": ("a.xlsx", laughs, "XML 声明"),
    "outside entity": ("a.xlsx", lambda: with_doctype('<!ENTITY a SYSTEM "file:///etc/passwd">'), "XML 声明"),
    "doctype in UTF-16": (
        "a.xlsx",
        lambda: with_parts({"xl/styles.xml": '<?xml version="1.0"?><!DOCTYPE a>'.encode("utf-16")}),
        "编码不是 UTF-8",
    ),
    "doctype in another encoding": (
        "a.xlsx",
        lambda: with_parts({"xl/styles.xml": '<?xml version="1.0" encoding="UTF-7"?><a/>'}),
        "编码不是 UTF-8",
    ),
    "macros": ("a.xlsm", lambda: with_parts({"xl/vbaProject.bin": b"x"}), "文件含有宏"),
    "links to other books": ("a.xlsx", lambda: with_parts({"xl/externalLinks/externalLink1.xml": "<a/>"}), "其他工作簿"),
    "a name that climbs": ("a.xlsx", lambda: with_parts({"../../etc/cron.d/x": "x"}), "部件名不合法"),
    "an absolute name": ("a.xlsx", lambda: with_parts({"/etc/cron.d/x": "x"}), "部件名不合法"),
    "the same part twice": ("a.xlsx", twice, "重名的部件"),
    "ten thousand parts": ("a.xlsx", lambda: with_parts({f"xl/{n}.xml": "" for n in range(10_000)}), "部件超过 200 个"),
    "truncated": ("a.xlsx", lambda: book()[:-200], "文件已损坏"),
    "damaged inside": ("a.xlsx", flipped, "文件已损坏"),
    "no XML": ("a.xlsx", lambda: with_parts({"xl/workbook.xml": "x"}), "文件已损坏"),
    "random bytes as xlsx": ("a.xlsx", lambda: random.Random(1).randbytes(100_000), "内容却不是 Excel 工作簿"),
    "random bytes as csv": ("a.csv", lambda: random.Random(1).randbytes(100_000), "不是 CSV 文本"),
    "random bytes after the mark of a zip": ("a.xlsx", lambda: b"PK\x03\x04" + random.Random(1).randbytes(99_999), "文件已损坏"),
    "encrypted": ("a.xlsx", lambda: OLE + b"\0" * 999 + "EncryptedPackage".encode("utf-16-le"), "去掉打开密码"),
    "encrypted zip": ("a.xlsx", locked, "去掉打开密码"),
    "old workbook": ("a.xls", lambda: OLE + b"\0" * 999 + "Workbook".encode("utf-16-le"), "旧版 .xls"),
    "binary workbook": ("a.xlsb", lambda: zipped({"xl/workbook.bin": b"x"}), ".xlsb 或 .ods"),
    "a text document": ("a.docx", lambda: zipped({"word/document.xml": "<a/>"}), "不是 Excel 工作簿"),
    "a web page under another name": ("a.xls", lambda: b"<html><table></table></html>", "内容却不是 Excel 工作簿"),
    "a picture": ("a.png", lambda: b"\x89PNG\r\n", "只能读取 .xlsx 或 .csv"),
    "not a number": ("a.xlsx", lambda: book(f'{HEADING}<row r="2"><c r="B2"><v>NaN</v></c></row>'), "单元格 B2"),
    "beyond all numbers": ("a.xlsx", lambda: book(f'{HEADING}<row r="2"><c r="B2"><v>1e999</v></c></row>'), "单元格 B2"),
    "unclosed tags without end": ("a.xlsx", lambda: book(DATA + "<c " * MIB), "文件已损坏"),
    "too big": ("a.csv", lambda: b"a" * (20 * MIB + 1), "文件超过 20 MB"),
    "a million rows": ("a.csv", lambda: b"code,n\r\n" + b"913506003698515933,6\r\n" * 900_000, "数据超过 100000 行"),
    "1,000,001 short rows": ("a.csv", lambda: b"code,n\r\n" + b"x,6\r\n" * 1_000_001, "数据超过 100000 行"),
    "zero bytes": ("a.csv", lambda: b"code,n\r\nx\x00,6\r\n", "二进制内容"),
    "a quote that never closes": ("a.csv", lambda: b'code,n\r\n"x,6\r\n' + b"x,6\r\n" * 50_000, "双引号不成对"),
    "a row without end": ("a.csv", lambda: b"code,n\r\n" + b"x," * (4 * MIB), "最多读取 60 列"),
    "neither encoding": ("a.csv", lambda: "代码,数\r\n".encode() + b"\xff\xff\x80", "无法识别"),
    "UTF-16": ("a.csv", lambda: "代码\t数\r\n".encode("utf-16"), "UTF-16"),
    "nothing": ("a.csv", lambda: b" \r\n", "文件是空的"),
    "only commas": ("a.csv", lambda: b",,,\r\n" * 5, "没有内容"),
}  # fmt: skip


def memory_kib(field):
    [amount] = re.findall(rf"{field}:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(amount)


@pytest.mark.parametrize(("filename", "make", "said"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_quickly_and_cheaply(filename, make, said):
    data = make()
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    before, start = memory_kib("VmRSS"), sum(os.times()[:4])
    with pytest.raises(SheetError, match=said):
        read_sheet(data, filename)
    assert sum(os.times()[:4]) - start < 2  # of processor time, the child's included
    assert memory_kib("VmHWM") - before < 50 * 1024
