"""An exported file and the database, cell by cell. What a cell should say is told here anew, not by the product."""

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Base
from models.columns import Column, columns_of, model_named
from models.countries import COUNTRIES
from models.kinds import opened

BEIJING = timedelta(hours=8)
TITLES = {"delegation": "short_name"}


def read_csv(path: Path) -> list[list[str]]:
    """Return the cells of a CSV as Excel reads them: UTF-8 with BOM."""
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(data.decode("utf-8-sig").splitlines()))


def read_xlsx(path: Path) -> list[list[Any]]:
    """Return the cells of a workbook; text is text, also where it is all digits."""
    sheet = load_workbook(path).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def header(model: type[Base], table: list[list[Any]]) -> list[Column]:
    """Return the columns a file holds, by its headings; every heading is one."""
    by_label = {column.label: column for column in columns_of(model).values() if not column.hidden}
    return [by_label[title] for title in table[0]]


def plain(column: Column, cell: Any) -> Any:
    """Return a cell of either kind of file in one form: numbers as numbers, nothing as the empty text.

    Whatever is neither number nor date has to be text: a spreadsheet destroys a code of 18 digits that is a number.
    """
    if cell in (None, ""):
        return ""
    if column.kind in ("number", "money"):
        return Decimal(str(cell))
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if column.kind == "date" else cell
    assert isinstance(cell, str)
    return cell


def expected(session: Session, columns: Sequence[Column], row: Any) -> list[Any]:
    """Return what the file has to say about a row."""
    return [_told(session, column, row) for column in columns]


def _told(session: Session, column: Column, row: Any) -> Any:  # noqa: PLR0911 - one line for each kind
    value = getattr(row, column.key)
    if column.kind == "sealed":
        return _hidden(opened(row, column.key) or "", 3, 4)
    if value is None or value == "":
        return ""
    if column.sensitivity == "email":
        local, _, domain = value.rpartition("@")
        return f"{_hidden(local, 2, 0)}@{domain}"
    if column.links:
        return _title(session, column.links, value)
    match column.kind:
        case "enum":
            return value.label
        case "bool":
            return "是" if value else "否"
        case "moment":
            return f"{value + BEIJING:%Y-%m-%d %H:%M:%S}"
        case "money":
            return Decimal(value) / 100
        case "number":
            return Decimal(str(value))
        case _:
            return COUNTRIES[value][0] if column.choices == "countries" else str(value)


def _hidden(text: str, head: int, tail: int) -> str:
    """Mask a number or address of usual length."""
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


def _title(session: Session, table: str, number: int) -> str:
    model = model_named(table)
    title: str = session.scalars(select(getattr(model, TITLES.get(table, "name"))).where(model.id == number)).one()
    return title
