"""Parcels and what is in them: made cards are put together by unit, address and recipient, dead ones are taken out again.

The one writer of a card's parcel and of a parcel's count (DOMAIN §1.3: 原则上将按10张合并为1个包裹).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, cast, exists, func, insert, select, update
from sqlalchemy.orm import aliased

from models import Certificate, CertificateStatus, Edition, GetMethod, Parcel, ParcelStatus, Person
from models.certificate import DEAD
from models.columns import attribute
from models.kinds import new_ref, open_sealed, seal_values
from models.parcel import HOLDING, MOST_CARDS
from workflow import glyphs, trail
from workflow.engine.confirming import cascade
from workflow.moves import Context

QUIET = {"synchronize_session": False}
RECIPIENT = ("recv_name", "recv_mobile", "recv_region", "recv_address", "recv_postcode")
_NOBODY = dict.fromkeys((*RECIPIENT, "recv_mobile_index", "recv_mobile_tail", "unprintable"))
_MORE = 10**8  # added and cut off again, so that a number keeps its leading zeros on both engines


def in_parcel() -> ColumnElement[bool]:
    """Whether a card is in a parcel that is waiting, on its way or delivered."""
    return exists(select(Parcel.id).where(Parcel.id == Certificate.parcel_id, Parcel.status.in_(HOLDING)))


def to_pack() -> ColumnElement[bool]:
    """Whether a card is made, is to be mailed and lies in no parcel."""
    mailed = exists(select(Person.id).where(Person.id == Certificate.person_id, Person.get_method == GetMethod.MAIL))
    return and_(Certificate.status == CertificateStatus.made, mailed, ~in_parcel())


def to_repack() -> ColumnElement[bool]:
    """Whether a parcel came back and cards of it still wait for a new one."""
    waiting = (Certificate.parcel_id == Parcel.id, Certificate.status == CertificateStatus.made)
    return and_(Parcel.status == ParcelStatus.returned, exists(select(Certificate.id).where(*waiting)))


def holds_dead_card() -> ColumnElement[bool]:
    """Whether a card in the parcel is void or lost by now; on its way it cannot be taken out any more."""
    dead = exists(select(Certificate.id).where(Certificate.parcel_id == Parcel.id, Certificate.status.in_(DEAD)))
    return and_(Parcel.status.in_(HOLDING), dead)


def pack(context: Context) -> None:
    """Put the cards being done into new parcels, at most ten cards each, in the order of their numbers."""
    session = context.session
    card, index = Certificate, attribute(Person, "recv_mobile_index").label("mobile_key")
    rows = session.execute(
        select(card.id, card.card_no, card.edition_id, card.unit_id, card.delegation_id, card.province_id, card.unit_name,
               Person.ref.label("person_ref"), *(getattr(Person, key) for key in RECIPIENT), index)
        .join(Person, Person.id == card.person_id)
        .where(card.id.in_(context.rows))
        .order_by(card.unit_id, card.id)
    ).all()  # fmt: skip
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        groups.setdefault(_together(row), []).append(row)
    packed = [
        (_parcel(context, found[start : start + MOST_CARDS]), found[start : start + MOST_CARDS])
        for found in groups.values()
        for start in range(0, len(found), MOST_CARDS)
    ]
    if packed:
        _write(context, packed)


def _together(row: Any) -> tuple[Any, ...]:
    """What cards of one parcel share; spaces in what people typed make no difference."""
    typed = (row.recv_name, row.recv_region, row.recv_address)
    return (row.unit_id, row.mobile_key, *("".join((text or "").split()) for text in typed))


def _parcel(context: Context, rows: Sequence[Any]) -> dict[str, Any]:
    first, ref = rows[0], new_ref()
    mobile = open_sealed("person", "recv_mobile", first.person_ref, first.recv_mobile)
    plain = {key: getattr(first, key) for key in RECIPIENT if key != "recv_mobile"}
    postcode = next((row.recv_postcode for row in rows if row.recv_postcode), None)
    return {
        "ref": ref, "number": ref, "edition_id": first.edition_id, "unit_id": first.unit_id, "delegation_id": first.delegation_id,
        "province_id": first.province_id, "status": ParcelStatus.packed, "cards": len(rows), "label_prints": 0, "row_version": 1,
        **plain, **seal_values("parcel", "recv_mobile", ref, mobile), "recv_postcode": postcode,
        "unprintable": glyphs.missing(*plain.values(), first.unit_name), "created_at": context.at, "updated_at": context.at,
        "state_since": context.at,
    }  # fmt: skip


def _write(context: Context, packed: Sequence[tuple[dict[str, Any], Sequence[Any]]]) -> None:
    """Insert the parcels, number them by their own ids, put the cards in, and tell the trail which are in which."""
    session = context.session
    session.execute(insert(Parcel), [parcel for parcel, _rows in packed])
    fresh = (Parcel.created_at == context.at, Parcel.number == Parcel.ref)
    code = select(Edition.code).where(Edition.id == Parcel.edition_id).scalar_subquery()
    number = code.concat("P").concat(func.substr(cast(Parcel.id + _MORE, String), 2))
    session.execute(update(Parcel).where(*fresh).values(number=number), execution_options=QUIET)
    made = select(Parcel.ref, Parcel.id, Parcel.number).where(Parcel.created_at == context.at)
    by_ref = {row.ref: row for row in session.execute(made)}
    came_back = _returned(context, Certificate.id.in_(context.rows))
    put_in = update(Certificate).where(Certificate.id == bindparam("card")).values(parcel_id=bindparam("parcel"))
    session.connection().execute(
        put_in, [{"card": row.id, "parcel": by_ref[parcel["ref"]].id} for parcel, rows in packed for row in rows]
    )
    if came_back:
        _forget(context, Parcel.id.in_(came_back), ~to_repack())
    for parcel, rows in packed:
        found = by_ref[parcel["ref"]]
        inside = "、".join(row.card_no or "" for row in rows)
        told = {"number": [None, found.number], "cards": [None, inside]}
        trail.note(session, "parcel.create", "parcel", found.id, found.ref, told, None, context.batch_id)


def take_out(context: Context, *whose: ColumnElement[bool]) -> None:
    """Take dead cards out of parcels that are not yet sent; a parcel with nothing left in it is unpacked.

    A returned parcel keeps them, but when none of its cards waits for a new parcel any more, not its recipient.
    """
    session = context.session
    if came_back := _returned(context, *whose, Certificate.status.in_(DEAD)):
        _forget(context, Parcel.id.in_(came_back), ~to_repack())
    waiting = select(Parcel.id).where(Parcel.status == ParcelStatus.packed)
    mine = and_(*whose, Certificate.status.in_(DEAD), Certificate.parcel_id.in_(waiting))
    out = Counter(session.scalars(select(Certificate.parcel_id).where(mine).order_by(Certificate.parcel_id)))
    if not out:
        return
    session.execute(update(Certificate).where(mine).values(parcel_id=None), execution_options=QUIET)
    for parcel_id, gone in out.items():
        row = session.execute(select(Parcel.ref, Parcel.cards).where(Parcel.id == parcel_id)).one()
        session.execute(
            update(Parcel)
            .where(Parcel.id == parcel_id)
            .values(cards=Parcel.cards - gone, row_version=Parcel.row_version + 1, updated_at=context.at),
            execution_options=QUIET,
        )
        changes = {"cards": [row.cards, row.cards - gone]}
        trail.note(session, "parcel.take_out", "parcel", parcel_id, row.ref, changes, None, context.batch_id)
    ids = [parcel_id for parcel_id in out if parcel_id is not None]
    cascade(context, "parcel", "emptied", and_(Parcel.id.in_(ids), Parcel.cards == 0))


def empty(context: Context) -> None:
    """Take every card out of the parcels being done, which then know their recipients no more."""
    inside = update(Certificate).where(Certificate.parcel_id.in_(context.rows))
    context.session.execute(inside.values(parcel_id=None), execution_options=QUIET)
    _forget(context, Parcel.id.in_(context.rows))


def _returned(context: Context, *whose: ColumnElement[bool]) -> list[int]:
    """Return the parcels that came back with the cards."""
    found = select(Parcel.id).join(Certificate, Certificate.parcel_id == Parcel.id)
    return list(context.session.scalars(found.where(Parcel.status == ParcelStatus.returned, *whose).distinct()))


def _forget(context: Context, *which: ColumnElement[bool]) -> None:
    """Blank the recipient of parcels: nothing leads to them any more when the person is deleted."""
    context.session.execute(update(Parcel).where(*which).values(_NOBODY), execution_options=QUIET)


def forget_recipients(context: Context) -> None:
    """Blank the recipient of the deleted persons' parcels, unless somebody else's card is in it, too."""
    card, kept = Certificate, aliased(Certificate)
    theirs = select(card.parcel_id).where(card.person_id.in_(context.rows), card.parcel_id.is_not(None))
    others = exists(select(kept.id).where(kept.parcel_id == Parcel.id, kept.person_id.not_in(context.rows)))
    _forget(context, Parcel.id.in_(theirs), ~others)
