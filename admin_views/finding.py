"""Finding anything from anywhere (Ctrl-K): rows by name, code or number, screens, what may be begun, views, recent rows.

What is typed travels in a body, so that a number stands in no address and no log (SECURITY D09). Rows are found as the
lists find them and told with masks; without scripts the same page is a plain form.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, String, select
from sqlalchemy.exc import IntegrityError

from admin_views import rows, saved_views
from admin_views import search as searching
from admin_views.batches import reader_of
from admin_views.filters import read_id
from admin_views.import_kinds import KINDS
from admin_views.list_page import Reader
from admin_views.listing import standing
from admin_views.screen import Screen
from admin_views.screens import BY_NOUN, SCREENS
from exchange import labels
from exchange.names import linked_names
from models.columns import Column, attribute, columns_of
from workflow import desk, recent
from workflow.rights import allowed

MOST = 6  # rows of a noun
BESIDE = 4  # facts beside a row's name
LEAST = 2  # characters from which on rows are looked for
blueprint = Blueprint("finding", __name__)


@dataclass(frozen=True)
class Hit:
    """Somewhere to go."""

    title: str
    note: str
    url: str
    icon: str
    id: int = 0  # of a row
    review: str = ""  # its sheet at the review desk, while it waits for the reader's word


Group = dict[str, Any]
Opened = tuple[str, int]  # noun and id of a row


@blueprint.route("/admin/find", methods=["GET"])
def page() -> ResponseReturnValue:
    """Show the form, with what was opened last and what there is to begin."""
    reader = reader_of("unit")
    return _answer(reader, "")


@blueprint.route("/admin/find", methods=["POST"])
def ask() -> ResponseReturnValue:
    """Look for what was typed: a page, or for the palette the same as JSON."""
    reader = reader_of("unit")
    reader.session.info["read_only"] = True
    return _answer(reader, request.form.get("text", ""))


def _answer(reader: Reader, typed: str) -> ResponseReturnValue:
    warning = ""
    try:
        search = searching.read(typed)
    except ValueError as error:
        search, warning = None, str(error)
    groups = found(reader, search) if search else at_hand(reader, _noted())
    if request.accept_mimetypes.best == "application/json":
        return jsonify([{**group, "hits": [asdict(hit) for hit in group["hits"]]} for group in groups])
    shown = "" if search is None or search.is_secret else search.text
    return render_template(
        "admin/find.html", title=_("查找"), groups=groups, typed=shown, warning=warning, asked=search is not None
    )


def at_hand(reader: Reader, noted: Sequence[Opened] = ()) -> list[Group]:
    """Return what is offered before anything is typed; ``noted`` rows were opened after those that are written down."""
    last = list(dict.fromkeys([*noted, *recent.recent(reader.session, reader.actor)]))[: recent.KEPT]
    return _told(
        [
            (_("最近打开"), list(still_seen(reader, last).values())),
            (_("办理"), acts(reader)),
            (_("页面"), screens(reader)),
        ]
    )


def found(reader: Reader, search: searching.Search) -> list[Group]:
    """Return what fits the words, by kind; at most two statements per noun."""
    named = [(_("办理"), acts(reader)), (_("视图"), views(reader)), (_("页面"), screens(reader))]
    groups = [(label, [hit for hit in hits if _fits(hit, search.text)]) for label, hits in named]
    looked = [screen for screen in SCREENS if len(search.text) >= LEAST and is_found(reader, screen)]
    groups += [(labels.of_noun(screen.model, reader.lang), look(reader, screen, search)) for screen in looked]
    return _told(groups)


def _told(groups: Iterable[tuple[str, list[Hit]]]) -> list[Group]:
    return [{"label": label, "hits": hits} for label, hits in groups if hits]


def _fits(hit: Hit, text: str) -> bool:
    """Whether the characters stand in the words in this order: 导入额度 finds 导入单位额度."""
    words = iter(f"{hit.title} {hit.note}".lower())
    return all(character in words for character in text.lower() if not character.isspace())


def is_found(reader: Reader, screen: Screen) -> bool:
    """Whether rows of the noun are found by their name: the list begins with it, searches it, and leads to the row."""
    title = screen.listed[0]
    named = title.searched is True and isinstance(attribute(screen.model, title.key).type, String)
    return named and all(allowed(reader.actor, right, screen.noun) for right in ("list", "details"))


def look(reader: Reader, screen: Screen, search: searching.Search) -> list[Hit]:
    """Return the newest rows of a noun that its list's search finds."""
    return hits(reader, screen, search.condition(screen.model), MOST)


def still_seen(reader: Reader, wanted: Sequence[Opened]) -> dict[Opened, Hit]:
    """Return those of the rows that the reader may see, in the same order."""
    last = [(noun, number) for noun, number in wanted if noun in BY_NOUN]
    seen: dict[Opened, Hit] = {}
    for noun in dict.fromkeys(noun for noun, _number in last):
        screen = BY_NOUN[noun]
        if not allowed(reader.actor, "details", noun):
            continue
        ids = [number for other, number in last if other == noun]
        for hit in hits(reader, screen, attribute(screen.model, "id").in_(ids), len(ids)):
            seen[noun, hit.id] = hit
    return {one: seen[one] for one in last if one in seen}


def hits(reader: Reader, screen: Screen, condition: ColumnElement[bool], most: int) -> list[Hit]:
    """Read the newest rows of the reader's scope: one statement for them, one for the units they belong to."""
    columns = [screen.listed[0], *_beside(screen)]
    keys = ["id", *(["ref"] if screen.has("ref") else []), *(column.key for column in columns)]
    keys = list(dict.fromkeys(keys))
    chosen = select(*(attribute(screen.model, key) for key in keys)).where(*standing(screen, reader.actor), condition)
    newest = attribute(screen.model, screen.default_sort).desc()
    got = [tuple(row) for row in reader.session.execute(chosen.order_by(newest).limit(most))]
    names = linked_names(reader.session, [columns_of(screen.model)[key] for key in keys], got) if got else {}
    return [_hit(reader, screen, keys, columns, row, names) for row in got]


def _beside(screen: Screen) -> list[Column]:
    """Return the columns that tell rows of one name apart: state, codes, the unit, numbers (masked)."""
    telling = [
        c for c in screen.listed[1:] if c.key == screen.state or c.kind in ("code", "sealed") or c.links == "unit"
    ]
    return telling[:BESIDE]


def _hit(
    reader: Reader, screen: Screen, keys: list[str], columns: Sequence[Column], row: tuple[Any, ...], names: rows.Names
) -> Hit:
    told = []
    for column in columns:
        value = row[keys.index(column.key)]
        if column.kind == "sealed":
            told.append(labels.of_number(screen.noun, column, row[keys.index("ref")], value))
        elif column.links:
            told.append(names.get(column.links, {}).get(value, ""))
        else:
            told.append(labels.of_value(column, value, reader.lang))
    url, note = url_for(f"{screen.noun}.details", row_id=row[0]), " · ".join(filter(None, told[1:]))
    waits = screen.state in keys and row[keys.index(screen.state)] in _reviewed(reader, screen.noun)
    review = url_for("review.sheet", noun=screen.noun, row_id=row[0]) if waits else ""
    return Hit(told[0] or f"#{row[0]}", note, url, screen.icon, row[0], review)


def _reviewed(reader: Reader, noun: str) -> list[Any]:
    """Return the states in which rows of the noun wait at the reader's desk."""
    return desk.states(reader.actor, noun) if noun in desk.DESKS else []


def screens(reader: Reader) -> list[Hit]:
    """Return the lists of the menu."""
    listed = [screen for screen in SCREENS if allowed(reader.actor, "list", screen.noun)]
    home = Hit(_("首页"), "", url_for("admin.index"), "home")
    return [home, *(Hit(labels.of_noun(s.model, reader.lang), "", url_for(f"{s.noun}.index"), s.icon) for s in listed)]


def acts(reader: Reader) -> list[Hit]:
    """Return what the reader may begin, noun by noun: new rows, tables to import, rows to review."""
    hits = []
    for screen in SCREENS:
        noun, name = screen.noun, labels.of_noun(screen.model, reader.lang)
        if noun != "attachment" and allowed(reader.actor, "create", noun):
            hits.append(Hit(_("新增%(noun)s", noun=name), "", url_for(f"{noun}.new"), "plus"))
        hits += [
            Hit(kind.words().title, name, url_for("importing.upload", noun=kind.word), "file-import")
            for kind in KINDS.values()
            if kind.noun == noun and kind.may(reader.actor)
        ]
        if noun in desk.nouns(reader.actor):
            hits.append(Hit(_("在工作台审核"), name, url_for("review.queue", noun=noun), "clipboard-check"))
    return hits


def views(reader: Reader) -> list[Hit]:
    """Return the saved views of all lists."""
    return [
        Hit(view.name, labels.of_noun(BY_NOUN[view.noun].model, reader.lang), url_for("saved_views.open_view", view_id=view.id), "filter")
        for view in saved_views.of_reader(reader.session, reader.actor)
    ]  # fmt: skip


@blueprint.route("/admin/recent", methods=["POST"])
def opened() -> ResponseReturnValue:
    """Note the rows that were opened in a window, which says so when it is left; 404 when none of them is the reader's."""
    reader = reader_of("unit")
    mine = list(still_seen(reader, _noted()))
    if not mine:
        abort(404)
    try:
        for noun, number in reversed(mine):
            recent.remember(reader.session, reader.actor, noun, number)
        reader.session.commit()
    except IntegrityError:  # the same row in two windows at once
        reader.session.rollback()
    return "", 204


def _noted() -> list[Opened]:
    """Read the rows that a window says were opened in it, the last one first; what is no row is passed over."""
    found = []
    for text in reversed(request.form.getlist("opened")):
        noun, _colon, number = text.partition(":")
        try:
            found.append((noun, read_id(number)))
        except ValueError:
            continue
    return found[: recent.KEPT]
