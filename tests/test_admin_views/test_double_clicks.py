"""Several clicks at the same moment: one effect, and everybody gets the same page (SECURITY G03, G04)."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from models import Batch, GroupPayDecision, GroupPayEntry, Person, PersonStatus
from tests.test_admin_views._desk import DRAFT, OPINION, PENDING, states

CLICKS = 4


def at_once(app, desk, requests):
    """Send posts (path, fields) at the same moment from windows of the same browser; return their answers."""
    cookie = desk.client.get_cookie("session").value
    csrf = desk.get("/admin/").fields["csrf_token"]

    def click(request):
        window = app.test_client()
        window.set_cookie("session", cookie)
        path, fields = request
        answer = window.post(path, data={**fields, "csrf_token": csrf})
        return answer.status_code, answer.location

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(click, requests))


def test_clicks_on_yes_at_once_have_one_effect_and_the_same_receipt(app, desk, persons, system):
    page = desk.preview("person", "confirm_group_pay", persons)
    answers = at_once(app, desk, [(f"{page.address}/confirm", page.fields)] * CLICKS)
    assert answers == [(303, f"{page.address}/receipt")] * CLICKS
    assert states(system, Person.review_status) == [PersonStatus.pending_review] * 5
    assert len(states(system, GroupPayEntry.id)) == 5


def test_yes_and_no_to_group_pay_at_once_leave_one_decision_per_person(app, desk, persons, system):
    yes = desk.preview("person", "confirm_group_pay", persons)
    no = desk.preview("person", "cancel_group_pay", persons)
    answers = at_once(app, desk, [(f"{page.address}/confirm", page.fields) for page in (yes, no)])
    assert sorted(status for status, _ in answers) == [303, 409]
    won = GroupPayDecision.confirmed if answers[0][0] == 303 else GroupPayDecision.cancelled
    assert states(system, Person.group_pay_decision) == [won] * 5
    assert len(states(system, GroupPayEntry.id)) == (5 if answers[0][0] == 303 else 0)


def test_clicks_on_undo_at_once_put_back_once(app, desk, units, system):
    done = desk.confirm(desk.preview("unit", "return_for_edit", units), opinion=OPINION)
    answers = at_once(app, desk, [(f"{done.address}/undo", {})] * CLICKS)
    with system() as session:
        backs = session.scalars(select(Batch.ref).where(Batch.undoes_id.is_not(None))).all()
    assert answers == [(303, f"/admin/batch/{backs[0]}/receipt")] * CLICKS
    assert (len(backs), states(system)) == (1, [PENDING, DRAFT, PENDING])
