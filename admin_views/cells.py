"""Editing one cell of a list where it stands: the form's own field, rules, rights and trail, for one column.

Only columns that a form may write at any time: none that the engine, the program or the first entry alone writes, no
sealed number, no link. What was changed meanwhile is told with both values, and nothing is lost.
"""

from typing import Any

from flask import Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import escape

from admin_views import forms, rows
from admin_views.details import find
from admin_views.editing import CONFLICT, UNUSABLE
from admin_views.fields import typed
from admin_views.filters import read_id
from admin_views.list_page import Reader
from admin_views.screen import Screen
from admin_views.sentences import spoken
from exchange import labels
from models.columns import Column, columns_of
from models.terms import COLON
from workflow import saving
from workflow.actors import Actor
from workflow.rights import allowed, editable


def may_edit(actor: Actor, screen: Screen, column: Column) -> bool:
    """Whether the actor may change the column's cells in a list."""
    plain = not (column.links or column.sensitivity or column.kind == "sealed")
    return plain and allowed(actor, "edit", screen.noun) and editable(actor, column, creating=False)


def cell(reader: Reader, screen: Screen, row_id: int) -> ResponseReturnValue:
    """Hand out the native input of a cell with the value of this moment, or save what was put into it."""
    column = columns_of(screen.model).get(request.values.get("key", ""))
    if column is None or not may_edit(reader.actor, screen, column):
        abort(404)
    row: Any = find(reader.session, reader.actor, screen, row_id)
    made = forms.form_class(screen, (column.key,), reader.lang, creating=False)
    if request.method == "POST":
        return _save(reader, screen, column, row, made()[column.key].data)
    field = made(data={column.key: typed(column, getattr(row, column.key))})[column.key]
    looks = {"bool": "form-check-input", "enum": "form-select"}.get(column.kind, "form-control")
    html = field(class_="form-select" if labels.vocabulary(column, reader.lang) else looks, id="cell-input")
    return jsonify(html=html, version=row.row_version, label=labels.of_column(column, reader.lang))


def _save(reader: Reader, screen: Screen, column: Column, row: Any, value: Any) -> ResponseReturnValue:
    try:
        seen = read_id(request.form.get("version", ""))
    except ValueError:
        seen = 0  # a cell without the version it saw saw none
    try:
        saved = saving.edit(reader.session, reader.actor, row, {column.key: value}, seen)
        reader.session.commit()
    except saving.Invalid as refused:
        reader.session.rollback()
        return _told(UNUSABLE, said=_("；").join(_sentences(reader, screen, column, refused.errors)))
    except saving.Stale as stale:
        reader.session.rollback()
        row = find(reader.session, reader.actor, screen, row.id)
        return _told(CONFLICT, said=_conflict(stale), version=row.row_version)
    warned = [spoken(warning) for warning in getattr(saved, "warnings", [])]
    return _told(200, said=_("；").join([_("已保存"), *warned]), html=_shown(reader, screen, column, saved))


def _told(status: int, **words: Any) -> Response:
    answer = jsonify(words)
    answer.status_code = status
    return answer


def _sentences(reader: Reader, screen: Screen, column: Column, errors: dict[str, str]) -> list[str]:
    """Return what is wrong; what lies at another field is told with its label."""
    held = columns_of(screen.model)
    return [
        f"{labels.of_column(held[key], reader.lang)}{COLON[reader.lang]}{spoken(sentence)}"
        if key in held and key != column.key
        else spoken(sentence)
        for key, sentence in errors.items()
    ]


def _conflict(stale: saving.Stale) -> str:
    """Say what stands there now beside what was typed; the same words are saved when they are sent once more."""
    for label, yours, theirs in stale.differences:
        return _(
            "这条记录刚被他人修改，没有保存：“%(label)s”现在是“%(theirs)s”，您填写的是“%(yours)s”。再次保存以您填写的为准，按 Esc 保留现在的。",
            label=spoken(label), theirs=theirs or _("（空）"), yours=yours or _("（空）"),
        )  # fmt: skip
    return _("这条记录刚被他人修改过，这一项没有变；请再次保存")


def _shown(reader: Reader, screen: Screen, column: Column, row: Any) -> str:
    """Return the cell as the list shows it."""
    spec = rows.RowSpec(screen.noun, (column.key,), (column,))
    value = getattr(row, column.key)
    return str(escape(rows.cell_of(spec, column, reader.lang, {})(value, (value,)) or "—"))
