"""What people typed stays as they typed it, in Chinese: on an English page it is marked so, for those who listen (WCAG 3.1.2)."""

from flask import Flask
from markupsafe import Markup

from admin_views import languages
from admin_views.sentences import spoken
from exchange import labels
from models.columns import Column, columns_of
from workflow.moves import Machine, Move

CHINESE = "zh-CN"


def install(app: Flask) -> None:
    """Give the templates the filter ``stored`` for a text, and ``in_chinese`` for the attribute of an element that holds one."""
    app.jinja_env.filters["stored"] = mark
    app.context_processor(lambda: {"in_chinese": attribute(languages.chosen())})


def is_stored(column: Column) -> bool:
    """Whether a column's cells hold what somebody typed, or the title of another row."""
    if column.enum is not None or column.kind in ("bool", "date", "moment", "age", "number", "money"):
        return False
    return bool(column.links) or column.key == "changes" or labels.vocabulary(column, "en") is None


def attribute(lang: str) -> Markup:
    """Return the attribute of an element that holds what somebody typed."""
    return Markup(f' lang="{CHINESE}"') if lang == "en" else Markup()  # noqa: S704 - both are constants


def names_rows(move: Move, machine: Machine) -> bool:
    """Whether what a move changes is the title of another row, as where a unit belongs."""
    return bool(columns_of(machine.model)[move.shows or machine.column].links)


def said(text: str) -> str:
    """Return a text of the layers below in the language of the request; what nobody can translate was typed."""
    told = spoken(text)
    return mark(text) if told == text else told


def keywords(lang: str) -> dict[str, str]:
    """Return the attribute for a field whose choices are what somebody typed."""
    return {"lang": CHINESE} if lang == "en" else {}


def mark(text: str, lang: str = "") -> str:
    """Return a text somebody typed, marked as Chinese on an English page."""
    if not text or (lang or languages.chosen()) != "en":
        return text
    return Markup('<span lang="{}">{}</span>').format(CHINESE, text)
