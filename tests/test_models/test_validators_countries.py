import pytest

from models.countries import COUNTRIES, NUMERIC, country
from models.validators import normalise


def test_the_standard_has_249_countries_and_regions():
    assert (len(COUNTRIES), len(NUMERIC), len(set(NUMERIC.values()))) == (249, 249, 249)


def test_china_comes_first():
    assert list(COUNTRIES)[:4] == ["CHN", "HKG", "MAC", "TWN"]


@pytest.mark.parametrize(
    ("code", "number", "chinese", "english"),
    [
        ("CHN", "156", "中国", "China"),
        ("KAZ", "398", "哈萨克斯坦", "Kazakhstan"),
        ("COD", "180", "刚果(金)", "Congo (Kinshasa)"),
        ("AFG", "004", "阿富汗", "Afghanistan"),
    ],
)
def test_a_country_has_letters_digits_and_names(code, number, chinese, english):
    assert (NUMERIC[code], country(code), country(code, english=True)) == (number, chinese, english)


def test_codes_and_names_have_their_one_form():
    assert [code for code in COUNTRIES if not (len(code) == 3 and code.isascii() and code.isupper())] == []
    assert [number for number in NUMERIC.values() if not (len(number) == 3 and number.isdecimal())] == []
    assert [name for names in COUNTRIES.values() for name in names if normalise(name) != name] == []


def test_a_code_outside_the_standard_stands_for_itself():
    assert country("XKX") == "XKX"
