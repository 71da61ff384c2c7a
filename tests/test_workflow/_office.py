"""An office in which anybody does anything, in any order: a machine whose steps hypothesis throws (SECURITY G10)."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any, ClassVar

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import select

from models import (
    AttachmentKind,
    Batch,
    BatchStatus,
    Certificate,
    CertificateStatus,
    Delegation,
    Label,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    QuotaPool,
    Recognition,
    Role,
    Statement,
    Unit,
    UnitStatus,
)
from models.columns import SHANGHAI
from models.kinds import now, opened
from tests import factories
from tests.test_workflow import _cast
from workflow import books, engine, saving
from workflow.actors import SYSTEM, Forbidden, acting, actor_for
from workflow.answers import AnswersInvalid
from workflow.engine import ForeignRows, Selection
from workflow.machines import MACHINES
from workflow.scope import condition
from workflow.sessions import make_sessions

NODES = ("province", "sub", "below", "other_sub", "foreign_sub")
MOVES = [(noun, name) for noun, machine in MACHINES.items() for name, move in machine.moves.items() if not move.hidden]
NOUNS = sorted({noun for noun, _ in MOVES})
FINE = "情况已核实，予以办理"
TEXTS = ("", "短", "x" * 600, *[FINE] * 12)
DEEDS = {  # and how often
    "press_a_button": 6, "confirm_what_was_seen_before_somebody_else_acted": 2, "try_any_move": 2, "undo": 1, "arrive": 1,
    "register": 1, "draw_up_a_statement": 1, "allot": 1, "fill_a_pool": 1, "correct_an_identity": 1, "reach_for_somebody_elses": 1,
}  # fmt: skip
LAST_RESORTS = ("delete", "reject", "withdraw_approval", "security_not_pass")
dice = st.builds(Random, st.integers(0, 2**64 - 1))  # one throw decides a step: evenly, where drawn numbers crowd at 0


def answers(throw: Random, move: Any) -> dict[str, Any]:
    """Answer whatever a move asks, wrongly at times."""
    kinds = {
        "text": throw.choice(TEXTS), "bool": throw.random() < 0.4, "delegation": str(throw.randint(1, 7)),
        "money": throw.choice(("200", "200", "0.1")), "date": f"{now().astimezone(SHANGHAI):%Y-%m-%d}",
        "code": factories.uscc(throw.randint(90_000_000, 90_000_040)),
        "moment": throw.choice(("", "昨天", *[_cast.in_days(days) for days in (-1, 1, 5, 40)])),
    }  # fmt: skip
    choices = {ask.name: throw.choice([*dict(ask.choices), "BOSS"]) for ask in move.asks if ask.kind == "choice"}
    return {ask.name: choices.get(ask.name, kinds.get(ask.kind)) for ask in move.asks}


class Office(RuleBasedStateMachine):
    """A small world: clerks of four nodes, two secretariats, the police; units and persons on their ways."""

    sessions: Any = None
    fresh: Any = None
    favourite: ClassVar[tuple[str, str] | None] = None  # a noun's move that is done wherever it is open
    done: ClassVar[set[str]] = set()
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.fresh()
        self.session = self.sessions(info={"actor": SYSTEM})
        self.number = 0

    @initialize()
    def open_office(self) -> None:
        session = self.session
        self.world = world = factories.world(session)
        self.actors = [
            actor_for(session, world.accounts[role]) for role in (Role.secretariat, Role.security, Role.finance)
        ]
        self.actors += [_cast.clerk_of(session, getattr(world, name)) for name in NODES[1:]]
        self.actors += [_cast.clerk_of(session, world.sub)]
        self.actors += [_cast.clerk_of(session, world.other_province, Role.secretariat)]
        for node in (world.sub, world.below, world.other_sub, world.foreign_sub):
            self.furnish(node)
        waiting = select(Person.id).where(
            Person.province_id == world.province.id, Person.review_status == PersonStatus.pending_review
        )
        _cast.done(session, self.actors[0], "person", "hand_over_to_security", list(session.scalars(waiting)))
        session.commit()
        self.check()

    def furnish(self, node: Delegation) -> None:
        """Give a node a unit under review, and an approved one with persons on each stage of their way."""
        session = self.session
        waiting = _cast.ready_unit(session, self.world, node, review_status=UnitStatus.pending_first)
        factories.allocation(session, waiting, Label.VIP, allotted=2, used=1)
        _cast.ready_person(session, waiting, PersonStatus.submitted, label=Label.VIP)
        unit = _cast.ready_unit(session, self.world, node, review_status=UnitStatus.approved)
        for label in (Label.STAFF, Label.VIP):
            factories.allocation(session, unit, label, allotted=3)
        for status in (PersonStatus.pending_confirm, PersonStatus.pending_confirm, PersonStatus.pending_review):
            _cast.ready_person(session, unit, status)
        for _ in range(2):
            _cast.ready_person(session, unit, PersonStatus.approved, payment_status=PaymentStatus.paid)
        card = session.scalars(select(Certificate).order_by(Certificate.id.desc())).first()
        _cast.put(card, status=CertificateStatus.delivered, card_no=f"8{card.id:08d}")
        _cast.put(_cast.settings_of(session, node), group_pay_cap=80_000)
        session.commit()
        first = select(Person.id).where(Person.unit_id == unit.id, Person.review_status == PersonStatus.pending_confirm)
        clerk = _cast.clerk_of(session, node)
        _cast.done(session, clerk, "person", "confirm_group_pay", session.scalars(first).first() or 0)

    def check(self) -> None:
        """Count a step, and look at the books."""
        type(self).steps += 1
        self.session.rollback()
        differences = books.check(self.session)
        assert differences == [], differences
        self.session.rollback()

    def seen(self, actor: Any, model: Any) -> list[int]:
        """Return the ids an actor sees."""
        with acting(self.session, SYSTEM):
            return list(self.session.scalars(select(model.id).where(condition(model, actor)).order_by(model.id)))

    def some(self, throw: Random, actor: Any, model: Any) -> list[int]:
        """Return up to four rows the actor sees."""
        ids = self.seen(actor, model)
        return throw.sample(ids, min(len(ids), throw.randint(1, 4)))

    def carry_out(self, work: Callable[[], Any], *refused: type[Exception]) -> Any:
        """Commit the work and look at the books, or take it back where it is refused in one of these ways."""
        try:
            found = work()
            self.session.commit()
        except refused:
            self.session.rollback()
            type(self).steps += 1
            return None
        self.check()
        return found

    def run(self, actor: Any, noun: str, name: str, chosen: Selection, asked: dict[str, Any]) -> None:
        with acting(self.session, actor):
            work = partial(engine.run, self.session, actor, noun, name, chosen, asked)
            batch = self.carry_out(work, Forbidden, AnswersInvalid)
        assert batch is None or batch.done + batch.refused == batch.chosen

    @rule(throw=dice)
    def act(self, throw: Random) -> None:
        """Do one of the things below; one rule, for hypothesis leaves whole rules out of a walk, and a few walks need all."""
        deed = throw.choices(list(DEEDS), list(DEEDS.values()))[0]
        hypothesis.event(deed)
        getattr(self, deed)(throw)

    def try_any_move(self, throw: Random) -> None:
        noun, name = throw.choice(MOVES)
        machine, actor = MACHINES[noun], throw.choice(self.actors)
        if ids := self.some(throw, actor, machine.model):
            alone = not machine.moves[name].bulk
            chosen = (
                Selection.matching([])
                if throw.random() < 0.2 and not alone
                else Selection.of_ids(ids[:1] if alone else ids)
            )
            self.run(actor, noun, name, chosen, answers(throw, machine.moves[name]))

    def button(self, throw: Random) -> tuple[Any, str, str, list[int]] | None:
        """Choose a button that is shown open on a row, and a neighbour or two of the row."""
        nouns = [*NOUNS, "person", "certificate", *([self.favourite[0]] * 4 if self.favourite else ())]
        tries = ((throw.choice(nouns), throw.choice(self.actors)) for _ in range(12))
        for noun, actor in tries:
            ids = self.seen(actor, MACHINES[noun].model)
            said = engine.open_moves(self.session, actor, noun, ids) if ids else {}
            if shown := [(one, name) for one, told in said.items() for name, shut in told.items() if shut is None]:
                return actor, noun, *self.press(throw, noun, ids, shown)
        return None

    def press(self, throw: Random, noun: str, ids: list[int], shown: list[tuple[int, str]]) -> tuple[str, list[int]]:
        """Choose among the buttons shown: the favourite one, and one that ends a way seldom."""
        names = sorted({name for _, name in shown})
        if self.favourite and self.favourite[1] in names:
            names = [self.favourite[1]]
        name = throw.choice([one for one in names if one not in LAST_RESORTS or throw.random() < 0.2] or names)
        first = throw.choice([row_id for row_id, other in shown if other == name])
        more = throw.randint(0, 2) if MACHINES[noun].moves[name].bulk else 0
        return name, [first, *throw.sample(ids, min(len(ids), more))]

    def press_a_button(self, throw: Random) -> None:
        if found := self.button(throw):
            actor, noun, name, ids = found
            self.run(actor, noun, name, Selection.of_ids(ids), answers(throw, MACHINES[noun].moves[name]))

    def confirm_what_was_seen_before_somebody_else_acted(self, throw: Random) -> None:
        """Done exactly as shown, or not at all."""
        found = self.button(throw)
        if found is None:
            return
        actor, noun, name, ids = found
        asked = answers(throw, MACHINES[noun].moves[name])
        with acting(self.session, actor):
            work = partial(engine.preview, self.session, actor, noun, name, Selection.of_ids(ids), asked)
            batch = self.carry_out(work, AnswersInvalid)
            if batch is None:
                return
            seen = engine.look(self.session, batch)
            self.session.commit()
        if throw.random() < 0.7:
            self.press_a_button(throw)
        with acting(self.session, actor):
            again = partial(engine.confirm, self.session, actor, batch, asked, seen.signature, accept_partial=True)
            done = self.carry_out(again, AnswersInvalid)
        if isinstance(done, engine.Confirmed):
            assert (batch.done, batch.refused) == (seen.will, seen.cannot)

    def undo(self, throw: Random) -> None:
        with acting(self.session, SYSTEM):
            done = list(self.session.scalars(select(Batch).where(Batch.status == BatchStatus.done).order_by(Batch.id)))
        able = [(one, batch) for batch in done for one in self.actors if engine.undo_closed(one, batch) is None]
        if able:
            actor, batch = throw.choice(able)
            with acting(self.session, actor):
                self.carry_out(partial(engine.undo, self.session, actor, batch))

    def arrive(self, throw: Random) -> None:
        """A unit has filled its form in."""
        node = self.session.get_one(Delegation, getattr(self.world, throw.choice(NODES)).id)
        recognised = throw.choice((Recognition.PASSED, Recognition.FAILED))
        self.carry_out(partial(_cast.ready_unit, self.session, self.world, node, recognised=recognised))

    def register(self, throw: Random) -> None:
        actor = throw.choice([one for one in self.actors if one.role not in (Role.security, Role.finance)])
        units = self.some(throw, actor, Unit)
        if not units:
            return
        self.number += 1
        form = {
            "unit_id": str(units[0]), "name": "赵六", "id_type": "RESIDENT_ID", "id_no": self.identity(throw), "title": "经理",
            "mobile": "13700000001", "label": throw.choice(list(Label)).value, "period": "FULL", "cert_mode": "new",
            "get_method": "PICKUP", "nationality": "CHN", "consent": "y",
        }  # fmt: skip
        with acting(self.session, actor):
            person = self.carry_out(partial(saving.create, self.session, actor, Person, form), saving.Invalid)
        if person is not None:
            unit = self.session.get_one(Unit, person.unit_id)
            self.carry_out(partial(_cast.attachment, self.session, unit, AttachmentKind.PHOTO, person))

    def draw_up_a_statement(self, throw: Random) -> None:
        finance = next(one for one in self.actors if one.role is Role.finance)
        form = {"delegation_id": str(getattr(self.world, throw.choice(NODES)).id)}
        with acting(self.session, finance):
            self.carry_out(partial(saving.create, self.session, finance, Statement, form), saving.Invalid)

    def identity(self, throw: Random) -> str:
        """Return a new number, or one that is taken."""
        with acting(self.session, SYSTEM):
            known = [row for row in self.session.scalars(select(Person)) if row.id_no is not None]
        return (
            opened(throw.choice(known), "id_no")
            if known and throw.random() < 0.2
            else factories.resident_id(500_001 + 2 * self.number)
        )

    def allot(self, throw: Random) -> None:
        self.edit(throw, throw.choice(self.actors), QuotaAllocation, {"allotted": str(throw.randint(0, 6))})

    def fill_a_pool(self, throw: Random) -> None:
        self.edit(throw, self.actors[0], QuotaPool, {"total": str(throw.randint(0, 120))})

    def correct_an_identity(self, throw: Random) -> None:
        self.number += 1
        self.edit(
            throw, throw.choice(self.actors), Person, {"id_no": self.identity(throw), "birth_date": "", "sex": ""}
        )

    def edit(self, throw: Random, actor: Any, model: Any, form: dict[str, str]) -> None:
        ids = self.some(throw, actor, model)
        if not ids:
            return
        with acting(self.session, actor):
            row = self.session.get_one(model, ids[0])
            seen = row.row_version - (throw.random() < 0.1)
            work = partial(saving.edit, self.session, actor, row, form, seen)
            self.carry_out(work, saving.Invalid, saving.Stale, Forbidden)

    def reach_for_somebody_elses(self, throw: Random) -> None:
        """A row outside one's part of the tree is not there, whatever the move."""
        noun, name = throw.choice(MOVES)
        machine, actor = MACHINES[noun], throw.choice(self.actors)
        with acting(self.session, SYSTEM):
            foreign = list(self.session.scalars(select(machine.model.id).where(~condition(machine.model, actor))))
        if foreign:
            with acting(self.session, actor), pytest.raises((Forbidden, ForeignRows)):
                engine.run(
                    self.session, actor, noun, name, [throw.choice(foreign)], answers(throw, machine.moves[name])
                )
            self.check()

    def teardown(self) -> None:
        with acting(self.session, SYSTEM):
            self.done.update(self.session.scalars(select(Batch.move).where(Batch.done > 0)))
        self.session.close()


def run_office(office: type[Office], database: Any, walks: int, length: int) -> None:
    """Take ``walks`` walks of ``length`` steps, each from an empty database; the same ones every time."""
    made = database.engine

    def fresh(_: Office) -> None:
        made.dispose()
        database.reset()

    office.sessions, office.fresh = make_sessions(made), fresh
    chosen = settings(
        max_examples=walks, stateful_step_count=length, deadline=None, derandomize=True, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    try:
        run_state_machine_as_test(office, settings=chosen)
    finally:
        made.dispose()
