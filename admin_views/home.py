"""The start page: what waits for the reader and since when, the deadlines, and how far everything has come."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from admin_views import panels
from admin_views.figures import FORGOTTEN, WAITING, Counting, Figure, told
from admin_views.list_page import Reader
from admin_views.lock_notes import lock_card
from admin_views.nodes import Nodes
from admin_views.sentences import spoken
from models import Edition, Role
from models.columns import SHANGHAI, yuan
from models.kinds import now
from workflow import desk, figures, trail
from workflow.deadlines import last_day
from workflow.figures import SECURITY_DAYS


def home_page(reader: Reader, nodes: Nodes, asked: dict[str, str]) -> dict[str, Any]:
    """Return the template's words; ``asked`` says how the tables are sorted and whether they come in full."""
    counting = Counting(reader, nodes)
    found = panels.panels(counting)
    whole = asked.get("all") == "1"
    return {
        "as_of": now().astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        "deadlines": deadlines(reader),
        "chain": _chain(reader),
        "lock": lock_card(reader),
        "cards": waiting(counting),
        "desk_url": url_for("review.index") if desk.nouns(reader.actor) else "",
        "reminders": reminders(counting),
        "panels": [panels.arranged(panel, asked.get(panel.name, ""), reader.base, whole=whole) for panel in found],
    }


def waiting(counting: Counting) -> list[dict[str, Any]]:
    """Return what waits for the reader."""
    return [_card(counting, figure) for figure in told(WAITING, counting.reader)]


def reminders(counting: Counting) -> list[dict[str, Any]]:
    """Return what people forgot."""
    found = [_reminder(counting, figure) for figure in told(FORGOTTEN, counting.reader)]
    return [each for each in found if each["n"]]


def _card(counting: Counting, figure: Figure) -> dict[str, Any]:
    tally = counting.tally(figure)
    late = [
        (_("超 %(n)s 天", n=days), tally.over(days), counting.url(figure.noun, counting.pairs(figure, late=days)))
        for days in figure.late
    ]
    return {
        "label": spoken(figure.label), "n": tally.n, "url": counting.url(figure.noun, counting.pairs(figure)), "tone": figure.tone,
        "help": _summed(counting, figure), "late": [each for each in late if each[1]],
        "days": tally.oldest if figure.late else None,
    }  # fmt: skip


def _summed(counting: Counting, figure: Figure) -> str:
    """Return a figure's help, or what its rows come to."""
    if not figure.sums:
        return spoken(figure.help)
    return _("合计 %(amount)s 元", amount=yuan(counting.amount(figure)))


def _reminder(counting: Counting, figure: Figure) -> dict[str, Any]:
    n = counting.tally(figure).n
    return {"text": _(figure.label, n=f"{n:,}"), "url": counting.url(figure.noun, counting.pairs(figure)), "n": n}


def deadlines(reader: Reader) -> list[dict[str, Any]]:
    """Tell the days left to each deadline, and the last safe day to hand persons in for the security check."""
    edition = reader.session.get(Edition, reader.actor.edition_id)
    if edition is None or reader.actor.role is Role.security:
        return []
    lasts = [
        (_("单位报名截止"), last_day(edition.unit_closes_at)), (_("人员提交截止"), last_day(edition.person_closes_at)),
        (_("缴费截止"), last_day(edition.pay_closes_at)), (_("展会开幕"), edition.show_opens_on),
    ]  # fmt: skip
    if edition.lock_at is not None:
        lasts.insert(3, (_("分团锁定"), last_day(edition.lock_at)))
    names = {"domestic": _("居民身份证"), "overseas": _("其他证件")}
    for kind, days in SECURITY_DAYS.items():
        safe = figures.safe_day(edition, days)
        lasts.append((_("%(kind)s人员最晚提交（安全审核约 %(n)s 天）", kind=names[kind], n=days), safe))
    return [_deadline(label, last) for label, last in lasts]


def _deadline(label: str, last: Any) -> dict[str, Any]:
    left = (last - figures.today()).days
    text = _("还有 %(n)s 天", n=left) if left > 0 else _("就在今天") if left == 0 else _("已过 %(n)s 天", n=-left)
    return {
        "label": label,
        "day": str(last),
        "text": text,
        "tone": "danger" if left < 0 else "warning" if left <= 3 else "info",
    }


def _chain(reader: Reader) -> dict[str, str]:
    """Tell an auditor how the audit chain stands."""
    if reader.actor.role is not Role.auditor:
        return {}
    end = trail.chain_end(reader.session)
    if not end.holds:
        return {"tone": "danger", "text": _("审计链校验不一致：请立即联系系统管理员执行 flask verify-audit 查明")}
    return {
        "tone": "success",
        "text": _("审计链完好：共 %(n)s 条，最近 %(m)s 条校验一致", n=f"{end.last_id:,}", m=end.checked),
    }
