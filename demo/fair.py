"""What one load stands on: the moment, the current edition with its fees, the nodes and who works there."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from demo.chance import Chance, Odds
from demo.rows import Rows
from demo.tree import NODES, Node
from models import CertMode, Delegation, Edition, Fee, Label, Period
from workflow import figures

CONSENT = "1"
DAYS_OF_WAITING = 3  # on average
FEES = {Period.FULL: 20_000, Period.LATE: 10_000}  # 分, of a professional visitor (DOMAIN §1.4)


def fee_of(label: Label, period: Period) -> int:
    """Return what a badge costs in 分: free labels nothing, half the fair half the price."""
    return FEES[period] if label is Label.PROFESSIONAL else 0


@dataclass
class Place:
    """A node in the database, the accounts at work there, and what it handed out while the rows were made."""

    node: Node
    id: int
    province_id: int
    accounts: list[int] = field(default_factory=list)
    committed: int = 0
    cap: int = 0
    billed: list[dict[str, Any]] = field(default_factory=list)
    allotted: Counter[Label] = field(default_factory=Counter)

    @property
    def at(self) -> dict[str, int]:
        """Where a row of this node hangs."""
        return {"delegation_id": self.id, "province_id": self.province_id}


class Fair:
    """The edition and its tree, ``now`` being the moment up to which things have happened."""

    def __init__(self, rows: Rows, chance: Chance, now: datetime) -> None:
        self.rows = rows
        self.chance = chance
        self.now = now
        self.opened_at = now - timedelta(days=75)
        self.locked_at = now - timedelta(days=2)
        self.police: int | None = None  # the account of the security check
        self.finance: int | None = None  # and that of finance
        self.lost = 0  # badges that cost something to replace
        self.movable: dict[str, list[Any]] = {}  # units a transfer may be asked for, by node
        self.edition_id = self._edition()
        self.places: dict[str, Place] = {}
        for node in NODES:
            self.places[node.code] = self._place(node)

    @cached_property
    def registering(self) -> Odds[str]:
        """The codes of the nodes, by how many units register there."""
        return Odds({node.code: node.size for node in NODES})

    def lately(self, moment: datetime) -> datetime:
        """Return when something that waits began to: after ``moment``, mostly within the last days."""
        return max(moment, self.now - timedelta(days=self.chance.expovariate(1 / DAYS_OF_WAITING)))

    def _edition(self) -> int:
        day = self.now.date()
        edition_id = self.rows.add(
            Edition, self.opened_at, code="8", name="第八届中国国际进口博览会", is_current=True, consent_version=CONSENT, reuse_editions="6,7",
            opens_at=self.opened_at, unit_closes_at=self.now + timedelta(days=20),
            person_closes_at=self.now + timedelta(days=25), pay_closes_at=self.now + timedelta(days=28),
            lock_at=figures.midnight((self.now + timedelta(days=30)).date()),
            show_opens_on=day + timedelta(days=40), show_closes_on=day + timedelta(days=45),
        )  # fmt: skip
        for mode in CertMode:
            for period in Period:
                for label in Label:
                    line = {"mode": mode, "period": period, "label": label, "amount": fee_of(label, period)}
                    self.rows.add(Fee, self.opened_at, edition_id=edition_id, **line)
        return edition_id

    def _place(self, node: Node) -> Place:
        above = self.places.get(node.parent)
        province = self.places.get(node.province)
        node_id = self.rows.add(
            Delegation, self.opened_at, code=node.code, name=node.name, short_name=node.short_name, kind=node.kind,
            parent_id=above.id if above else None, province_id=province.id if province else None,
            referral_code=node.referral_code, contact=node.contact, phone=node.telephone,
        )  # fmt: skip
        return Place(node, node_id, province.id if province else node_id)
