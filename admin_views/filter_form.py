"""The filter panel's form, put into an address: the form names how to compare beside each value, the address in its keys.

A row is ``city.op=not``, ``city=福州市`` and, where it joins a group, ``city.in=1``; one field may have several rows.
What stands before the rows is the list as it is and stays.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from admin_views.filter_page import FILLED, IS, RANGE
from admin_views.filters import EMPTY
from admin_views.listing import PLACE
from admin_views.query import MOST_GROUPS
from admin_views.screen import Screen

_GROUPS = {str(number) for number in range(1, MOST_GROUPS + 1)}


@dataclass
class Row:
    """One row of the panel as it was sent."""

    key: str
    operation: str
    group: str = ""
    values: list[tuple[str, str]] = field(default_factory=list)  # by the ending of the input's name

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        """What an address says instead; nothing for a row that was left blank."""
        key = f"g{self.group}.{self.key}" if self.group in _GROUPS else self.key
        if self.operation in (EMPTY, FILLED):
            yield f"{key}.{EMPTY}", str(int(self.operation == EMPTY))
            return
        for ending, value in self.values:
            own = ending if self.operation == RANGE else "" if self.operation == IS else self.operation
            if value.strip():
                yield f"{key}.{own}" if own else key, value


def composed(screen: Screen, query_string: str) -> list[tuple[str, str]]:
    """Return the parameters of the list that the form asks for."""
    kept, rows = _read(screen, parse_qsl(query_string, keep_blank_values=True))
    return [*kept, *(pair for row in rows for pair in row.pairs)]


def _read(screen: Screen, sent: Iterable[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[Row]]:
    kept: list[tuple[str, str]] = []
    rows: list[Row] = []
    for name, value in sent:
        key, _dot, ending = name.rpartition(".")
        if ending == "op" and key in screen.filters:
            rows.append(Row(key, value))
        elif rows and name == f"{rows[-1].key}.in":
            rows[-1].group = value
        elif rows and (name == rows[-1].key or (key == rows[-1].key and ending in ("from", "to"))):
            rows[-1].values.append(("" if name == rows[-1].key else ending, value))
        elif value and name not in (*PLACE, "panel"):
            kept.append((name, value))
    return kept, rows
