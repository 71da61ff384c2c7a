"""How a move is declared: from-states, to-state, who, guards, what it asks, what it sets, what else happens.

A guard is a predicate in SQL, so one declaration serves a single row, a list of buttons, and 20,000 rows at once. A
move whose guard needs an answer not yet given leaves it open (``holds`` returns None) until the preview is judged
again with the answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import Base, Batch, BatchRow, Outcome, ReviewStep, Role
from models.columns import columns_of, model_named
from models.terms import english
from models.words import Labelled
from workflow.actors import Actor

WORDS = ("opinion", "reason", "answer")  # the asks that are words for people
TITLES = {"delegation": "short_name", "unit": "name"}  # what names a row that another one is called after


@dataclass(frozen=True)
class Context:
    """What guards, budgets and effects may look at: who, when, with which answers, over which batch.

    Where every row was given words of its own, ``own`` holds them by id and the answer is an SQL expression for them.
    """

    session: Session
    actor: Actor
    at: datetime
    answers: Mapping[str, Any] = field(default_factory=dict)
    batch: Batch | None = None
    own: Mapping[int, str | None] = field(default_factory=dict)

    @property
    def said(self) -> Any:
        """The opinion, reason or reply given, None for none; an SQL expression where every row has its own."""
        return next((self.answers[name] for name in WORDS if self.answers.get(name) is not None), None)

    def said_to(self, object_id: int | None = None) -> str | None:
        """What was said to a row; without one what was said to all."""
        if self.own:
            return None if object_id is None else self.own.get(object_id)
        words: str | None = self.said
        return words

    @property
    def staged(self) -> Batch:
        """The batch; raise LookupError when nothing is staged."""
        if self.batch is None:
            raise LookupError("only a staged batch has rows")
        return self.batch

    @property
    def batch_id(self) -> int:
        """The id of the staged batch."""
        return self.staged.id

    @property
    def chosen(self) -> Select[Any]:
        """Ids of all rows of the batch, whatever becomes of them."""
        return select(BatchRow.object_id).where(BatchRow.batch_id == self.batch_id)

    @property
    def rows(self) -> Select[Any]:
        """Ids of the batch's rows that are being done."""
        return self.chosen.where(BatchRow.refusal.is_(None), BatchRow.outcome == Outcome.pending)


@dataclass(frozen=True)
class Guard:
    """A condition on a row; when it does not hold the user reads ``sentence`` (what is wrong and how to mend it)."""

    code: str
    sentence: str
    holds: Callable[[Context], ColumnElement[bool] | None]


@dataclass(frozen=True)
class Ask:
    """One thing a move asks before it is done. Kinds: text, code (one line; its ``check`` says what is one), money (元), date,
    moment (ahead, within ``most_days``, on Shanghai's clock), choice, delegation, bool.

    Answers are kept as text: an amount as ``200.00``, a day as ``2026-11-26``, a moment as ``2026-11-26 18:00`` (see
    ``moment_of``); nodes as numbers, ticks as truths.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = True
    min_length: int = 0
    max_length: int = 500
    most_days: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    initial: str = ""
    check: Callable[[str], str] | None = None


@dataclass(frozen=True)
class Budget:
    """A limited pool the chosen rows draw on in id order: the first rows that fit are done, the rest refused.

    ``cost`` and ``left`` are per-row expressions over the model; rows with equal ``pool`` share what is left. ``lock``
    selects the pools' own rows, taken before the rows are judged; ``take`` books the costs of the rows being done with
    conditional updates, in the same transaction.
    """

    label: str
    unit: str
    sentence: str
    cost: ColumnElement[int]
    left: ColumnElement[int]
    pool: tuple[ColumnElement[Any], ...]
    lock: Select[Any]
    take: Callable[[Context], None]


@dataclass(frozen=True, kw_only=True)
class Tell:
    """A notice that a move leaves for the desks at the nodes of its rows, one per node with the number of its rows (%(n)s).

    ``to`` is the node of a row, told unless it is the actor's own; ``by`` the roles whose doing is told, all when empty.
    ``role`` is told in place of the desk, at the actor's own node as well.
    ``noun`` names the list that shows the rows, ``out_of_sight`` says that they are no longer the recipient's to see.
    """

    to: Callable[[Context], Any]
    sentence: str
    by: tuple[Role, ...] = ()
    noun: str = ""
    out_of_sight: bool = False
    role: Role | None = None


Target = Labelled | Callable[[Context], ColumnElement[Any]] | None
Sets = Callable[[Context], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Move:
    """One row of a table of moves. ``target`` None keeps the state; ``shows`` names the column a receipt compares.

    ``key`` makes the move a decision of the review desk, taken with that letter on the keyboard.
    """

    name: str
    label: str
    source: tuple[Labelled, ...]
    target: Target
    who: tuple[Role, ...]
    guards: tuple[Guard, ...] = ()
    asks: tuple[Ask, ...] = ()
    budget: Callable[[Context], Budget | None] | None = None
    sets: Sets | None = None
    effects: tuple[Callable[[Context], None], ...] = ()
    tells: tuple[str, ...] = ()
    notify: tuple[Tell, ...] = ()
    step: ReviewStep | None = None
    shows: str = ""
    help: str = ""
    icon: str = ""
    key: str = ""
    confirm: str = ""
    danger: bool = False
    typed: bool = False
    revocable: bool = False
    hidden: bool = False
    bulk: bool = True

    @property
    def english(self) -> str:
        """The move's name in English."""
        return english(self.label, self.name)

    @property
    def irrevocable(self) -> bool:
        """Whether the user is told that there is no way back."""
        return bool(self.confirm)

    @property
    def leads(self) -> bool:
        """Whether it may be the next step of a row's way: harmless, and to another state."""
        return self.target is not None and not self.danger

    @property
    def settles(self) -> bool:
        """Whether it is a yes of the review desk, which hands a row to whoever may say it."""
        return bool(self.key) and self.leads and not self.asks


@dataclass(frozen=True)
class Machine:
    """The table of moves over one state column of one model; ``title`` is the column that names a row, or links to what does."""

    model: type[Base]
    column: str
    title: str
    moves: Mapping[str, Move]

    @property
    def noun(self) -> str:
        """The table's name."""
        return str(self.model.__tablename__)

    @property
    def state(self) -> InstrumentedAttribute[Any]:
        """The mapped state column."""
        found: InstrumentedAttribute[Any] = getattr(self.model, self.column)
        return found

    @property
    def titled(self) -> ColumnElement[str]:
        """What a row is called, in SQL."""
        own: ColumnElement[str] = getattr(self.model, self.title)
        links = columns_of(self.model)[self.title].links
        if not links:
            return own
        other: Any = model_named(links)
        name = getattr(other, TITLES[links])
        return cast("ColumnElement[str]", select(name).where(other.id == own).scalar_subquery())

    def shown(self, move: Move) -> InstrumentedAttribute[Any]:
        """The mapped column whose value a receipt shows before and after."""
        found: InstrumentedAttribute[Any] = getattr(self.model, move.shows or self.column)
        return found


def table(model: type[Base], column: str, title: str, *moves: Move) -> Machine:
    """Build a machine; raise ValueError when two moves share a name."""
    if len({move.name for move in moves}) != len(moves):
        raise ValueError(f"{model.__tablename__}: two moves share a name")
    return Machine(model, column, title, {move.name: move for move in moves})
