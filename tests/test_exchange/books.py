"""Workbooks made part by part, for what no honest writer would write."""

import io
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DATES = f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
SHEET = "xl/worksheets/sheet1.xml"


def sheet(rows="", before="", after=""):
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def text(reference, value):
    return f'<c r="{reference}" t="inlineStr"><is><t>{value}</t></is></c>'


HEADING = f'<row r="1">{text("A1", "代码")}{text("B1", "数")}</row>'
DATA = f'{HEADING}<row r="2">{text("A2", "x")}<c r="B2"><v>6</v></c></row>'


def parts(content=None, titles=("数据",)):
    """The parts of a small workbook whose sheets all hold the same; replace or add some before `zipped`."""
    listed = "".join(f'<sheet name="{title}" sheetId="{n}" r:id="r{n}"/>' for n, title in enumerate(titles, 1))
    related = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(titles) + 1)
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>',
        "xl/styles.xml": DATES,
        **{f"xl/worksheets/sheet{n}.xml": content or sheet(DATA) for n in range(1, len(titles) + 1)},
    }


def zipped(contents):
    """An archive of (name, content) pairs or a mapping of them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items() if isinstance(contents, dict) else contents:
            archive.writestr(name, content)
    return buffer.getvalue()


def book(rows=DATA, **around):
    return zipped(parts(sheet(rows, **around)))


def book_with(**others):
    """A good workbook with parts replaced or added; names by keyword, "/" and "." written as "__" and "_dot_"."""
    renamed = {name.replace("__", "/").replace("_dot_", "."): content for name, content in others.items()}
    return zipped(parts() | renamed)
