"""The tables of a transfer package: which columns travel, written as people read them and read back as they are stored."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from exchange.cells import HeaderCell
from exchange.reading import read_sheet
from exchange.sheet_source import MIB, Limits, SheetError
from exchange.xlsx_writer import stream_xlsx
from models import Base, Intention, Person, ReviewRecord, Unit
from models.columns import Column, columns_of, shown
from models.kinds import opened

LIMITS: Final = Limits(file_bytes=20 * MIB, rows=100_000)
REF, STATE, BY, WHOSE = "人员编号", "转出前状态", "审核人", "付款方"


@dataclass(frozen=True)
class Table:
    """One table of a package: its file, the model, the columns that travel, and headings that are no columns."""

    file: str
    model: type[Base]
    keys: tuple[str, ...]
    beside: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that travel."""
        held = columns_of(self.model)
        return tuple(held[key] for key in self.keys)

    @property
    def header(self) -> list[str]:
        """The headings."""
        return [*self.beside, *(column.label for column in self.columns)]


UNIT: Final = Table(
    "单位.xlsx", Unit,
    (
        "name", "origin", "category", "overseas_reg_no", "name_en", "licence_type", "legal_rep", "reg_capital", "import_usd",
        "industry", "city", "region_code", "address", "postcode", "contact_name", "contact_mobile", "contact_phone",
        "contact_email", "is_returning", "remark",
    ),
    ("统一社会信用代码", STATE),
)  # fmt: skip
PERSONS: Final = Table(
    "人员.xlsx", Person,
    (
        "name", "name_en", "sex", "birth_date", "nationality", "id_type", "id_no", "id_expiry", "title", "department", "mobile",
        "email", "label", "period", "cert_mode", "old_card_no", "old_edition", "get_method", "recv_name", "recv_mobile",
        "recv_region", "recv_address", "recv_postcode", "consent_at", "consent_version",
    ),
    (REF, STATE),
)  # fmt: skip
INTENTIONS: Final = Table(
    "采购意向.xlsx", Intention,
    ("zone", "category", "product", "origin_countries", "amount", "quarter", "note", "is_published"),
)  # fmt: skip
REVIEWS: Final = Table("审核记录.xlsx", ReviewRecord, ("step", "action", "opinion", "round", "at"), (REF, BY))
DECISIONS: Final = Table(
    "统付决定.xlsx",
    Person,
    ("name", "label", "group_pay_decision", "group_pay_fee", "payment_status", "decided_at"),
    (REF, WHOSE),
)
TABLES: Final = (UNIT, PERSONS, INTENTIONS, REVIEWS, DECISIONS)
Tables = Mapping[Table, Sequence[Mapping[str, str]]]  # the rows of each


def written(table: Table, rows: Iterable[tuple[Sequence[str], Any]]) -> bytes:
    """Return a table as a workbook; each row is what stands under the headings that are no columns, and the stored row."""
    header = [HeaderCell(title, 18.0) for title in table.header]
    cells = ([*beside, *(_text(row, column) for column in table.columns)] for beside, row in rows)
    return b"".join(stream_xlsx(header, cells, table.file.removesuffix(".xlsx")))


def _text(row: Any, column: Column) -> str:
    value = getattr(row, column.key)
    if value is None:
        return ""
    return opened(row, column.key) if column.kind == "sealed" else shown(column, value)


def read(table: Table, data: bytes) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a table by column key, and by heading where that is no column; raise SheetError."""
    sheet = read_sheet(data, table.file, LIMITS)
    missing = [title for title in table.header if title not in sheet.header]
    if missing:
        raise SheetError(f"“{table.file}”缺少列“{missing[0]}”；请对方重新生成移交包")
    keys = {column.label: column.key for column in table.columns}
    places = [(sheet.header.index(title), keys.get(title, title)) for title in table.header]
    for row in sheet.rows:
        yield {key: row.cells[place].text for place, key in places}


def read_all(files: Mapping[str, bytes]) -> Tables:
    """Return the rows of all tables of a package's files; raise SheetError."""
    return {table: list(read(table, files[table.file])) for table in TABLES}
