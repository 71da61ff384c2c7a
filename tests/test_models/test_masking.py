import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.masking import mask_email, mask_identity, mask_mobile, mask_name

USUAL = {mask_identity: 14, mask_mobile: 11, mask_name: 4}


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (mask_identity, "11010519491231002X", "110***********002X"),
        (mask_identity, "KAZ110090123105", "KAZ********3105"),
        (mask_identity, "E12345678", "E1*****78"),
        (mask_identity, "12345678", "12****78"),
        (mask_identity, "A", "*"),
        (mask_mobile, "13800138000", "138****8000"),
        (mask_mobile, "+85251234567", "+85*****4567"),
        (mask_mobile, "12345678", "12****78"),
        (mask_name, "欧阳娜娜", "欧**娜"),
        (mask_name, "欧阳娜", "欧**"),
        (mask_name, "张三", "张*"),
        (mask_name, "张", "*"),
        (mask_name, "古丽娜尔·买买提", "古******提"),
        (mask_email, "zhangsan@example.com", "zh******@example.com"),
        (mask_email, "ab@example.com", "a*@example.com"),
        (mask_email, "a@example.com", "*@example.com"),
        (mask_email, "no address", "no********"),
        (mask_email, "@", "@"),
    ],
)
def test_a_value_is_shown_masked(mask, value, shown):
    assert mask(value) == shown


@pytest.mark.parametrize("mask", [mask_identity, mask_mobile, mask_name, mask_email])
def test_nothing_is_masked_to_nothing(mask):
    assert mask("") == ""


@settings(deadline=None)
@given(st.sampled_from(list(USUAL)), st.text(alphabet=st.characters(exclude_characters="*")))
def test_any_text_keeps_its_length_and_a_short_one_hides_half(mask, text):
    shown = mask(text)
    kept = len(shown) - shown.count("*")

    assert len(shown) == len(text)
    assert all(char in ("*", text[place]) for place, char in enumerate(shown))
    assert kept <= (len(text) // 2 if len(text) < USUAL[mask] else 7)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="*")))
def test_any_address_hides_half_of_its_name(text):
    local, at, domain = text.rpartition("@")
    local = local if at else text
    shown = mask_email(text).removesuffix(at + domain) if at else mask_email(text)

    assert len(shown) == len(local)
    assert len(shown) - shown.count("*") <= min(2, len(local) // 2)
