"""The books: every way they can be wrong is found by name; every journey through the moves leaves them clean."""

import json
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import IntegrityError

from models import (
    AttachmentKind,
    Audit,
    Certificate,
    CertificateStatus,
    DelegationEdition,
    Edition,
    GroupPayDecision,
    Label,
    Payment,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    QuotaPool,
    Recognition,
    RefundStatus,
    RefundTask,
    Role,
    SecurityBatch,
    SecurityBatchStatus,
    SecurityRow,
    SecurityStatus,
    Statement,
    StatementLine,
    StatementStatus,
    TransferRequest,
    TransferStatus,
    Unit,
    UnitStatus,
)
from tests import factories
from tests.test_workflow import _cast
from workflow import books, engine, payments
from workflow.actors import SYSTEM, acting, actor_for

HAND_OVER = "secretary.hand_over_to_security"
U, P, C, M = UnitStatus, PersonStatus, CertificateStatus, PaymentStatus


@pytest.fixture
def cast(session, world):
    """Who works: the clerk, a colleague, the secretariat, the police, and the clerks of two other nodes."""
    made = {
        "clerk": actor_for(session, world.accounts[Role.sub_delegation]),
        "colleague": _cast.clerk_of(session, world.sub),
        "secretary": actor_for(session, world.accounts[Role.secretariat]),
        "police": actor_for(session, world.accounts[Role.security]),
        "finance": actor_for(session, world.accounts[Role.finance]),
        "other": _cast.clerk_of(session, world.other_sub),
        "foreign": _cast.clerk_of(session, world.foreign_sub),
    }
    session.commit()
    return made


# --- journeys ----------------------------------------------------------------------------------------------------


class Journey:
    """Rows on their way from creation on, by moves alone; remembers every state the trail tells of."""

    def __init__(self, session, world, cast):
        self.session, self.world, self.cast = session, world, cast

    def unit(self, **values):
        unit = _cast.ready_unit(self.session, self.world, self.world.sub, **values)
        for label in (Label.STAFF, Label.VIP):
            factories.allocation(self.session, unit, label)
        self.session.commit()
        return unit

    def person(self, unit, label=Label.PROFESSIONAL):
        person = factories.person(self.session, unit, label=label)
        if label is not Label.PROFESSIONAL:
            own = select(QuotaAllocation).where(QuotaAllocation.unit_id == unit.id, QuotaAllocation.label == label)
            self.session.scalars(own).one().used += 1
        _cast.attachment(self.session, unit, AttachmentKind.PHOTO, person)
        self.session.commit()
        return person

    def go(self, row, *steps):
        """Take a row through moves: "who.move" or ("who.move", answers)."""
        for step in steps:
            name, answers = step if isinstance(step, tuple) else (step, {})
            who, move = name.split(".")
            asked = {
                "opinion": _cast.OPINION["opinion"],
                "reason": _cast.REASON["reason"],
                "answer": "材料不全暂不接收",
            }
            _cast.done(self.session, self.cast[who], row.__tablename__, move, row.id, {**asked, **answers})
            assert books.check(self.session) == []
        return row

    def approved(self):
        return self.go(self.unit(), "clerk.submit", "colleague.pass_first_review", "secretary.pass_second_review")


def travel_units(way, _world):
    way.go(
        way.unit(recognised=Recognition.PASSED),
        "clerk.submit",
        "secretary.withdraw_approval",
        "secretary.pass_second_review",
    )
    unit = way.go(way.unit(), "clerk.submit", "clerk.return_for_edit", "clerk.resubmit", "colleague.pass_first_review",
                  "secretary.back_to_first_review", "colleague.pass_first_review")  # fmt: skip
    way.go(way.person(unit), "clerk.submit")
    way.go(way.person(unit, Label.VIP), "clerk.submit")
    way.go(unit, "secretary.reject", "secretary.reopen", "secretary.pass_second_review", "clerk.delete")


def travel_persons(way, _world):
    unit = way.approved()
    for label in Label:
        way.go(way.person(unit, label), "clerk.submit", "clerk.confirm_group_pay", HAND_OVER, "police.security_pass")
        way.go(way.person(unit, label), "clerk.submit", "clerk.cancel_group_pay", "clerk.return_for_edit", "clerk.resubmit",
               HAND_OVER, "secretary.security_data_wrong", "clerk.resubmit", HAND_OVER, "police.security_not_pass",
               "clerk.delete")  # fmt: skip
    vip, staff = {"label": "VIP"}, {"label": "STAFF"}
    rising = way.go(way.person(unit), "clerk.submit", ("clerk.change_label", staff), "clerk.confirm_group_pay")
    way.go(rising, HAND_OVER, "police.security_pass", ("clerk.upgrade_label", vip), "clerk.delete")
    paid = way.go(way.person(unit), "clerk.submit", "clerk.confirm_group_pay", HAND_OVER, "police.security_pass")
    way.go(paid, ("clerk.upgrade_label", {**vip, "from_pool": "y"}))
    way.go(way.person(unit), "clerk.submit", "clerk.confirm_group_pay", "clerk.delete")


def travel_police(way, _world):
    unit = way.approved()
    for rest in (("secretary.register_pickup", "police.security_pass"), ("secretary.recall_batch",)):
        person = way.go(way.person(unit), "clerk.submit", "clerk.cancel_group_pay", HAND_OVER)
        with acting(way.session, SYSTEM):
            batch = way.session.scalars(select(SecurityBatch).order_by(SecurityBatch.id.desc())).first()
        way.go(batch, (rest[0], {"taken_by": "市公安局 张三"}))
        way.go(person, *rest[1:])


def travel_transfers(way, world):
    for target, answer in (
        ("other_sub", "other.decline"),
        ("other_sub", "clerk.withdraw"),
        ("foreign_sub", "foreign.accept"),
    ):
        unit = way.approved()
        for label in (Label.PROFESSIONAL, Label.VIP):
            way.go(way.person(unit, label), "clerk.submit", "clerk.confirm_group_pay")
        way.go(unit, ("clerk.request_transfer", {"target": str(getattr(world, target).id)}))
        request = way.session.scalars(select(TransferRequest).order_by(TransferRequest.id.desc())).first()
        way.session.commit()
        way.go(request, answer)
    unit = way.approved()
    way.go(way.person(unit, Label.VIP), "clerk.submit")
    way.go(unit, ("clerk.assign", {"target": str(world.other_sub.id)}))


def travel_money(way, world):
    unit, today = way.approved(), f"{factories.NOW:%Y-%m-%d}"
    for move, answers in (("refund", {"paid_on": today, "serial_no": "BACK"}), ("keep", {})):
        person = way.go(way.person(unit), "clerk.submit", "clerk.cancel_group_pay", HAND_OVER, "police.security_pass")
        paid = {"amount": "200", "serial_no": f"IN-{move}", "paid_on": today}
        way.go(person, ("finance.record_payment", paid), "clerk.delete")
        task = way.session.scalars(select(RefundTask).order_by(RefundTask.id.desc())).first()
        way.go(task, (f"finance.{move}", answers))
    way.go(way.person(unit), "clerk.submit", "clerk.confirm_group_pay")
    bill = _cast.statement(way.session, world.sub, world.edition.id)
    way.session.commit()
    way.go(bill, "finance.issue", ("finance.settle", {"paid_on": today, "serial_no": "BANK"}))
    way.go(_cast.statement(way.session, world.other_sub, world.edition.id), "finance.discard")
    late = way.go(way.person(unit), "clerk.submit", "clerk.cancel_group_pay")
    with acting(way.session, SYSTEM):
        payments.close_due(way.session, way.session.get_one(Edition, world.edition.id).pay_closes_at)
        way.session.commit()
    way.go(late, "clerk.commit_late")


LATER = {  # by the lock, production, mailing and leaving: each has tests of its own
    P.expired, P.transferred_out, TransferStatus.handed_over, U.released,
    C.making, C.made, C.mailing, C.ready, C.delivered, C.activated, C.lost,
}  # fmt: skip
ENUMS: dict[str, dict[str, Any]] = {
    "security_batch": {"status": SecurityBatchStatus},
    "unit": {"review_status": UnitStatus}, "certificate": {"status": CertificateStatus}, "transfer_request": {"status": TransferStatus},
    "statement": {"status": StatementStatus}, "refund_task": {"status": RefundStatus},
    "person": {
        "review_status": PersonStatus, "payment_status": PaymentStatus, "security_status": SecurityStatus,
        "group_pay_decision": GroupPayDecision, "label": Label,
    },
}  # fmt: skip


def reached(session):
    """Return every state the trail tells of, with its enumeration: two of them may share a word."""
    found = set()
    with acting(session, SYSTEM):
        for noun, changes in session.execute(select(Audit.noun, Audit.changes)):
            for key, pair in json.loads(changes).items():
                if key in ENUMS.get(noun, {}):
                    found |= {(ENUMS[noun][key], value) for value in pair if value}
    return found


def test_journeys_by_moves_alone_reach_every_state_and_leave_the_books_clean(session, world, cast):
    way = Journey(session, world, cast)
    for travel in (travel_units, travel_persons, travel_police, travel_transfers, travel_money):
        travel(way, world)
    every = {(enum, member) for columns in ENUMS.values() for enum in columns.values() for member in enum}
    missed = {member for enum, member in every if (enum, member.value) not in reached(session)}

    assert missed == LATER


# --- what is found -----------------------------------------------------------------------------------------------


@pytest.fixture
def scene(session, world, cast):
    """Clean books with something in each: a paid, a confirmed, a free and a carded person, a released line, one handed over."""
    way = Journey(session, world, cast)
    unit = way.approved()
    way.go(way.person(unit), "clerk.submit", "clerk.confirm_group_pay", HAND_OVER, "police.security_pass")
    way.go(way.person(unit, Label.VIP), "clerk.submit", "clerk.confirm_group_pay", HAND_OVER, "police.security_pass")
    way.go(way.person(unit), "clerk.submit")
    owed = factories.unit(session, world.edition, world.other_sub, review_status=U.approved)
    _cast.committed(session, owed, P.pending_review)
    _cast.ready_person(session, owed, P.pending_review, payment_status=M.paid)
    bill = _cast.statement(session, world.other_sub, world.edition.id)
    way.go(way.person(unit), "clerk.submit", "clerk.cancel_group_pay", HAND_OVER)
    session.commit()
    way.go(bill, "finance.issue", ("finance.settle", {"paid_on": f"{factories.NOW:%Y-%m-%d}", "serial_no": "BANK"}))
    return unit


def corrupt(session, model, values, *rules):
    """Write past everything, as a mistaken program or hand would."""
    session.connection().execute(update(model).where(*rules).values(**values))


ELSEWHERE = (
    select(Unit.delegation_id).where(Unit.delegation_id != QuotaAllocation.delegation_id).limit(1).scalar_subquery()
)
FAULTS = {
    "a place counted that nobody holds": (QuotaAllocation, {"used": 2}, "VIP已占用记为 2，按人员和证件应为 1"),
    "a place held that is not counted": (QuotaAllocation, {"used": 0}, "VIP已占用记为 0，按人员和证件应为 1"),
    "an allotment without its pool": (QuotaAllocation, {"allotted": 99}, "已分配记为"),
    "an allotment left behind": (QuotaAllocation, {"delegation_id": ELSEWHERE}, "单位却在"),
    "a pool handed on too far": (QuotaPool, {"allocated": 77}, "已分配记为 77"),
    "a commitment too high": (DelegationEdition, {"group_pay_committed": 40000}, "已确认代付记为 400.00 元，台账合计 200.00 元"),
    "a fee changed after the decision": (Person, {"group_pay_fee": 30000}, "台账净额 200.00 元与缴费状态不符"),
    "a payment that is not in the ledger": (Person, {"payment_status": M.released}, "台账净额 200.00 元与缴费状态不符"),
    "a decision undone": (
        Person, {"group_pay_decision": "undecided", "payer_id": None}, "已过“待确认”，却没有统付决定",
    ),
    "an approval undone under a living card": (Person, {"review_status": "pending_review"}, "有效，但人员"),
    "a card lost from the books": (Certificate, {"status": C.void}, "却没有待制证件"),
    "a card with another label": (Certificate, {"label": Label.STAFF}, "的标签与人员现有标签不同"),
    "a card spent before it is made": (Certificate, {"consumes_quota": True}, "尚待制证，却已消耗额度"),
    "a unit gone from under its persons": (Unit, {"review_status": "deleted"}, "的单位已删除"),
    "a person alive in a rejected unit": (Unit, {"review_status": "rejected"}, "的单位审核不通过"),
    "a unit back to draft": (Unit, {"review_status": "draft"}, "其单位未通过审核"),
    "a statement with another total": (Statement, {"total": 30000}, "记为 1 笔 300.00 元，明细为 1 笔 200.00 元"),
    "a statement back to its draft": (Statement, {"status": "draft", "number": None}, "明细为 1 笔 200.00 元"),
    "a line that is not the ledger's": (StatementLine, {"amount": 30000, "fee": 30000}, "第 1 笔与统付台账不符"),
    "a statement that is not paid up": (Statement, {"status": "issued"}, "其代付却不在已结清的对账单上"),
    "a payment rewritten": (Payment, {"amount": 10000}, "缴费记录净额 100.00 元，按缴费状态和退费事项应为 200.00 元"),
    "a person handed over who is on no list": (Person, {"security_status": "sent"}, "已送审，却不在任何待结果的批次中"),
    "an identity changed under an open row": (SecurityRow, {"identity": "X"}, "身份信息在移交后已变更"),
    "a list that miscounts": (SecurityBatch, {"waiting": 7}, "待结果记为 7，按人员应为 1"),
    "a line of the trail rewritten": (Audit, {"reason": "改写"}, "与校验值不符"),
}  # fmt: skip
NARROW = {
    QuotaAllocation: lambda: QuotaAllocation.label == Label.VIP, QuotaPool: lambda: (QuotaPool.label == Label.VIP) & (QuotaPool.total >= 100),
    DelegationEdition: lambda: DelegationEdition.group_pay_committed > 0, Audit: lambda: Audit.id == 5,
    Person: lambda: Person.payment_status == M.group_committed, Certificate: lambda: Certificate.label == Label.VIP,
    Unit: lambda: Unit.review_status == U.approved,
    Statement: lambda: Statement.id > 0, StatementLine: lambda: StatementLine.id > 0, Payment: lambda: Payment.id > 0,
    SecurityRow: lambda: SecurityRow.status == "open", SecurityBatch: lambda: SecurityBatch.waiting > 0,
}  # fmt: skip


def test_every_fault_is_found_and_named(session, scene):
    assert books.check(session) == []
    unfound = {}
    for name, (model, values, sentence) in FAULTS.items():
        session.rollback()
        corrupt(session, model, values, NARROW[model]())
        found = books.check(session)
        if not any(sentence in difference for difference in found):
            unfound[name] = found
    session.rollback()

    assert unfound == {}
    assert books.check(session) == []
    assert scene.id in _cast.values(session, Unit, "id")


@contextmanager
def counted(session):
    """Count the statements run in the block."""
    statements = []
    engine_ = session.get_bind()

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(engine_, "before_cursor_execute", note)
    yield statements
    event.remove(engine_, "before_cursor_execute", note)


def test_checking_reads_only_and_takes_as_many_statements_for_many_rows(session, world, scene):
    session.commit()
    with counted(session) as few:
        books.check(session)
    for _ in range(5):
        _cast.ready_person(session, scene, P.submitted)
    session.commit()
    with counted(session) as many:
        books.check(session)
    session.rollback()

    assert len(many) == len(few)
    assert [statement for statement in many if not statement.lstrip().startswith(("SELECT", "BEGIN", "WITH"))] == []
    assert engine.offered(actor_for(session, world.accounts[Role.auditor]), "unit") == []


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (QuotaAllocation, {"used": 11}),
        (QuotaAllocation, {"used": -1}),
        (QuotaPool, {"allocated": QuotaPool.total + 1}),
        (DelegationEdition, {"group_pay_committed": DelegationEdition.group_pay_cap + 1}),
        (DelegationEdition, {"group_pay_cap": DelegationEdition.group_pay_grant + 1}),
        (Person, {"payer_id": None}),
    ],
    ids=[
        "used too high",
        "used below nothing",
        "handed on too far",
        "committed beyond the cap",
        "cap beyond the grant",
        "no payer",
    ],
)
@pytest.mark.usefixtures("scene")
def test_the_database_itself_refuses_to_oversell(session, model, values):
    """Whoever writes past the program (SECURITY G02)."""
    session.rollback()
    with pytest.raises(IntegrityError):
        corrupt(session, model, values, NARROW[model]())
    session.rollback()
