"""The receipt of a payment: who paid what for what, in figures and capitals, and no number of identity (DOMAIN §1.4)."""

import re

import pytest
from reportlab.lib.pagesizes import A5

from exchange import drawing, receipt_pdf
from models import PaymentKind, PaymentPurpose, PaymentStatus, PersonStatus, UnitStatus
from models.kinds import opened
from tests import factories
from tests.conftest import on_sqlite
from tests.test_workflow import _cast

pytestmark = on_sqlite


@pytest.fixture
def paid(session, world):
    """Give ``paid(...)``: a payment of a person of a unit, with values of its own."""

    def made(name="福建一二三贸易有限公司", **values):
        unit = _cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved, name=name)
        person = _cast.ready_person(session, unit, PersonStatus.approved, payment_status=PaymentStatus.waived)
        facts = {"amount": 20000, "serial_no": "BOC-1", "by_id": next(iter(world.accounts.values())).id, **values}
        return person, factories.payment(session, person, **facts)

    return made


def told(monkeypatch, made):
    """Return every text that is written on the page, and the file."""
    found, written = [], drawing.write

    def noted(canvas, text, *rest, **more):
        found.append(text)
        written(canvas, text, *rest, **more)

    monkeypatch.setattr(receipt_pdf, "write", noted)
    return found, receipt_pdf.pdf(made)


def test_it_says_who_paid_what_for_what(session, world, paid, monkeypatch):
    person, payment = paid(purpose=PaymentPurpose.REISSUE)
    found, data = told(monkeypatch, receipt_pdf.receipt(session, payment))
    words = "".join(found)

    for text in (
        payment.ref, f"王五（人员编号 {person.ref}）", "福建一二三贸易有限公司", f"{world.edition.name} 补办费", "¥200.00",
        "人民币贰佰元整", f"{payment.paid_on:%Y-%m-%d}", "BOC-1", f"收款单位（盖章）：{world.province.name}", "经办人：",
    ):  # fmt: skip
        assert text in words
    assert opened(person, "id_no") not in words
    assert data.startswith(b"%PDF")
    [box] = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", data)
    assert tuple(map(float, box)) == pytest.approx((A5[1], A5[0]), abs=0.01)


def test_it_is_the_same_whenever_it_is_made(session, paid):
    made = receipt_pdf.receipt(session, paid()[1])

    assert receipt_pdf.pdf(made) == receipt_pdf.pdf(made)


def test_a_long_name_keeps_to_its_line_and_a_missing_character_is_marked(session, paid, monkeypatch):
    long = "名称特别特别长的福建省对外贸易与经济技术合作股份有限公司" * 3 + "𠮷"
    found, _data = told(monkeypatch, receipt_pdf.receipt(session, paid(name=long)[1]))

    assert long.replace("𠮷", "?") in "".join(found)


def test_money_that_went_back_has_no_receipt(session, paid):
    person, _payment = paid()
    back = factories.payment(session, person, kind=PaymentKind.REFUND, amount=-20000, serial_no="BACK-1")

    with pytest.raises(receipt_pdf.NoReceipt):
        receipt_pdf.receipt(session, back)
