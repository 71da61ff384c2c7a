"""Who may use last year's card again, and why not: the old card itself, and its face against this year's (notice 证件复用, DOMAIN §1.3).

Where the old card was made in an earlier edition of our own database its record is the witness; otherwise the desk trusts
what the person says, as far as edition and number go. Every rule is a predicate over a queued card.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, not_, select, true
from sqlalchemy.orm import Session, aliased

from models import (
    Attachment,
    AttachmentKind,
    Certificate,
    CertificateStatus,
    CertMode,
    Edition,
    Person,
    Tombstone,
    keyring,
)
from models.certificate import DEAD
from models.columns import attribute
from models.personal import CLEARED, personal_columns
from workflow.actors import unscoped
from workflow.moves import Context, Guard

FACE = ("holder_name", "unit_name", "delegation_name", "label", "period")  # 卡面信息须保持不变
UNISSUED = (CertificateStatus.queued, CertificateStatus.making)
_old: Any = aliased(Certificate)
_other: Any = aliased(Certificate)
_holder: Any = aliased(Person)
_was: Any = aliased(Person)
_then: Any = aliased(Attachment)
_now: Any = aliased(Attachment)
_EARLIER = (_old.card_no == Certificate.old_card_no, _old.edition_id != Certificate.edition_id)


def _earlier(*rules: Any) -> ColumnElement[bool]:
    """Whether the old card is in our database and meets the rules."""
    return exists(select(_old.id).where(*_EARLIER, *rules))


def _rule(code: str, sentence: str, rule: ColumnElement[bool]) -> Guard:
    return Guard(code, sentence, lambda _: rule)


def _photo(picture: Any, card: Any) -> Any:
    """The newest portrait of a card's holder, by what its file holds."""
    return (
        select(picture.sha256)
        .where(picture.person_id == card.person_id, picture.kind == AttachmentKind.PHOTO)
        .order_by(picture.id.desc())
        .limit(1)
        .correlate(card)
        .scalar_subquery()
    )


_listed = literal(",").concat(Edition.reuse_editions).concat(",")
OLD_CARD = _rule(
    "no_old_card", "没有可复用届次的原证件号，不能复用，请改为重新申办",
    exists(
        select(Person.id).join(Edition, Edition.id == Person.edition_id).where(
            Person.id == Certificate.person_id, Certificate.old_card_no.is_not(None),
            _listed.contains(literal(",").concat(Person.old_edition).concat(",")),
        )
    ),
)  # fmt: skip
OLD_CARD_FREE = _rule(
    "old_card_used", "该原证件号已为另一人开通，请核对",
    ~exists(
        select(_other.id).where(
            _other.card_no == Certificate.old_card_no, _other.edition_id == Certificate.edition_id, _other.id != Certificate.id
        )
    ),
)  # fmt: skip
OLD_CARD_ALIVE = _rule(
    "old_card_dead",
    "原证件在往届已挂失、失效或没有发出，不能复用，请改为重新申办",
    ~_earlier(_old.status.in_((*DEAD, *UNISSUED))),
)


def _strangers(context: Context) -> list[int]:
    """The chosen cards whose old one was of somebody else, told by the hash that erasing its edition left of the number."""
    was, holder = select(Tombstone.key_hash), attribute(Person, "id_no_index")
    found = was.where(Tombstone.noun == "person", Tombstone.object_id == _old.person_id).limit(1).scalar_subquery()
    cards = select(Certificate.id, holder, found.label("kept")).join(_old, and_(*_EARLIER))
    with unscoped(context.session):
        rows = context.session.execute(
            cards.join(Person, Person.id == Certificate.person_id)
            .where(Certificate.id.in_(context.chosen), _old.holder_name == CLEARED)
        ).all()  # fmt: skip
    ring = keyring.current()
    return [card_id for card_id, number, kept in rows if kept and (not number or ring.kept(number) != kept)]


def _own(context: Context | None) -> ColumnElement[bool]:
    """Whether the old card was the holder's; where its edition is erased only a staged move can compare."""
    another = (
        *_EARLIER,
        _was.id == _old.person_id,
        _holder.id == Certificate.person_id,
        _was.id_no_index != _holder.id_no_index,
    )
    strangers = [] if context is None or context.batch is None else _strangers(context)
    return ~exists(select(_old.id).where(*another)) & Certificate.id.not_in(strangers)


OLD_CARD_OWN = Guard("old_card_others", "原证件号在往届属于另一人，请核对原证件号", _own)


def _unlike(key: str) -> ColumnElement[bool]:
    """Whether a line of the old face differs; a name that was erased with its edition cannot be compared."""
    old, here = getattr(_old, key), attribute(Certificate, key)
    erased = key in {column.key for column in personal_columns(Certificate)}
    return and_(old != here, old != CLEARED) if erased else old != here


SAME_FACE = tuple(
    _rule(f"face_{key}", f"{words}与往届卡面不同，不能复用，请改为重新申办", ~_earlier(_unlike(key)))
    for key, words in zip(FACE, ("姓名", "单位名称", "交易团/分团", "人员标签", "入场信息"), strict=True)
)  # fmt: skip
SAME_PHOTO = _rule(
    "face_photo", "证件照与往届不同，不能复用，请改为重新申办",
    ~_earlier(_photo(_then, _old) != _photo(_now, Certificate)),
)  # fmt: skip
CONDITIONS = (OLD_CARD, OLD_CARD_FREE, OLD_CARD_ALIVE, OLD_CARD_OWN, *SAME_FACE, SAME_PHOTO)


def _holds() -> ColumnElement[bool]:
    """Whether every condition holds; what cannot be compared does not speak against it."""
    none: Any = None
    rules = (guard.holds(none) for guard in CONDITIONS)
    return and_(*(func.coalesce(rule, true()) for rule in rules if rule is not None))


def _asked() -> ColumnElement[bool]:
    return and_(Certificate.status == CertificateStatus.queued, Certificate.mode == CertMode.reuse)


def ready() -> ColumnElement[bool]:
    """Whether a queued card may be used again."""
    return and_(_asked(), _holds())


def fails() -> ColumnElement[bool]:
    """Whether a queued card may not be used again: its holder has to apply anew."""
    return and_(_asked(), not_(_holds()))


def earlier_of(session: Session, card: Certificate) -> Certificate | None:
    """Return the old card's own record as far as the session's actor may see it; None where it is not in our database."""
    old = Certificate
    if card.old_card_no is None:
        return None
    found = select(old).where(old.card_no == card.old_card_no, old.edition_id != card.edition_id)
    return session.scalars(found.order_by(old.id.desc()).limit(1)).first()


def photos_of(session: Session, *cards: Certificate) -> list[Attachment | None]:
    """Return the newest portraits of the cards' holders, in order."""
    newest = select(Attachment).where(Attachment.kind == AttachmentKind.PHOTO).order_by(Attachment.id.desc()).limit(1)
    return [session.scalars(newest.where(Attachment.person_id == card.person_id)).first() for card in cards]
