"""The fixed XML parts around the rows of a streamed workbook (ECMA-376 part 1, §12 and §18)."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from exchange.cells import HeaderCell, Look, column_letters, legal_text

# Positions in <cellXfs> below; the first four once more, grey, from GREY on.
GENERAL, TEXT, DATE, MOMENT, HEADING, GREY = range(6)
OPEN, OPEN_HEADING, FREE = range(9, 12)
FREE_COLUMNS = 20  # to the right of a sheet to fill in, for columns of people's own

LONGEST = 500  # characters of what people write into a cell

_HIDDEN = ' hidden="1"'
_HIDDEN_SHEET = ' state="hidden"'
# Without a password: a guard against slips, not against people. "0" leaves an act free.
_PROTECTION = (
    '<sheetProtection sheet="1" objects="1" scenarios="1" formatColumns="0" formatRows="0" sort="0" autoFilter="0"/>'
)
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_STYLES = f"""{_XML}<styleSheet xmlns="{_MAIN}">\
<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>\
<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>\
<fonts count="2"><font><sz val="11"/><name val="等线"/></font><font><b/><sz val="11"/><name val="等线"/></font></fonts>\
<fills count="6"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFE8EDF5"/></patternFill></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFF4F5F7"/></patternFill></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFFFF8DB"/></patternFill></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFFFE69A"/></patternFill></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="12"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"/>\
<xf numFmtId="0" fontId="0" fillId="3" borderId="0" xfId="0" applyFill="1"/>\
<xf numFmtId="49" fontId="0" fillId="3" borderId="0" xfId="0" applyNumberFormat="1" applyFill="1"/>\
<xf numFmtId="164" fontId="0" fillId="3" borderId="0" xfId="0" applyNumberFormat="1" applyFill="1"/>\
<xf numFmtId="165" fontId="0" fillId="3" borderId="0" xfId="0" applyNumberFormat="1" applyFill="1"/>\
<xf numFmtId="49" fontId="0" fillId="4" borderId="0" xfId="0" applyNumberFormat="1" applyFill="1" applyProtection="1">\
<protection locked="0"/></xf>\
<xf numFmtId="49" fontId="1" fillId="5" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"/>\
<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyProtection="1"><protection locked="0"/></xf></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>\
<dxfs count="1"><dxf><fill><patternFill><bgColor rgb="FFFDE2E1"/></patternFill></fill></dxf></dxfs></styleSheet>"""


@dataclass(frozen=True, slots=True)
class Check:
    """What may be typed below a heading: one of a list (`source`: a name, or a formula as for row 2), else text."""

    title: str
    source: str
    prompt: str
    error: str


@dataclass(frozen=True, slots=True)
class SideSheet:
    """A small worksheet of texts beside the data."""

    title: str
    rows: Sequence[Sequence[str]]
    widths: Sequence[float] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What makes a streamed sheet one to fill in. `beside` is asked for sheets and named cells when all rows are written."""

    checks: Sequence[Check]
    frozen: int
    beside: Callable[[], tuple[Sequence[SideSheet], Mapping[str, str]]]


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


def style_of(column: HeaderCell, kind: int = TEXT) -> int:
    """Say in which style a column's cells of a kind (GENERAL, TEXT, DATE, MOMENT) are written."""
    return {Look.plain: kind, Look.shut: GREY + kind, Look.open: OPEN}[column.look]


def sheet_head(header: Sequence[HeaderCell], *, selected: bool, form: Form | None = None, above: int = 0) -> str:
    """Write all of a worksheet before its first row: the heading, frozen with the lines `above` it, and the columns."""
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{column.width}" customWidth="1"'
        f' style="{style_of(column, TEXT if column.text else GENERAL)}"{_HIDDEN if column.hidden else ""}/>'
        for number, column in enumerate(header, 1)
    )
    frozen = 0
    if form is not None:
        frozen, last = form.frozen, len(header)
        columns += f'<col min="{last + 1}" max="{last + FREE_COLUMNS}" width="14" customWidth="1" style="{FREE}"/>'
    tab = ' tabSelected="1"' if selected else ""
    left = f'xSplit="{frozen}" ' if frozen else ""
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView{tab} workbookViewId="0">'
        f'<pane {left}ySplit="{above + 1}" topLeftCell="{column_letters(frozen)}{above + 2}" '
        f'activePane="bottom{"Right" if frozen else "Left"}" state="frozen"/></sheetView>'
        f'</sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
    )


def sheet_tail(
    header: Sequence[HeaderCell], last_row: int, note: str, highlight: int | None, form: Form | None = None
) -> str:
    """Write all after the last row: the colouring of rows filled in column `highlight` (from 0), the printed note.

    A form is protected: cells that are not open cannot be typed over, widths and filters stay free.
    """
    columns = len(header)
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
    if form is None:
        return f"</sheetData>{colouring}{footer}</worksheet>"
    checks = [_check(header, check, last_row) for check in form.checks]
    table = f"A1:{column_letters(columns - 1)}{last_row}"
    return (
        f'</sheetData>{_PROTECTION}<autoFilter ref="{table}"/>{colouring}'
        f'<dataValidations count="{len(checks)}">{"".join(checks)}</dataValidations>{footer}</worksheet>'
    )


def _check(header: Sequence[HeaderCell], check: Check, last_row: int) -> str:
    letters = column_letters([column.title for column in header].index(check.title))
    kind = 'type="list"' if check.source else 'type="textLength" operator="lessThanOrEqual"'
    formula = f"<formula1>{escape(check.source or str(LONGEST))}</formula1>"
    return (
        f'<dataValidation {kind} allowBlank="1" showInputMessage="1" showErrorMessage="1" '
        f"errorTitle={quoteattr(check.title)} error={quoteattr(check.error)} promptTitle={quoteattr(check.title)} "
        f'prompt={quoteattr(check.prompt[:255])} sqref="{letters}2:{letters}{max(last_row, 2)}">{formula}</dataValidation>'
    )


def side_sheet(sheet: SideSheet) -> str:
    """Write a small worksheet of texts."""
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(sheet.widths, 1)
    )
    rows = "".join(
        f'<row r="{number}">{"".join(_text(index, number, text) for index, text in enumerate(row) if text)}</row>'
        for number, row in enumerate(sheet.rows, 1)
    )
    columns = f"<cols>{widths}</cols>" if widths else ""
    return f'{_XML}<worksheet xmlns="{_MAIN}">{columns}<sheetData>{rows}</sheetData>{_PROTECTION}</worksheet>'


def _text(index: int, number: int, text: str) -> str:
    return (
        f'<c r="{column_letters(index)}{number}" s="{TEXT}" t="inlineStr"><is><t xml:space="preserve">'
        f"{escape(legal_text(text))}</t></is></c>"
    )


def closing(
    titles: Sequence[str], hidden: Container[str] = (), names: Mapping[str, str] | None = None, filtered: str = ""
) -> dict[str, str]:
    """Write the parts, by path, that name the sheets, some of them hidden, the named cells, and the cells to filter."""
    numbers, sheets = range(1, len(titles) + 1), len(titles)
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}"{_HIDDEN_SHEET if name in hidden else ""} r:id="rId{number}"/>'
        for number, name in zip(numbers, titles, strict=True)
    )
    named = "".join(
        f"<definedName name={quoteattr(name)}>{escape(cells)}</definedName>" for name, cells in (names or {}).items()
    )
    if filtered:  # Excel looks for the range of a filter under this name too
        cells = escape(f"'{titles[0]}'!{filtered}")
        named += f'<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">{cells}</definedName>'
    defined = f"<definedNames>{named}</definedNames>" if named else ""
    related = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    typed = "".join(
        f'<Override PartName="/{sheet_path(number)}" ContentType="{_TYPE}.worksheet+xml"/>' for number in numbers
    )
    return {
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets>{defined}</workbook>',
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
