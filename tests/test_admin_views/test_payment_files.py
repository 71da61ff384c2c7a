"""Fetching the receipt of a payment: a button on its page, an entry in the trail, and nothing for whoever may not see it."""

from urllib.parse import unquote

import pytest
from sqlalchemy import select

from models import Audit, PaymentKind, PaymentStatus, PersonStatus, Role, UnitStatus
from tests import factories
from tests.browser import submit
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import Desk
from tests.test_workflow import _cast

pytestmark = on_sqlite


@pytest.fixture
def payments(system, world):
    """Return the ids of a payment here, of its refund, and of one in another province."""
    with system() as session:
        made = []
        for node in (world.sub, world.foreign_sub):
            unit = factories.unit(session, world.edition, node, review_status=UnitStatus.approved)
            person = _cast.ready_person(session, unit, PersonStatus.approved, payment_status=PaymentStatus.paid)
            made += [factories.payment(session, person, serial_no=f"BOC-{node.id}").id]
            back = {"kind": PaymentKind.REFUND, "amount": -20000, "serial_no": f"BACK-{node.id}"}
            made += [factories.payment(session, person, **back).id]
        return made[:3]


@pytest.fixture
def finance(client, login, world):
    return Desk(client, login, world.accounts[Role.finance])


def fetch(client, number):
    return submit(client, f"/admin/payment/{number}/receipt", page="/password")


def test_the_receipt_is_fetched_from_the_payments_page_and_noted(client, finance, system, payments):
    came, back, _foreign = payments
    assert "下载收据" in finance.get(f"/admin/payment/{came}").words
    assert "下载收据" not in finance.get(f"/admin/payment/{back}").words
    answer = fetch(client, came)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert "收据_" in unquote(answer.headers["Content-Disposition"])
    assert answer.data.startswith(b"%PDF")
    with system() as session:
        assert session.scalars(select(Audit.object_id).where(Audit.action == "payment.receipt")).all() == [came]


def test_a_refund_a_foreign_payment_and_a_missing_one_are_not_found(client, finance, payments):
    _came, back, foreign = payments
    assert finance.get("/admin/payment/").status == 200
    assert [fetch(client, number).status_code for number in (back, foreign, 999_999)] == [404] * 3


def test_who_may_not_see_payments_gets_none(client, login, world, payments):
    Desk(client, login, world.accounts[Role.security])
    assert fetch(client, payments[0]).status_code == 403
