"""CSV as a stream: UTF-8 with BOM and CRLF, so that Excel reads the Chinese, and no cell comes alive as a formula.

The rule (DOMAIN §5; ASVS 1.2.10): a text that a spreadsheet could take for a formula gets an apostrophe in front. That
is text beginning, blanks aside, with ``=`` or ``@``, full-width ones included; text beginning with a tab or line break;
and text beginning with ``+`` or ``-`` unless it is a lone ``-``, a plain number or a phone number: ``-3.5``, ``-`` and
``+86 138-0000-1111`` stay as they are. Apostrophes in front do not count, so a text that looks guarded already gets
one more and `undo_neutralised` gives back every text exactly.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from itertools import islice
from typing import Final, Literal

from exchange.cells import REPLACEMENT, HeaderCell, local_time, yes_no

BATCH_ROWS: Final = 256
BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"

_FORMULA = re.compile(
    r"""'*(?:[\t\r\n]
        |\s*(?:[=@＝＠]
           |(?!(?:[-－]|[-+][0-9]+(?:[.,][0-9]+)*%?|\+[0-9][0-9\ ()-]*)\s*\Z)[-+－＋]))""",
    re.VERBOSE,
)
_UNENCODABLE = re.compile("[\x00\ud800-\udfff]")
_AS_IS: Final = ({str}, {int}, {float}, {str, type(None)}, {int, type(None)}, {float, type(None)})


def stream_csv(header: Sequence[HeaderCell], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Yield the file piece by piece; the headings come before the first row is asked for.

    NUL and lone surrogates become U+FFFD. A row of another length than the header raises ValueError.
    """
    # Every heading is quoted, so that the reader cannot take a ";" within one for the delimiter.
    yield _encoded([[neutralised(column.title) for column in header]], csv.QUOTE_ALL, BOM)
    source = iter(rows)
    for batch in iter(lambda: list(islice(source, BATCH_ROWS)), []):
        columns = list(zip(*batch, strict=True))
        if len(columns) != len(header):
            raise ValueError(f"a row has {len(columns)} values below {len(header)} headings")
        safe = [_safe(values) for values in columns]
        untouched = all(ours is theirs for ours, theirs in zip(safe, columns, strict=True))
        yield _encoded(batch if untouched else zip(*safe, strict=True), csv.QUOTE_MINIMAL)


def neutralised(text: str) -> str:
    """Guard the text so that it may stand in a CSV cell."""
    return f"'{text}" if _FORMULA.match(text) else text


def undo_neutralised(text: str) -> str:
    """Give back the text that `neutralised` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def _safe(values: Sequence[object]) -> Sequence[object]:
    """One column of a batch, the very same object if nothing in it needs a change: nearly always."""
    kinds = set(map(type, values))
    if kinds in _AS_IS and (
        str not in kinds or all(start.isalnum() for start in {str(value)[:1] for value in values if value})
    ):
        return values
    return [_value(value) for value in values]


def _value(value: object) -> object:
    if isinstance(value, str):
        return value if value[:1].isalnum() else neutralised(str(value))
    if isinstance(value, bool):
        return yes_no(value=value)
    if isinstance(value, datetime):
        return local_time(value).isoformat(" ", "seconds")
    if value is None or isinstance(value, int | float | Decimal | date):
        return value
    return neutralised(str(value))


def _encoded(rows: Iterable[Sequence[object]], quoting: Literal[0, 1], start: str = "") -> bytes:
    buffer = StringIO(start, newline="")
    buffer.seek(len(start))
    csv.writer(buffer, quoting=quoting).writerows(rows)
    text = buffer.getvalue()
    try:
        if "\x00" not in text:
            return text.encode()
    except UnicodeEncodeError:
        pass
    return _UNENCODABLE.sub(REPLACEMENT, text).encode()
