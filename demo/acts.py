"""What only moves make, done by the engine as people would: a code released, a unit gone with its package, open windows.

Not part of ``load``: moves leave batches, entries of the trail and references that no seed repeats.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from exchange import transfer_package
from models import (
    Account,
    DelegationEdition,
    ExceptionWindow,
    LockStatus,
    TransferRequest,
    TransferStatus,
    Unit,
    UnitStatus,
)
from models.columns import SHANGHAI
from models.kinds import now
from workflow import engine
from workflow.actors import Actor, acting, actor_for
from workflow.unit_moves import BEFORE_APPROVAL

TRIED = 20  # units at most that a move is tried on: of some a card is alive or a request is open
OUTSIDE = {"outside_name": "广东省交易团", "outside_code": "Q2021440"}
TAKER = "广东省交易团秘书处 梁志文，020-88880000"


SECRETARY = "fj_mishu1"


def play(session: Session, folder: Path) -> None:
    """Do each act once, where there is a unit for it; ``folder`` keeps the pictures. The caller commits."""
    secretary = actor_for(session, session.scalars(select(Account).where(Account.username == SECRETARY)).one())
    with acting(session, secretary):
        _release(session, secretary)
        _leave(session, secretary, folder)
        _open_windows(session, secretary)


def _do(
    session: Session, actor: Actor, move: str, where: Sequence[ColumnElement[bool]], answers: Mapping[str, Any]
) -> int | None:
    """Do a move on the first unit on which it can be done, and on no other; return which, None where there is none."""
    for number in session.scalars(select(Unit.id).where(*where).order_by(Unit.id).limit(TRIED)).all():
        attempt = session.begin_nested()
        if engine.run(session, actor, "unit", move, [number], answers).done:
            attempt.commit()
            return number
        attempt.rollback()
    return None


def _release(session: Session, actor: Actor) -> None:
    """Void a registration under somebody else's code."""
    where = [Unit.review_status == UnitStatus.returned, Unit.uscc.is_not(None)]
    _do(session, actor, "release_code", where, {"reason": "代码属于另一家企业，经核对系填报错误"})


def _leave(session: Session, actor: Actor, folder: Path) -> None:
    """Let a unit leave for a province that has an installation of its own, with its package sealed and fetched."""
    where = [Unit.review_status == UnitStatus.pending_second, Unit.uscc.is_not(None)]
    unit = _do(session, actor, "request_leaving", where, {**OUTSIDE, "reason": "企业注册地已迁往广州市"})
    asked = (TransferRequest.unit_id == unit, TransferRequest.status == TransferStatus.requested)
    request = session.scalar(select(TransferRequest).where(*asked)) if unit else None
    if request is not None:
        engine.run(session, actor, "transfer_request", "hand_over", [request.id], {"answer": "同意转出"})
        session.refresh(request)
        transfer_package.send(session, actor, request, folder / "files", TAKER)


def _open_windows(session: Session, actor: Actor) -> None:
    """Open windows for two units of a locked node, and close one of them early."""
    locked = select(DelegationEdition.delegation_id).where(DelegationEdition.status == LockStatus.accepted)
    where = [Unit.delegation_id.in_(locked), Unit.review_status.in_(BEFORE_APPROVAL)]
    until = (now() + timedelta(days=3)).astimezone(SHANGHAI)
    asked = {"until": f"{until:%Y-%m-%d %H:%M}", "reason": "单位来函，申请补充人员材料"}
    first, _second = (_do(session, actor, "open_window", where, asked) for _ in range(2))
    window = session.scalar(select(ExceptionWindow.id).where(ExceptionWindow.unit_id == first))
    if window is not None:
        engine.run(session, actor, "exception_window", "close_early", [window], {"reason": "材料已补齐，不再需要"})
