"""What the dry runs of tables share whose rows each get a verdict: the counts, the preview page, what each row is told."""

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from exchange import importing, saying
from exchange.importing import Finding, Line
from models.words import Labelled

BAD = "BAD"  # the verdict on a row with findings, in every kind's words


class Row(Protocol):
    """A row as typed, and what becomes of it."""

    @property
    def line(self) -> Line:
        """The row of the table."""

    @property
    def verdict(self) -> Labelled:
        """What becomes of it."""


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class TablePlan(Generic[R]):
    """A dry run: nothing was written. ``written`` says of every verdict what has become of a row by the commit."""

    written: ClassVar[Mapping[Any, str]]

    filename: str
    data: bytes
    target_id: int
    rows: Sequence[R]

    @property
    def tally(self) -> dict[str, int]:
        """Rows by verdict."""
        found = Counter(each.verdict for each in self.rows)
        return {verdict.value.lower(): found[verdict] for verdict in self.written}

    @property
    def counts(self) -> Any:
        """Rows by verdict, as the kind names them."""
        return self.tally

    @property
    def bad(self) -> int:
        """How many rows have errors."""
        return self.tally[BAD.lower()]

    @property
    def errors(self) -> list[Finding]:
        """Every finding of every row, in the order of the file."""
        return [finding for each in self.rows for finding in each.line.findings]

    @abstractmethod
    def changes(self) -> Iterable[Sequence[Any]]:
        """Yield row, key, name, column, value before and after of everything that would be written."""

    def page(self) -> dict[str, Any]:
        """Return what a preview page tells, as JSON takes it: the first findings and changes, and how many more.

        Sentences are message ids with what is filled in: the page says them in its reader's language.
        """
        return {
            "counts": self.tally, "warnings": [], "warnings_more": 0, "budgets": [],
            **importing.few("errors", self.errors, importing.told),
            **importing.few("changes", list(self.changes()), _told),
        }  # fmt: skip

    def results(self, *, written: bool) -> Mapping[int, tuple[str, str]]:
        """Return row number → what becomes of it and why."""
        words = self.written if written else {verdict: verdict.label for verdict in self.written}
        return {each.line.row: (words[each.verdict], "；".join(self.reasons(each))) for each in self.rows}

    def reasons(self, row: R) -> list[str]:
        """Return what is said of a row beside its verdict."""
        return [one.sentence for one in row.line.findings]

    def told(self) -> dict[str, Any]:
        """Return the rows by verdict, for the trail."""
        return self.tally


def _told(change: Sequence[Any]) -> list[Any]:
    """Return a change as JSON takes it: its column may be a sentence that remembers what it was made of."""
    return [*change[:3], saying.told(change[3]), *change[4:]]
