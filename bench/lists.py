"""A list of persons, 100 rows and 12 columns, out of a million: first page and far down, against a page written by hand.

The floor is one Core statement (the ids first, their names after) and one plain Jinja loop in Flask, with the same
cells: it opens and masks the sealed numbers, and has neither login, nor filters, count, buttons or frame.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import ColumnElement, Engine, Select, select

from bench import data, timing
from bench.visitor import visitor
from models import Delegation, Person, Unit
from models.columns import SHANGHAI
from models.kinds import mask, open_sealed
from workflow.sessions import make_engine

UNITS, PERSONS = 100_000, 10
ROUNDS = 25
SIZE = 100
COLUMNS = (Person.id, Person.ref, Person.name, Person.review_status, Person.label, Person.payment_status, Person.id_no,
           Person.title, Person.mobile, Unit.name, Delegation.short_name, Person.created_at)  # fmt: skip
PAGE = """<!doctype html><title>Floor</title><table>
{% for row in rows %}<tr><td><input type=checkbox name=rowid value={{ row[0] }}>
{% for cell in row[1:] %}<td>{{ cell }}{% endfor %}
{% endfor %}</table>"""


@dataclass(frozen=True)
class Reader:
    """Whose list, over how many rows, and how far down the second page lies."""

    username: str
    scope: ColumnElement[bool]
    depth: int


READERS = (
    Reader("fj_mishu1", Person.province_id == 1, 500_000),
    Reader("fuzhou1", Person.delegation_id == 2, 100_000),  # it has a node below: the floor is spared that
)


def run() -> None:
    """Print a row per reader and page."""
    timing.head("list of persons", "page", "product", "floor", "ratio", "HTML")
    url = data.sqlite("million", UNITS, PERSONS)
    engine = make_engine(url)
    for reader in READERS:
        _app, client = visitor(url, reader.username)
        floor = _floor(engine, reader.scope)
        places = {"first": f"/admin/person/?size={SIZE}", f"at {reader.depth:,}": _far(engine, reader)}
        for name, address in places.items():
            _measure(f"{reader.username} | {name}", client, address, floor)
    engine.dispose()


def _measure(name: str, client: FlaskClient, address: str, floor: FlaskClient) -> None:
    page = client.get(address)
    if page.status_code != 200 or page.text.count("name=rowid") != SIZE:
        raise RuntimeError(f"{address}: {page.status}, {page.text.count('name=rowid')} rows")
    floor.get("/")
    product, plain = timing.interleaved(
        ROUNDS, partial(timing.clock, partial(client.get, address)), partial(timing.clock, partial(floor.get, "/"))
    )
    size = f"{len(page.data) / 1024:.0f} KB"
    timing.row(name, timing.milliseconds(product), timing.milliseconds(plain), timing.ratio(product, plain), size)


def _ordered(scope: ColumnElement[bool], *columns: Any) -> Select[Any]:
    statement = select(*columns).where(scope, Person.edition_id == 1, Person.review_status != "deleted")
    return statement.order_by(Person.created_at.desc(), Person.id.desc())


def _far(engine: Engine, reader: Reader) -> str:
    """Return the address of a page that many rows down, as the "next" link before it has it."""
    statement = _ordered(reader.scope, Person.id, Person.created_at).offset(reader.depth).limit(1)
    with engine.connect() as connection:
        person_id, created_at = connection.execute(statement).one()
    page = reader.depth // SIZE + 2
    return f"/admin/person/?size={SIZE}&page={page}&after={person_id},{created_at.isoformat().replace('+', '%2B')}"


def _floor(engine: Engine, scope: ColumnElement[bool]) -> FlaskClient:
    app = Flask("floor")
    template = app.jinja_env.from_string(PAGE)
    reading = engine.execution_options(read_only=True)
    chosen = select(*COLUMNS).where(Person.id.in_(_ordered(scope, Person.id).limit(SIZE)))
    named = chosen.join(Unit, Unit.id == Person.unit_id).join(Delegation, Delegation.id == Person.delegation_id)
    statement = named.order_by(Person.created_at.desc(), Person.id.desc())

    @app.route("/")
    def page() -> str:
        with reading.connect() as connection:
            rows = [_cells(row) for row in connection.execute(statement)]
        return template.render(rows=rows)

    return app.test_client()


def _cells(row: Any) -> tuple[object, ...]:
    number, ref, name, review, label, payment, id_no, title, mobile, unit, node, at = row
    return (
        number, name, review.label, label.label, payment.label, mask("identity", open_sealed("person", "id_no", ref, id_no)),
        title, mask("mobile", open_sealed("person", "mobile", ref, mobile)), unit, node,
        at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
    )  # fmt: skip
