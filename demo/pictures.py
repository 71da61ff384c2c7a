"""Pictures of made-up people and papers, drawn by the program: portraits and licences (DOMAIN §2.1, §2.3).

The same arguments give the same bytes on one machine. Chinese words need a font that has them; where none of
``FONTS`` is installed, grey bars of the words' length stand in their places and only digits and letters are written.
"""

import io
from functools import cache
from pathlib import Path
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFont

PORTRAIT = (358, 441)  # pixels of the identity card's picture, 350 dpi
PORTRAIT_BYTES = 41_500  # at least: the fair wants 40 KB or more
LICENCE = (1000, 707)
FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts"),
)
FONTS = (
    "NotoSansCJK-Regular.ttc", "NotoSerifCJK-Regular.ttc", "SourceHanSansSC-Regular.otf", "wqy-microhei.ttc", "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf", "PingFang.ttc", "STHeiti Light.ttc", "Songti.ttc",
)  # fmt: skip
SKINS = ("#f1cfb4", "#e8bf9f", "#dcae8a", "#f5d9c3")
HAIRS = ("#17130f", "#241c16", "#2d2620", "#3a2f28")
CLOTHES = ("#1f2a44", "#2b2b2b", "#3c4454", "#5a2f35", "#24463c", "#41355a")
TITLES = {"11": "统一社会信用代码证书", "12": "事业单位法人证书", "51": "社会团体法人登记证书"}
RED, INK = "#c0272d", "#222222"

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def portrait(seed: int, sex: str = "M") -> bytes:
    """Return a JPEG of 358 by 441 pixels and 40-80 KB: a bare head on white, with a camera's grain on the figure."""
    rng = Random(seed)  # noqa: S311 - a drawing is no secret
    figure = Image.new("RGB", (PORTRAIT[0] * 2, PORTRAIT[1] * 2), "white")
    _draw_person(ImageDraw.Draw(figure), rng, sex)
    figure = figure.resize(PORTRAIT, Image.Resampling.LANCZOS)
    body = ImageChops.invert(figure.convert("L")).point(lambda value: 255 if value > 8 else 0)
    grain = Image.frombytes("L", PORTRAIT, rng.randbytes(PORTRAIT[0] * PORTRAIT[1])).point(
        lambda value: 116 + value // 11
    )
    grained = ImageChops.add(figure, Image.merge("RGB", (grain,) * 3), offset=-128)
    picture = Image.composite(grained, figure, body)
    for quality in (90, 94, 97, 100):
        data = _saved(picture, "JPEG", quality=quality, dpi=(350, 350))
        if len(data) >= PORTRAIT_BYTES:
            break
    return data


def licence(name: str, uscc: str, seed: int, kind: str = "JPEG") -> bytes:
    """Return a licence-like picture with name and code, 1000 by 707 pixels, below 300 KB; ``kind`` is JPEG or PNG."""
    rng = Random(seed)  # noqa: S311 - a drawing is no secret
    picture = Image.new("RGB", LICENCE, "#fdfaf0")
    draw = ImageDraw.Draw(picture)
    for inset, width in ((18, 10), (36, 2)):
        draw.rectangle((inset, inset, LICENCE[0] - inset, LICENCE[1] - inset), outline="#b8913f", width=width)
    _write(draw, (500, 120), TITLES.get(uscc[:2], "营业执照"), 56, anchor="mm")
    _write(draw, (70, 190), f"统一社会信用代码 {uscc}", 24)
    _write(draw, (70, 265), f"名 称  {name}", 26)
    _write(draw, (70, 325), "住 所  仅供演示，不是真实证照", 26)
    _write(
        draw,
        (70, 385),
        f"成立日期  {rng.randint(1985, 2023)}年{rng.randint(1, 12):02d}月{rng.randint(1, 28):02d}日",
        26,
    )
    _draw_code(draw, rng, (800, 190))
    _draw_seal(draw, (790, 540))
    return _saved(picture, kind, **({"quality": 88} if kind == "JPEG" else {}))


@cache
def chinese_font() -> Path | None:
    """Return the first font of ``FONTS`` that is installed, None where there is none."""
    found = {path.name: path for folder in FOLDERS for path in sorted(folder.rglob("*.*t[cf]"))}
    return next((found[name] for name in FONTS if name in found), None)


@cache
def _font(size: int) -> Font:
    path = chinese_font()
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


def _write(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, anchor: str = "lm", fill: str = INK
) -> None:
    """Write a line; without a Chinese font each stretch of Chinese becomes a bar."""
    if chinese_font() or text.isascii():
        draw.text(at, text, fill=fill, font=_font(size), anchor=anchor)
        return
    left = at[0] - len(text) * size // 2 if anchor == "mm" else at[0]
    for word in text.split():
        if word.isascii():
            draw.text((left, at[1]), word, fill=fill, font=_font(size), anchor="lm")
            left += round(draw.textlength(word, _font(size)))
        else:
            draw.rectangle((left, at[1] - size // 3, left + len(word) * size, at[1] + size // 3), fill="#b9b4a6")
            left += len(word) * size
        left += size // 2


def _draw_person(draw: ImageDraw.ImageDraw, rng: Random, sex: str) -> None:
    """Draw head and shoulders on 716 by 882: the head takes two thirds of the height."""
    skin, hair, cloth = rng.choice(SKINS), rng.choice(HAIRS), rng.choice(CLOTHES)
    wide, chin, crown = rng.randint(165, 185), rng.randint(610, 635), rng.randint(60, 80)
    if sex == "F":
        draw.rounded_rectangle((340 - wide, 160, 376 + wide, rng.randint(640, 760)), 120, fill=hair)
    draw.rounded_rectangle((20, 690, 696, 1000), 150, fill=cloth)
    draw.polygon(((270, 690), (446, 690), (358, 860)), fill="#f4f4f2")
    draw.rounded_rectangle((288, chin - 90, 428, 740), 40, fill=skin)
    for side in (-1, 1):
        middle = 358 + side * wide
        draw.ellipse((middle - 24, 340, middle + 24, 430), fill=skin)
    draw.ellipse((358 - wide, crown + 20, 358 + wide, chin), fill=skin)
    draw.chord((348 - wide, crown - 10, 368 + wide, 480), 180, 360, fill=hair)
    parting = rng.randint(-60, 60)
    draw.ellipse((358 - wide + 30, 210, 358 + parting, 330), fill=skin)
    draw.ellipse((358 + parting - 40, 205, 358 + wide - 30, 330), fill=skin)
    _draw_face(draw, rng, hair, sex)


def _draw_face(draw: ImageDraw.ImageDraw, rng: Random, hair: str, sex: str) -> None:
    apart, lift = rng.randint(70, 82), rng.randint(-8, 8)
    for side in (-1, 1):
        x, y = 358 + side * apart, 375 + lift
        draw.line((x - 34, y - 42, x + 34, y - 46), fill=hair, width=12 if sex == "M" else 7)
        draw.ellipse((x - 28, y - 12, x + 28, y + 14), fill="white")
        draw.ellipse((x - 13, y - 13, x + 13, y + 13), fill="#20160f")
    draw.line((358, 400, 348, 465, 368, 468), fill="#b98d6d", width=5, joint="curve")
    draw.arc((310, 490, 406, 550), 20, 160, fill="#a8514b" if sex == "M" else "#c23b4a", width=9)
    if rng.random() < 0.35:
        for side in (-1, 1):
            draw.ellipse(
                (358 + side * apart - 48, 335 + lift, 358 + side * apart + 48, 420 + lift), outline="#333333", width=5
            )


def _draw_code(draw: ImageDraw.ImageDraw, rng: Random, at: tuple[int, int]) -> None:
    """Draw a square of dots where a licence has its two-dimensional code; it encodes nothing."""
    for cell in range(25 * 25):
        if rng.random() < 0.5:
            x, y = at[0] + cell % 25 * 5, at[1] + cell // 25 * 5
            draw.rectangle((x, y, x + 4, y + 4), fill=INK)


def _draw_seal(draw: ImageDraw.ImageDraw, middle: tuple[int, int]) -> None:
    x, y = middle
    draw.ellipse((x - 95, y - 95, x + 95, y + 95), outline=RED, width=6)
    draw.regular_polygon((x, y - 10, 34), 5, fill=RED)
    _write(draw, (x, y + 50), "演示专用章", 22, anchor="mm", fill=RED)


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()
