"""Money on its way: statements and what changes after them, payments, the deadline, corrections, refunds (DOMAIN §4.3)."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import (
    CertMode,
    Edition,
    Fee,
    GroupPayDecision,
    GroupPayEntry,
    GroupPayKind,
    Label,
    Payment,
    PaymentKind,
    PaymentStatus,
    Person,
    PersonStatus,
    RefundStatus,
    RefundTask,
    Role,
    Statement,
    StatementLine,
    StatementStatus,
)
from models.kinds import now
from tests import factories
from tests.conftest import on_sqlite
from tests.test_workflow import _cast, _together
from workflow import books, engine, payments, saving
from workflow.actors import SYSTEM, acting
from workflow.answers import AnswersInvalid

M, P, S, K = PaymentStatus, PersonStatus, StatementStatus, GroupPayKind
TODAY = f"{factories.NOW:%Y-%m-%d}"
SETTLE = {"paid_on": TODAY, "serial_no": "BANK-77"}
OUT = {"payment_status": M.unpaid, "group_pay_decision": GroupPayDecision.cancelled, "group_pay_fee": 20000}
PAY = {"amount": "200", "serial_no": "BANK-1", "paid_on": TODAY, "remark": ""}
pytestmark = pytest.mark.usefixtures("clean_books")


def persons(session, unit, count, status=P.pending_confirm, **values):
    made = [_cast.ready_person(session, unit, status, **values) for _ in range(count)]
    session.commit()
    return [person.id for person in made]


def draft(session, cast, world, **values):
    with acting(session, SYSTEM):
        made = saving.create(session, cast[Role.finance], Statement, {"delegation_id": str(world.sub.id), **values})
        session.commit()
    return made.id


def issued(session, cast, world):
    number = draft(session, cast, world)
    _cast.done(session, cast[Role.finance], "statement", "issue", number)
    return number


def of(session, model, row_id, *keys):
    with acting(session, SYSTEM):
        found = session.execute(select(*(getattr(model, key) for key in keys)).where(model.id == row_id)).one()
    return tuple(found) if len(keys) > 1 else found[0]


def lines(session, statement_id):
    keys = (StatementLine.line_no, StatementLine.kind, StatementLine.quantity, StatementLine.amount)
    with acting(session, SYSTEM):
        rows = session.execute(
            select(*keys).where(StatementLine.statement_id == statement_id).order_by(StatementLine.line_no)
        )
        return [tuple(row) for row in rows]


def refused(session, actor, noun, move, row_id, answers=None):
    return _cast.refusals(session, _cast.run(session, actor, noun, move, row_id, answers))[0]


# --- statements ----------------------------------------------------------------------------------------------------


def test_what_is_confirmed_is_stated_once_frozen_and_settled(session, world, cast, unit):
    ids = persons(session, unit, 3)
    _cast.done(session, cast[Role.sub_delegation], "person", "confirm_group_pay", ids)
    number = issued(session, cast, world)
    facts = of(session, Statement, number, "status", "number", "line_count", "total", "cap", "committed")

    assert facts == (S.issued, 1, 3, 60000, 1_000_000, 60000)
    assert lines(session, number) == [(no, K.COMMIT, 1, 20000) for no in (1, 2, 3)]
    _cast.done(session, cast[Role.finance], "statement", "settle", number, SETTLE)
    assert _cast.values(session, Person, "payment_status") == [M.group_settled] * 3
    assert refused(session, cast[Role.finance], "statement", "issue", draft(session, cast, world)) == "nothing_due"


def test_what_changes_after_a_statement_stands_on_the_next_one(session, world, cast, unit):
    ids = persons(session, unit, 2)
    _cast.done(session, cast[Role.sub_delegation], "person", "confirm_group_pay", ids)
    first = issued(session, cast, world)
    _cast.done(session, cast[Role.finance], "statement", "settle", first, SETTLE)
    _cast.done(session, cast[Role.sub_delegation], "person", "delete", ids[0], _cast.REASON)
    second = issued(session, cast, world)

    assert lines(session, first) == [(1, K.COMMIT, 1, 20000), (2, K.COMMIT, 1, 20000)]
    assert lines(session, second) == [(1, K.RELEASE, -1, -20000)]
    assert of(session, Statement, second, "number", "total") == (2, -20000)
    assert of(session, Statement, first, "period_to") == of(session, Statement, second, "period_from")
    assert of(session, StatementLine, 1, "person_name", "id_masked") == ("已删除人员", None)
    assert _cast.settings_of(session, world.sub).group_pay_committed == 20000


def test_a_statement_takes_what_came_before_its_end_only(session, world, cast, unit):
    early = _cast.committed(session, unit, P.pending_review)
    late = _cast.committed(session, unit, P.pending_review)
    entry = session.scalars(select(GroupPayEntry).where(GroupPayEntry.person_id == early.id)).one()
    with acting(session, SYSTEM):
        session.connection().execute(
            update(GroupPayEntry).where(GroupPayEntry.id == entry.id).values(at=now() - timedelta(days=9))
        )
        session.commit()
    end = now() - timedelta(days=2)
    number = draft(session, cast, world, period_to=end)
    _cast.done(session, cast[Role.finance], "statement", "issue", number)
    rest = issued(session, cast, world)

    assert [of(session, Statement, each, "line_count") for each in (number, rest)] == [1, 1]
    assert of(session, Statement, number, "period_to") == end
    assert late.id == of(session, StatementLine, 2, "person_id")


def test_statements_are_settled_in_their_order_and_there_is_one_draft_at_a_time(session, world, cast, unit):
    _cast.committed(session, unit, P.pending_review)
    first = issued(session, cast, world)
    _cast.committed(session, unit, P.pending_review)
    second = issued(session, cast, world)

    assert refused(session, cast[Role.finance], "statement", "settle", second, SETTLE) == "older_open"
    _cast.done(session, cast[Role.finance], "statement", "settle", first, SETTLE)
    _cast.done(session, cast[Role.finance], "statement", "settle", second, SETTLE)
    other = draft(session, cast, world)
    with pytest.raises(saving.Invalid, match="已有一份预览"):
        draft(session, cast, world)
    session.rollback()
    _cast.done(session, cast[Role.finance], "statement", "discard", other)
    draft(session, cast, world)
    with pytest.raises(saving.Invalid, match="账期止不能晚于现在"):
        saving.create(
            session, cast[Role.finance], Statement,
            {"delegation_id": world.other_sub.id, "period_to": now() + timedelta(hours=1)},
        )  # fmt: skip


def test_a_unit_that_left_stays_on_its_payers_statement(session, world, cast, unit):
    person = _cast.committed(session, unit, P.pending_review)
    session.commit()
    _cast.done(session, cast[Role.sub_delegation], "unit", "assign", unit.id, {"target": str(world.other_sub.id)})
    number = issued(session, cast, world)

    assert of(session, Statement, number, "total") == 20000
    assert of(session, StatementLine, 1, "person_id", "node_name") == (person.id, world.other_sub.short_name)


def test_of_two_who_issue_at_once_one_wins(sessions, session, world, cast, unit):
    for _ in range(3):
        _cast.committed(session, unit, P.pending_review)
    number = draft(session, cast, world)
    colleague = _cast.clerk_of(session, world.province, Role.finance)
    session.commit()

    def issue(actor):
        def work():
            with sessions(info={"actor": actor}) as own:
                batch = engine.run(own, actor, "statement", "issue", [number])
                own.commit()
                return batch.done

        return work

    done = _together.together([issue(cast[Role.finance]), issue(colleague)])

    assert sorted(done) == [0, 1]
    assert len(_cast.values(session, StatementLine, "id")) == 3
    assert of(session, Statement, number, "line_count", "total", "number") == (3, 60000, 1)


# --- corrections ---------------------------------------------------------------------------------------------------


def correct(session, cast, person_id, decision, payer=""):
    answers = {"decision": decision, "payer": payer, **_cast.REASON}
    return _cast.done(session, cast[Role.secretariat], "person", "correct_group_pay", person_id, answers)


def test_a_wrong_decision_is_taken_back_and_made_anew_with_its_reason(session, world, cast, unit):
    person = _cast.committed(session, unit, P.approved)
    session.commit()
    correct(session, cast, person.id, "cancelled")

    assert of(session, Person, person.id, "payment_status", "payer_id") == (M.unpaid, None)
    assert _cast.live_cards(session, person) == []
    correct(session, cast, person.id, "confirmed", str(world.other_sub.id))
    found = _cast.values(session, GroupPayEntry, "delegation_id", "kind", "amount", "reason")
    why = _cast.REASON["reason"]
    assert found == [
        (world.sub.id, K.COMMIT, 20000, None), (world.sub.id, K.ADJUST, -20000, why), (world.other_sub.id, K.COMMIT, 20000, why),
    ]  # fmt: skip
    assert [version for version, _label in _cast.live_cards(session, person)] == [2]
    correct(session, cast, person.id, "confirmed", str(world.sub.id))
    assert _cast.settings_of(session, world.sub).group_pay_committed == 20000
    assert _cast.settings_of(session, world.other_sub).group_pay_committed == 0


def test_after_the_statement_a_decision_is_corrected_no_more(session, world, cast, unit):
    person = _cast.committed(session, unit, P.pending_review)
    issued(session, cast, world)
    answers = {"decision": "cancelled", "payer": "", **_cast.REASON}

    assert refused(session, cast[Role.secretariat], "person", "correct_group_pay", person.id, answers) == "stated"
    assert of(session, Person, person.id, "payment_status") is M.group_committed


# --- paying oneself ------------------------------------------------------------------------------------------------


def test_a_payment_is_recorded_once_and_queues_the_card(session, cast, unit):
    one, other = persons(session, unit, 2, P.approved)
    _cast.done(session, cast[Role.finance], "person", "record_payment", one, PAY)

    assert _cast.values(session, Payment, "person_id", "kind", "amount", "serial_no") == [
        (one, PaymentKind.RECEIPT, 20000, "BANK-1")
    ]
    assert of(session, Person, one, "payment_status") is M.paid
    with acting(session, SYSTEM):
        assert len(_cast.live_cards(session, session.get_one(Person, one))) == 1
    assert refused(session, cast[Role.finance], "person", "record_payment", other, PAY) == "serial_known"
    with pytest.raises(AnswersInvalid, match="小数最多2位"):
        _cast.run(session, cast[Role.finance], "person", "record_payment", other, {**PAY, "amount": "200.005"})
    session.rollback()


def test_the_deadline_closes_what_is_unpaid_and_a_node_may_be_let_to_commit_late(session, world, cast, unit):
    late, in_time = persons(session, unit, 2, P.approved)
    (out,) = persons(session, unit, 1, P.rejected, **OUT)
    with acting(session, SYSTEM):
        assert payments.close_due(session, now()) == 0
        edition = session.get_one(Edition, world.edition.id)
        edition.pay_closes_at = now() - timedelta(hours=1)
        session.commit()
        assert payments.close_due(session, now()) == 2
        session.commit()
        assert payments.close_due(session, now()) == 0
        session.commit()
    assert of(session, Person, late, "payment_status") is M.closed
    assert of(session, Person, out, "payment_status") is M.unpaid
    yesterday = f"{factories.NOW - timedelta(days=1):%Y-%m-%d}"
    _cast.done(session, cast[Role.finance], "person", "record_payment", in_time, {**PAY, "paid_on": yesterday})
    _cast.done(session, cast[Role.sub_delegation], "person", "commit_late", late)
    assert of(session, Person, late, "payment_status", "payer_id") == (M.group_committed, world.sub.id)
    assert _cast.settings_of(session, world.sub).group_pay_committed == 20000


# --- refunds -------------------------------------------------------------------------------------------------------


def payer(session, unit, **values):
    """A person of the police's queue who has paid."""
    person = _cast.ready_person(session, unit, P.pending_review, payment_status=M.paid, **values)
    _cast.handed_over(session, person)
    session.commit()
    return person.id


REFUND = {"paid_on": TODAY, "serial_no": "BACK-1"}


@pytest.mark.parametrize(
    ("move", "answers", "status"),
    [("refund", REFUND, M.refunded), ("keep", _cast.REASON, M.no_refund)],
)
def test_who_paid_and_is_out_waits_for_finance(session, cast, unit, move, answers, status):
    person = payer(session, unit)
    _cast.done(session, cast[Role.security], "person", "security_not_pass", person)

    assert of(session, Person, person, "payment_status") is M.refunding
    (task,) = _cast.values(session, RefundTask, "id")
    assert of(session, RefundTask, task, "amount", "status", "cause") == (20000, RefundStatus.pending, "rejected")
    _cast.done(session, cast[Role.finance], "refund_task", move, task, answers)
    assert of(session, Person, person, "payment_status") is status
    assert sum(_cast.values(session, Payment, "amount")) == (0 if move == "refund" else 20000)


def test_by_the_editions_policy_nothing_goes_back(session, world, cast, unit):
    person = payer(session, unit)
    with acting(session, SYSTEM):
        session.get_one(Edition, world.edition.id).refunds = False
        session.commit()
    _cast.done(session, cast[Role.secretariat], "person", "delete", person, _cast.REASON)

    assert refused(session, cast[Role.finance], "refund_task", "refund", 1, REFUND) == "no_refunds"
    _cast.done(session, cast[Role.finance], "refund_task", "keep", 1, _cast.REASON)
    assert of(session, RefundTask, 1, "cause", "status") == ("deleted", RefundStatus.kept)


def test_an_upgrade_to_a_free_label_refunds_nothing_by_itself(session, cast, unit):
    person = payer(session, unit)
    for label in ("STAFF", "VIP"):
        _cast.done(session, cast[Role.secretariat], "person", "upgrade_label", person, {"label": label})

    assert of(session, Person, person, "payment_status") is M.paid
    assert _cast.values(session, RefundTask, "cause", "status") == [("upgraded", RefundStatus.pending)]
    _cast.done(session, cast[Role.finance], "refund_task", "refund", 1, REFUND)
    assert of(session, Person, person, "payment_status") is M.waived


# --- differences ---------------------------------------------------------------------------------------------------


def dear(session):
    """Let a new badge cost more than the reuse of an old one."""
    with acting(session, SYSTEM):
        rows = session.scalars(select(Fee).where(Fee.mode == CertMode.reuse, Fee.label == Label.PROFESSIONAL))
        for row in rows:
            row.amount = 15000
        session.commit()


def test_a_reuse_that_ends_costs_its_payer_the_difference(session, world, cast, unit):
    dear(session)
    reuse = {"cert_mode": CertMode.reuse, "group_pay_fee": 15000}
    paid_for = _cast.committed(session, unit, P.pending_review, **reuse)
    (unpaid,) = persons(session, unit, 1, P.pending_review, **reuse)
    first = issued(session, cast, world)
    _cast.done(session, cast[Role.sub_delegation], "unit", "assign", unit.id, {"target": str(world.other_sub.id)})
    second = issued(session, cast, world)

    assert [of(session, Person, each, "group_pay_fee") for each in (paid_for.id, unpaid)] == [20000, 20000]
    assert lines(session, first) == [(1, K.COMMIT, 1, 15000)]
    assert lines(session, second) == [(1, K.ADJUST, 1, 5000)]
    assert _cast.settings_of(session, world.sub).group_pay_committed == 20000


# --- arithmetic ----------------------------------------------------------------------------------------------------

DONE = st.lists(
    st.tuples(st.sampled_from(("confirm", "cancel", "delete", "correct", "state", "settle", "pay")), st.integers(0, 5)),
    max_size=14,
)


@on_sqlite
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=DONE)
def test_whatever_is_done_the_ledger_the_counter_the_fees_and_the_statements_agree(
    session: Session, world, cast, unit, steps
):
    ids = persons(session, unit, 6)
    for step, which in steps:
        act(session, cast, world, step, ids[which])
    session.rollback()
    assert books.check(session) == []
    committed = _cast.settings_of(session, world.sub).group_pay_committed
    assert committed == sum(_cast.values(session, GroupPayEntry, "amount"))
    stated = sum(_cast.values(session, StatementLine, "amount"))
    assert stated == sum(_cast.values(session, Statement, "total"))
    session.rollback()


def act(session, cast, world, step, person_id):
    """Do one thing as whoever may do it; what is refused is refused."""
    clerk, finance, secretary = (cast[role] for role in (Role.sub_delegation, Role.finance, Role.secretariat))
    if step in ("state", "settle"):
        open_ = [row for row in _cast.values(session, Statement, "id", "status") if row[1] in (S.draft, S.issued)]
        if step == "settle" and open_:
            _cast.run(session, finance, "statement", "settle", open_[0][0], SETTLE)
        elif step == "state":
            waiting = next((row[0] for row in open_ if row[1] is S.draft), None) or draft(session, cast, world)
            _cast.run(session, finance, "statement", "issue", waiting)
        return
    who, move, answers = {
        "confirm": (clerk, "confirm_group_pay", {}), "cancel": (clerk, "cancel_group_pay", {}),
        "delete": (clerk, "delete", _cast.REASON),
        "correct": (secretary, "correct_group_pay", {"decision": "cancelled", "payer": "", **_cast.REASON}),
        "pay": (finance, "record_payment", {**PAY, "serial_no": f"B-{person_id}"}),
    }[step]  # fmt: skip
    _cast.run(session, who, "person", move, person_id, answers)
