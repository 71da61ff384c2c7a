"""The engine: preview, confirm, receipt, undo, and what each move does to the rows around it."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Attachment,
    AttachmentKind,
    Batch,
    Certificate,
    CertificateStatus,
    DelegationEdition,
    GroupPayEntry,
    Label,
    Outcome,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    QuotaPool,
    ReviewRecord,
    Role,
    Unit,
    UnitStatus,
)
from tests import factories
from workflow import engine
from workflow.actors import SYSTEM, Actor, Forbidden, acting, actor_for
from workflow.answers import AnswersInvalid
from workflow.engine import Changed, Confirmed, ForeignRows, Selection

OPINION = {"opinion": "执照照片不清晰，请重新上传"}
pytestmark = pytest.mark.usefixtures("clean_books")


def actor(session: Session, world: factories.World, role: Role = Role.sub_delegation) -> Actor:
    found = actor_for(session, world.accounts[role])
    session.info["actor"] = found
    return found


def states(session: Session, model: Any, column: str) -> list[object]:
    with acting(session, SYSTEM):
        return list(session.scalars(select(getattr(model, column)).order_by(model.id)))


def test_return_for_edit_of_two_units_of_three_shows_the_opinion_and_accounts_for_every_row(session, world):
    with acting(session, SYSTEM):
        units = [
            factories.unit(session, world.edition, world.sub, review_status=state)
            for state in (UnitStatus.pending_first, UnitStatus.draft, UnitStatus.pending_first)
        ]
        session.commit()
    clerk = actor(session, world)
    batch = engine.preview(session, clerk, "unit", "return_for_edit", Selection.of_ids([unit.id for unit in units]))
    seen = engine.look(session, batch)
    assert (seen.will, seen.cannot) == (2, 1)
    assert [refused.sentence for refused in seen.refusals] == ["当前状态“待提交”不能“退回修改”，须为：待初审、待复审"]
    done = engine.confirm(session, clerk, batch, OPINION, seen.signature)
    session.commit()
    assert isinstance(done, Confirmed)
    assert states(session, Unit, "review_status") == [UnitStatus.returned, UnitStatus.draft, UnitStatus.returned]
    assert states(session, Unit, "opinion") == [OPINION["opinion"], None, OPINION["opinion"]]
    rows = engine.receipt_rows(session, batch)
    assert [(row.before, row.after, row.outcome) for row in rows] == [
        ("pending_first", "returned", Outcome.done), ("draft", None, Outcome.refused), ("pending_first", "returned", Outcome.done),
    ]  # fmt: skip
    with acting(session, SYSTEM):
        assert len(session.scalars(select(ReviewRecord)).all()) == 2


def test_an_undone_batch_puts_back_what_nobody_touched_since(session, world):
    with acting(session, SYSTEM):
        units = [
            factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first) for _ in range(2)
        ]
        session.commit()
    clerk = actor(session, world)
    batch = engine.run(session, clerk, "unit", "return_for_edit", [unit.id for unit in units], OPINION)
    session.commit()
    with acting(session, SYSTEM):
        session.get_one(Unit, units[0].id).remark = "改"
        session.get_one(Unit, units[0].id).row_version += 1
        session.commit()
    back = engine.undo(session, clerk, batch)
    session.commit()
    assert (back.done, back.refused) == (1, 1)
    assert states(session, Unit, "review_status") == [UnitStatus.returned, UnitStatus.pending_first]
    assert states(session, Unit, "opinion") == [OPINION["opinion"], None]


def test_group_pay_over_a_short_cap_confirms_the_first_that_fit_only_when_agreed(session, world):
    with acting(session, SYSTEM):
        unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.approved)
        for _ in range(5):
            factories.person(session, unit, review_status=PersonStatus.pending_confirm)
        factories.allocation(session, unit, Label.VIP, used=1)
        factories.person(session, unit, review_status=PersonStatus.pending_confirm, label=Label.VIP)
        node = session.scalars(select(DelegationEdition).where(DelegationEdition.delegation_id == world.sub.id)).one()
        node.group_pay_cap = 60000
        session.commit()
    clerk = actor(session, world)
    batch = engine.preview(
        session, clerk, "person", "confirm_group_pay", Selection.matching([Person.unit_id == unit.id])
    )
    seen = engine.look(session, batch)
    assert seen.budget is not None
    assert (seen.budget.needed, seen.budget.left, seen.budget.short, seen.will) == (100000, 60000, True, 4)
    with pytest.raises(AnswersInvalid):
        engine.confirm(session, clerk, batch, {}, seen.signature)
    session.rollback()
    batch = engine.preview(
        session, clerk, "person", "confirm_group_pay", Selection.matching([Person.unit_id == unit.id])
    )
    engine.confirm(session, clerk, batch, {}, engine.look(session, batch).signature, accept_partial=True)
    session.commit()
    assert states(session, Person, "payment_status") == [PaymentStatus.group_committed] * 3 + [
        PaymentStatus.undecided
    ] * 2 + [PaymentStatus.waived]
    with acting(session, SYSTEM):
        assert session.scalars(select(GroupPayEntry.amount)).all() == [20000] * 3
        assert (
            session.scalars(
                select(DelegationEdition.group_pay_committed).where(DelegationEdition.delegation_id == world.sub.id)
            ).one()
            == 60000
        )


def test_the_whole_way_of_a_unit_with_a_person_to_an_upgraded_card(session, world):
    with acting(session, SYSTEM):
        unit = factories.unit(session, world.edition, world.sub)
        factories.intention(session, unit)
        person = factories.person(session, unit)
        factories.allocation(session, unit, Label.VIP, allotted=0)
        for kind, owner in ((AttachmentKind.LICENCE, None), (AttachmentKind.PHOTO, person.id)):
            facts = {
                "kind": kind,
                "person_id": owner,
                "filename": "a.jpg",
                "media_type": "image/jpeg",
                "size": 1,
                "sha256": "0",
            }
            factories.saved(session, Attachment(**factories.owner(unit), **facts))
        second = factories.account(session, world.sub)
        session.commit()
    clerk, secretary = actor(session, world), actor(session, world, Role.secretariat)
    colleague = actor_for(session, second)

    def do(who: Actor, noun: str, move: str, answers: dict | None = None) -> Batch:
        session.info["actor"] = who
        batch = engine.run(session, who, noun, move, [unit.id if noun == "unit" else person.id], answers)
        session.commit()
        assert batch.done == 1, [row.refusal for row in engine.receipt_rows(session, batch)]
        return batch

    do(clerk, "unit", "submit")
    do(clerk, "person", "submit")
    session.info["actor"] = clerk
    refused = engine.run(session, clerk, "unit", "pass_first_review", [unit.id])
    assert [row.refusal for row in engine.receipt_rows(session, refused)] == ["own_submission"]
    do(colleague, "unit", "pass_first_review")
    do(secretary, "unit", "pass_second_review")
    assert states(session, Person, "review_status") == [PersonStatus.pending_confirm]
    do(clerk, "person", "confirm_group_pay")
    do(secretary, "person", "hand_over_to_security")
    do(secretary, "person", "security_pass")
    assert states(session, Certificate, "status") == [CertificateStatus.queued]
    do(clerk, "person", "upgrade_label", {"label": "VIP", "from_pool": "y"})
    assert states(session, Certificate, "status") == [CertificateStatus.void, CertificateStatus.queued]
    assert states(session, Certificate, "label") == [Label.PROFESSIONAL, Label.VIP]
    assert states(session, Person, "payment_status") == [PaymentStatus.waived]
    with acting(session, SYSTEM):
        assert session.scalars(select(GroupPayEntry.amount).order_by(GroupPayEntry.id)).all() == [20000, -20000]
        assert session.scalars(select(QuotaAllocation.used)).all() == [1]


def test_assign_moves_unit_persons_and_used_quota_and_the_source_loses_sight(session, world):
    with acting(session, SYSTEM):
        unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.approved)
        factories.person(
            session,
            unit,
            review_status=PersonStatus.pending_review,
            label=Label.VIP,
            group_pay_decision="cancelled",
            payment_status="waived",
            group_pay_fee=0,
        )
        factories.allocation(session, unit, Label.VIP, allotted=5, used=1)
        session.commit()
    clerk = actor(session, world)
    batch = engine.run(session, clerk, "unit", "assign", [unit.id], {"target": world.other_sub.id})
    session.commit()
    assert batch.done == 1
    session.info["actor"] = clerk
    assert session.scalars(select(Unit.id)).all() == []
    assert session.scalars(select(Person.id)).all() == []
    with acting(session, SYSTEM):
        place = select(Person.delegation_id, Person.province_id)
        assert session.execute(place).all() == [(world.other_sub.id, world.province.id)]
        own = select(QuotaAllocation.delegation_id, QuotaAllocation.allotted, QuotaAllocation.used)
        assert session.execute(own).all() == [(world.other_sub.id, 1, 1)]
        pool = select(QuotaPool.total, QuotaPool.allocated).where(QuotaPool.label == Label.VIP)
        assert session.execute(pool.where(QuotaPool.delegation_id == world.sub.id)).all() == [(99, 20)]
        assert session.execute(pool.where(QuotaPool.delegation_id == world.other_sub.id)).all() == [(101, 1)]


def test_a_foreign_or_missing_id_refuses_the_whole_request(session, world):
    with acting(session, SYSTEM):
        mine = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first)
        foreign = factories.unit(session, world.edition, world.other_sub, review_status=UnitStatus.pending_first)
        session.commit()
    clerk = actor(session, world)
    for ids in ([mine.id, foreign.id], [mine.id, 999999]):
        with pytest.raises(ForeignRows):
            engine.preview(session, clerk, "unit", "return_for_edit", Selection.of_ids(ids))
    with pytest.raises(Forbidden):
        engine.preview(session, clerk, "unit", "pass_second_review", Selection.of_ids([mine.id]))


def test_a_row_changed_after_the_preview_makes_the_confirmation_ask_again(session, world):
    with acting(session, SYSTEM):
        units = [
            factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first) for _ in range(2)
        ]
        session.commit()
    clerk = actor(session, world)
    batch = engine.preview(session, clerk, "unit", "return_for_edit", Selection.of_ids([unit.id for unit in units]))
    seen = engine.look(session, batch)
    session.commit()
    engine.run(session, clerk, "unit", "return_for_edit", [units[0].id], OPINION)
    session.commit()
    again = engine.confirm(session, clerk, batch, OPINION, seen.signature)
    assert isinstance(again, Changed)
    look = engine.look(session, batch)
    assert (look.will, [refused.code for refused in look.refusals]) == (1, ["changed"])


def test_reject_frees_quota_and_commitments_and_reopen_takes_back_what_it_can(session, world):
    with acting(session, SYSTEM):
        unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first)
        factories.allocation(session, unit, Label.VIP, allotted=1, used=1)
        factories.person(session, unit, review_status=PersonStatus.submitted, label=Label.VIP)
        session.commit()
    clerk, secretary = actor(session, world), actor(session, world, Role.secretariat)
    session.info["actor"] = clerk
    engine.run(session, clerk, "unit", "reject", [unit.id], OPINION)
    session.commit()
    assert states(session, Person, "review_status") == [PersonStatus.rejected]
    assert states(session, QuotaAllocation, "used") == [0]
    session.info["actor"] = secretary
    engine.run(session, secretary, "unit", "reopen", [unit.id], {"reason": "误操作，恢复资格"})
    session.commit()
    assert states(session, Person, "review_status") == [PersonStatus.submitted]
    assert states(session, Person, "label") == [Label.VIP]
    assert states(session, QuotaAllocation, "used") == [1]


def test_delete_purges_personal_data_and_frees_the_code(session, world):
    with acting(session, SYSTEM):
        unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first)
        person = factories.person(session, unit, review_status=PersonStatus.submitted)
        session.commit()
    clerk = actor(session, world)
    engine.run(session, clerk, "unit", "delete", [unit.id], {"reason": "单位重复登记"})
    session.commit()
    assert states(session, Unit, "uscc") == [None]
    assert states(session, Person, "id_no") == [None]
    assert states(session, Person, "name") == ["已删除人员"]
    with acting(session, SYSTEM):
        assert session.get_one(Person, person.id).mobile_index is None
