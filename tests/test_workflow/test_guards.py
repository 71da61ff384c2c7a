"""Each guard of each move alone refuses a row that is ready otherwise; once it holds the row is done."""

import pytest
from sqlalchemy import select

from models import Batch, BatchRow, Person, PersonStatus, Role, SecurityStatus, UnitStatus
from models.kinds import opened
from tests import factories
from tests.test_workflow import _cast, _money_spoils, _spoils
from tests.test_workflow._spoils import Scene, build
from workflow import engine
from workflow.actors import SYSTEM, acting, actor_for
from workflow.answers import AnswersInvalid
from workflow.machines import MACHINES

CASES = (*_spoils.CASES, *_money_spoils.CASES)
ALL = [
    pytest.param(noun, name, case, spoils, id=f"{number}-{noun}-{name}")
    for number, (noun, name, case, spoils) in enumerate(CASES)
]


def judged(session, actor, noun, name, row_id, answers):
    """Run the move on the row and take it back; return what refused it and whether anything changed."""
    session.flush()
    before = _cast.business(session)
    with acting(session, actor):
        batch = engine.run(session, actor, noun, name, [row_id], answers)
    refusal, changed = _cast.refusals(session, batch)[0], _cast.business(session) != before
    session.rollback()
    return refusal, changed


@pytest.mark.each_case
@pytest.mark.parametrize(("noun", "name", "case", "spoils"), ALL)
def test_each_guard_alone_refuses_and_the_row_is_done_once_it_holds(session, world, noun, name, case, spoils):
    machine = MACHINES[noun]
    row = build(session, world, machine, case)
    session.commit()
    row_id, actor = row.id, actor_for(session, world.accounts[case.role])
    answers = {**_cast.answers_to(machine.moves[name], target=str(world.other_sub.id)), **case.answers}
    found = {}
    for code, spoil in spoils.items():
        changed = spoil(Scene(session, world, session.get_one(machine.model, row_id))) or {}
        found[code] = judged(session, actor, noun, name, row_id, {**answers, **changed})

    assert found == {code: (code, False) for code in spoils}
    assert judged(session, actor, noun, name, row_id, answers) == (None, True)


def test_every_guard_of_every_shown_move_has_its_case():
    shown = {
        (noun, name, code)
        for noun, machine in MACHINES.items()
        for name, move in machine.moves.items()
        for code in [*(guard.code for guard in move.guards), *(["budget"] if move.budget else [])]
        if not move.hidden
    }

    assert {(noun, name, code) for noun, name, _, spoils in CASES for code in spoils} == shown


def test_every_guard_of_a_hidden_move_is_among_those_tested_here():
    hidden = {
        (noun, name, guard.code)
        for noun, machine in MACHINES.items()
        for name, move in machine.moves.items()
        for guard in move.guards
        if move.hidden
    }

    assert hidden == {("person", "reopened_with_unit", "identity_taken"), ("person", "reopened_with_unit", "police")}


def test_reopening_a_unit_leaves_out_whom_another_unit_registered_and_whom_the_police_refused(session, world):
    unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.rejected)
    rejected = {"review_status": PersonStatus.rejected}
    plain, taken = (factories.person(session, unit, **rejected) for _ in range(2))
    factories.person(session, unit, **rejected, security_status=SecurityStatus.not_passed)
    other = factories.unit(session, world.edition, world.other_sub)
    factories.person(session, other, id_no=opened(taken, "id_no"))
    session.commit()
    secretary = actor_for(session, world.accounts[Role.secretariat])
    batch = _cast.done(session, secretary, "unit", "reopen", unit.id, _cast.REASON)
    with acting(session, SYSTEM):
        child = select(BatchRow.refusal).join(Batch, Batch.id == BatchRow.batch_id).where(Batch.parent_id == batch.id)
        refused = list(session.scalars(child.order_by(BatchRow.object_id)))

    assert refused == [None, "identity_taken", "police"]
    assert _cast.values(session, Person, "review_status")[:3] == [PersonStatus.submitted, *[PersonStatus.rejected] * 2]
    assert plain.id == min(_cast.values(session, Person, "id"))


@pytest.mark.parametrize(
    ("name", "answers", "sentence"),
    [
        ("return_for_edit", {}, "请填写“审核意见”"),
        ("return_for_edit", {"opinion": "  短  "}, "“审核意见”须为 5 至 500 个字"),
        ("return_for_edit", {"opinion": "长" * 501}, "“审核意见”须为 5 至 500 个字"),
        ("return_for_edit", {"opinion": "照片不清晰\0请重传"}, "“审核意见”含有无法保存的字符，请重新填写"),
        ("assign", {"target": "厦门分团"}, "请从列表中选择“接收的交易团/分团”"),
        ("assign", {"target": "²"}, "请从列表中选择“接收的交易团/分团”"),
        ("assign", {"target": "9" * 30}, "请从列表中选择“接收的交易团/分团”"),
    ],
)
def test_a_wrong_answer_gets_its_sentence(session, world, name, answers, sentence):
    unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.pending_first)
    session.commit()
    clerk = actor_for(session, world.accounts[Role.sub_delegation])
    with acting(session, clerk), pytest.raises(AnswersInvalid) as wrong:
        engine.run(session, clerk, "unit", name, [unit.id], answers)

    assert list(wrong.value.errors.values()) == [sentence]
