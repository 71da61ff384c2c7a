"""Labels against quota: who may rise to what, what it takes, what comes back, and what becomes of the card (DOMAIN §4.2)."""

from itertools import product

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from models import (
    Certificate,
    CertificateStatus,
    CertMode,
    GroupPayEntry,
    Label,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    QuotaPool,
    Role,
    Unit,
    UnitStatus,
)
from models.kinds import now
from tests import factories
from tests.test_workflow import _cast
from workflow import engine
from workflow.actors import SYSTEM, acting, actor_for
from workflow.answers import AnswersInvalid
from workflow.engine import Selection
from workflow.moves import Context

U, P = UnitStatus, PersonStatus
PRO, STAFF, VIP = Label
TO_VIP, FROM_POOL = {"label": "VIP"}, {"label": "VIP", "from_pool": "y"}
pytestmark = pytest.mark.usefixtures("clean_books")


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


@pytest.fixture
def secretary(session, world):
    return actor_for(session, world.accounts[Role.secretariat])


@pytest.fixture
def unit(session, world):
    made = factories.unit(session, world.edition, world.sub, review_status=U.approved)
    session.commit()
    return made


def quota(session, unit, *, staff=(0, 0), vip=(0, 0)):
    """Give a unit allotments: (allotted, used) of each free label."""
    for label, (allotted, used) in ((STAFF, staff), (VIP, vip)):
        if allotted:
            factories.allocation(session, unit, label, allotted=allotted, used=used)
    session.commit()


def held(session, unit):
    return {label: _cast.allotment(session, unit, label) for label in (STAFF, VIP)}


def of(session, person, *keys):
    row = session.get_one(Person, person.id, populate_existing=True)
    session.commit()
    return tuple(getattr(row, key) for key in keys)


def made(session, person, status=CertificateStatus.delivered):
    """Let the person's card have been produced."""
    card = session.scalars(select(Certificate).where(Certificate.person_id == person.id)).one()
    _cast.put(card, status=status, consumes_quota=card.label is not PRO)
    session.commit()


@pytest.mark.parametrize(("before", "after"), list(product(Label, (STAFF, VIP))))
def test_labels_rise_only(session, clerk, unit, before, after):
    quota(session, unit, staff=(9, int(before is STAFF)), vip=(9, int(before is VIP)))
    person = _cast.ready_person(session, unit, P.pending_review, label=before)
    session.commit()
    batch = _cast.run(session, clerk, "person", "upgrade_label", person.id, {"label": after.value})
    rises = after.rank > before.rank

    assert _cast.refusals(session, batch) == [None if rises else "not_upward"]
    assert of(session, person, "label") == (after if rises else before,)
    with acting(session, clerk), pytest.raises(AnswersInvalid):
        engine.run(session, clerk, "person", "upgrade_label", [person.id], {"label": "PROFESSIONAL"})


@pytest.mark.parametrize(("before", "after"), [pair for pair in product(Label, Label) if pair[0] is not pair[1]])
def test_before_the_decision_a_label_changes_both_ways_and_the_quota_follows(session, clerk, unit, before, after):
    quota(session, unit, staff=(2, int(before is STAFF)), vip=(2, int(before is VIP)))
    person = factories.person(session, unit, review_status=P.pending_confirm, label=before)
    session.commit()
    _cast.done(session, clerk, "person", "change_label", person.id, {"label": after.value})

    assert of(session, person, "label", "review_status", "group_pay_decision") == (
        after,
        P.pending_confirm,
        "undecided",
    )
    assert held(session, unit) == {label: (2, int(after is label)) for label in (STAFF, VIP)}


@pytest.mark.parametrize("status", [P.draft, P.submitted, P.pending_review, P.returned, P.approved])
def test_a_label_does_not_change_downward_at_any_other_time(session, clerk, unit, status):
    quota(session, unit, vip=(1, 1))
    person = _cast.ready_person(session, unit, status, label=VIP)
    session.commit()
    batch = _cast.run(session, clerk, "person", "change_label", person.id, {"label": "PROFESSIONAL"})

    assert _cast.refusals(session, batch) == ["state"]


# --- what is short -----------------------------------------------------------------------------------------------


def test_the_first_that_fit_in_each_unit_rise_and_the_rest_are_told(session, world, clerk):
    units = [factories.unit(session, world.edition, world.sub, review_status=U.approved) for _ in range(3)]
    persons = [factories.person(session, unit, review_status=P.pending_confirm) for unit in units for _ in range(3)]
    quota(session, units[0], vip=(2, 0))
    quota(session, units[1], vip=(9, 0))
    with acting(session, clerk):
        ids = [person.id for person in persons]
        batch = engine.preview(session, clerk, "person", "upgrade_label", Selection.of_ids(ids), TO_VIP)
        seen = engine.look(session, batch)
        session.commit()
        assert seen.budget is not None
        assert (seen.will, seen.cannot, seen.budget.fits, seen.budget.short) == (5, 4, 5, True)
        assert (seen.budget.needed, seen.budget.left) == (9, 11)
        with pytest.raises(AnswersInvalid, match="前 5 条"):
            engine.confirm(session, clerk, batch, TO_VIP, seen.signature)
        session.rollback()
        engine.confirm(session, clerk, batch, TO_VIP, seen.signature, accept_partial=True)
        session.commit()

    assert _cast.refusals(session, batch) == [None, None, "budget", None, None, None, "budget", "budget", "budget"]
    assert [_cast.allotment(session, unit) for unit in units] == [(2, 2), (9, 3), None]


@pytest.mark.parametrize("has_row", [True, False])
def test_a_unit_without_a_free_place_draws_one_from_its_nodes_pool(session, world, clerk, unit, has_row):
    quota(session, unit, vip=(1, 1) if has_row else (0, 0))
    if has_row:
        factories.person(session, unit, label=VIP)
    person = factories.person(session, unit, review_status=P.pending_confirm)
    session.commit()
    assert _cast.refusals(session, _cast.run(session, clerk, "person", "upgrade_label", person.id, TO_VIP)) == [
        "budget"
    ]
    _cast.done(session, clerk, "person", "upgrade_label", person.id, FROM_POOL)

    assert held(session, unit)[VIP] == (1 + has_row, 1 + has_row)
    pool = select(QuotaPool.allocated).where(QuotaPool.delegation_id == world.sub.id, QuotaPool.label == VIP)
    with acting(session, SYSTEM):
        assert session.scalar(pool) == 21 + has_row


def test_an_empty_pool_refuses_all_that_do_not_fit(session, world, clerk, unit):
    pools = select(QuotaPool).where(
        QuotaPool.label == VIP, QuotaPool.delegation_id.in_((world.sub.id, world.province.id))
    )
    province, sub = session.scalars(pools.order_by(QuotaPool.id)).all()
    province.allocated, sub.total = province.allocated - 78, 22
    persons = [factories.person(session, unit, review_status=P.pending_confirm).id for _ in range(4)]
    session.commit()
    batch = _cast.run(session, clerk, "person", "upgrade_label", persons, FROM_POOL)

    assert _cast.refusals(session, batch) == [None, None, "budget", "budget"]
    assert held(session, unit)[VIP] == (2, 2)


def test_professional_visitors_are_without_limit(session, clerk, unit):
    quota(session, unit, vip=(2, 2))
    persons = [factories.person(session, unit, review_status=P.pending_confirm, label=VIP).id for _ in range(2)]
    session.commit()
    _cast.done(session, clerk, "person", "change_label", persons, {"label": "PROFESSIONAL"})

    assert held(session, unit)[VIP] == (2, 0)


# --- the former label --------------------------------------------------------------------------------------------


def test_the_former_place_comes_back_when_no_card_was_made_on_it(session, clerk, unit):
    quota(session, unit, staff=(1, 1), vip=(1, 0))
    person = _cast.ready_person(session, unit, P.approved, label=STAFF)
    session.commit()
    _cast.done(session, clerk, "person", "upgrade_label", person.id, TO_VIP)

    assert held(session, unit) == {STAFF: (1, 0), VIP: (1, 1)}


def test_the_former_place_stays_consumed_when_its_card_was_made(session, secretary, unit):
    quota(session, unit, staff=(1, 1), vip=(1, 0))
    person = _cast.ready_person(session, unit, P.approved, label=STAFF)
    made(session, person)
    _cast.done(session, secretary, "person", "upgrade_label", person.id, TO_VIP)
    assert held(session, unit) == {STAFF: (1, 1), VIP: (1, 1)}
    _cast.done(session, secretary, "person", "delete", person.id, _cast.REASON)

    assert held(session, unit) == {STAFF: (1, 1), VIP: (1, 0)}


@pytest.mark.parametrize("status", [CertificateStatus.made, CertificateStatus.ready, CertificateStatus.delivered])
def test_a_card_that_was_made_stays_made_when_it_is_void(session, clerk, secretary, unit, status):
    """Whether or not the maker marked it: what its production cost is not given back later either."""
    quota(session, unit, staff=(1, 1), vip=(2, 1))
    staff = _cast.ready_person(session, unit, P.approved, label=STAFF)
    payer = _cast.ready_person(session, unit, P.pending_confirm)
    session.commit()
    _cast.done(session, clerk, "person", "confirm_group_pay", payer.id)
    _cast.done(session, secretary, "person", "hand_over_to_security", payer.id)
    _cast.done(session, secretary, "person", "security_pass", payer.id)
    factories.person(session, unit, label=VIP)
    for card in session.scalars(select(Certificate)):
        _cast.put(card, status=status)
    session.commit()
    _cast.done(session, secretary, "person", "upgrade_label", staff.id, TO_VIP)
    assert held(session, unit) == {STAFF: (1, 1), VIP: (2, 2)}
    with acting(session, clerk):
        payer = session.get_one(Person, payer.id, populate_existing=True)
        engine.cascade(Context(session, clerk, now()), "person", "identity_changed", Person.id == payer.id)
        session.commit()
    _cast.done(session, secretary, "person", "hand_over_to_security", payer.id)
    _cast.done(session, secretary, "person", "security_not_pass", payer.id)

    assert of(session, payer, "payment_status") == (PaymentStatus.group_committed,)
    assert _cast.values(session, GroupPayEntry, "amount") == [20000]


# --- the card ----------------------------------------------------------------------------------------------------


def test_the_old_card_is_void_and_a_new_one_queued(session, clerk, unit):
    quota(session, unit, vip=(1, 0))
    person = _cast.ready_person(session, unit, P.approved, payment_status=PaymentStatus.paid)
    session.commit()
    _cast.done(session, clerk, "person", "upgrade_label", person.id, TO_VIP)

    assert _cast.values(session, Certificate, "version", "status", "label", "mode", "void_reason") == [
        (1, CertificateStatus.void, PRO, CertMode.new, "升级标签，原证件失效"),
        (2, CertificateStatus.queued, VIP, CertMode.upgrade, None),
    ]
    assert of(session, person, "payment_status", "review_status") == (PaymentStatus.paid, P.approved)


def test_twice_upgraded_leaves_one_living_card_and_the_database_allows_no_second(session, clerk, unit):
    quota(session, unit, staff=(1, 0), vip=(1, 0))
    person = _cast.ready_person(session, unit, P.approved, payment_status=PaymentStatus.paid)
    session.commit()
    for label in ("STAFF", "VIP"):
        _cast.done(session, clerk, "person", "upgrade_label", person.id, {"label": label})
    assert _cast.live_cards(session, person) == [(3, VIP)]
    card = session.connection().execute(select(Certificate).where(Certificate.version == 3)).mappings().one()
    with pytest.raises(IntegrityError):
        session.connection().execute(insert(Certificate).values({**card, "id": card["id"] + 1, "ref": "AAAAAAAAAA"}))
    session.rollback()

    assert held(session, unit) == {STAFF: (1, 0), VIP: (1, 1)}


def test_before_approval_no_card_is_queued(session, clerk, unit):
    quota(session, unit, vip=(1, 0))
    person = _cast.ready_person(session, unit, P.pending_review)
    session.commit()
    _cast.done(session, clerk, "person", "upgrade_label", person.id, TO_VIP)

    assert (of(session, person, "payment_status"), _cast.live_cards(session, person)) == ((PaymentStatus.waived,), [])


def test_a_person_who_meant_to_reuse_a_card_gets_a_new_one(session, clerk, unit):
    quota(session, unit, vip=(1, 0))
    person = _cast.ready_person(session, unit, P.pending_review, cert_mode=CertMode.reuse)
    session.commit()
    _cast.done(session, clerk, "person", "upgrade_label", person.id, TO_VIP)

    assert of(session, person, "cert_mode") == (CertMode.upgrade,)


# --- the money ---------------------------------------------------------------------------------------------------


def test_what_was_committed_is_released_before_the_card_is_made_and_stays_after(session, world, clerk, secretary, unit):
    quota(session, unit, vip=(2, 0))
    persons = [_cast.ready_person(session, unit, P.pending_confirm).id for _ in range(2)]
    session.commit()
    _cast.done(session, clerk, "person", "confirm_group_pay", persons)
    _cast.done(session, secretary, "person", "hand_over_to_security", persons)
    _cast.done(session, secretary, "person", "security_pass", persons)
    made(session, session.get_one(Person, persons[1]))
    _cast.done(session, secretary, "person", "upgrade_label", persons, TO_VIP)

    assert _cast.values(session, Person, "payment_status") == [PaymentStatus.waived, PaymentStatus.group_committed]
    lines = _cast.values(session, GroupPayEntry, "person_id", "amount", "delegation_id")
    assert lines == [*((row, 20000, world.sub.id) for row in persons), (persons[0], -20000, world.sub.id)]
    assert _cast.settings_of(session, world.sub).group_pay_committed == 20000


@pytest.mark.parametrize(
    ("before", "after", "queued"),
    [
        (PaymentStatus.unpaid, PaymentStatus.waived, 1), (PaymentStatus.paid, PaymentStatus.paid, 1),
        (PaymentStatus.closed, PaymentStatus.waived, 1),
    ],
)  # fmt: skip
def test_who_pays_alone_owes_nothing_more_and_gets_nothing_back(session, clerk, unit, before, after, queued):
    quota(session, unit, vip=(1, 0))
    person = _cast.ready_person(session, unit, P.approved)
    _cast.put(person, payment_status=before)
    if before is PaymentStatus.paid:
        factories.certificate(session, person)
        factories.payment(session, person)
    session.commit()
    _cast.done(session, clerk, "person", "upgrade_label", person.id, TO_VIP)

    assert of(session, person, "payment_status") == (after,)
    assert len(_cast.live_cards(session, person)) == queued


def test_a_free_label_is_confirmed_at_no_cost(session, world, clerk, unit):
    quota(session, unit, vip=(1, 0))
    person = factories.person(session, unit, review_status=P.pending_confirm)
    session.commit()
    _cast.done(session, clerk, "person", "upgrade_label", person.id, TO_VIP)
    _cast.done(session, clerk, "person", "confirm_group_pay", person.id)

    facts = of(session, person, "payment_status", "group_pay_fee", "payer_id")
    assert facts == (PaymentStatus.waived, 0, world.sub.id)
    assert _cast.values(session, GroupPayEntry, "id") == []


# --- coming back -------------------------------------------------------------------------------------------------


def test_a_reopened_unit_takes_back_what_is_left_and_the_rest_fall_by_number(session, secretary, unit):
    quota(session, unit, staff=(1, 1), vip=(3, 3))
    labels = [VIP, VIP, STAFF, VIP, PRO]
    for label in labels:
        _cast.ready_person(session, unit, P.submitted, label=label)
    _cast.put(session.get_one(Unit, unit.id), review_status=U.pending_second)
    session.commit()
    _cast.done(session, secretary, "unit", "reject", unit.id, _cast.OPINION)
    assert held(session, unit) == {STAFF: (1, 0), VIP: (3, 0)}
    with acting(session, SYSTEM):
        own = session.scalars(select(QuotaAllocation).where(QuotaAllocation.label == VIP)).one()
        own.allotted = 1
        pool = select(QuotaPool).where(QuotaPool.label == VIP, QuotaPool.delegation_id == unit.delegation_id)
        session.scalars(pool).one().allocated -= 2
        session.commit()
    _cast.done(session, secretary, "unit", "reopen", unit.id, _cast.REASON)

    assert _cast.values(session, Person, "label") == [VIP, PRO, STAFF, PRO, PRO]
    assert held(session, unit) == {STAFF: (1, 1), VIP: (1, 1)}
