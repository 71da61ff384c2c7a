"""What the peers have in common: their rows, of which as many are put in one state as at the product."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from bench.jobs_servers import settle
from bench.jobs_work import WAITING, WRONG, Work, book

NODE, CITY, ELSEWHERE = 6, "漳州", "泉州"
HERE = f"(SELECT id FROM unit WHERE delegation_id = {NODE})"
PAYABLE = f"""
SELECT p.id, p.unit_id FROM person p JOIN unit u ON u.id = p.unit_id
WHERE u.delegation_id = {NODE} AND u.region = '{CITY}' AND p.status = 'to_confirm' ORDER BY u.id, p.id"""
ALONE = f"""
SELECT substr(id_no, -4) AS tail, min(name) FROM person p WHERE unit_id IN {HERE}
GROUP BY tail HAVING count(*) = 1 AND tail NOT LIKE '%X'
AND NOT EXISTS (SELECT 1 FROM person q WHERE q.unit_id IN {HERE} AND q.phone LIKE '%' || tail)
AND NOT EXISTS (SELECT 1 FROM unit u WHERE u.delegation_id = {NODE} AND (u.uscc LIKE '%' || tail || '%' OR u.name LIKE '%' || tail || '%'))
ORDER BY min(p.id) LIMIT 1"""
RETURNABLE = f"SELECT uscc, name FROM unit WHERE delegation_id = {NODE} AND status = 'submitted' ORDER BY id LIMIT 1"


def prepare(source: Path, path: Path, header: Sequence[str], standing: str) -> Work:
    """Make a prepared copy of the peers' million; ``standing`` asks for the rows of the table of quota."""
    with sqlite3.connect(source) as connection, sqlite3.connect(path) as copy:
        connection.backup(copy)
    connection.close()
    with sqlite3.connect(path) as copy:
        _wait_in_one_city(copy)
        rows = copy.execute(standing).fetchall()
        tail, person = copy.execute(ALONE).fetchone()
        code, unit = copy.execute(RETURNABLE).fetchone()
    copy.close()
    settle(path)
    wrong, mended = (book(path.with_suffix(f".{n}.xlsx"), header, rows, n) for n in (WRONG, 0))
    return Work(tail, person, code, unit, wrong, mended)


def _wait_in_one_city(copy: sqlite3.Connection) -> None:
    """Leave as many in the city as wanted, by their units; the rest of the last unit waits no more."""
    found = copy.execute(PAYABLE).fetchall()
    chosen, last = {unit for _person, unit in found[:WAITING]}, found[WAITING - 1][1]
    others = sorted({(ELSEWHERE, unit) for _person, unit in found if unit not in chosen})
    copy.executemany("UPDATE unit SET region = ? WHERE id = ?", others)
    spare = [(person,) for person, unit in found[WAITING:] if unit == last]
    copy.executemany("UPDATE person SET status = 'to_review' WHERE id = ?", spare)
