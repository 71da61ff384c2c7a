"""What the results of a table come to: row by row written, or why not. Whoever only wants to know takes it back.

Rows are found by batch and person, then name, last four characters and check value are compared, then the identity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from exchange.decision_plan import Done, Fate
from exchange.saying import Said
from exchange.security_list import BATCH, DAY, MARK, NAME, PERSON, RESULT, TAIL, mark
from exchange.security_reading import AGAIN, Line, same_name
from models import Person, SecurityBatch, SecurityRow, SecurityRowStatus, SecurityStatus
from models.columns import SHANGHAI
from models.kinds import opened, seal_values
from workflow import engine, security
from workflow.actors import SYSTEM, Actor, acting
from workflow.engine import Decision
from workflow.machines import MACHINES
from workflow.sessions import writing_sets

MOVES: Final = {
    SecurityStatus.passed: "security_pass",
    SecurityStatus.data_wrong: "security_data_wrong",
    SecurityStatus.not_passed: "security_not_pass",
}
_ENDED: Final = {
    SecurityRowStatus.withdrawn: Said("人员已退出，不再需要结果"),
    SecurityRowStatus.told: Said("类型为“撤回”，不需要结果"),
    SecurityRowStatus.recalled: Said("该批次已收回，结果不采用"),
}
LEAVE: Final = Said("请清空此行的审核结果")
NEXT: Final = Said("该人员列入下一批送审，请清空此行的审核结果")


@dataclass
class Fated:
    """A row and what becomes of it."""

    line: Line
    fate: Fate = Fate.BLANK
    note: str = ""
    row_id: int = 0
    row_ref: str = ""
    title: str = ""
    seen: int = 0

    def end(self, fate: Fate, column: str, value: str, rule: Said, how: Said) -> None:
        """Settle a row that is not done."""
        self.fate = fate
        self.line.refuse(column, value, rule, how)


def decide(session: Session, actor: Actor, lines: Sequence[Line], source: str) -> tuple[list[Fated], list[Done]]:
    """Write the results as far as it can be done, in a constant number of statements; ``source`` stands on the receipts.

    The session's actor is the one who decides.
    """
    rows = [Fated(line, Fate.BAD if line.findings else Fate.BLANK) for line in lines]
    open_ = [each for each in rows if each.line.result and each.fate is Fate.BLANK]
    batches = _batches(session, actor, open_)
    matched = _match(session, batches, open_)
    _compare(session, batches, matched)
    ready = {row.person_id: each for each, row in matched if each.fate is Fate.BLANK}
    return rows, _carry_out(session, actor, ready, source)


def _batches(session: Session, actor: Actor, rows: Sequence[Fated]) -> dict[str, SecurityBatch]:
    """Find the batches that the rows name; say where one is unknown or of another edition."""
    named = sorted({each.line.batch for each in rows})
    found = {
        batch.number.upper(): batch for batch in session.scalars(select(SecurityBatch)) if batch.number.upper() in named
    }
    for each in rows:
        batch = found.get(each.line.batch)
        if batch is None:
            each.end(Fate.BAD, BATCH, each.line.batch, Said("没有这个送审批次"), Said("请核对批次号"))
        elif batch.edition_id != actor.edition_id:
            each.end(Fate.BAD, BATCH, each.line.batch, Said("该批次属于其他届次"), Said("请上传本届的送审名单"))
    return found


Matched = Sequence[tuple[Fated, SecurityRow]]


def _match(session: Session, batches: Mapping[str, SecurityBatch], rows: Sequence[Fated]) -> Matched:
    """Find each person's row in its batch, and compare name, last four characters and check value; return those that agree.

    Of a person who stands in several batches of one table each row is judged; at most one of them is open.
    """
    numbers = {batch.id: number for number, batch in batches.items()}
    known = session.scalars(select(SecurityRow).where(SecurityRow.batch_id.in_(sorted(numbers))))
    there = {(numbers[row.batch_id], row.person_ref): row for row in known}
    matched = list[tuple[Fated, SecurityRow]]()
    for each in rows:
        line = each.line
        if each.fate is not Fate.BLANK:
            continue
        row = there.get((line.batch, line.person))
        if row is None:
            each.end(Fate.BAD, PERSON, line.person, Said("该批次没有这个人员编号"), Said("请核对批次号和人员编号"))
            continue
        each.row_id, each.row_ref, each.title = row.id, row.ref, row.name
        if row.status in _ENDED:  # of whoever is deleted there is no name left to compare
            each.end(Fate.CLOSED, RESULT, line.typed, _ENDED[row.status], LEAVE)
            continue
        if not same_name(line.name, row.name):
            each.end(Fate.BAD, NAME, line.name, Said("姓名与名单不一致"), AGAIN)
        if line.tail != opened(row, "id_no")[-4:].upper():
            each.end(Fate.BAD, TAIL, line.tail, Said("证件号码后四位与名单不一致"), AGAIN)
        if line.mark is not None and line.mark != mark(batches[line.batch].number, line.person, row.identity):
            each.end(Fate.BAD, MARK, line.mark, Said("校验码与名单不一致，可能被改动或来自另一行"), AGAIN)
        if each.fate is Fate.BLANK:
            matched.append((each, row))
    return matched


def _compare(session: Session, batches: Mapping[str, SecurityBatch], rows: Matched) -> None:
    """Settle what is known already, what ended, and whose identity is no more the one handed over."""
    chosen = select(SecurityRow.person_id).where(SecurityRow.batch_id.in_([batch.id for batch in batches.values()]))
    engine.hold_all(session, "person", sorted({row.person_id for _each, row in rows}))
    with acting(session, SYSTEM):
        now_ = security.identities(session, chosen)
        versions = {
            row[0]: row[1]
            for row in session.execute(select(Person.id, Person.row_version).where(Person.id.in_(chosen)))
        }
    for each, row in rows:
        each.seen = versions[row.person_id]
        _settle(each, row, now_[row.person_id])


def _settle(each: Fated, row: SecurityRow, identity: str) -> None:
    line = each.line
    if row.status is SecurityRowStatus.answered and row.result is not None:
        if row.result is line.result:
            each.fate, each.note = Fate.SAME, Said("已登记过同样的结果")
        else:
            rule = Said(
                "已登记为“%(result)s”（%(day)s），不能改为别的结果", result=row.result.label, day=str(row.result_on)
            )
            each.end(Fate.CLOSED, RESULT, line.typed, rule, LEAVE)
    elif row.status is SecurityRowStatus.stale or row.identity != identity:
        rule = Said("%(name)s的身份信息在移交后已变更，结果不采用", name=row.name)
        each.end(Fate.STALE, RESULT, line.typed, rule, NEXT)
    elif line.day is not None and line.day < row.created_at.astimezone(SHANGHAI).date():
        each.end(Fate.BAD, DAY, str(line.day), Said("审核日期早于移交日期"), Said("请核对后重新填写"))


def _carry_out(session: Session, actor: Actor, rows: Mapping[int, Fated], source: str) -> list[Done]:
    """Do the three moves one after another, then note the day and the reason on the rows that were done."""
    done = []
    for result, name in MOVES.items():
        mine = {key: each for key, each in rows.items() if each.line.result is result}
        if not mine:
            continue
        decisions = {key: Decision(each.seen) for key, each in mine.items()}
        came = engine.decide(session, actor, "person", name, decisions, {}, source)
        batch = came.batch
        for key, each in mine.items():
            if key in came.refused:
                each.end(Fate.CLOSED, RESULT, each.line.typed, Said(came.refused[key]), LEAVE)
            elif batch is not None:
                each.fate = Fate.WILL
        refused = sum(each.fate is not Fate.WILL for each in mine.values())
        move = MACHINES["person"].moves[name]
        done.append(Done(move, batch.ref if batch else "", len(mine) - refused, refused, None))
    _note_reasons(session, [each for each in rows.values() if each.fate is Fate.WILL])
    return done


def _note_reasons(session: Session, rows: Sequence[Fated]) -> None:
    """Write the day and the code that came with each result; the trail does not repeat the code: it is for few to read."""
    if not rows:
        return
    keys = ("reason_code", "reason_code_index", "reason_code_tail")
    values = [
        {"row": each.row_id, "day": each.line.day, **{f"new_{key}": value for key, value in
         seal_values("security_row", "reason_code", each.row_ref, each.line.code).items()}}
        for each in rows
    ]  # fmt: skip
    noted = update(SecurityRow).where(SecurityRow.id == bindparam("row"))
    written: dict[str, Any] = {key: bindparam(f"new_{key}") for key in keys}
    with acting(session, SYSTEM), writing_sets(session):
        session.connection().execute(noted.values(result_on=bindparam("day"), **written), values)
        session.expire_all()
