"""A licence's way through the back office: handed in with a form, read by the worker, seen at the desk, taken over."""

import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import select

from bench import licences
from models import Account, LicenceReading, Recognition, Role, Unit, UnitStatus
from tests import product

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("reading")]
PATIENCE = 180  # seconds for one licence on a busy machine


@contextmanager
def working(served):
    """Let a worker work until the block ends."""
    command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
    worker = subprocess.Popen(command, cwd=product.ROOT, env=served.environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(60)


def waiting_unit(served, stored):
    """Return a unit in first review, and who may edit it."""
    with stored() as session:
        desks = select(Account.username, Unit).join(Unit, Unit.delegation_id == Account.delegation_id)
        here = (Account.username.in_(served.passwords), Account.role == Role.sub_delegation)
        waits = (Unit.review_status == UnitStatus.pending_first, Unit.uscc.is_not(None))
        username, unit = session.execute(desks.where(*here, *waits).order_by(Unit.id)).first()
        return username, unit.id, unit.name, unit.uscc


def reading_of(stored, row_id):
    """Wait for the reading of a unit's licence."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with stored() as session:
            found = session.scalars(select(LicenceReading).where(LicenceReading.unit_id == row_id)).first()
            if found is not None:
                return found, session.get_one(Unit, row_id).recognised
        time.sleep(0.5)
    raise AssertionError("nobody has read the licence")


def test_what_a_licence_says_otherwise_is_seen_at_the_desk_and_taken_over_in_the_form(people, served, stored):
    username, row_id, name, code = waiting_unit(served, stored)
    drawn = licences.paper(0)
    other = f"{name[:2]}海丝茶业有限公司"
    printed = {**drawn.printed, "uscc": code, "name": other}
    picture = licences.saved(licences.spoil(licences.draw(licences.Paper(drawn.layout, printed, {})), 1, 5), 80)
    desk = people.at(username)
    desk.visit(f"/admin/unit/{row_id}/edit")
    handed_in = {"name": "营业执照.jpg", "mimeType": "image/jpeg", "buffer": picture}
    desk.page.get_by_label("单位资质证明").set_input_files([handed_in])
    desk.press("保存")
    with working(served):
        reading, recognised = reading_of(stored, row_id)
    assert (reading.name, reading.uscc, recognised) == (other, code, Recognition.FAILED)

    desk.visit(f"/admin/review/unit/{row_id}")
    name_field = desk.page.locator(".rv-field").filter(has_text="单位名称").first
    assert "识别值与填写不符" in name_field.inner_text()
    assert f"证照识别：{other}" in name_field.inner_text().replace(" ", "")
    code_field = desk.page.locator(".rv-field").filter(has_text="统一社会信用代码").first
    assert "证照识别：一致" in code_field.inner_text().replace(" ", "")

    desk.visit(f"/admin/unit/{row_id}/edit")
    assert Axe().run(desk.page).response["violations"] == []
    desk.page.get_by_role("button", name="采用证照上的单位名称", exact=True).click()
    assert desk.page.get_by_label("单位名称").input_value() == other
    desk.page.get_by_label("单位名称").press("Enter")  # saves, whatever buttons stand before the last one
    desk.page.wait_for_url(f"**/admin/unit/{row_id}")
    with stored() as session:
        unit = session.get_one(Unit, row_id)
        assert (unit.name, unit.recognised) == (other, Recognition.PASSED)
