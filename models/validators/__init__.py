"""Checks of what people type: each returns the value in its one stored form or raises ``Invalid`` (DOMAIN §7).

An empty value is refused too: whether a field may stay empty is for the caller to know.
"""

from models.validators.contact import check_email, check_mobile, check_phone, check_postcode
from models.validators.identity import ID_TYPES, check_identity, facts_from_identity, identity_warnings, mrz_check_digit
from models.validators.names import check_card_no, check_english_name, check_person_name, check_unit_name
from models.validators.text import Invalid, clean_code, normalise, spellings
from models.validators.uscc import check_uscc, uscc_warnings

__all__ = [
    "ID_TYPES",
    "Invalid",
    "check_card_no",
    "check_email",
    "check_english_name",
    "check_identity",
    "check_mobile",
    "check_person_name",
    "check_phone",
    "check_postcode",
    "check_unit_name",
    "check_uscc",
    "clean_code",
    "facts_from_identity",
    "identity_warnings",
    "mrz_check_digit",
    "normalise",
    "spellings",
    "uscc_warnings",
]
