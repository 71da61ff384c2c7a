"""A thousand badges in one file, against the tuned way of PERFORMANCE §8 written out plainly, each in a process of its own.

The floor knows its faces: what is the same on all of them is drawn once as a form, texts stand at fixed places and are
neither measured nor wrapped nor checked, and its photos go in from their files as they are. Both keep the font parsed before the clock
starts, as a server does.
"""

import io
import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import zxingcpp
from PIL import Image, ImageFilter
from reportlab import rl_config
from reportlab.lib.pagesizes import A6
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from bench import timing
from exchange import badges
from exchange.badges import Face
from models import Label
from workflow.glyphs import FONT

BADGES, ROUNDS = 1000, 5
PHOTO_BYTES = 28_000
SURNAMES, GIVEN = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅鹏",
)
TOWNS = ("福州", "厦门", "泉州", "漳州", "莆田", "宁德", "三明", "南平", "龙岩")
TRADES = ("瑞远食品", "海丝贸易", "榕城进出口", "闽江医疗器械", "鼓山服饰", "武夷茶业", "东南机电")
QR_SIDE = 30 * mm


def run() -> None:
    """Print a row per way: median time, its ratio to the floor, peak memory, size of the file."""
    timing.head("1,000 badges in one PDF", "time", "ratio", "peak memory", "file", "one badge")
    measured: dict[str, list[dict[str, float]]] = {"floor": [], "product": []}
    for _ in range(ROUNDS):
        for way, results in measured.items():
            results.append(_child(way))
    floor = median(one["seconds"] for one in measured["floor"])
    for way, results in measured.items():
        seconds = median(one["seconds"] for one in results)
        timing.row(
            way, f"{seconds:.2f} s", timing.ratio(seconds, floor), f"{median(one['peak'] for one in results):.0f} MB",
            f"{results[0]['bytes'] / 1e6:.1f} MB ({results[0]['bytes'] / results[0]['photos']:.2f} × photos)",
            timing.milliseconds(median(one["single"] for one in results)),
        )  # fmt: skip


def _child(way: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", "bench.badges", way], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{way}: {done.stderr[-2000:]}")
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def faces() -> list[Face]:
    """Make people with photos of about 28 KB, each its own."""
    chance = random.Random(8)
    photos = [_photo(chance) for _ in range(20)]
    return [
        Face(
            card_no=f"8{number:08d}", name=chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2)), name_en="",
            unit=f"{chance.choice(TOWNS)}{chance.choice(TRADES)}有限公司", delegation=f"{chance.choice(TOWNS)}市分团",
            label=chance.choice(list(Label)), period="全程", edition="第八届中国国际进口博览会",
            photo=photos[number % 20] + number.to_bytes(4, "big"),  # what follows the picture's end is not drawn
            address=f"https://fair.example.gov.cn/gate/8{number:08d}.{chance.randbytes(43).hex()}",
        )
        for number in range(BADGES)
    ]  # fmt: skip


def _photo(chance: random.Random) -> bytes:
    noise = (
        Image.frombytes("RGB", (90, 111), chance.randbytes(90 * 111 * 3))
        .resize((358, 441))
        .filter(ImageFilter.GaussianBlur(1))
    )
    for quality in range(95, 30, -3):
        out = io.BytesIO()
        noise.save(out, "JPEG", quality=quality)
        if out.tell() <= PHOTO_BYTES:
            break
    return out.getvalue()


def floor_pdf(people: list[Face], folder: str) -> bytes:
    """Draw the badges as plainly as the tuned way allows."""
    rl_config.useA85 = 0
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A6, pageCompression=1)
    for label in Label:
        canvas.beginForm(label.value)
        canvas.setFillColorRGB(0.1, 0.43, 0.31)
        canvas.rect(0, 0, A6[0], 24 * mm, stroke=0, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.setFont("Floor", 30)
        canvas.drawCentredString(A6[0] / 2, 10 * mm, label.label)
        canvas.setFont("Floor", 9)
        canvas.drawCentredString(A6[0] / 2, 4 * mm, badges.ENGLISH[label])
        canvas.setFillColorRGB(0.08, 0.13, 0.18)
        canvas.setFont("Floor", 11)
        canvas.drawCentredString(A6[0] / 2, A6[1] - 11 * mm, people[0].edition)
        canvas.endForm()
    for face in people:
        canvas.doForm(face.label.value)
        canvas.drawImage(f"{folder}/{face.card_no}.jpg", 9 * mm, A6[1] - 49 * mm, 26 * mm, 32 * mm)
        _floor_qr(canvas, face.address)
        canvas.setFillColorRGB(0.08, 0.13, 0.18)
        for text, size, y in (
            (face.name, 26, 83), (face.unit, 12, 67), (face.delegation, 10, 54), (f"{face.period}   No. {face.card_no}", 10, 27.5),
        ):  # fmt: skip
            canvas.setFont("Floor", size)
            canvas.drawCentredString(A6[0] / 2, y * mm, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _floor_qr(canvas: Canvas, text: str) -> None:
    image: Any = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(
        scale=1, add_quiet_zones=False
    )
    pixels: Any = memoryview(image)
    size, rows = pixels.shape[0], bytes(pixels)
    step = QR_SIDE / size
    parts = [f"q {step:.4f} 0 0 {step:.4f} {A6[0] - 9 * mm - QR_SIDE:.3f} {A6[1] - 18 * mm - QR_SIDE:.3f} cm 0 0 0 rg"]
    for number in range(size):
        row = rows[number * size : (number + 1) * size]
        parts += [f"{m.start()} {size - 1 - number} {m.end() - m.start()} 1 re" for m in re.finditer(b"\0+", row)]
    canvas._code.append("\n".join([*parts, "f Q"]))  # noqa: SLF001 - as the product does


def main(way: str) -> None:
    """Measure one way in this process and print it as JSON."""
    people = faces()
    pdfmetrics.registerFont(TTFont("Floor", str(FONT)))
    with tempfile.TemporaryDirectory() as folder:
        for face in people:
            Path(folder, f"{face.card_no}.jpg").write_bytes(face.photo)
        draw = partial(floor_pdf, folder=folder) if way == "floor" else badges.badges_pdf
        print(json.dumps(_measured(draw, people)))


def _measured(draw: Callable[[list[Face]], bytes], people: list[Face]) -> dict[str, float]:
    draw(people[:1])
    single = timing.clock(lambda: draw(people[:1]))
    made: list[bytes] = []
    seconds = timing.clock(lambda: made.append(draw(people)))
    peak = next(
        int(line.split()[1]) / 1024
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    photos = sum(len(face.photo) for face in people)
    return {"seconds": seconds, "single": single, "bytes": len(made[0]), "peak": peak, "photos": photos}


if __name__ == "__main__":
    main(*sys.argv[1:])
