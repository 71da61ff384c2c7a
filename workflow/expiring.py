"""What ends when nothing is waited for any more (DOMAIN P16, §4.2): persons not submitted expire, unused presets go back.

It happens with the move that makes it so, in the same transaction: the secretariat accepts a lock, the edition's moment
comes, an exception window closes. Each of these is done once, so nothing expires twice.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, union
from sqlalchemy.orm import Session

from models import DelegationEdition, Edition, ExceptionWindow, LockStatus, Person, QuotaAllocation, WindowStatus
from workflow import locks
from workflow.actors import SYSTEM
from workflow.deadlines import over
from workflow.engine.confirming import cascade
from workflow.moves import Context
from workflow.quota_rows import add, pools

WAITED_FOR = (LockStatus.open, LockStatus.unlocked, LockStatus.locked)
"""States of a node that the edition's moment ends."""


def settle_nodes(context: Context) -> None:
    """Let everything that is not submitted at the nodes being done expire, save in open windows."""

    def here(model: Any) -> ColumnElement[bool]:
        row = DelegationEdition
        same = (row.delegation_id == model.delegation_id, row.edition_id == model.edition_id)
        return exists(select(row.id).where(row.id.in_(context.rows), *same))

    _return_presets(context, here(QuotaAllocation))
    _expire(context, here(Person))


def settle_windows(context: Context) -> None:
    """Let what is not submitted in the windows being done expire, where the node is through."""
    window = ExceptionWindow
    whole = and_(window.person_id.is_(None), window.unit_id == Person.unit_id)
    covered = select(window.id).where(window.id.in_(context.rows), or_(whole, window.person_id == Person.id))
    _expire(context, and_(exists(covered), locks.is_final(Person.delegation_id, Person.edition_id)))


def _expire(context: Context, here: ColumnElement[bool]) -> None:
    left = and_(Person.review_status.in_(locks.UNSUBMITTED), ~locks.window_of(Person, context.at))
    cascade(context, "person", "expire", and_(here, left))


def _return_presets(context: Context, here: ColumnElement[bool]) -> None:
    """Set presets whose unit never came to nothing; their nodes' pools get the places back."""
    session, row = context.session, QuotaAllocation
    unused = (row.unit_id.is_(None), row.allotted > 0, here)
    places = session.execute(select(row.edition_id, row.delegation_id).where(*unused).distinct())
    for edition_id, node in sorted(tuple(place) for place in places):
        held = pools(session, edition_id, [node])
        mine = select(row).where(*unused, row.edition_id == edition_id, row.delegation_id == node).order_by(row.id)
        found = session.scalars(mine.with_for_update().execution_options(populate_existing=True)).all()
        steps = [(preset, preset.allotted) for preset in found]
        add(session, [(held[node, preset.label], -number, 0) for preset, number in steps], context.batch_id)
        add(session, [(preset, 0, -number) for preset, number in steps], context.batch_id)


def close_due(session: Session, at: datetime) -> None:
    """Close what is due by ``at``: windows, then the nodes of editions whose moment has come. SYSTEM acts.

    Each province has receipts of its own. Again, nothing is left to do.
    """
    window, node = ExceptionWindow, DelegationEdition
    lapsed = and_(window.status == WindowStatus.open, over(window.until, at))
    came = and_(Edition.id == node.edition_id, over(Edition.lock_at, at), node.state_since < Edition.lock_at)
    closed = and_(node.status.in_(WAITED_FOR), exists(select(Edition.id).where(came)))
    due = union(select(window.province_id).where(lapsed), select(node.province_id).where(closed))
    for province in sorted(session.scalars(due)):
        actor = replace(SYSTEM, delegation_id=province, province_id=province)
        context = Context(session, actor, at)
        cascade(context, "exception_window", "lapse", and_(lapsed, window.province_id == province))
        cascade(context, "delegation_edition", "close", and_(closed, node.province_id == province))
