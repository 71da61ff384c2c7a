"""The page of one row: its facts by group, masked, the lists that hang on it, and what may be done with it."""

from collections.abc import Iterator
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from admin_views import faces, fee_notes, lock_notes, rows, stored
from admin_views.filters import INTEGERS
from admin_views.list_page import Reader, moves_of, told_move
from admin_views.listing import standing
from admin_views.screen import Related, Screen
from admin_views.sentences import spoken
from exchange import labels
from exchange.names import linked_names, names_of
from models import Base, Payment, PaymentKind
from models.columns import Column, attribute, columns_of, model_named
from models.kinds import opened
from workflow import engine, leaving
from workflow.actors import Actor
from workflow.rights import allowed, editable

SHORT = 10  # rows of a related list
LAST = "last"  # stands for the group that comes last
PLACES = ("unit_id", "person_id", "delegation_id")
_NEVER = {"id", "province_id", "edition_id", "row_version"}


def find(session: Session, actor: Actor, screen: Screen, row_id: int) -> Base:
    """Return a row of the reader's scope; a foreign one and a missing one are the same 404."""
    if row_id not in INTEGERS:
        raise NotFound
    key = attribute(screen.model, "id")
    row = session.scalar(select(screen.model).where(key == row_id, *standing(screen, actor)))
    if row is None:
        raise NotFound
    return row


def title(reader: Reader, screen: Screen, row: Base) -> str:
    """Return what people call the row: what stands first in its list."""
    column = screen.listed[0]
    value = getattr(row, column.key)
    if column.links:
        return names_of(reader.session, column.links, [value]).get(value, "")
    return labels.of_value(column, value, reader.lang)


def details_page(reader: Reader, screen: Screen, row: Any) -> dict[str, Any]:
    """Return the words of the page's template."""
    enums = [c for c in columns_of(screen.model).values() if c.state and c.enum is not None and c.kind == "enum"]
    badges = [getattr(row, column.key) for column in enums]
    may_reveal = allowed(reader.actor, "reveal", screen.noun)
    return {
        "title": title(reader, screen, row),
        "subtitle": getattr(row, "ref", ""),
        "badges": [(labels.of_member(member, reader.lang), member.tone) for member in badges if member is not None],
        "sections": sections(reader, screen, row),
        "moves": moves(reader, screen, row.id),
        "row_id": row.id,
        "related": [
            *faces.compared(reader, row),
            *(related(reader, found, row.id) for found in screen.related if _may_list(reader.actor, found.noun)),
        ],
        "reveal": sealed_values(row, reader.lang) if may_reveal else [],
        "acts": acts(reader, screen, row),
        "note": fee_notes.note(reader, row) or lock_notes.note(reader, row),
        "files": files(reader, screen, row),
    }


def acts(reader: Reader, screen: Screen, row: Any) -> list[tuple[str, str]]:
    """Return what may be done with the row beyond its moves: label and address to post to."""
    others = screen.noun == "account" and row.id != reader.actor.account_id
    found = []
    if others and allowed(reader.actor, "edit", screen.noun):
        found.append((_("重置密码"), url_for("resets.reset", row_id=row.id)))
    if screen.noun == "transfer_request" and leaving.may_pack(reader.actor, row):
        found.append((_("生成移交包"), url_for("packages.make", row_id=row.id)))
    if screen.noun == "security_batch" and any(
        move.name == "hand_over_to_security" for move in moves_of(reader.actor, "person")
    ):
        found.append((_("生成加密名单"), url_for("security_lists.make", row_id=row.id)))
    return found


def files(reader: Reader, screen: Screen, row: Any) -> list[tuple[str, str]]:
    """Return what of the row may be taken away as a file: label and address to post to."""
    row_id, came_in = row.id, isinstance(row, Payment) and row.kind is PaymentKind.RECEIPT
    if not (screen.noun == "statement" or came_in) or not allowed(reader.actor, "export", screen.noun):
        return []
    if came_in:
        return [(_("下载收据"), url_for("payment_files.receipt", row_id=row_id))]
    return [
        (_("下载 Excel"), url_for("statement_files.workbook", row_id=row_id)),
        (_("下载 PDF"), url_for("statement_files.pdf", row_id=row_id)),
    ]


def _may_list(actor: Actor, noun: str) -> bool:
    return allowed(actor, "list", noun)


def sealed_values(row: Base, lang: str) -> list[tuple[str, str]]:
    """Return (key, label) of the row's sealed numbers that are filled in."""
    columns = columns_of(type(row)).values()
    return [
        (c.key, labels.of_column(c, lang)) for c in columns if c.kind == "sealed" and getattr(row, c.key) is not None
    ]


def revealed(row: Any, key: str) -> str:
    """Return a sealed number in full; the caller has checked the right and written it down."""
    return opened(row, key)


def grouped(columns: list[Column]) -> Iterator[tuple[str, list[Column]]]:
    """Group columns as their declaration says: a group lasts until the next one begins. States stand in the first;
    where the row belongs and what the program wrote beside come last, under "" as long as there is nothing else.
    """
    groups: dict[str, list[Column]] = {}
    current, last = "", list[Column]()
    for column in columns:
        current = column.group or current
        if column.key in PLACES or (column.machine and not column.state):
            last.append(column)
        else:
            groups.setdefault(next(iter(groups), current) if column.state else current, []).append(column)
    yield from groups.items()
    if last:
        yield (LAST if groups else ""), last


def sections(reader: Reader, screen: Screen, row: Any) -> list[dict[str, Any]]:
    """Return the facts by group: label, shown value, help."""
    held = [c for c in columns_of(screen.model).values() if not c.hidden and c.label and c.key not in _NEVER]
    keys = tuple(dict.fromkeys(["id", *(c.key for c in columns_of(screen.model).values())]))
    values = tuple(getattr(row, key) for key in keys)
    spec = rows.RowSpec(screen.noun, keys, tuple(held))
    names = linked_names(reader.session, [columns_of(screen.model)[key] for key in keys], [values])
    found = []
    for group, columns in grouped(held):
        fields = []
        for column in columns:
            shown = rows.cell_of(spec, column, reader.lang, names)(getattr(row, column.key), values)
            linked = _linked(reader, column, getattr(row, column.key), shown)
            if stored.is_stored(column):
                linked = stored.mark(linked, reader.lang)
            fields.append((labels.of_column(column, reader.lang), linked, spoken(column.help)))
        found.append({"label": section_label(group, screen, reader.lang), "fields": fields})
    return found


def section_label(group: str, screen: Screen, lang: str) -> str:
    """Return what a group of facts is called."""
    if group == LAST:
        return _("归属与登记")
    return spoken(group) if group else labels.of_noun(screen.model, lang)


def _linked(reader: Reader, column: Column, value: object, shown: str) -> str:
    """Return a link column's title as a link, where the reader may follow it."""
    if not (column.links and value is not None and shown and allowed(reader.actor, "details", column.links)):
        return shown
    if column.links in ("account", "batch"):
        return shown
    return Markup('<a href="{}">{}</a>').format(url_for(f"{column.links}.details", row_id=value), shown)


def moves(reader: Reader, screen: Screen, row_id: int) -> list[dict[str, Any]]:
    """Return the role's moves on the row, each open or with the reason why not."""
    offered = moves_of(reader.actor, screen.noun)
    if not offered:
        return []
    told = engine.open_moves(reader.session, reader.actor, screen.noun, [row_id]).get(row_id, {})
    return [
        {**told_move(move, reader.lang), "open": told[move.name] is None, "reason": spoken(told[move.name] or "")}
        for move in offered
        if move.name in told
    ]


def related(reader: Reader, found: Related, row_id: int) -> dict[str, Any]:
    """Return a short list of the rows that hang on the shown one, newest first."""
    model = model_named(found.noun)
    held = columns_of(model)
    keys = tuple(dict.fromkeys(["id", *(["ref"] if "ref" in held else []), *found.columns]))
    key = attribute(model, "id")
    statement = select(*(attribute(model, name) for name in keys)).where(attribute(model, found.by) == row_id)
    if "review_status" in held:
        statement = statement.where(attribute(model, "review_status") != "deleted")
    got = [tuple(row) for row in reader.session.execute(statement.order_by(key.desc()).limit(SHORT + 1))]
    names = linked_names(reader.session, [held[name] for name in keys], got)
    shown = tuple(held[name] for name in found.columns)
    spec = rows.RowSpec(found.noun, keys, shown)
    cells = [(keys.index(column.key), _cell(spec, column, reader.lang, names)) for column in shown]
    return {
        "label": labels.of_noun(model, reader.lang),
        "columns": [labels.of_column(column, reader.lang) for column in shown],
        "rows": [_related_row(found.noun, keys, row, cells) for row in got[:SHORT]],
        "more_url": f"/admin/{found.noun}/?{found.by}={row_id}"
        if len(got) > SHORT and found.noun != "attachment"
        else "",
        "create_url": f"/admin/{found.noun}/new?{found.by}={row_id}" if _may_add(reader.actor, found) else "",
        "empty_text": _("暂无"),
    }


def _cell(spec: rows.RowSpec, column: Column, lang: str, names: rows.Names) -> rows.Cell:
    """Return a cell of a short list, with what somebody typed marked as such."""
    cell = rows.cell_of(spec, column, lang, names)
    return (lambda value, row: stored.mark(cell(value, row), lang)) if stored.is_stored(column) else cell


def _may_add(actor: Actor, found: Related) -> bool:
    """Whether the reader may make a new row that hangs on the shown one; files come with the form of their owner."""
    by = columns_of(model_named(found.noun))[found.by]
    return found.noun != "attachment" and allowed(actor, "create", found.noun) and editable(actor, by, creating=True)


def _related_row(
    noun: str, keys: tuple[str, ...], row: tuple[Any, ...], cells: list[tuple[int, rows.Cell]]
) -> list[str]:
    told = [cell(row[position], row) or "—" for position, cell in cells]
    is_file = noun == "attachment"
    address = (
        url_for("file.download", ref=row[keys.index("ref")]) if is_file else url_for(f"{noun}.details", row_id=row[0])
    )
    return [Markup('<a href="{}">{}</a>').format(address, escape(told[0])), *told[1:]]
