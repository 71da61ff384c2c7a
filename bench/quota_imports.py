"""Import of 10,000 quota rows (5,000 same, 3,000 changed, 1,900 new, 100 bad): preview, commit of the good rows, page.

The floor reads the workbook with calamine, checks every code, and writes the changed and new rows by one raw
``executemany`` with ON CONFLICT (PERFORMANCE §4); it neither locks, compares, audits nor reports.
"""

import gzip
import json
import sqlite3
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

from openpyxl import Workbook
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bench import data, timing
from bench.moves import PERSONS, UNITS
from demo.codes import uscc
from exchange import quota_import
from models import Account
from models.validators import check_uscc
from workflow.actors import SYSTEM, acting, actor_for
from workflow.sessions import make_engine, make_sessions

SAME, CHANGED, NEW, BAD = 5_000, 3_000, 1_900, 100
ROUNDS = 3
HEADER = ("序号", "统一社会信用代码", "单位名称", "VIP额度", "工作人员额度", "备注")
STANDING = """
SELECT coalesce(u.uscc, q.uscc) AS code, max(q.unit_name), max(CASE WHEN q.label = 'VIP' THEN q.allotted END),
       max(CASE WHEN q.label = 'STAFF' THEN q.allotted END)
FROM quota_allocation q LEFT JOIN unit u ON u.id = q.unit_id
WHERE q.province_id = 1 AND coalesce(u.uscc, q.uscc) IS NOT NULL GROUP BY 1 ORDER BY min(q.id) LIMIT :many"""
UPSERT = """
INSERT INTO quota_allocation (edition_id, delegation_id, province_id, uscc, unit_name, label, allotted, used, row_version,
  created_at, updated_at)
VALUES (1, 1, 1, ?, ?, ?, ?, 0, 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)
ON CONFLICT (edition_id, uscc, label) DO UPDATE SET allotted = excluded.allotted, row_version = row_version + 1,
  updated_at = CURRENT_TIMESTAMP WHERE used <= excluded.allotted"""


@dataclass
class Times:
    """What the product took in each round, and what it found."""

    preview: list[float]
    commit: list[float]
    found: dict[str, int]
    page: bytes = b""


def run() -> None:
    """Print one row."""
    source = data.sqlite("moves", UNITS, PERSONS)
    rows = _rows(source)
    book = _book(rows)
    times = Times([], [], {})
    product, floor = timing.interleaved(ROUNDS, partial(_product, source, book, times), partial(_floor, source, book))
    timing.head("import", "counts", "preview", "commit", "both", "floor", "ratio", "page", "zipped")
    timing.row(
        f"{len(rows):,} quota rows, xlsx", timing.text_of([f"{key} {number:,}" for key, number in times.found.items()]),
        f"{median(times.preview):.2f} s", f"{median(times.commit):.2f} s", f"{product:.2f} s", f"{floor:.2f} s",
        timing.ratio(product, floor), f"{len(times.page) / 1024:.0f} KB", f"{len(gzip.compress(times.page)) / 1024:.0f} KB",
    )  # fmt: skip


def _rows(url: str) -> list[tuple[Any, ...]]:
    """Make the table: what stands already, the same with one more staff badge, new codes, and codes that are none."""
    engine = make_engine(url)
    with engine.connect() as connection:
        standing = [tuple(row) for row in connection.execute(text(STANDING), {"many": SAME + CHANGED})]
    engine.dispose()
    if len(standing) < SAME + CHANGED:
        raise RuntimeError(f"only {len(standing)} codes have quota")
    rows = list(standing[:SAME])
    rows += [(code, name, vip, (staff or 0) + 1) for code, name, vip, staff in standing[SAME:]]
    rows += [(uscc(10_000_000 + number, "ENTERPRISE"), f"福州新登记{number}有限公司", 1, 2) for number in range(NEW)]
    wrong = [uscc(20_000_000 + number, "ENTERPRISE") for number in range(BAD)]
    return rows + [(code[:8] + code[9] + code[8] + code[10:17] + "O", "代码有误的单位", 1, 1) for code in wrong]


def _book(rows: list[tuple[Any, ...]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("额度")
    sheet.append(HEADER)
    for number, (code, name, vip, staff) in enumerate(rows, 1):
        sheet.append((str(number), code, name, vip, staff, None))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _fresh(source: str) -> str:
    """Return a copy whose pools have room, so that the pools refuse nothing."""
    url = data.copy_of(source)
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE quota_pool SET total = total + 100000")
    connection.close()
    return url


def _product(source: str, book: bytes, times: Times) -> float:
    engine = make_engine(_fresh(source))
    with make_sessions(engine)() as session:
        clerk = _clerk(session)
        started = timing.cpu()
        planned = quota_import.plan(session, clerk, book, "额度.xlsx")
        ref = quota_import.keep(session, clerk, planned).ref
        session.commit()
        seen = timing.cpu()
        result = quota_import.commit(session, clerk, ref, "good")
        session.commit()
        done = timing.cpu()
    engine.dispose()
    times.preview.append(seen - started)
    times.commit.append(done - seen)
    times.found, times.page = vars(result.counts), json.dumps(planned.page(), ensure_ascii=False).encode()
    return done - started


def _clerk(session: Session) -> Any:
    with acting(session, SYSTEM):
        account = session.scalars(select(Account).where(Account.username == "fj_mishu1")).one()
        clerk = actor_for(session, account)
    session.info["actor"] = clerk
    session.commit()
    return clerk


def _floor(source: str, book: bytes) -> float:
    path = Path(_fresh(source).removeprefix("sqlite:///"))
    return timing.clock(partial(_upsert, path, book))


def _upsert(path: Path, book: bytes) -> None:
    lines = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python()[1:]
    good = []
    for _, code, name, vip, staff, _ in lines:
        try:
            check_uscc(str(code))
        except ValueError:
            continue
        good += [(code, name, label, int(n)) for label, n in (("VIP", vip), ("STAFF", staff)) if isinstance(n, float)]
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(UPSERT, good)
    connection.execute("COMMIT")
    connection.close()
