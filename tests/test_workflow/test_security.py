"""Hand-over batches of the police check: who goes in, what ends a row, who is told of whom (DOMAIN §1.2 P8–P12)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from models import (
    Attachment,
    AttachmentKind,
    Audit,
    Person,
    PersonStatus,
    Role,
    SecurityBatch,
    SecurityBatchStatus,
    SecurityKind,
    SecurityRow,
    SecurityRowStatus,
    SecurityStatus,
    Sex,
    Unit,
    UnitStatus,
)
from models.kinds import opened
from tests import factories
from tests.test_workflow import _cast
from workflow import books, engine, saving, security
from workflow.actors import SYSTEM, acting
from workflow.figures import overdue
from workflow.moves import Context
from workflow.sessions import writing_sets

P, R, K, Y = PersonStatus, SecurityRowStatus, SecurityKind, SecurityStatus
pytestmark = pytest.mark.usefixtures("clean_books")


@pytest.fixture
def unit(session, world):
    made = _cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved)
    session.commit()
    return made


def waiting(session, unit, *names):
    made = [_cast.ready_person(session, unit, P.pending_review, name=name) for name in names]
    session.commit()
    return made


def hand_over(session, cast, *persons):
    return _cast.done(
        session, cast[Role.secretariat], "person", "hand_over_to_security", [person.id for person in persons]
    )


def rows(session, *keys):
    return _cast.values(session, SecurityRow, *keys)


def test_a_batch_freezes_whom_it_hands_over(session, cast, unit):
    first, second = waiting(session, unit, "王一", "王二")
    hand_over(session, cast, first, second)
    with acting(session, SYSTEM):
        batch = session.scalars(select(SecurityBatch)).one()
        row = session.scalars(select(SecurityRow).order_by(SecurityRow.number)).first()
        facts = [(getattr(row, key), getattr(first, key)) for key in security.COPIED]
        facts += [(opened(row, key), opened(first, key)) for key in security.SEALED]
    assert [kept for kept, own in facts if kept != own] == []
    assert (row.unit_name, row.uscc, row.node_name, row.kind) == (unit.name, unit.uscc, "福州分团", K.ADDED)
    assert (batch.number[-4:], batch.added, batch.changed, batch.withdrawn, batch.waiting) == ("-001", 2, 0, 0, 2)
    assert (batch.delegation_id, batch.made_by_id) == (batch.province_id, cast[Role.secretariat].account_id)
    assert _cast.values(session, Person, "security_status") == [Y.sent, Y.sent]


def test_nobody_is_in_two_open_batches(session, cast, unit):
    first, second = waiting(session, unit, "王一", "王二")
    hand_over(session, cast, first)
    batch = _cast.run(session, cast[Role.secretariat], "person", "hand_over_to_security", [first.id, second.id])
    assert _cast.refusals(session, batch) == ["sent", None]
    assert rows(session, "person_id") == [first.id, second.id]
    again = _cast.run(session, cast[Role.secretariat], "person", "hand_over_to_security", [first.id, second.id])
    assert (again.done, len(_cast.values(session, SecurityBatch, "id"))) == (0, 2)
    twice = update(SecurityRow).where(SecurityRow.person_id == second.id).values(person_id=first.id)
    with acting(session, SYSTEM), writing_sets(session), pytest.raises(IntegrityError):
        session.execute(twice)


@pytest.mark.parametrize(
    ("move", "result", "status"),
    [
        ("security_pass", Y.passed, P.approved), ("security_data_wrong", Y.data_wrong, P.returned),
        ("security_not_pass", Y.not_passed, P.rejected),
    ],
)  # fmt: skip
def test_a_result_ends_the_row_and_the_last_one_closes_the_batch(session, cast, unit, move, result, status):
    first, second = waiting(session, unit, "王一", "王二")
    hand_over(session, cast, first, second)
    _cast.done(session, cast[Role.security], "person", move, first.id)
    assert rows(session, "status", "result") == [(R.answered, result), (R.open, None)]
    assert rows(session, "waiting_since")[0] is None
    assert rows(session, "answered_by_id")[0] == cast[Role.security].account_id
    assert _cast.values(session, SecurityBatch, "waiting", "status") == [(1, SecurityBatchStatus.ready)]
    assert _cast.values(session, Person, "review_status")[0] is status
    _cast.done(session, cast[Role.security], "person", "security_pass", second.id)
    assert _cast.values(session, SecurityBatch, "waiting", "status") == [(0, SecurityBatchStatus.closed)]


def test_who_was_not_handed_over_gets_no_result(session, cast, unit):
    (person,) = waiting(session, unit, "王一")
    batch = _cast.run(session, cast[Role.secretariat], "person", "security_pass", person.id)
    assert _cast.refusals(session, batch) == ["not_sent"]
    with acting(session, cast[Role.security]), pytest.raises(engine.ForeignRows):
        engine.run(session, cast[Role.security], "person", "security_pass", [person.id])


PAPER = {"id_type": "FOREIGN_PR", "id_no": "911398199012310021", "birth_date": "1990-12-31", "sex": "F"}
CHANGES = {
    "name": "王改名", "name_en": "WANG WU", "birth_date": "1971-02-03", "nationality": "HKG", "id_type": "PASSPORT",
    "id_no": "E12345678",
}  # fmt: skip


@pytest.mark.parametrize("key", security.IDENTITY)
def test_each_identity_field_that_changes_makes_the_open_row_worthless(session, cast, unit, key):
    (person,) = waiting(session, unit, "王一")
    with acting(session, SYSTEM):
        more = {
            "id_type": "PASSPORT",
            "id_no": "E87654321",
            "id_expiry": date(2099, 1, 1),
            "name_en": "WANG",
            "nationality": "USA",
        }
        for name, value in more.items():
            setattr(person, name, value)
        session.commit()
    hand_over(session, cast, person)
    before = dict(_cast.values(session, Person, "id", "row_version"))
    given = PAPER if key == "id_type" else {key: CHANGES.get(key, "F" if person.sex is Sex.M else "M")}
    with acting(session, cast[Role.secretariat]):
        found = session.get_one(Person, person.id, populate_existing=True)
        saving.edit(session, cast[Role.secretariat], found, given, before[person.id])
        session.commit()
    assert rows(session, "status") == [R.stale]
    assert _cast.values(session, Person, "security_status", "review_status") == [(Y.none, P.pending_review)]
    assert _cast.values(session, SecurityBatch, "status") == [SecurityBatchStatus.closed]
    hand_over(session, cast, person)
    assert rows(session, "kind", "status") == [(K.ADDED, R.stale), (K.CHANGED, R.open)]


def test_another_title_changes_nothing_and_another_portrait_does(session, cast, unit):
    (person,) = waiting(session, unit, "王一")
    hand_over(session, cast, person)
    with acting(session, cast[Role.secretariat]):
        found = session.get_one(Person, person.id, populate_existing=True)
        saving.edit(session, cast[Role.secretariat], found, {"title": "董事长"}, found.row_version)
        session.commit()
    assert rows(session, "status") == [R.open]
    facts = {
        "filename": "新.jpg",
        "media_type": "image/jpeg",
        "size": 1,
        "sha256": "1" * 64,
        "kind": AttachmentKind.PHOTO,
    }
    given = {"unit_id": str(unit.id), "person_id": str(person.id), "kind": "PHOTO"}
    with acting(session, cast[Role.secretariat]):
        machine = {key: facts[key] for key in ("filename", "media_type", "size", "sha256")}
        saving.create(session, cast[Role.secretariat], Attachment, given, machine)
        session.commit()
    assert rows(session, "status") == [R.stale]


def test_a_return_keeps_the_row_and_resubmitting_ends_it(session, cast, unit):
    (person,) = waiting(session, unit, "王一")
    hand_over(session, cast, person)
    _cast.done(session, cast[Role.sub_delegation], "person", "return_for_edit", person.id, _cast.OPINION)
    assert rows(session, "status") == [R.open]
    _cast.done(session, cast[Role.sub_delegation], "person", "resubmit", person.id)
    assert rows(session, "status") == [R.stale]
    hand_over(session, cast, person)
    assert rows(session, "kind") == [K.ADDED, K.CHANGED]


def leave_by_delete(session, cast, _unit, person, _world):
    _cast.done(session, cast[Role.sub_delegation], "person", "delete", person.id, _cast.REASON)


def leave_by_unit(session, cast, unit, _person, _world):
    _cast.put(unit, review_status=UnitStatus.pending_second)
    session.commit()
    _cast.done(session, cast[Role.secretariat], "unit", "reject", unit.id, _cast.OPINION)


def leave_by_transfer(session, cast, unit, _person, world):
    request = _cast.request(session, unit, world.foreign_sub)
    session.commit()
    _cast.done(
        session,
        _cast.clerk_of(session, world.foreign_sub),
        "transfer_request",
        "accept",
        request.id,
        {"answer": "同意接收单位"},
    )
    assert cast


def leave_the_province(session, cast, unit, _person, _world):
    request = _cast.request_outside(session, unit)
    session.commit()
    _cast.done(session, cast[Role.secretariat], "transfer_request", "hand_over", request.id, {"answer": "同意转出"})


ROADS_OUT = [leave_by_delete, leave_by_unit, leave_by_transfer, leave_the_province]


@pytest.mark.parametrize("leave", ROADS_OUT)
def test_who_left_is_a_withdrawal_in_the_next_batch_and_in_no_other(session, cast, unit, world, leave):
    other_unit = _cast.ready_unit(session, world, world.other_sub, review_status=UnitStatus.approved)
    person, later, last = (
        waiting(session, of, name)[0] for of, name in ((unit, "王一"), (other_unit, "王二"), (other_unit, "王三"))
    )
    hand_over(session, cast, person)
    leave(session, cast, unit, person, world)
    assert rows(session, "status") == [R.withdrawn]
    assert _cast.values(session, SecurityBatch, "waiting") == [0]
    hand_over(session, cast, later)
    told = [(K.ADDED, R.withdrawn), (K.ADDED, R.open), (K.WITHDRAWN, R.told)]
    assert sorted(rows(session, "kind", "status"), key=str) == sorted(told, key=str)
    assert _cast.values(session, SecurityBatch, "withdrawn") == [0, 1]
    hand_over(session, cast, last)
    assert _cast.values(session, SecurityBatch, "withdrawn") == [0, 1, 0]


def recall(session, cast, which):
    batch_id = _cast.values(session, SecurityBatch, "id")[which]
    _cast.done(session, cast[Role.secretariat], "security_batch", "recall_batch", batch_id, _cast.REASON)


def test_a_withdrawal_in_a_batch_that_was_recalled_is_told_in_the_next(session, cast, unit, world):
    (person,) = waiting(session, unit, "王一")
    hand_over(session, cast, person)
    leave_by_delete(session, cast, unit, person, world)
    withdraw(session, cast)
    recall(session, cast, 1)
    assert rows(session, "kind", "status") == [(K.ADDED, R.withdrawn), (K.WITHDRAWN, R.recalled)]
    withdraw(session, cast)
    assert rows(session, "kind", "status")[2:] == [(K.WITHDRAWN, R.told)]
    assert withdraw(session, cast) is None


def withdraw(session, cast):
    with acting(session, cast[Role.secretariat]):
        made = security.hand_over_withdrawals(Context(session, cast[Role.secretariat], factories.NOW))
        session.commit()
    return made


def test_whoever_was_changed_in_a_batch_that_was_recalled_and_leaves_is_a_withdrawal(session, cast, unit, world):
    (person,) = waiting(session, unit, "王一")
    hand_over(session, cast, person)
    with acting(session, cast[Role.secretariat]):
        found = session.get_one(Person, person.id, populate_existing=True)
        saving.edit(session, cast[Role.secretariat], found, {"name": "王改名"}, found.row_version)
        session.commit()
    hand_over(session, cast, person)
    recall(session, cast, 1)
    assert rows(session, "kind", "status") == [(K.ADDED, R.stale), (K.CHANGED, R.recalled)]
    leave_by_delete(session, cast, unit, person, world)
    withdraw(session, cast)
    assert rows(session, "kind", "status", "earlier_id")[2:] == [(K.WITHDRAWN, R.told, 1)]


def test_whoever_was_only_in_a_batch_that_was_recalled_is_no_withdrawal(session, cast, unit, world):
    (person,) = waiting(session, unit, "王一")
    hand_over(session, cast, person)
    recall(session, cast, 0)
    leave_by_delete(session, cast, unit, person, world)
    assert withdraw(session, cast) is None


def test_a_person_handed_over_in_another_province_is_new_there_and_a_withdrawal_here(session, cast, unit, world):
    (person,) = waiting(session, unit, "王一")
    hand_over(session, cast, person)
    leave_by_transfer(session, cast, unit, person, world)
    session.rollback()
    _cast.put(session.get_one(Unit, unit.id, populate_existing=True), review_status=UnitStatus.approved)
    _cast.put(session.get_one(Person, person.id, populate_existing=True), review_status=P.pending_review)
    session.commit()
    there = _cast.clerk_of(session, world.other_province, Role.secretariat)
    session.commit()
    _cast.done(session, there, "person", "hand_over_to_security", person.id)
    assert rows(session, "kind", "earlier_id")[1:] == [(K.ADDED, None)]
    withdraw(session, cast)
    assert rows(session, "kind", "province_id")[2:] == [(K.WITHDRAWN, world.province.id)]


@pytest.mark.parametrize("leave", ROADS_OUT)
def test_who_left_waits_for_nothing_even_when_the_batch_is_recalled(session, cast, unit, world, leave):
    other_unit = _cast.ready_unit(session, world, world.other_sub, review_status=UnitStatus.approved)
    (person,), (stays,) = waiting(session, unit, "王一"), waiting(session, other_unit, "王二")
    hand_over(session, cast, person, stays)
    leave(session, cast, unit, person, world)
    assert _cast.values(session, Person, "security_status") == [Y.none, Y.sent]
    recall(session, cast, 0)
    assert _cast.values(session, Person, "security_status") == [Y.none, Y.none]
    assert rows(session, "status") == [R.withdrawn, R.recalled]
    assert books.check(session) == []


def test_withdrawals_alone_make_a_batch(session, cast, unit, world):
    (person,) = waiting(session, unit, "王一")
    hand_over(session, cast, person)
    leave_by_delete(session, cast, unit, person, world)
    with acting(session, cast[Role.secretariat]):
        context = Context(session, cast[Role.secretariat], factories.NOW)
        made = security.hand_over_withdrawals(context)
        session.commit()
        assert made is not None
        assert (made.withdrawn, made.waiting, made.status) == (1, 0, SecurityBatchStatus.ready)
        assert security.hand_over_withdrawals(context) is None
    _cast.done(
        session, cast[Role.secretariat], "security_batch", "register_pickup", made.id, {"taken_by": "市公安局 张三"}
    )
    assert _cast.values(session, SecurityBatch, "status")[-1] is SecurityBatchStatus.closed
    assert _cast.values(session, SecurityBatch, "taken_by")[-1] == "市公安局 张三"


def test_of_a_deleted_person_no_row_keeps_anything_personal(session, cast, unit, world):
    (person,) = waiting(session, unit, "王一")
    hand_over(session, cast, person)
    with acting(session, SYSTEM):
        row = session.scalars(select(SecurityRow)).one()
        row.reason_code, row.reason_detail = "A1", "曾用名不符"
        session.commit()
    leave_by_delete(session, cast, unit, person, world)
    keys = (
        "name",
        "name_en",
        "sex",
        "birth_date",
        "id_no",
        "id_no_index",
        "id_no_tail",
        "mobile",
        "reason_code",
        "reason_detail",
    )
    assert rows(session, *keys) == [("已删除人员", *[None] * 9)]


def test_recalling_a_batch_frees_its_persons_and_keeps_what_is_known(session, cast, unit):
    first, second = waiting(session, unit, "王一", "王二")
    hand_over(session, cast, first, second)
    _cast.done(session, cast[Role.security], "person", "security_pass", first.id)
    batch_id = _cast.values(session, SecurityBatch, "id")[0]
    _cast.done(session, cast[Role.secretariat], "security_batch", "recall_batch", batch_id, _cast.REASON)
    assert rows(session, "status") == [R.answered, R.recalled]
    assert _cast.values(session, Person, "security_status") == [Y.passed, Y.none]
    assert _cast.values(session, SecurityBatch, "status", "waiting") == [(SecurityBatchStatus.recalled, 0)]
    hand_over(session, cast, second)
    assert rows(session, "kind", "status")[-1] == (K.ADDED, R.open)


def test_waiting_is_late_after_seven_days_at_home_and_fifteen_abroad(session, cast, unit):
    home, abroad = waiting(session, unit, "王一", "王二")
    hand_over(session, cast, home, abroad)
    late = {}
    for days in (7, 8, 15, 16):
        with acting(session, SYSTEM):
            kinds = {home.id: "RESIDENT_ID", abroad.id: "PASSPORT"}
            for row in session.scalars(select(SecurityRow)):
                row.waiting_since, row.id_type = factories.NOW - timedelta(days=days), kinds[row.person_id]
            session.flush()
            late[days] = set(session.scalars(select(SecurityRow.person_id).where(overdue())))
            session.rollback()
    assert late == {7: set(), 8: {home.id}, 15: {home.id}, 16: {home.id, abroad.id}}


def test_sub_delegations_and_auditors_read_no_row_and_the_trail_no_reason(session, cast, unit):
    (person,) = waiting(session, unit, "王一")
    hand_over(session, cast, person)
    with acting(session, SYSTEM):
        row = session.scalars(select(SecurityRow)).one()
    with acting(session, cast[Role.secretariat]), pytest.raises(saving.Invalid, match="审核结果"):
        saving.edit(session, cast[Role.secretariat], row, {"reason_detail": "曾用名不符"}, row.row_version)
    session.rollback()
    _cast.done(session, cast[Role.security], "person", "security_data_wrong", person.id)
    with acting(session, cast[Role.security]):
        row = session.scalars(select(SecurityRow)).one()
        saving.edit(
            session, cast[Role.security], row, {"reason_code": "C-07", "reason_detail": "曾用名不符"}, row.row_version
        )
        session.commit()
    with acting(session, SYSTEM):
        assert opened(session.scalars(select(SecurityRow)).one(), "reason_detail") == "曾用名不符"
        assert [text for text in session.scalars(select(Audit.changes)) if "曾用名" in text or "C-07" in text] == []
        opinion = session.scalars(select(Person.opinion)).one()
    assert opinion is not None
    assert "曾用名" not in opinion
    with acting(session, cast[Role.sub_delegation]):
        assert session.scalars(select(SecurityRow.id)).all() == []
