"""The review desk's queue: what waits for whom, in which order, and that two clerks never get the same row."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, update

from models import CannedOpinion, Claim, Person, PersonStatus, Role, Unit, UnitStatus
from models.kinds import now
from tests import factories
from tests.test_workflow import _cast
from tests.test_workflow._together import together
from workflow import canned, claims, desk, engine, opinions
from workflow.actors import acting, actor_for
from workflow.desk import Line

S, P = UnitStatus, PersonStatus
CLERKS, ROWS = 16, 10


def unit(session, world, node, days, **values):
    """Make a unit that waits for so many days."""
    given = {"review_status": S.pending_first, "round": 1, "state_since": now() - timedelta(days=days)}
    return factories.unit(session, world.edition, node, **{**given, **values})


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


@pytest.fixture
def colleague(session, world):
    return _cast.clerk_of(session, world.sub)


def order(session, actor, **line):
    with acting(session, actor):
        return [row.name for row in desk.waiting(session, actor, Line("unit", **line), 50)]


def handed(session, actor, noun="unit", **line):
    """Take the next row as a request does: claimed and committed."""
    with acting(session, actor):
        row_id = desk.hand_over(session, actor, Line(noun, **line))
    session.commit()
    return row_id


def test_returned_ones_come_first_then_the_longest_wait_and_put_off_ones_last(session, world, clerk):
    young = unit(session, world, world.sub, 1, name="新来的")
    unit(session, world, world.sub, 9, name="最久的")
    unit(session, world, world.below, 5, name="下级的")
    unit(session, world, world.sub, 2, name="退回后重报的", round=2)

    assert order(session, clerk) == ["退回后重报的", "最久的", "下级的", "新来的"]
    assert order(session, clerk, days=3) == ["最久的", "下级的"]
    assert order(session, clerk, conditions=(Unit.delegation_id == world.below.id,)) == ["下级的"]
    first = session.scalars(select(Unit.id).where(Unit.name == "退回后重报的")).one()
    assert order(session, clerk, skipped=(first, young.id)) == ["最久的", "下级的", "退回后重报的", "新来的"]


def test_each_role_is_handed_what_it_may_decide(session, world, clerk):
    secretary = actor_for(session, world.accounts[Role.secretariat])
    for state in S:
        unit(session, world, world.sub, 1, name=f"分团{state.label}", review_status=state)
        unit(session, world, world.province, 1, name=f"直属{state.label}", review_status=state)
    unit(session, world, world.other_sub, 1, name="厦门待初审")
    unit(session, world, world.foreign_sub, 1, name="外省待复审", review_status=S.pending_second)
    unit(session, world, world.sub, 1, name="自己代报的", submitted_by_id=clerk.account_id)
    unit(
        session,
        world,
        world.sub,
        1,
        name="自己初审的",
        review_status=S.pending_second,
        first_by_id=secretary.account_id,
    )

    assert order(session, clerk) == ["分团待初审"]
    assert set(order(session, secretary)) == {"直属待初审", "分团待复审", "直属待复审"}
    assert desk.states(clerk, "unit") == [S.pending_first]
    assert desk.states(secretary, "unit") == [S.pending_first, S.pending_second]
    with acting(session, secretary):
        assert desk.per_state(session, secretary, Line("unit")) == {S.pending_first: 1, S.pending_second: 2}
        assert desk.left(session, secretary, Line("unit", (Unit.review_status == S.pending_second,))) == 2


def test_a_locked_node_hands_nothing_over(session, world, clerk):
    waiting = unit(session, world, world.sub, 1)
    assert handed(session, clerk) == waiting.id
    _cast.put(_cast.settings_of(session, world.sub), locked_at=now())
    session.commit()
    assert handed(session, clerk) is None


def test_the_desks_of_the_roles_come_from_the_tables_of_moves(session, world):
    actors = _cast.actors(session, world)
    assert desk.DESKS == ("unit", "person")
    assert {role: desk.nouns(actor) for role, actor in actors.items()} == {
        Role.secretariat: ["unit", "person"], Role.sub_delegation: ["unit", "person"], Role.security: ["person"],
        Role.finance: [], Role.sysadmin: [], Role.auditor: [],
    }  # fmt: skip
    told = {role: [move.key for move in desk.decisions(actor, "person")] for role, actor in actors.items()}
    assert told[Role.sub_delegation] == ["A", "C", "L", "R"]
    assert told[Role.security] == ["A", "W", "X"]
    assert desk.states(actors[Role.security], "person") == [P.pending_review]
    for noun, machine in ((noun, engine.offered(actors[Role.secretariat], noun)) for noun in desk.DESKS):
        keys = Counter((state, move.key) for move in machine if move.key for state in move.source)
        assert [pair for pair, times in keys.items() if times > 1] == [], noun


def test_persons_wait_for_their_decision(session, world, clerk):
    owner = unit(session, world, world.sub, 1, review_status=S.approved)
    rows = [_cast.ready_person(session, owner, state) for state in (P.pending_confirm, P.pending_review, P.approved)]
    police = actor_for(session, world.accounts[Role.security])
    assert handed(session, clerk, "person") == rows[0].id
    assert handed(session, police, "person") is None  # nobody was handed over to it
    _cast.handed_over(session, rows[1])
    session.commit()
    assert handed(session, police, "person") == rows[1].id


def test_a_claim_keeps_a_row_from_others_until_it_runs_out_or_is_given_back(session, world, clerk, colleague):
    first, second = unit(session, world, world.sub, 9), unit(session, world, world.sub, 8)
    assert [handed(session, clerk), handed(session, clerk)] == [first.id, first.id]
    assert [handed(session, colleague), handed(session, colleague)] == [second.id, second.id]
    with acting(session, colleague):
        rows = desk.waiting(session, colleague, Line("unit"), 5)
        assert [(row.id, row.holder) for row in rows] == [(second.id, ""), (first.id, clerk.name)]
        assert desk.left(session, colleague, Line("unit")) == 1
        assert not claims.take(session, colleague, "unit", first.id)
        claims.release(session, colleague, "unit")
    _cast.put(session.scalars(select(Claim)).one(), until=now() - timedelta(seconds=1))
    session.commit()
    assert handed(session, colleague) == first.id
    with acting(session, clerk):
        assert not claims.take(session, clerk, "unit", first.id)


def test_what_was_decided_elsewhere_is_not_handed_over(session, world, clerk, colleague):
    first = unit(session, world, world.sub, 9)
    assert handed(session, clerk) == first.id
    with acting(session, colleague):
        engine.run(session, colleague, "unit", "pass_first_review", [first.id])
    session.commit()
    with acting(session, clerk):
        assert not desk.is_waiting(session, clerk, "unit", first.id)
    assert handed(session, clerk) is None


def _clerks(session, world):
    for days in range(ROWS):
        unit(session, world, world.sub, days)
    found = [_cast.clerk_of(session, world.sub) for _ in range(CLERKS)]
    session.commit()
    return found


def test_sixteen_clerks_at_one_moment_never_meet(sessions, session, world):
    def work(actor):
        def run():
            with sessions(info={"actor": actor}) as mine:
                row_id = desk.hand_over(mine, actor, Line("unit"))
                time.sleep(0.01)
                mine.commit()
                return row_id

        return run

    got = together([work(actor) for actor in _clerks(session, world)])
    everybody = set(session.scalars(select(Unit.id)))
    assert {row for row in got if row} == everybody
    assert Counter(row for row in got if row).most_common(1)[0][1] == 1
    assert got.count(None) == CLERKS - ROWS


def test_without_the_comparison_they_do(database, session, world):
    """The control: read who has the row, then write it down, as a desk does that trusts what it read."""
    actors = _clerks(session, world)
    wanted = session.scalars(select(Unit.id).order_by(Unit.id)).first()
    session.add(Claim(noun="unit", object_id=wanted, account_id=actors[0].account_id, until=now() - timedelta(1)))
    session.commit()
    careless = create_engine(database.url, pool_size=CLERKS)

    def work(actor):
        def run():
            with careless.connect() as connection:
                if connection.execute(select(Claim.until).where(Claim.object_id == wanted)).scalar_one() > now():
                    return None
                connection.commit()
                time.sleep(0.05)
                values = {"account_id": actor.account_id, "until": now() + claims.HELD_FOR}
                connection.execute(update(Claim).where(Claim.object_id == wanted).values(values))
                connection.commit()
                return wanted

        return run

    got = together([work(actor) for actor in actors])
    careless.dispose()
    assert got.count(wanted) > 1


def test_own_opinions_are_kept_once_and_are_nobody_elses(session, clerk, colleague):
    with acting(session, clerk):
        opinions.keep(session, clerk, "unit", "  照片倾斜，\n请正面拍摄后上传 ")
        opinions.keep(session, clerk, "unit", "照片倾斜， 请正面拍摄后上传")
        [kept] = opinions.own(session, clerk, "unit")
        assert kept.text == "照片倾斜， 请正面拍摄后上传"
        with pytest.raises(opinions.OpinionRefused, match="5 至 200"):
            opinions.keep(session, clerk, "unit", "太短")
    with acting(session, colleague):
        opinions.forget(session, colleague, "unit", kept.id)
        assert session.scalars(select(CannedOpinion)).all() == []
        assert opinions.own(session, colleague, "unit") == []
    with acting(session, clerk):
        opinions.forget(session, clerk, "unit", kept.id)
        assert opinions.own(session, clerk, "unit") == []


def test_every_field_has_a_sentence_of_its_own():
    for noun, model in (("unit", Unit), ("person", Person)):
        keys = {column.key for column in model.__table__.columns}
        assert set(canned.OF_FIELDS[noun]) - keys <= {"licence", "portrait"}
    assert canned.of_field("unit", "industry") == ("“所属行业”填写有误，请核对后修改",)
