"""Numbers of made-up units and persons that pass the same checks as real ones (DOMAIN §7), and belong to nobody.

Identity numbers begin with a whole city's code, which no office issues; mobiles with blocks no operator has opened.
"""

from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from demo.places import CITIES
from models.countries import NUMERIC
from models.validators.identity import check_char_18
from models.validators.uscc import organisation_check_char, uscc_check_char

PREFIXES = {"ENTERPRISE": "91", "SOCIAL_ORG": "51", "INSTITUTION": "12", "GOVERNMENT": "11", "OTHER": "Y1"}
REGIONS = tuple(city.code for city in CITIES.values())
HOMES = {"810000": "HKG", "820000": "MAC", "830000": "TWN"}  # the residence permit's codes
PERMIT_HOMES = {"H": "HKG", "M": "MAC"}
NATIONALITIES = ("MYS", "SGP", "IDN", "JPN", "KOR", "THA", "PHL", "DEU", "AUS", "USA", "FRA", "ITA", "BRA", "KAZ")
MOBILE_BLOCKS = ("154", "160", "163", "164", "168", "169", "179")
FIRST_BIRTH = date(1961, 1, 1)
BIRTHS = 15_000  # days: the youngest is born in January 2002
MILLION = 1_000_000


class Paper(NamedTuple):
    """An identity paper; ``sex`` is "M" or "F", ``nationality`` ISO 3166-1 alpha-3."""

    number: str
    sex: str
    birth_date: date
    nationality: str


def scattered(number: int, size: int) -> int:
    """Return a place of its own below ``size`` for each number below ``size``, neighbours far apart.

    One-to-one as long as ``size`` has no other prime factors than 2, 3 and 5.
    """
    return (number * 61_803_401 + 1_234_567) % size


def uscc(number: int, category: str) -> str:
    """Return the credit code of the unit of this running number (below 100 million): equal for no two units."""
    organisation = f"{scattered(number, 100 * MILLION):08d}"
    first17 = (
        f"{PREFIXES[category]}{REGIONS[number % len(REGIONS)]}{organisation}{organisation_check_char(organisation)}"
    )
    return first17 + uscc_check_char(first17)


def make_uscc(rng: Random, category: str) -> str:
    """Return a credit code of a unit category, valid by GB 32100 and by GB 11714."""
    return uscc(rng.randrange(100 * MILLION), category)


def make_resident_id(rng: Random, birth: date, sex: str, region: str = "350100") -> str:
    """Return a number of 18 characters; ``region`` has six digits (GB/T 2260)."""
    return _eighteen(region, birth, rng.randrange(0, 1000, 2) + (sex == "M"))


def make_hmt_residence(rng: Random, birth: date, sex: str) -> str:
    """Return the number of a residence permit for people of Hong Kong, Macao or Taiwan."""
    return make_resident_id(rng, birth, sex, rng.choice(tuple(HOMES)))


def make_foreign_pr(rng: Random, birth: date, sex: str, country: str) -> str:
    """Return the number of a foreigner's residence card (2023 form); ``country`` is ISO 3166-1 alpha-3."""
    return make_resident_id(rng, birth, sex, f"935{NUMERIC[country]}")


def make_hk_macao_permit(rng: Random) -> str:
    """Return the number of a permit for people of Hong Kong (H) or Macao (M)."""
    return f"{rng.choice('HM')}{rng.randrange(100 * MILLION):08d}"


def make_taiwan_permit(rng: Random) -> str:
    """Return the number of a permit for people of Taiwan (form since 2015)."""
    return f"{rng.randrange(100 * MILLION):08d}"


def make_passport(rng: Random) -> str:
    """Return a passport's number: a letter and eight digits."""
    return f"{rng.choice('ABCEGKLNPRTX')}{rng.randrange(100 * MILLION):08d}"


def mobile(rng: Random) -> str:
    """Return a mainland mobile number nobody has."""
    return f"{rng.choice(MOBILE_BLOCKS)}{rng.randrange(100 * MILLION):08d}"


def landline(rng: Random, city: str) -> str:
    """Return a landline number of a city of ``demo.places.CITIES``."""
    return f"{CITIES[city].area}-2{rng.randrange(MILLION):06d}"


def paper(rng: Random, number: int, id_type: str) -> Paper:
    """Return the paper of the person of this running number (below 15 million): equal for no two persons."""
    if id_type not in {"HK_MACAO_PERMIT", "TAIWAN_PERMIT", "PASSPORT"}:
        return _dated_paper(rng, number, id_type)
    serial = scattered(number, 100 * MILLION)
    birth, sex = FIRST_BIRTH + timedelta(days=rng.randrange(BIRTHS)), rng.choice("MF")
    if id_type == "HK_MACAO_PERMIT":
        letter = rng.choice("HM")
        return Paper(f"{letter}{serial:08d}", sex, birth, PERMIT_HOMES[letter])
    if id_type == "TAIWAN_PERMIT":
        return Paper(f"{serial:08d}", sex, birth, "TWN")
    return Paper(f"E{serial:08d}", sex, birth, rng.choice(NATIONALITIES))


def _dated_paper(rng: Random, number: int, id_type: str) -> Paper:
    """Return a paper whose number states birth and sex: both are read off the running number."""
    days, serial = divmod(scattered(number, BIRTHS * 1000), 1000)
    birth, sex = FIRST_BIRTH + timedelta(days=days), "M" if serial % 2 else "F"
    if id_type == "RESIDENT_ID":
        return Paper(_eighteen(REGIONS[number % len(REGIONS)], birth, serial), sex, birth, "CHN")
    if id_type == "HMT_RESIDENCE":
        region = rng.choice(tuple(HOMES))
        return Paper(_eighteen(region, birth, serial), sex, birth, HOMES[region])
    country = rng.choice(NATIONALITIES)
    return Paper(_eighteen(f"935{NUMERIC[country]}", birth, serial), sex, birth, country)


def _eighteen(region: str, birth: date, serial: int) -> str:
    first17 = f"{region}{birth.year}{birth.month:02d}{birth.day:02d}{serial:03d}"
    return first17 + check_char_18(first17)
