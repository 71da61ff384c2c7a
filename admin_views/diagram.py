"""A table of moves as a picture: every state a line from top to bottom, every move an arrow across, with its name above.

Drawn here, without a program or a script, and laid out so that nothing can overlap whatever the table says: a move has a
row of its own. The wide form is for desks; in the narrow one, for phones, the names of the states stand upright.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from exchange import labels
from models import Role
from models.words import Labelled
from workflow.moves import Move
from workflow.telling import Told

EDGE = 8  # room at either side
LINE = 16  # height of a line of words
ROW = 40
ARROW = 7
EM = 12.5  # width of a full-width character


@dataclass(frozen=True)
class Shape:
    """How wide a state's column is, and whether its name stands upright."""

    name: str
    column: int
    upright: bool


SHAPES = (Shape("wide", 118, upright=False), Shape("narrow", 37, upright=True))


@dataclass(frozen=True)
class Head:
    """A state: the middle of its column and its name, in lines."""

    x: int
    lines: tuple[str, ...]
    tone: str


@dataclass(frozen=True)
class Way:
    """A move: its row, its name and where that begins, the line, dots where it starts, arrows where it ends."""

    y: int
    label: str
    label_x: int
    kind: str  # "mine", "others" or "system"
    danger: bool
    span: tuple[int, int]
    dots: tuple[int, ...]
    arrows: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """What the template draws, in pixels."""

    name: str
    width: int
    height: int
    head: int
    column: int
    upright: bool
    heads: tuple[Head, ...]
    ways: tuple[Way, ...]


def width_of(text: str) -> float:
    """Return about how wide a text is."""
    return sum(EM if unicodedata.east_asian_width(char) in "WF" else EM * 0.56 for char in text)


def wrapped(text: str, room: float) -> tuple[str, ...]:
    """Break a state's name into lines: between words, or before a bracket, or anywhere in Chinese."""
    pieces = text.split(" ") if " " in text else list(text)
    glue = " " if " " in text else ""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        longer = f"{lines[-1]}{glue}{piece}"
        if width_of(longer) <= room and piece[:1] not in "（(":
            lines[-1] = longer
        else:
            lines.append(piece)
    return tuple(lines)


def draw(states: Sequence[Labelled], told: Sequence[Told], role: Role, lang: str) -> list[Picture]:
    """Draw the moves between the states in every shape; those that ``role`` may do stand out."""
    return [_picture(shape, states, told, role, lang) for shape in SHAPES]


def kind_of(move: Move, role: Role) -> str:
    """Return whose a move is, seen by ``role``."""
    if move.hidden:
        return "system"
    return "mine" if role in move.who else "others"


def _picture(shape: Shape, states: Sequence[Labelled], told: Sequence[Told], role: Role, lang: str) -> Picture:
    width = shape.column * len(states) + 2 * EDGE
    places = {state: EDGE + shape.column * number + shape.column // 2 for number, state in enumerate(states)}
    names = {state: labels.of_member(state, lang) for state in states}
    if shape.upright:
        heads = tuple(Head(places[state], (names[state],), state.tone) for state in states)
        head = round(max(width_of(name) for name in names.values())) + 20
    else:
        lines = {state: wrapped(names[state], shape.column - 22) for state in states}
        heads = tuple(Head(places[state], lines[state], state.tone) for state in states)
        head = max(map(len, lines.values())) * LINE + 12
    drawn = [each for each in told if each.sources]
    ways = tuple(
        _way(each, places, head + 8 + ROW * (number + 1), width, role, lang) for number, each in enumerate(drawn)
    )
    height = head + ROW * (len(drawn) + 1)
    return Picture(shape.name, width, height, head, shape.column, shape.upright, heads, ways)


def _way(told: Told, places: dict[Labelled, int], y: int, width: int, role: Role, lang: str) -> Way:
    starts = [places[state] for state in told.sources]
    ends = [places[state] for state in told.targets]
    left, right = min(starts + ends), max(starts + ends)
    label = labels.of_move(told.move, lang)
    room = width_of(label)
    middle = (left + right) / 2 - room / 2
    return Way(
        y=y,
        label=label,
        label_x=round(max(EDGE / 2, min(middle, width - room - EDGE / 2))),
        kind=kind_of(told.move, role),
        danger=told.move.danger,
        span=(left, right),
        dots=tuple(x for x in starts if x not in ends),
        arrows=tuple(arrow for end in ends for arrow in _arrows(end, starts, y)),
    )


def _arrows(end: int, starts: Sequence[int], y: int) -> list[str]:
    """Return the points of the arrow heads at an end: one for each side that the line comes from."""
    sides = {1 if start > end else -1 for start in starts if start != end}
    return [f"{end},{y} {end + side * ARROW},{y - 4} {end + side * ARROW},{y + 4}" for side in sorted(sides)]
