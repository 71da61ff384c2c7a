"""Badges as printed, and codes that only we can sign."""

import base64
import io
import random
import re
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from exchange import badges, drawing
from exchange.badge_codes import Forged, card_no_of, code_of, fits, sign
from exchange.badges import Face, badges_pdf
from models import Label
from workflow import glyphs

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


def face(number: int, **values) -> Face:
    picture = io.BytesIO()
    Image.new("RGB", (358, 441), (number % 255, 120, 200)).save(picture, "JPEG")
    code = code_of(f"8{number:08d}")
    given = {
        "card_no": f"8{number:08d}", "name": "欧阳娜娜", "name_en": "OUYANG NANA", "unit": "福州瑞远食品有限公司",
        "delegation": "福州分团", "label": Label.VIP, "period": "全程", "edition": "第八届进博会", "photo": picture.getvalue(),
        "address": f"http://localhost/gate/{code}", **values,
    }  # fmt: skip
    return Face(**given)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


def test_every_badge_has_a_page_or_a_quarter_of_one():
    faces = [face(number) for number in range(5)]
    assert (pages(badges_pdf(faces)), pages(badges_pdf(faces, four_up=True)), pages(badges_pdf(faces[:4], four_up=True))) == (
        5, 2, 1,
    )  # fmt: skip


def test_the_font_is_embedded_once_and_as_a_subset():
    one, many = badges_pdf([face(1)]), badges_pdf([face(number) for number in range(50)])
    assert many.count(b"/FontFile2") == one.count(b"/FontFile2") == 1
    assert len(one) < 60_000


def test_equal_faces_make_equal_files():
    assert badges_pdf([face(1), face(2)]) == badges_pdf([face(1), face(2)])


def test_a_long_unit_is_written_in_two_lines_within_the_card():
    name = "福州经济技术开发区榕远纺织科技（集团）股份有限公司" * 2
    size, lines = drawing.wrapped(name, 12, badges.WIDTH - 45)
    assert "".join(lines) == name
    assert len(lines) == 2
    assert max(drawing.width_of(line, size) for line in lines) <= badges.WIDTH - 45


def test_the_qr_says_the_address():
    told = face(7).address
    barcode: Any = zxingcpp.create_barcode(told, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    matrix: Any = memoryview(barcode.to_image(scale=8, add_quiet_zones=False))
    image = Image.frombytes("L", (matrix.shape[1], matrix.shape[0]), bytes(matrix))
    framed = Image.new("L", (image.width + 80, image.height + 80), 255)
    framed.paste(image, (40, 40))
    [read] = zxingcpp.read_barcodes(framed)
    assert card_no_of(read.text.rpartition("/")[2]) == "800000007"


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        ("王喆", None),
        ("䶮晟", None),
        ("𠮷田", "𠮷"),
        ("阿依古丽·买买提", None),
        ("O'NEIL-LI", None),
        ("李\ue000", "\ue000"),
    ],
)
def test_a_character_that_the_font_lacks_is_told(name, lacks):
    assert glyphs.missing(name) == lacks


def test_a_code_is_read_back_and_ten_thousand_altered_ones_are_not():
    chance, good = random.Random(7), [code_of(f"8{number:08d}") for number in range(20)]
    assert [card_no_of(code) for code in good] == [f"8{number:08d}" for number in range(20)]
    refused = 0
    for number in range(10_000):
        code = list(good[number % 20])
        place = chance.randrange(len(code))
        code[place] = chance.choice(ALPHABET.replace(code[place], ""))
        with pytest.raises(Forged):
            card_no_of("".join(code))
        refused += 1
    assert refused == 10_000


def test_other_spellings_of_a_signature_are_forged():
    number, _, signature = code_of("800000001").partition(".")
    raw = base64.urlsafe_b64decode(f"{signature}==")
    standard = base64.b64encode(raw).decode()
    for spelt in (
        f"{signature}==",
        f"{signature}=",
        standard,
        signature[:-1],
        f"{signature}A",
        "",
        f" {signature}",
        f"{signature}\n",
    ):
        with pytest.raises(Forged):
            card_no_of(f"{number}.{spelt}")
    for code in ("", ".", "800000001", "８00000001." + signature, "8" * 5000, f"800000001.{'é' * 86}"):
        with pytest.raises(Forged):
            card_no_of(code)


def test_a_signature_for_one_purpose_does_not_fit_another():
    signature = sign("void list", "800000001")
    assert fits("void list", "800000001", signature)
    assert not fits("badge", "800000001", signature)
