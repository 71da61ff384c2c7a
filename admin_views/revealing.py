"""Showing one sealed number in full: asked for with a reason, written down first, shown once (SECURITY D05)."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.exceptions import BadRequest, TooManyRequests

from admin_views.details import revealed, sealed_values
from admin_views.list_page import Reader
from admin_views.screen import Screen
from extensions import begin_writing
from models import Audit
from models.columns import columns_of
from models.kinds import now
from workflow.actors import unscoped
from workflow.trail import note

MOST_AN_HOUR = 30
SHORTEST, LONGEST = 2, 200


def reveal(reader: Reader, screen: Screen, row: Any, key: str, reason: str) -> dict[str, str]:
    """Enter the look in the trail, commit, and return the number by its key. Raises BadRequest, TooManyRequests."""
    if key not in dict(sealed_values(row, reader.lang)):
        raise BadRequest(_("没有可查看的号码，请返回刷新后重试"))
    reason = reason.strip()
    if not SHORTEST <= len(reason) <= LONGEST:
        raise BadRequest(_("请填写查看事由（%(a)s 至 %(b)s 个字）", a=SHORTEST, b=LONGEST))
    if _looks(reader) >= MOST_AN_HOUR:
        raise TooManyRequests(_("一小时内最多查看 %(n)s 个完整号码，请稍后再试，或改用导出", n=MOST_AN_HOUR))
    begin_writing()
    label = columns_of(screen.model)[key].label
    note(
        reader.session, f"{screen.noun}.reveal", screen.noun, row.id, getattr(row, "ref", None), {"查看": label}, reason
    )
    reader.session.commit()
    reader.session.info["read_only"] = True
    return {key: revealed(row, key)}


def _looks(reader: Reader) -> int:
    """Count the account's looks at numbers within the last hour."""
    mine = (
        Audit.account_id == reader.actor.account_id,
        Audit.action.endswith(".reveal"),
        Audit.at > now() - timedelta(hours=1),
    )
    with unscoped(reader.session):
        return reader.session.scalar(select(func.count(Audit.id)).where(*mine)) or 0
