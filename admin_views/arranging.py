"""How a reader arranges a list: which columns in which order and how wide, rows a page, how close the rows stand.

Every key is checked when it comes in, and again when it is used, for a column may have gone since. Nothing is decided
here about what a reader may see: rows are narrowed and numbers masked whatever is chosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from admin_views.listing import SIZE, SIZES, Listing
from admin_views.screen import Screen
from exchange import labels
from exchange.export import exportable
from models.columns import Column
from workflow import preferences
from workflow.actors import Actor

COLUMNS = "columns"  # the panel
ACTS = "acts"  # the width of the column of buttons, which is no column of the model
NARROWEST, WIDEST, USUAL, BOXES = 48, 800, 160, 38  # pixels


@dataclass(frozen=True)
class Arrangement:
    """What a list shows its reader; ``widths`` is empty where every column takes the room it needs."""

    columns: tuple[Column, ...]
    widths: Mapping[str, int]
    size: int = SIZE
    compact: bool = False
    own: bool = False

    def width(self, key: str) -> int | None:
        """Return a column's width in pixels, None where it takes what it needs."""
        return self.widths.get(key, USUAL) if self.widths else None

    @property
    def whole_width(self) -> int | None:
        """The table's, boxes and buttons included."""
        keys = [*(column.key for column in self.columns), ACTS]
        return BOXES + sum(self.width(key) or 0 for key in keys) if self.widths else None


def choosable(screen: Screen) -> dict[str, Column]:
    """Return the columns that a list may show: those it shows by itself, then whatever else may leave in a file."""
    others = [column for column in exportable(screen.model) if column.label]
    return {column.key: column for column in (*screen.listed, *others)}


def read(session: Any, actor: Actor, screen: Screen) -> Arrangement:
    """Return the reader's arrangement of a list. What names a row always comes first."""
    wishes = preferences.wishes(session, actor, screen.noun)
    known = choosable(screen)
    wanted = [known[key] for key in wishes.get("columns", ()) if key in known]
    first = screen.listed[0]
    columns = (first, *(column for column in wanted if column is not first)) if wanted else screen.listed
    widths = {key: width for key, width in wishes.get("widths", {}).items() if key in known or key == ACTS}
    size = wishes.get("size", SIZE)
    return Arrangement(
        columns, widths, size if size in SIZES else SIZE, bool(wishes.get("compact")), own=bool(wanted or widths)
    )


def keep(session: Any, actor: Actor, screen: Screen, form: MultiDict[str, str]) -> None:
    """Keep what a form says; whatever it names that the list does not have is refused."""
    if "reset" in form:
        preferences.keep(session, actor, screen.noun, {"columns": None, "widths": None})
    elif "columns" in form:
        chosen = list(dict.fromkeys(form.getlist("columns")))
        _check(set(chosen) <= set(choosable(screen)))
        preferences.keep(session, actor, screen.noun, {"columns": chosen})
    if "width" in form:
        preferences.keep(session, actor, screen.noun, {"widths": _widths(screen, form.getlist("width")) or None})
    if "size" in form:
        _check(form["size"] in map(str, SIZES))
        preferences.keep(session, actor, screen.noun, {"size": int(form["size"])})
    if "compact" in form:
        _check(form["compact"] in ("0", "1"))
        preferences.keep(session, actor, preferences.EVERYWHERE, {"compact": form["compact"] == "1"})


def _widths(screen: Screen, told: list[str]) -> dict[str, int]:
    """Read "column:pixels"; none at all ("") gives the room back."""
    found = {}
    for text in filter(None, told):
        key, _colon, pixels = text.partition(":")
        _check((key in choosable(screen) or key == ACTS) and pixels.isascii() and pixels.isdigit() and len(pixels) < 5)
        found[key] = min(max(int(pixels), NARROWEST), WIDEST)
    return found


def _check(known: bool) -> None:  # noqa: FBT001 - an assertion has one argument
    if not known:
        abort(400, description=_("列表没有这样的列、宽度或每页条数，设置没有保存；请刷新页面后重试"))


def told(
    screen: Screen, arranged: Arrangement, listing: Listing, base: str, lang: str, *, opened: bool
) -> dict[str, Any]:
    """Return the words of the controls: the panel of columns (only its address until it is asked for), and density."""
    first, shown = screen.listed[0], [column.key for column in arranged.columns]
    known = choosable(screen)
    keys = [*shown, *(key for key in known if key not in shown)] if opened else []
    return {
        "url": f"{base}arrange",
        "back": listing.with_usual_size().address(base),
        "open_url": "" if opened else listing.address(base, panel=COLUMNS),
        "columns": [(key, labels.of_column(known[key], lang), key in shown) for key in keys if key != first.key],
        "first": labels.of_column(first, lang),
        "first_key": first.key,
        "compact": arranged.compact,
        "own": arranged.own,
        "width": arranged.whole_width,
        "acts_width": arranged.width(ACTS),
    }
