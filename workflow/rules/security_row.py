"""Why the police said what they said of a person: noted once there is a result, for few to read (DOMAIN §1.2 P12)."""

import re

from workflow.rules.change import Change, Rules

CODE = re.compile(r"[A-Za-z0-9._-]{1,20}")
LONGEST = 200


def problems(change: Change) -> None:
    """Note what is wrong with the reason."""
    if change.row.result is None:
        change.refuse("", "还没有审核结果，不能登记原因")
    code, detail = change.get("reason_code"), change.get("reason_detail")
    if code and not CODE.fullmatch(code):
        change.refuse("reason_code", "原因代码只能是字母、数字和 . _ -，不超过 20 个")
    if detail and len(detail) > LONGEST:
        change.refuse("reason_detail", f"内容过长（{len(detail)}字），请控制在{LONGEST}字以内")


RULES = Rules(problems=problems)
