"""The keys of the trail: looked up anew by every statement whose answer they open, however it asks, and by no other."""

import os
from typing import Any

import pytest
from sqlalchemy import Text, delete, event, func, insert, literal, select, text, type_coerce, union_all, update
from sqlalchemy.orm import aliased, defer, load_only

from models import Account, Audit, Edition
from models.audit import ERASED
from models.edition_keys import EditionKey, know
from models.kinds import now
from workflow.actors import SYSTEM, acting

TOLD = '{"name": ["陈怡", "林静"]}'
OTHER = aliased(Audit)
INNER = select(Audit.changes.label("told"), Audit.id).subquery()
READING = {
    "first entity": select(Audit),
    "second entity": select(Account, Audit).join(Audit, Audit.id > Account.id * 0, isouter=True),
    "aliased": select(OTHER),
    "aliased, as second entity": select(Account.id, OTHER).join(OTHER, OTHER.id > Account.id * 0),
    "one column": select(Audit.changes),
    "a column beside others": select(Account.name, Audit.changes).join(Audit, Audit.id > Account.id * 0),
    "a column of an alias": select(OTHER.changes),
    "a union of columns": union_all(select(Audit.changes, Audit.id), select(Audit.changes, Audit.id)),
    "a union in which it comes second": union_all(
        select(func.coalesce(Audit.changes, "")), select(Audit.changes).where(Audit.id < 0)
    ),
    "a union as an entity": select(aliased(Audit, union_all(select(Audit), select(Audit)).subquery())),
    "a subquery": select(INNER.c.told),
    "a function": select(func.max(Audit.changes)),
    "some columns of the entity": select(Audit).options(load_only(Audit.changes)),
    "the table, past the mapper": select(Audit.__table__),
    "text with types": text("SELECT changes FROM audit").columns(Audit.changes),
}
NOT_READING = {
    "another table": select(Account),
    "the secrets themselves": select(Edition.audit_secret),
    "a count": select(func.count()).select_from(Audit),
    "columns that are not sealed": select(Audit.id, Audit.hash),
    "the entity without them": select(Audit).options(defer(Audit.changes), defer(Audit.reason)),
    "as it is stored": select(type_coerce(Audit.changes, Text)),
    "a condition": select(Account.id).where(Account.id.in_(select(Audit.id).where(Audit.changes == "{}"))),
    "no table": select(literal(1)),
}


def hold(session, edition_id, secret):
    """Write an edition's secret into the database, past everything this process knows."""
    editions: Any = Edition.__table__
    session.connection().execute(update(editions).where(editions.c.id == edition_id).values(audit_secret=secret))
    session.expunge_all()


@pytest.fixture
def sealed(session, world):
    """An entry under a key that the database no longer has, though this process still holds it; return where it is."""
    know([secret := os.urandom(32)])
    session.commit()
    hold(session, world.edition.id, None)
    entry = {
        "id": 1,
        "actor": "x",
        "role": "system",
        "action": "person.edit",
        "noun": "person",
        "hash": "",
        "fields": ",name,",
    }
    entry |= {"at": now(), "changes": EditionKey(secret).seal(TOLD), "edition_id": world.edition.id}
    audits: Any = Audit.__table__
    session.connection().execute(delete(audits))
    session.connection().execute(insert(audits), entry)
    yield secret
    know([])


def all_of(session, statement):
    """Return everything that the rows of an answer say, entities by their ``changes``."""
    with acting(session, SYSTEM):
        rows = session.execute(statement).all()
    return [getattr(value, "changes", value) for row in rows for value in row]


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize("statement", READING.values(), ids=READING)
def test_whoever_reads_the_trail_has_the_keys_of_this_moment(session, statement):
    found = all_of(session, statement)

    assert ERASED in found
    assert TOLD not in found


@pytest.mark.parametrize("statement", READING.values(), ids=READING)
def test_a_key_made_elsewhere_opens_here_at_the_next_look(session, world, sealed, statement):
    assert TOLD not in all_of(session, statement)  # the structure is known by now, the key is not
    hold(session, world.edition.id, sealed)
    found = all_of(session, statement)

    assert TOLD in found
    assert ERASED not in found


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize("statement", NOT_READING.values(), ids=NOT_READING)
def test_no_other_statement_asks_for_keys(session, statement):
    asked = []

    def listen(*arguments):
        asked.append(arguments[2])

    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", listen)
    with acting(session, SYSTEM):
        for _ in range(2):
            session.execute(statement).all()
    event.remove(bind, "before_cursor_execute", listen)

    assert len(asked) == 2


def test_an_entry_that_is_loaded_again_is_read_with_the_keys_of_this_moment(session, sealed):
    with acting(session, SYSTEM):
        entry = session.scalars(select(Audit).options(defer(Audit.changes))).one()
        know([sealed])

        assert entry.changes == ERASED
        know([sealed])
        session.refresh(entry)
        assert entry.changes == ERASED
