"""Looking for everything that the checks of a noun would tell of some rows, at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from models.kinds import now
from workflow import scope
from workflow.actors import Actor, unscoped
from workflow.checks.check import Check, Finding, Twin
from workflow.checks.person import PERSON
from workflow.checks.unit import UNIT
from workflow.moves import Context
from workflow.registry import machine_of

NAMED = 3  # twins told by name
CHECKS: Mapping[str, tuple[Check, ...]] = {"unit": UNIT, "person": PERSON}
"""The tables of checks by noun."""


def condition(context: Context, noun: str, check: Check) -> ColumnElement[bool] | None:
    """Return the check as a predicate on the noun's rows, for statements that run unscoped; None where SQL cannot tell.

    It holds where the desk would tell the actor something, and nowhere else.
    """
    if isinstance(check, Twin):
        places = (True, False) if check.elsewhere else (True,)
        return or_(*(_twins(context.actor, noun, check, here=here) for here in places))
    return check.finds(context) if check.finds else None


def findings(session: Session, actor: Actor, noun: str, ids: Sequence[int]) -> dict[int, list[Finding]]:
    """Look at rows that the actor sees: one statement for all checks, one for the rows, one per kind of twin found."""
    context, table = Context(session, actor, now()), CHECKS[noun]
    model: Any = machine_of(noun).model
    told: list[tuple[Check, str, ColumnElement[bool]]] = []
    for check in table:
        if isinstance(check, Twin):
            told.append((check, check.sentence, _twins(actor, noun, check, here=True)))
            if check.elsewhere:
                told.append((check, check.elsewhere, _twins(actor, noun, check, here=False)))
        elif check.finds and (rule := check.finds(context)) is not None:
            told.append((check, check.sentence, rule))
    with unscoped(session):
        here = (model.id.in_(ids), scope.condition(machine_of(noun).model, actor))
        answers = session.execute(select(model.id, *(rule for _check, _sentence, rule in told)).where(*here)).all()
        rows = {row.id: row for row in session.scalars(select(model).where(*here))}
        named = _named(session, actor, noun, [check for check, _s, _r in told], answers)
    found = {}
    for answer in answers:
        by_sql = [
            Finding(check, sentence, named.get((check.name, answer[0]), ()) if sentence == check.sentence else ())
            for (check, sentence, _rule), holds in zip(told, answer[1:], strict=True)
            if holds
        ]
        by_row = [Finding(c, c.sentence) for c in table if c.plain and c.plain(rows[answer[0]])]
        found[answer[0]] = sorted([*by_sql, *by_row], key=lambda finding: table.index(finding.check))
    return found


def _alike(noun: str, check: Twin, other: Any) -> ColumnElement[bool]:
    model: Any = machine_of(noun).model
    return and_(
        other.id != model.id, other.edition_id == model.edition_id, other.review_status != "deleted", check.same(other)
    )


def _twins(actor: Actor, noun: str, check: Twin, *, here: bool) -> ColumnElement[bool]:
    """Whether there is another such row within (or beyond) the actor's part of the tree."""
    other: Any = aliased(machine_of(noun).model)
    within = scope.placed(actor, other.delegation_id, other.province_id)
    return select(other.id).where(_alike(noun, check, other), within if here else ~within).exists()


def _named(
    session: Session, actor: Actor, noun: str, checks: Sequence[Check], answers: Sequence[Any]
) -> Mapping[tuple[str, int], tuple[tuple[int, str], ...]]:
    """Return the first few twins of each row by check, within the actor's part of the tree."""
    machine, named = machine_of(noun), dict[tuple[str, int], tuple[tuple[int, str], ...]]()
    model: Any = machine.model
    for check in {check.name: check for check in checks if isinstance(check, Twin)}.values():
        place = next(at for at, known in enumerate(checks, 1) if known is check)
        ids = [answer[0] for answer in answers if answer[place]]
        if not ids:
            continue
        other: Any = aliased(machine.model)
        pairs = session.execute(
            select(model.id, other.id, getattr(other, machine.title))
            .join(other, _alike(noun, check, other))
            .where(model.id.in_(ids), scope.placed(actor, other.delegation_id, other.province_id))
            .order_by(model.id, other.id)
            .limit(NAMED * len(ids))
        )
        for row_id, other_id, title in pairs:
            known_twins = named.get((check.name, row_id), ())
            named[check.name, row_id] = (*known_twins, (other_id, title))[:NAMED]
    return named
