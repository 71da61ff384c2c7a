"""Exports of a sub-delegation's persons as the browser gets them, against a bare ``csv.writer`` over a bare cursor.

Each export runs in a process of its own: seconds, seconds to the first byte after the headings, and how much private
memory grew. The floor writes the same columns with joined names; in place of a sealed number, which the product opens
and masks, it writes the stored index.
"""

import csv
import io
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from bench import data, timing
from bench.lists import PERSONS, UNITS
from bench.visitor import visitor

ROUNDS = 3
WHO, NODE = "xiamen1", 3
PLAIN = ("name", "review_status", "label", "payment_status", "sex", "id_type", "department", "title", "period", "cert_mode",
         "get_method", "created_at", "unit_id", "delegation_id")  # fmt: skip
SEALED = (*PLAIN, "id_no", "mobile")
COLUMNS = {"plain": PLAIN, "sealed": SEALED}
STORED = {"unit_id": "u.name", "delegation_id": "d.short_name", "id_no": "p.id_no_index", "mobile": "p.mobile_index"}
TOKEN = re.compile(r'name="(csrf_token|query)" value="([^"]*)"')


def run() -> None:
    """Print a row per format and kind of columns."""
    timing.head("export", "rows", "product", "floor", "ratio", "first byte", "memory growth", "file")
    for kind, columns in COLUMNS.items():
        measured: dict[str, list[dict[str, float]]] = {"floor": [], "csv": [], "xlsx": []}
        for _ in range(ROUNDS):
            for form, results in measured.items():
                results.append(_child(form, kind))
        floor = _median(measured["floor"], "seconds")
        for form in ("csv", "xlsx"):
            seconds = _median(measured[form], "seconds")
            name = f"persons, {len(columns)} columns{', two of them sealed' if kind == 'sealed' else ''}, {form}"
            timing.row(
                name, f"{measured[form][0]['rows']:,.0f}", f"{seconds:.2f} s", f"{floor:.2f} s", timing.ratio(seconds, floor),
                timing.milliseconds(_median(measured[form], "first")), f"{_median(measured[form], 'growth'):.0f} MB",
                f"{measured[form][0]['bytes'] / 1e6:.1f} MB",
            )  # fmt: skip


def _median(results: list[dict[str, float]], key: str) -> float:
    return median(result[key] for result in results)


def _child(form: str, kind: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.exports", form, kind]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{form}, {kind}: {done.stderr[-2000:]}")
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _private_memory() -> float:
    """Return MB of memory that is this process's own (mapped files do not count)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))


def _drain(chunks: Iterable[bytes], started: float, asked: float) -> dict[str, float]:
    """Take all chunks and throw them away."""
    before = peak = _private_memory()
    first, size = 0.0, 0
    for number, chunk in enumerate(chunks):
        size += len(chunk)
        if number == 1:
            first = timing.wall() - asked
        if number % 50 == 0:
            peak = max(peak, _private_memory())
    return {"seconds": timing.cpu() - started, "first": first, "bytes": size, "growth": peak - before}


def _product(url: str, form: str, kind: str) -> dict[str, float]:
    _app, client = visitor(url, WHO)
    page = client.get("/admin/person/?panel=exports").text
    fields: dict[str, Any] = dict(TOKEN.findall(page))
    fields |= {"format": form, "columns": list(COLUMNS[kind]), "sort": "-created_at"}
    started, asked = timing.cpu(), timing.wall()
    answer = client.post("/admin/person/export", data=fields, buffered=False)
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status}: {answer.location}")
    return _drain(answer.iter_encoded(), started, asked)


def _floor(url: str, kind: str) -> dict[str, float]:
    chosen = ", ".join(STORED.get(column, f"p.{column}") for column in COLUMNS[kind])
    statement = (
        f"SELECT {chosen} FROM person p JOIN unit u ON u.id = p.unit_id JOIN delegation d ON d.id = p.delegation_id "
        f"WHERE p.delegation_id = {NODE} AND p.review_status <> 'deleted' ORDER BY p.created_at DESC, p.id DESC"
    )
    cursor = sqlite3.connect(url.removeprefix("sqlite:///")).cursor()

    def chunks() -> Iterable[bytes]:
        cursor.execute(statement)
        while rows := cursor.fetchmany(256):
            buffer = io.StringIO()
            csv.writer(buffer).writerows(rows)
            yield buffer.getvalue().encode()

    return _drain(chunks(), timing.cpu(), timing.wall())


def _rows(url: str) -> int:
    count = f"SELECT count(*) FROM person WHERE delegation_id = {NODE} AND review_status <> 'deleted'"
    return int(sqlite3.connect(url.removeprefix("sqlite:///")).execute(count).fetchone()[0])


def main(form: str, kind: str) -> None:
    """Measure one export in this process and print it as JSON."""
    url = data.sqlite("million", UNITS, PERSONS)
    result = _floor(url, kind) if form == "floor" else _product(url, form, kind)
    print(json.dumps({"rows": _rows(url), **result}))


if __name__ == "__main__":
    main(*sys.argv[1:])
