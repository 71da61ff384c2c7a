"""Review histories that lead to the states in which the rows are found."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from demo.chance import Chance
from demo.fair import Fair, Place
from models import PersonStatus, Recognition, ReviewRecord, ReviewStep, UnitStatus
from workflow.machines import MACHINES

UNIT_OPINIONS = (
    "营业执照照片模糊，请重新上传清晰的原件扫描件",
    "单位名称与营业执照不一致，请按证照全称填写",
    "采购意向过于笼统，请写明产品名称和金额",
    "所属分团选择有误，请核对属地后重新提交",
    "联系人手机无法接通，请更正后重新提交",
)
PERSON_OPINIONS = (
    "证件照背景不是白色，请重新上传",
    "姓名与证件号码不符，请核对后重新提交",
    "收件地址不完整，请补充到门牌号",
    "职务填写不规范，请按任职文件填写",
)
REFUSAL = "提供的资质证明与登记单位不符，且未在期限内更正"
SECURITY = {
    PersonStatus.approved: "security_pass",
    PersonStatus.rejected: "security_not_pass",
}


@dataclass
class Review:
    """The columns a review leaves on a row, and its records."""

    columns: dict[str, Any]
    records: list[dict[str, Any]] = field(default_factory=list)


def write(fair: Fair, owner: dict[str, int], records: Iterable[dict[str, Any]]) -> None:
    """Store review records beside their row."""
    for record in records:
        fair.rows.add(ReviewRecord, record["at"], **owner, **record)


def record(noun: str, move: str, at: datetime, by_id: int | None, opinion: str | None = None) -> dict[str, Any]:
    """Describe one decision in the words of the table of moves."""
    found = MACHINES[noun].moves[move]
    step = found.step or ReviewStep.first_review
    return {"step": step, "action": found.label, "opinion": opinion, "round": 1, "by_id": by_id, "at": at}


def of_unit(fair: Fair, status: UnitStatus, place: Place, created_at: datetime) -> Review:
    """Lead a unit to its state: submitted, perhaps recognised by the system, reviewed once or twice."""
    chance, province = fair.chance, fair.places[place.node.province]
    if status in (UnitStatus.draft, UnitStatus.deleted):
        return Review({})
    waits = status is UnitStatus.pending_first
    submitted_at = fair.lately(created_at) if waits else chance.later(created_at, fair.now, 0.3)
    made = Review({
        "submitted_at": submitted_at, "state_since": submitted_at, "round": 1, "recognised": Recognition.FAILED,
    })  # fmt: skip
    if status is UnitStatus.approved and chance.happens(0.35):
        made.columns["recognised"] = Recognition.PASSED
        return made
    waits = status in (UnitStatus.pending_second, UnitStatus.returned)
    first_at = fair.lately(submitted_at) if waits else chance.later(submitted_at, fair.now, 0.4)
    first_by = chance.one(place.accounts)
    if status in (UnitStatus.returned, UnitStatus.rejected):
        returned = status is UnitStatus.returned
        opinion = chance.one(UNIT_OPINIONS) if returned else REFUSAL
        move = "return_for_edit" if returned else "reject"
        made.columns |= {"opinion": opinion, "state_since": first_at}
        made.records.append(record("unit", move, first_at, first_by, opinion))
    elif status is not UnitStatus.pending_first:
        made.columns |= {"first_by_id": first_by, "first_at": first_at, "state_since": first_at}
        made.records.append(record("unit", "pass_first_review", first_at, first_by))
    if status is UnitStatus.approved:
        second_by = _someone_else(chance, province, first_by)
        second_at = chance.later(first_at, fair.now, 0.4)
        made.columns |= {"second_by_id": second_by, "second_at": second_at, "state_since": second_at}
        made.records.append(record("unit", "pass_second_review", second_at, second_by))
    return made


def _someone_else(chance: Chance, place: Place, than: int) -> int:
    """Return an account of the place that is not ``than``: nobody reviews twice (four eyes)."""
    return chance.one([account for account in place.accounts if account != than])
