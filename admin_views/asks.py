"""The form of a preview page: what the move asks, the agreement to a part, the words to type."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.widgets import DateTimeLocalInput

from admin_views.fields import LookupField, Wanted
from admin_views.filters import read_id
from admin_views.sentences import spoken
from models import Delegation
from models.validators import Invalid
from workflow.actors import unscoped
from workflow.answers import AnswersInvalid
from workflow.moves import Ask, Move

TARGETS = "/admin/delegation/lookup?field=targets"

ONE_LINE = {"code": {"spellcheck": "false"}, "money": {"inputmode": "decimal"}, "date": {"type": "date"}}


def deciding(move: Move) -> tuple[Ask, ...]:
    """Return the asks whose answers change what is possible: all but free text and moments."""
    return tuple(ask for ask in move.asks if ask.kind not in ("text", "moment"))


def make(move: Move, given: Mapping[str, Any], *, part: str = "", must_type: str = "") -> FlaskForm:
    """Build the form, filled with the request's answers or else with those ``given`` before.

    ``part`` is the sentence to agree to when a budget is short, ``must_type`` what has to be typed; "" leaves it out.
    """
    made: dict[str, Any] = {"signature": HiddenField(), "back": HiddenField()}
    made |= {ask.name: _field(ask) for ask in move.asks}
    if part:
        made["accept_partial"] = BooleanField(part)
    if must_type:
        made["confirm_typed"] = StringField(
            _("确认文字"), [Wanted()], render_kw={"autocomplete": "off", "spellcheck": "false"}
        )
    return type("AskForm", (FlaskForm,), made)(data=dict(given))


def _field(ask: Ask) -> Any:
    options: dict[str, Any] = {
        "label": spoken(ask.label),
        "description": spoken(ask.help),
        "validators": [Wanted()] if ask.required else [],
    }
    if ask.kind == "bool":
        return BooleanField(**options)
    if ask.kind == "delegation":
        return LookupField(url=TARGETS, **options)
    if ask.kind == "choice":
        choices = [("", _("请选择…")), *((value, spoken(label)) for value, label in ask.choices)]
        return SelectField(choices=choices, validate_choice=False, **options)
    if ask.kind in ONE_LINE:
        limited = {"maxlength": ask.max_length, "autocomplete": "off"}
        return StringField(render_kw={**limited, **ONE_LINE[ask.kind]}, **options)
    if ask.kind == "moment":
        return StringField(widget=DateTimeLocalInput(), **options)
    limits = {"maxlength": ask.max_length} | ({"minlength": ask.min_length} if ask.min_length else {})
    return TextAreaField(render_kw={"rows": 3, **limits}, **options)


def answers(session: Session, move: Move, form: FlaskForm) -> dict[str, Any]:
    """Return what was filled in, a node's name turned into its id and a code as it is stored.

    Raises AnswersInvalid when no node is called so, and for a code that is none.
    """
    found = {ask.name: form[ask.name].data for ask in move.asks}
    wrong: dict[str, str] = {}
    for ask in move.asks:
        typed = str(found[ask.name] or "").strip()
        if ask.check and typed:
            found[ask.name] = form[ask.name].data = _checked(ask, typed, wrong)
        if ask.kind == "delegation" and typed:
            node = _node(session, typed)
            found[ask.name] = str(node.id) if node else None
            form[ask.name].words = node.name if node else ""
            if node is None:
                wrong[ask.name] = _("没有“%(typed)s”这个交易团/分团，请从列表中选择", typed=typed[:50])
    if wrong:
        raise AnswersInvalid(wrong)
    return found


def _checked(ask: Ask, typed: str, wrong: dict[str, str]) -> str:
    """Return a code in its stored form, or note what is wrong with it."""
    try:
        return ask.check(typed) if ask.check else typed
    except Invalid as bad:
        wrong[ask.name] = bad.message
        return typed


def _node(session: Session, typed: str) -> Delegation | None:
    """Find a node anywhere in the tree by its id, or by its name as typed without scripts."""
    try:
        rule = Delegation.id == read_id(typed)
    except ValueError:
        rule = or_(Delegation.name == typed, Delegation.short_name == typed, Delegation.code == typed)
    with unscoped(session):
        nodes = session.scalars(select(Delegation).where(rule, Delegation.is_active).limit(2)).all()
    return nodes[0] if len(nodes) == 1 else None


def name_nodes(session: Session, move: Move, form: FlaskForm) -> None:
    """Give look-up fields the words of the node that was chosen before."""
    for ask in move.asks:
        field = form[ask.name]
        if ask.kind == "delegation" and field.data and not field.words:
            node = _node(session, str(field.data))
            field.words = node.name if node else ""


def show_errors(form: FlaskForm, errors: Mapping[str, str]) -> None:
    """Put each sentence at its field; what fits none stands above the form."""
    for name, sentence in errors.items():
        if name in form:
            form[name].errors = [*form[name].errors, spoken(sentence)]
        else:
            form.form_errors.append(spoken(sentence))
