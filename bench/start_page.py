"""The start page over a million persons, against the grouped SQL that its figures cannot do without.

The floor is three statements: units, persons and cards counted by node and state, with the oldest and the late ones of
units and persons. It has neither login, nor deadlines, days, quota, caps, links or frame.
"""

from functools import partial

from sqlalchemy import Engine, text

from bench import data, timing
from bench.lists import PERSONS, UNITS
from bench.visitor import visitor
from workflow.figures import midnight, today
from workflow.sessions import make_engine

ROUNDS = 9
AGES = "min(state_since), sum(CASE WHEN state_since < :late THEN 1 ELSE 0 END), sum(CASE WHEN state_since < :later THEN 1 ELSE 0 END)"
WHERE = "edition_id = 1 AND province_id = 1"
FLOOR = (
    f"SELECT delegation_id, review_status, count(*), {AGES} FROM unit WHERE {WHERE} GROUP BY delegation_id, review_status",
    f"SELECT delegation_id, review_status, count(*), {AGES} FROM person WHERE {WHERE} GROUP BY delegation_id, review_status",
    f"SELECT delegation_id, status, count(*) FROM certificate WHERE {WHERE} GROUP BY delegation_id, status",
)
READERS = {"fj_mishu1": "", "fuzhou1": " AND delegation_id IN (2, 22)"}


def run() -> None:
    """Print a row per reader."""
    timing.head("start page", "product", "grouped SQL", "ratio", "HTML")
    url = data.sqlite("million", UNITS, PERSONS)
    engine = make_engine(url)
    for username, scope in READERS.items():
        _app, client = visitor(url, username)
        page = client.get("/admin/")
        if page.status_code != 200 or page.text.count("data-count=") < 100:
            raise RuntimeError(f"{page.status}, {page.text.count('data-count=')} figures")
        work = partial(_count, engine, scope)
        work()
        product, plain = timing.interleaved(
            ROUNDS, partial(timing.clock, partial(client.get, "/admin/")), partial(timing.clock, work)
        )
        size = f"{len(page.data) / 1024:.0f} KB"
        timing.row(
            username, timing.milliseconds(product), timing.milliseconds(plain), timing.ratio(product, plain), size
        )
    engine.dispose()


def _count(engine: Engine, scope: str) -> None:
    late = {"late": str(midnight(today())), "later": str(midnight(today()))}
    with engine.execution_options(read_only=True).connect() as connection:
        for statement in FLOOR:
            connection.execute(text(statement.replace(WHERE, WHERE + scope)), late).all()
