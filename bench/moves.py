"""A move over 20,000 persons with audit, preview and confirmation, against the same change written as plain SQL.

The floor is the set-based way of PERFORMANCE §5: a temporary selection, the cap, one guarded UPDATE, INSERT..SELECT
for ledger or review records and for the audit. It keeps no receipt and its audit rows carry no chain.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median

from sqlalchemy import Engine, select, text

from bench import data, timing
from models import Account, Person, PersonStatus
from tests.servers import Server, running_server
from workflow import engine as moves
from workflow.actors import SYSTEM, acting, actor_for
from workflow.engine import Selection
from workflow.sessions import make_engine, make_sessions

ROWS = 20_000
UNITS, PERSONS = 16_000, 9
ROUNDS = 3
OPINION = {"opinion": "证件照背景不是白色，请重新上传"}
CHOOSE = """
CREATE TEMPORARY TABLE chosen AS
SELECT p.id, p.ref, p.unit_id, p.delegation_id, p.province_id, f.amount AS fee,
       sum(f.amount) OVER (ORDER BY p.id) AS running
FROM person p JOIN fee f ON f.edition_id = p.edition_id AND f.mode = p.cert_mode AND f.period = p.period
     AND f.label = p.label
WHERE p.province_id = 1 AND p.review_status = 'pending_confirm' AND p.id <= :last"""
SPEND = """
UPDATE delegation_edition SET group_pay_committed = group_pay_committed + (SELECT sum(fee) FROM chosen)
WHERE delegation_id = 1 AND group_pay_committed + (SELECT sum(fee) FROM chosen) <= group_pay_cap"""
CONFIRM = """
UPDATE person SET review_status = 'pending_review', group_pay_decision = 'confirmed', payer_id = 1,
  group_pay_fee = chosen.fee, payment_status = CASE WHEN chosen.fee = 0 THEN 'waived' ELSE 'group_committed' END,
  decided_by_id = :by, decided_at = CURRENT_TIMESTAMP, row_version = row_version + 1, updated_at = CURRENT_TIMESTAMP
FROM chosen WHERE person.id = chosen.id AND person.review_status = 'pending_confirm'"""
LEDGER = """
INSERT INTO group_pay_entry (delegation_id, province_id, edition_id, person_id, unit_id, kind, amount, at, by_id)
SELECT 1, 1, 1, id, unit_id, 'COMMIT', fee, CURRENT_TIMESTAMP, :by FROM chosen WHERE fee > 0"""
RETURN = """
UPDATE person SET review_status = 'returned', opinion = :opinion, row_version = row_version + 1,
  updated_at = CURRENT_TIMESTAMP
FROM chosen WHERE person.id = chosen.id AND person.review_status = 'pending_confirm'"""
REVIEWS = """
INSERT INTO review_record (unit_id, delegation_id, province_id, person_id, step, action, opinion, round, by_id, at)
SELECT unit_id, delegation_id, province_id, id, 'person_review', '退回修改', :opinion, 1, :by, CURRENT_TIMESTAMP
FROM chosen"""
AUDIT = """
INSERT INTO audit (id, at, account_id, actor, role, delegation_id, province_id, action, noun, object_id, object_ref,
  changes, reason, hash)
SELECT 1000 + row_number() OVER (ORDER BY id), CURRENT_TIMESTAMP, :by, '许静怡', 'secretariat', 1, 1, 'person.move',
  'person', id, ref, '{"review_status": ["pending_confirm", "pending_review"]}', :opinion, '' FROM chosen"""
FLOORS = {
    "confirm_group_pay": (CHOOSE, SPEND, CONFIRM, LEDGER, AUDIT, "DROP TABLE chosen"),
    "return_for_edit": (CHOOSE, RETURN, REVIEWS, AUDIT, "DROP TABLE chosen"),
}


@dataclass(frozen=True)
class Ground:
    """Where to measure: ``fresh`` gives a copy to be changed; ``last`` is the id of the last person to be moved."""

    name: str
    fresh: Callable[[], str]
    last: int
    now: timing.Clocked


def run() -> None:
    """Print a row per move and engine."""
    timing.head("move", "engine", "rows", "product", "floor", "ratio", "of it preview")
    _measure(_sqlite())
    with _postgresql() as ground:
        _measure(ground)


def _sqlite() -> Ground:
    source = data.sqlite("moves", UNITS, PERSONS)
    return Ground("SQLite", lambda: data.copy_of(source), _last(source), timing.cpu)


@contextmanager
def _postgresql() -> Iterator[Ground]:
    with running_server() as server:
        source = server.new_database("moves")
        data.fill(source, UNITS, PERSONS)
        yield Ground("PostgreSQL", lambda: _copy(server), _last(source), timing.wall)


def _copy(server: Server) -> str:
    return server.new_database("copy", template="moves")


def _last(url: str) -> int:
    """Return the id of the 20,000th person who waits; let the rest not matter."""
    engine = make_engine(url)
    waiting = "SELECT id FROM person WHERE province_id = 1 AND review_status = 'pending_confirm' ORDER BY id"
    with engine.begin() as connection:
        connection.execute(text("UPDATE unit SET group_pay_enabled = 'INHERIT'"))
        wide = "UPDATE delegation_edition SET group_pay_grant = 1000000000, group_pay_cap = 1000000000"
        connection.execute(text(wide + " WHERE delegation_id = 1"))
        last = connection.execute(text(f"{waiting} LIMIT 1 OFFSET {ROWS - 1}")).scalar_one()
    engine.dispose()
    return int(last)


def _measure(ground: Ground) -> None:
    for move in FLOORS:
        previews: list[float] = []
        product, floor = timing.interleaved(
            ROUNDS, partial(_product, ground, move, previews), partial(_floor, ground, move)
        )
        ratio, preview = timing.ratio(product, floor), median(previews)
        timing.row(move, ground.name, f"{ROWS:,}", f"{product:.2f} s", f"{floor:.2f} s", ratio, f"{preview:.2f} s")


def _product(ground: Ground, move: str, previews: list[float]) -> float:
    """Preview, look, confirm and commit by the engine; return the seconds."""
    engine = make_engine(ground.fresh())
    waiting = Selection.matching([Person.review_status == PersonStatus.pending_confirm, Person.id <= ground.last])
    answers = OPINION if move == "return_for_edit" else {}
    with make_sessions(engine)() as session:
        with acting(session, SYSTEM):
            account = session.scalars(select(Account).where(Account.username == "fj_mishu1")).one()
            clerk = actor_for(session, account)
        session.info["actor"] = clerk
        session.commit()
        started = ground.now()
        batch = moves.preview(session, clerk, "person", move, waiting, answers)
        signature = moves.look(session, batch).signature
        session.commit()
        previews.append(ground.now() - started)
        done = moves.confirm(session, clerk, batch, answers, signature)
        session.commit()
        taken = ground.now() - started
        if not isinstance(done, moves.Confirmed) or done.batch.done != ROWS:
            raise RuntimeError(f"{move}: {done}")
    engine.dispose()
    return taken


def _floor(ground: Ground, move: str) -> float:
    """Write the same change as plain SQL; return the seconds."""
    engine = make_engine(ground.fresh())
    values = {"last": ground.last, "by": 1, "opinion": OPINION["opinion"]}
    taken = timing.clock(partial(_run, engine, FLOORS[move], values), ground.now)
    engine.dispose()
    return taken


def _run(engine: Engine, statements: tuple[str, ...], values: dict[str, object]) -> None:
    with engine.begin() as connection:
        for statement in statements:
            clause = text(statement)
            connection.execute(clause, {name: values[name] for name in clause.compile().params})
