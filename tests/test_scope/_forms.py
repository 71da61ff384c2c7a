"""What somebody types into a form: a value for every column of a model, the machine's own included."""

from typing import Any

from admin_views.screens import BY_NOUN
from models import Base
from models.columns import Column, attribute, columns_of
from tests import factories
from tests.test_scope._seeds import Plot

BY_KEY = {
    "name": "新的名称", "uscc": factories.uscc(90_000_001), "category": "ENTERPRISE", "reg_capital": "500", "origin": "DOMESTIC", "email": "new@example.com",
    "contact_name": "赵六", "contact_phone": "0591-87811716", "contact_email": "new@example.com", "postcode": "350001",
    "region_code": "350102", "recv_postcode": "350001", "recv_name": "赵六", "legal_rep": "赵六", "code": "NEWCODE1",
    "username": "new-user", "role": "sub_delegation", "name_en": "Zhao Liu", "phone": "0591-87811716", "nationality": "CHN",
    "id_type": "RESIDENT_ID", "id_no": factories.resident_id(12_345_678), "cert_mode": "new", "label": "VIP", "consent": "y",
    "city": "福州市", "minimum_age": "18", "allotted": "3", "total": "60", "group_pay_grant": "75000",
    "group_pay_cap": "70000", "kind": "GOVERNMENT", "old_card_no": "OLD12345", "old_edition": "E6", "reuse_editions": "5,6", "sex": "", "birth_date": "",
    "opens_at": "2020-01-01T00:00", "show_opens_on": "2031-01-01", "show_closes_on": "2031-01-05", "amount": "12",
    "row_version": "1", "language": "en", "is_current": "1", "origin_countries": "日本",
}  # fmt: skip
BY_KIND = {
    "bool": "1",
    "date": "2032-02-03",
    "moment": "2030-01-01T00:00",
    "number": "5",
    "money": "5",
    "sealed": "13900001234",
}


def link_to(column: Column, plot: Plot, shared: dict[str, int]) -> str:
    """Return the id of a row of the plot (or of everybody's) that a link column may point to."""
    if column.links == "delegation":
        return str(plot.node_id)
    found = shared.get(column.links) or plot.rows[column.links][-1]
    return str(found)


def value_of(model: type[Base], column: Column, plot: Plot, shared: dict[str, int]) -> str:
    """Return something acceptable for a column, as a browser sends it."""
    if column.links:
        return link_to(column, plot, shared)
    if column.key == "referral_code":
        return plot.referral_code
    if column.key in BY_KEY and not (column.enum and BY_KEY[column.key] not in column.enum.__members__):
        return BY_KEY[column.key]
    if column.enum is not None:
        return list(column.enum)[-1].value
    return BY_KIND.get(column.kind, "新的内容")[: attribute(model, column.key).type.__dict__.get("length") or None]


def filled_in(noun: str, plot: Plot, shared: dict[str, int]) -> dict[str, Any]:
    """Fill in a noun's form with every column there is."""
    screen = BY_NOUN[noun]
    ticks = {key: "y" for key, _label in screen.ticks}
    told = {c.key: value_of(screen.model, c, plot, shared) for c in columns_of(screen.model).values()} | ticks
    return told | {"unit_id": ""} if noun == "quota_allocation" else told  # by code: a unit's own code is another one
