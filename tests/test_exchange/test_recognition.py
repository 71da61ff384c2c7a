"""What is read off a licence: from lines of text, and from pictures by the library itself."""

import csv
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from bench import licences
from bench import recognition as harness
from exchange import licence_values, recognition, recognition_child, sandbox
from exchange.licence_lines import Line
from exchange.recognition import understood
from exchange.sheet_source import MIB, Limits
from tests.test_tooling.scan import ROOT

CODE, OTHER = "91350100M000100Y43", "91350211M000100Y46"
NAME = "福州闽江进出口贸易有限公司"


def line(text: str, left: float, top: float, width: float = 0, height: float = 30, score: float = 0.99) -> Line:
    right, bottom = left + (width or 30 * len(text)), top + height
    return Line(text, score, ((left, top), (right, top), (right, bottom), (left, bottom)))


def page(*more: Line, code: str = CODE) -> list[Line]:
    return [line("营业执照", 500, 40), line(f"统一社会信用代码{code}", 40, 100), line(f"名称{NAME}", 40, 200), *more]


def proposed(lines: list[Line], *codes: str) -> dict[str, object]:
    return {key: one.value for key, one in understood(lines, codes).proposals.items()}


def test_labels_and_values_are_paired_by_their_places():
    lines = page(
        line("类型有限责任公司", 40, 260), line("法定代表人", 40, 320), line("林志强", 240, 321), line("注册资本", 700, 200),
        line("壹仟贰佰万元整", 900, 200), line("住所", 700, 260), line("福州市鼓楼区湖东路188号信和", 900, 260),
        line("广场12层", 900, 300), line("营业期限2011年03月04日至2031年03月03日", 700, 360), line("登记机关", 800, 700),
    )  # fmt: skip

    assert proposed(lines) == {
        "uscc": CODE, "name": NAME, "legal_rep": "林志强", "address": "福州市鼓楼区湖东路188号信和广场12层",
        "reg_capital": Decimal("1200.0000"), "validity": "2011-03-04至2031-03-03", "valid_until": date(2031, 3, 3),
    }  # fmt: skip


def test_a_label_printed_wide_apart_is_put_together():
    lines = [
        line("营业执照", 500, 40), line("称", 160, 200), line(NAME, 240, 200), line("名", 40, 200),
        line("类住", 40, 260, 30, 90), line("型", 160, 260), line("有限责任公司", 240, 260),
        line("所", 160, 320), line("福州市鼓楼区湖东路188号", 240, 320),
    ]  # fmt: skip

    assert proposed(lines) == {"name": NAME, "address": "福州市鼓楼区湖东路188号"}


def test_half_a_label_is_enough_where_labels_stand_but_not_among_values():
    lines = [
        line("营业执照", 500, 40), line("名", 40, 200), line("福州闽江", 240, 200), line("会计师事务", 240, 240),
        line("所", 240, 280), line("法定代表人", 40, 340), line("林志强", 240, 340), line("所", 160, 400),
        line("福州市鼓楼区湖东路188号", 240, 400),
    ]  # fmt: skip

    assert proposed(lines) == {
        "name": "福州闽江会计师事务所", "legal_rep": "林志强", "address": "福州市鼓楼区湖东路188号",
    }  # fmt: skip


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_on_its_side_or_head_is_turned(quarters):
    lines = page(
        line("类型有限责任公司", 40, 260),
        line("法定代表人", 40, 320),
        line("林志强", 240, 321),
        line("登记机关", 800, 700),
    )
    for _ in range(quarters):
        # As the library hands them over: the corners begin at the top left of the picture, not of the text.
        lines = [replace(one, corners=tuple((900 - y, x) for x, y in one.corners)) for one in lines]
        lines = [replace(one, corners=(*one.corners[-1:], *one.corners[:-1])) for one in lines]

    assert proposed(lines)["legal_rep"] == "林志强"


def test_a_slope_is_taken_out():
    lines = page(line("法定代表人", 40, 320), line("林志强", 840, 320))
    sloping = [replace(one, corners=tuple((x, y + x * 0.1) for x, y in one.corners)) for one in lines]

    assert proposed(sloping)["legal_rep"] == "林志强"


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        (CODE, CODE),
        (CODE.replace("0", "O"), CODE),  # no code has the letter
        (CODE[:-1] + "4", None),  # the check character does not hold
        (CODE[:-1], None),
        (CODE + "7", None),
        ("350100100012345", None),  # a former registration number
    ],
)
def test_a_code_counts_only_if_its_check_character_holds(printed, found):
    assert proposed(page(code=printed)).get("uscc") == found


def test_two_codes_are_none_wherever_they_stand():
    assert understood(page(line(f"统一社会信用代码{OTHER}", 40, 500)), []).sentence == recognition.TWO_CODES
    assert understood(page(), [f"http://www.gsxt.gov.cn/?uniscid={OTHER}"]).sentence == recognition.TWO_CODES
    assert not understood(page(), [f"http://www.gsxt.gov.cn/?uniscid={OTHER}"]).proposals


def test_the_code_of_the_qr_agrees_or_stands_alone():
    assert understood(page(), [f"https://qr.example/?c={CODE}"]).proposals["uscc"] == recognition.Proposal(CODE, 100)
    assert proposed(page(code="模糊"), f"https://qr.example/?c={CODE}")["uscc"] == CODE
    assert "uscc" not in proposed(page(code="模糊"), "https://qr.example/?c=91350100M000100Y44")


def test_two_names_are_none():
    assert understood(page(line("名称厦门鹭岛食品有限公司", 40, 400)), []).sentence == recognition.TWO_NAMES


def test_an_identity_number_is_no_code():
    assert "uscc" not in proposed([line("公民身份号码", 40, 40), line("350102198503071230", 300, 40)])


def test_text_that_is_no_licence_is_said_to_be_none():
    letter = [line("尊敬的各位同事", 40, 40), line("会议定于下周三召开", 40, 100), line("请准时参加", 40, 160)]

    assert understood(letter, []) == recognition.Reading(sentence=recognition.NO_LICENCE)
    assert understood([], []) == recognition.Reading(sentence=recognition.NO_TEXT)


def test_how_sure_a_value_is_is_that_of_its_worst_line():
    lines = page(
        line("住所", 40, 260),
        line("福州市鼓楼区湖东路188号信和", 140, 260, score=0.97),
        line("广场12层", 140, 300, score=0.61),
    )

    assert understood(lines, []).proposals["address"].sure == 61


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("壹仟万元整", "1000"), ("人民币壹佰贰拾叁万肆仟伍佰元整", "123.45"), ("叁亿元整", "30000"), ("拾万元", "10"),
        ("500万元人民币", "500"), ("1,200.500000万人民币", "1200.5"), ("2.5亿元", "25000"), ("80000元", "8"),
        ("500万美元", None), ("1000万港元", None), ("零元", None), ("详见章程", None), ("5", None), ("9" * 30 + "亿元", None),
    ],
)  # fmt: skip
def test_a_capital_is_read_in_figures_and_in_words(text, value):
    assert licence_values.capital(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("长期", ("长期", None)),
        ("2011年03月04日至长期", ("长期", None)),
        ("2011年3月4日至2031年3月3日", ("2011-03-04至2031-03-03", date(2031, 3, 3))),
        ("自2011-03-04至2031-03-03", ("2011-03-04至2031-03-03", date(2031, 3, 3))),
        ("至2031年3月3日", ("2031-03-03", date(2031, 3, 3))),
        ("2011年3月4日", None),
        ("2031年2月30日至2031年13月1日", None),
        ("", None),
    ],
)
def test_a_period_is_read_with_its_last_day(text, value):
    assert licence_values.validity(text) == value


@pytest.mark.parametrize("text", ["", "！！", "ABC", "1234567", "有限" * 60])
def test_what_is_no_name_is_not_proposed(text):
    assert licence_values.unit_name(text) is None


def test_a_library_that_is_missing_costs_the_reading_only(monkeypatch):
    def missing() -> None:
        raise ModuleNotFoundError("rapidocr")

    monkeypatch.setattr(recognition_child, "load", missing)
    answer = recognition_child.read(licences.saved(Image.new("RGB", (1000, 700), "white")), 900)

    assert recognition.told(answer) == recognition.Reading(sentence=recognition.MISSING, tried=False)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [(Limits(child_memory=300 * MIB), ""), (Limits(child_memory=3072 * MIB, child_seconds=1), recognition.TOO_LONG)],
)
def test_a_picture_that_asks_for_too_much_is_left_to_people(monkeypatch, tmp_path, limits, sentence):
    monkeypatch.setattr(recognition, "LIMITS", limits)
    reading = recognition.read(licences.sample(0, 0)[1], tmp_path)

    assert not reading.tried
    assert not reading.proposals
    assert reading.sentence in ({sentence} if sentence else {recognition.TOO_BIG, recognition.BROKEN})


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"not a picture", recognition.NO_PICTURE),
        (b"", recognition.NO_PICTURE),
        (licences.saved(Image.new("RGB", (899, 700), "white")), recognition.too_small(899, 700)),
        (licences.saved(Image.new("1", (10_000, 4001))), recognition.TOO_BIG),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path, data, sentence):
    reading = recognition.read(data, tmp_path)

    assert (reading.sentence, dict(reading.proposals)) == (sentence, {})


def test_the_child_is_kept_from_the_network():
    connects = (
        "import sys; from exchange import recognition_child as child; sys.addaudithook(child._refuse_network); "
        "import socket; socket.create_connection(('127.0.0.1', 9))"
    )
    done = subprocess.run([sys.executable, "-c", connects], cwd=ROOT, capture_output=True, text=True, check=False)

    assert "PermissionError: socket.getaddrinfo: a picture is read without a network" in done.stderr


@pytest.mark.xdist_group("reading")
@pytest.mark.parametrize(
    ("seed", "level", "turn"), [(0, 2, 90), (4, 1, 180), (2, 0, 0)], ids=["on its side", "on its head", "a clean scan"]
)
def test_pictures_are_read_in_the_child(tmp_path, seed, level, turn):
    what = licences.paper(seed)
    picture = licences.spoil(licences.draw(what), level, seed).rotate(turn, expand=True)
    reading = recognition.read(licences.saved(picture, 80), tmp_path)

    assert {key: harness.compared(reading, key, wanted) for key, wanted in what.truth.items()} == dict.fromkeys(
        what.truth, "right"
    )
    assert min(one.sure for one in reading.proposals.values()) > 80


@pytest.mark.xdist_group("reading")
def test_two_licences_on_one_picture_are_nobodys(tmp_path):
    what = licences.paper(0, qr=True)
    double = replace(what, more=(f"统一社会信用代码 {licences.paper(3).printed['uscc']}",))

    assert recognition.read(licences.saved(licences.draw(double)), tmp_path).sentence == recognition.TWO_CODES


@pytest.mark.xdist_group("reading")
def test_the_harness_counts_a_folder_of_pictures(tmp_path, capsys):
    what, data = licences.sample(1, 0)
    (tmp_path / "甲.jpg").write_bytes(data)
    table = tmp_path / "truth.csv"
    with table.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.DictWriter(file, ["file", "uscc", "name"])
        rows.writeheader()
        rows.writerow({"file": "甲.jpg", "uscc": what.truth["uscc"], "name": "另一家单位有限公司"})

    assert harness.run(str(tmp_path), str(table)) == 0
    out, err = capsys.readouterr()
    assert "| 图片 | 1 | 1／0／0 | 0／1／0 |" in out
    assert what.truth["name"] in err


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("", "须有 file 列"),
        ("file,colour\n甲.jpg,red\n", "须有 file 列"),
        ("file,name\n乙.jpg,某单位\n", "第 2 行：文件夹中没有图片“乙.jpg”"),
        ("file,name\n甲.jpg,某单位\n", "第 2 行：“甲.jpg”不是可用的图片"),
    ],
)
def test_the_harness_says_what_is_wrong_with_a_table(tmp_path, capsys, table, sentence):
    (tmp_path / "甲.jpg").write_bytes(b"no picture")
    path = tmp_path / "truth.csv"
    path.write_text(table, "utf-8")

    assert harness.run(str(tmp_path), str(path)) == 2
    assert sentence in capsys.readouterr().err


def test_the_harness_asks_for_a_folder_and_a_table(tmp_path, capsys):
    assert harness.run(str(tmp_path)) == 2
    assert harness.run(str(tmp_path / "none"), "truth.csv") == 2
    assert "没有文件夹" in capsys.readouterr().err


def test_a_fault_of_the_child_is_told_and_logged(monkeypatch, tmp_path, caplog):
    def broken(*_: object) -> bytes:
        raise RuntimeError("failed in its child")

    monkeypatch.setattr(sandbox, "run", broken)

    assert recognition.read(b"", Path(tmp_path)) == recognition.Reading(sentence=recognition.BROKEN, tried=False)
    assert "recognition failed" in caplog.text
