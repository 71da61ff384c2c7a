"""Using last year's card again: every condition of the notice by itself, where last year is in our database and where it is not."""

import pytest
from sqlalchemy import select

from models import (
    Attachment,
    Audit,
    Certificate,
    CertificateStatus,
    CertMode,
    Edition,
    Erasure,
    ErasureState,
    Label,
    Notice,
    PaymentStatus,
    Person,
    PersonStatus,
    Role,
    UnitStatus,
)
from models.certificate import Worth
from models.kinds import opened
from tests import factories
from tests.conftest import on_sqlite
from tests.test_workflow import _cast
from workflow import books, engine, keeping, reuse
from workflow.actors import SYSTEM, acting
from workflow.badge_truth import truth_of

C = CertificateStatus
NUMBER = "600000001"


@pytest.fixture
def clerk(session, world):
    return _cast.actors(session, world)[Role.secretariat]


@pytest.fixture
def again(session, world):
    """Let somebody have a card of the sixth edition and ask to use it again; return both cards."""
    past = factories.edition(session, name="第六届", code="6", is_current=False)
    before = factories.unit(session, past, world.sub, name="福州瑞远食品有限公司", review_status=UnitStatus.approved)
    then = _cast.ready_person(session, before, PersonStatus.approved, payment_status=PaymentStatus.paid)
    old = session.scalars(select(Certificate).where(Certificate.person_id == then.id)).one()
    _cast.put(old, status=C.delivered, card_no=NUMBER, unit_name=before.name)
    unit = _cast.ready_unit(session, world, world.sub, name=before.name, review_status=UnitStatus.approved)
    now = _cast.ready_person(
        session, unit, PersonStatus.approved, payment_status=PaymentStatus.paid, cert_mode=CertMode.reuse, old_card_no=NUMBER,
        old_edition="6", id_no=opened(then, "id_no"),
    )  # fmt: skip
    card = session.scalars(select(Certificate).where(Certificate.person_id == now.id)).one()
    _cast.put(
        card, mode=CertMode.reuse, old_card_no=NUMBER, unit_name=old.unit_name, delegation_name=old.delegation_name
    )
    session.commit()
    return old, card


def worth(session):
    truth = truth_of(session, NUMBER)
    assert truth is not None
    return truth.worth, truth.card.id


def listed(session, actor=SYSTEM):
    with acting(session, actor):
        return [list(session.scalars(select(Certificate.id).where(rule()))) for rule in (reuse.ready, reuse.fails)]


def test_an_unchanged_card_is_used_again_and_the_gate_knows_its_number_in_both_editions(session, world, clerk, again):
    old, card = again
    assert worth(session) == (Worth.past, old.id)
    for actor in (SYSTEM, *_cast.actors(session, world).values()):
        if actor.role in (Role.system, Role.secretariat, Role.sub_delegation, Role.auditor):
            assert listed(session, actor) == [[card.id], []]
    _cast.done(session, clerk, "certificate", "activate", card.id)
    assert _cast.values(session, Certificate, "status", "card_no") == [(C.delivered, NUMBER), (C.activated, NUMBER)]
    assert worth(session) == (Worth.valid, card.id)
    assert listed(session) == [[], []]
    assert books.check(session) == []


def other_holder(session, old, _card):
    _cast.put(session.get_one(Person, old.person_id), id_no=factories.resident_id(8_000))


def other_photo(session, old, _card):
    session.scalars(select(Attachment).where(Attachment.person_id == old.person_id)).one().sha256 = "1"


def person(**values):
    return lambda session, _old, card: _cast.put(session.get_one(Person, card.person_id), **values)


SPOILS = {
    "face_holder_name": lambda _session, _old, card: _cast.put(card, holder_name="王六"),
    "face_unit_name": lambda _session, _old, card: _cast.put(card, unit_name="福州海丝贸易有限公司"),
    "face_delegation_name": lambda _session, _old, card: _cast.put(card, delegation_name="厦门分团"),
    "face_label": lambda _session, old, _card: _cast.put(old, label=Label.STAFF),
    "face_period": lambda _session, old, _card: _cast.put(old, period="LATE"),
    "face_photo": other_photo,
    "old_card_dead": lambda _session, old, _card: _cast.put(old, status=C.lost),
    "old_card_others": other_holder,
    "no_old_card": person(old_edition="4"),
    "holder_out": person(payment_status=PaymentStatus.unpaid),
}


@on_sqlite
@pytest.mark.parametrize("code", SPOILS)
def test_each_condition_alone_refuses_and_is_told(session, clerk, again, code):
    old, card = again
    SPOILS[code](session, old, card)
    session.commit()
    batch = _cast.run(session, clerk, "certificate", "activate", card.id)
    assert _cast.refusals(session, batch) == [code]
    assert listed(session) == ([[card.id], []] if code == "holder_out" else [[], [card.id]])


@on_sqlite
def test_where_last_year_is_not_in_our_database_the_desk_trusts_edition_and_number(session, clerk, again):
    old, card = again
    _cast.put(old, card_no="600000009")
    session.commit()
    assert listed(session) == [[card.id], []]
    _cast.done(session, clerk, "certificate", "activate", card.id)


def erase(sessions, edition_id):
    """Erase an edition as the worker does, save for the files."""
    with sessions(info={"actor": SYSTEM}) as session, session.begin():
        edition = session.get_one(Edition, edition_id)
        asked = Erasure(edition_id=edition.id, state=ErasureState.running, reason="留存期满，按规定清除")
        session.add(asked)
        session.flush()
        number = asked.id
    tools = keeping.Tools(
        sessions=lambda: sessions(info={"actor": SYSTEM}), forget_file=lambda _: None, forget_result=lambda _: None,
        remove_orphans=lambda _: 0, report=lambda *_: {},
    )  # fmt: skip
    assert keeping.run(tools, number)


@pytest.fixture
def erased(sessions, session, again):
    """Let last year's edition be erased; return both cards."""
    session.commit()
    old, card = again
    edition_id = old.edition_id
    session.commit()
    erase(sessions, edition_id)
    session.expire_all()
    return old, card


def test_after_last_year_was_erased_the_same_holder_uses_the_card_again(session, clerk, erased):
    _old, card = erased
    assert listed(session) == [[card.id], []]
    _cast.done(session, clerk, "certificate", "activate", card.id)
    assert worth(session) == (Worth.valid, card.id)
    assert books.check(session) == []


def test_after_last_year_was_erased_another_holder_is_still_told_from_the_old_one(session, clerk, erased):
    _old, card = erased
    with acting(session, SYSTEM):
        _cast.put(session.get_one(Person, card.person_id), id_no=factories.resident_id(8_000))
        session.commit()
    batch = _cast.run(session, clerk, "certificate", "activate", card.id)
    assert _cast.refusals(session, batch) == ["old_card_others"]


@on_sqlite
@pytest.mark.parametrize(
    "code", ["face_unit_name", "face_delegation_name", "face_label", "face_period", "old_card_dead"]
)
def test_after_last_year_was_erased_what_is_left_of_the_face_is_compared(session, clerk, erased, code):
    with acting(session, SYSTEM):
        SPOILS[code](session, *erased)
        session.commit()
    assert _cast.refusals(session, _cast.run(session, clerk, "certificate", "activate", erased[1].id)) == [code]


def test_the_books_are_clean_after_who_used_a_card_again_was_deleted(session, clerk, again):
    _old, card = again
    _cast.done(session, clerk, "certificate", "activate", card.id)
    _cast.done(session, clerk, "person", "delete", card.person_id, _cast.REASON)
    assert _cast.values(session, Certificate, "card_no", "old_card_no") == [(NUMBER, None)] * 2
    assert books.check(session) == []


@on_sqlite
def test_the_books_are_clean_after_an_edition_with_cards_used_again_was_erased(sessions, session, clerk, again):
    _old, card = again
    _cast.done(session, clerk, "certificate", "activate", card.id)
    edition_id = card.edition_id
    session.commit()
    erase(sessions, edition_id)
    session.expire_all()
    assert books.check(session) == []


def test_who_fails_applies_anew_by_the_list_of_those_and_the_desk_is_told(session, world, clerk, again):
    _old, card = again
    _cast.put(card, holder_name="王六")
    session.commit()
    with acting(session, clerk):
        engine.run(session, clerk, "certificate", "give_up_reuse", engine.Selection.matching([reuse.fails()]))
        session.commit()
    with acting(session, SYSTEM):
        assert session.get_one(Certificate, card.id).mode is CertMode.reapply
        assert session.get_one(Person, card.person_id).cert_mode is CertMode.reapply
        told = session.scalars(select(Notice.sentence).where(Notice.delegation_id == world.sub.id)).all()
        assert told == ["本分团 1 名人员不能复用原证件，已改为重新申办，请告知其单位"]
        assert session.scalars(select(Audit.action).where(Audit.action == "person.reuse_lost")).all() != []
    assert listed(session) == [[], []]


@on_sqlite
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": C.made, "card_no": None}, "却没有证件号"),
        ({"card_no": "800000009"}, "却已有证件号"),
        ({"status": C.activated, "card_no": "800000009"}, "却不是原证件号"),
        ({"status": C.made, "card_no": NUMBER, "old_card_no": None}, "以前发过"),
    ],
)
def test_the_books_name_a_number_that_cannot_be(session, again, values, words):
    _old, card = again
    assert books.check(session) == []
    with acting(session, SYSTEM):
        _cast.put(card, **values)
        session.commit()
    assert any(words in line and card.ref in line for line in books.check(session))
