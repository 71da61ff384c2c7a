"""What one kind of table to import tells the pages that all kinds share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm

from admin_views.list_page import Reader
from exchange.importing import Mode, Planned
from models import ImportJob
from workflow.actors import Actor
from workflow.rights import allowed

Figure = tuple[str, int, str]  # words, number, tone


@dataclass(frozen=True)
class Words:
    """The words of a kind's pages; ``heads`` are the headings of budgets and changes."""

    title: str
    link: str  # on the noun's list
    file: str
    limits: str
    confirm: str  # above the last step
    act: str
    done: str
    to_list: str
    changes: tuple[str, str]  # above what will be, and what has been written
    heads: Mapping[str, str]
    instructions: Sequence[str]
    templates: Sequence[tuple[str, str]] = ()  # words, address
    filled_url: str = ""


@dataclass(frozen=True)
class Download:
    """A workbook to fill in: its name without ending, and the file."""

    name: str
    data: bytes


class Kind(ABC):
    """One kind of table that is imported into one noun; ``key`` stands in addresses where the noun has several kinds."""

    noun: str
    key: str = ""
    machine: str = ""  # whose moves it does, where it does any

    @property
    def word(self) -> str:
        """What addresses and uploads call the kind."""
        return self.key or self.noun

    accept = ".xlsx,.csv"
    hands_back = True  # the uploaded table, with what becomes of every row

    def may(self, actor: Actor) -> bool:
        """Whether the actor's role has the right."""
        return allowed(actor, "import", self.noun)

    @abstractmethod
    def words(self) -> Words:
        """Return the words of the pages."""

    def fields(self, reader: Reader) -> dict[str, Any]:
        """Return what is asked beside the file."""
        return {}

    @abstractmethod
    def plan(self, reader: Reader, data: bytes, filename: str, form: FlaskForm) -> Planned:
        """Say what a table would do; raise SheetError or ValueError for the file, AnswersInvalid for other fields."""

    @abstractmethod
    def again(self, reader: Reader, job: ImportJob) -> Planned:
        """Say what a kept table would do now."""

    @abstractmethod
    def figures(self, counts: Mapping[str, int], *, done: bool) -> list[Figure]:
        """Return the rows by what becomes of them."""

    @abstractmethod
    def writes(self, counts: Mapping[str, int]) -> int:
        """Return how many rows would be written."""

    @abstractmethod
    def modes(self, shown: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return what may be done about bad rows, in words: "all" or nothing, or the "good" ones."""

    def asks(self, shown: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is asked before the commit, beside what to do about bad rows."""
        return {}

    def check(self, form: FlaskForm, shown: Mapping[str, Any]) -> None:
        """Raise AnswersInvalid for what was asked before the commit and not given."""
        return

    @abstractmethod
    def commit(self, reader: Reader, job: ImportJob, form: FlaskForm, shown: Mapping[str, Any]) -> str:
        """Write, and say so; raise importing.Refused, or AnswersInvalid for what was asked."""

    def blank(self, reader: Reader) -> Download | None:
        """Return the template to fill in."""
        return None

    def filled(self, reader: Reader) -> Download | None:
        """Return the template with the present numbers; that they left goes into the trail."""
        return None


class TableKind(Kind):
    """A table whose rows are written or refused one by one (``exchange.table_plan``)."""

    @abstractmethod
    def read(self, reader: Reader, data: bytes, filename: str, target: int | None) -> Planned:
        """Say what a table would do, new rows hanging on a node where one was asked for; raise SheetError for one that is none."""

    def plan(self, reader: Reader, data: bytes, filename: str, form: FlaskForm) -> Planned:
        """Say what a table would do."""
        return self.read(reader, data, filename, None)

    def again(self, reader: Reader, job: ImportJob) -> Planned:
        """Say what a kept table would do now."""
        return self.read(reader, job.content, job.filename, job.target_id)

    def writes(self, counts: Mapping[str, int]) -> int:
        """Return how many rows are new."""
        return counts["new"]

    def modes(self, shown: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return what may be done about rows with errors."""
        return [
            ("all", _("全部或不写：改好 %(n)s 行错误再上传", n=shown["bad"])),
            ("good", _("只写入正确的 %(n)s 行，有错误的不写", n=self.writes(shown["counts"]))),
        ]


def mode_of(form: FlaskForm) -> Mode:
    """Return what was chosen about rows that cannot be written; without such rows nothing is asked."""
    return "good" if "mode" in form and form["mode"].data == "good" else "all"
