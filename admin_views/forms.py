"""Create and edit forms, generated from the columns that the reader may write."""

from contextlib import suppress
from functools import cache
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import Integer
from sqlalchemy.orm import Session
from wtforms import BooleanField, FileField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.widgets import DateInput, DateTimeLocalInput

from admin_views import stored
from admin_views.details import LAST, PLACES, grouped
from admin_views.fields import LookupField, SealedField, Wanted, typed
from admin_views.filters import read_id
from admin_views.nodes import Nodes
from admin_views.screen import Screen
from admin_views.sentences import spoken
from exchange import labels
from exchange.names import names_of
from exchange.pictures import RULES
from models import Role
from models.columns import Column, attribute, columns_of
from models.kinds import mask, opened
from workflow.actors import Actor
from workflow.rights import editable

LONG = 200
WHEN = {"domestic": "境内单位必填", "overseas": "境外必填", "enterprise": "企业必填", "mailed": "选择寄递时必填"}


def columns_for(screen: Screen, actor: Actor, *, creating: bool) -> list[Column]:
    """Return the columns that the reader may write, links first."""
    written = [c for c in columns_of(screen.model).values() if editable(actor, c, creating=creating)]
    return sorted(written, key=lambda column: column.key not in PLACES)


@cache
def form_class(screen: Screen, keys: tuple[str, ...], lang: str, *, creating: bool) -> type[FlaskForm]:
    """Return the form of these columns; cached, because it only depends on declarations."""
    held = columns_of(screen.model)
    made: dict[str, Any] = {key: field_for(screen, held[key], lang, creating=creating) for key in keys}
    for kind in screen.pictures:
        picture = {"description": spoken(RULES[kind].hint), "render_kw": {"accept": "image/jpeg,image/png"}}
        made[f"picture_{kind.value}"] = FileField(labels.of_member(kind, lang), **picture)
    for key, label in screen.ticks:
        made[key] = BooleanField(spoken(label))
    made["row_version"] = HiddenField()
    return type(f"{screen.noun.title()}Form", (FlaskForm,), made)


def field_for(screen: Screen, column: Column, lang: str, *, creating: bool) -> Any:
    """Return the unbound field of a column."""
    said = [spoken(column.help), spoken(WHEN.get(column.required, ""))]
    options: dict[str, Any] = {"label": labels.of_column(column, lang), "description": _("；").join(filter(None, said))}
    if column.required == "always" and (creating or column.kind != "sealed"):
        options["validators"] = [Wanted()]
    if column.kind == "bool":
        return BooleanField(label=options["label"], description=options["description"])
    if column.enum is not None:
        words = [(member.value, labels.of_member(member, lang)) for member in column.enum]
        return SelectField(choices=_or_none(column, words), **options)
    if column.links:  # the nodes are filled in for each request
        looked_up = column.links != "delegation"
        return (
            LookupField(url=f"/admin/{column.links}/lookup", **options)
            if looked_up
            else SelectField(render_kw=stored.keywords(lang), **options)
        )
    if (words_of := labels.vocabulary(column, lang)) is not None:
        return SelectField(choices=_or_none(column, list(words_of.items())), **options)
    return _text_field(screen, column, options)


def _text_field(screen: Screen, column: Column, options: dict[str, Any]) -> Any:
    if column.kind == "sealed":
        longest = 200 if column.sensitivity == "restricted" else 40  # a reason, else a number
        return SealedField(render_kw={"maxlength": longest, "autocomplete": "off"}, **options)
    if column.kind in ("date", "moment"):
        return StringField(widget=DateInput() if column.kind == "date" else DateTimeLocalInput(), **options)
    if column.kind in ("number", "money"):
        whole = column.kind == "number" and isinstance(attribute(screen.model, column.key).type, Integer)
        return StringField(render_kw={"inputmode": "numeric" if whole else "decimal", "maxlength": 24}, **options)
    limit = {"maxlength": column.length} if column.length else {}
    kind = TextAreaField if column.length is None or column.length > LONG else StringField
    return kind(render_kw=limit, **options)


def _or_none(column: Column, words: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("", "—"), *words] if column.nullable else words


def make(
    screen: Screen, actor: Actor, nodes: Nodes, lang: str, *, row: Any = None, preset: dict[str, str] | None = None
) -> FlaskForm:
    """Build the form of a request: of ``row`` when it is being edited, else with the defaults and ``preset``."""
    columns = columns_for(screen, actor, creating=row is None)
    cls = form_class(screen, tuple(column.key for column in columns), lang, creating=row is None)
    if row is None:
        data = {c.key: typed(c, _default(screen, c)) for c in columns}
        if actor.role is Role.sub_delegation:
            data["delegation_id"] = str(actor.delegation_id)
        data |= preset or {}
    else:
        data = {c.key: typed(c, getattr(row, c.key)) for c in columns if c.kind != "sealed"}
        data["row_version"] = str(row.row_version)
    form = cls(data=data)
    for key, _label in screen.ticks:
        if row is not None and getattr(row, f"{key}_at") is not None:  # declared once and for all
            del form[key]
    for column in columns:
        field = form[column.key]
        if column.links == "delegation":
            field.choices = [("", "—"), *((str(node), name) for node, name in nodes.names.items())]
        if column.kind == "sealed" and row is not None and getattr(row, column.key) is not None:
            field.render_kw = {**field.render_kw, "placeholder": mask(column.sensitivity, opened(row, column.key))}
            field.description = _("；").join(filter(None, [field.description, _("留空表示不修改")]))
    return form


def _default(screen: Screen, column: Column) -> Any:
    default = attribute(screen.model, column.key).property.columns[0].default
    return default.arg if default is not None and default.is_scalar else None


def fieldsets(screen: Screen, form: FlaskForm, lang: str) -> list[tuple[str, list[Any]]]:
    """Return the form's fields by group: where the row belongs, its own groups, then the pictures."""
    held = columns_of(screen.model)
    columns = [held[field.name] for field in form if field.name in held and field.name != "row_version"]
    own = [(group, [form[column.key] for column in members]) for group, members in grouped(columns)]
    place = [(_("归属"), members) for group, members in own if group == LAST]
    named = [
        (spoken(group) if group else labels.of_noun(screen.model, lang), members)
        for group, members in own
        if group != LAST
    ]
    beside = [form[f"picture_{kind.value}"] for kind in screen.pictures] + [
        form[key] for key, _label in ticks(screen, form)
    ]
    return [*place, *named, *([(_("附件与声明"), beside)] if beside else [])]


def ticks(screen: Screen, form: FlaskForm) -> list[tuple[str, str]]:
    """Return the screen's declarations that the form asks for."""
    return [tick for tick in screen.ticks if tick[0] in form]


def values(screen: Screen, form: FlaskForm, *, creating: bool) -> dict[str, Any]:
    """Return what was filled in by column; an empty sealed field is left out when editing: it means "unchanged"."""
    found: dict[str, Any] = {}
    for key, column in columns_of(screen.model).items():
        if key == "row_version" or key not in form:
            continue
        data = form[key].data
        if creating or column.kind != "sealed" or (data or "").strip():
            found[key] = data
    return found | {key: form[key].data for key, _label in ticks(screen, form)}


def name_links(session: Session, screen: Screen, form: FlaskForm) -> None:
    """Give look-up fields the words of what is chosen."""
    for field in form:
        with suppress(ValueError):  # no id, no words: the field says so itself
            if isinstance(field, LookupField) and field.data:
                number = read_id(str(field.data))
                field.words = names_of(session, columns_of(screen.model)[field.name].links, [number]).get(number, "")


def show_errors(form: FlaskForm, errors: dict[str, str]) -> None:
    """Put the sentences of a refused saving at their fields; what fits none stands above the form."""
    for key, sentence in errors.items():
        if key in form:
            form[key].errors = [*form[key].errors, spoken(sentence)]
        else:
            form.form_errors.append(spoken(sentence))
