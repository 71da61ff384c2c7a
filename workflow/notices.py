"""Notices: telling somebody, set by set and in the transaction of what is told; who sees which; what was read."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, exists, func, insert, literal, select, true
from sqlalchemy.orm import Session

from models import (
    Account,
    Batch,
    BatchRow,
    Delegation,
    DelegationEdition,
    Edition,
    Job,
    JobState,
    Notice,
    NoticeRead,
    Role,
)
from models.columns import attribute
from models.figures import deadline
from models.kinds import new_ref, now
from workflow import scope
from workflow.actors import SYSTEM, Actor, acting
from workflow.moves import Context, Machine, Move
from workflow.sessions import writing_sets

KEPT: Final = timedelta(days=90)
OF_JOBS: Final[Mapping[JobState, str]] = {
    JobState.done: "后台任务“{}”已办好",
    JobState.failed: "后台任务“{}”没有办成，请查看原因",
}
# What closes when, in the words of the notice, and the list of what still waits.
DEADLINES: Final = (
    ("unit_closes_at", "单位报名", "unit", "review_status=draft"),
    ("person_closes_at", "人员提交", "person", "review_status=draft"),
    ("pay_closes_at", "缴费", "person", "payment_status=unpaid"),
    ("lock_at", "分团修改", "person", "review_status=draft"),
)
AHEAD: Final = (1, 3)  # days


def tell(
    session: Session, node: tuple[int, int], sentence: str, noun: str, object_id: int | None = None,
    by: Actor | None = None, role: Role | None = None,
) -> None:  # fmt: skip
    """Tell the desk at a place (node, province), or another role there, about one row in the transaction that changes it."""
    by_id = by.account_id if by else None
    told = {"sentence": sentence, "noun": noun, "object_id": object_id, "by_id": by_id}
    reader = role.value if role else _role(node[0] == node[1])
    _insert(session, [{"delegation_id": node[0], "province_id": node[1], "role": reader, **told}])


def tell_asker(session: Session, job: Job, state: JobState) -> None:
    """Tell the account that asked what became of its job."""
    place = {"delegation_id": job.delegation_id, "province_id": job.province_id, "account_id": job.account_id}
    _insert(session, [{**place, "sentence": OF_JOBS[state].format(job.label), "noun": "job", "query": job.ref}])


def _role(province: bool) -> str:  # noqa: FBT001 - the one question
    return (Role.secretariat if province else Role.sub_delegation).value


def _insert(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    whole = {"role": None, "account_id": None, "by_id": None, "rows": 1, "noun": "", "query": "", "object_id": None,
             "batch_id": None, "once": None}  # fmt: skip
    made = [{**whole, "ref": new_ref(), "at": now(), **row} for row in rows]
    if made:
        with acting(session, SYSTEM), writing_sets(session):
            session.execute(insert(Notice), made)


def tell_role(session: Session, node: Delegation, role: Role, sentence: str, once: str) -> None:
    """Tell whoever has a role at a node, once."""
    place = {"delegation_id": node.id, "province_id": node.province_id or node.id}
    _insert(session, [{**place, "role": role.value, "sentence": sentence, "once": once}])


def tell_account(session: Session, account: Account, sentence: str, once: str) -> None:
    """Tell one account, once."""
    node = session.get_one(Delegation, account.delegation_id)
    place = {"delegation_id": node.id, "province_id": node.province_id or node.id}
    _insert(session, [{**place, "account_id": account.id, "sentence": sentence, "once": once}])


def tell_of_move(context: Context, machine: Machine, move: Move) -> None:
    """Write what a move declares (``Move.notify``): one notice per node and batch, however many rows. SYSTEM acts."""
    batch, model = context.staged, machine.model
    for told in move.notify:
        if told.by and context.actor.role not in told.by:
            continue
        node = told.to(context)
        count = (
            select(node.label("node"), func.count().label("rows"))
            .select_from(model)
            .join(BatchRow, BatchRow.object_id == attribute(model, "id"))
            .where(BatchRow.batch_id == batch.id, BatchRow.refusal.is_(None))
            .group_by("node")
            .subquery()
        )
        found = context.session.execute(
            select(Delegation.id, func.coalesce(Delegation.province_id, Delegation.id), count.c.rows)
            .join(count, count.c.node == Delegation.id)
            .where(true() if told.role else Delegation.id != context.actor.delegation_id)  # who does it knows
            .order_by(Delegation.id)
        )
        noun = "" if told.out_of_sight else told.noun or machine.noun
        _insert(context.session, [
            {"delegation_id": here, "province_id": province, "rows": rows, "noun": noun,
             "role": told.role.value if told.role else _role(here == province), "sentence": told.sentence % {"n": rows},
             "batch_id": batch.id, "by_id": context.actor.account_id}
            for here, province, rows in found
        ])  # fmt: skip


def tell_of_undo(session: Session, batch: Batch, label: str) -> None:
    """Tell those who were told of a batch that it was undone. SYSTEM acts."""
    columns = (Notice.delegation_id, Notice.province_id, Notice.role, Notice.rows, Notice.noun, Notice.batch_id)
    told = session.execute(select(*columns, Notice.by_id).where(Notice.batch_id == batch.id)).mappings().all()
    _insert(session, [{**row, "sentence": f"此前通知的“{label}”已被撤销"} for row in told])


def tell_of_deadlines(session: Session, moment: datetime) -> None:
    """Tell every node of the current edition what closes within three days, and once more within one. SYSTEM acts."""
    edition = session.scalar(select(Edition).where(Edition.is_current))
    for key, what, noun, query in DEADLINES if edition else ():
        closes = getattr(edition, key)
        if closes is None:
            continue
        left = closes - moment
        days = next((days for days in AHEAD if timedelta(0) < left <= timedelta(days=days)), None)
        if days is not None and edition is not None:
            sentence = f"{what}将于{deadline(closes, 'zh')}截止，剩余不足{days}天"
            _tell_once(session, edition.id, f"{key}:{days}", {"sentence": sentence, "noun": noun, "query": query})


def _tell_once(session: Session, edition_id: int, what: str, told: Mapping[str, Any]) -> None:
    mark = f"deadline:{edition_id}:{what}:"
    already = select(Notice.delegation_id).where(Notice.once.startswith(mark, autoescape=True))
    places = select(DelegationEdition.delegation_id, DelegationEdition.province_id).where(
        DelegationEdition.edition_id == edition_id, DelegationEdition.delegation_id.not_in(already)
    )
    _insert(session, [
        {**told, "delegation_id": node, "province_id": province, "role": _role(node == province), "once": f"{mark}{node}"}
        for node, province in session.execute(places)
    ])  # fmt: skip


def unread(actor: Actor) -> ColumnElement[bool]:
    """Whether the actor's account has not read a notice (among those it may see)."""
    return ~exists().where(NoticeRead.notice_id == Notice.id, NoticeRead.account_id == actor.account_id)


def mark_read(session: Session, actor: Actor, ref: str | None = None) -> None:
    """Note that the actor's account has read a notice of its own, or all of them; twice does nothing."""
    mine = [scope.condition(Notice, actor), unread(actor), *([] if ref is None else [Notice.ref == ref])]
    read = select(Notice.id, literal(actor.account_id)).where(*mine)
    with acting(session, SYSTEM), writing_sets(session):
        session.execute(insert(NoticeRead).from_select([NoticeRead.notice_id, NoticeRead.account_id], read))


def forget(session: Session, moment: datetime) -> None:
    """Delete notices of a season ago. SYSTEM acts."""
    with writing_sets(session):
        session.execute(
            delete(Notice).where(Notice.at < moment - KEPT), execution_options={"synchronize_session": False}
        )


__all__ = [
    "DEADLINES", "KEPT", "OF_JOBS", "forget", "mark_read", "tell", "tell_asker", "tell_of_deadlines", "tell_of_move", "tell_of_undo",
    "unread",
]  # fmt: skip
