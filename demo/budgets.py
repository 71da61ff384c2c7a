"""Pools and group-pay budgets of the nodes, wide enough for what was handed out; of some nodes nearly used up."""

from math import ceil

from demo import codes, words
from demo.chance import Odds
from demo.fair import Fair, Place
from demo.units import ALLOTTED
from models import Category, DelegationEdition, Label, LockStatus, QuotaAllocation, QuotaPool, Unit
from models.edition import FREE_LABELS

TEN_THOUSAND_YUAN = 1_000_000
LEFT_OF_TIGHT = 100_000  # 分: five badges of a short cap
PRESETS = 0.12  # codes with a preset that have not registered, as a share of the units


def preset(fair: Fair, units: int) -> None:
    """Promise quota to codes that have not registered yet (notice §五(三)2(2))."""
    chance, first = fair.chance, fair.rows.last.get(Unit, 0) + 1
    at_least_one = {label: Odds({1: 60, 2: 30, 3: 10}) for label in ALLOTTED}
    for number in range(first, first + ceil(units * PRESETS)):
        place = fair.places[chance.draw(fair.registering)]
        at, name = chance.later(fair.opened_at, fair.now), words.unit_name(chance, Category.ENTERPRISE, place.node.city)
        for label in FREE_LABELS if chance.happens(0.6) else (chance.one(FREE_LABELS),):
            allotted = chance.draw(at_least_one[label])
            if place.node.locked:  # nobody registers there any more
                continue
            place.allotted[label] += allotted
            fair.rows.add(
                QuotaAllocation, at, edition_id=fair.edition_id, **place.at, uscc=codes.uscc(number, Category.ENTERPRISE),
                unit_name=name, label=label, allotted=allotted,
            )  # fmt: skip
        if number % 1000 == 0:
            fair.rows.write()


def settle(fair: Fair) -> None:
    """Write each node's pools and budget."""
    for label in FREE_LABELS:
        for place in fair.places.values():
            if not place.node.parent:
                _pool(fair, place, label)
    for place in fair.places.values():
        _budget(fair, place)


def _pool(fair: Fair, place: Place, label: Label) -> int:
    """Write the pools of a node and of those below it; return the node's total."""
    below = [child for child in fair.places.values() if child.node.parent == place.node.code]
    allocated = place.allotted[label] + sum(_pool(fair, child, label) for child in below)
    spare = fair.chance.randrange(3) if place.node.tight else 5 + allocated // 5
    fair.rows.add(
        QuotaPool, fair.opened_at, edition_id=fair.edition_id, **place.at, label=label, total=allocated + spare,
        allocated=allocated,
    )  # fmt: skip
    return allocated + spare


def _lock(fair: Fair) -> dict[str, object]:
    """Tell that a node has locked and the province accepted it (DOMAIN P16: what was not submitted has expired)."""
    return {"status": LockStatus.accepted, "locked_at": fair.locked_at, "state_since": fair.locked_at}


def _budget(fair: Fair, place: Place) -> None:
    node, committed = place.node, place.committed
    wide = ceil((committed * 1.4 + 2 * TEN_THOUSAND_YUAN) / TEN_THOUSAND_YUAN) * TEN_THOUSAND_YUAN
    place.cap = cap = committed + LEFT_OF_TIGHT if node.tight else wide
    fair.rows.add(
        DelegationEdition, fair.opened_at, edition_id=fair.edition_id, **place.at, group_pay_enabled=node.pays,
        group_pay_cap=cap, group_pay_grant=ceil(cap * 1.2 / TEN_THOUSAND_YUAN) * TEN_THOUSAND_YUAN,
        group_pay_committed=committed, transfer_by_request=node.by_request, **(_lock(fair) if node.locked else {}),
    )  # fmt: skip
