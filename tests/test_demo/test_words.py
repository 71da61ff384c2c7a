"""The made-up words, numbers and pictures are valid, equal for equal seeds, and never twice the same number."""

import io
from datetime import date
from random import Random

import pytest
from PIL import Image

from demo import codes, pictures, words
from demo.places import CITIES
from models import Category, IdType, Zone, validators
from models.countries import COUNTRIES

TODAY = date(2026, 9, 1)
MANY = 2_000


def person(rng: Random, number: int, id_type: str) -> dict[str, object]:
    paper = words.paper(rng, number, id_type)
    return {
        **paper._asdict(),
        "name": words.person_name(rng, paper.sex),
        "name_en": words.english_name(rng, paper.sex),
        "title": words.title(rng),
        "department": words.department(rng),
        "mobile": words.mobile(rng),
    }


def unit(rng: Random, number: int, category: str, city: str) -> dict[str, object]:
    return {
        "uscc": words.uscc(number, category),
        "name": words.unit_name(rng, category, city),
        "abroad": words.unit_name(rng, category, city, overseas=True),
        "name_en": words.english_unit_name(rng),
        "industry": words.industry(rng),
        "address": words.address(rng, city),
        "phone": words.landline(rng, city),
        "products": [words.product(rng, zone) for zone in Zone],
        "countries": words.countries(rng),
    }


def people(seed: int, id_type: str, count: int = MANY):
    rng = Random(seed)
    return [person(rng, number, id_type) for number in range(count)]


def units(seed: int, count: int = MANY):
    rng, categories, cities = Random(seed), list(Category), list(CITIES)
    return [unit(rng, n, categories[n % len(categories)], cities[n % len(cities)]) for n in range(count)]


@pytest.mark.parametrize("id_type", list(IdType))
def test_made_up_persons_pass_the_checks_of_real_ones(id_type):
    for made in people(1, id_type):
        assert validators.check_identity(id_type, made["number"], TODAY) == made["number"]
        assert validators.facts_from_identity(id_type, made["number"]) in {
            (None, None),
            (made["birth_date"], made["sex"]),
        }
        assert validators.check_person_name(made["name"]) == made["name"]
        assert validators.check_english_name(made["name_en"]) == made["name_en"]
        assert validators.check_mobile(made["mobile"]) == made["mobile"]
        assert made["nationality"] in COUNTRIES


@pytest.mark.parametrize("id_type", [IdType.RESIDENT_ID, IdType.HMT_RESIDENCE, IdType.FOREIGN_PR])
def test_a_dated_paper_states_birth_and_sex(id_type):
    for made in people(1, id_type):
        assert validators.facts_from_identity(id_type, made["number"]) == (made["birth_date"], made["sex"])


def test_made_up_units_pass_the_checks_of_real_ones():
    categories = list(Category)
    for number, made in enumerate(units(1)):
        assert validators.check_uscc(made["uscc"]) == made["uscc"]
        assert validators.uscc_warnings(made["uscc"], categories[number % len(categories)]) == []
        assert validators.check_unit_name(made["name"]) == made["name"]
        assert validators.check_unit_name(made["abroad"]) == made["abroad"]
        assert validators.check_unit_name(made["name_en"]) == made["name_en"]
        assert validators.check_phone(made["phone"]) == made["phone"]
        assert set(made["countries"]) <= {names[0] for names in COUNTRIES.values()}


def test_numbers_drawn_by_chance_pass_the_checks_too():
    rng = Random(1)
    for number in range(MANY):
        birth, sex = date(1970 + number % 30, 1 + number % 12, 1 + number % 28), "MF"[number % 2]
        drawn = {
            "RESIDENT_ID": codes.make_resident_id(rng, birth, sex, "350102"),
            "HMT_RESIDENCE": codes.make_hmt_residence(rng, birth, sex),
            "FOREIGN_PR": codes.make_foreign_pr(rng, birth, sex, "KAZ"),
            "HK_MACAO_PERMIT": codes.make_hk_macao_permit(rng),
            "TAIWAN_PERMIT": codes.make_taiwan_permit(rng),
            "PASSPORT": codes.make_passport(rng),
        }
        facts = {id_type: validators.facts_from_identity(id_type, drawn[id_type]) for id_type in list(drawn)[:3]}
        uscc = codes.make_uscc(rng, "ENTERPRISE")

        assert {id_type: validators.check_identity(id_type, code, TODAY) for id_type, code in drawn.items()} == drawn
        assert facts == dict.fromkeys(facts, (birth, sex))
        assert validators.uscc_warnings(uscc, "ENTERPRISE") == []


@pytest.mark.parametrize("id_type", list(IdType))
def test_no_two_persons_have_the_same_number(id_type):
    rng = Random(1)

    assert len({words.paper(rng, number, id_type).number for number in range(20_000)}) == 20_000


def test_no_two_units_have_the_same_code():
    assert len({words.uscc(number, "ENTERPRISE") for number in range(20_000)}) == 20_000


@pytest.mark.parametrize("size", [10**3, 15 * 10**3, 2 * 3 * 5 * 100])
def test_running_numbers_are_scattered_one_to_one(size):
    assert sorted(codes.scattered(number, size) for number in range(size)) == list(range(size))


def test_equal_seeds_make_equal_data_and_others_do_not():
    assert people(7, "RESIDENT_ID") == people(7, "RESIDENT_ID")
    assert units(7) == units(7)
    assert people(7, "RESIDENT_ID") != people(8, "RESIDENT_ID")
    assert units(7) != units(8)


def test_names_are_varied_and_some_are_rare():
    rng = Random(1)
    names = [words.person_name(rng, "MF"[number % 2]) for number in range(10_000)]

    assert len(set(names)) > 8_000
    assert 50 <= sum(any(char in words.RARE for char in name) for name in names) <= 200
    assert 10 <= sum("·" in name for name in names) <= 100


def test_every_city_has_an_address():
    rng = Random(1)
    addresses = {city: words.address(rng, city) for city in CITIES}

    assert [city for city, text in addresses.items() if not text.startswith(words.region(city))] == []
    assert {validators.check_postcode(words.postcode(city)) for city in CITIES} == {
        place.postcode for place in CITIES.values()
    }
    assert {words.region_code(city)[:2] for city in CITIES} == {"35", "33"}


@pytest.mark.parametrize("sex", ["M", "F"])
def test_a_portrait_is_what_the_fair_asks_for(sex):
    for seed in range(20):
        data = pictures.portrait(seed, sex)
        picture = Image.open(io.BytesIO(data))

        assert (picture.format, picture.size) == ("JPEG", (358, 441))
        assert 40 << 10 <= len(data) <= 80 << 10
        assert min(picture.convert("L").crop((0, 0, 358, 20)).tobytes()) >= 250


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_licence_is_a_picture_below_2_megabytes(kind):
    data = pictures.licence("福州闽海（集团）有限公司", "91110000600037341L", 1, kind)

    assert (Image.open(io.BytesIO(data)).format, len(data) < 2 << 20) == (kind, True)


def test_pictures_are_equal_for_equal_seeds_only():
    assert pictures.portrait(3) == pictures.portrait(3)
    assert pictures.portrait(3) != pictures.portrait(4)
    assert pictures.licence("甲公司", "91110000600037341L", 3) == pictures.licence("甲公司", "91110000600037341L", 3)
    assert pictures.licence("甲公司", "91110000600037341L", 3) != pictures.licence("甲公司", "91110000600037341L", 4)


def test_a_licence_shows_its_code_without_a_chinese_font(monkeypatch):
    monkeypatch.setattr(pictures, "FONTS", ())
    pictures.chinese_font.cache_clear()
    pictures._font.cache_clear()
    try:
        one = pictures.licence("甲公司", "91110000600037341L", 1)
        other = pictures.licence("甲公司", "914403001922038216", 1)
    finally:
        pictures.chinese_font.cache_clear()
        pictures._font.cache_clear()

    assert one != other
