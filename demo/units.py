"""Units as they stand some weeks before the fair: most approved, some in every queue, a few returned or refused."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from demo import codes, places, reviews, words
from demo.chance import Odds
from demo.fair import Fair, Place
from models import (
    Category,
    Intention,
    Label,
    LicenceType,
    Origin,
    ParcelStatus,
    QuotaAllocation,
    Tombstone,
    Unit,
    UnitGroupPay,
    UnitStatus,
    Zone,
    keyring,
)
from models.edition import FREE_LABELS

S = UnitStatus
STATUS = Odds({
    S.approved: 57, S.draft: 13, S.pending_first: 13, S.pending_second: 9, S.returned: 5, S.rejected: 2, S.deleted: 1,
})  # fmt: skip
CATEGORY = Odds({Category.ENTERPRISE: 84, Category.INSTITUTION: 6, Category.SOCIAL_ORG: 6, Category.GOVERNMENT: 4})
ABROAD = Odds({Category.ENTERPRISE: 80, Category.SOCIAL_ORG: 10, Category.GOVERNMENT: 3, Category.OTHER: 7})
LICENCES = {
    Category.ENTERPRISE: LicenceType.BUSINESS, Category.INSTITUTION: LicenceType.INSTITUTION,
    Category.SOCIAL_ORG: LicenceType.SOCIAL_ORG, Category.GOVERNMENT: LicenceType.GOVERNMENT, Category.OTHER: LicenceType.OTHER,
}  # fmt: skip
SWITCH = Odds({UnitGroupPay.INHERIT: 92, UnitGroupPay.ON: 4, UnitGroupPay.OFF: 4})
ALLOTTED = {Label.VIP: Odds({0: 78, 1: 16, 2: 6}), Label.STAFF: Odds({0: 68, 1: 20, 2: 9, 3: 3})}
QUARTERS = ("今年第四季度", "明年第一季度", "明年上半年", "明年全年")
OVERSEAS = 0.03  # share of units from abroad
SUBMITTED = {S.pending_first, S.pending_second, S.returned, S.approved, S.rejected}


@dataclass
class Home:
    """A unit as its persons need to know it. ``free`` is the quota left for them, ``used`` what they took of it."""

    place: Place
    name: str
    status: UnitStatus
    category: Category
    overseas: bool
    created_at: datetime
    returning: bool = False
    pays: bool = False
    id: int = 0
    ref: str = ""
    uscc: str | None = None
    address: str = ""
    contact: str = ""
    mobile: str = ""
    free: Counter[Label] = field(default_factory=Counter)
    used: Counter[Label] = field(default_factory=Counter)
    parcels: dict[ParcelStatus, dict[str, Any]] = field(default_factory=dict)  # those with room, by state

    @property
    def owner(self) -> dict[str, int]:
        """The place of a row that belongs to this unit."""
        return {"unit_id": self.id, **self.place.at}


def register(fair: Fair) -> Home:
    """Make one unit with its intentions and reviews; its allotments follow when its persons are known (``settle``)."""
    chance = fair.chance
    place = fair.places[chance.draw(fair.registering)]
    created_at = chance.later(fair.opened_at, fair.now, 1.0)
    overseas = chance.happens(OVERSEAS)
    category = chance.draw(ABROAD if overseas else CATEGORY)
    home = Home(place, "", chance.draw(STATUS), category, overseas, created_at, returning=chance.happens(0.4))
    facts = {**_paper(fair, home), **_contact(fair, home)}
    review = reviews.of_unit(fair, home.status, place, created_at)
    switch = chance.draw(SWITCH)
    home.pays = place.node.pays if switch is UnitGroupPay.INHERIT else switch is UnitGroupPay.ON
    home.ref = chance.ref()
    if home.status is S.deleted:
        facts |= dict.fromkeys(("legal_rep", "contact_name", "contact_mobile", "contact_phone", "contact_email", "address",
                                "uscc", "overseas_reg_no"))  # fmt: skip
    home.id = fair.rows.add(
        Unit, created_at, ref=home.ref, edition_id=fair.edition_id, **place.at, review_status=home.status,
        referral_code=place.node.referral_code, is_returning=home.returning, group_pay_enabled=switch, **facts,
        **review.columns,
    )  # fmt: skip
    reviews.write(fair, home.owner, review.records)
    if home.status is S.deleted:
        _bury(fair, home)
        return home
    if home.status in SUBMITTED or chance.happens(0.75):
        _intend(fair, home)
    if home.status is not S.rejected:
        home.free.update({label: chance.draw(odds) for label, odds in ALLOTTED.items()})
    return home


def _paper(fair: Fair, home: Home) -> dict[str, Any]:
    """What the licence says, and what belongs to it."""
    chance, number = fair.chance, fair.rows.last.get(Unit, 0) + 1
    category = home.category
    home.name = words.unit_name(chance, category, home.place.node.city, overseas=home.overseas)
    facts: dict[str, Any] = {
        "name": home.name, "origin": Origin.OVERSEAS if home.overseas else Origin.DOMESTIC, "category": category,
        "licence_type": LICENCES[category], "legal_rep": words.person_name(chance, chance.one("MF")),
    }  # fmt: skip
    if category is Category.ENTERPRISE:
        facts["reg_capital"] = Decimal(chance.one((50, 100, 200, 500, 1000, 2000, 5000, 10000)))
    if home.overseas:
        return facts | {"overseas_reg_no": f"REG{number:07d}", "name_en": words.english_unit_name(chance)}
    home.uscc = codes.uscc(number, category)
    if category is Category.ENTERPRISE:
        facts["import_usd"] = Decimal(round(chance.expovariate(1 / 300), 2)) if chance.happens(0.6) else None
    return facts | {"uscc": home.uscc, "industry": words.industry(chance)}


def _contact(fair: Fair, home: Home) -> dict[str, Any]:
    """Where the unit is and whom to call; one draft in three has not come so far."""
    chance, city = fair.chance, home.place.node.city
    home.contact, home.mobile = words.person_name(chance, chance.one("MF")), codes.mobile(chance)
    home.address = places.address(chance, city)
    unfinished = home.status is S.draft and chance.happens(0.3)
    return {
        "city": None if home.overseas else city, "region_code": None if home.overseas else places.region_code(city),
        "address": None if unfinished else home.address, "postcode": places.postcode(city),
        "contact_name": home.contact, "contact_mobile": home.mobile,
        "contact_phone": codes.landline(chance, city) if chance.happens(0.4) else None,
        "contact_email": f"office{fair.rows.last.get(Unit, 0) + 1}@example.com",
    }  # fmt: skip


def _intend(fair: Fair, home: Home) -> None:
    chance = fair.chance
    for _ in range(chance.one((1, 1, 1, 2, 2, 3))):
        zone = chance.one(list(Zone))
        fair.rows.add(
            Intention, home.created_at, **home.owner, zone=zone, product=words.product(chance, zone),
            origin_countries="、".join(words.countries(chance)), amount=Decimal(chance.randrange(5, 500)),
            quarter=chance.one(QUARTERS), is_published=chance.happens(0.3),
        )  # fmt: skip


def _bury(fair: Fair, home: Home) -> None:
    """Leave of a deleted unit what the engine leaves: that it was, and who removed it."""
    gone_at = fair.chance.later(home.created_at, fair.now)
    key = keyring.current().index(home.uscc, "uscc") if home.uscc else None
    fair.rows.add(
        Tombstone, gone_at, noun="unit", object_id=home.id, object_ref=home.ref, **home.place.at, key_hash=key,
        reason="重复登记，单位来电要求删除", by_id=home.place.accounts[0], at=gone_at,
    )  # fmt: skip


def settle(fair: Fair, home: Home) -> None:
    """Write the allotments: what the persons took of them and what is left."""
    for label in FREE_LABELS:
        allotted = home.used[label] + home.free[label]
        if allotted:
            home.place.allotted[label] += allotted
            fair.rows.add(
                QuotaAllocation, home.created_at, edition_id=fair.edition_id, **home.owner, uscc=home.uscc, unit_name=home.name,
                label=label, allotted=allotted, used=home.used[label],
            )  # fmt: skip
