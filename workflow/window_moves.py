"""The table of moves of an exception window, and what opens one for units and persons (DOMAIN §1.1, §3)."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select

from models import ExceptionWindow, Person, Role, Unit, WindowStatus
from workflow import expiring
from workflow.answers import moment_of
from workflow.deadlines import over
from workflow.engine.confirming import cascade
from workflow.guards import REASON
from workflow.moves import Ask, Context, Guard, Move, Tell, table

S = WindowStatus
MOST_DAYS = 14
SECRETARIAT = (Role.secretariat,)
UNTIL = Ask("until", "开到", "moment", most_days=MOST_DAYS, help="北京时间，最多 14 天；到时自行关闭")
ASKS = (UNTIL, REASON)
TELLS = ("窗口内可以修改、提交，逾期的人员可以恢复填写", "到时没有提交的人员再次逾期")


def _own(model: Any) -> ColumnElement[bool]:
    """Whether a window is the row's own, not its unit's."""
    window = ExceptionWindow
    mine = (
        and_(window.unit_id == Unit.id, window.person_id.is_(None)) if model is Unit else window.person_id == Person.id
    )
    return and_(window.status == S.open, mine)


def no_window(model: Any) -> Guard:
    """No window of the row's own is open."""

    def holds(context: Context) -> ColumnElement[bool]:
        return ~exists(select(ExceptionWindow.id).where(_own(model), ~over(ExceptionWindow.until, context.at)))

    return Guard("window_open", "例外窗口已经开着；如需改期，请先在“例外窗口”中提前关闭", holds)


def opens(model: Any) -> Callable[[Context], None]:
    """Return the effect that opens a window for each row being done; one that is over and not yet closed closes first."""
    columns = (Unit.id, Unit.delegation_id, Unit.province_id, Unit.edition_id)
    if model is Person:
        columns = (Person.unit_id, Person.delegation_id, Person.province_id, Person.edition_id, Person.id)  # type: ignore[assignment]  # one more

    def effect(context: Context) -> None:
        session, at = context.session, context.at
        stale = exists(select(model.id).where(model.id.in_(context.rows), _own(model)))
        cascade(context, "exception_window", "lapse", and_(over(ExceptionWindow.until, at), stale))
        names = ("unit_id", "delegation_id", "province_id", "edition_id", "person_id")
        found = session.execute(select(*columns).where(model.id.in_(context.rows)).order_by(model.id)).all()
        session.add_all(
            ExceptionWindow(
                **dict(zip(names, row, strict=False)), until=moment_of(context.answers["until"]), created_at=at, state_since=at,
                reason=context.said_to(), opened_by_id=context.actor.account_id, batch_id=context.batch_id,
            )
            for row in found
        )  # fmt: skip
        session.flush()

    return effect


def end_with_place(context: Context) -> None:
    """Close the windows of units being moved and of their persons: they were granted for the place that is left.

    Nobody expires by it: who grants a place after the lock grants what is not submitted with it.
    """
    mine = and_(ExceptionWindow.status == S.open, ExceptionWindow.unit_id.in_(context.rows))
    cascade(context, "exception_window", "left_behind", mine)


def opening(model: Any, source: Any, sentence: str) -> Move:
    """Declare the move by which the secretariat opens windows for rows of units or persons."""
    return Move(
        name="open_window", label="开启例外窗口", icon="clock", source=source, target=None, who=SECRETARIAT, asks=ASKS,
        guards=(no_window(model),), effects=(opens(model),), tells=TELLS,
        help="分团锁定后，让单位或人员在一段时间内修改和提交", notify=(Tell(to=lambda _: model.delegation_id, sentence=sentence),),
    )  # fmt: skip


WINDOW = table(
    ExceptionWindow, "status", "unit_id",
    Move(
        name="close_early", label="提前关闭", icon="circle-x", source=(S.open,), target=S.closed, who=SECRETARIAT, asks=(REASON,),
        effects=(expiring.settle_windows,), tells=("所涉单位和人员不能再修改，没有提交的人员逾期",),
        notify=(Tell(to=lambda _: ExceptionWindow.delegation_id, sentence="省团提前关闭了本分团的 %(n)s 个例外窗口"),),
    ),
    Move(name="left_behind", label="随单位转移关闭", source=(S.open,), target=S.closed, who=(), hidden=True),
    Move(
        name="lapse", label="到期关闭", source=(S.open,), target=S.lapsed, who=(), hidden=True, effects=(expiring.settle_windows,),
        notify=(Tell(to=lambda _: ExceptionWindow.delegation_id, sentence="本分团的 %(n)s 个例外窗口已到期关闭"),),
    ),
)  # fmt: skip
