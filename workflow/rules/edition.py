"""An edition and its dates; exactly one edition is the current one."""

import re

from sqlalchemy import select

from models import Delegation, Edition
from models.edition import FREE_LABELS
from models.validators import clean_code
from workflow.actors import unscoped
from workflow.rules.change import Change, Rules, store
from workflow.rules.nodes import take_part
from workflow.trail import on_behalf_of

DEADLINES = {
    "unit_closes_at": "单位报名截止",
    "person_closes_at": "人员提交截止",
    "pay_closes_at": "缴费截止",
    "lock_at": "锁定时间",
}
YOUNGEST, OLDEST = 14, 65
SHORTEST, LONGEST = 1, 60  # months
_REUSED = re.compile(r"([0-9A-Z]{1,10}(,[0-9A-Z]{1,10})*)?")


def prepare(change: Change) -> None:
    """Read the list of editions as it is compared."""
    if change.values.get("reuse_editions"):
        change.values["reuse_editions"] = clean_code(
            change.values["reuse_editions"].replace("，", ",").replace("、", ",")
        )


def problems(change: Change) -> None:
    """Note dates out of order, an odd age, and an edition switched off without a successor."""
    opens = change.get("opens_at")
    for key, label in DEADLINES.items():
        closes = change.get(key)
        if opens is not None and closes is not None and closes <= opens:
            change.refuse(key, f"{label}应晚于报名开始")
    first, last = change.get("show_opens_on"), change.get("show_closes_on")
    if first is not None and last is not None and last < first:
        change.refuse("show_closes_on", "展会闭幕不能早于开幕")
    age = change.get("minimum_age")
    if age is not None and not YOUNGEST <= age <= OLDEST:
        change.refuse("minimum_age", f"最低年龄应在{YOUNGEST}至{OLDEST}周岁之间")
    months = change.get("keep_months")
    if months is not None and not SHORTEST <= months <= LONGEST:
        change.refuse("keep_months", f"个人信息留存应为{SHORTEST}至{LONGEST}个月")
    if not change.creating and change.row.erased_at is not None and change.get("is_current"):
        change.refuse("is_current", "该届个人信息已清除，不能再设为当前届次")
    if not _REUSED.fullmatch(change.get("reuse_editions") or ""):
        change.refuse("reuse_editions", "可复用届次应为届次代码，以逗号分隔，如 5,6")
    if not change.creating and change.row.is_current and not change.get("is_current"):
        change.refuse("is_current", "须有一个当前届次：请把另一届设为当前届次，本届即自动取消")


def write(change: Change) -> None:
    """Store the edition, switch the former current one off, and let every node take part in a new one."""
    store(change)
    session, edition = change.session, change.row
    if edition.is_current:
        for other in session.scalars(select(Edition).where(Edition.is_current, Edition.id != edition.id)):
            other.is_current, other.row_version = False, other.row_version + 1
    if change.creating:
        with on_behalf_of(session, change.actor), unscoped(session):
            for node in session.scalars(select(Delegation).order_by(Delegation.id)):
                take_part(session, node, edition.id, FREE_LABELS)
            session.flush()


RULES = Rules(prepare=prepare, problems=problems, write=write, taken={"code": "该届次代码已使用，请换一个"})
