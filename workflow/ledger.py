"""The group-pay ledger and the payers' committed amounts: the one writer of both (DOMAIN §4.3).

Lines are only added. Whoever adds one holds the payer's settings row by the end of the transaction; issuing a statement
takes that row first, so a line is either on the statement or comes after it.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import Select, func, insert, literal, select, update
from sqlalchemy.orm import Session

from models import Delegation, DelegationEdition, GroupPayEntry, GroupPayKind, PaymentStatus, Person, StatementLine
from workflow import trail
from workflow.moves import Context

QUIET = {"synchronize_session": False}
KEYS = ("delegation_id", "province_id", "edition_id", "person_id", "unit_id")
GROUP_PAID = (PaymentStatus.group_committed, PaymentStatus.group_settled)


class CapExceeded(Exception):
    """The cap does not hold what is to be booked; the transaction must be rolled back. ``sentence`` says so."""

    def __init__(self, sentence: str = "数据刚刚被其他人改动") -> None:
        super().__init__(sentence)
        self.sentence = sentence


def settings_of(payers: Any, edition_id: Any) -> Select[Any]:
    """Select the settings rows of payers in the order in which they are locked."""
    row = DelegationEdition
    mine = select(row.id).where(row.delegation_id.in_(payers), row.edition_id == edition_id)
    return mine.order_by(row.id)


def stated() -> Any:
    """Whether a ledger line stands on a statement."""
    return select(StatementLine.id).where(StatementLine.entry_id == GroupPayEntry.id).exists()


def move_committed(
    session: Session, delegation_id: int, edition_id: int, amount: int, short: str | None = None
) -> None:  # fmt: skip
    """Move a payer's committed amount by so many 分; raise CapExceeded beyond the cap (or below nothing)."""
    if amount == 0:
        return
    row = DelegationEdition
    committed = row.group_pay_committed + amount
    moved = session.execute(
        update(row)
        .where(
            row.delegation_id == delegation_id,
            row.edition_id == edition_id,
            committed <= row.group_pay_cap,
            committed >= 0,
        )
        .values(group_pay_committed=committed, row_version=row.row_version + 1)
        .returning(row.id, row.group_pay_committed),
        execution_options=QUIET,
    ).one_or_none()
    if moved is None:
        raise CapExceeded(short) if short else CapExceeded
    trail.note(
        session, "delegation_edition.group_pay", "delegation_edition", moved.id, None,
        {"group_pay_committed": [moved.group_pay_committed - amount, moved.group_pay_committed]},
    )  # fmt: skip


def write_commits(context: Context) -> None:
    """Add one COMMIT line, on their payer, for every person being done at a fee; the cap was booked by the budget."""
    node = Delegation
    rows = (
        select(
            Person.payer_id, func.coalesce(node.province_id, node.id), Person.edition_id, Person.id, Person.unit_id,
            literal(GroupPayKind.COMMIT.value), Person.group_pay_fee, literal(context.at, GroupPayEntry.at.type),
            literal(context.actor.account_id), literal(context.batch_id), literal(context.said_to()),
        )
        .join(node, node.id == Person.payer_id)
        .where(Person.id.in_(context.rows), Person.group_pay_fee > 0)
        .order_by(Person.id)
    )  # fmt: skip
    names = (*KEYS, "kind", "amount", "at", "by_id", "batch_id", "reason")
    context.session.execute(insert(GroupPayEntry).from_select([getattr(GroupPayEntry, name) for name in names], rows))


def _nets(context: Context, *which: Any) -> list[Any]:
    """Return what each payer stands in for, person by person, of the rows being done."""
    line = GroupPayEntry
    net = func.sum(line.amount)
    columns = [getattr(line, key) for key in KEYS]
    found = (
        select(*columns, net.label("net"), Person.group_pay_fee.label("fee"))
        .join(Person, Person.id == line.person_id)
        .where(line.person_id.in_(context.rows), *which)
        .group_by(*columns, Person.group_pay_fee)
        .order_by(line.person_id, line.delegation_id)
    )
    return list(context.session.execute(found))


def _write(context: Context, kind: GroupPayKind, lines: list[tuple[Any, int]], short: str | None = None) -> None:
    """Add lines of one kind, given as (row with KEYS, amount), and move their payers' committed amounts."""
    if not lines:
        return
    stamp = {
        "kind": kind, "at": context.at, "by_id": context.actor.account_id, "batch_id": context.batch_id,
        "reason": context.said_to(),
    }  # fmt: skip
    made = [{**{key: getattr(row, key) for key in KEYS}, "amount": amount, **stamp} for row, amount in lines]
    context.session.execute(insert(GroupPayEntry), made)
    totals: dict[tuple[int, int], int] = defaultdict(int)
    for row, amount in lines:
        totals[row.delegation_id, row.edition_id] += amount
    for (delegation_id, edition_id), amount in sorted(totals.items()):
        move_committed(context.session, delegation_id, edition_id, amount, short)


def release(context: Context) -> None:
    """Take back what the payers stood in for of the rows being done, by RELEASE lines, where no card was made."""
    freed = Person.payment_status.in_((PaymentStatus.released, PaymentStatus.waived, PaymentStatus.undecided))
    _write(context, GroupPayKind.RELEASE, [(row, -row.net) for row in _nets(context, freed) if row.net > 0])


def reverse(context: Context) -> None:
    """Take the lines of a wrong decision back, by ADJUST lines that carry the reason; before any statement only.

    Raises CapExceeded when a statement was issued between judging and writing.
    """
    chosen = select(Person.edition_id).where(Person.id.in_(context.rows)).limit(1).scalar_subquery()
    payers = select(GroupPayEntry.delegation_id).where(GroupPayEntry.person_id.in_(context.rows))
    context.session.execute(settings_of(payers, chosen).with_for_update()).close()
    late = select(GroupPayEntry.id).where(GroupPayEntry.person_id.in_(context.rows), stated())
    if context.session.scalar(late.limit(1)) is not None:
        raise CapExceeded
    _write(context, GroupPayKind.ADJUST, [(row, -row.net) for row in _nets(context) if row.net != 0])


def adjust(context: Context) -> None:
    """Book the difference between what is due now and what the ledger holds for the group-paid rows being done."""
    paid = Person.payment_status.in_(GROUP_PAID) & (GroupPayEntry.delegation_id == Person.payer_id)
    lines = [(row, row.fee - row.net) for row in _nets(context, paid) if row.fee != row.net]
    _write(context, GroupPayKind.ADJUST, lines, "付款单位的统付额度不足以补记差额，请先提高其统付额度")
