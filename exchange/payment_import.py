"""Importing payments by table: what a table would do, and doing it (DOMAIN §1.4); the frame is ``importing``."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange import importing
from exchange.importing import Mode
from exchange.payment_reading import AMOUNT, BOOK, CHECK, DAY, PERSON, SERIAL, Line, read_lines
from exchange.reading import read_sheet
from exchange.saying import Said
from exchange.sheet_source import MIB, Limits
from exchange.table_plan import TablePlan
from models import Edition, ImportJob, Payment, Person
from models.columns import SHANGHAI
from models.figures import yuan
from models.kinds import now
from models.words import Labelled
from workflow import payments
from workflow.actors import Actor, Forbidden, acting
from workflow.money_moves import DECIDED
from workflow.payments import AWAITED, Sum
from workflow.rights import allowed

NOUN: Final = "payment"
LIMITS: Final = Limits(file_bytes=5 * MIB, rows=100_000)
AT_ONCE: Final = 5000  # references in one statement


class Verdict(Labelled):
    """What becomes of one row."""

    NEW = "NEW", "登记", "success"
    SAME = "SAME", "已登记过", "muted"
    BAD = "BAD", "有错误", "danger"


WRITTEN: Final = {Verdict.NEW: "已登记", Verdict.SAME: "已登记过", Verdict.BAD: "未写入"}


@dataclass(frozen=True)
class Planned:
    """A row with the person it is about."""

    line: Line
    person: Any = None
    is_known: bool = False

    @property
    def verdict(self) -> Verdict:
        """Bad with any finding; known by the bank's number."""
        return Verdict.BAD if self.line.findings else Verdict.SAME if self.is_known else Verdict.NEW


@dataclass(frozen=True)
class Plan(TablePlan[Planned]):
    """A dry run: nothing was written."""

    written = WRITTEN

    @property
    def due(self) -> dict[int, Sum]:
        """What the good rows record, by the ids of their persons."""
        return {
            each.person.id: Sum(line.amount, line.paid_on, line.serial_no, line.remark)
            for each in self.rows
            if each.verdict is Verdict.NEW and (line := each.line).amount and line.paid_on
        }

    @property
    def digest(self) -> str:
        """Name the plan by what it does to whom and why not."""
        told = [
            (each.line.row, each.verdict.value, each.person.id if each.person else 0, each.line.serial_no, each.line.amount,
             [one.rule for one in each.line.findings])
            for each in self.rows
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()

    def changes(self) -> Iterator[Sequence[Any]]:
        """Yield row, reference, name, column, present status and amount of everything that would be recorded."""
        for each in self.rows:
            if each.verdict is Verdict.NEW and each.line.amount:
                now_is = each.person.payment_status.label
                amount = yuan(each.line.amount)
                yield each.line.row, each.line.ref, each.person.name, Said(AMOUNT), now_is, amount


def plan(session: Session, actor: Actor, data: bytes, filename: str, *, lock: bool = False) -> Plan:
    """Say what a table would do; write nothing. Raises Forbidden, and SheetError for a file that is no payment table."""
    if not allowed(actor, "import", NOUN):
        raise Forbidden(f"import {NOUN}")
    table = read_sheet(data, filename, LIMITS)
    importing.refuse_other_edition(session, actor, table.meta, BOOK)
    lines = read_lines(table)
    with acting(session, actor):
        edition = session.get_one(Edition, actor.edition_id)
        persons = {row.ref: row for row in _persons(session, [line.ref for line in lines if line.ref], lock=lock)}
        known = {
            row.serial_no: row for row in _known(session, actor, [line.serial_no for line in lines if line.serial_no])
        }
    rows = [_compare(line, persons.get(line.ref), known.get(line.serial_no), edition) for line in lines]
    return Plan(filename, data, actor.delegation_id, rows)


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    whole = sorted(set(values))
    return (whole[start : start + AT_ONCE] for start in range(0, len(whole), AT_ONCE))


def _persons(session: Session, refs: Iterable[str], *, lock: bool) -> Iterator[Any]:
    keys = (
        Person.id, Person.ref, Person.name, Person.edition_id, Person.review_status, Person.payment_status, Person.group_pay_fee,
    )  # fmt: skip
    for part in _parts(refs):
        found = select(*keys).where(Person.ref.in_(part)).order_by(Person.id)
        yield from session.execute(found.with_for_update() if lock else found)


def _known(session: Session, actor: Actor, serials: Iterable[str]) -> Iterator[Any]:
    keys = (Payment.serial_no, Payment.person_id, Payment.amount, Payment.paid_on)
    for part in _parts(serials):
        yield from session.execute(
            select(*keys).where(Payment.serial_no.in_(part), Payment.edition_id == actor.edition_id)
        )


def _compare(line: Line, person: Any, known: Any, edition: Edition) -> Planned:
    if line.findings:
        return Planned(line, person)
    if person is None:
        line.refuse(PERSON, line.ref, Said("没有该人员编号，或不在管理范围内"), CHECK)
    elif person.edition_id != edition.id:
        line.refuse(PERSON, line.ref, Said("该人员属于其他届次"), Said("请删除此行"))
    elif known is not None:
        if (known.person_id, known.amount, known.paid_on) == (person.id, line.amount, line.paid_on):
            return Planned(line, person, is_known=True)
        line.refuse(SERIAL, line.serial_no, Said("该流水号已登记给另一人，或金额、日期不同"), CHECK)
    else:
        _refuse_payment(line, person, edition)
    return Planned(line, person)


def _refuse_payment(line: Line, person: Any, edition: Edition) -> None:
    """Note why the person's fee cannot be taken as paid by this sum."""
    day: date | None = line.paid_on
    if person.payment_status not in AWAITED or person.review_status not in DECIDED:
        rule = Said("该人员缴费状态为“%(state)s”，没有待缴的费用", state=person.payment_status.label)
        line.refuse(PERSON, line.ref, rule, Said("请核对是否重复缴费"))
    elif line.amount != person.group_pay_fee:
        rule = Said("与该人员的证件费%(amount)s元不符", amount=yuan(person.group_pay_fee or 0))
        line.refuse(AMOUNT, yuan(line.amount or 0), rule, CHECK)
    elif day is not None and day > now().astimezone(SHANGHAI).date():
        line.refuse(DAY, day, Said("支付日期晚于今天"), CHECK)
    elif day is not None and payments.midnight(day) >= edition.pay_closes_at:
        line.refuse(DAY, day, Said("支付日期晚于缴费截止"), Said("请联系省交易团秘书处补办代付"))


def commit(session: Session, actor: Actor, ref: str, mode: Mode = "all") -> dict[str, int]:
    """Write what was previewed, see ``importing.commit``; return the rows by verdict."""
    return importing.commit(session, actor, NOUN, ref, mode, lambda job: _write(session, actor, job)).tally


def _write(session: Session, actor: Actor, job: ImportJob) -> Plan:
    planned = plan(session, actor, job.content, job.filename, lock=True)
    payments.record_many(session, actor, planned.due)
    return planned
