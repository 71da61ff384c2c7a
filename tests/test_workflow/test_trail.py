"""The trail: no change without its entry, none left by a rollback, every tampering found, nothing secret in clear."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from models import (
    Audit,
    AuditHead,
    Base,
    Intention,
    Label,
    PaymentStatus,
    Person,
    PersonStatus,
    Role,
    Unit,
    UnitStatus,
)
from models.kinds import opened
from tests import factories
from tests.conftest import on_sqlite
from tests.test_workflow import _cast
from workflow import engine, saving, trail
from workflow.actors import SYSTEM, acting, actor_for
from workflow.engine import Selection

U, P = UnitStatus, PersonStatus
RECORDS = {
    "review_record",
    "group_pay_entry",
    "payment",
    "statement_line",
    "security_row",
}  # they are entries themselves: who, when, what
GO_ALONG = {
    "person",
    "intention",
    "attachment",
    "certificate",
    "review_record",
}  # by their unit's key, or with its purge
PLACE = {"delegation_id", "province_id"}


@pytest.fixture
def scene(session, world):
    """A unit in each stage of its way with persons in each stage of theirs, and who works on them."""
    made: dict[str, Any] = {
        "draft": _cast.ready_unit(session, world, world.sub),
        "first": _cast.ready_unit(session, world, world.sub, review_status=U.pending_first),
        "second": _cast.ready_unit(session, world, world.sub, review_status=U.pending_second),
        "approved": _cast.ready_unit(session, world, world.sub, review_status=U.approved),
    }
    for name in ("first", "second", "approved"):
        factories.allocation(session, made[name], Label.VIP, allotted=3, used=1)
        _cast.ready_person(session, made[name], P.submitted, label=Label.VIP)
    made |= {
        "new": _cast.ready_person(session, made["approved"], P.draft),
        "waiting": _cast.ready_person(session, made["approved"], P.pending_confirm),
        "reviewed": _cast.ready_person(session, made["approved"], P.pending_review),
        "carded": _cast.ready_person(session, made["approved"], P.approved, payment_status=PaymentStatus.paid),
    }
    _cast.handed_over(session, made["reviewed"])
    made["clerk"] = actor_for(session, world.accounts[Role.sub_delegation])
    made["secretary"] = actor_for(session, world.accounts[Role.secretariat])
    session.commit()
    return made


def moves(world, vip):
    """Tell who does which move on which row of the scene, with which answers."""
    return [
        ("clerk", "unit", "submit", "draft", {}),
        ("clerk", "unit", "pass_first_review", "first", {}),
        ("clerk", "unit", "return_for_edit", "first", _cast.OPINION),
        ("clerk", "unit", "reject", "first", _cast.OPINION),
        ("clerk", "unit", "delete", "first", _cast.REASON),
        ("secretary", "unit", "pass_second_review", "second", {}),
        ("secretary", "unit", "back_to_first_review", "second", _cast.OPINION),
        ("clerk", "unit", "assign", "first", {"target": str(world.other_sub.id)}),
        ("clerk", "unit", "request_transfer", "first", {"target": str(world.foreign_sub.id)}),
        ("secretary", "unit", "withdraw_approval", "approved", _cast.REASON),
        ("clerk", "person", "submit", "new", {}),
        ("clerk", "person", "confirm_group_pay", "waiting", {}),
        ("clerk", "person", "cancel_group_pay", "waiting", {}),
        ("clerk", "person", "change_label", "waiting", vip),
        ("clerk", "person", "return_for_edit", "reviewed", _cast.OPINION),
        ("secretary", "person", "security_pass", "reviewed", {}),
        ("secretary", "person", "security_not_pass", "reviewed", {}),
        ("clerk", "person", "upgrade_label", "carded", vip),
        ("clerk", "person", "upgrade_label", "carded", {**vip, "from_pool": "y"}),
        ("clerk", "person", "delete", "carded", _cast.REASON),
    ]


def entries(session):
    """Return the trail's (noun, id) pairs and its length."""
    with acting(session, SYSTEM):
        rows = session.execute(select(Audit.noun, Audit.object_id).order_by(Audit.id)).all()
    return [tuple(row) for row in rows]


def changed(before, after):
    """Return (table, id, changed columns) of every row that differs between two pictures of the business tables."""
    found = []
    for table, rows in after.items():
        names = [column.name for column in Base.metadata.tables[table].columns]
        for row_id in rows.keys() | before[table].keys():
            old, new = before[table].get(row_id), rows.get(row_id)
            if old != new:
                pairs = zip(names, old or [None] * len(names), new or [None] * len(names), strict=True)
                found.append((table, row_id, {name for name, was, is_ in pairs if was != is_}, new is None))
    return found


def unexplained(before, after, told):
    """Return the changed rows of which neither their own entry nor their unit's tells."""
    return [
        (table, row_id, columns)
        for table, row_id, columns, gone in changed(before, after)
        if (table, row_id) not in told
        and table not in RECORDS
        and not (table in GO_ALONG and (columns <= PLACE or gone))
    ]


def test_every_change_of_a_move_has_its_entry_and_a_rollback_leaves_neither(session, world, scene):
    start, whole = len(entries(session)), _cast.business(session)
    session.rollback()
    mute = []
    for who, noun, move, row, answers in moves(world, {"label": "VIP"}):
        with acting(session, scene[who]):
            batch = engine.run(session, scene[who], noun, move, [scene[row].id], answers)
        assert _cast.refusals(session, batch) == [None], (noun, move)
        told = {(entry["noun"], entry["object_id"]) for entry in session.info["trail"]}
        after = _cast.business(session)
        assert (noun, scene[row].id) in told
        assert changed(whole, after) != []
        mute += [(noun, move, *row) for row in unexplained(whole, after, told)]
        session.rollback()
        assert (len(entries(session)), _cast.business(session)) == (start, whole)
        session.rollback()

    assert mute == []


def test_the_entries_of_a_move_say_what_is_stored(session, world, scene):
    for who, noun, move, row, answers in moves(world, {"label": "VIP"})[:1]:
        _cast.done(session, scene[who], noun, move, scene[row].id, answers)
    _cast.done(session, scene["clerk"], "person", "confirm_group_pay", scene["waiting"].id)
    with acting(session, SYSTEM):
        own = (
            select(Audit)
            .where(Audit.noun == "person", Audit.object_id == scene["waiting"].id)
            .order_by(Audit.id.desc())
        )
        entry = session.scalars(own).first()
        person = session.get_one(Person, scene["waiting"].id)
        stored = {key: trail.plain(getattr(person, key)) for key in json.loads(entry.changes)}

    assert (entry.actor, entry.role, entry.action) == (
        scene["clerk"].name,
        "sub_delegation",
        "person.confirm_group_pay",
    )
    assert {key: pair[1] for key, pair in json.loads(entry.changes).items()} == stored
    assert json.loads(entry.changes)["group_pay_fee"] == [None, 20000]


def test_plain_writes_leave_one_entry_per_row_and_a_rollback_none(session, scene):
    clerk, unit = scene["clerk"], scene["first"]
    start, whole = len(entries(session)), _cast.business(session)
    for finish in (session.rollback, session.commit):
        saving.edit(session, clerk, session.get_one(Unit, unit.id), {"address": "鼓楼区五四路2号"}, 1)
        values = {"unit_id": str(unit.id), "zone": "食品及农产品", "product": "橄榄油"}
        made = saving.create(session, clerk, Intention, values).id
        with acting(session, clerk):
            session.get_one(Unit, scene["second"].id).remark = "直接修改"
            session.flush()
        finish()
    told = entries(session)[start:]

    assert sorted(told) == sorted([("unit", unit.id), ("intention", made), ("unit", scene["second"].id)])
    assert unexplained(whole, _cast.business(session), set(told)) == []


def test_a_savepoint_taken_back_forgets_its_own_entries_and_keeps_the_earlier(session, scene):
    start = len(entries(session))
    session.get_one(Unit, scene["first"].id).remark = "留下"
    session.flush()
    nested = session.begin_nested()
    session.get_one(Unit, scene["second"].id).remark = "撤回"
    session.flush()
    nested.rollback()
    with session.begin_nested():
        session.get_one(Unit, scene["approved"].id).remark = "也留下"
    session.commit()

    assert entries(session)[start:] == [("unit", scene["first"].id), ("unit", scene["approved"].id)]
    assert session.get_one(Unit, scene["second"].id, populate_existing=True).remark is None


def test_an_undo_is_told_with_the_values_put_back(session, scene):
    batch = _cast.done(session, scene["clerk"], "unit", "return_for_edit", scene["first"].id, _cast.OPINION)
    with acting(session, scene["clerk"]):
        engine.undo(session, scene["clerk"], batch)
        session.commit()
    with acting(session, SYSTEM):
        last = session.scalars(select(Audit).order_by(Audit.id.desc())).first()

    assert last.action == "unit.undo:return_for_edit"
    assert json.loads(last.changes)["review_status"] == ["returned", "pending_first"]


# --- tampering ---------------------------------------------------------------------------------------------------


def _sql(session, *statements):
    for statement in statements:
        session.connection().execute(statement)


def _swap(session):
    two = session.connection().execute(select(Audit).where(Audit.id.in_((3, 4))).order_by(Audit.id)).mappings().all()
    for row, other in zip(two, reversed(two), strict=True):
        values = {key: value for key, value in other.items() if key not in ("id", "hash")}
        _sql(session, update(Audit).where(Audit.id == row["id"]).values(values))


def _insert(session):
    last = session.connection().execute(select(Audit).order_by(Audit.id.desc())).mappings().first()
    _sql(session, insert(Audit).values({**last, "id": last["id"] + 1, "actor": "李四"}))


def _cut(session, count=2):
    last = session.connection().scalar(select(func.max(Audit.id)))
    _sql(session, delete(Audit).where(Audit.id > last - count))
    return last - count


def _cut_and_mend(session):
    """Cut the tail and set the head back to the last row that is left: what it holds lies open in the table."""
    last = _cut(session)
    left = session.connection().scalar(select(Audit.hash).where(Audit.id == last))
    _sql(session, update(AuditHead).values(last_id=last, hash=left))


def _drop(*ids):
    return lambda session: _sql(session, delete(Audit).where(Audit.id.in_(ids)))


def _edit(**values):
    return lambda session: _sql(session, update(Audit).where(Audit.id == 3).values(values))


MISSING, WRONG, CUT = "审计日志第 3 条缺失", "审计日志第 3 条与校验值不符", "审计日志末尾"
TAMPERINGS = {
    "who": (_edit(actor="李四"), WRONG), "when": (_edit(at=factories.NOW), WRONG), "what": (_edit(changes="{}"), WRONG),
    "why": (_edit(reason="别的理由"), WRONG), "whose": (_edit(account_id=1), WRONG), "which": (_edit(object_id=9), WRONG),
    "hash": (_edit(hash="0" * 64), WRONG), "delete": (_drop(3), MISSING), "delete many": (_drop(3, 4), MISSING),
    "swap": (_swap, WRONG), "insert": (_insert, "与校验值不符"), "cut the tail": (_cut, CUT),
    "cut and mend the head": (_cut_and_mend, CUT),
    "forget the head": (lambda session: _sql(session, delete(AuditHead)), CUT),
    "wipe": (lambda session: _sql(session, delete(Audit)), CUT),
    "head forward": (lambda session: _sql(session, update(AuditHead).values(last_id=AuditHead.last_id + 1)), CUT),
}  # fmt: skip


def test_every_tampering_is_found_and_named(session, scene):
    _cast.done(session, scene["clerk"], "unit", "submit", scene["draft"].id)
    assert trail.first_break(session) is None
    session.rollback()
    found = {}
    for name, (tamper, _) in TAMPERINGS.items():
        tamper(session)
        found[name] = trail.first_break(session) or "nothing found"
        session.rollback()

    assert {name: sentence for name, sentence in found.items() if TAMPERINGS[name][1] not in sentence} == {}
    assert trail.first_break(session) is None


def test_an_empty_trail_holds(session):
    assert trail.first_break(session) is None


def test_ids_are_dense_whatever_was_rolled_back(session, scene):
    for number in range(6):
        session.get_one(Unit, scene["first"].id).remark = f"第{number}次"
        session.flush()
        if number % 2:
            session.rollback()
        else:
            session.commit()
    numbers = _cast.values(session, Audit, "id")

    assert numbers == list(range(1, len(numbers) + 1))


# --- what is secret ----------------------------------------------------------------------------------------------

ID_NO, OTHER_ID, MOBILE, OTHER_MOBILE, RECEIVER = (
    factories.resident_id(777_001), factories.resident_id(777_003), "13877770001", "13877770002", "13877770003",
)  # fmt: skip
EMAIL = "canary.zhang@example.com"
CANARIES = (ID_NO, OTHER_ID, MOBILE, OTHER_MOBILE, RECEIVER)
FORM = {
    "name": "欧阳金丝", "id_type": "RESIDENT_ID", "id_no": ID_NO, "title": "经理", "mobile": MOBILE, "email": EMAIL,
    "label": "PROFESSIONAL", "period": "FULL", "cert_mode": "new", "get_method": "MAIL", "recv_name": "欧阳金丝",
    "recv_mobile": RECEIVER, "recv_region": "福建省福州市鼓楼区", "recv_address": "五四路1号", "nationality": "CHN", "consent": "y",
}  # fmt: skip


@pytest.fixture
def canary(session, scene):
    """Let a person with known numbers live through forms and moves, be refused, and be deleted."""
    clerk, unit = scene["clerk"], scene["approved"]
    with pytest.raises(saving.Invalid):
        saving.create(session, clerk, Person, {**FORM, "unit_id": str(unit.id), "title": ""})
    person = saving.create(session, clerk, Person, {**FORM, "unit_id": str(unit.id)})
    session.commit()
    saving.edit(session, clerk, person, {"id_no": OTHER_ID, "mobile": OTHER_MOBILE}, person.row_version)
    session.commit()
    assert opened(person, "id_no") == OTHER_ID
    with acting(session, clerk):
        batch = engine.preview(session, clerk, "person", "delete", Selection.of_ids([person.id]))
        session.commit()
        engine.confirm(session, clerk, batch, _cast.REASON, engine.look(session, batch).signature)
        session.commit()
    return person.id


@pytest.mark.usefixtures("canary")
def test_no_number_is_in_clear_in_any_table(session):
    kept, trail_text = [], "".join(session.scalars(select(Audit.changes)))  # the keys are at hand from here on
    for table in Base.metadata.sorted_tables:
        for row in session.connection().execute(select(table)):
            text = "|".join(value.hex() if isinstance(value, bytes) else str(value) for value in row)
            kept += [(table.name, canary) for canary in CANARIES if canary in text]

    assert kept == []
    assert EMAIL not in trail_text
    assert "138****0002" in trail_text


@on_sqlite
@pytest.mark.usefixtures("canary")
def test_no_number_is_in_clear_in_the_file_or_its_log(database, session):
    path = database.url.removeprefix("sqlite:///")
    stored = b"".join(Path(f"{path}{suffix}").read_bytes() for suffix in ("", "-wal"))
    session.rollback()

    assert "欧阳金丝".encode() in stored  # the log of a moment ago is there to be read
    assert [canary for canary in CANARIES if canary.encode() in stored] == []


def test_the_trail_tells_a_move_before_what_it_entailed(session, scene):
    _cast.done(session, scene["clerk"], "unit", "submit", scene["draft"].id)
    with acting(session, SYSTEM):
        own = select(Audit.action, Audit.changes).where(Audit.noun == "unit", Audit.object_id == scene["draft"].id)
        told = [
            (action, json.loads(changes).get("review_status"))
            for action, changes in session.execute(own.order_by(Audit.id))
        ]

    assert told[1:] == [
        ("unit.submit", ["draft", "auto_check"]),
        ("unit.not_recognised", ["auto_check", "pending_first"]),
    ]
