"""Licences drawn by the program in several layouts, and spoilt as scanners and telephones spoil them.

Layouts are from memory and the type is one font: what is measured on them says how the reading of a layout does, not
how well real papers are read. For those ``python -m bench recognition FOLDER TRUTH.csv``.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import zxingcpp
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from models.validators.uscc import ALPHABET, organisation_check_char, uscc_check_char

FONT = Path(__file__).resolve().parent.parent / "static/vendor/noto-sans-sc-0.4.3/NotoSansSC_500Medium.ttf"
INK, RED, PAPER = "#1d1d1d", "#c0272d", "#fdfaf0"
PLACES = ("福州市鼓楼区", "厦门市思明区", "泉州市丰泽区", "漳州市芗城区", "宁德市蕉城区", "福建省莆田市荔城区")
TRADES = ("进出口贸易", "食品", "医疗器械", "供应链管理", "茶业", "建材", "机电设备", "跨境电子商务")
WORDS = ("闽江", "鹭岛", "武夷山", "海丝", "华榕", "金榜", "三坊", "聚春园", "永辉", "明谦")
SURNAMES, GIVEN = "林陈黄郑王李吴刘张蔡", ("志强", "丽华", "建国", "雪梅", "晓东", "文彬", "秀英", "海峰", "婷", "伟")
CAPITALS = (
    ("壹仟万元整", "1000"), ("500万元人民币", "500"), ("人民币伍佰壹拾万元整", "510"), ("1200.000000万人民币", "1200"),
    ("叁亿元整", "30000"),
)  # fmt: skip
LEVELS = ("清晰", "轻微", "明显", "很差")


@dataclass(frozen=True)
class Paper:
    """What a licence says; ``truth`` holds the fields as the product stores them."""

    layout: str
    printed: Mapping[str, str]
    truth: Mapping[str, str]
    qr: bool = True
    more: tuple[str, ...] = field(default=())  # further text, below


def code_of(rng: Random, prefix: str = "91") -> str:
    """Return a valid credit code, both check characters right."""
    inner = "".join(rng.choice(ALPHABET[:10] + "AM") for _ in range(8))
    body = prefix + rng.choice(("350102", "350203", "350503")) + inner
    body += organisation_check_char(inner)
    return body + uscc_check_char(body)


def paper(seed: int, layout: str = "", *, qr: bool | None = None) -> Paper:
    """Make up what a licence says."""
    rng = Random(seed)
    layout = layout or ("landscape", "portrait", "institution")[seed % 3]
    place, capital = rng.choice(PLACES), rng.choice(CAPITALS)
    name = place[:2] + rng.choice(WORDS) + (f"（{place[:2]}）" if rng.random() < 0.2 else "") + rng.choice(TRADES)
    name += rng.choice(("有限公司", "有限责任公司", "集团股份有限公司"))
    if layout == "institution":
        name = place[:3] + rng.choice(WORDS) + rng.choice(("对外贸易服务中心", "商务研究院", "职业技术学校"))
    elif rng.random() < 0.25:
        name = name[:-4] + "国际供应链管理与跨境贸易综合服务" + name[-4:]
    person = rng.choice(SURNAMES) + rng.choice(GIVEN)
    address = f"{place}{rng.choice(('湖东路', '五四路', '环岛东路', '津淮街'))}{rng.randint(1, 400)}号"
    address += rng.choice(
        ("", f"{rng.choice(('信和', '世贸', '中旅'))}广场{rng.randint(1, 40)}层{rng.randint(1, 30):02d}单元")
    )
    code = code_of(rng, "12" if layout == "institution" else "91")
    first = f"{rng.randint(1995, 2022)}年{rng.randint(1, 12):02d}月{rng.randint(1, 28):02d}日"
    last = rng.choice(("长期", f"{rng.randint(2030, 2060)}年{rng.randint(1, 12):02d}月{rng.randint(1, 28):02d}日"))
    printed = {
        "uscc": code, "name": name, "legal_rep": person, "address": address, "reg_capital": capital[0], "first": first,
        "validity": last if last == "长期" else f"{first}至{last}",
    }  # fmt: skip
    truth = {"uscc": code, "name": name, "legal_rep": person, "address": address, "reg_capital": capital[1]}
    return Paper(layout, printed, truth, qr=rng.random() < 0.8 if qr is None else qr)


@cache
def _font(size: int) -> Any:
    return ImageFont.truetype(FONT, size)


def draw(what: Paper) -> Image.Image:
    """Draw a licence as a clean scan."""
    return {"landscape": _landscape, "portrait": _portrait, "institution": _institution}[what.layout](what)


def _sheet(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", (width, height), PAPER)
    drawn = ImageDraw.Draw(picture)
    for inset, thick in ((20, 14), (46, 3)):
        drawn.rectangle((inset, inset, width - inset, height - inset), outline="#b8913f", width=thick)
    return picture, drawn


def _wrapped(drawn: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, chars: int) -> int:
    """Write a text in lines of so many characters; return where the next line would be."""
    x, y = at
    for start in range(0, len(text), chars):
        drawn.text((x, y), text[start : start + chars], fill=INK, font=_font(size))
        y += round(size * 1.45)
    return y


def _labels(
    drawn: ImageDraw.ImageDraw, left: int, top: int, size: int, fields: list[tuple[str, str]], chars: int
) -> None:
    """Write labels, spread over the width of five characters, and their values."""
    for label, value in fields:
        gap = (5 * size - len(label) * size) / max(1, len(label) - 1) if len(label) < 5 else 0
        for place, char in enumerate(label):
            drawn.text((left + place * (size + gap), top), char, fill="#5b4a22", font=_font(size))
        width = max(5, len(label)) * size + size
        top = max(top + round(size * 2.1), _wrapped(drawn, (left + width, top), value, size, chars) + size // 2)


def _code_square(picture: Image.Image, what: Paper, at: tuple[int, int], size: int) -> None:
    if what.qr:
        text = f"http://www.gsxt.gov.cn/indexqr.do?uniscid={what.printed['uscc']}"
        square = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(scale=6)
        picture.paste(Image.fromarray(square).convert("RGB").resize((size, size)), at)


def _seal(drawn: ImageDraw.ImageDraw, x: int, y: int, radius: int = 110) -> None:
    drawn.ellipse((x - radius, y - radius, x + radius, y + radius), outline=RED, width=7)
    drawn.regular_polygon((x, y - 8, radius // 3), 5, fill=RED)
    drawn.text((x, y + radius // 2), "专用章", fill=RED, font=_font(26), anchor="mm")


def _landscape(what: Paper) -> Image.Image:
    picture, drawn = _sheet(1684, 1190)
    said = what.printed
    drawn.text((842, 170), "营业执照", fill=INK, font=_font(96), anchor="mm")
    drawn.text((842, 255), "（副 本）", fill=INK, font=_font(34), anchor="mm")
    drawn.text((110, 170), "统一社会信用代码", fill="#5b4a22", font=_font(28))
    drawn.text((110, 215), said["uscc"], fill=INK, font=_font(32))
    _code_square(picture, what, (1370, 110), 190)
    left = [
        ("名称", said["name"]), ("类型", "有限责任公司（自然人投资或控股）"), ("法定代表人", said["legal_rep"]),
        ("经营范围", "一般项目：货物进出口；技术进出口；食品进出口；供应链管理服务；国内贸易代理（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）"),
    ]  # fmt: skip
    right = [
        ("注册资本", said["reg_capital"]), ("成立日期", said["first"]), ("营业期限", said["validity"]),
        ("住所", said["address"]),
    ]  # fmt: skip
    _labels(drawn, 110, 370, 28, left, 19)
    _labels(drawn, 900, 370, 28, right, 19)
    drawn.text((1010, 960), "登记机关", fill="#5b4a22", font=_font(32))
    _seal(drawn, 1330, 970)
    drawn.text((1210, 1075), "2023年05月18日", fill=INK, font=_font(28))
    _below(drawn, what, (110, 1040))
    return picture


def _portrait(what: Paper) -> Image.Image:
    picture, drawn = _sheet(1190, 1684)
    said = what.printed
    drawn.text((595, 230), "营业执照", fill=INK, font=_font(110), anchor="mm")
    drawn.text((595, 350), f"统一社会信用代码 {said['uscc']}", fill=INK, font=_font(30), anchor="mm")
    fields = [
        ("名称", said["name"]), ("类型", "有限责任公司"), ("住所", said["address"]), ("法定代表人", said["legal_rep"]),
        ("注册资本", said["reg_capital"]), ("成立日期", said["first"]), ("营业期限", said["validity"]),
        ("经营范围", "对外贸易；预包装食品批发；医疗器械销售；会议及展览服务（依法须经批准的项目，经相关部门批准后方可开展经营活动）"),
    ]  # fmt: skip
    _labels(drawn, 130, 450, 34, fields, 20)
    _code_square(picture, what, (130, 1360), 180)
    drawn.text((640, 1400), "登记机关", fill=INK, font=_font(34))
    _seal(drawn, 930, 1400)
    drawn.text((760, 1540), "2019年08月06日", fill=INK, font=_font(30))
    _below(drawn, what, (340, 1300))
    return picture


def _institution(what: Paper) -> Image.Image:
    picture, drawn = _sheet(1684, 1190)
    said = what.printed
    drawn.text((842, 150), "事业单位法人证书", fill=INK, font=_font(76), anchor="mm")
    drawn.text((842, 250), f"统一社会信用代码：{said['uscc']}", fill=INK, font=_font(30), anchor="mm")
    left = [
        ("名称", said["name"]),
        ("宗旨和业务范围", "为外贸企业提供咨询、培训和展会服务，承担主管部门交办的事项"),
        ("住所", said["address"]),
    ]
    right = [
        ("法定代表人", said["legal_rep"]), ("经费来源", "财政补助"), ("开办资金", said["reg_capital"]), ("举办单位", "市商务局"),
    ]  # fmt: skip
    _labels(drawn, 110, 370, 28, left, 17)
    _labels(drawn, 900, 370, 28, right, 19)
    drawn.text((900, 780), f"有效期 自{said['first']}至2031年03月31日", fill=INK, font=_font(28))
    _code_square(picture, what, (130, 880), 180)
    drawn.text((1010, 940), "登记管理机关", fill=INK, font=_font(32))
    _seal(drawn, 1400, 950)
    _below(drawn, what, (420, 1020))
    return picture


def _below(drawn: ImageDraw.ImageDraw, what: Paper, at: tuple[int, int]) -> None:
    for place, text in enumerate(what.more):
        drawn.text((at[0], at[1] + 44 * place), text, fill=INK, font=_font(28))


def spoil(picture: Image.Image, level: int, seed: int) -> Image.Image:
    """Return what a scanner (1), a hand with a telephone (2) or a bad hand (3) makes of a picture; 0 leaves it alone."""
    if level == 0:
        return picture
    rng = Random(seed)
    tilt = (0, 2, 6, 9)[level]
    turned = picture.rotate(rng.uniform(-tilt, tilt), Image.Resampling.BICUBIC, expand=True, fillcolor="#777777")
    if level > 1:
        turned = _leant(turned, rng, 0.04 if level == 2 else 0.06)
    width = (0, 1500, 1000, 700)[level]
    scale = width / max(turned.size) if level == 3 else width / turned.width
    small = turned.resize((round(turned.width * scale), round(turned.height * scale)), Image.Resampling.LANCZOS)
    small = small.filter(ImageFilter.GaussianBlur((0, 0.6, 0.8, 0.9)[level]))
    if level > 1:
        small = _shaded(small, rng)
    return _grained(small, (0, 5, 8, 14)[level], rng)


def _leant(picture: Image.Image, rng: Random, most: float) -> Image.Image:
    """Look at the picture from aside."""
    width, height = picture.size
    dx, dy = rng.uniform(0, most) * width, rng.uniform(0, most) * height
    quad = (-dx, -dy, dx / 2, height + dy, width - dx / 2, height, width + dx, dy)
    return picture.transform((width, height), Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor="#777777")


def _shaded(picture: Image.Image, rng: Random) -> Image.Image:
    """Light the picture unevenly."""
    ramp = Image.linear_gradient("L").resize(picture.size).point(lambda value: 90 + value // 2)
    if rng.random() < 0.5:
        ramp = ramp.transpose(Image.Transpose.ROTATE_180)
    dark = ImageEnhance.Brightness(picture).enhance(0.6)
    return Image.composite(picture, dark, ramp)


def _grained(picture: Image.Image, sigma: int, rng: Random) -> Image.Image:
    offset = rng.randint(0, 3)
    grain = Image.effect_noise(picture.size, sigma * 2).point(lambda value: value + offset)
    return Image.blend(picture, Image.merge("RGB", (grain,) * 3), min(0.35, sigma / 60))


def saved(picture: Image.Image, quality: int = 88) -> bytes:
    """Return a JPEG."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return file.getvalue()


def sample(seed: int, level: int) -> tuple[Paper, bytes]:
    """Return a paper and its picture at a level of quality; the worst also stands on its side or head."""
    what = paper(seed)
    picture = spoil(draw(what), level, seed)
    if level == 3:
        picture = picture.rotate((0, 90, 180)[seed % 3], expand=True)
    return what, saved(picture, (92, 78, 55, 35)[level])
