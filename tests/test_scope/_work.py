"""What an account has in the background and in its bell: nobody else's business."""

from typing import Any

from models import Account, Job, JobState, Notice, Role


def set_to_work(planter: Any, account: Account) -> None:
    """Let an account have a job that is done, and a notice of its own."""
    plot = planter.plot
    work = {"kind": "export", "state": JobState.done, "lang": "zh", "receipt": None, "error": None, "worker": None}
    whose = {"account_id": account.id, "role": account.role.value}
    facts: dict[str, Any] = {"done": plot.amount, "total": plot.amount}
    told: dict[str, Any] = {}
    if account.role is Role.sysadmin:  # whose own work is no business of the node's
        facts, told = (
            {"label": "导出管理账号", "filename": "管理账号.csv", "said": None},
            {"sentence": "后台任务“导出管理账号”已办好"},
        )
    plot.jobs[account.id] = planter.make(Job, **whose, **work, **facts).ref
    plot.notices[account.id] = planter.make(Notice, account_id=account.id, role=None, noun="", **told).ref
    if account.role is Role.sysadmin:
        plot.settings |= (own := {plot.jobs[account.id], plot.notices[account.id]})
        plot.business -= own
