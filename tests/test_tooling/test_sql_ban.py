"""No statement slips past the scope of the session, save in the places named with a reason."""

import pytest

from tests.test_tooling import scan
from tests.test_tooling.named_places import NAMED_PLACES


def places() -> set[str]:
    return {
        f"{scan.name(path)}::{function}"
        for path in scan.files(".py")
        for function, _what in scan.unscoped_sql(path.read_text(), declares=path.is_relative_to(scan.ROOT / "models"))
    }


def test_unscoped_sql_stands_only_in_named_places():
    assert places() - set(NAMED_PLACES) == set()


def test_every_named_place_is_still_needed_and_gives_its_reason():
    assert set(NAMED_PLACES) - places() == set()
    assert [place for place, reason in NAMED_PLACES.items() if len(reason) < 10] == []


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("session.execute(text('DELETE FROM unit'))", "text()"),
        ("session.execute(raw('DELETE FROM unit'))", "text()"),
        ("session.execute(sqlalchemy.text('DELETE FROM unit'))", "text()"),
        ("connection.exec_driver_sql('DELETE FROM unit')", ".exec_driver_sql()"),
        ("engine.raw_connection()", ".raw_connection()"),
        ("connection.cursor().execute('DELETE FROM unit')", ".cursor()"),
        ("session.execute(select(Unit.__table__))", "select() on a table"),
        ("session.execute(insert(Unit.__table__), rows)", "insert() on a table"),
        ("session.execute(Unit.__table__.update().values(name=''))", "update() on a table"),
        ("session.execute(delete(units))", "delete() on a table"),
        ("session.execute(select(Base.metadata.tables['unit']))", "select() on a table"),
    ],
)
def test_a_statement_past_the_scope_is_found(body, what):
    source = f"""
from sqlalchemy import text, text as raw
units = Unit.__table__
class Units:
    def purge(self):
        {body}
"""
    assert scan.unscoped_sql(source) == [("purge", what)]


@pytest.mark.parametrize(
    "body",
    [
        "session.execute(update(Unit).where(Unit.id == 1).values(name=''))",
        "session.execute(select(Unit.id))",
        "session.execute(insert(Unit), rows)",
        "[column.name for column in Unit.__table__.columns]",
        "box.text('hello')",
    ],
)
def test_a_statement_on_a_model_is_none_of_them(body):
    assert scan.unscoped_sql(f"from sqlalchemy import text\ndef f():\n    {body}\n") == []


def test_models_may_declare_an_index_in_words():
    source = "from sqlalchemy import text\nLIVE = text('status = 1')\ndef f():\n    text('SELECT 1')\n"

    assert scan.unscoped_sql(source, declares=True) == [("f", "text()")]
    assert scan.unscoped_sql(source) == [("", "text()"), ("f", "text()")]
