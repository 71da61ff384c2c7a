"""A statement of group pay as a file (DOMAIN §5.5): what stands on it, and the workbook; the PDF is ``statement_pdf``."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange.cells import HeaderCell
from exchange.xlsx_writer import stream_xlsx
from models import Delegation, DelegationEdition, Edition, Statement, StatementStatus, figures
from models.capitals import capitals
from models.figures import yuan
from workflow import statements
from workflow.actors import unscoped
from workflow.statements import Line

# Heading, width in the workbook in characters, width in the PDF in mm.
COLUMNS: Final = (
    ("序号", 10, 8), ("交易团/分团", 16, 20), ("单位名称", 32, 34), ("统一社会信用代码", 22, 31), ("人员编号", 14, 18),
    ("姓名", 12, 14), ("证件号码（脱敏）", 22, 29), ("人员标签", 12, 14), ("办理方式", 12, 13), ("入场信息", 18, 16),
    ("费用标准（元）", 14, 16), ("数量", 8, 8), ("金额（元）", 14, 15), ("确认人", 12, 11), ("确认时间", 18, 15),
    ("证件状态", 14, 12), ("类型", 8, 7),
)  # fmt: skip
NUMBERS: Final = (0, 10, 11, 12)  # the columns that hold numbers
QUANTITY, AMOUNT = 11, 12


@dataclass(frozen=True)
class Book:
    """A statement as it is written: its head in pairs, its lines cell by cell, its totals. Amounts in 分."""

    title: str
    name: str
    head: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    quantity: int
    total: int

    @property
    def in_capitals(self) -> str:
        """The total in capitals."""
        return f"人民币{capitals(self.total)}"


def book(session: Session, statement: Statement) -> Book:
    """Read a statement: frozen where it was issued, else as it would be now."""
    lines = statements.lines(session, statement)
    with unscoped(session):
        payer = session.get_one(Delegation, statement.delegation_id)
        edition = session.get_one(Edition, statement.edition_id)
    draft = statement.status is StatementStatus.draft
    number = "预览" if statement.number is None else f"第{statement.number}期"
    cap, committed = _budget(session, statement)
    head = (
        ("付款单位", payer.name), ("届次", edition.name), ("期次", f"{number}（未出具，内容随台账变化）" if draft else number),
        ("账期", _period(statement)), ("统付额度（元）", yuan(cap)), ("已确认金额（元）", yuan(committed)),
        ("剩余额度（元）", yuan(cap - committed)), ("状态", statement.status.label), ("对账单编号", statement.ref),
    )  # fmt: skip
    return Book(
        title="统付对账单", name=f"统付对账单_{payer.short_name}_{number}", head=head,
        rows=tuple(_cells(number, line) for number, line in enumerate(lines, 1)),
        quantity=sum(line.quantity for line in lines), total=sum(line.amount for line in lines),
    )  # fmt: skip


def _budget(session: Session, statement: Statement) -> tuple[int, int]:
    """Return the payer's cap and what is confirmed of it: as of the issue, or now."""
    if statement.cap is not None and statement.committed is not None:
        return statement.cap, statement.committed
    row = DelegationEdition
    found = select(row.group_pay_cap, row.group_pay_committed).where(
        row.delegation_id == statement.delegation_id, row.edition_id == statement.edition_id
    )
    with unscoped(session):
        now = session.execute(found).one_or_none()
    return (0, 0) if now is None else (now[0], now[1])


def _period(statement: Statement) -> str:
    ends = [
        default if moment is None else figures.moment(moment, "zh")
        for moment, default in ((statement.period_from, "本届开始"), (statement.period_to, "出具时"))
    ]
    return " 至 ".join(ends)


def _cells(number: int, line: Line) -> tuple[Any, ...]:
    return (
        number, line.node_name, line.unit_name, line.uscc or "", line.person_ref, line.person_name, line.id_masked or "",
        line.label.label, line.mode.label, line.period.label, line.fee, line.quantity, line.amount, line.confirmed_by or "系统",
        figures.moment(line.confirmed_at, "zh"), line.card_status.label if line.card_status else "未制证", line.kind.label,
    )  # fmt: skip


def xlsx(made: Book) -> Iterator[bytes]:
    """Yield the workbook piece by piece: amounts are numbers in 元, codes text."""
    header = [
        HeaderCell(title, float(width), text=index not in NUMBERS) for index, (title, width, _mm) in enumerate(COLUMNS)
    ]
    above = [[made.title], *([label, "", value] for label, value in made.head)]
    yield from stream_xlsx(header, _rows(made), made.title, made.name, above=above)


def _rows(made: Book) -> Iterator[tuple[Any, ...]]:
    blank = len(COLUMNS) - 2
    for row in made.rows:
        yield tuple(_in_yuan(value) if index in (10, AMOUNT) else value for index, value in enumerate(row))
    total: list[Any] = ["合计（小写）", *[None] * (len(COLUMNS) - 1)]
    total[QUANTITY], total[AMOUNT] = made.quantity, _in_yuan(made.total)
    yield tuple(total)
    yield ("合计（大写）", None, made.in_capitals, *[None] * (blank - 1))


def _in_yuan(amount: int) -> Decimal:
    return Decimal(amount).scaleb(-2).quantize(Decimal("0.01"))
