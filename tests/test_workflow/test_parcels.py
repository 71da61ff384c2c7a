"""Parcels: what is packed together, and how cards follow a parcel to its recipient and back (DOMAIN §1.3)."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from models import (
    Audit,
    Certificate,
    CertificateStatus,
    CertMode,
    Label,
    Parcel,
    ParcelStatus,
    PaymentStatus,
    Person,
    PersonStatus,
    Role,
    UnitStatus,
)
from models.certificate import Worth
from models.kinds import opened
from tests import factories
from tests.conftest import on_sqlite
from tests.test_workflow import _cast
from workflow import books, parcels
from workflow.actors import SYSTEM, acting
from workflow.badge_truth import truth_of

C, B = CertificateStatus, ParcelStatus
WAY = {"courier": "顺丰速运", "tracking_no": "SF1234567890"}
CAME_BACK = {"reason": "地址不详"}


@pytest.fixture
def clerk(session, world):
    return _cast.actors(session, world)[Role.secretariat]


def unit_of(session, world):
    unit = _cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved)
    for label in (Label.STAFF, Label.VIP):
        factories.allocation(session, unit, label)
    return unit


def made_card(session, unit, **person):
    """Make a printed card of an approved, paid person."""
    paid = {"payment_status": PaymentStatus.paid, "recv_mobile": "13700000001", **person}
    holder = _cast.ready_person(session, unit, PersonStatus.approved, **paid)
    card = session.scalars(select(Certificate).where(Certificate.person_id == holder.id)).one()
    _cast.put(card, status=C.made, card_no=f"7{card.id:08d}", print_count=1)
    return card


def packed(session, clerk, cards):
    """Pack cards; return the new parcels in order."""
    before = set(_cast.values(session, Parcel, "id"))
    _cast.done(session, clerk, "certificate", "pack", [card.id for card in cards])
    with acting(session, SYSTEM):
        return list(session.scalars(select(Parcel).where(Parcel.id.not_in(before)).order_by(Parcel.id)))


def states(session, cards):
    with acting(session, SYSTEM):
        found = {row.id: row.status for row in session.execute(select(Certificate.id, Certificate.status))}
    return [found[card.id] for card in cards]


def test_cards_are_packed_by_unit_recipient_and_address_ten_at_most(session, world, clerk):
    one, two = unit_of(session, world), unit_of(session, world)
    cards = [made_card(session, one, recv_address="五四路1号" if n % 2 else "五四路 1 号") for n in range(23)]
    cards += [made_card(session, one, recv_mobile="13700000002"), made_card(session, one, recv_name="李四")]
    cards += [made_card(session, one, recv_address="五四路2号"), made_card(session, two), made_card(session, two)]
    session.commit()

    found = packed(session, clerk, cards)

    assert sorted((parcel.unit_id, parcel.cards) for parcel in found) == [
        *[(one.id, count) for count in (1, 1, 1, 3, 10, 10)], (two.id, 2),
    ]  # fmt: skip
    assert all(re.fullmatch(rf"{world.edition.code}P\d{{8}}", parcel.number) for parcel in found)
    assert len({parcel.number for parcel in found}) == 7
    assert {opened(parcel, "recv_mobile") for parcel in found} == {"13700000001", "13700000002"}
    inside = dict.fromkeys((parcel.id for parcel in found), 0)
    for parcel_id in _cast.values(session, Certificate, "parcel_id"):
        inside[parcel_id] += 1
    assert inside == {parcel.id: parcel.cards for parcel in found}
    assert states(session, cards) == [C.made] * 28
    assert books.check(session) == []


@on_sqlite
def test_the_trail_of_a_parcel_names_its_cards(session, world, clerk):
    cards = [made_card(session, unit_of(session, world))]
    session.commit()
    [parcel] = packed(session, clerk, cards)
    with acting(session, SYSTEM):
        told = session.scalars(select(Audit).where(Audit.noun == "parcel", Audit.object_id == parcel.id)).one()
    assert (told.action, told.actor) == ("parcel.create", clerk.name)
    assert parcel.number in told.changes
    assert cards[0].card_no in told.changes


@on_sqlite
def test_a_card_whose_address_is_not_whole_is_refused_and_the_others_are_packed(session, world, clerk):
    unit = unit_of(session, world)
    good, bad = made_card(session, unit), made_card(session, unit, recv_address=None)
    session.commit()
    batch = _cast.run(session, clerk, "certificate", "pack", [good.id, bad.id])
    assert _cast.refusals(session, batch) == [None, "no_recv_address"]
    assert _cast.values(session, Parcel, "cards") == [1]


def test_cards_follow_their_parcel_to_the_recipient_and_back(session, world, clerk):
    unit = unit_of(session, world)
    cards = [made_card(session, unit) for _ in range(3)]
    session.commit()
    [parcel] = packed(session, clerk, cards)
    seen = []
    for move, answers in (
        ("print_labels", {}), ("dispatch", WAY), ("deliver", {}), ("take_back_delivery", _cast.REASON), ("return_parcel", CAME_BACK),
    ):  # fmt: skip
        _cast.done(session, clerk, "parcel", move, parcel.id, answers)
        seen.append((session.get_one(Parcel, parcel.id).status, set(states(session, cards))))
        assert books.check(session) == []
    assert seen == [
        (B.packed, {C.made}), (B.sent, {C.mailing}), (B.delivered, {C.delivered}), (B.sent, {C.mailing}), (B.returned, {C.made}),
    ]  # fmt: skip
    with acting(session, SYSTEM):
        assert session.scalars(select(Parcel.id).where(parcels.to_repack())).all() == [parcel.id]
        for person in session.scalars(select(Person)):
            person.recv_address = "东街口9号"
        session.commit()
    [again] = packed(session, clerk, cards)
    assert (again.cards, again.recv_address, again.id != parcel.id) == (3, "东街口9号", True)
    with acting(session, SYSTEM):
        assert session.scalars(select(Parcel.id).where(parcels.to_repack())).all() == []
    assert books.check(session) == []


@on_sqlite
def test_a_parcel_that_is_unpacked_sets_its_cards_free(session, world, clerk):
    card = made_card(session, unit_of(session, world))
    session.commit()
    [parcel] = packed(session, clerk, [card])
    _cast.done(session, clerk, "parcel", "unpack", parcel.id)
    assert _cast.values(session, Parcel, "status", "cards") == [(B.unpacked, 0)]
    assert len(packed(session, clerk, [card])) == 1
    assert books.check(session) == []


def test_a_card_that_dies_leaves_a_parcel_that_waits_and_stays_in_one_that_left(session, world, clerk):
    unit = unit_of(session, world)
    waiting, leaving = [made_card(session, unit) for _ in range(2)], made_card(session, unit, recv_name="李四")
    session.commit()
    _first, second = packed(session, clerk, [*waiting, leaving])
    _cast.done(session, clerk, "parcel", "dispatch", second.id, WAY)
    for card in (waiting[0], leaving):
        _cast.done(session, clerk, "person", "upgrade_label", card.person_id, {"label": "VIP"})
    assert states(session, [*waiting, leaving]) == [C.void, C.made, C.void]
    assert _cast.values(session, Parcel, "status", "cards") == [(B.packed, 1), (B.sent, 1)]
    with acting(session, SYSTEM):
        assert session.scalars(select(Parcel.id).where(parcels.holds_dead_card())).all() == [second.id]
        fresh = session.execute(
            select(Certificate.mode, Certificate.label).where(Certificate.status == C.queued).order_by(Certificate.id)
        )
        assert [tuple(row) for row in fresh] == [(CertMode.upgrade, Label.VIP)] * 2
    assert books.check(session) == []

    _cast.done(session, clerk, "certificate", "remake", waiting[1].id, _cast.REASON)
    _cast.done(session, clerk, "parcel", "deliver", second.id)
    assert _cast.values(session, Parcel, "status", "cards") == [(B.unpacked, 0), (B.delivered, 1)]
    assert states(session, [leaving]) == [C.void]
    assert books.check(session) == []


@on_sqlite
def test_a_card_replaced_on_its_way_is_void_and_its_successor_queued_together_or_not_at_all(
    session, world, clerk, monkeypatch
):
    card = made_card(session, unit_of(session, world))
    session.commit()
    [parcel] = packed(session, clerk, [card])
    _cast.done(session, clerk, "parcel", "dispatch", parcel.id, WAY)
    before = _cast.business(session)
    session.rollback()

    def fails(*_):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("workflow.certificates._card", fails)
        with pytest.raises(RuntimeError):
            _cast.run(session, clerk, "person", "upgrade_label", card.person_id, {"label": "STAFF"})
        session.rollback()
    assert _cast.business(session) == before
    session.rollback()
    _cast.done(session, clerk, "person", "upgrade_label", card.person_id, {"label": "STAFF"})
    assert _cast.live_cards(session, session.get_one(Person, card.person_id)) == [(2, Label.STAFF)]


@on_sqlite
def test_the_gate_knows_every_card_we_made_wherever_it_lies(session, world):
    unit, worth = unit_of(session, world), {}
    for parcel_state in (None, *ParcelStatus):
        for card_state in CertificateStatus:
            card = made_card(session, unit)
            parcel = parcel_state and factories.parcel(session, unit, parcel_state)
            _cast.put(card, status=card_state, parcel_id=parcel and parcel.id)
            session.commit()
            truth = truth_of(session, card.card_no)
            worth[parcel_state, card_state] = truth and truth.worth
    expected = {C.void: Worth.withdrawn, C.lost: Worth.lost}
    assert worth == {key: expected.get(key[1], Worth.valid) for key in worth}
    assert len(worth) == 6 * len(CertificateStatus)


@on_sqlite
def test_deleting_a_person_blanks_the_parcel_unless_a_colleagues_card_is_in_it(session, world, clerk):
    unit = unit_of(session, world)
    alone, together = made_card(session, unit), [made_card(session, unit, recv_name="李四") for _ in range(2)]
    session.commit()
    found = packed(session, clerk, [alone, *together])
    for parcel, number in zip(found, ("SF1234567891", "SF1234567892"), strict=True):
        _cast.done(session, clerk, "parcel", "dispatch", parcel.id, {**WAY, "tracking_no": number})
        _cast.done(session, clerk, "parcel", "deliver", parcel.id)
    for card in (alone, together[0]):
        _cast.done(session, clerk, "person", "delete", card.person_id, _cast.REASON)
    told = _cast.values(session, Parcel, "recv_name", "recv_mobile_index", "recv_address")
    assert told[0] == (None, None, None)
    assert told[1][0] == "李四"
    assert told[1][1] is not None
    assert books.check(session) == []


def recipients(session):
    """Return what the parcels say of their recipients, None for those that say nothing."""
    keys = (
        "recv_name",
        "recv_mobile",
        "recv_mobile_index",
        "recv_region",
        "recv_address",
        "recv_postcode",
        "unprintable",
    )
    return [found[0] if any(found) else None for found in _cast.values(session, Parcel, *keys)]


def test_an_unpacked_parcel_knows_its_recipient_no_more(session, world, clerk):
    unit = unit_of(session, world)
    unpacked, emptied = made_card(session, unit, recv_name="龘李"), made_card(session, unit, recv_name="张三")
    session.commit()
    first, _second = packed(session, clerk, [unpacked, emptied])
    _cast.done(session, clerk, "parcel", "unpack", first.id)
    assert recipients(session) == [None, "张三"]
    _cast.done(session, clerk, "certificate", "remake", emptied.id, _cast.REASON)
    assert _cast.values(session, Parcel, "status") == [B.unpacked, B.unpacked]
    assert recipients(session) == [None, None]
    assert books.check(session) == []


def test_a_returned_parcel_knows_its_recipient_until_its_last_card_is_packed_again_or_dies(session, world, clerk):
    unit = unit_of(session, world)
    first, second = (
        [made_card(session, unit) for _ in range(2)],
        [made_card(session, unit, recv_name="李四") for _ in range(2)],
    )
    session.commit()
    for parcel, number in zip(packed(session, clerk, [*first, *second]), ("SF1234567891", "SF1234567892"), strict=True):
        _cast.done(session, clerk, "parcel", "dispatch", parcel.id, {**WAY, "tracking_no": number})
        _cast.done(session, clerk, "parcel", "return_parcel", parcel.id, CAME_BACK)
    packed(session, clerk, [first[0], second[0]])
    assert recipients(session)[:2] == ["王五", "李四"]
    packed(session, clerk, [first[1]])
    assert recipients(session)[:2] == [None, "李四"]
    _cast.done(session, clerk, "certificate", "remake", second[1].id, _cast.REASON)
    assert recipients(session)[:2] == [None, None]
    assert None not in recipients(session)[2:]
    assert books.check(session) == []


OTHER = object()  # stands for the other unit's parcel
FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "a count that is not that of its cards": ("parcel", {"cards": 5}),
    "a parcel that left without its cards": ("parcel", {"status": B.sent}),
    "an empty parcel that waits": ("parcel", {"cards": 0}),
    "an unpacked parcel with cards": ("parcel", {"status": B.unpacked}),
    "a card that left without its parcel": ("card", {"status": C.mailing}),
    "a card in nobody's parcel on its way": ("card", {"status": C.mailing, "parcel_id": None}),
    "a card in another unit's parcel": ("card", {"parcel_id": OTHER}),
    "a dead card in a parcel that waits": ("card", {"status": C.void}),
}


@on_sqlite
@pytest.mark.parametrize("fault", FAULTS)
def test_the_books_name_every_planted_fault(session, world, clerk, fault):
    cards = [made_card(session, unit_of(session, world)) for _ in range(2)]
    session.commit()
    found = packed(session, clerk, cards)
    assert books.check(session) == []
    where, values = FAULTS[fault]
    with acting(session, SYSTEM):
        put = {key: found[1].id if value is OTHER else value for key, value in values.items()}
        _cast.put(found[0] if where == "parcel" else cards[0], **put)
        session.commit()
    said = books.check(session)
    assert any(found[0].number in line or cards[0].ref in line for line in said), said


def test_only_the_secretariat_handles_parcels_and_others_read_their_own(session, world):
    here, there = (
        unit_of(session, world),
        _cast.ready_unit(session, world, world.other_sub, review_status=UnitStatus.approved),
    )
    own, other = factories.parcel(session, here), factories.parcel(session, there)
    session.commit()
    actors = _cast.actors(session, world)
    seen = {}
    for role in (Role.secretariat, Role.sub_delegation, Role.auditor):
        with acting(session, actors[role]):
            seen[role] = set(session.scalars(select(Parcel.id)))
    with acting(session, _cast.of_unit(session, here)):
        seen[Role.unit] = set(session.scalars(select(Parcel.id)))
    both = {own.id, other.id}
    assert seen == {Role.secretariat: both, Role.auditor: both, Role.sub_delegation: {own.id}, Role.unit: {own.id}}
