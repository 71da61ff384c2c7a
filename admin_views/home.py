"""The home page: what waits for the reader, each count a link to exactly these rows."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from admin_views import paging
from admin_views.list_page import Reader
from admin_views.listing import read_listing
from admin_views.nodes import Nodes
from admin_views.screens import BY_NOUN
from models import PaymentStatus, PersonStatus, Role, TransferStatus, UnitStatus
from workflow.rights import allowed

U, P = UnitStatus, PersonStatus
OWN = "own node"  # stands for the reader's own delegation in a query


@dataclass(frozen=True)
class Waiting:
    """A count of rows: the noun, the filter in the address, who is told, and how urgent it is."""

    noun: str
    label: str
    query: tuple[tuple[str, str], ...]
    roles: tuple[Role, ...]
    tone: str = "warning"
    help: str = ""


_DESKS = (Role.secretariat, Role.sub_delegation)
_ALL = (*_DESKS, Role.auditor)

CARDS = (
    Waiting("unit", "待初审单位", (("review_status", U.pending_first),), _DESKS),
    Waiting("unit", "待复审单位", (("review_status", U.pending_second),), (Role.secretariat,)),
    Waiting("unit", "已提报待复审", (("review_status", U.pending_second),), (Role.sub_delegation,), "info"),
    Waiting("unit", "退回修改中", (("review_status", U.returned),), _DESKS, "info"),
    Waiting("person", "待确认人员", (("review_status", P.pending_confirm),), _DESKS, "warning", "须确认统付与标签"),
    Waiting("person", "待审核人员", (("review_status", P.pending_review),), (*_DESKS, Role.security), "info"),
    Waiting("person", "待支付人员", (("payment_status", PaymentStatus.unpaid),), (Role.finance,), "info"),
    Waiting("transfer_request", "待接收的指定申请", (("status", TransferStatus.requested), ("target_id", OWN)), _DESKS),
)  # fmt: skip
FORGOTTEN = (
    Waiting("unit", "%(n)s 家单位已提交，但没有人员提交", (("without_persons", "1"),), _ALL),
    Waiting("person", "%(n)s 名人员已填写，但没有提交", (("review_status", P.draft),), _ALL),
)  # fmt: skip


def home_page(reader: Reader, nodes: Nodes) -> dict[str, Any]:
    """Return the template's cards and reminders."""
    actor = reader.actor
    cards = [found for found in CARDS if actor.role in found.roles and allowed(actor, "list", found.noun)]
    forgotten = [found for found in FORGOTTEN if actor.role in found.roles and allowed(actor, "list", found.noun)]
    return {
        "cards": [_card(reader, nodes, found) for found in cards],
        "reminders": [reminder for found in forgotten if (reminder := _reminder(reader, nodes, found))],
    }


def _card(reader: Reader, nodes: Nodes, found: Waiting) -> tuple[str, int, str, str, str]:
    number, capped, url = _count(reader, nodes, found)
    help_ = _("一万条以上") if capped else _(found.help) if found.help else ""
    return _(found.label), number, url, found.tone, help_


def _reminder(reader: Reader, nodes: Nodes, found: Waiting) -> dict[str, str] | None:
    number, capped, url = _count(reader, nodes, found)
    return {"text": _(found.label, n=f"{number:,}{'+' if capped else ''}"), "url": url} if number else None


def _count(reader: Reader, nodes: Nodes, found: Waiting) -> tuple[int, bool, str]:
    """Count what the list behind the link shows, by the list's own conditions and as far as the list counts."""
    query = [(key, str(reader.actor.delegation_id) if value is OWN else value) for key, value in found.query]
    listing = read_listing(BY_NOUN[found.noun], nodes, MultiDict(query))
    conditions = listing.query.conditions(reader.actor)
    number, capped = paging.count(reader.session, listing, conditions, paging.cap_of(listing, reader.actor))
    return number, capped, listing.address(url_for(f"{found.noun}.index"))
