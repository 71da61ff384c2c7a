"""Amounts in capitals: the examples of the banks' rules, and every amount read back as itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.capitals import MOST, capitals

UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def value_of(text: str) -> int:
    """Read capitals back, section by section, knowing nothing of how they were made."""
    sign, text = (-1, text[1:]) if text.startswith("负") else (1, text)
    whole, _, rest = text.removesuffix("整").rpartition("元")
    total = section = digit = above = 0
    for char in whole:
        if char in UNITS:
            section, digit = section + digit * UNITS[char], 0
        elif char == "万":
            total, section, digit = total + (section + digit) * 10_000, 0, 0
        elif char == "亿":
            above, total, section, digit = (total + section + digit) * 10**8, 0, 0, 0
        else:
            digit = "零壹贰叁肆伍陆柒捌玖".index(char)
    amount = (above + total + section + digit) * 100
    for char, factor in (("角", 10), ("分", 1)):
        before, _, after = rest.partition(char)
        if char in rest:
            amount, rest = amount + "零壹贰叁肆伍陆柒捌玖".index(before[-1]) * factor, after
    return sign * amount


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "零元整"), (1, "壹分"), (50, "伍角整"), (5, "伍分"), (100, "壹元整"), (105, "壹元零伍分"), (1010, "壹拾元壹角整"),
        (140950, "壹仟肆佰零玖元伍角整"), (600714, "陆仟零柒元壹角肆分"), (168032, "壹仟陆佰捌拾元叁角贰分"),
        (10700053, "壹拾万柒仟元伍角叁分"), (1640902, "壹万陆仟肆佰零玖元零贰分"), (32504, "叁佰贰拾伍元零肆分"),
        (100000000, "壹佰万元整"), (1000000100, "壹仟万零壹元整"), (10000000000, "壹亿元整"), (10001000000, "壹亿零壹万元整"),
        (10000000100, "壹亿零壹元整"), (100000000000000, "壹万亿元整"), (100000000000100, "壹万亿零壹元整"), (-20000, "负贰佰元整"),
        (100010000000000, "壹万零壹亿元整"),
    ],
)  # fmt: skip
def test_amounts_of_the_banks_rules(amount, words):
    assert capitals(amount) == words


@given(st.integers(-MOST + 1, MOST - 1))
def test_every_amount_is_read_back_as_itself(amount):
    words = capitals(amount)

    assert value_of(words) == amount
    assert "零零" not in words
    assert words.endswith(("整", "分"))


def test_what_the_capitals_do_not_reach_is_refused():
    with pytest.raises(ValueError, match="more than"):
        capitals(MOST)
