"""How well and how fast licences are read: drawn ones at four levels of quality, or a folder of real ones.

``python -m bench recognition`` draws; ``python -m bench recognition FOLDER TRUTH.csv`` reads the JPG and PNG files of a
folder and compares them with a UTF-8 table whose columns are ``file`` and any of the fields; an empty cell is not asked for.
The measure of time is the bare library on the same picture, in turn with ours, by processor seconds.
"""

import csv
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from bench import licences, timing
from exchange import recognition, recognition_child
from exchange.recognition import Reading

FIELDS = {"uscc": "代码", "name": "名称", "legal_rep": "法定代表人", "address": "住所", "reg_capital": "注册资本"}
EACH = 20  # drawn pictures a level
Case = tuple[str, str, bytes, Mapping[str, str]]  # group, file, picture, truth


class BadTruth(Exception):
    """The folder or its table cannot be used; the sentence says why."""


def run(*arguments: str) -> int:
    """Measure; return 2 when the folder or its table is not usable, 1 when a wrong code was taken."""
    try:
        cases = list(_real(*arguments) if arguments else _drawn())
    except BadTruth as bad:
        print(bad, file=sys.stderr)
        return 2
    engine = recognition_child.load()
    tally: dict[str, Counter[str]] = {}
    for group, file, data, truth in cases:
        counted = tally.setdefault(group, Counter())
        image = Image.open(io.BytesIO(data)).convert("RGB")
        reading, ours = _timed(partial(read, engine, image))
        _, bare = _timed(partial(engine, image))
        counted.update({"pictures": 1, "ours": round(ours * 1e6), "bare": round(bare * 1e6)})
        for key, wanted in truth.items():
            outcome = compared(reading, key, wanted)
            counted[f"{key}:asked"] += 1
            counted[f"{key}:{outcome}"] += 1
            if outcome != "right":
                got = reading.proposals.get(key)
                print(
                    f"{group} {file} {key}: {got.value if got else '—'} ≠ {wanted} {reading.sentence}", file=sys.stderr
                )
    _print(tally)
    return int(any(counted["uscc:wrong"] for counted in tally.values()))


def read(engine: Any, image: Image.Image) -> Reading:
    """Read a picture as the worker's child does, whatever its size."""
    codes = recognition_child.codes(image)
    return recognition.understood(recognition_child.lines_whichever_way(engine, image), codes)


def compared(reading: Reading, key: str, wanted: str) -> str:
    """Return right, wrong or none."""
    if key not in reading.proposals:
        return "none"
    value = reading.proposals[key].value
    same = value == Decimal(wanted) if isinstance(value, Decimal) else _plain(str(value)) == _plain(wanted)
    return "right" if same else "wrong"


def _plain(text: str) -> str:
    return "".join(text.split()).replace("(", "（").replace(")", "）")


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    held: list[Any] = []
    seconds = timing.clock(lambda: held.append(work()))
    return held[0], seconds


def _drawn() -> Iterator[Case]:
    for level, name in enumerate(licences.LEVELS):
        for seed in range(EACH):
            what, data = licences.sample(seed, level)
            yield name, f"{seed}.jpg", data, what.truth


def _real(*arguments: str) -> Iterator[Case]:
    if len(arguments) != 2:
        raise BadTruth("用法：./run bench recognition 图片文件夹 真值表.csv")
    folder, table = map(Path, arguments)
    if not folder.is_dir():
        raise BadTruth(f"没有文件夹 {folder}")
    for number, row in enumerate(_table(table), 2):
        path = folder / (row.get("file") or "")
        if not path.is_file():
            raise BadTruth(f"{table} 第 {number} 行：文件夹中没有图片“{row.get('file', '')}”")
        data = path.read_bytes()
        try:
            Image.open(io.BytesIO(data)).load()
        except OSError as error:
            raise BadTruth(f"{table} 第 {number} 行：“{path.name}”不是可用的图片") from error
        yield "图片", path.name, data, _truth(table, number, row)


def _table(table: Path) -> list[dict[str, str]]:
    try:
        rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as error:
        raise BadTruth(f"真值表 {table} 不能读取：须为 UTF-8 编码的 CSV") from error
    if not rows or "file" not in rows[0] or not rows[0].keys() & FIELDS.keys():
        raise BadTruth(f"真值表 {table} 须有 file 列和 {'、'.join(FIELDS)} 中的至少一列，并至少有一行")
    return rows


def _truth(table: Path, number: int, row: Mapping[str, str | None]) -> dict[str, str]:
    found = {key: (row.get(key) or "").strip() for key in FIELDS if (row.get(key) or "").strip()}
    try:
        Decimal(found.get("reg_capital", "0"))
    except InvalidOperation as error:
        raise BadTruth(f"{table} 第 {number} 行：注册资本须为以万元计的数字") from error
    return found


def _print(tally: Mapping[str, Counter[str]]) -> None:
    print("## 证照识别：读对／读错／没有读出，共几张")
    timing.head("画质", "张", *FIELDS.values(), "每张", "裸 rapidocr", "比")
    for group, counted in tally.items():
        count = counted["pictures"]
        ours, bare = counted["ours"] / count / 1e6, counted["bare"] / count / 1e6
        cells = ["／".join(str(counted[f"{key}:{what}"]) for what in ("right", "wrong", "none")) for key in FIELDS]
        timing.row(group, count, *cells, timing.milliseconds(ours), timing.milliseconds(bare), timing.ratio(ours, bare))
