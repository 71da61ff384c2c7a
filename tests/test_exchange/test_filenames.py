"""Names of downloads in HTTP headers."""

import re
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.filenames import content_disposition, safe_filename


def test_a_chinese_name_comes_with_an_ascii_one():
    assert content_disposition("额度导入模板.xlsx") == (
        'attachment; filename="download.xlsx"; '
        "filename*=UTF-8''%E9%A2%9D%E5%BA%A6%E5%AF%BC%E5%85%A5%E6%A8%A1%E6%9D%BF.xlsx"
    )


def test_an_ascii_name_stays():
    assert content_disposition("quota-2026.csv") == (
        "attachment; filename=\"quota-2026.csv\"; filename*=UTF-8''quota-2026.csv"
    )


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("a\r\nSet-Cookie: x=1.csv", "aSet-Cookie_ x=1.csv"),
        ('a"b;c.csv', "a_b_c.csv"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("账单\u202egpj.exe", "账单gpj.exe"),
        ("", "download"),
        ("...", "download"),
        (".xlsx", "download.xlsx"),
        ("\ud800.csv", "download.csv"),
        ("单位" * 100 + ".xlsx", ("单位" * 60) + ".xlsx"),
    ],
)
def test_what_would_break_out_is_taken_out(given_name, safe):
    assert safe_filename(given_name) == safe


@given(st.text(st.characters(codec=None)))
def test_no_name_breaks_the_header(name):
    value = content_disposition(name)
    assert re.fullmatch(r"attachment; filename=\"[A-Za-z0-9._-]+\"; filename\*=UTF-8''[A-Za-z0-9._~%-]+", value)
    assert unquote(value.rpartition("''")[2]) == safe_filename(name)
    message = Message()
    message["Content-Disposition"] = value
    assert message.get_content_disposition() == "attachment"
