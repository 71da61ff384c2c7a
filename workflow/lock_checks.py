"""What a node looks at before it locks its submission: what blocks the lock, and what is only worth knowing (DOMAIN §1.1).

Each item is one declaration. Its filter is the one of the noun's list, so the checklist's link shows exactly the rows
that the guard of ``lock`` counts; ``tests/test_admin_views/test_locking.py`` compares the two.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import aliased

from models import (
    Delegation,
    DelegationEdition,
    LockStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    TransferRequest,
    TransferStatus,
    Unit,
    UnitStatus,
)
from models.words import Labelled

U, P = UnitStatus, PersonStatus
BELOW = "below"
_below: Any = aliased(DelegationEdition)
_child: Any = aliased(Delegation)

# People submit their unit and forget its persons, or the other way round (notice: 两项均需提交).
_SUBMITTED = (U.auto_check, U.pending_first, U.pending_second, U.approved)
_NOT_SUBMITTED = (P.draft, P.expired, P.deleted)


def without_persons() -> ColumnElement[bool]:
    """Whether a unit was submitted and none of its persons was."""
    handed_in = exists().where(Person.unit_id == Unit.id, Person.review_status.not_in(_NOT_SUBMITTED))
    return Unit.review_status.in_(_SUBMITTED) & ~handed_in


def unused_preset() -> ColumnElement[bool]:
    """Whether a unit that was promised quota has not registered."""
    return QuotaAllocation.unit_id.is_(None) & (QuotaAllocation.allotted > 0)


@dataclass(frozen=True)
class Item:
    """Rows of a noun at the node, in some of the states of a column or with a flag of the list, and what to do about them.

    ``by`` is the column that holds the node.
    """

    name: str
    label: str
    mend: str
    model: Any
    states: tuple[Labelled, ...] = ()
    flag: str = ""
    holds: Callable[[], ColumnElement[bool]] = true
    by: str = "delegation_id"

    @property
    def noun(self) -> str:
        """The noun's name."""
        return str(self.model.__tablename__)

    @property
    def column(self) -> str:
        """The column that holds the state."""
        return "review_status" if self.model in (Unit, Person) else "status"

    def pairs(self, nodes: tuple[int, ...]) -> list[tuple[str, str]]:
        """Return the filter of the noun's list for some nodes, without what hangs below them."""
        states = [(self.column, state.value) for state in self.states]
        flags = [(self.flag, "1")] if self.flag else []
        return [*states, *flags, *((f"{self.by}.own", str(node)) for node in nodes)]

    def left(self) -> ColumnElement[bool]:
        """Whether such rows are left at the node whose settings are judged."""
        if self.name == BELOW:
            child = (_below.delegation_id == _child.id, _child.parent_id == DelegationEdition.delegation_id)
            same = _below.edition_id == DelegationEdition.edition_id
            return exists(select(_below.id).where(*child, same, _below.status.in_(self.states)))
        model, rules = self.model, [self.holds()]
        if self.states:
            rules.append(getattr(model, self.column).in_(self.states))
        here = getattr(model, self.by) == DelegationEdition.delegation_id
        if model is TransferRequest:
            of_edition = select(Unit.id).where(
                Unit.id == model.unit_id, Unit.edition_id == DelegationEdition.edition_id
            )
            return exists(select(model.id).where(here, exists(of_edition), *rules))
        return exists(select(model.id).where(here, model.edition_id == DelegationEdition.edition_id, *rules))


BLOCKERS: dict[str, Item] = {item.name: item for item in (
    Item("units_unreviewed", "待初审的单位", "请初审通过、退回修改或审核不通过", Unit, (U.auto_check, U.pending_first)),
    Item("persons_unconfirmed", "待确认的人员", "请确认代付或取消代付", Person, (P.pending_confirm,)),
    Item("persons_unsubmitted", "已填写但没有提交的人员", "请督促提交，或代为提交、删除", Person, (P.draft,)),
    Item("requests_unanswered", "待答复的指定申请", "请接收或退回", TransferRequest, (TransferStatus.requested,), by="target_id"),
    Item(BELOW, "下级没有锁定提交", "请先由下级锁定提交", DelegationEdition, (LockStatus.open, LockStatus.unlocked)),
)}  # fmt: skip
"""What must be mended before the lock; each is a guard of the move ``lock``."""

WARNINGS: dict[str, Item] = {item.name: item for item in (
    Item("without_persons", "已提交但没有人员提交的单位", "请督促单位提交人员", Unit, flag="without_persons", holds=without_persons),
    Item("units_unsubmitted", "没有提交的单位", "锁定后单位不能再提交", Unit, (U.draft,)),
    Item("units_returned", "退回修改中的单位", "锁定后单位不能再提交", Unit, (U.returned,)),
    Item("persons_returned", "退回修改中的人员", "省团接受锁定后逾期", Person, (P.returned,)),
    Item("units_second", "等待省团复审的单位", "锁定后仍可复审；退回的须由省团解锁或开启例外窗口", Unit, (U.pending_second,)),
    Item("persons_waiting", "等待单位审核通过的人员", "单位复审通过后，由省团办理确认", Person, (P.submitted,)),
    Item("presets_unused", "没有登记的预设额度", "省团接受锁定后退回分团", QuotaAllocation, flag="unused_preset", holds=unused_preset),
    Item("requests_open", "对方没有答复的指定申请", "锁定后不能再转出", TransferRequest, (TransferStatus.requested,)),
)}  # fmt: skip
"""What does not block the lock."""
