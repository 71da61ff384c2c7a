"""Two decisions that exclude each other, fired together forty times: one stands, the other is told, the trail agrees."""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from sqlalchemy import create_engine, select, update

from models import (
    Audit,
    Base,
    DelegationEdition,
    Label,
    PaymentStatus,
    Person,
    PersonStatus,
    Role,
    TransferRequest,
    Unit,
    UnitStatus,
)
from tests import factories
from tests.test_workflow import _cast
from tests.test_workflow._together import confirmer, mover, together
from workflow import books, engine, trail
from workflow.actors import SYSTEM, Forbidden, acting, actor_for
from workflow.engine import Selection

PAIRS = 40
U, P = UnitStatus, PersonStatus


@dataclass(frozen=True)
class Duel:
    """Two moves on one row in a state; ``roles`` of the two, ``ends`` the state each leaves behind."""

    noun: str
    state: Any
    moves: tuple[str, str]
    ends: tuple[Any, Any]
    roles: tuple[Role, Role] = (Role.sub_delegation, Role.sub_delegation)
    answers: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    column: str = "review_status"
    facts: dict[str, Any] = field(default_factory=dict)


DUELS = {
    "confirm or cancel group pay": Duel(
        "person", P.pending_confirm, ("confirm_group_pay", "cancel_group_pay"),
        (PaymentStatus.group_committed, PaymentStatus.unpaid), column="payment_status",
    ),
    "pass or not pass": Duel(
        "person", P.pending_review, ("security_pass", "security_not_pass"), (P.approved, P.rejected),
        (Role.security, Role.secretariat),
    ),
    "pass or return a person": Duel(
        "person", P.pending_review, ("security_pass", "return_for_edit"), (P.approved, P.returned),
        (Role.security, Role.sub_delegation), ({}, _cast.OPINION),
    ),
    "pass or return a unit": Duel(
        "unit", U.pending_first, ("pass_first_review", "return_for_edit"), (U.pending_second, U.returned),
        answers=({}, _cast.OPINION),
    ),
    "reject or pass a unit": Duel(
        "unit", U.pending_second, ("reject", "pass_second_review"), (U.rejected, U.approved),
        (Role.secretariat, Role.secretariat), (_cast.OPINION, {}),
    ),
    "assign to one or to another": Duel(
        "unit", U.approved, ("assign", "assign"), ("other_sub", "province"), column="delegation_id",
    ),
}  # fmt: skip


def arrange(session, world, duel):
    """Make forty rows and the two who decide; return ids, actors, and what each end looks like when stored."""
    rows: list[Any]
    if duel.noun == "unit":
        rows = [factories.unit(session, world.edition, world.sub, review_status=duel.state) for _ in range(PAIRS)]
    else:
        unit = factories.unit(session, world.edition, world.sub, review_status=U.approved)
        rows = [_cast.ready_person(session, unit, duel.state) for _ in range(PAIRS)]
        if Role.security in duel.roles:
            _cast.handed_over(session, *rows)
    actors = [actor_for(session, world.accounts[role]) for role in duel.roles]
    ends = [getattr(world, end).id if duel.column == "delegation_id" else end for end in duel.ends]
    session.commit()
    return [row.id for row in rows], actors, ends


def last_words(session, noun, column):
    """Return what the trail says of a column, by row: every value it was changed to, in order."""
    said: dict[int, list[Any]] = {}
    with acting(session, SYSTEM):
        for object_id, changes in session.execute(
            select(Audit.object_id, Audit.changes).where(Audit.noun == noun).order_by(Audit.id)
        ):
            after = json.loads(changes).get(column)
            if after is not None and after[0] is not None:
                said.setdefault(object_id, []).append(after[1])
    return said


@pytest.mark.each_case
@pytest.mark.parametrize("name", DUELS)
def test_of_two_decisions_one_stands_and_the_other_is_told(sessions, session, world, name):
    duel = DUELS[name]
    ids, actors, ends = arrange(session, world, duel)
    targets = [{"target": str(end)} for end in ends]
    answers = targets if duel.moves[0] == "assign" else list(duel.answers)
    model: type[Base] = {"unit": Unit, "person": Person}[duel.noun]
    told: Counter[str] = Counter()
    winners = {}
    for row_id in ids:
        sides = zip(actors, duel.moves, answers, strict=True)
        found = together([mover(sessions, actor, duel.noun, move, row_id, more) for actor, move, more in sides])
        assert found.count("done") == 1, found
        winners[row_id] = ends[found.index("done")]
        told[next(word for word in found if word != "done")] += 1

    assert set(told) <= {"changed", "state", "foreign", "gone", "second_step"}
    assert dict(_cast.values(session, model, "id", duel.column)) == winners
    assert last_words(session, duel.noun, duel.column) == {row_id: [end] for row_id, end in winners.items()}
    assert books.check(session) == []


def test_of_two_previews_of_the_same_rows_one_is_confirmed_and_the_other_shown_again(sessions, session, world):
    unit = factories.unit(session, world.edition, world.sub, review_status=U.approved)
    persons = [factories.person(session, unit, review_status=P.pending_confirm) for _ in range(PAIRS)]
    clerks = [actor_for(session, world.accounts[Role.sub_delegation]), _cast.clerk_of(session, world.sub)]
    session.commit()
    found: Counter[str] = Counter()
    for person in persons:
        works = []
        for clerk, move in zip(clerks, ("confirm_group_pay", "cancel_group_pay"), strict=True):
            with acting(session, clerk):
                batch = engine.preview(session, clerk, "person", move, Selection.of_ids([person.id]))
                works.append(confirmer(sessions, clerk, batch.id, engine.look(session, batch).signature))
                session.commit()
        found.update(together(works))

    assert found == {"Confirmed": PAIRS, "Changed": PAIRS}
    assert set(_cast.values(session, Person, "review_status")) == {P.pending_review}
    assert books.check(session) == []


def test_without_compare_and_set_the_same_pairs_succeed_twice(database, session, world):
    """Negative control: load, check, set lets both clerks of a pair believe they decided."""
    unit = factories.unit(session, world.edition, world.sub, review_status=U.approved)
    persons = [factories.person(session, unit, review_status=P.pending_confirm).id for _ in range(PAIRS)]
    session.commit()
    session.close()
    careless = create_engine(database.url)

    def decide(person_id, payment):
        with careless.connect() as connection:
            mine = Person.id == person_id
            if connection.execute(select(Person.review_status).where(mine)).scalar_one() is not P.pending_confirm:
                return "state"
            time.sleep(0.005)
            connection.execute(
                update(Person).where(mine).values(review_status=P.pending_review, payment_status=payment)
            )
            connection.commit()
            return "done"

    doubles = 0
    for person_id in persons[:10]:
        ends = (PaymentStatus.unpaid, PaymentStatus.waived)
        found = together([partial(decide, person_id, payment) for payment in ends])
        doubles += found.count("done") == 2
    careless.dispose()

    assert doubles > 0


# --- moves of a unit against moves of its persons: both may stand, nobody waits in a circle ----------------------


def persons_of(session, world, status, count=6):
    unit = _cast.ready_unit(session, world, world.sub, review_status=U.pending_second)
    for label in (Label.STAFF, Label.VIP):
        factories.allocation(session, unit, label, allotted=count, used=count // 2 if label is Label.STAFF else 0)
    labels = [Label.STAFF, Label.PROFESSIONAL] * (count // 2)
    return unit, [_cast.ready_person(session, unit, status, label=label) for label in labels]


AGAINST = {
    "reject": ("reject", _cast.OPINION),
    "delete": ("delete", _cast.REASON),
    "assign": ("assign", None),
}
OF_PERSONS = {
    "return": ("return_for_edit", _cast.OPINION),
    "upgrade": ("upgrade_label", {"label": "VIP"}),
    "upgrade from the pool": ("upgrade_label", {"label": "VIP", "from_pool": "y"}),
    "delete": ("delete", _cast.REASON),
}


@pytest.mark.each_case
@pytest.mark.parametrize("of_unit", AGAINST)
def test_a_units_move_and_its_persons_moves_never_block_each_other_for_good(sessions, session, world, of_unit):
    name, answers = AGAINST[of_unit]
    secretary = actor_for(session, world.accounts[Role.secretariat])
    clerks = [actor_for(session, world.accounts[Role.sub_delegation]), _cast.clerk_of(session, world.sub)]
    session.commit()
    words: Counter[str] = Counter()
    for _ in range(2):
        unit, persons = persons_of(session, world, P.pending_review)
        ids = [person.id for person in persons]
        session.commit()
        works = [mover(sessions, secretary, "unit", name, unit.id, answers or {"target": str(world.other_sub.id)})]
        for number, (move, more) in enumerate(OF_PERSONS.values()):
            works += [mover(sessions, clerks[number % 2], "person", move, row_id, more) for row_id in ids]
        found = together(works)
        assert found[0] == "done"
        words.update(map(str, found))

    assert set(words) <= {"done", "changed", "state", "foreign", "gone", "budget", "not_upward"}
    assert books.check(session) == []
    with acting(session, SYSTEM):
        assert trail.first_break(session) is None


def test_labels_up_to_both_free_ones_and_persons_leaving_wait_in_one_order(sessions, session, world):
    """Each move locks the unit's allotments, or the node's pools, all in one order, whatever label it asks for."""
    clerk = actor_for(session, world.accounts[Role.sub_delegation])
    unit = factories.unit(session, world.edition, world.sub, review_status=U.approved)
    for label in (Label.VIP, Label.STAFF):
        factories.allocation(session, unit, label, allotted=10)
    persons = [factories.person(session, unit, review_status=P.pending_confirm).id for _ in range(20)]
    session.commit()
    works = []
    for number, person_id in enumerate(persons):
        label = (Label.VIP, Label.STAFF)[number % 2]
        answers = {"label": label.value, "from_pool": "y" if number % 4 < 2 else ""}
        works.append(mover(sessions, clerk, "person", "upgrade_label", person_id, answers))
    for _ in range(3):
        assert {str(word) for word in together(works)} <= {"done", "not_upward", "budget", "state", "changed"}
        works = [mover(sessions, clerk, "person", "upgrade_label", row, {"label": "VIP"}) for row in persons[1::2]]
        works += [mover(sessions, clerk, "person", "return_for_edit", row, _cast.OPINION) for row in persons[:8]]

    assert books.check(session) == []


def test_a_unit_is_accepted_as_it_stands_or_not_at_all(sessions, session, world):
    """Whoever moves an offered unit and whoever accepts it take turns; no request is accepted without its unit."""
    clerk = actor_for(session, world.accounts[Role.sub_delegation])
    others = [_cast.clerk_of(session, world.foreign_sub), _cast.clerk_of(session, world.other_sub)]
    targets, requests = (world.foreign_sub, world.other_sub), []
    for number in range(20):
        unit = factories.unit(session, world.edition, world.sub, review_status=U.pending_first)
        requests.append(_cast.request(session, unit, targets[number % 2]))
    pairs = [(request.id, request.unit_id) for request in requests]
    session.commit()
    words: Counter[str] = Counter()
    for number, (request_id, unit_id) in enumerate(pairs):
        move, answers = [("reject", _cast.OPINION), ("return_for_edit", _cast.OPINION), ("pass_first_review", None)][
            number % 3
        ]
        works = [mover(sessions, others[number % 2], "transfer_request", "accept", request_id, {})]
        words.update(map(str, together([*works, mover(sessions, clerk, "unit", move, unit_id, answers)])))
    accepted = {row[0] for row in _cast.values(session, TransferRequest, "unit_id", "status") if row[1] == "accepted"}
    gone = {row[0] for row in _cast.values(session, Unit, "id", "delegation_id") if row[1] != world.sub.id}

    assert set(words) <= {"done", "changed", "state", "foreign", "gone", "unit_out"}
    assert accepted == gone
    assert books.check(session) == []


# --- after the lock ----------------------------------------------------------------------------------------------


def test_what_was_done_before_the_lock_is_not_undone_after_it(session, world):
    clerk = actor_for(session, world.accounts[Role.sub_delegation])
    unit = factories.unit(session, world.edition, world.sub, review_status=U.pending_first)
    session.commit()
    batch = _cast.done(session, clerk, "unit", "return_for_edit", unit.id, _cast.OPINION)
    with acting(session, SYSTEM):
        own = select(DelegationEdition).where(DelegationEdition.delegation_id == world.sub.id)
        session.scalars(own).one().locked_at = factories.NOW
        session.commit()
    with acting(session, clerk):
        back = engine.undo(session, clerk, batch)
        session.commit()

    assert _cast.refusals(session, back) == ["locked"]
    assert _cast.values(session, Unit, "review_status") == [U.returned]
    with acting(session, clerk), pytest.raises(Forbidden):
        engine.undo(session, clerk, batch)
