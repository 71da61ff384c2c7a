"""What stands on a statement: read off the ledger as it is now, and written down for good when it is issued."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, false, insert, select, true
from sqlalchemy.orm import Session

from models import (
    Account,
    Certificate,
    CertificateStatus,
    CertMode,
    Delegation,
    GroupPayEntry,
    GroupPayKind,
    Label,
    Period,
    Person,
    Statement,
    StatementLine,
    StatementStatus,
    Unit,
)
from models.columns import SHANGHAI, attribute
from models.kinds import mask, open_sealed
from workflow import ledger
from workflow.actors import unscoped
from workflow.moves import Context

CHUNK = 1000


@dataclass(frozen=True)
class Line:
    """One line as it reads: DOMAIN §5.5. ``fee`` × ``quantity`` = ``amount``, in 分."""

    entry_id: int
    person_id: int
    node_name: str
    unit_name: str
    uscc: str | None
    person_ref: str
    person_name: str
    id_masked: str | None
    label: Label
    mode: CertMode
    period: Period
    fee: int
    quantity: int
    amount: int
    confirmed_by: str | None
    confirmed_at: datetime
    card_status: CertificateStatus | None
    kind: GroupPayKind
    reason: str | None


def not_after_today(day: date | None, at: datetime) -> ColumnElement[bool] | None:
    """Whether a day that was answered has come; None while it is not answered."""
    if day is None:
        return None
    return true() if day <= at.astimezone(SHANGHAI).date() else false()


def lines(session: Session, statement: Statement) -> list[Line]:
    """Return a statement's lines: the frozen ones, or for a draft what it would hold now."""
    if statement.status is StatementStatus.draft:
        return list(_due(session, statement, statement.period_to))
    names = tuple(Line.__dataclass_fields__)
    frozen = select(*(getattr(StatementLine, name) for name in names)).where(StatementLine.statement_id == statement.id)
    return [Line(*row) for row in session.execute(frozen.order_by(StatementLine.line_no))]


def freeze(context: Context) -> None:
    """Write the lines of the statements being issued, as they read now; raise CapExceeded when they changed meanwhile."""
    session = context.session
    chosen = select(Statement).where(Statement.id.in_(context.rows)).order_by(Statement.id)
    for statement in session.scalars(chosen.execution_options(populate_existing=True)):
        place = {
            "statement_id": statement.id, "edition_id": statement.edition_id, "delegation_id": statement.delegation_id,
            "province_id": statement.province_id,
        }  # fmt: skip
        end = None if statement.period_to == context.at else statement.period_to
        made = [{**place, "line_no": no, **vars(line)} for no, line in enumerate(_due(session, statement, end), 1)]
        if (len(made), sum(line["amount"] for line in made)) != (statement.line_count, statement.total):
            raise ledger.CapExceeded
        for start in range(0, len(made), CHUNK):
            session.execute(insert(StatementLine), made[start : start + CHUNK])


def settled_line() -> ColumnElement[bool]:
    """Whether a ledger line stands on a settled statement."""
    line = StatementLine
    return exists(
        select(line.id).join(Statement, Statement.id == line.statement_id)
        .where(line.entry_id == GroupPayEntry.id, Statement.status == StatementStatus.settled)
    )  # fmt: skip


def commits(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a person has commitments of which the rules hold, released ones too: their statement is to be settled first."""
    of_person = (GroupPayEntry.person_id == Person.id, GroupPayEntry.kind == GroupPayKind.COMMIT)
    return exists(select(GroupPayEntry.id).where(*of_person, *which))


def _due(session: Session, statement: Statement, end: datetime | None) -> Iterator[Line]:
    """Yield what came before ``end`` and stands on no statement yet, in the order of the ledger; units may have left the
    payer's scope since.
    """
    entry = GroupPayEntry
    in_time = [] if end is None else [entry.at < end]
    cards = select(Certificate.status).where(Certificate.person_id == Person.id).order_by(Certificate.id.desc())
    status = cards.limit(1).scalar_subquery()
    number, name = attribute(Person, "id_no").label("number"), Unit.name.label("unit_name")
    found = (
        select(
            entry.id, entry.person_id, Delegation.short_name, name, Unit.uscc, Person.ref, Person.name, number,
            Person.label, Person.cert_mode, Person.period, entry.amount, Account.name.label("by"), entry.at, status.label("card"),
            entry.kind, entry.reason,
        )
        .join(Person, Person.id == entry.person_id).join(Unit, Unit.id == entry.unit_id)
        .join(Delegation, Delegation.id == Unit.delegation_id).outerjoin(Account, Account.id == entry.by_id)
        .where(
            entry.delegation_id == statement.delegation_id, entry.edition_id == statement.edition_id, *in_time,
            ~ledger.stated(),
        )
        .order_by(entry.id)
    )  # fmt: skip
    with unscoped(session):
        rows = session.execute(found).all()
    yield from map(_line, rows)


def _line(row: Row[Any]) -> Line:
    number = open_sealed("person", "id_no", row.ref, row.number)
    return Line(
        row.id, row.person_id, row.short_name, row.unit_name, row.uscc, row.ref, row.name, mask("identity", number) or None,
        row.label, row.cert_mode, row.period, abs(row.amount), (row.amount > 0) - (row.amount < 0), row.amount, row.by, row.at,
        row.card, row.kind, row.reason,
    )  # fmt: skip
