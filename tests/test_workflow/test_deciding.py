"""Deciding row by row: each row in the version that was looked at, with words of its own, in as many statements for many."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from models import Audit, Batch, BatchRow, Outcome, ReviewRecord, Role, TransferRequest, Unit, UnitStatus
from tests import factories
from tests.test_workflow import _cast
from workflow import books, engine
from workflow.actors import SYSTEM, Forbidden, acting
from workflow.engine import Decision
from workflow.machines import MACHINES
from workflow.moves import WORDS

S = UnitStatus
SAID = ("营业执照照片不清晰", "统一社会信用代码与证照不符", "联系人手机号码有误")


@pytest.fixture
def actors(session, world):
    return _cast.actors(session, world)


@pytest.fixture
def units(session, world):
    made = [factories.unit(session, world.edition, world.sub, review_status=S.pending_first) for _ in SAID]
    session.commit()
    return made


def decisions(units, words=SAID):
    return {unit.id: Decision(unit.row_version, said) for unit, said in zip(units, words, strict=False)}


def decide(session, actor, move, decided, answers=None, noun="unit"):
    with acting(session, actor):
        done = engine.decide(session, actor, noun, move, decided, answers or {}, "离线审核表")
        session.commit()
    return done


@contextmanager
def counted(session):
    told = []

    def listen(*arguments):
        told.append(arguments[2])

    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", listen)
    yield told
    event.remove(bind, "before_cursor_execute", listen)


def test_every_row_is_told_its_own_words_wherever_they_are_kept(session, actors, units):
    done = decide(session, actors[Role.sub_delegation], "return_for_edit", decisions(units))
    rows = session.execute(select(Unit.review_status, Unit.opinion).order_by(Unit.id)).all()
    reviews = session.scalars(select(ReviewRecord.opinion).order_by(ReviewRecord.unit_id)).all()
    audits = session.scalars(
        select(Audit.reason).where(Audit.action == "unit.return_for_edit").order_by(Audit.object_id)
    )
    assert [tuple(row) for row in rows] == [(S.returned, said) for said in SAID]
    assert (reviews, audits.all()) == (list(SAID), list(SAID))
    assert (done.batch.done, done.refused, done.budget) == (3, {}, None)
    assert books.check(session) == []


def test_a_row_in_another_version_is_refused_and_the_others_are_done(session, actors, units):
    decided = decisions(units) | {units[1].id: Decision(units[1].row_version - 1, SAID[1])}
    done = decide(session, actors[Role.sub_delegation], "return_for_edit", decided)
    rows = session.execute(select(BatchRow.object_id, BatchRow.outcome).order_by(BatchRow.id)).all()
    assert [outcome for _, outcome in rows] == [Outcome.done, Outcome.refused, Outcome.done]
    assert done.refused == {units[1].id: "预览后已被他人修改，请重新选择后办理"}
    assert session.scalars(select(Unit.opinion).order_by(Unit.id)).all() == [SAID[0], None, SAID[2]]


def test_nothing_stays_of_a_move_that_no_row_can_do(session, actors, units):
    done = decide(session, actors[Role.secretariat], "pass_second_review", decisions(units, [None] * 3))
    assert (done.batch, len(done.refused)) == (None, 3)
    assert session.scalars(select(Batch.id)).all() + session.scalars(select(BatchRow.id)).all() == []


def test_rows_of_others_are_left_out_and_a_role_without_the_move_is_refused(session, world, actors, units):
    other = _cast.clerk_of(session, world.other_sub)
    done = decide(session, other, "return_for_edit", decisions(units))
    assert (done.batch, done.refused) == (None, {})
    with pytest.raises(Forbidden):
        engine.decide(session, actors[Role.finance], "unit", "return_for_edit", decisions(units), {}, "")


def test_words_reach_what_a_move_entails(session, world, actors, units):
    answers = {"target": str(world.foreign_sub.id)}
    decide(session, actors[Role.secretariat], "request_transfer", decisions(units), answers)
    asked = session.scalars(select(TransferRequest.reason).order_by(TransferRequest.unit_id)).all()
    assert asked == list(SAID)
    requests = session.scalars(select(TransferRequest).order_by(TransferRequest.id)).all()
    receiver = _cast.clerk_of(session, world.foreign_sub)
    decide(
        session,
        receiver,
        "decline",
        decisions(requests, ["材料不全暂不接收", "不属本团范围内", "请联系原分团办理"]),
        noun="transfer_request",
    )
    told = session.scalars(select(TransferRequest.answer).order_by(TransferRequest.id)).all()
    assert told == ["材料不全暂不接收", "不属本团范围内", "请联系原分团办理"]


def test_it_can_be_undone_as_any_batch(session, actors, units):
    clerk = actors[Role.sub_delegation]
    done = decide(session, clerk, "return_for_edit", decisions(units))
    with acting(session, clerk):
        engine.undo(session, clerk, done.batch)
        session.commit()
    rows = session.execute(select(Unit.review_status, Unit.opinion)).all()
    assert {tuple(row) for row in rows} == {(S.pending_first, None)}


def test_many_rows_take_as_many_statements_as_few(session, world, actors):
    numbers = []
    for many in (1, 30):
        made = [factories.unit(session, world.edition, world.sub, review_status=S.pending_first) for _ in range(many)]
        session.commit()
        with counted(session) as told:
            decide(
                session,
                actors[Role.sub_delegation],
                "return_for_edit",
                decisions(made, [f"第{n}条须补材料" for n in range(many)]),
            )
        numbers.append(len(told))
    assert numbers[0] == numbers[1]


def test_no_move_on_many_rows_asks_for_words_twice():
    """What stands in the column 意见 of a table is one move's one answer."""
    moves = [move for machine in MACHINES.values() for move in machine.moves.values() if move.bulk and not move.hidden]
    asks = [[ask.name for ask in move.asks if ask.kind == "text"] for move in moves]
    assert [names for names in asks if len(names) > 1 or set(names) - set(WORDS)] == []


def test_all_rows_are_held_at_once(session, units):
    with acting(session, SYSTEM):
        engine.hold_all(session, "unit", [unit.id for unit in units])
        engine.hold_all(session, "unit", [])
