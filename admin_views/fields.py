"""The kinds of form fields. They carry text both ways; what a text means is for ``workflow.values`` to read."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup
from wtforms import StringField, ValidationError
from wtforms.widgets import TextInput

from admin_views.filters import read_id
from models.columns import SHANGHAI, Column
from models.words import Labelled


class Wanted:
    """Marks a field that must be filled in; whether it is, the saving decides, for it knows the other fields too."""

    field_flags = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        """Do nothing: this is a mark."""


class _LookupInput(TextInput):
    """A text box that a script turns into a look-up; it carries the id, and the words beside it."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        kwargs.setdefault("data-lookup-url", field.url)
        kwargs.setdefault("data-lookup-text", field.words)
        return super().__call__(field, **kwargs)


class LookupField(StringField):
    """The id of a row of another noun; ``url`` finds it by its words, ``words`` name the one chosen."""

    widget = _LookupInput()

    def __init__(self, label: str, *, url: str, **options: Any) -> None:
        super().__init__(label, **options)
        self.url = url
        self.words = ""

    def pre_validate(self, form: Any) -> None:
        """Refuse what cannot be an id; whether the row is in the reader's scope, the saving looks up."""
        try:
            if self.data:
                read_id(self.data)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class SealedField(StringField):
    """A number that is stored encrypted: never shown, left empty it stays as it is."""


def typed(column: Column, value: Any) -> Any:
    """Return a stored value as a person would type it; a tick stays a truth."""
    if value is None:
        return ""
    if column.kind == "bool":
        return bool(value)
    if column.kind == "money":
        return f"{Decimal(value).scaleb(-2):f}".removesuffix(".00")
    if isinstance(value, Labelled):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
