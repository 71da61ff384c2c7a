"""For every guard of every move: how to spoil an otherwise ready row so that this guard alone refuses it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import (
    Attachment,
    AttachmentKind,
    Certificate,
    CertificateStatus,
    CertMode,
    Delegation,
    DelegationEdition,
    Edition,
    Fee,
    IdType,
    Intention,
    Label,
    LockStatus,
    Origin,
    ParcelStatus,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    QuotaPool,
    Role,
    SecurityStatus,
    Unit,
    UnitGroupPay,
    UnitStatus,
)
from models.kinds import now, opened
from tests import factories
from tests.factories import World
from tests.test_workflow import _card_spoils as cards
from tests.test_workflow import _cast
from tests.test_workflow import _parcel_spoils as parcels
from tests.test_workflow._cast import put
from workflow.moves import Machine
from workflow.sessions import writing_sets

SUB, SECRETARIAT = Role.sub_delegation, Role.secretariat
Answers = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A move about to be done: who, on a row in which state, at which node, with which answers."""

    state: Any = None
    role: Role = SUB
    node: str = "sub"
    answers: Answers = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def build(session: Session, world: World, machine: Machine, case: Case) -> Any:
    """Make the row of a case, ready for anything."""
    node = getattr(world, case.node)
    if machine.noun == "unit":
        return _cast.ready_unit(session, world, node, review_status=case.state, **case.facts)
    if machine.noun == "statement":
        return _cast.bill(session, world, node, case.state)
    if machine.noun == "delegation_edition":
        put(_cast.settings_of(session, world.below), status=LockStatus.locked, locked_at=PAST)
        put(found := _cast.settings_of(session, node), status=case.state)
        return found
    unit = _cast.ready_unit(session, world, node, review_status=UnitStatus.approved)
    for label in (Label.STAFF, Label.VIP):
        factories.allocation(session, unit, label)
    kinds: dict[str, Callable[[], Any]] = {
        "refund_task": lambda: _cast.task(
            session, _cast.ready_person(session, unit, PersonStatus.rejected), status=case.state
        ),
        "person": lambda: _cast.ready_person(session, unit, case.state, **case.facts),
        "certificate": lambda: cards.card_of(session, unit, case.state, dict(case.facts)),
        "parcel": lambda: parcels.parcel_of(session, unit, case.state),
        "transfer_request": lambda: (
            _cast.request(session, unit, getattr(world, case.facts["target"]))
            if "target" in case.facts
            else _cast.request_outside(session, unit)
        ),
    }
    return kinds[machine.noun]()


# --- how to spoil ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """Where a spoil happens: the session of the system, the tree, the row."""

    session: Session
    world: World
    row: Any


Spoil = Callable[[Scene], Answers | None]


def setting(**values: Any) -> Spoil:
    """Write values on the row itself."""
    return lambda at: put(at.row, **values)


def edition(**values: Any) -> Spoil:
    """Write values on the edition."""
    return lambda at: put(at.session.get_one(Edition, at.world.edition.id), **values)


def settings(**values: Any) -> Spoil:
    """Write values on the settings of the row's node."""

    def spoil(at: Scene) -> None:
        own = select(DelegationEdition).where(DelegationEdition.delegation_id == at.row.delegation_id)
        put(at.session.scalars(own).one(), **values)

    return spoil


def without(model: Any, *rules: Any) -> Spoil:
    """Remove all rows of a model."""

    def spoil(at: Scene) -> None:
        with writing_sets(at.session):
            at.session.execute(delete(model).where(*rules))

    return spoil


def mine(role: Role) -> Spoil:
    """Let the one who asks be the submitter and the first reviewer."""

    def spoil(at: Scene) -> None:
        me = at.world.accounts[role].id
        put(at.row, submitted_by_id=me, first_by_id=me)

    return spoil


def card(status: CertificateStatus, **values: Any) -> Spoil:
    """Give the row (or a person of the unit, of the offered unit) a card."""

    def spoil(at: Scene) -> None:
        unit = at.row if isinstance(at.row, Unit) else at.session.get_one(Unit, at.row.unit_id)
        person = at.row if isinstance(at.row, Person) else factories.person(at.session, unit)
        factories.certificate(at.session, person, status=status, **values)

    return spoil


def made(at: Scene) -> None:
    """Let the person's card be made."""
    put(
        at.session.scalars(select(Certificate).where(Certificate.person_id == at.row.id)).one(),
        status=CertificateStatus.made,
    )


def left_unit(at: Scene) -> None:
    """Leave a unit that nobody reviewed."""
    node = at.session.get_one(Delegation, at.row.delegation_id)
    factories.unit(at.session, at.world.edition, node, review_status=UnitStatus.pending_first)


def left_person(status: PersonStatus) -> Spoil:
    """Leave a person in a state."""

    def spoil(at: Scene) -> None:
        node = at.session.get_one(Delegation, at.row.delegation_id)
        unit = factories.unit(at.session, at.world.edition, node, review_status=UnitStatus.approved)
        factories.person(at.session, unit, review_status=status)

    return spoil


def left_request(at: Scene) -> None:
    """Leave a request without an answer."""
    unit = factories.unit(at.session, at.world.edition, at.world.other_sub, review_status=UnitStatus.approved)
    _cast.request(at.session, unit, at.session.get_one(Delegation, at.row.delegation_id))


def left_below(at: Scene) -> None:
    """Leave the node below without a lock."""
    put(_cast.settings_of(at.session, at.world.below), status=LockStatus.open)


def window_for_unit(at: Scene) -> None:
    """Let a window of the unit's own be open."""
    _cast.window(at.session, at.row)


def window_for_person(at: Scene) -> None:
    """Let a window of the person's own be open."""
    _cast.window(at.session, at.session.get_one(Unit, at.row.unit_id), at.row)


def taken(at: Scene) -> None:
    """Let another unit have registered the person."""
    other = factories.unit(at.session, at.world.edition, at.world.other_sub)
    factories.person(at.session, other, id_no=opened(at.row, "id_no"))


def unit_rejected(at: Scene) -> None:
    """Let the person's unit be out."""
    put(at.session.get_one(Unit, at.row.unit_id), review_status=UnitStatus.rejected)


def swapped(at: Scene) -> None:
    """Let the one who asks stand on the other side of the request."""
    there = {"delegation_id": at.row.target_id, "target_id": at.row.delegation_id}
    put(at.row, **there)


def offered(at: Scene) -> None:
    """Let a request for the unit be open."""
    _cast.request(at.session, at.row, at.world.other_sub)


def inside(at: Scene) -> None:
    """Let the request be one for a node of this installation."""
    there = at.world.other_sub
    put(at.row, target_id=there.id, target_province_id=at.world.province.id, outside_name=None, outside_code=None)


def to_below(at: Scene) -> Answers:
    """Ask for the node where the unit already is."""
    put(at.row, delegation_id=at.world.below.id)
    return {"target": str(at.world.below.id)}


def at_sub(at: Scene) -> None:
    """Hang the unit on a sub-delegation."""
    put(at.row, delegation_id=at.world.sub.id)


def unit_pays_itself(at: Scene) -> None:
    """Switch group pay off for the unit alone."""
    put(at.session.get_one(Unit, at.row.unit_id), group_pay_enabled=UnitGroupPay.OFF)


def empty_pool(at: Scene) -> None:
    """Leave nothing in the node's pool."""
    for pool in at.session.scalars(select(QuotaPool).where(QuotaPool.delegation_id == at.row.delegation_id)):
        put(pool, allocated=pool.total)


def to_inactive(at: Scene) -> None:
    """Let the target node take no part."""
    put(at.session.get_one(Delegation, at.world.other_sub.id), is_active=False)


def target_locked(at: Scene) -> None:
    """Let the target node have locked its submission."""
    put(_cast.settings_of(at.session, at.world.other_sub), locked_at=PAST)


def card_abroad(at: Scene) -> Answers:
    """Ask for a node of another province while a card is in somebody's hands."""
    card(CertificateStatus.delivered)(at)
    return to_province_elsewhere(at)


def offered_abroad(at: Scene) -> None:
    """Let the request come from another province while a card is in somebody's hands."""
    card(CertificateStatus.delivered)(at)
    unit = at.session.get_one(Unit, at.row.unit_id)
    put(unit, delegation_id=at.world.foreign_sub.id, province_id=at.world.other_province.id)


def rejected_meanwhile(at: Scene) -> None:
    """Let the offered unit be out."""
    put(at.session.get_one(Unit, at.row.unit_id), review_status=UnitStatus.rejected)


def to_province_elsewhere(at: Scene) -> Answers:
    """Ask for a node of another province."""
    return {"target": str(at.world.foreign_sub.id)}


def downward(at: Scene) -> Answers:
    """Ask for a label that is not higher."""
    put(at.row, label=Label.STAFF)
    return {"label": Label.STAFF.value}


def same_label(at: Scene) -> Answers:
    """Ask for the label the person has."""
    return {"label": at.row.label.value}


def missing(*keys: str, **also: Any) -> dict[str, Spoil]:
    """Empty one mandatory column each."""
    nothing = {"name": "", "referral_code": "", "uscc": "", "nationality": ""}
    return {f"missing_{key}": setting(**{key: nothing.get(key)}, **also) for key in keys}


def without_code(at: Scene) -> None:
    """Let the unit be one from overseas, which has no code."""
    put(at.row, origin=Origin.OVERSEAS, uscc=None)


def same_code(at: Scene) -> Answers:
    """Ask for the code that the unit has."""
    return {"code": at.row.uscc}


def taken_code(at: Scene) -> Answers:
    """Ask for the code under which another unit is registered, wherever that is."""
    return {"code": factories.unit(at.session, at.world.edition, at.world.foreign_sub).uscc}


def taken_login(at: Scene) -> Answers:
    """Ask for a code by whose name somebody else logs in."""
    code = factories.uscc()
    factories.account(at.session, at.world.foreign_sub, username=code.lower())
    return {"code": code}


PAST = now() - timedelta(days=1)
LOCKED = {"locked": settings(locked_at=PAST)}
READY_UNIT = {
    **LOCKED, "closed": edition(unit_closes_at=PAST), "no_licence": without(Attachment, Attachment.kind == AttachmentKind.LICENCE),
    "no_intention": without(Intention),
    **missing("name", "uscc", "city", "address", "contact_name", "contact_mobile", "contact_email", "referral_code"),
    **missing("reg_capital"),
    **missing("overseas_reg_no", origin=Origin.OVERSEAS, name_en="Trading Co", uscc=None),
    **missing("name_en", origin=Origin.OVERSEAS, overseas_reg_no="HRB 1", uscc=None),
}  # fmt: skip
READY_PERSON = {
    **LOCKED, "closed": edition(person_closes_at=PAST), "no_photo": without(Attachment, Attachment.kind == AttachmentKind.PHOTO),
    "no_consent": setting(consent_at=None),
    **missing("name", "sex", "birth_date", "nationality", "id_no", "title", "mobile"),
    **missing("recv_name", "recv_mobile", "recv_region", "recv_address"),
    **missing("name_en", id_type=IdType.PASSPORT),
}  # fmt: skip
ASSIGN = {**LOCKED, "card_in_production": card(CertificateStatus.queued), "requested": offered, "no_such_node": to_inactive,
          "same_node": to_below, "target_locked": target_locked}  # fmt: skip
IN_PRODUCTION = {"card_in_production": card(CertificateStatus.making)}
NO_FEE = {"no_fee": without(Fee)}
ONCE = {"print_count": 1}
VIP, PAID, TO_SUB = {"label": "VIP"}, {"payment_status": PaymentStatus.paid}, {"target": "sub"}
SENT, NOT_SENT = {"security_status": SecurityStatus.sent}, {"not_sent": setting(security_status=SecurityStatus.none)}
POLICE = ("security_pass", "security_data_wrong", "security_not_pass")
U, P, C, B = UnitStatus, PersonStatus, CertificateStatus, ParcelStatus
PHOTO = without(Attachment, Attachment.kind == AttachmentKind.PHOTO)

CORRECTION: dict[str, Spoil] = {
    "overseas": without_code,
    "same_code": same_code,
    "code_taken": taken_code,
    "login_taken": taken_login,
}

CASES: tuple[tuple[str, str, Case, dict[str, Spoil]], ...] = (
    ("unit", "submit", Case(U.draft), READY_UNIT),
    ("unit", "resubmit", Case(U.returned), READY_UNIT),
    ("unit", "pass_first_review", Case(U.pending_first), {**LOCKED, "own_submission": mine(SUB)}),
    ("unit", "pass_first_review", Case(U.pending_first, SECRETARIAT, "province"), {"not_direct": at_sub}),
    ("unit", "pass_second_review", Case(U.pending_second, SECRETARIAT), {"own_first_review": mine(SECRETARIAT)}),
    ("unit", "return_for_edit", Case(U.pending_first), {**LOCKED, "second_step": setting(review_status=U.pending_second)}),
    ("unit", "assign", Case(U.approved), {
        **ASSIGN, "other_province": to_province_elsewhere, "by_request": settings(transfer_by_request=True),
    }),
    ("unit", "request_transfer", Case(U.approved), {**ASSIGN, "card_abroad": card_abroad}),
    ("unit", "request_leaving", Case(U.approved), {
        **LOCKED, "card_alive": card(CertificateStatus.queued), "requested": offered,
    }),
    ("unit", "reject", Case(U.pending_first), {
        **LOCKED, "second_step": setting(review_status=U.pending_second), "by_secretariat": edition(reject_needs_secretariat=True),
    }),
    ("unit", "withdraw_approval", Case(U.approved, SECRETARIAT), {"card_beyond_queue": card(CertificateStatus.made)}),
    ("unit", "withdraw_approval", Case(U.approved, SECRETARIAT), {
        "card_beyond_queue": card(CertificateStatus.lost, card_no="80000001"),
    }),
    ("unit", "delete", Case(U.approved), {**LOCKED, **IN_PRODUCTION, "requested": offered, "not_direct": to_below}),
    ("unit", "correct_code", Case(U.approved, SECRETARIAT), CORRECTION),
    ("unit", "ask_to_correct_code", Case(U.pending_first), CORRECTION),
    ("unit", "release_code", Case(U.rejected, SECRETARIAT), {
        "no_code": without_code, "requested": offered, "card_alive": card(CertificateStatus.delivered),
    }),
    ("person", "submit", Case(P.draft), READY_PERSON),
    ("person", "resubmit", Case(P.returned), READY_PERSON),
    ("person", "confirm_group_pay", Case(P.pending_confirm), {
        **LOCKED, **NO_FEE, "switched_off": settings(group_pay_enabled=False), "budget": settings(group_pay_cap=19_999),
    }),
    ("person", "confirm_group_pay", Case(P.pending_confirm), {"switched_off": unit_pays_itself}),
    ("person", "cancel_group_pay", Case(P.pending_confirm), {**LOCKED, **NO_FEE}),
    ("person", "change_label", Case(P.pending_confirm, answers=VIP), {
        **LOCKED, "same_label": same_label, "budget": without(QuotaAllocation),
    }),
    ("person", "return_for_edit", Case(P.pending_review), LOCKED),
    ("person", "upgrade_label", Case(P.approved, answers=VIP, facts=PAID), {
        **LOCKED, "not_by_sub": edition(upgrade_by_sub=False), "card_made": made, "not_upward": downward,
        "budget": without(QuotaAllocation),
    }),
    ("person", "upgrade_label", Case(P.approved, answers={**VIP, "from_pool": "y"}), {"budget": empty_pool}),
    ("unit", "open_window", Case(U.approved, SECRETARIAT), {"window_open": window_for_unit}),
    ("person", "open_window", Case(P.expired, SECRETARIAT), {"window_open": window_for_person}),
    ("person", "reopen_expired", Case(P.expired), {**LOCKED, "identity_taken": taken, "unit_out": unit_rejected}),
    ("delegation_edition", "lock", Case(LockStatus.unlocked), {
        "left_units_unreviewed": left_unit, "left_persons_unconfirmed": left_person(P.pending_confirm),
        "left_persons_unsubmitted": left_person(P.draft), "left_requests_unanswered": left_request, "left_below": left_below,
    }),
    ("person", "delete", Case(P.pending_review), {**LOCKED, **IN_PRODUCTION}),
    ("person", "hand_over_to_security", Case(P.pending_review, SECRETARIAT), {"sent": setting(security_status=SecurityStatus.sent)}),
    *(("person", name, Case(P.pending_review, SECRETARIAT, facts=SENT), NOT_SENT) for name in POLICE),
    ("certificate", "start_production", Case(C.queued, SECRETARIAT), {
        **cards.OUT, "is_reuse": setting(mode=CertMode.reuse), "no_photo": PHOTO, "unprintable": setting(unprintable="𠮷"),
        "fee_owed": cards.holder(**cards.OWING),
    }),
    ("certificate", "print_badges", Case(C.making, SECRETARIAT), {"printed": setting(print_count=1)}),
    ("certificate", "reprint_badges", Case(C.made, SECRETARIAT, facts=ONCE), {"not_printed": setting(print_count=0)}),
    ("certificate", "finish_production", Case(C.making, SECRETARIAT, facts=ONCE), {"not_printed": setting(print_count=0)}),
    ("certificate", "call_for_pickup", Case(C.made, SECRETARIAT, facts=cards.PICKUP), cards.BY_MAIL),
    ("certificate", "activate", Case(C.queued, SECRETARIAT, facts=cards.REUSE), {
        **cards.OUT, "not_reuse": setting(mode=CertMode.new), "no_old_card": edition(reuse_editions="4,5"),
        "old_card_used": cards.used_by_another, **cards.CHANGED,
    }),
    ("certificate", "activate", Case(C.queued, SECRETARIAT, facts=cards.REUSE), {"no_old_card": setting(old_card_no=None)}),
    ("certificate", "give_up_reuse", Case(C.queued, SECRETARIAT, facts=cards.REUSE), {"not_reuse": setting(mode=CertMode.new)}),
    ("certificate", "call_for_pickup", Case(C.made, SECRETARIAT, facts=cards.PICKUP), {"in_parcel": parcels.packed_already}),
    ("certificate", "pack", Case(C.made, SECRETARIAT), {
        "pickup": cards.holder(**cards.PICKUP), "in_parcel": parcels.packed_already,
        **{f"no_{key}": cards.holder(**{key: None}) for key in ("recv_name", "recv_mobile", "recv_region", "recv_address")},
    }),
    ("parcel", "print_labels", Case(B.packed, SECRETARIAT), {"unprintable": setting(unprintable="𠮷")}),
    ("parcel", "dispatch", Case(B.packed, SECRETARIAT), {**parcels.FORM, "tracking_taken": parcels.taken}),
    ("parcel", "correct_tracking", Case(B.sent, SECRETARIAT), {**parcels.FORM, "tracking_taken": parcels.taken}),
    ("certificate", "remake", Case(C.made, SECRETARIAT), cards.OUT),
    ("certificate", "report_lost", Case(C.delivered), {**cards.OUT, "lost_before": cards.lost_before}),
    ("transfer_request", "accept", Case(node="other_sub", facts=TO_SUB), {
        "not_target": swapped, "card_in_production": card(CertificateStatus.queued), **LOCKED,
        "unit_out": rejected_meanwhile, "card_abroad": offered_abroad,
    }),
    ("transfer_request", "decline", Case(node="other_sub", facts=TO_SUB), {"not_target": swapped}),
    ("transfer_request", "hand_over", Case(role=SECRETARIAT), {
        "inside": inside, "unit_out": rejected_meanwhile, "card_alive": card(CertificateStatus.made),
    }),
    ("transfer_request", "withdraw", Case(facts={"target": "other_sub"}), {"not_source": swapped}),
)  # fmt: skip
