"""Persons of a unit in the states their unit allows, with decisions, payments and cards that agree (DOMAIN §1.2–1.4)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from demo import cards, codes, payments, places, reviews, words
from demo.chance import Odds
from demo.fair import CONSENT, Fair
from demo.units import Home
from models import (
    CertMode,
    GetMethod,
    IdType,
    Label,
    Period,
    Person,
    PersonStatus,
    SecurityStatus,
    Sex,
    Tombstone,
    UnitStatus,
    keyring,
)
from models.edition import FREE_LABELS
from models.kinds import mask
from models.person import LIVE

S = PersonStatus
STATUS = {
    UnitStatus.draft: Odds({S.draft: 65, S.submitted: 35}),
    UnitStatus.pending_first: Odds({S.draft: 20, S.submitted: 80}),
    UnitStatus.pending_second: Odds({S.draft: 15, S.submitted: 85}),
    UnitStatus.returned: Odds({S.draft: 30, S.submitted: 70}),
    UnitStatus.approved: Odds({S.draft: 5, S.pending_confirm: 27, S.pending_review: 21, S.returned: 4, S.approved: 40, S.rejected: 2, S.deleted: 1}),
    UnitStatus.rejected: Odds({S.rejected: 1}),
    UnitStatus.deleted: Odds({S.deleted: 1}),
}  # fmt: skip
MODE = Odds({CertMode.new: 35, CertMode.reapply: 35, CertMode.reuse: 30})
PERIOD = Odds({Period.FULL: 85, Period.LATE: 15})
PAPER = {
    False: Odds({IdType.RESIDENT_ID: 970, IdType.HK_MACAO_PERMIT: 12, IdType.TAIWAN_PERMIT: 8, IdType.PASSPORT: 10}),
    True: Odds({IdType.PASSPORT: 70, IdType.HK_MACAO_PERMIT: 15, IdType.TAIWAN_PERMIT: 10, IdType.HMT_RESIDENCE: 5}),
}
PERSONAL = ("name_en", "sex", "birth_date", "id_no", "id_expiry", "department", "title", "mobile", "email", "old_card_no",
            "recv_name", "recv_mobile", "recv_region", "recv_address", "recv_postcode")  # fmt: skip
# Persons of twenty units, three each on average.
HOW_MANY = (0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6, 7, 8)  # fmt: skip


@dataclass
class Holder:
    """A person as payments and cards need to know it."""

    home: Home
    name: str
    status: PersonStatus
    label: Label
    period: Period
    mode: CertMode
    submitted_at: datetime
    id: int = 0
    ref: str = ""
    id_masked: str = ""
    old_card_no: str | None = None
    opinion: str | None = None
    sex: Sex = Sex.M
    recipient: dict[str, Any] = field(default_factory=dict)  # where the card is mailed to, nothing where it is fetched

    @property
    def mailed(self) -> bool:
        """Whether the card is mailed."""
        return bool(self.recipient)


def register(fair: Fair, home: Home) -> Holder:
    """Make one person with its decision, reviews, ledger lines and cards."""
    chance = fair.chance
    status = chance.draw(STATUS[home.status])
    if home.place.node.locked and status in (S.draft, S.returned):
        status = S.expired  # P16: the lock ends what was not submitted
    created_at = chance.later(home.created_at, fair.now, 0.2)
    label = _label(fair, home, status)
    mode = chance.draw(MODE) if home.returning else CertMode.new
    submitted_at = chance.later(created_at, fair.now, 0.3)
    holder = Holder(home, "", status, label, chance.draw(PERIOD), mode, submitted_at, ref=chance.ref())
    facts = _paper(fair, holder) | _reached(fair, holder)
    decision = payments.decide(fair, holder)
    since = created_at if status is S.draft else decision.at or submitted_at
    if status is S.pending_confirm:
        since = fair.lately(submitted_at)
    if status is S.deleted:
        _bury(fair, holder, facts)
    holder.id = fair.rows.add(
        Person, created_at, ref=holder.ref, edition_id=fair.edition_id, **home.owner, review_status=status, label=label,
        period=holder.period, cert_mode=mode, state_since=since, **facts, **_progress(fair, holder), **decision.columns,
    )  # fmt: skip
    payments.book(fair, holder, decision)
    _reviewed(fair, holder, decision)
    if status is S.approved and decision.is_settled:
        cards.issue(fair, holder, decision)
    return holder


def _label(fair: Fair, home: Home, status: PersonStatus) -> Label:
    """Take a place of the unit's quota while there is one; who is out keeps the word but not the place."""
    for label in reversed(FREE_LABELS):
        if home.free[label] and fair.chance.happens(0.55):
            if status in LIVE:
                home.free[label] -= 1
                home.used[label] += 1
            return label
    return Label.PROFESSIONAL


def _paper(fair: Fair, holder: Holder) -> dict[str, Any]:
    """Name, paper and what the paper says."""
    chance, number = fair.chance, fair.rows.last.get(Person, 0) + 1
    kind = chance.draw(PAPER[holder.home.overseas])
    paper = codes.paper(chance, number, kind)
    holder.sex = Sex[paper.sex]
    holder.id_masked = mask("identity", paper.number)
    english = words.english_name(chance, paper.sex) if kind is IdType.PASSPORT else None
    holder.name = english or words.person_name(chance, paper.sex)
    if holder.mode is CertMode.reuse:
        holder.old_card_no = f"CIIE{number:08d}"
    expiry = fair.now.date() + timedelta(days=chance.randrange(200, 3000)) if kind is IdType.PASSPORT else None
    return {
        "name": holder.name, "sex": holder.sex, "birth_date": paper.birth_date, "id_type": kind, "id_no": paper.number,
        "nationality": paper.nationality, "name_en": english, "id_expiry": expiry, "old_card_no": holder.old_card_no,
        "old_edition": chance.one(("6", "7")) if holder.old_card_no else None,
        "title": words.title(chance, holder.home.category), "department": words.department(chance),
    }  # fmt: skip


def _reached(fair: Fair, holder: Holder) -> dict[str, Any]:
    """How to reach the person and where the card goes; a draft in five still lacks its mobile."""
    chance, home = fair.chance, holder.home
    mobile = codes.mobile(chance)
    facts: dict[str, Any] = {"mobile": None if holder.status is S.draft and chance.happens(0.2) else mobile}
    if chance.happens(0.25):
        facts["get_method"] = GetMethod.PICKUP
        return facts
    city = home.place.node.city
    region = places.region(city)
    holder.recipient = {
        "recv_name": home.contact, "recv_mobile": home.mobile, "recv_region": region,
        "recv_address": home.address.removeprefix(region), "recv_postcode": places.postcode(city),
    }  # fmt: skip
    return facts | {"get_method": GetMethod.MAIL, **holder.recipient}


def _progress(fair: Fair, holder: Holder) -> dict[str, Any]:
    """What submitting and reviewing left on the row."""
    chance, status = fair.chance, holder.status
    if status is S.draft:
        signed = chance.happens(0.8)
        return {"consent_at": holder.home.created_at, "consent_version": CONSENT} if signed else {}
    facts: dict[str, Any] = {"consent_at": holder.submitted_at, "consent_version": CONSENT}
    if status is S.expired:
        return facts
    facts |= {"submitted_at": holder.submitted_at, "round": 1}
    if status is S.approved:
        facts["security_status"] = SecurityStatus.passed
    elif status is S.pending_review and chance.happens(0.6):
        facts["security_status"] = SecurityStatus.sent
    elif status is S.rejected and holder.home.status is UnitStatus.approved:
        facts["security_status"], holder.opinion = SecurityStatus.not_passed, "未通过人员信息审核"
    elif status is S.returned:
        holder.opinion = chance.one(reviews.PERSON_OPINIONS)
    return facts | {"opinion": holder.opinion}


def _reviewed(fair: Fair, holder: Holder, decision: payments.Decision) -> None:
    """Write the records of the reviews the person has been through."""
    home, at = holder.home, fair.chance.later(decision.at or holder.submitted_at, fair.now, 0.5)
    move, by_id, opinion = "", fair.police, None
    if holder.status is S.approved:
        move = "security_pass"
    elif holder.status is S.rejected and home.status is UnitStatus.approved:
        move = "security_not_pass"
    elif holder.status is S.returned:
        move, by_id = "return_for_edit", fair.chance.one(home.place.accounts)
        opinion = holder.opinion
    if move:
        record = reviews.record("person", move, at, by_id, opinion) | {"person_id": holder.id}
        reviews.write(fair, home.owner, [record])


def _bury(fair: Fair, holder: Holder, facts: dict[str, Any]) -> None:
    """Blank what is personal and leave a tombstone, as the engine does."""
    index = keyring.current().index(facts["id_no"], "id_no")
    facts |= dict.fromkeys(PERSONAL) | {"name": "已删除人员"}
    holder.name = "已删除人员"
    gone_at = fair.chance.later(holder.submitted_at, fair.now)
    fair.rows.add(
        Tombstone, gone_at, noun="person", object_id=fair.rows.last.get(Person, 0) + 1, object_ref=holder.ref,
        **holder.home.place.at, key_hash=index, reason="单位申请删除", by_id=holder.home.place.accounts[0], at=gone_at,
    )  # fmt: skip
