"""What is wrong with an answer, whoever asked for it; nothing here knows what the answer should be."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from models.kinds import mask
from tests.test_scope._arena import ANONYMOUS, MUST_CHANGE, Arena, Seat
from tests.test_scope._routes import Cell

READING = ("GET", "HEAD", "OPTIONS")
TOKEN = re.compile(r"[0-9A-Za-z*@.,_-]{6,}")
OPEN = {"gate.check", "gate.answer", "auth.login", "static", "admin.static", "health.livez", "health.readyz"}
OPEN_TO = {ANONYMOUS: OPEN, MUST_CHANGE: {*OPEN, "auth.change_password"}}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PLAIN = {"text/csv", "application/json"}  # shown as text by whoever reads them
TRAIL = {"audit", "audit_head"}
PREVIEWS = {"batch", "batch_row", "import_job"}  # what the reader looks at before anything is done
HOME = re.escape(str(Path(__file__).parents[2]))  # no path of the machine stands on a page
TELLS = re.compile(rf"Traceback|sqlalchemy|psycopg|sqlite3|SELECT |INSERT INTO|{HOME}|site-packages")


def text_of(answer: Any) -> str:
    """Return everything an answer says, headers included, as plain text."""
    parts = [unquote(value) for _name, value in answer.headers]
    data = answer.get_data()
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            parts += [book.read(name).decode("utf-8", "replace") for name in book.namelist()]
    elif data and answer.mimetype == "application/json":
        parts.append(json.dumps(answer.get_json(), ensure_ascii=False))
    else:
        parts.append(data.decode("utf-8", "replace"))
    return "\n".join(parts)


def _tokens(text: str) -> set[str]:
    found = {part for token in TOKEN.findall(text) for part in (token, re.sub(r"[.,]", "", token), *token.split(","))}
    return found | {token.strip(".-_") for token in found}


def leaks(arena: Arena, seat: Seat, cell: Cell, text: str) -> list[str]:
    """Return what a text tells that the reader may not know, save what his own request said."""
    sent = unquote(f"{cell.place.path} {cell.query} {cell.data}").replace("\\n", " ")
    own_words = _tokens(sent)
    own_words |= {mask(kind, token) for token in own_words & arena.numbers for kind in ("identity", "mobile")}
    tokens = _tokens(text)
    letters = [letter for letter in seat.letters if letter in text and letter not in sent]
    found = [f"letter of {ord(letter) - 0x3400:#x}" for letter in letters]
    found += sorted(f"code {code}" for code in (tokens & seat.codes) - own_words)
    if not cell.whole:
        typed = own_words if cell.endpoint.endswith((".new", ".edit")) else set()  # a form shows what was typed into it
        found += sorted(f"number {number}" for number in (tokens & arena.numbers) - typed)
    return found


def faults(arena: Arena, seat: Seat, cell: Cell, answer: Any) -> list[str]:
    """Return what no answer may be or carry."""
    text = text_of(answer)
    found = leaks(arena, seat, cell, text)
    if answer.status_code >= 500:
        found.append(f"status {answer.status_code}")
    if "<q7" in text and answer.mimetype not in PLAIN:
        found.append("unescaped text")
    if answer.status_code >= 400 and (told := TELLS.search(text)):
        found.append(f"tells {told[0]}")
    shut = not seat.enters and cell.method != "OPTIONS" and cell.endpoint not in OPEN_TO[seat.name]
    if shut and 200 <= answer.status_code < 300:
        found.append(f"{seat.name} got {answer.status_code}")
    found += [f"header {name}" for name, value in HEADERS.items() if answer.headers.get(name) != value]
    if "Content-Security-Policy" not in answer.headers:
        found.append("header Content-Security-Policy")
    if answer.headers.get("Cache-Control") != "no-store" and cell.endpoint != "static":
        found.append(f"kept: {answer.headers.get('Cache-Control')}")
    return found


def writes(arena: Arena, seat: Seat, cell: Cell, status: int, changed: dict[str, Any]) -> list[str]:
    """Return what a request changed that it may not."""
    found = []
    if cell.method in READING and changed:
        found.append(f"a {cell.method} changed {sorted(changed)}")
    if status >= 400 and set(changed) - TRAIL - PREVIEWS:
        found.append(f"a {status} changed {sorted(changed)}")
    for table, (gone, new) in changed.items():
        owners = {arena.owner(table, row) for row in [*gone, *new]} - {None, *seat.sees}
        found += [f"foreign {table} of {owner}" for owner in owners if not arena.common(cell.endpoint, table)]
    return found
