"""A unit goes to another node: DOMAIN §4.4 row by row, at once, by request, within the province and out of it."""

import pytest
from sqlalchemy import select

from models import (
    Attachment,
    Audit,
    Certificate,
    CertificateStatus,
    CertMode,
    GroupPayDecision,
    GroupPayEntry,
    GroupPayKind,
    Intention,
    Label,
    LockStatus,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    QuotaPool,
    ReviewRecord,
    Role,
    TransferRequest,
    TransferStatus,
    Unit,
    UnitStatus,
)
from tests import factories
from tests.test_workflow import _cast
from workflow import engine
from workflow.actors import SYSTEM, acting, actor_for
from workflow.engine import ForeignRows
from workflow.scope import holds

U, P = UnitStatus, PersonStatus
BEFORE_REJECTION = [U.draft, U.auto_check, U.pending_first, U.pending_second, U.returned, U.approved]
NUMBER = {status: f"8000000{n}" for n, status in enumerate(CertificateStatus) if status is not CertificateStatus.queued}
ANSWER = {"answer": "材料不全，暂不接收"}
pytestmark = pytest.mark.usefixtures("clean_books")


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


@pytest.fixture
def sides(session, world, clerk):
    """Return the clerks of every node by its name; ``sub`` is the source."""
    names = ("other_sub", "foreign_sub", "below")
    made = {name: _cast.clerk_of(session, getattr(world, name)) for name in names} | {"sub": clerk}
    session.commit()
    return made


def owned(session, model, unit):
    """Return where the unit's rows of a model hang."""
    own = select(model.delegation_id, model.province_id).where(model.unit_id == unit.id)
    with acting(session, SYSTEM):
        return {tuple(row) for row in session.execute(own)}


def seen_by(session, actor, *models):
    with acting(session, actor):
        return [len(session.scalars(select(model.id)).all()) for model in models]


def full_unit(session, world, node, **values):
    """Make a unit with everything that hangs on a unit."""
    unit = _cast.ready_unit(session, world, node, **{"review_status": U.approved, **values})
    factories.saved(session, ReviewRecord(**factories.owner(unit), step="first_review", action="初审通过并提报"))
    factories.allocation(session, unit, Label.VIP, allotted=5, used=1)
    _cast.ready_person(session, unit, P.submitted, label=Label.VIP)
    return unit


def pool(session, node, label=Label.VIP):
    own = select(QuotaPool.total, QuotaPool.allocated).where(
        QuotaPool.delegation_id == node.id, QuotaPool.label == label
    )
    with acting(session, SYSTEM):
        return tuple(session.execute(own).one())


def offer(session, clerk, unit, target):
    """Ask the target to accept the unit; return the request's id."""
    _cast.done(
        session, clerk, "unit", "request_transfer", unit.id, {"target": str(target.id), "reason": "属地关系变更"}
    )
    return _cast.values(session, TransferRequest, "id")[-1]


# --- within the province -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", BEFORE_REJECTION)
def test_in_the_province_the_unit_goes_at_once_with_all_its_rows_and_keeps_its_status(session, world, clerk, status):
    unit = full_unit(session, world, world.sub, review_status=status)
    session.commit()
    _cast.done(session, clerk, "unit", "assign", unit.id, {"target": str(world.other_sub.id)})

    there = {(world.other_sub.id, world.province.id)}
    assert _cast.values(session, Unit, "review_status", "delegation_id") == [(status, world.other_sub.id)]
    assert [owned(session, model, unit) for model in (Person, Intention, Attachment, ReviewRecord)] == [there] * 4
    assert _cast.values(session, Person, "review_status", "label") == [(P.submitted, Label.VIP)]


def test_in_the_province_used_quota_goes_along_and_the_unused_stays_with_the_source(session, world, clerk):
    unit = full_unit(session, world, world.sub)
    session.commit()
    _cast.done(session, clerk, "unit", "assign", unit.id, {"target": str(world.other_sub.id)})

    assert (pool(session, world.sub), pool(session, world.other_sub)) == ((99, 20), (101, 1))
    assert _cast.allotment(session, unit) == (1, 1)


def test_the_source_loses_sight_at_once_the_target_sees_and_the_source_keeps_its_log(session, world, clerk, sides):
    unit = full_unit(session, world, world.sub)
    session.commit()
    models = (Unit, Person, Intention, Attachment, ReviewRecord, QuotaAllocation)
    assert seen_by(session, sides["other_sub"], *models) == [0] * 6
    batch = _cast.done(session, clerk, "unit", "assign", unit.id, {"target": str(world.other_sub.id)})

    assert seen_by(session, clerk, *models) == [0] * 6
    assert seen_by(session, sides["other_sub"], *models) == [1, 1, 1, 2, 1, 1]
    with acting(session, clerk):
        assert session.scalars(select(Audit.action).where(Audit.batch_id == batch.id, Audit.noun == "unit")).all() == [
            "unit.assign"
        ]
        with pytest.raises(ForeignRows):
            engine.run(session, clerk, "unit", "return_for_edit", [unit.id], _cast.OPINION)


@pytest.mark.parametrize("status", [CertificateStatus.queued, CertificateStatus.making])
@pytest.mark.parametrize("move", ["assign", "request_transfer"])
def test_a_card_on_its_way_blocks(session, world, clerk, move, status):
    unit = factories.unit(session, world.edition, world.sub, review_status=U.approved)
    person = _cast.ready_person(session, unit, P.approved, payment_status=PaymentStatus.paid)
    _cast.put(
        session.scalars(select(Certificate).where(Certificate.person_id == person.id)).one(),
        status=status,
        card_no=NUMBER.get(status),
    )
    session.commit()
    batch = _cast.run(session, clerk, "unit", move, unit.id, {"target": str(world.other_sub.id)})

    assert _cast.refusals(session, batch) == ["card_in_production"]


def test_a_finished_card_goes_along_as_it_is(session, world, clerk):
    unit = factories.unit(session, world.edition, world.sub, review_status=U.approved)
    person = _cast.ready_person(session, unit, P.approved, payment_status=PaymentStatus.paid)
    card = session.scalars(select(Certificate).where(Certificate.person_id == person.id)).one()
    _cast.put(card, card_no="80000002", status=CertificateStatus.delivered, delegation_name=world.sub.name)
    session.commit()
    _cast.done(session, clerk, "unit", "assign", unit.id, {"target": str(world.other_sub.id)})

    facts = _cast.values(session, Certificate, "status", "delegation_id", "delegation_name")
    assert facts == [(CertificateStatus.delivered, world.other_sub.id, "福州市分团")]


@pytest.mark.parametrize(("target", "reach"), [("other_sub", "assign"), ("foreign_sub", "request")])
def test_a_card_to_be_reused_must_be_made_again(session, world, clerk, sides, target, reach):
    unit = factories.unit(session, world.edition, world.sub, review_status=U.approved)
    factories.person(session, unit, review_status=P.submitted, cert_mode=CertMode.reuse)
    factories.person(session, unit, review_status=P.submitted, cert_mode=CertMode.new)
    session.commit()
    if reach == "assign":
        _cast.done(session, clerk, "unit", "assign", unit.id, {"target": str(getattr(world, target).id)})
    else:
        found = offer(session, clerk, unit, getattr(world, target))
        _cast.done(session, sides[target], "transfer_request", "accept", found)

    assert _cast.values(session, Person, "cert_mode") == [CertMode.reapply, CertMode.new]


# --- by request --------------------------------------------------------------------------------------------------


def test_with_the_setting_on_the_unit_stays_until_the_other_side_accepts(session, world, clerk, sides):
    _cast.put(_cast.settings_of(session, world.sub), transfer_by_request=True)
    unit = full_unit(session, world, world.sub)
    session.commit()
    refused = _cast.run(session, clerk, "unit", "assign", unit.id, {"target": str(world.other_sub.id)})
    assert _cast.refusals(session, refused) == ["by_request"]
    found = offer(session, clerk, unit, world.other_sub)
    assert seen_by(session, sides["other_sub"], Unit, Person, TransferRequest) == [0, 0, 1]
    assert owned(session, Person, unit) == {(world.sub.id, world.province.id)}
    _cast.done(session, sides["other_sub"], "transfer_request", "accept", found, {"answer": "同意接收"})

    facts = _cast.values(session, TransferRequest, "status", "answer", "answered_by_id")
    assert facts == [(TransferStatus.accepted, "同意接收", sides["other_sub"].account_id)]
    assert owned(session, Person, unit) == {(world.other_sub.id, world.province.id)}
    assert seen_by(session, clerk, Unit, Person, TransferRequest) == [0, 0, 1]
    assert _cast.allotment(session, unit) == (1, 1)


def test_the_secretariat_orders_at_once_whatever_the_setting(session, world):
    _cast.put(_cast.settings_of(session, world.sub), transfer_by_request=True)
    unit = factories.unit(session, world.edition, world.sub)
    session.commit()
    secretary = actor_for(session, world.accounts[Role.secretariat])
    _cast.done(session, secretary, "unit", "assign", unit.id, {"target": str(world.other_sub.id)})

    assert _cast.values(session, Unit, "delegation_id") == [world.other_sub.id]


@pytest.mark.parametrize(
    ("side", "move", "answers", "status"),
    [("other_sub", "decline", ANSWER, TransferStatus.declined), ("sub", "withdraw", {}, TransferStatus.withdrawn)],
)
def test_a_request_declined_or_withdrawn_leaves_the_unit_and_may_be_made_again(
    session, world, clerk, sides, side, move, answers, status
):
    unit = full_unit(session, world, world.sub)
    session.commit()
    found = offer(session, clerk, unit, world.other_sub)
    _cast.done(session, sides[side], "transfer_request", move, found, answers)

    assert _cast.values(session, TransferRequest, "status") == [status]
    assert owned(session, Person, unit) == {(world.sub.id, world.province.id)}
    late = _cast.run(session, sides["other_sub"], "transfer_request", "accept", found)
    assert _cast.refusals(session, late) == ["state"]
    offer(session, clerk, unit, world.other_sub)
    assert _cast.values(session, TransferRequest, "status") == [status, TransferStatus.requested]


def test_while_a_request_is_open_the_unit_is_not_assigned_offered_or_deleted(session, world, clerk):
    unit = full_unit(session, world, world.sub)
    session.commit()
    offer(session, clerk, unit, world.other_sub)
    target = {"target": str(world.below.id)}
    for move, answers in (("assign", target), ("request_transfer", target), ("delete", _cast.REASON)):
        assert _cast.refusals(session, _cast.run(session, clerk, "unit", move, unit.id, answers)) == ["requested"]


def test_a_request_for_a_unit_rejected_meanwhile_cannot_be_accepted(session, world, clerk, sides):
    unit = factories.unit(session, world.edition, world.sub, review_status=U.pending_first)
    session.commit()
    found = offer(session, clerk, unit, world.other_sub)
    _cast.done(session, clerk, "unit", "reject", unit.id, _cast.OPINION)
    late = _cast.run(session, sides["other_sub"], "transfer_request", "accept", found)

    assert _cast.refusals(session, late) == ["unit_out"]
    assert _cast.values(session, TransferRequest, "status") == [TransferStatus.requested]
    assert _cast.values(session, Unit, "delegation_id") == [world.sub.id]


@pytest.mark.parametrize("side", ["sub", "other_sub"])
def test_once_a_side_has_locked_only_the_secretariat_moves_the_unit(session, world, clerk, sides, side):
    unit = factories.unit(session, world.edition, world.sub)
    session.commit()
    found = offer(session, clerk, unit, world.other_sub)
    _cast.put(_cast.settings_of(session, getattr(world, side)), locked_at=factories.NOW, status=LockStatus.locked)
    session.commit()
    late = _cast.run(session, sides["other_sub"], "transfer_request", "accept", found)
    assert _cast.refusals(session, late) == ["locked"]
    secretary = actor_for(session, world.accounts[Role.secretariat])
    _cast.done(session, secretary, "transfer_request", "accept", found)

    assert _cast.values(session, Unit, "delegation_id") == [world.other_sub.id]


def test_several_units_from_several_nodes_are_accepted_in_one_go(session, world, clerk, sides):
    units = [full_unit(session, world, node) for node in (world.sub, world.below, world.sub)]
    session.commit()
    found = [offer(session, clerk, unit, world.other_sub) for unit in units]
    _cast.done(session, sides["other_sub"], "transfer_request", "accept", found)

    assert _cast.values(session, Unit, "delegation_id") == [world.other_sub.id] * 3
    assert (pool(session, world.sub), pool(session, world.below)) == ((97, 19), (19, 0))
    assert pool(session, world.other_sub) == (103, 3)


# --- to another province -----------------------------------------------------------------------------------------


@pytest.fixture
def moved(session, world, clerk, sides):
    """Move a unit with persons of every kind to another province; return the unit and its persons by what they are."""
    unit = factories.unit(session, world.edition, world.sub, review_status=U.approved)
    factories.allocation(session, unit, Label.VIP, allotted=5, used=3)
    factories.allocation(session, unit, Label.STAFF, allotted=2, used=1)
    paid = {"group_pay_decision": GroupPayDecision.cancelled, "payment_status": PaymentStatus.unpaid}
    persons = {
        "draft VIP": _cast.ready_person(session, unit, P.draft, label=Label.VIP),
        "waiting VIP": _cast.ready_person(session, unit, P.pending_confirm, label=Label.VIP),
        "decided VIP": _cast.ready_person(session, unit, P.pending_review, label=Label.VIP),
        "returned staff": _cast.ready_person(session, unit, P.returned, label=Label.STAFF, **paid | {"payment_status": PaymentStatus.waived}, group_pay_fee=0),
        "paying": _cast.ready_person(session, unit, P.approved),
        "group-paid": _cast.ready_person(session, unit, P.pending_confirm),
        "waiting": _cast.ready_person(session, unit, P.pending_confirm),
    }  # fmt: skip
    session.commit()
    _cast.done(session, clerk, "person", "confirm_group_pay", persons["group-paid"].id)
    found = offer(session, clerk, unit, world.foreign_sub)
    _cast.done(session, sides["foreign_sub"], "transfer_request", "accept", found)
    return unit, persons


def of(session, persons, *keys):
    rows = {row[0]: row[1:] for row in _cast.values(session, Person, "id", *keys)}
    return {name: rows[person.id] for name, person in persons.items()}


def test_out_of_the_province_the_unit_is_reviewed_anew_and_all_its_rows_go(session, world, moved):
    unit, _ = moved

    there = {(world.foreign_sub.id, world.other_province.id)}
    assert _cast.values(session, Unit, "review_status", "delegation_id") == [(U.pending_first, world.foreign_sub.id)]
    assert [owned(session, model, unit) for model in (Person, Attachment)] == [there] * 2


def test_out_of_the_province_free_labels_fall_and_are_decided_anew_others_keep_their_decision(session, moved):
    professional, undecided = Label.PROFESSIONAL, GroupPayDecision.undecided

    assert of(session, moved[1], "label", "review_status", "group_pay_decision") == {
        "draft VIP": (professional, P.draft, undecided),
        "waiting VIP": (professional, P.pending_confirm, undecided),
        "decided VIP": (professional, P.pending_confirm, undecided),
        "returned staff": (professional, P.returned, undecided),
        "paying": (professional, P.approved, GroupPayDecision.cancelled),
        "group-paid": (professional, P.pending_review, GroupPayDecision.confirmed),
        "waiting": (professional, P.pending_confirm, undecided),
    }


@pytest.mark.usefixtures("moved")
def test_out_of_the_province_quota_does_not_travel(session, world):
    assert _cast.values(session, QuotaAllocation, "id") == []
    assert [pool(session, world.sub, label) for label in (Label.VIP, Label.STAFF)] == [(100, 20)] * 2
    assert [pool(session, world.foreign_sub, label) for label in (Label.VIP, Label.STAFF)] == [(100, 0)] * 2


def test_out_of_the_province_a_decision_stays_with_the_old_payer_and_new_ones_are_the_new_payers(
    session, world, moved, sides
):
    _, persons = moved
    assert of(session, persons, "payer_id")["group-paid"] == (world.sub.id,)
    _cast.done(session, sides["foreign_sub"], "person", "confirm_group_pay", persons["waiting"].id)

    assert of(session, persons, "payer_id")["waiting"] == (world.foreign_sub.id,)
    lines = _cast.values(session, GroupPayEntry, "delegation_id", "province_id", "kind", "amount")
    assert lines == [
        (world.sub.id, world.province.id, GroupPayKind.COMMIT, 20000),
        (world.foreign_sub.id, world.other_province.id, GroupPayKind.COMMIT, 20000),
    ]
    committed = [_cast.settings_of(session, node).group_pay_committed for node in (world.sub, world.foreign_sub)]
    assert committed == [20000, 20000]


def test_what_the_old_payer_committed_is_released_to_it_when_the_person_leaves(session, world, moved, sides):
    _, persons = moved
    _cast.done(session, sides["foreign_sub"], "person", "delete", persons["group-paid"].id, _cast.REASON)

    assert _cast.values(session, GroupPayEntry, "delegation_id", "amount") == [
        (world.sub.id, 20000),
        (world.sub.id, -20000),
    ]
    session.expire_all()
    assert _cast.settings_of(session, world.sub).group_pay_committed == 0


@pytest.mark.parametrize("status", [CertificateStatus.made, CertificateStatus.delivered])
def test_out_of_the_province_a_living_card_blocks(session, world, clerk, sides, status):
    unit = factories.unit(session, world.edition, world.sub, review_status=U.approved)
    factories.allocation(session, unit, Label.VIP, allotted=1, used=1)
    person = _cast.ready_person(session, unit, P.approved, label=Label.VIP)
    _cast.put(
        session.scalars(select(Certificate).where(Certificate.person_id == person.id)).one(),
        status=status,
        card_no=NUMBER.get(status),
    )
    session.commit()
    batch = _cast.run(session, clerk, "unit", "request_transfer", unit.id, {"target": str(world.foreign_sub.id)})
    assert _cast.refusals(session, batch) == ["card_abroad"]
    found = _cast.request(session, unit, world.foreign_sub)
    session.commit()
    late = _cast.run(session, sides["foreign_sub"], "transfer_request", "accept", found.id)

    assert _cast.refusals(session, late) == ["card_abroad"]
    assert _cast.values(session, Unit, "delegation_id") == [world.sub.id]


def test_the_new_side_holds_what_the_old_one_lost(world, clerk, sides):
    there = (world.foreign_sub.id, world.other_province.id)

    assert (holds(clerk, *there), holds(sides["foreign_sub"], *there)) == (False, True)
