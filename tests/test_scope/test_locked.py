"""Once a node has locked, no address of the program changes its units, persons or quota for those below the province."""

from datetime import timedelta

import pytest

from models.kinds import now
from tests.test_scope._places import OWN
from tests.test_scope._routes import cells

HELD = ("unit", "person", "intention", "attachment", "quota_allocation", "quota_pool")
DOORS = ("auth.login", "auth.logout", "auth.change_password")


@pytest.fixture
def locked(arenas):
    """Lock the nodes of the sub-delegation, and let no exception window be open."""
    arena = arenas("sqlite")
    node, window = (arena.vault.tables[name] for name in ("delegation_edition", "exception_window"))
    nodes = [plot.node_id for plot in arena.plots if plot.number in arena.seats["sub_delegation"].sees]
    past = now() - timedelta(hours=1)
    here = node.c.delegation_id.in_(nodes)
    arena.vault.connection.execute(node.update().where(here).values(status="locked", locked_at=past))
    arena.vault.connection.execute(window.update().values(status="closed"))
    yield arena
    arena.vault.put_back(arena.vault.changed())


def sent(arena, seat, names=()):
    """Yield every request by which the reader might change what is his own."""
    for rule in arena.app.url_map.iter_rules():
        if rule.endpoint not in DOORS and (not names or rule.endpoint in names):
            yield from (
                cell for cell in cells(arena, seat, rule) if cell.method == "POST" and cell.place.kind.startswith(OWN)
            )


def is_changed(vault, name):
    return vault._read(vault.tables[name]) != vault.kept[name]


def fields(seat, cell):
    data = {key: value.sent() if hasattr(value, "sent") else value for key, value in (cell.data or {}).items()}
    return {"csrf_token": seat.token, **data}


def posted(arena, seat, names=()):
    """Send everything; return how many answers there were, what changed of what a lock holds, and after which requests."""
    count, changed, after = 0, set(), []
    for cell in sent(arena, seat, names):
        before = arena.vault.stamp()
        seat.client.post(cell.place.path, data=fields(seat, cell)).get_data()
        count += 1
        if before != arena.vault.stamp() and (held := [name for name in HELD if is_changed(arena.vault, name)]):
            changed |= set(held)
            after.append((str(cell), held))
            arena.vault.put_back(held)
    return count, changed, after


def test_no_post_below_the_province_changes_what_is_locked(locked):
    count, _changed, after = posted(locked, locked.seats["sub_delegation"])
    assert after == []
    assert count > 400


def test_the_same_posts_change_something_while_nothing_is_locked(arenas):
    arena = arenas("sqlite")
    names = [f"{noun}.{verb}" for noun in HELD for verb in ("edit", "new", "cell")]
    _count, changed, _after = posted(arena, arena.seats["sub_delegation"], names)
    arena.vault.put_back(arena.vault.changed())
    assert {"unit", "person", "intention", "quota_allocation"} <= changed
