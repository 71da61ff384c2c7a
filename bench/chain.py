"""Verifying the audit chain against hashing the same bytes: what the walk adds to the HMAC itself.

The floor takes the rows' texts from memory and chains them by HMAC-SHA-256 twice a row, as the trail does; ``raw`` reads the
stored rows by the database's own driver besides.
"""

import hashlib
import hmac
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from bench import timing
from models import Base, Edition, keyring
from models.kinds import now
from workflow import trail
from workflow.actors import SYSTEM
from workflow.sessions import make_engine, make_sessions

ROWS = 1_000_000
AT_ONCE = 20_000
CHANGES = '{"review_status": ["pending_first", "pending_second"], "first_by_id": [null, 12]}'
STORED = f"SELECT {', '.join((*trail.FIELDS, *trail.LATER, 'hash'))} FROM audit ORDER BY id"


def run() -> None:
    """Print a row."""
    keyring.use(keyring.KeyRing({1: bytes(32)}, 1, bytes(range(32))))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.db"
        sessions = make_sessions(make_engine(f"sqlite:///{path}"))
        _fill(sessions)
        ours = timing.clock(lambda: _walk(sessions))
        connection = sqlite3.connect(path)
        texts = [_text(row) for row in connection.execute(STORED)]
        raw = timing.clock(lambda: _hash(_text(row) for row in connection.execute(STORED)))
        floor = timing.clock(lambda: _hash(texts))
    timing.head("verifying the chain", "ours", "a second", "raw rows and hashing", "ratio", "hashing alone", "ratio")
    timing.row(
        f"{ROWS:,} entries", timing.milliseconds(ours), f"{ROWS / ours:,.0f}", timing.milliseconds(raw),
        timing.ratio(ours, raw), timing.milliseconds(floor), timing.ratio(ours, floor),
    )  # fmt: skip


def _fill(sessions: sessionmaker[Session]) -> None:
    with sessions(info={"actor": SYSTEM}) as session:
        Base.metadata.create_all(session.get_bind())
        moment, day = now(), now().date()
        session.add(Edition(
            code="8", name="第八届", is_current=True, opens_at=moment, unit_closes_at=moment, person_closes_at=moment,
            pay_closes_at=moment, show_opens_on=day, show_closes_on=day,
        ))  # fmt: skip
        session.commit()
        for start in range(1, ROWS, AT_ONCE):
            for number in range(start, start + AT_ONCE):
                trail.note(session, "unit.pass_first_review", "unit", number, "ABCDEFGHJK", CHANGES, None, start)
            session.commit()


def _walk(sessions: sessionmaker[Session]) -> None:
    with sessions(info={"actor": SYSTEM}) as session:
        broken = trail.first_break(session)
        if broken:
            raise RuntimeError(broken)


def _text(row: tuple[object, ...]) -> bytes:
    return "\x1f".join(map(str, row)).encode()


def _hash(texts: Iterable[bytes]) -> None:
    key, previous = bytes(32), b""
    for text in texts:
        previous = hmac.digest(key, hmac.digest(key, previous + text, hashlib.sha256), hashlib.sha256)
