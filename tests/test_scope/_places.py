"""Which addresses a rule stands for: what its arguments may be, and what each is to a reader.

A rule whose arguments these tables do not know raises Unlisted: a new route must be listed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import quote
from zlib import crc32

from werkzeug.routing import Rule

from admin_views.import_kinds import KINDS
from admin_views.screens import BY_NOUN
from tests.test_scope._arena import Arena, Seat
from tests.test_scope._seeds import Plot
from workflow.desk import DESKS

OWN, FOREIGN, GONE, MISSING, GARBAGE = "own", "foreign", "gone", "missing", "garbage"
COLLEAGUE = "colleague"  # readable with the right to read the desk's records
HIDDEN = (FOREIGN, GONE, MISSING)  # these must look alike
NOWHERE = 999_999
RICH = ("unit", "person")
BAD_IDS = ("abc", "1,2", str(10**20))
BAD_REFS = ("ZZZZZZZZZZZ", "..%2f..%2fetc", "a' OR '1'='1")
BAD_WORDS = ("nothing", "web_session", "%00x", "import_job")
UNDER_WAY = {
    "batches": ("previews", "receipts"), "importing": ("uploads", "decided"), "jobs": ("jobs",), "notices": ("notices",),
    "printing": ("receipts",),
}  # by blueprint  # fmt: skip
# For whose rows a rule is asked, where it is not all: one stands for the rest.
NOUNS = {"review": (*DESKS, "intention"), "importing": (*KINDS, "edition")}


class Unlisted(Exception):
    """A route that no table knows."""


@dataclass(frozen=True)
class Place:
    """An address to ask: what its object is to the reader, and the object itself."""

    kind: str
    path: str
    noun: str
    plot: Plot
    object_id: Any = None


def foreign(arena: Arena, seat: Seat) -> list[Plot]:
    """Return the plots that the reader may not see."""
    return [plot for plot in arena.plots if plot.number not in seat.sees]


def strangers(arena: Arena, seat: Seat) -> list[Plot]:
    """Return whose rows are asked for by their ids: the nearest two plots and the farthest; one before a closed door."""
    plots = foreign(arena, seat)
    return [*plots[:2], *plots[2:][-1:]] if seat.enters else plots[:1]


def _row_ids(arena: Arena, seat: Seat, blueprint: str, noun: str) -> Iterator[tuple[str, Plot, Any]]:
    shared = arena.shared.get(noun)
    one = -1 if blueprint == "packages" else 0  # packages are made of the request that was handed over, the last one
    yield OWN, seat.plot, shared or seat.plot.rows[noun][one]
    if not shared:
        yield from ((FOREIGN, plot, plot.rows[noun][one]) for plot in strangers(arena, seat))
        yield from ((GONE, seat.plot, row_id) for row_id in seat.plot.gone.get(noun, ()))
    yield MISSING, seat.plot, NOWHERE
    yield from ((GARBAGE, seat.plot, text) for text in (BAD_IDS if noun == "unit" else BAD_IDS[-1:]))


def _account_refs(arena: Arena, seat: Seat, blueprint: str, _noun: str) -> Iterator[tuple[str, Plot, Any]]:
    """Give what the reader's account has under way, what a colleague at the same desk has, and what is of other nodes."""
    account_id = seat.account.id if seat.account else next(iter(seat.home.previews))
    for kept in UNDER_WAY[blueprint]:
        yield f"{OWN} {kept}", seat.home, getattr(seat.home, kept)[account_id]
        for plot in {plot.number: plot for plot in [*strangers(arena, seat), seat.home]}.values():
            others = [ref for owner, ref in getattr(plot, kept).items() if owner != account_id]
            colleague = plot is seat.home and kept == "receipts"
            yield f"{COLLEAGUE if colleague else FOREIGN} {kept}", plot, others[0]
    yield f"{MISSING} {UNDER_WAY[blueprint][0]}", seat.plot, "ZZZZZZZZZZ"
    yield from ((GARBAGE, seat.plot, text) for text in BAD_REFS)


def _file_refs(arena: Arena, seat: Seat, _blueprint: str, _noun: str) -> Iterator[tuple[str, Plot, Any]]:
    yield from ((OWN, seat.plot, ref) for ref in seat.plot.files)
    yield from ((FOREIGN, plot, ref) for plot in strangers(arena, seat) for ref in plot.files)
    yield MISSING, seat.plot, "ZZZZZZZZZZ"
    yield from ((GARBAGE, seat.plot, text) for text in BAD_REFS)


def _view_ids(arena: Arena, seat: Seat, _blueprint: str, _noun: str) -> Iterator[tuple[str, Plot, Any]]:
    """Give the reader's own view, a colleague's at the same desk, and those of other nodes: none of them is shared."""
    account_id = seat.account.id if seat.account else next(iter(seat.home.views))
    yield OWN, seat.home, seat.home.views[account_id]
    for plot in {plot.number: plot for plot in [*strangers(arena, seat), seat.home]}.values():
        yield FOREIGN, plot, next(view for owner, view in plot.views.items() if owner != account_id)
    yield MISSING, seat.plot, NOWHERE
    yield from ((GARBAGE, seat.plot, text) for text in BAD_IDS)


def _words(*known: str) -> "Finder":
    def found(_arena: Arena, seat: Seat, _blueprint: str, _noun: str) -> Iterator[tuple[str, Plot, Any]]:
        yield from ((OWN, seat.plot, word) for word in known)
        yield from ((GARBAGE, seat.plot, word) for word in BAD_WORDS)

    return found


Finder = Callable[[Arena, Seat, str, str], Iterator[tuple[str, Plot, Any]]]
# The arguments of the rules, by name and converter: what each may be, whose it is, and what it is to the reader.
ARGUMENTS: dict[tuple[str, str], Finder] = {
    ("row_id", "IntegerConverter"): _row_ids,
    ("view_id", "IntegerConverter"): _view_ids,
    ("ref", "RefConverter"): _account_refs,
    ("ref", "UnicodeConverter"): _file_refs,
    ("noun", "UnicodeConverter"): _words(),
    ("code", "UnicodeConverter"): _words("zh", "en"),
    ("filename", "PathConverter"): _words("app.css", "app.js"),
    ("version", "UnicodeConverter"): _words("1"),
}


def _kind(rule: Rule, name: str) -> str:
    return type(rule._converters[name]).__name__


def noun_of(rule: Rule) -> str:
    """Return the noun that a rule is about: the word after /admin/, where it names one."""
    word = rule.rule.split("/")[2] if rule.rule.count("/") > 2 else ""
    return word if word in BY_NOUN else ""


def _in_turn(rule: Rule, noun: str, found: list[tuple[str, Plot, Any]]) -> list[tuple[str, Plot, Any]]:
    """Leave one of several foreign rows and one of several bad words, another for each noun and each kind of page.

    Whether a row is another's is asked of its noun: on the row's own page every stranger is met, as are the richest nouns'.
    """
    page = rule.endpoint.rpartition(".")[2]
    if noun in RICH or page == "details":
        return found
    turn = crc32(noun.encode()) + crc32(page.encode())
    kinds = {one[0]: [other for other in found if other[0] == one[0]] for one in found}
    return [one for one in found if not one[0].startswith((FOREIGN, GARBAGE)) or one is _at(kinds[one[0]], turn)]


def _at(items: list[Any], turn: int) -> Any:
    return items[turn % len(items)]


def places(arena: Arena, seat: Seat, rule: Rule) -> Iterator[Place]:
    """Return every address of a rule; raise Unlisted for an argument that is not known."""
    names = sorted(rule.arguments)
    for name in names:
        if (name, _kind(rule, name)) not in ARGUMENTS:
            raise Unlisted(f"{rule.rule}: argument {name}")
    blueprint = rule.endpoint.partition(".")[0]
    if "ref" in names and _kind(rule, "ref") == "RefConverter" and blueprint not in UNDER_WAY:
        raise Unlisted(f"{rule.rule}: whose references?")
    nouns = NOUNS.get(blueprint, tuple(BY_NOUN)) if "noun" in names else (noun_of(rule),)
    for noun in nouns:
        rest = [name for name in names if name != "noun"]
        tried = [ARGUMENTS[name, _kind(rule, name)](arena, seat, blueprint, noun) for name in rest]
        for chosen in product(*(_in_turn(rule, noun, list(found)) for found in tried)):
            values = {"noun": noun, **{name: one[2] for name, one in zip(rest, chosen, strict=True)}}
            kind, plot, object_id = chosen[0] if chosen else (OWN, seat.plot, None)
            yield Place(kind, _path(rule, values), noun, plot, object_id)
    if "noun" in names:
        for word in BAD_WORDS:
            yield Place(GARBAGE, _path(rule, {**dict.fromkeys(names, 1), "noun": word}), word, seat.plot)


def _path(rule: Rule, values: dict[str, Any]) -> str:
    """Write the address by hand: the rule itself would refuse to build a wrong one."""
    parts = [
        part if not is_argument else quote(str(values[part]), safe="%")
        for is_argument, part in rule._trace
        if part != "|"
    ]
    return "".join(parts)
