import contextlib
import time
from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import validators
from models.validators import Invalid, clean_code, normalise

TODAY = date(2026, 9, 1)
MIXED = st.text(max_size=60)


def check_paper(paper: str, text: str) -> str:
    return validators.check_identity(paper, text, TODAY)


CHECKS: dict[str, Callable[[str], object]] = {
    "normalise": normalise,
    "clean_code": clean_code,
    "uscc": validators.check_uscc,
    "mobile": validators.check_mobile,
    "phone": validators.check_phone,
    "email": validators.check_email,
    "postcode": validators.check_postcode,
    "person name": validators.check_person_name,
    "English name": validators.check_english_name,
    "unit name": validators.check_unit_name,
    "card": validators.check_card_no,
    **{paper: partial(check_paper, paper) for paper in validators.ID_TYPES},
    "facts": lambda text: validators.facts_from_identity("RESIDENT_ID", text),
}
LENGTH = 64 * 1024
HOSTILE = {
    "digits": "1" * LENGTH,
    "letters": "a" * LENGTH,
    "spaces": " " * LENGTH,
    "hyphens": "-" * LENGTH,
    "dots": "a." * (LENGTH // 2),
    "ats": "a@" * (LENGTH // 2),
    "brackets": "（" * LENGTH,
    "Han and spaces": "张 " * (LENGTH // 2),
    "invisible": "\u200b" * LENGTH,
    "accents in the worst order": "\u0300" * (LENGTH // 4) + "\u0316" * (LENGTH // 4),
    "expanding": "\ufdfa" * LENGTH,
    "area codes": "0591 " * (LENGTH // 5),
    "surrogates": "\ud800" * LENGTH,
}


@pytest.mark.parametrize(
    ("given_text", "stored"),
    [
        ("  福州　", "福州"),
        ("ＡＢＣ１２３", "ABC123"),
        ("\ufeff138\u200b00\u202e13\u00ad8000", "13800138000"),
        ("中\x00国\x1f", "中国"),
        ("e\u0301", "\u00e9"),
        ("第一行\n第二行", "第一行\n第二行"),
        ("", ""),
    ],
)
def test_a_text_has_one_spelling(given_text, stored):
    assert normalise(given_text) == stored


@pytest.mark.parametrize(
    ("given_text", "stored"),
    [
        ("9144 0300-1922 038216", "914403001922038216"),
        ("１１０１０５－１９４９１２３１－００２ｘ", "11010519491231002X"),
        ("a\u2014b\u2212c\u00a0d", "ABCD"),
    ],
)
def test_a_code_loses_spaces_and_hyphens_and_is_upper_case(given_text, stored):
    assert clean_code(given_text) == stored


def test_a_text_too_long_says_how_long_it_may_be():
    with pytest.raises(Invalid) as refusal:
        normalise("长" * 1001)

    assert refusal.value.message == "内容过长（1001字），请控制在1000字以内"
    assert str(refusal.value) == refusal.value.message


def test_half_a_character_is_refused():
    with pytest.raises(Invalid) as refusal:
        normalise("张\ud842")

    assert refusal.value.message == "含有无法识别的字符，请删除后重新输入"


@settings(deadline=None)
@given(MIXED)
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)

    assert normalise(once) == once


@settings(deadline=None)
@given(st.sampled_from(sorted(set(CHECKS) - {"facts"})), MIXED)
def test_a_stored_value_passes_its_own_check_unchanged(check, text):
    with contextlib.suppress(Invalid):
        stored = str(CHECKS[check](text))

        assert kept(CHECKS[check], stored) == stored


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_64_kb_are_answered_within_5_milliseconds(check):
    assert {name: spent for name, text in HOSTILE.items() if (spent := seconds(check, text)) >= 0.005} == {}


@pytest.mark.parametrize("length", [60, 100, 200, 1000])  # the limits up to which the checks look at a text at all
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_the_longest_text_that_is_looked_at_takes_5_milliseconds_at_most(check, length):
    texts = {name: text[: length // 2] + text[-length // 2 :] for name, text in HOSTILE.items()}

    assert {name: spent for name, text in texts.items() if (spent := seconds(check, text)) >= 0.005} == {}


def kept(check, stored) -> str:
    """Return what a check makes of a value that it gave itself; a refusal is an answer too."""
    try:
        return str(check(stored))
    except Invalid as refusal:
        return refusal.message


def seconds(check, text) -> float:
    """Return the processor time of the fastest of three calls."""
    spent = []
    for _ in range(3):
        start = time.thread_time()
        with contextlib.suppress(Invalid):
            check(text)
        spent.append(time.thread_time() - start)
    return min(spent)
