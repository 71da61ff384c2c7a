"""Words of the declarations in a reader's language ("zh" or "en"): Chinese as declared, English as the standard term."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache

from models import Base, Role, figures
from models.audit import ERASED
from models.columns import Column, columns_of, measured, model_named, told_moment
from models.countries import COUNTRIES, country
from models.figures import yuan
from models.keyring import SealBroken, SealedText
from models.kinds import mask, open_sealed
from models.terms import COLON, SEMICOLON, english
from models.words import Labelled
from workflow.history import UNDO, VERBS, action_label, move_said
from workflow.machines import MACHINES
from workflow.moves import Move

BROKEN = "（密文校验失败）"
CLEARED = {"zh": "（届次个人信息已清除）", "en": "(erased with its edition's personal data)"}
# Tables that appear as text in the trail, in batches and on tombstones.
NOUNS = (
    "unit", "person", "intention", "attachment", "certificate", "parcel", "quota_pool", "quota_allocation", "transfer_request",
    "transfer_package",
    "delegation", "delegation_edition", "edition", "fee", "account", "group_pay_entry", "statement", "statement_line", "payment",
    "refund_task", "review_record", "batch", "audit",
    "saved_view", "erasure", "security_batch", "security_row",
)  # fmt: skip


def of_noun(model: type[Base], lang: str) -> str:
    """Return the model's name."""
    return english(model.__label__, model.__tablename__) if lang == "en" else model.__label__


def of_column(column: Column, lang: str) -> str:
    """Return the column's heading."""
    return column.english if lang == "en" else column.label


def of_member(member: Labelled, lang: str) -> str:
    """Return the words of an enumeration's member."""
    return member.english if lang == "en" else member.label


def of_move(move: Move, lang: str) -> str:
    """Return what a move is called."""
    return move.english if lang == "en" else move.label


def of_bool(value: object, lang: str) -> str:
    """Return yes or no."""
    return ("Yes" if value else "No") if lang == "en" else ("是" if value else "否")


def of_value(column: Column, value: object, lang: str) -> str:
    """Return a stored value for people; links and sealed values are for others to tell."""
    if isinstance(value, Labelled):
        return of_member(value, lang)
    if isinstance(value, bool):
        return of_bool(value, lang)
    words = vocabulary(column, lang)
    if words is not None and isinstance(value, str):
        return words.get(value, value)
    return "" if value is None else measured(column, value, lang)


def of_number(table: str, column: Column, ref: str, value: SealedText | None, *, whole: bool = False) -> str:
    """Return a sealed number masked, or whole; one that was tampered with says so instead of stopping its whole list."""
    try:
        number = open_sealed(table, column.key, ref, value)
    except SealBroken:
        return BROKEN
    return number if whole else mask(column.sensitivity, number)


@cache
def vocabulary(column: Column, lang: str) -> Mapping[str, str] | None:
    """Return the words of a text column whose values come from a fixed list, by value; None for free text."""
    make = _VOCABULARIES.get(column.choices or (column.key if column.kind == "text" else ""))
    return None if make is None else make(lang)


def of_changes(noun: str, changes: str, lang: str) -> str:
    """Tell an audit entry's changes as words: ``姓名：张三 → 李四；职务：…``; what is no such record stands as it is."""
    if changes == ERASED:
        return CLEARED[lang]
    try:
        found = json.loads(changes)
    except ValueError:
        return changes
    columns = columns_of(model_named(noun)) if noun in NOUNS else {}
    if not isinstance(found, dict) or not columns:
        return changes if found else ""
    return SEMICOLON[lang].join(_change(columns.get(key), key, pair, lang) for key, pair in found.items())


def _change(column: Column | None, key: str, pair: object, lang: str) -> str:
    label = key if column is None else of_column(column, lang)
    if not isinstance(pair, list) or len(pair) != 2:
        return f"{label}{COLON[lang]}{pair}"
    before, after = (of_recorded(column, value, lang) for value in pair)
    return f"{label}{COLON[lang]}{before} → {after}" if before else f"{label}{COLON[lang]}{after}"


def of_recorded(column: Column | None, value: object, lang: str) -> str:
    """Return the words of a value as the trail wrote it down."""
    if value is None or column is None:
        return "" if value is None else str(value)
    if column.enum is not None and value in column.enum.__members__:
        return of_member(column.enum[str(value)], lang)
    if column.kind == "bool":
        return of_bool(value, lang)
    if column.kind == "money" and isinstance(value, int):
        return yuan(value)
    if column.kind == "moment":
        return told_moment(column, datetime.fromisoformat(str(value)), lang)
    return figures.respelt(str(value), lang) if column.kind == "date" else str(value)


def _countries(lang: str) -> dict[str, str]:
    return {code: country(code, english=lang == "en") for code in COUNTRIES}


def _nouns(lang: str) -> dict[str, str]:
    return {noun: of_noun(model_named(noun), lang) for noun in NOUNS}


def _roles(lang: str) -> dict[str, str]:
    return {role.value: of_member(role, lang) for role in Role}


def _moves(lang: str) -> dict[str, str]:
    return {name: of_move(move, lang) for machine in MACHINES.values() for name, move in machine.moves.items()}


def _actions(lang: str) -> dict[str, str]:
    """Name what the trail calls ``unit.edit`` and the review records call ``pass_first_review``."""
    moved = {noun: [*machine.moves, *(f"{UNDO}{name}" for name in machine.moves)] for noun, machine in MACHINES.items()}
    actions = [f"{noun}.{verb}" for noun in NOUNS for verb in [*VERBS, *moved.get(noun, [])]]
    written = {label: move_said(label, lang) for label in _moves("zh").values()}  # a review record holds the words
    return _moves(lang) | written | {action: action_label(action, lang) for action in actions}


_VOCABULARIES: Mapping[str, Callable[[str], Mapping[str, str]]] = {
    "countries": _countries, "noun": _nouns, "role": _roles, "move": _moves, "action": _actions,
}  # fmt: skip
