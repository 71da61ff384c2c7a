"""The figures of the start page: each a noun and a filter, so that its link shows exactly the rows it counts.

Most are read off a few grouped counts (``workflow.figures.cube``); what no cube was counted by is counted by the list's
own conditions. A new figure is one entry here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from admin_views.list_page import Reader
from admin_views.listing import read_listing
from admin_views.nodes import Nodes
from admin_views.saved_views import ALL as ALL_ROWS
from admin_views.screens import BY_NOUN
from models import (
    CertificateStatus,
    GroupPayKind,
    IdType,
    LockStatus,
    ParcelStatus,
    PaymentStatus,
    PersonStatus,
    RefundStatus,
    ReissueStatus,
    Role,
    SecurityStatus,
    StatementStatus,
    TransferStatus,
    UnitStatus,
    WindowStatus,
)
from models.certificate import DEAD
from models.words import Labelled
from workflow import figures
from workflow.figures import SECURITY_DAYS, Cube, Tally
from workflow.rights import allowed

U, P, C, M, B, Y = UnitStatus, PersonStatus, CertificateStatus, PaymentStatus, ParcelStatus, SecurityStatus
R = ReissueStatus
NO_VIEW = f"view={ALL_ROWS}"  # an address without a filter begins with the reader's own view
OWN = "own node"  # stands for the reader's own delegation in a query
Pairs = tuple[tuple[str, str], ...]


def among(key: str, *values: Labelled) -> Pairs:
    """Filter by several values of a column."""
    return tuple((key, value.value) for value in values)


@dataclass(frozen=True)
class Figure:
    """A count of rows: its filter as the address writes it, who is told, and after how many days a row is late."""

    name: str
    label: str
    noun: str
    query: Pairs
    roles: tuple[Role, ...]
    tone: str = "warning"
    help: str = ""
    late: tuple[int, ...] = ()
    sums: str = ""  # a column of money that is added up beside


@dataclass(frozen=True)
class Series:
    """Rows per day of one of their moments (``key``)."""

    name: str
    label: str
    noun: str
    key: str
    query: Pairs
    roles: tuple[Role, ...]
    help: str = ""


_DESKS = (Role.secretariat, Role.sub_delegation)
_ALL = (*_DESKS, Role.auditor)
_POLICE, _MONEY, _SYSTEM = (Role.security,), (Role.finance,), (Role.sysadmin,)
_CHECKED = among("review_status", P.pending_review)
_ABROAD = tuple(kind for kind in IdType if kind is not IdType.RESIDENT_ID)

WAITING = (
    Figure("first_review", "待初审单位", "unit", among("review_status", U.pending_first), _DESKS, late=(3, 7)),
    Figure("second_review", "待复审单位", "unit", among("review_status", U.pending_second), (Role.secretariat,), late=(3, 7)),
    Figure("reported", "已提报待复审", "unit", among("review_status", U.pending_second), (Role.sub_delegation,), "info", late=(3, 7)),
    Figure("returned", "退回修改中", "unit", among("review_status", U.returned), _DESKS, "info", late=(3, 7)),
    Figure("spot_check", "识别通过，供抽查", "unit", (("direct_pass", "1"),), _DESKS, "info", help="系统核对名称和代码后直接通过"),
    Figure("confirm", "待确认人员", "person", among("review_status", P.pending_confirm), _DESKS, help="须确认统付与标签", late=(3, 7)),
    Figure("check", "待审核人员", "person", _CHECKED, _DESKS, "info", late=tuple(SECURITY_DAYS.values())),
    Figure("check_domestic", "待审核：居民身份证", "person", (*_CHECKED, *among("id_type", IdType.RESIDENT_ID)), _POLICE,
           late=(SECURITY_DAYS["domestic"],)),
    Figure("check_overseas", "待审核：其他证件", "person", (*_CHECKED, *among("id_type", *_ABROAD)), _POLICE,
           late=(SECURITY_DAYS["overseas"],)),
    Figure("hand_over", "待移交安全审核", "person", (*_CHECKED, *among("security_status", Y.none)), (Role.secretariat,), help="成批移交公安部门"),
    Figure("overdue", "超过审核期限的人员", "security_row", (("overdue", "1"),), (Role.secretariat, *_POLICE), "danger",
           help="移交后超过 7 天（居民身份证）或 15 天（其他证件）"),
    Figure("transfer", "待接收的指定申请", "transfer_request", (*among("status", TransferStatus.requested), ("target_id", OWN)),
           _DESKS, late=(3, 7)),
    Figure("locks", "待接受的锁定提交", "delegation_edition", among("status", LockStatus.locked), (Role.secretariat,), late=(1, 3)),
    Figure("windows", "开着的例外窗口", "exception_window", among("status", WindowStatus.open), _DESKS, "info"),
    Figure("queue", "待制证", "certificate", among("status", C.queued), (Role.secretariat,), "info"),
    Figure("reuse_ready", "可复用开通的证件", "certificate", (("reuse_ready", "1"),), (Role.secretariat,), "info"),
    Figure("reuse_fails", "复用条件不符的证件", "certificate", (("reuse_fails", "1"),), (Role.secretariat,)),
    Figure("to_pack", "待装入包裹的证件", "certificate", (("to_pack", "1"),), (Role.secretariat,), "info"),
    Figure("to_send", "待寄出包裹", "parcel", among("status", B.packed), (Role.secretariat,), late=(1, 3)),
    Figure("on_the_way", "已寄出未签收", "parcel", among("status", B.sent), _DESKS, "info", late=(7, 15)),
    Figure("sent_back", "退件待重新装包", "parcel", (("to_repack", "1"),), _DESKS, "danger"),
    Figure("unpaid", "待支付人员", "person", among("payment_status", M.unpaid), _MONEY),
    Figure("refunding", "退款中人员", "person", among("payment_status", M.refunding), _MONEY),
    Figure("refund_tasks", "待退费事项", "refund_task", among("status", RefundStatus.pending), _MONEY, late=(3, 7), sums="amount"),
    Figure("closed", "逾期未缴人员", "person", among("payment_status", M.closed), (*_MONEY, *_DESKS), "danger", help="请电话联系"),
    Figure("reissue_owed", "补办费待收人员", "person", among("reissue_status", R.owed), (*_MONEY, Role.secretariat), help="收取或免收后才能制作新证件"),
    Figure("committed", "已确认代付，待结算", "person", among("payment_status", M.group_committed), _MONEY, "info"),
    Figure("unstated", "待出账（笔）", "group_pay_entry", (("unstated", "1"),), _MONEY, "info", help="尚未列入对账单的台账记录",
           sums="amount"),
    Figure("issued", "已出具待结清的对账单", "statement", among("status", StatementStatus.issued), _MONEY, late=(7, 15),
           sums="total"),
    Figure("locked", "暂不能登录的账号", "account", (("locked", "1"),), _SYSTEM, help="密码多次不正确，15 分钟后自动恢复"),
    Figure("expired", "初始密码已过期的账号", "account", (("expired", "1"),), _SYSTEM, help="须重置初始密码"),
    Figure("unused", "从未登录的账号", "account", (("unused", "1"),), _SYSTEM, "info"),
    Figure("inactive", "已停用的账号", "account", (("is_active", "0"),), _SYSTEM, "info"),
)  # fmt: skip
FORGOTTEN = (
    Figure("without_persons", "%(n)s 家单位已提交，但没有人员提交", "unit", (("without_persons", "1"),), _ALL),
    Figure("draft_persons", "%(n)s 名人员已填写，但没有提交", "person", among("review_status", P.draft), _ALL),
)
_SUBMITTED = tuple(status for status in U if status not in (U.draft, U.deleted))
_HANDED_IN = tuple(status for status in P if status not in (P.draft, P.expired, P.deleted))
UNIT_STEPS = (
    Figure("units", "登记", "unit", (), _ALL),
    Figure("units_submitted", "已提交", "unit", among("review_status", *_SUBMITTED), _ALL),
    Figure("units_first", "初审通过", "unit", among("review_status", U.pending_second, U.approved), _ALL),
    Figure("units_approved", "审核通过", "unit", among("review_status", U.approved), _ALL),
)
PERSON_STEPS = (
    Figure("persons", "登记", "person", (), _ALL),
    Figure("persons_submitted", "已提交", "person", among("review_status", *_HANDED_IN), _ALL),
    Figure("persons_confirmed", "已确认", "person", among("review_status", P.pending_review, P.approved), _ALL),
    Figure("persons_checked", "通过安全审核", "person", among("review_status", P.approved), _ALL),
    Figure("cards", "已有证件", "certificate", among("status", *(status for status in C if status not in DEAD)), _ALL),
    Figure("cards_delivered", "已领取或开通", "certificate", among("status", C.delivered, C.activated), _ALL),
)
PAYMENTS = tuple(Figure(f"pay_{m.value}", m.label, "person", among("payment_status", m), _MONEY) for m in M)
SERIES = (
    Series("registered", "登记", "unit", "created_at", (), _ALL),
    Series("submitted", "已提交", "unit", "submitted_at", (), _ALL),
    Series("approved", "审核通过", "unit", "state_since", among("review_status", U.approved), _ALL),
    Series("commits", "确认代付", "group_pay_entry", "at", among("kind", GroupPayKind.COMMIT), _MONEY),
    Series("releases", "释放代付", "group_pay_entry", "at", among("kind", GroupPayKind.RELEASE), _MONEY),
)
ALL: tuple[Figure | Series, ...] = (*WAITING, *FORGOTTEN, *UNIT_STEPS, *PERSON_STEPS, *PAYMENTS, *SERIES)
_PERSONS = {Role.finance: ("payment_status",), Role.security: ("review_status", "id_type")}


def told(found: Iterable[Figure], reader: Reader) -> list[Figure]:
    """Return the figures that the reader's role is told."""
    return [each for each in found if reader.actor.role in each.roles and allowed(reader.actor, "list", each.noun)]


@dataclass
class Counting:
    """Counts figures for one page; a grouped count is made once and answers for all figures it was counted by."""

    reader: Reader
    nodes: Nodes
    _cubes: dict[str, Cube] = field(default_factory=dict)

    @cached_property
    def _keys(self) -> dict[str, tuple[str, ...]]:
        """What the nouns are counted by for this reader."""
        persons = _PERSONS.get(self.reader.actor.role, ("review_status",))
        return {"unit": ("review_status",), "person": persons, "certificate": ("status",), "parcel": ("status",)}

    def pairs(
        self, figure: Figure, node: int | None = None, late: int = 0, *, own: bool = False
    ) -> list[tuple[str, str]]:
        """Return a figure's filter, narrowed to a node (``own``: without what is below) and to rows older than ``late``."""
        found = [(key, str(self.reader.actor.delegation_id) if value is OWN else value) for key, value in figure.query]
        if late:
            found.append(("state_since.to", str(figures.today() - timedelta(days=late + 1))))
        return found if node is None else [*found, ("delegation_id.own" if own else "delegation_id", str(node))]

    def url(self, noun: str, pairs: Iterable[tuple[str, str]]) -> str:
        """Return the address of the list of these rows."""
        return f"{self.bases[noun]}?{urlencode(list(pairs)) or NO_VIEW}"

    @cached_property
    def bases(self) -> dict[str, str]:
        """The lists' addresses by noun."""
        return {noun: url_for(f"{noun}.index") for noun in BY_NOUN}

    def cube(self, noun: str) -> Cube:
        """Return the noun's grouped count."""
        if noun not in self._cubes:
            self._cubes[noun] = figures.cube(
                self.reader.session, BY_NOUN[noun].model, self._keys[noun], self._ages(noun)
            )
        return self._cubes[noun]

    def _ages(self, noun: str) -> tuple[int, ...]:
        """After how many days rows of the noun are late, for this reader."""
        return tuple(
            sorted({days for figure in told(WAITING, self.reader) if figure.noun == noun for days in figure.late})
        )

    def tally(self, figure: Figure) -> Tally:
        """Count a figure in the whole of the reader's scope."""
        chosen = chosen_of(figure.query)
        if figure.noun in self._keys and set(chosen) <= set(self._keys[figure.noun]):
            return self.cube(figure.noun).tally(chosen)
        listing = read_listing(BY_NOUN[figure.noun], self.nodes, MultiDict(self.pairs(figure)))
        conditions = listing.query.conditions(self.reader.actor)
        return figures.tally(self.reader.session, listing.query.screen.model, conditions, figure.late)

    def amount(self, figure: Figure) -> int:
        """Add up a figure's money in the whole of the reader's scope, in 分."""
        listing = read_listing(BY_NOUN[figure.noun], self.nodes, MultiDict(self.pairs(figure)))
        model = BY_NOUN[figure.noun].model
        return figures.amount(self.reader.session, model, figure.sums, listing.query.conditions(self.reader.actor))

    def by_node(self, figure: Figure) -> dict[int, int]:
        """Count a figure on each node."""
        return self.cube(figure.noun).by_node(chosen_of(figure.query))

    def per_day(self, series: Series, first: Any, days: int) -> dict[Any, int]:
        """Count a series per day."""
        model = BY_NOUN[series.noun].model
        return figures.per_day(self.reader.session, model, series.key, chosen_of(series.query), first, days)


def chosen_of(query: Pairs) -> dict[str, list[str]]:
    """Return a filter as values by key."""
    chosen: dict[str, list[str]] = {}
    for key, value in query:
        chosen.setdefault(key, []).append(value)
    return chosen
