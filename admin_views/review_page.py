"""The sheet of the review desk: the picture, the fields with what is to be looked at beside them, what may be decided."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from admin_views import details, proposing, rows, stored
from admin_views.list_page import Reader
from admin_views.review_extras import EXTRAS
from admin_views.review_pictures import PLACE, pictures
from admin_views.review_queue import Desk, days_since, desks
from admin_views.sentences import spoken
from exchange import labels
from exchange.names import linked_names, names_of
from models import LicenceReading, ReviewRecord, figures
from models.columns import Column, columns_of
from models.words import Labelled
from workflow import canned, checks, claims, desk, differences, engine, opinions, recognition
from workflow.checks import CHECKS, Finding
from workflow.checks.missing import PREFIXES
from workflow.checks.unit import READ
from workflow.differences import Differences
from workflow.history import action_label, move_said
from workflow.registry import machine_of
from workflow.rights import allowed

NOT_SHOWN = {"id", "province_id", "edition_id", "row_version", "is_returning", "group_pay_enabled", "review_status"}
BESIDE = {"recognised", "payment_status", "group_pay_decision"}  # written by the program, and worth a look
EARLIER = 10
RELATED = ("intention",)


def sheet(desk_: Desk, row: Any, *, notice: str = "", revealed: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the template's words; a constant number of statements."""
    reader, noun = desk_.reader, desk_.noun
    session, actor = reader.session, reader.actor
    found = checks.findings(session, actor, noun, [row.id]).get(row.id, [])
    changed = differences.since_return(session, noun, row.id)
    told = engine.open_moves(session, actor, noun, [row.id]).get(row.id, {})
    held = claims.holders(session, actor, noun, [row.id]).get(row.id, "")
    reading = recognition.latest(session, row.id) if noun == "unit" else None
    waits = desk.is_waiting(session, actor, noun, row.id)
    machine = machine_of(noun)
    state, asked = getattr(row, machine.column), _asks(reader, noun)
    return {
        "noun": noun, "row": row, "title": getattr(row, machine.title), "desks": desks(reader, noun),
        "state": (labels.of_member(state, reader.lang), state.tone), "waited": days_since(row.state_since),
        "node": names_of(session, "delegation", [row.delegation_id]).get(row.delegation_id, ""),
        "pictures": pictures(reader, noun, row), "picture_findings": _worded(reader, noun, found, PLACE[noun]),
        "picture_sentences": canned.OF_FIELDS[noun][PLACE[noun]], "picture_key": PLACE[noun],
        "reading": _reading(reader, noun, row, reading),
        "sections": _sections(desk_, row, found, changed, proposing.beside(reading, row)), "findings": _summary(found),
        "others": _worded(reader, noun, found, ""), "changed": _changed(desk_, changed),
        "extras": EXTRAS[noun](reader, row),
        "related": [details.related(reader, one, row.id) for one in desk_.screen.related if one.noun in RELATED],
        "earlier": _earlier(reader, noun, row.id),
        "decisions": _decisions(reader, noun, told, state), "asks": asked, "may_mark": waits and bool(asked["opinion"]), "holder": held, "notice": notice,
        "decided": "" if waits else _decided(reader, noun, row.id), "waits": waits,
        "reveal": details.sealed_values(row, reader.lang) if allowed(actor, "reveal", noun) else [],
        "revealed": revealed or {}, "canned": canned.GENERAL[noun],
        "own_opinions": opinions.own(session, actor, noun), "left": desk.left(session, actor, desk_.line()),
        "sitting": desk_.sitting, "details_url": url_for(f"{noun}.details", row_id=row.id),
    } | _addresses(desk_, row.id)  # fmt: skip


def _addresses(desk_: Desk, row_id: int) -> dict[str, str]:
    own = {name: desk_.address(name, row_id=row_id) for name in ("decide", "hold", "show_number", "keep_opinion")}
    undo = desk_.sitting.last.get("ref") and desk_.address("take_back", row_id=desk_.sitting.last["row_id"])
    return {
        **{f"{name}_url": url for name, url in own.items()}, "step_url": desk_.address("step"), "undo_url": undo or "",
        "leave_url": desk_.address("leave"), "queue_url": desk_.address("queue"),
    }  # fmt: skip


def _summary(found: list[Finding]) -> list[tuple[str, int, str]]:
    """Count what there is to look at by gravity: tone, number, words."""
    counted = {tone: sum(one.check.tone == tone for one in found) for tone in ("danger", "warning")}
    said = {
        "danger": _("%(n)s 处不符", n=counted["danger"]),
        "warning": _("%(n)s 处请核对", n=counted["warning"]),
    }
    return [(tone, number, said[tone]) for tone, number in counted.items() if number]


def _worded(reader: Reader, noun: str, found: list[Finding], field: str) -> list[dict[str, Any]]:
    """Return what stands beside a field."""
    return [
        {
            "tone": one.check.tone, "sentence": spoken(one.sentence),
            "twins": [(name, url_for(f"{noun}.details", row_id=other)) for other, name in one.twins]
            if allowed(reader.actor, "details", noun) else [],
        }
        for one in found
        if one.check.field == field
    ]  # fmt: skip


def _shown(column: Column) -> bool:
    own = not column.machine or column.key in BESIDE
    return own and not column.hidden and bool(column.label) and column.key not in NOT_SHOWN


def _reading(reader: Reader, noun: str, row: Any, reading: LicenceReading | None) -> dict[str, str] | None:
    """Return what became of the reading of a unit's licence; of persons there is none."""
    if noun != "unit":
        return None
    result = row.recognised
    return {
        "result": labels.of_member(result, reader.lang), "tone": result.tone, "validity": (reading and reading.validity) or "",
        "sentence": spoken(reading.sentence) if reading else "",
    }  # fmt: skip


def _sections(
    desk_: Desk, row: Any, found: list[Finding], changed: Differences | None, read: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    reader, noun, held = desk_.reader, desk_.noun, columns_of(desk_.screen.model)
    keys = tuple(dict.fromkeys(["id", *held]))
    values = tuple(getattr(row, key) for key in keys)
    spec = rows.RowSpec(noun, keys, ())
    shown = [column for column in held.values() if _shown(column)]
    names = linked_names(reader.session, [held[key] for key in keys], [values])
    sections = []
    for group, columns in details.grouped(shown):
        fields = []
        for column in columns:
            worded = _worded(reader, noun, found, column.key)
            before = _before(reader, changed, column)
            if getattr(row, column.key) in (None, "") and not worded and before is None and column.key not in read:
                continue
            cell = rows.cell_of(spec, column, reader.lang, names)(getattr(row, column.key), values)
            fields.append({
                "key": column.key, "label": labels.of_column(column, reader.lang), "value": cell, "typed": stored.is_stored(column),
                "code": column.kind in ("code", "sealed"), "findings": worded, "before": before,
                "fine": "" if worded else _looked_at(noun, column.key), "read": read.get(column.key),
                "sentences": () if column.machine and not column.links else canned.of_field(noun, column.key),
            })  # fmt: skip
        if fields:
            sections.append({"label": details.section_label(group, desk_.screen, reader.lang), "fields": fields})
    return sections


def _looked_at(noun: str, key: str) -> str:
    """Say which checks a field has passed; what is merely filled in is no news."""
    other = (*PREFIXES, READ)  # what was read is said beside
    passed = [spoken(one.label) for one in CHECKS[noun] if one.field == key and not one.name.startswith(other)]
    return _("、").join(passed)


def _before(reader: Reader, changed: Differences | None, column: Column) -> str | None:
    """Return what a field held when the row was returned; None where it is as it was."""
    if changed is None or column.key not in changed.columns:
        return None
    before = changed.columns[column.key][0]
    if column.links and isinstance(before, int):
        return names_of(reader.session, column.links, [before]).get(before, "—")
    return labels.of_recorded(column, before, reader.lang) or "—"


def _changed(desk_: Desk, changed: Differences | None) -> dict[str, Any] | None:
    if changed is None:
        return None
    reader, held = desk_.reader, columns_of(desk_.screen.model)
    return {
        "at": figures.moment(changed.returned_at, reader.lang), "opinion": changed.opinion,
        "fields": sum(key in held and _shown(held[key]) for key in changed.columns), "beside": [labels.of_noun(model, reader.lang) for model in changed.beside],
    }  # fmt: skip


def _earlier(reader: Reader, noun: str, row_id: int) -> list[dict[str, str]]:
    """Return what was decided before, the newest first."""
    record = ReviewRecord
    own = record.person_id == row_id if noun == "person" else (record.unit_id == row_id) & record.person_id.is_(None)
    found = reader.session.scalars(
        select(record).where(own).order_by(record.at.desc(), record.id.desc()).limit(EARLIER)
    ).all()
    names = names_of(reader.session, "account", [one.by_id for one in found])
    return [
        {
            "at": figures.moment(one.at, reader.lang), "who": names.get(one.by_id or 0, ""),
            "what": move_said(one.action, reader.lang), "opinion": one.opinion or "",
        }
        for one in found
    ]  # fmt: skip


def _decided(reader: Reader, noun: str, row_id: int) -> str:
    return said_decided(reader, noun, row_id) or _("目前不需要您审核")


def said_decided(reader: Reader, noun: str, row_id: int) -> str:
    """Say who decided a row last; nothing where nobody has."""
    last = desk.decided(reader.session, noun, row_id)
    if last is None:
        return ""
    return _("已由 %(who)s 办理：%(what)s", who=last[0], what=action_label(last[1], reader.lang))


def _decisions(reader: Reader, noun: str, told: dict[str, str | None], state: Labelled) -> list[dict[str, Any]]:
    """Return the role's decisions on such a row as buttons, each open or with the reason why not."""
    keys_open = {machine_of(noun).moves[name].key for name, why in told.items() if why is None}
    moves = [
        move
        for move in desk.decisions(reader.actor, noun)
        if state in move.source and (told.get(move.name, "") is None or move.key not in keys_open)
    ]
    main = next((move for move in moves if move.settles and told.get(move.name, "") is None), None)
    return [
        {
            "name": move.name, "label": labels.of_move(move, reader.lang), "key": move.key, "danger": move.danger,
            "opinion": any(ask.kind == "text" for ask in move.asks), "typed": move.typed, "confirm": spoken(move.confirm),
            "open": told.get(move.name, "") is None, "reason": spoken(told.get(move.name) or ""), "settles": move.settles,
            "picks": any(ask.kind == "choice" for ask in move.asks), "help": spoken(move.help), "main": move is main,
        }
        for move in moves
    ]  # fmt: skip


def _asks(reader: Reader, noun: str) -> dict[str, Any]:
    """Return what the decisions ask besides: the opinion's rule, and choices by move."""
    moves = desk.decisions(reader.actor, noun)
    words = next((ask for move in moves for ask in move.asks if ask.kind == "text"), None)
    picks = {
        move.name: (ask.name, spoken(ask.label), [(value, spoken(label)) for value, label in ask.choices])
        for move in moves for ask in move.asks if ask.kind == "choice"
    }  # fmt: skip
    return {
        "opinion": words and {"label": spoken(words.label), "help": spoken(words.help), "least": words.min_length},
        "picks": picks,
    }
