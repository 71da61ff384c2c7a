"""What was read off a licence, beside the fields of the unit's form: taken over by a button, never by itself (DOMAIN U1)."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm

from admin_views.fields import typed
from admin_views.list_page import Reader
from admin_views.sentences import spoken
from exchange import labels
from models import LicenceReading, Unit
from models.columns import columns_of
from workflow import recognition

ALL = "*"  # the button that takes everything over


@dataclass(frozen=True)
class Proposed:
    """What stands in a form: a note above it, proposals by field (text, percent), and what the form cannot change."""

    note: str = ""
    fields: dict[str, tuple[str, int]] = field(default_factory=dict)
    fixed: list[str] = field(default_factory=list)


def proposed(reader: Reader, row: Any, form: FlaskForm) -> Proposed | None:
    """Return what the unit's newest licence says otherwise than the form; None where there is nothing to say."""
    if not isinstance(row, Unit):
        return None
    reading = recognition.latest(reader.session, row.id)
    if reading is None:
        return None
    sure, found = recognition.sureness(reading), Proposed(spoken(reading.sentence))
    for key in recognition.FIELDS:
        value = getattr(reading, key)
        if value is None:
            continue
        column = columns_of(Unit)[key]
        text = typed(column, value)
        if key in form and not is_same(text, form[key].data):
            found.fields[key] = (text, sure.get(key, 0))
        elif key not in form and not is_same(text, getattr(row, key)):
            label = labels.of_column(column, reader.lang)
            found.fixed.append(_("证照上的“%(label)s”为 %(value)s，与登记的不同", label=label, value=text))
    return found


def take_over(form: FlaskForm, found: Proposed | None, wanted: str) -> None:
    """Fill proposals into the form; nothing is saved by it."""
    for key, (text, _sure) in (found.fields if found else {}).items():
        if wanted in (key, ALL):
            form[key].data = text


def is_same(text: str, other: Any) -> bool:
    """Whether two values mean the same, however brackets, blanks and amounts were typed."""
    plain = recognition.alike(str(other if other is not None else ""))
    try:
        return Decimal(text) == Decimal(plain)
    except InvalidOperation:
        return recognition.alike(text) == plain


def beside(reading: LicenceReading | None, row: Any) -> dict[str, dict[str, Any]]:
    """Return what a reviewer sees beside each field that was read: the text, how sure it is, whether it is the same."""
    if reading is None:
        return {}
    sure = recognition.sureness(reading)
    return {
        key: {
            "text": typed(columns_of(Unit)[key], value), "sure": sure.get(key, 0),
            "same": is_same(str(value), getattr(row, key)),
        }
        for key in recognition.FIELDS
        if (value := getattr(reading, key)) is not None
    }  # fmt: skip
