"""What is left of a deleted unit or person: no personal datum, a tombstone, and what was consumed (DOMAIN U15, P14)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from models import (
    Attachment,
    AttachmentKind,
    Audit,
    Base,
    Certificate,
    CertificateStatus,
    GroupPayEntry,
    Intention,
    Label,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    QuotaPool,
    Role,
    Sex,
    Tombstone,
    Unit,
    UnitStatus,
    keyring,
)
from models.columns import columns_of
from models.kinds import opened
from tests import factories
from tests.test_workflow import _cast
from workflow import saving
from workflow.actors import SYSTEM, acting, actor_for
from workflow.releasing import PERSONAL

U, P = UnitStatus, PersonStatus
OF_PERSON: dict[str, Any] = {
    "name": "欧阳金丝", "name_en": "Ouyang Jinsi", "id_expiry": date(2039, 7, 13), "department": "金丝雀部", "title": "金丝雀总监",
    "email": "jinsi@canary.example", "old_card_no": "OLD-CANARY-1", "recv_name": "欧阳收件", "recv_region": "金丝省金丝市",
    "recv_address": "金丝雀路77号", "recv_postcode": "359977", "opinion": "金丝雀照片不清晰", "mobile": "13877770001",
    "recv_mobile": "13877770002", "id_no": factories.resident_id(777_101), "sex": Sex.M, "birth_date": date(1937, 7, 17),
}  # fmt: skip
OF_UNIT: dict[str, Any] = {
    "legal_rep": "欧阳法人", "contact_name": "欧阳联系", "contact_mobile": "13877770003", "contact_phone": "0591-87777001",
    "contact_email": "lianxi@canary.example", "address": "金丝雀大道99号", "overseas_reg_no": "CANARY-REG-9",
    "opinion": "金丝雀资质不符", "remark": "金丝雀备注", "uscc": factories.uscc(7_777_001), "former_uscc": factories.uscc(7_777_002),
}  # fmt: skip
KEPT = {
    "person": {
        "id", "ref", "row_version", "created_at", "updated_at", "state_since", "delegation_id", "province_id", "unit_id", "edition_id",
        "review_status", "label", "payment_status", "nationality", "id_type", "period", "cert_mode", "old_edition",
        "get_method", "consent_at", "consent_version", "security_status", "group_pay_decision", "group_pay_fee",
        "reissue_status", "reissue_fee", "payer_id", "decided_by_id", "decided_at", "round", "submitted_at",
    },
    "unit": {
        "id", "ref", "row_version", "created_at", "updated_at", "state_since", "delegation_id", "province_id", "edition_id", "name",
        "review_status", "origin", "category", "name_en", "licence_type", "reg_capital", "import_usd", "industry", "city",
        "region_code", "postcode", "referral_code", "is_returning", "group_pay_enabled", "recognised", "round",
        "submitted_by_id", "submitted_at", "first_by_id", "first_at", "second_by_id", "second_at", "edited_by_admin",
    },
}  # fmt: skip
pytestmark = pytest.mark.usefixtures("clean_books")


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


@pytest.fixture
def unit(session, world, clerk):
    """A unit full of canaries with one such person who was confirmed, passed and carded."""
    made = _cast.ready_unit(session, world, world.sub, review_status=U.approved, reg_capital=Decimal(100), **OF_UNIT)
    person = _cast.ready_person(session, made, P.pending_confirm, **OF_PERSON)
    session.commit()
    _cast.done(session, clerk, "person", "confirm_group_pay", person.id)
    secretary = actor_for(session, world.accounts[Role.secretariat])
    _cast.done(session, secretary, "person", "hand_over_to_security", person.id)
    _cast.done(session, secretary, "person", "security_pass", person.id)
    with acting(session, SYSTEM):
        person.opinion = OF_PERSON["opinion"]
        session.commit()
    return made


def person_of(session, unit):
    with acting(session, SYSTEM):
        return session.scalars(select(Person).where(Person.unit_id == unit.id)).first()


def found(session, canaries, *, audit):
    """Return (table, column, canary) wherever one lies in clear, sealed columns opened."""
    hits = []
    for table in Base.metadata.sorted_tables:
        if (table.name == "audit") is audit:
            for row in session.connection().execute(select(table)).mappings():
                texts = {key: str(value) for key, value in row.items() if value is not None}
                hits += [(table.name, key, one) for key, text in texts.items() for one in canaries if one in text]
    return hits


def words(*groups):
    return [str(value) for group in groups for value in group.values() if value is not Sex.M]


@pytest.mark.parametrize("noun", ["unit", "person"])
def test_every_column_is_either_wiped_or_kept_on_purpose(noun):
    model = {"unit": Unit, "person": Person}[noun]
    wiped = {*PERSONAL[noun], *(["name"] if noun == "person" else [])}
    indexes = {f"{key}_{part}" for key in wiped for part in ("index", "tail")}

    assert set(columns_of(model)) - indexes == wiped | KEPT[noun]
    assert wiped & KEPT[noun] == set()


def test_the_canaries_fill_every_column_that_is_to_be_wiped():
    assert set(OF_PERSON) == {*PERSONAL["person"], "name"}
    assert set(OF_UNIT) == set(PERSONAL["unit"])


def test_of_a_deleted_unit_nothing_personal_is_left_but_in_the_trail(session, clerk, unit):
    assert {hit[2] for hit in found(session, words(OF_PERSON, OF_UNIT), audit=False)} != set()
    _cast.done(session, clerk, "unit", "delete", unit.id, _cast.REASON)

    assert found(session, words(OF_PERSON, OF_UNIT), audit=False) == []
    assert [len(_cast.values(session, model, "id")) for model in (Attachment, Intention)] == [0, 0]
    person = session.get_one(Person, person_of(session, unit).id, populate_existing=True)
    sealed = ("id_no", "mobile", "recv_mobile")
    assert {getattr(person, f"{key}{part}") for key in sealed for part in ("", "_index", "_tail")} == {None}
    assert (person.name, person.sex, person.birth_date) == ("已删除人员", None, None)


def test_of_a_deleted_person_nothing_personal_is_left_but_in_the_trail(session, clerk, unit):
    person = person_of(session, unit)
    _cast.done(session, clerk, "person", "delete", person.id, _cast.REASON)

    assert found(session, words(OF_PERSON), audit=False) == []
    assert _cast.values(session, Certificate, "holder_name", "status") == [("已删除人员", CertificateStatus.void)]
    assert _cast.values(session, Attachment, "kind") == [AttachmentKind.LICENCE]
    assert _cast.values(session, Unit, "review_status", "uscc") == [(U.approved, OF_UNIT["uscc"])]


def test_the_trail_keeps_numbers_and_addresses_of_mail_masked_only(session, clerk, unit):
    _cast.done(session, clerk, "unit", "delete", unit.id, _cast.REASON)
    secrets = [OF_PERSON[key] for key in ("id_no", "mobile", "recv_mobile", "email")]
    secrets += [OF_UNIT[key] for key in ("contact_mobile", "contact_email")]

    assert "138****0001" in "".join(session.scalars(select(Audit.changes)))  # the keys are at hand from here on
    assert found(session, secrets, audit=True) == []


def test_the_tombstones_count_what_went(session, world, clerk):
    unit = _cast.ready_unit(session, world, world.sub, review_status=U.pending_first)
    persons = [_cast.ready_person(session, unit, status) for status in (P.submitted, P.draft, P.rejected, P.submitted)]
    keys = [keyring.current().index(opened(person, "id_no"), "id_no") for person in persons]
    uscc_key = keyring.current().index(unit.uscc or "", "uscc")
    session.commit()
    _cast.done(session, clerk, "person", "delete", persons[3].id, {"reason": "重复登记人员"})
    _cast.done(session, clerk, "unit", "delete", unit.id, _cast.REASON)
    stones = _cast.values(session, Tombstone, "noun", "object_id", "persons", "files", "key_hash", "reason", "by_id")
    me, why = clerk.account_id, _cast.REASON["reason"]

    assert sorted(stones, key=lambda stone: (stone[0], stone[1])) == [
        *(("person", persons[at].id, 0, 1, keys[at], why, me) for at in range(3)),
        ("person", persons[3].id, 0, 1, keys[3], "重复登记人员", me),
        ("unit", unit.id, 3, 4, uscc_key, why, me),
    ]


def test_the_files_to_remove_are_named(session, clerk, unit):
    refs = set(_cast.values(session, Attachment, "ref"))
    _cast.done(session, clerk, "unit", "delete", unit.id, _cast.REASON)

    assert len(refs) == 2
    assert set(session.info["files_to_remove"]) == refs


def test_code_and_number_register_again(session, world, clerk, unit):
    number = opened(person_of(session, unit), "id_no")
    _cast.done(session, clerk, "unit", "delete", unit.id, _cast.REASON)
    form = {
        "name": "欧阳新公司", "uscc": OF_UNIT["uscc"], "origin": "DOMESTIC", "category": "ENTERPRISE", "licence_type": "BUSINESS",
        "city": "福州市", "address": "五四路1号", "contact_name": "李四", "contact_mobile": "13800000001", "reg_capital": "500",
        "contact_email": "new@example.com", "referral_code": world.sub.referral_code, "delegation_id": str(world.sub.id),
    }  # fmt: skip
    again = saving.create(session, clerk, Unit, form)
    session.commit()
    factories.person(session, again, id_no=number)
    session.commit()

    assert again.id != unit.id
    assert _cast.values(session, Unit, "uscc", "review_status") == [(None, U.deleted), (OF_UNIT["uscc"], U.draft)]


def test_quota_comes_back_to_the_pool_but_what_became_cards(session, world, clerk):
    unit = _cast.ready_unit(session, world, world.sub, review_status=U.approved)
    factories.allocation(session, unit, Label.VIP, allotted=5, used=3)
    factories.allocation(session, unit, Label.STAFF, allotted=4, used=1)
    carded = _cast.ready_person(session, unit, P.approved, label=Label.VIP)
    queued = _cast.ready_person(session, unit, P.approved, label=Label.VIP)
    _cast.ready_person(session, unit, P.submitted, label=Label.VIP)
    _cast.ready_person(session, unit, P.draft, label=Label.STAFF)
    card = session.scalars(select(Certificate).where(Certificate.person_id == carded.id)).one()
    _cast.put(card, status=CertificateStatus.delivered, consumes_quota=True)
    session.commit()
    _cast.done(session, clerk, "unit", "delete", unit.id, _cast.REASON)

    facts = _cast.values(session, QuotaAllocation, "unit_id", "uscc", "label", "allotted", "used")
    assert facts == [(unit.id, None, Label.VIP, 1, 1)]
    pools = select(QuotaPool.label, QuotaPool.allocated).where(QuotaPool.delegation_id == world.sub.id)
    with acting(session, SYSTEM):
        assert {row.label: row.allocated for row in session.execute(pools)} == {Label.VIP: 21, Label.STAFF: 20}
    assert set(_cast.values(session, Certificate, "status")) == {CertificateStatus.void}
    assert queued.id in _cast.values(session, Person, "id")


def test_money_committed_comes_back_unless_the_card_was_made(session, world, clerk):
    unit = _cast.ready_unit(session, world, world.sub, review_status=U.approved)
    persons = [_cast.ready_person(session, unit, P.pending_confirm) for _ in range(3)]
    session.commit()
    _cast.done(session, clerk, "person", "confirm_group_pay", [person.id for person in persons])
    secretary = actor_for(session, world.accounts[Role.secretariat])
    _cast.done(session, secretary, "person", "hand_over_to_security", [person.id for person in persons])
    _cast.done(session, secretary, "person", "security_pass", [person.id for person in persons[:2]])
    with acting(session, SYSTEM):
        card = session.scalars(select(Certificate).where(Certificate.person_id == persons[0].id)).one()
        _cast.put(card, status=CertificateStatus.delivered)
        session.commit()
    _cast.done(session, clerk, "unit", "delete", unit.id, _cast.REASON)

    assert _cast.values(session, GroupPayEntry, "person_id", "amount") == [
        *((person.id, 20000) for person in persons), *((person.id, -20000) for person in persons[1:]),
    ]  # fmt: skip
    kept, released = PaymentStatus.group_committed, PaymentStatus.released
    assert _cast.values(session, Person, "payment_status") == [kept, released, released]
    assert _cast.settings_of(session, world.sub).group_pay_committed == 20000
