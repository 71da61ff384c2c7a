"""The product's side of the jobs: a clerk of a sub-delegation, and rows on which each of the jobs has something to do.

The clerk is that of the machinery trade's sub-delegation, of which the million has as many rows as each of the peers'
sixty. On a copy, 300 of its persons who wait for group pay are put into one city, and its pools get room.
"""

import shutil
import sqlite3
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.passwords import set_password
from admin_views.search import read
from admin_views.sessions import system_session
from bench import data
from bench.jobs_servers import settle
from bench.jobs_work import ROWS, WAITING, WRONG, Work, book
from bench.visitor import PASSWORD
from extensions import db
from models import Account, IdType, Person, PersonStatus, Unit
from models.kinds import open_sealed
from workflow import preferences, saved_views
from workflow.actors import actor_for

CLERK, CITY = "jixie1", "漳州市"
VIEW = "漳州待确认"
KEPT = {"f": [["review_status", "pending_confirm"], ["unit.city", CITY]], "s": "", "o": "", "n": ""}
SHOWN = ("name", "unit_id", "review_status", "label", "id_no", "mobile")
HEADER = ("统一社会信用代码", "单位名称", "VIP额度", "工作人员额度")
HERE = "(SELECT delegation_id FROM account WHERE username = :clerk)"
PAYABLE = f"""
SELECT p.id, p.unit_id FROM person p JOIN unit u ON u.id = p.unit_id
WHERE p.delegation_id = {HERE} AND p.review_status = 'pending_confirm' AND u.group_pay_enabled <> 'OFF' ORDER BY u.id, p.id"""
STANDING = f"""
SELECT u.uscc, u.name, max(CASE q.label WHEN 'VIP' THEN q.allotted ELSE 0 END), 1 + max(CASE q.label WHEN 'STAFF' THEN q.allotted ELSE 0 END)
FROM quota_allocation q JOIN unit u ON u.id = q.unit_id
WHERE q.delegation_id = {HERE} AND u.uscc IS NOT NULL GROUP BY u.id ORDER BY u.id LIMIT :many"""
RETURNABLE = f"""
SELECT uscc, name FROM unit WHERE delegation_id = {HERE} AND review_status = 'pending_first' AND uscc IS NOT NULL
ORDER BY id LIMIT 1"""


def prepare(source: str, path: Path) -> Work:
    """Make a prepared copy of the million and return the work in it."""
    shutil.copy(source.removeprefix("sqlite:///"), path)
    app = data.application(f"sqlite:///{path}")
    with app.app_context():
        upgrade()
        with sqlite3.connect(path) as connection:
            _wait_in_one_city(connection)
            rows = connection.execute(STANDING, {"clerk": CLERK, "many": ROWS}).fetchall()
            code, unit = connection.execute(RETURNABLE, {"clerk": CLERK}).fetchone()
        connection.close()
        with system_session() as session:
            account = session.scalars(select(Account).where(Account.username == CLERK)).one()
            set_password(account, PASSWORD)
            actor = actor_for(session, account)
            saved_views.keep(session, actor, "person", VIEW, KEPT)
            preferences.keep(session, actor, "person", {"columns": list(SHOWN)})
            tail, person = _alone(session, account.delegation_id)
        db.engine.dispose()
    settle(path)
    wrong, mended = (book(path.with_suffix(f".{n}.xlsx"), HEADER, rows, n) for n in (WRONG, 0))
    return Work(tail, person, code, unit, wrong, mended)


def _wait_in_one_city(connection: sqlite3.Connection) -> None:
    """Put as many payable persons as wanted into the city, by their units; the rest of the last unit waits no more."""
    found = connection.execute(PAYABLE, {"clerk": CLERK}).fetchall()
    chosen, last = found[:WAITING], found[WAITING - 1][1]
    units = {(CITY, unit) for _person, unit in chosen}
    connection.executemany("UPDATE unit SET city = ? WHERE id = ?", sorted(units))
    spare = [(person,) for person, unit in found[WAITING:] if unit == last]
    connection.executemany("UPDATE person SET review_status = 'submitted' WHERE id = ?", spare)
    connection.execute(f"UPDATE quota_pool SET total = total + 100000 WHERE delegation_id = {HERE}", {"clerk": CLERK})


def _alone(session: Session, node: int) -> tuple[str, str]:
    """Find somebody whose last four characters nobody else bears, neither in a number nor in a mobile."""
    here = (
        Person.delegation_id == node,
        Person.review_status == PersonStatus.approved,
        Person.id_type == IdType.RESIDENT_ID,
    )
    for ref, name, sealed in session.execute(select(Person.ref, Person.name, Person.id_no).where(*here).limit(500)):
        tail = open_sealed("person", "id_no", ref, sealed)[-4:]
        if tail.isdigit() and [_bearers(session, model, node, tail) for model in (Person, Unit)] == [1, 0]:
            return tail, name
    raise RuntimeError("everybody's last four characters are somebody else's, too")


def _bearers(session: Session, model: type[Person | Unit], node: int, tail: str) -> int:
    search = read(tail)
    assert search is not None
    return len(session.scalars(select(model.id).where(model.delegation_id == node, search.condition(model))).all())
