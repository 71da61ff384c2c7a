"""The fixed XML parts around the rows of a streamed workbook (ECMA-376 part 1, §12 and §18)."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from exchange.cells import HeaderCell, column_letters, legal_text

# Positions in <cellXfs> below.
GENERAL, TEXT, DATE, MOMENT, HEADING = range(5)

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_STYLES = f"""{_XML}<styleSheet xmlns="{_MAIN}">\
<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>\
<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>\
<fonts count="2"><font><sz val="11"/><name val="等线"/></font><font><b/><sz val="11"/><name val="等线"/></font></fonts>\
<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFE8EDF5"/></patternFill></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>\
<dxfs count="1"><dxf><fill><patternFill><bgColor rgb="FFFDE2E1"/></patternFill></fill></dxf></dxfs></styleSheet>"""


def sheet_path(number: int) -> str:
    """Say where the sheet counted from 1 lives in the package."""
    return f"xl/worksheets/sheet{number}.xml"


def opening(note: str) -> dict[str, str]:
    """Write the parts, by path, that can be written before the number of sheets is known."""
    described = f"<dc:description>{escape(legal_text(note))}</dc:description>"
    return {
        "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
        "</Relationships>",
        "docProps/core.xml": f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{described}</cp:coreProperties>',
        "xl/styles.xml": _STYLES,
    }


def sheet_head(header: Sequence[HeaderCell], *, selected: bool) -> str:
    """Write all of a worksheet before its first row: the frozen heading and the columns."""
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{column.width}" customWidth="1"'
        f' style="{TEXT if column.text else GENERAL}"/>'
        for number, column in enumerate(header, 1)
    )
    tab = ' tabSelected="1"' if selected else ""
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView{tab} workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>'
        f'</sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
    )


def sheet_tail(columns: int, last_row: int, note: str, highlight: int | None) -> str:
    """Write all after the last row: the colouring of rows filled in column `highlight` (from 0), the printed note."""
    colouring = ""
    if highlight is not None:
        colouring = (
            f'<conditionalFormatting sqref="A2:{column_letters(columns - 1)}{max(last_row, 2)}">'
            '<cfRule type="expression" dxfId="0" priority="1">'
            f"<formula>LEN(TRIM(${column_letters(highlight)}2))&gt;0</formula></cfRule></conditionalFormatting>"
        )
    # "&" starts a command in a printed footer, which is limited to 255 characters.
    text = escape(legal_text(note)[:120].replace("&", "&&"))
    footer = f"<headerFooter><oddFooter>&amp;L{text}</oddFooter></headerFooter>" if text else ""
    return f"</sheetData>{colouring}{footer}</worksheet>"


def closing(title: str, sheets: int) -> dict[str, str]:
    """Write the parts, by path, that name the sheets."""
    numbers = range(1, sheets + 1)
    titles = [title if number == 1 else f"{title}{number}" for number in numbers]
    listed = "".join(
        f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in zip(numbers, titles, strict=True)
    )
    related = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    typed = "".join(
        f'<Override PartName="/{sheet_path(number)}" ContentType="{_TYPE}.worksheet+xml"/>' for number in numbers
    )
    return {
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{related}'
        f'<Relationship Id="rId{sheets + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        '<Override PartName="/docProps/core.xml" ContentType='
        '"application/vnd.openxmlformats-package.core-properties+xml"/>'
        f"{typed}</Types>",
    }
