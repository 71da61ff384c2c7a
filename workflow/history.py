"""The story of one row: everything done to it, in one row or in bulk, told from the audit trail (DESIGN §3.7).

The caller has checked that the row is visible: its story goes with the row, so that whoever receives a unit reads what
was done before. A unit's story holds its transfer requests and its quota, a person's its certificates and the ledger.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from models import (
    Account,
    Audit,
    Base,
    Batch,
    Certificate,
    GroupPayEntry,
    QuotaAllocation,
    RefundTask,
    ReviewRecord,
    Role,
    TransferRequest,
    figures,
)
from models.columns import Column, attribute, columns_of, model_named, told_moment
from models.figures import yuan
from models.terms import COLON
from models.terms import english as english_of
from models.words import Labelled
from workflow.actors import unscoped
from workflow.machines import MACHINES

# What is not a move: plain writes, and what the effects of moves are called in the trail.
VERBS = {
    "create": ("新增", "Created", "success"), "edit": ("编辑", "Edited", "info"), "delete": ("删除", "Deleted", "danger"),
    "export": ("导出", "Exported", "muted"), "reveal": ("查看完整号码", "Revealed", "warning"),
    "import": ("导入", "Imported", "info"), "queue": ("进入待制证", "Queued", "info"), "void": ("失效", "Voided", "danger"),
    "group_pay": ("统付金额变动", "Group pay booked", "info"), "label_fallen": ("标签改为专业观众", "Label fell", "warning"),
    "print_file": ("下载打印文件", "Downloaded for printing", "muted"), "take_out": ("取出失效证件", "Void badges taken out", "warning"),
    "refused": ("整批拒绝", "Refused", "danger"), "package": ("生成移交包", "Made a package", "warning"),
    "login": ("登录", "Logged in", "muted"), "logout": ("退出登录", "Logged out", "muted"),
    "password": ("修改密码", "Changed password", "info"),
    "report": ("下载报表", "Downloaded a report", "muted"), "verify": ("核验", "Verified", "muted"),
    "checkpoints": ("下载检查点", "Downloaded checkpoints", "muted"), "ask": ("提出清除", "Asked for an erasing", "warning"),
    "agree": ("确认清除", "Agreed to an erasing", "warning"), "withdraw": ("撤回清除", "Withdrew an erasing", "muted"),
    "start": ("开始清除", "Erasing began", "danger"), "done": ("清除完成", "Erasing done", "danger"),
    "load": ("装入演示数据", "Loaded demonstration data", "info"),
}  # fmt: skip
UNDO = "undo:"
CHILDREN: dict[str, tuple[Any, ...]] = {"unit": (TransferRequest, QuotaAllocation), "person": (Certificate, RefundTask)}
TITLES = {"delegation": "short_name", "account": "name", "edition": "name", "unit": "name", "person": "name",
          "parcel": "number", "statement": "ref"}  # fmt: skip
UNTOLD = {"id", "ref", "province_id", "target_province_id", "edition_id", "row_version", "created_at", "updated_at", "state_since"}  # fmt: skip

Names = Mapping[str, Mapping[int, str]]


@dataclass(frozen=True)
class Entry:
    """One thing that was done; ``changes`` holds (column label, before, after) in words."""

    at: datetime
    actor: str
    role: str
    action_label: str
    tone: str
    changes: tuple[tuple[str, str, str], ...]
    reason: str | None
    batch_ref: str | None


def of(
    session: Session, noun: str, object_id: int, *, lang: str = "zh", offset: int = 0, limit: int | None = None
) -> list[Entry]:
    """Return the story of a row, the newest first; a constant number of statements."""
    most = None if limit is None else offset + limit
    with unscoped(session):
        entries = [
            *_audited(session, noun, object_id, lang, most),
            *_ledger(session, noun, object_id, lang, most),
            *_earlier_reviews(session, noun, object_id, lang, most),
        ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[offset:most]


def size(session: Session, noun: str, object_id: int) -> int:
    """Count the entries of a row's story."""
    with unscoped(session):
        parts: list[tuple[type[Base], ColumnElement[bool]]] = [(Audit, _about(noun, object_id))]
        if noun == "person":
            parts.append((GroupPayEntry, GroupPayEntry.person_id == object_id))
        if noun in ("unit", "person"):
            parts.append((ReviewRecord, _unaudited(noun, object_id)))
        return sum(session.scalar(select(func.count()).select_from(model).where(which)) or 0 for model, which in parts)


def move_said(text: str, lang: str) -> str:
    """Return a move's words in a language, whether a record names it or has written it out."""
    moves = (pair for machine in MACHINES.values() for pair in machine.moves.items())
    found = next((move for name, move in moves if text in (name, move.label)), None)
    return text if found is None else found.english if lang == "en" else found.label


def action_label(action: str, lang: str = "zh") -> str:
    """Return what the trail calls ``unit.submit`` in words: 确认提交."""
    noun, _dot, verb = action.partition(".")
    undone = verb.removeprefix(UNDO)
    move = MACHINES[noun].moves.get(undone) if noun in MACHINES else None
    english = lang == "en"
    if move is not None:
        label = move.english if english else move.label
        return label if verb == undone else f"Undo: {label}" if english else f"撤销“{label}”"
    return VERBS[verb][english] if verb in VERBS else verb


def _tone(action: str) -> str:
    noun, _dot, verb = action.partition(".")
    if verb.startswith(UNDO):
        return "warning"
    move = MACHINES[noun].moves.get(verb) if noun in MACHINES else None
    if move is None:
        return VERBS[verb][2] if verb in VERBS else "muted"
    return move.target.tone if isinstance(move.target, Labelled) else "info"


def _about(noun: str, object_id: int) -> ColumnElement[bool]:
    own = and_(Audit.noun == noun, Audit.object_id == object_id)
    kin = [
        and_(Audit.noun == model.__tablename__, Audit.object_id.in_(
            select(model.id).where(attribute(model, f"{noun}_id") == object_id)
        ))
        for model in CHILDREN.get(noun, ())
    ]  # fmt: skip
    return or_(own, *kin)


def _audited(session: Session, noun: str, object_id: int, lang: str, most: int | None) -> list[Entry]:
    newest_first = (Audit.at.desc(), Audit.id.desc())
    rows = select(Audit, Batch.ref).where(_about(noun, object_id)).order_by(*newest_first).limit(most)
    return [entry for _, entry in _told(session, noun, rows, lang)]


def _told(session: Session, noun: str, chosen: Select[Audit, str], lang: str) -> list[tuple[int | None, Entry]]:
    """Put audit entries into words, each with the id of what it is about."""
    rows = session.execute(chosen.outerjoin(Batch, Batch.id == Audit.batch_id)).all()
    told = [(row, ref, _changes(row)) for row, ref in rows]
    names = _names(session, (pair for _row, _ref, changes in told for pair in changes))
    whose = _kin_names(session, {(row.noun, row.object_id) for row, _ref, _changes in told if row.noun != noun}, lang)
    return [
        (row.object_id, Entry(
            at=row.at, actor=row.actor, role=_role(row.role, lang),
            action_label=whose.get((row.noun, row.object_id), "") + action_label(row.action, lang), tone=_tone(row.action),
            changes=tuple(_worded(column, pair, names, lang) for column, pair in changes), reason=row.reason, batch_ref=ref,
        ))
        for row, ref, changes in told
    ]  # fmt: skip


def _worded(column: Column, pair: Sequence[Any], names: Names, lang: str) -> tuple[str, str, str]:
    before, after = (_said(column, value, names, lang) for value in pair)
    return column.english if lang == "en" else column.label, before, after


def _role(role: str, lang: str) -> str:
    if role not in Role.__members__:
        return role
    return Role[role].english if lang == "en" else Role[role].label


def _changes(row: Audit) -> list[tuple[Column, Sequence[Any]]]:
    """Return the columns an entry tells of with their stored values; notes that are no columns are left out."""
    found = json.loads(row.changes)
    told = {key: pair for key, pair in found.items() if isinstance(pair, list) and len(pair) == 2 and key not in UNTOLD}
    columns = columns_of(model_named(row.noun)).items()
    return [(column, told[key]) for key, column in columns if key in told and not column.hidden]


def _names(session: Session, changes: Iterable[tuple[Column, Sequence[Any]]]) -> Names:
    """Return the titles of the rows that changed links point to, one statement per table."""
    wanted: dict[str, set[int]] = {}
    for column, pair in changes:
        if column.links in TITLES:
            wanted.setdefault(column.links, set()).update(value for value in pair if isinstance(value, int))
    return {
        table: {
            row[0]: row[1]
            for row in session.execute(
                select(attribute(model_named(table), "id"), attribute(model_named(table), TITLES[table]))
                .where(attribute(model_named(table), "id").in_(ids))
            )
        }
        for table, ids in wanted.items()
    }  # fmt: skip


def _kin_names(session: Session, kin: set[tuple[str, int | None]], lang: str) -> dict[tuple[str, int | None], str]:
    """Say whose an entry is when it is not the row's own: 单位额度（VIP）：…"""
    found = dict[tuple[str, int | None], str]()
    for noun in {noun for noun, _ in kin}:
        model = model_named(noun)
        spelt = english_of(model.__label__, noun) if lang == "en" else model.__label__
        marks: dict[int, str] = {}
        if model is QuotaAllocation:
            ids = [number for other, number in kin if other == noun]
            rows = session.execute(select(model.id, model.label).where(model.id.in_(ids)))
            marks = {row[0]: f" ({row[1].english})" if lang == "en" else f"（{row[1].label}）" for row in rows}
        found |= {
            (other, number): f"{spelt}{marks.get(number or 0, '')}{COLON[lang]}"
            for other, number in kin
            if other == noun
        }
    return found


def _said(column: Column, value: Any, names: Names, lang: str) -> str:
    """Return a value as the trail wrote it down in words."""
    if value is None or value == "":
        return ""
    if column.links:
        return names.get(column.links, {}).get(value, f"#{value}")
    if column.enum is not None and value in column.enum.__members__:
        member = column.enum[value]
        return member.english if lang == "en" else member.label
    return _plain(column, value, lang)


def _plain(column: Column, value: Any, lang: str) -> str:
    if column.kind == "bool":
        return ("Yes" if value else "No") if lang == "en" else ("是" if value else "否")
    if column.kind == "money" and isinstance(value, int):
        return yuan(value)
    if column.kind == "moment" and isinstance(value, str):
        return told_moment(column, datetime.fromisoformat(value), lang)
    if column.kind == "date" and isinstance(value, str):
        return figures.respelt(value, lang)
    return str(value)


def _ledger(session: Session, noun: str, object_id: int, lang: str, most: int | None) -> list[Entry]:
    """Tell a person's lines of the group-pay ledger."""
    if noun != "person":
        return []
    line = GroupPayEntry
    rows = session.execute(
        select(line, Account.name, Account.role, Batch.ref)
        .outerjoin(Account, Account.id == line.by_id).outerjoin(Batch, Batch.id == line.batch_id)
        .where(line.person_id == object_id).order_by(line.at.desc(), line.id.desc()).limit(most)
    ).all()  # fmt: skip
    english, amount = lang == "en", columns_of(line)["amount"]
    names = _names(session, [(columns_of(line)["delegation_id"], [row.delegation_id]) for row, *_ in rows])
    return [
        Entry(
            at=row.at, actor=name or Role.system.label, role=_role((role or Role.system).value, lang),
            action_label=f"Ledger: {row.kind.english}" if english else f"{line.__label__}：{row.kind.label}",
            tone=row.kind.tone, reason=None, batch_ref=ref,
            changes=(
                (amount.english if english else amount.label, "", yuan(row.amount)),
                ("Payer" if english else "代付单位", "", names["delegation"].get(row.delegation_id, "")),
            ),
        )
        for row, name, role, ref in rows
    ]  # fmt: skip


def _unaudited(noun: str, object_id: int) -> ColumnElement[bool]:
    """Tell the review records that no batch of ours wrote: those brought along from elsewhere have no audit entry."""
    own = ReviewRecord.unit_id if noun == "unit" else ReviewRecord.person_id
    which = and_(own == object_id, ReviewRecord.batch_id.is_(None))
    return and_(which, ReviewRecord.person_id.is_(None)) if noun == "unit" else which


def _earlier_reviews(session: Session, noun: str, object_id: int, lang: str, most: int | None) -> list[Entry]:
    if noun not in ("unit", "person"):
        return []
    record = ReviewRecord
    rows = session.execute(
        select(record, Account.name, Account.role).outerjoin(Account, Account.id == record.by_id)
        .where(_unaudited(noun, object_id)).order_by(record.at.desc(), record.id.desc()).limit(most)
    ).all()  # fmt: skip
    return [
        Entry(
            at=row.at, actor=name or Role.system.label, role=_role((role or Role.system).value, lang),
            action_label=f"{row.step.english if lang == 'en' else row.step.label}{COLON[lang]}{move_said(row.action, lang)}", tone="info", changes=(),
            reason=row.opinion, batch_ref=None,
        )
        for row, name, role in rows
    ]  # fmt: skip


def newest(session: Session, noun: str, ids: Iterable[int], lang: str = "zh") -> dict[int, Entry]:
    """Return the last thing done to each row; a constant number of statements."""
    last = select(func.max(Audit.id)).where(Audit.noun == noun, Audit.object_id.in_(ids)).group_by(Audit.object_id)
    with unscoped(session):
        entries = _told(session, noun, select(Audit, Batch.ref).where(Audit.id.in_(last)), lang)
    return {object_id: entry for object_id, entry in entries if object_id is not None}
