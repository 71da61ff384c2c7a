"""What an uploaded table is read from: its limits, the opened source, and the one error its readers raise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

MIB: Final = 1024 * 1024


class SheetError(Exception):
    """The file cannot be read; the message is one Chinese sentence for the person who uploaded it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on an upload (SECURITY §8); sizes in bytes, times in seconds, `rows` without the heading.

    `ratio` (unpacked ÷ packed) is judged only above `ratio_from` unpacked bytes: small tables that repeat
    themselves pack as well as any bomb.
    """

    file_bytes: int = 20 * MIB
    unpacked_bytes: int = 64 * MIB
    ratio: int = 50
    ratio_from: int = 16 * MIB
    entries: int = 200
    rows: int = 100_000
    columns: int = 60
    merged_cells: int = 100_000
    content_bytes: int = 64 * MIB
    child_memory: int = 512 * MIB
    child_seconds: int = 15
    child_file_bytes: int = 0


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Source:
    """An opened table: its records as (row number as spreadsheets count, values from column A on; "" = empty).

    `meta` holds the hidden `_meta` sheet, `marks` the cells with a formula ("f") or an error (its text), by
    row number and column counted from 0.
    """

    records: Iterator[tuple[int, list[object]]]
    title: str = ""
    encoding: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
