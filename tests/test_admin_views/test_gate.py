"""The gate and the printing of badges: what a card is worth, from production to its replacement."""

import io
import re
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image
from sqlalchemy import select

from admin_views import throttle
from exchange.badge_codes import code_of, fits
from exchange.pictures import path_of
from models import Attachment, Certificate, CertificateStatus, PaymentStatus, PersonStatus, Role, UnitStatus
from models.kinds import now
from tests import factories
from tests.browser import log_in, submit, token
from tests.test_workflow import _cast
from workflow import books, engine
from workflow.actors import acting, actor_for


@pytest.fixture
def holders(system, world, app):
    """Two approved, paid persons with a queued card and a portrait on file; returns their ids."""
    made = []
    with system() as session:
        unit = _cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved)
        for _ in range(2):
            person = _cast.ready_person(session, unit, PersonStatus.approved, payment_status=PaymentStatus.paid)
            made.append(person.id)
        refs = list(session.scalars(select(Attachment.ref).where(Attachment.person_id.is_not(None))))
    for ref in refs:
        path = path_of(_folder(app), ref)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_portrait())
    return made


def _folder(app):
    return Path(app.instance_path) / "files"


def _portrait():
    out = io.BytesIO()
    Image.new("RGB", (358, 441), (10, 120, 200)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def run(system, world):
    """Give ``run(move, card ids, answers, role)``; returns the batch's reference and why rows were refused."""

    def batch(move, ids, answers=None, role=Role.secretariat, noun="certificate"):
        with system() as session:
            actor = actor_for(session, world.accounts[role])
            with acting(session, actor):
                made = engine.run(session, actor, noun, move, ids, answers)
                session.flush()
                return made.ref, [code for code in _cast.refusals(session, made) if code]

    return batch


@pytest.fixture
def act(run):
    """Give ``act(move, card ids, answers)`` that must be done on every card; returns the batch's reference."""

    def done(move, ids, answers=None, role=Role.secretariat, noun="certificate"):
        ref, refused = run(move, ids, answers, role, noun)
        assert refused == []
        return ref

    return done


@pytest.fixture
def visitor(app, world):
    """Give a browser in which an account of the role is logged in."""

    def browser(role):
        client = app.test_client()
        log_in(client, world.accounts[role].username, factories.PASSWORD)
        return client

    return browser


def cards(system):
    with system() as session:
        rows = session.scalars(select(Certificate).order_by(Certificate.id))
        return [(card.id, card.status.value, card.card_no) for card in rows]


def told(client, card_no):
    return client.get(f"/gate/{code_of(card_no)}/answer").get_json()


def test_a_card_is_produced_printed_handed_out_lost_and_replaced(system, world, act, visitor, holders):
    first, second = (card[0] for card in cards(system))
    act("start_production", [first, second])
    numbers = [card[2] for card in cards(system)]
    assert numbers == [f"{world.edition.code}{number:08d}" for number in (first, second)]
    printed = act("print_badges", [first, second])
    act("finish_production", [first, second])
    with system() as session:
        _cast.put(session.get_one(Certificate, first), status=CertificateStatus.delivered)

    client = visitor(Role.secretariat)
    answer = client.post(
        f"/admin/batch/{printed}/badges", data={"csrf_token": token(client, "/password"), "layout": "one"}
    )
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert len(re.findall(rb"/Type /Page\b", answer.data)) == 2
    assert f"证件_{printed}.pdf" in unquote(answer.headers["Content-Disposition"])

    assert told(client, numbers[0])["status"] == "valid"
    act("report_lost", [first], _cast.REASON)
    assert [card[1] for card in cards(system)] == ["lost", "made", "queued"]
    assert told(client, numbers[0])["status"] == "lost"
    answer = submit(client, f"/admin/batch/{printed}/badges", page="/password")
    assert len(re.findall(rb"/Type /Page\b", answer.data)) == 1
    assert "其中 1 张证件已失效或挂失，不再打印" in client.get(f"/admin/batch/{printed}/receipt").text
    act("remake", [second], _cast.REASON)
    answer = submit(client, f"/admin/batch/{printed}/badges", page="/password")
    assert answer.status_code == 303
    assert "本批证件已全部失效或挂失，不再打印" in client.get(answer.location).text
    assert told(client, numbers[1]) | {"at": ""} == {
        "status": "replaced", "tone": "danger", "words": "已被新证件替换", "card_no": numbers[1], "holder": "王*",
        "label": "专业观众", "period": "全程", "replaced_by": None, "at": "",
    }  # fmt: skip
    act("waive_reissue_fee", [holders[0]], _cast.REASON, noun="person")
    act("start_production", [card[0] for card in cards(system)][2:])
    assert told(client, numbers[1])["replaced_by"] == cards(system)[3][2]
    with system() as session:
        assert books.check(session) == []


def test_a_lost_card_is_replaced_once(system, act, run, holders):
    [first, _second] = (card[0] for card in cards(system))
    for number in (first, first + 2):
        act("start_production", [number])
        with system() as session:
            _cast.put(session.get_one(Certificate, number), status=CertificateStatus.delivered)
        if number == first:
            act("report_lost", [first], _cast.REASON, role=Role.sub_delegation)
            act("waive_reissue_fee", [holders[0]], _cast.REASON, noun="person")
    assert run("report_lost", [first + 2], _cast.REASON, Role.sub_delegation)[1] == ["lost_before"]


@pytest.mark.usefixtures("holders")
def test_a_badge_with_a_character_that_the_font_lacks_waits_for_another_name(system, act, run):
    first = cards(system)[0][0]
    with system() as session:
        _cast.put(session.get_one(Certificate, first), holder_name="𠮷田", unprintable="𠮷")
    assert run("start_production", [first])[1] == ["unprintable"]
    act("set_face", [first], {"face_name": "吉田"})
    act("start_production", [first])
    assert cards(system)[0][1] == "making"


def test_a_missing_portrait_file_is_told_and_nothing_is_printed(system, act, visitor, holders, app):
    ids = [card[0] for card in cards(system)]
    act("start_production", ids)
    printed = act("print_badges", ids)
    with system() as session:
        ref = session.scalars(select(Attachment.ref).where(Attachment.person_id == holders[0])).one()
    path_of(_folder(app), ref).unlink()
    client = visitor(Role.secretariat)
    answer = submit(client, f"/admin/batch/{printed}/badges", page="/password")
    assert answer.status_code == 303
    assert "的证件照文件缺失，没有生成文件" in client.get(answer.location).text
    assert submit(client, "/admin/batch/ZZZZZZZZZZ/badges", page="/password").status_code == 404


@pytest.mark.usefixtures("holders")
def test_only_who_prints_fetches_the_badges(system, act, visitor):
    ids = [card[0] for card in cards(system)]
    act("start_production", ids)
    printed = act("print_badges", ids)
    for role in (Role.auditor, Role.finance):
        assert submit(visitor(role), f"/admin/batch/{printed}/badges", page="/password").status_code in (403, 404)


@pytest.mark.usefixtures("world")
def test_forged_codes_are_refused_and_then_not_looked_at(client):
    answers = [client.get(f"/gate/{code_of('8')}x/answer").status_code for _ in range(throttle.FORGERIES + 2)]
    assert answers == [404] * throttle.FORGERIES + [429] * 2
    assert client.get(f"/gate/{code_of('999999999')}").status_code == 404


LIST = "/admin/certificate/void-list"
HEAD = re.compile(r"# void list edition=(\S+) province=(\S+) at=(\S+) cards=([0-9]+) name=(.+)")


def void_list(client):
    """Fetch the list and check it as a gate does; return its head, its body, and its lines split."""
    answer = client.get(LIST)
    assert answer.status_code == 200
    body, _, rest = answer.get_data(as_text=True).partition("# signature ")
    assert fits("void list", body, rest.splitlines()[0])
    head, columns, *lines = body.splitlines()
    assert columns == "card_no,status,since"
    found = HEAD.fullmatch(head)
    assert found is not None
    assert int(found[4]) == len(lines)
    return found.groups(), body, [line.split(",") for line in lines]


@pytest.mark.usefixtures("holders")
def test_the_void_list_says_what_it_is_about_is_signed_whole_and_only_grows(system, world, act, visitor):
    ids = [card[0] for card in cards(system)]
    act("start_production", ids)
    client, seen, ahead = visitor(Role.secretariat), [], now() + timedelta(hours=1)
    for number in reversed(ids):  # the later card first, and its clock runs ahead
        act("remake", [number], _cast.REASON)
        with system() as session:
            _cast.put(session.get_one(Certificate, ids[1]), state_since=ahead)
        seen.append(void_list(client))
    (edition, province, at, count, name), body, lines = seen[1]
    assert (edition, province, name) == (world.edition.code, world.province.referral_code, world.province.name)
    assert abs(datetime.fromisoformat(at) - now()) < timedelta(minutes=1)
    assert (count, [line[:2] for line in lines]) == ("2", [[cards(system)[number][2], "void"] for number in (1, 0)])
    assert seen[0][2] == lines[:1]
    signature = client.get(LIST).get_data(as_text=True).partition("# signature ")[2].splitlines()[0]
    for other in (body.replace("void,", "lost,"), body.rpartition("8")[0], body.replace("cards=2", "cards=1")):
        assert not fits("void list", other, signature)


@pytest.mark.usefixtures("holders")
def test_the_void_list_is_the_whole_provinces_whoever_fetches_it_and_no_other_provinces(system, world, act, visitor):
    act("start_production", [card[0] for card in cards(system)])
    with system() as session:
        for node in (world.other_sub, world.foreign_sub):
            unit = _cast.ready_unit(session, world, session.merge(node), review_status=UnitStatus.approved)
            _cast.ready_person(session, unit, PersonStatus.approved, payment_status=PaymentStatus.paid)
        for card in session.scalars(select(Certificate)):
            _cast.put(card, status=CertificateStatus.void, card_no=card.card_no or f"9{card.id:08d}")
        ours = session.scalars(select(Certificate.card_no).where(Certificate.province_id == world.province.id)).all()
    assert len(ours) == len(cards(system)) - 1
    for role in (Role.secretariat, Role.auditor):
        assert sorted(line[0] for line in void_list(visitor(role))[2]) == sorted(ours)
        assert LIST in visitor(role).get("/admin/certificate/").text
    for role in (Role.sub_delegation, Role.security, Role.finance):
        assert visitor(role).get(LIST).status_code == 403
    assert LIST not in visitor(Role.sub_delegation).get("/admin/certificate/").text
