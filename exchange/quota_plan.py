"""What an uploaded quota table would do: each row new, changed, same or bad, and the sums against the pools.

Nothing is written here. The same function makes the preview and, inside the writing transaction, what is committed.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange.importing import Finding
from exchange.quota_reading import Line
from exchange.quota_template import CODE, LABELS, NAME, REMARK
from exchange.saying import Said
from models import Delegation, DelegationEdition, Label, QuotaPool, Role, UnitStatus
from models.kinds import now
from models.words import Labelled
from workflow import locks
from workflow.actors import Actor, unscoped
from workflow.quota_rows import Key, pools
from workflow.quota_sets import Allotment, registered, standing
from workflow.scope import holds

TITLES = {label: title for title, label in LABELS.items()}
FIELDS = {"unit_name": NAME, "remark": REMARK}


class Verdict(Labelled):
    """What becomes of one row."""

    NEW = "NEW", "新增", "success"
    CHANGED = "CHANGED", "变更", "info"
    SAME = "SAME", "相同", "muted"
    BAD = "BAD", "有错误", "danger"


@dataclass(frozen=True)
class Budget:
    """What the whole file asks of one pool, decreases set off, and what the pool has left."""

    node: str
    label: Label
    needed: int
    left: int


@dataclass
class Planned:
    """A row, what it writes, and its verdict."""

    line: Line
    writes: list[Allotment] = field(default_factory=list)
    is_new: bool = False
    is_short: bool = False  # nothing wrong but the pool

    @property
    def verdict(self) -> Verdict:
        """Bad with any finding, else by what it writes."""
        if self.line.findings:
            return Verdict.BAD
        if not self.writes:
            return Verdict.SAME
        return Verdict.NEW if self.is_new else Verdict.CHANGED

    @property
    def due(self) -> list[Allotment]:
        """What is written when only good rows are: nothing of a bad row, not even its good half."""
        return [] if self.line.findings else self.writes


@dataclass
class Stock:
    """What stands in the database about the codes of a file."""

    actor: Actor
    target: tuple[int, int]  # the node that new presets hang on, and its province
    units: Mapping[str, Any]
    rows: Mapping[str, list[Any]]
    held: Mapping[Key, QuotaPool]
    locked: frozenset[int]


def digest(planned: Sequence[Planned]) -> str:
    """Name a plan: equal digests mean that the same rows get the same verdicts, reasons and values."""
    told = [
        (
            each.line.row, each.verdict, [finding.sentence for finding in each.line.findings],
            [(write.row_id, write.delegation_id, write.label, write.before, write.after) for write in each.due],
        )
        for each in planned
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def stock(session: Session, actor: Actor, target_id: int, codes: Sequence[str], *, lock: bool) -> Stock:
    """Read what stands for the codes, whoever's it is, and the pools of the actor's nodes; lock pools, then allotments."""
    held = pools(session, actor.edition_id, session.scalars(select(Delegation.id)).all(), lock=lock)
    units = registered(session, actor.edition_id, codes)
    rows = standing(session, actor.edition_id, codes, lock=lock)
    names = {unit.id: code for code, unit in units.items()}
    by_code: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_code[names.get(row.unit_id, row.uscc)].append(row)
    with unscoped(session):
        node = session.get_one(Delegation, target_id)
        shut = select(DelegationEdition.delegation_id).where(
            DelegationEdition.edition_id == actor.edition_id, locks.binds(now())
        )
        locked = frozenset(session.scalars(shut)) if actor.role is not Role.secretariat else frozenset()
    return Stock(actor, (target_id, node.province_id or target_id), units, by_code, held, locked)


def compare(there: Stock, lines: Sequence[Line]) -> list[Planned]:
    """Say of every row what it would do; rows that no pool can feed are refused in the order of the file."""
    planned = [_plan(there, line) for line in lines]
    _feed(there, planned)
    return planned


def _plan(there: Stock, line: Line) -> Planned:
    planned = Planned(line)
    if line.findings:
        return planned
    unit, rows = there.units.get(line.uscc), there.rows.get(line.uscc, [])
    own = {row.label: row for row in rows if unit is not None and row.unit_id == unit.id}
    presets = {row.label: row for row in rows if row.unit_id is None}
    if unit is not None and not holds(there.actor, unit.delegation_id, unit.province_id) and _lowers(line, presets):
        unit = None  # registered elsewhere: the preset only gives places back to its pool
    home = unit or next(iter(presets.values()), None)
    place = (home.delegation_id, home.province_id) if home is not None else there.target
    if not holds(there.actor, *place):
        whose = Said("该单位已在其他交易团/分团登记") if unit else Said("其他交易团/分团已为该代码预设额度")
        _refuse(line, CODE, line.uscc, whose, Said("请联系省交易团秘书处核对归属"))
        return planned
    if any(row.unit_id is not None and row not in own.values() for row in rows):
        _refuse(
            line, CODE, line.uscc, Said("该代码的额度属于已更正代码的单位"), Said("请填写该单位现在的统一社会信用代码")
        )
        return planned
    kept = {label for label, row in presets.items() if (row.delegation_id, row.province_id) != place}
    stands = {label: row for label, row in (presets | own).items() if label in own or label not in kept}
    _look(line, unit, stands, kept)
    planned.is_new = not stands
    for label, wanted in line.wanted.items():
        write = _write(there, line, unit, stands.get(label), label, wanted, place, is_kept=label in kept)
        if write is not None:
            planned.writes.append(write)
    if planned.writes and place[0] in there.locked:
        _refuse(line, CODE, line.uscc, Said("分团已锁定提交"), Said("请联系省交易团秘书处"))
    return planned


def _lowers(line: Line, presets: Mapping[Label, Any]) -> bool:
    return bool(presets) and all(
        not wanted or (label in presets and wanted <= presets[label].allotted) for label, wanted in line.wanted.items()
    )


def _refuse(line: Line, column: str, value: str, rule: Said, how: Said) -> None:
    line.findings.append(Finding(line.row, column, value, rule, how))


def _look(line: Line, unit: Any, stands: Mapping[Label, Any], kept: set[Label]) -> None:
    """Note what concerns the row as a whole."""
    if unit is not None and unit.review_status is UnitStatus.rejected:
        _refuse(line, CODE, line.uscc, Said("该单位审核不通过"), Said("请删除此行"))
    if unit is not None and line.name and line.name != unit.name:
        line.warnings.append(Said("单位名称与登记名称“%(typed)s”不一致，以登记名称为准", typed=unit.name))
    if kept:
        line.warnings.append(Said("其他交易团/分团也为该代码预设了额度，请联系省交易团秘书处核对"))
    if not stands and all(wanted is None for wanted in line.wanted.values()):
        _refuse(line, next(iter(LABELS)), "", Said("两项额度都没有填写"), Said("请填写整数，不分配填0"))


def _write(
    there: Stock, line: Line, unit: Any, row: Any, label: Label, wanted: int | None, place: tuple[int, int], *, is_kept: bool
) -> Allotment | None:  # fmt: skip
    """Return the change to one allotment, None where nothing changes."""
    if row is None and not wanted:
        return None
    if row is not None and wanted is not None and wanted < row.used:
        rule = Said("已占用%(used)s，不能低于%(least)s", used=row.used, least=row.used)
        _refuse(line, TITLES[label], str(wanted), rule, Said("请填写不小于%(n)s的数", n=row.used))
        return None
    keys = ("allotted", "unit_id", "unit_name", "remark")
    before = {key: getattr(row, key) for key in keys} if row is not None else {}
    after = {
        "allotted": before["allotted"] if wanted is None else wanted,
        "unit_id": unit.id if unit else None,
        "unit_name": unit.name if unit else line.name or before.get("unit_name"),
        "remark": line.remark or before.get("remark"),
    }
    if before == after:
        return None
    return Allotment(
        row_id=row.id if row is not None else None, seen=row.row_version if row is not None else 0,
        edition_id=there.actor.edition_id, delegation_id=place[0], province_id=place[1], label=label,
        uscc=None if is_kept else line.uscc, before=before, after=after,
    )  # fmt: skip


def _feed(there: Stock, planned: Sequence[Planned]) -> None:
    """Take what the rows ask from the pools: first what comes back, then in the order of the file."""
    left = Counter({key: pool.total - pool.allocated for key, pool in there.held.items()})
    asking = []
    for each in planned:
        if each.line.findings:
            continue
        if any(write.more > 0 for write in each.writes):
            asking.append(each)
            continue
        for write in each.writes:
            left[write.delegation_id, write.label] -= write.more
    for each in asking:
        short = next((w for w in each.writes if w.more > left[w.delegation_id, w.label]), None)
        if short is None:
            for write in each.writes:
                left[write.delegation_id, write.label] -= write.more
            continue
        rest = max(left[short.delegation_id, short.label], 0)
        rule = Said(
            "分团%(label)s额度余额不足：需%(more)s个，剩余%(left)s个",
            label=short.label.label,
            more=short.more,
            left=rest,
        )
        how = Said("请减少此行或其他行的额度，或联系省交易团秘书处追加")
        _refuse(each.line, TITLES[short.label], str(short.after["allotted"]), rule, how)
        each.is_short = True


def budgets(session: Session, there: Stock, planned: Sequence[Planned]) -> list[Budget]:
    """Add up, per pool, what all rows without another mistake ask for, decreases set off."""
    needed: Counter[Key] = Counter()
    for each in planned:
        for write in each.writes if each.is_short or not each.line.findings else ():
            needed[write.delegation_id, write.label] += write.more
    with unscoped(session):
        names = {row.id: row.short_name for row in session.execute(select(Delegation.id, Delegation.short_name))}
    return [
        Budget(names[node], label, needed[node, label], pool.total - pool.allocated)
        for (node, label), pool in sorted(there.held.items())
        if needed[node, label]
    ]
