"""Writing certificates: queue a card for who may have one, void a live one. The only writer of card states here."""

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, insert, or_, select, update

from models import Certificate, CertificateStatus, CertMode, Delegation, Person, PersonStatus, Unit
from models.certificate import DEAD
from models.kinds import new_ref
from models.person import SETTLED
from workflow import glyphs, parcels, trail
from workflow.guards import card_made, was_made
from workflow.moves import Context

QUIET = {"synchronize_session": False}


def void_live(context: Context, reason: str) -> None:
    """Void every live card of the persons being done (原证件失效); one that was made stays spent when it is void."""
    card = Certificate
    live = select(card.id, card.ref, card.status).where(card.person_id.in_(context.rows), card.status.not_in(DEAD))
    cards = context.session.execute(live.order_by(card.id)).all()
    context.session.execute(
        update(card)
        .where(card.person_id.in_(context.rows), card.status.not_in(DEAD))
        .values(
            status=CertificateStatus.void,
            void_reason=reason,
            consumes_quota=was_made(),
            row_version=card.row_version + 1,
            updated_at=context.at,
            state_since=context.at,
        ),
        execution_options=QUIET,
    )
    for found in cards:
        changes = {"status": [found.status, CertificateStatus.void]}
        trail.note(context.session, "certificate.void", "certificate", found.id, found.ref, changes, reason,
                   context.batch_id)  # fmt: skip
    parcels.take_out(context, card.person_id.in_(context.rows))


def queue(context: Context, holders: Select[Any] | None = None, mode: CertMode | None = None) -> None:
    """Queue a card for each holder who is approved, settled and without a live card (DOMAIN §1.3).

    ``holders`` selects ids of persons, by default those being done; ``mode`` says how the card is obtained, by default
    as the person asked, and as an upgrade where one was made, or of another label, before.
    """
    persons_chosen = context.rows if holders is None else holders
    live = select(Certificate.id).where(Certificate.person_id == Person.id, Certificate.status.not_in(DEAD)).exists()
    persons = context.session.execute(
        select(Person, Unit.name.label("unit_name"), Delegation.name.label("delegation_name"), *_earlier())
        .join(Unit, Unit.id == Person.unit_id)
        .join(Delegation, Delegation.id == Person.delegation_id)
        .where(
            Person.id.in_(persons_chosen),
            Person.review_status == PersonStatus.approved,
            Person.payment_status.in_(SETTLED),
            ~live,
        )
        .order_by(Person.id)
        .execution_options(populate_existing=True)
    ).all()
    cards = [_card(context, mode, row) for row in persons]
    if not cards:
        return
    context.session.execute(insert(Certificate), cards)
    refs = {card["ref"] for card in cards}
    queued = context.session.execute(
        select(Certificate.id, Certificate.ref).where(
            Certificate.person_id.in_(persons_chosen), Certificate.created_at == context.at
        )
    )
    for card_id, ref in queued:
        if ref in refs:
            trail.note(context.session, "certificate.queue", "certificate", card_id, ref,
                       {"status": [None, CertificateStatus.queued]}, None, context.batch_id)  # fmt: skip


def _earlier() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """What was before a person's next card: the last one's ``version``, and whether the next one stands in for it (``again``)."""
    earlier = select(Certificate.version).where(Certificate.person_id == Person.id)
    last = earlier.order_by(Certificate.version.desc()).limit(1).scalar_subquery()
    again = or_(card_made(), earlier.where(Certificate.label != Person.label).exists())
    return last.label("version"), again.label("again")


def _card(context: Context, mode: CertMode | None, row: Row[Any]) -> dict[str, object]:
    """The face a card is queued with is a snapshot: later renames do not change it."""
    person, unit_name, delegation_name = row.Person, row.unit_name, row.delegation_name
    return {
        "ref": new_ref(), "unit_id": person.unit_id, "delegation_id": person.delegation_id, "province_id": person.province_id,
        "edition_id": person.edition_id, "person_id": person.id, "version": (row.version or 0) + 1,
        "mode": mode or (CertMode.upgrade if row.again else person.cert_mode), "status": CertificateStatus.queued, "label": person.label,
        "period": person.period, "holder_name": person.name, "holder_name_en": person.name_en,
        "unprintable": glyphs.missing(person.name, person.name_en, unit_name, delegation_name), "print_count": 0,
        "unit_name": unit_name, "delegation_name": delegation_name,
        "old_card_no": person.old_card_no, "consumes_quota": False, "row_version": 1, "created_at": context.at,
        "updated_at": context.at, "state_since": context.at,
    }  # fmt: skip
