"""Plain writes: every form and every imported row goes through ``create`` and ``edit``.

They check the right, refuse columns the actor may not write, read and check the values, apply the noun's rules
(``workflow.rules``), gather all errors at once, and write inside a savepoint: a refusal leaves nothing behind. They
flush; the caller commits.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from models.base import Base
from models.columns import Column, attribute, columns_of, model_named, shown
from models.kinds import mask
from models.validators import Invalid as BadValue
from workflow.actors import Actor, Forbidden, acting
from workflow.quota_rows import QuotaShort
from workflow.rights import allowed, editable
from workflow.rules import rules_of
from workflow.rules.change import Change
from workflow.rules.taken import sentence_of
from workflow.savepoint import savepoint
from workflow.values import is_blank, read_country, read_value

GONE = "该记录已被删除或转出，不在您的管理范围内"


class Invalid(Exception):
    """The values are refused: column → one Chinese sentence each, "" for the whole form."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("；".join(errors.values()))
        self.errors = errors


class Stale(Exception):
    """Somebody changed the row meanwhile: (column label, yours, theirs) for each given value that differs."""

    def __init__(self, differences: list[tuple[str, str, str]]) -> None:
        super().__init__("该记录已被他人修改，请核对差异后重新保存")
        self.differences = differences


def create(
    session: Session,
    actor: Actor,
    model: type[Base],
    values: Mapping[str, Any],
    machine: Mapping[str, Any] | None = None,
) -> Any:
    """Create a row from what a person gave and what the program adds (``machine``: typed, trusted); return it flushed.

    Money is given in 元. The row carries ``warnings``, sentences a reviewer should see. Raises Forbidden and Invalid.
    """
    with acting(session, actor):
        _ask(actor, "create", model)
        change = Change(session, actor, _blank_row(model), columns_of(model), {}, creating=True, given=values)
        _read(change, model)
        change.values.update(machine or {})
        return _carry_out(change, model)


def edit(session: Session, actor: Actor, row: Any, values: Mapping[str, Any], seen_version: int) -> Any:
    """Change a row if it still is the version the actor saw; columns that are not given stay. Return it as it is now.

    Raises Forbidden, Invalid, and Stale with the differences.
    """
    model: type[Base] = type(row)
    with acting(session, actor):
        _ask(actor, "edit", model)
        fresh = select(model).where(model.id == row.id).with_for_update()
        found = session.scalar(fresh.execution_options(populate_existing=True))
        if found is None:
            raise Invalid({"": GONE})
        change = Change(session, actor, found, columns_of(model), {}, creating=False, given=values)
        _read(change, model)
        if change.row.row_version != seen_version:
            raise Stale(_differences(change))
        return _carry_out(change, model)


def _ask(actor: Actor, right: str, model: type[Base]) -> None:
    if not allowed(actor, right, model.__tablename__):
        raise Forbidden(f"{right} {model.__tablename__}")


def _blank_row(model: type[Base]) -> Any:
    """Make a row that holds the columns' plain defaults, so that rules see what will be stored."""
    row = model()
    for column in model.__table__.columns:
        if column.default is not None and column.default.is_scalar:
            setattr(row, column.key, column.default.arg)
    return row


def _read(change: Change, model: type[Base]) -> None:
    """Read what was given into typed values; note the columns that are unknown or not the actor's to write."""
    country = _country(change)
    for key, raw in change.given.items():
        column = change.columns.get(key)
        if column is None and key in rules_of(model).extra:
            continue
        if column is None or not editable(change.actor, column, creating=change.creating):
            change.refuse(key, f"“{column.label if column else key}”不能由您填写")
            continue
        if not change.creating and _is_mask(change, column, raw):
            continue
        try:
            change.values[key] = read_value(model, column, raw, country)
            _look_up(change, column)
        except BadValue as bad:
            change.refuse(key, bad.message)


def _country(change: Change) -> str:
    """Return the country by which numbers without a dialling code are read."""
    if "nationality" not in change.columns:
        return "CHN"
    try:
        return read_country(change.given.get("nationality") or change.stored("nationality"))
    except BadValue:
        return "CHN"


def _is_mask(change: Change, column: Column, raw: Any) -> bool:
    """Whether a form came back with the masked value it had shown: the stored one stays."""
    if not column.sensitivity or is_blank(raw):
        return False
    return str(raw).strip() == mask(column.sensitivity, str(change.stored(column.key) or ""))


def _look_up(change: Change, column: Column) -> None:
    """A link leads to a row the actor can see."""
    key = change.values[column.key]
    if column.kind != "link" or key is None:
        return
    target: Any = model_named(column.links)
    if change.session.scalar(select(target.id).where(target.id == key)) is None:
        del change.values[column.key]
        raise BadValue(f"所选“{column.label}”不存在或不在您的管理范围内，请重新选择")


def _carry_out(change: Change, model: type[Base]) -> Any:
    rules = rules_of(model)
    rules.prepare(change)
    _ask_for_missing(change, model)
    rules.problems(change)
    if change.errors:
        raise Invalid(change.errors)
    try:
        with savepoint(change.session):
            if not change.creating:
                _take_version(change, model)
            rules.write(change)
    except QuotaShort as short:
        raise Invalid({"label" if "label" in change.values else "": short.sentence}) from short
    except IntegrityError as error:
        raise Invalid(sentence_of(model, error, rules.taken)) from error
    change.row.warnings = change.warnings
    return change.row


def _ask_for_missing(change: Change, model: type[Base]) -> None:
    """Mandatory columns: all of them on creation, on an edit those given and those whose condition was given."""
    for key, column in change.columns.items():
        condition, applies = rules_of(model).needs.get(column.required, ("", bool))
        asked = change.creating or key in change.values or condition in change.values
        if column.machine or column.hidden or not asked or not is_blank(change.get(key)):
            continue
        has_default = attribute(model, key).expression.default is not None
        always = column.required == "always" or not (column.nullable or has_default)
        if always or (condition and applies(change.get(condition))):
            change.refuse(key, f"请填写“{column.label}”")


def _take_version(change: Change, model: Any) -> None:
    """Compare and set: the one wall against two people writing at the same moment (DESIGN §3.2)."""
    row, changed = change.row, [key for key in change.values if change.changes(key)]
    if not changed:
        return
    seen = row.row_version
    taken = update(model).where(model.id == row.id, model.row_version == seen).values(row_version=seen + 1)
    if change.session.connection().execute(taken).rowcount != 1:
        raise Stale(_differences(change))
    set_committed_value(row, "row_version", seen + 1)


def _differences(change: Change) -> list[tuple[str, str, str]]:
    return [
        (column.label, _worded(change, column, change.values[key]), _worded(change, column, change.stored(key)))
        for key, column in change.columns.items()
        if key in change.values and change.values[key] != change.stored(key)
    ]


def _worded(change: Change, column: Column, value: Any) -> str:
    if column.sensitivity:
        return mask(column.sensitivity, str(value or ""))
    if column.kind == "link" and value is not None:
        return str(change.session.get(model_named(column.links), value) or value)
    return shown(column, value)
