"""What every reader and writer of files agrees on: headings, addresses, legal text, words and clock."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
BEIJING = ZoneInfo("Asia/Shanghai")

# What XML 1.0 cannot carry, and what UTF-8 cannot encode: one such character makes a workbook unreadable.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Look(Enum):
    """How a column of a workbook looks and whether it may be written once the sheet is protected."""

    plain = "plain"
    shut = "shut"  # grey
    open = "open"  # yellow, may be written


@dataclass(frozen=True, slots=True)
class HeaderCell:
    """One column heading: its width in characters, and whether what people type below it stays text ('@')."""

    title: str
    width: float = 14.0
    text: bool = True
    look: Look = Look.plain
    hidden: bool = False


SHUT = object()
"""The value of a cell in an open column that is not to be written in this row."""


def legal_text(text: str) -> str:
    """Replace every character that no file may carry by U+FFFD."""
    return _ILLEGAL.sub(REPLACEMENT, text)


def yes_no(*, value: bool) -> str:
    """Say 是 or 否."""
    return "是" if value else "否"


def local_time(moment: datetime) -> datetime:
    """Tell the wall-clock time in Beijing; spreadsheets know no time zones, and a naive moment is local already."""
    return moment if moment.tzinfo is None else moment.astimezone(BEIJING).replace(tzinfo=None)


def column_letters(index: int) -> str:
    """Name a column counted from 0 as spreadsheets do: 0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
