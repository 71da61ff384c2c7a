"""Guards and questions that several tables of moves share. Each guard is one sentence and one SQL predicate."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from models import (
    Attachment,
    AttachmentKind,
    Base,
    Certificate,
    CertificateStatus,
    Edition,
    Person,
    Role,
    Unit,
)
from models.columns import Column, columns_of
from workflow import locks
from workflow.deadlines import over
from workflow.moves import Ask, Context, Guard

OPINION = Ask("opinion", "审核意见", min_length=5, help="将显示在单位的登录页面内，请写明问题和修改办法（至少 5 个字）")
REASON = Ask("reason", "理由", min_length=5, help="写入审计日志（至少 5 个字）")

BEYOND_QUEUE = (
    CertificateStatus.making, CertificateStatus.made, CertificateStatus.mailing, CertificateStatus.ready,
    CertificateStatus.delivered, CertificateStatus.activated,
)  # fmt: skip
IN_PRODUCTION = (CertificateStatus.making, CertificateStatus.made, CertificateStatus.mailing)


def in_role(context: Context, *roles: Role) -> bool:
    """Whether the one who asks has one of these roles (or is the system)."""
    return context.actor.role in (*roles, Role.system)


def unlocked(model: Any, *, windows: bool = True) -> Guard:
    """After the node locked its submission only provincial roles change units, persons and quota (DOMAIN §1.1).

    An open exception window lets the unit, or the person, be changed still; not where ``windows`` is off.
    """

    def holds(context: Context) -> ColumnElement[bool] | None:
        if in_role(context, Role.secretariat):
            return None
        locked = locks.is_locked(model.delegation_id, model.edition_id, context.at)
        return ~(locks.is_shut(model, context.at) if windows else locked)

    return Guard("locked", locks.SENTENCE, holds)


def open_until(model: Any, deadline: Any, sentence: str) -> Guard:
    """The edition's deadline has not come, or an exception window is open; the secretariat may act later."""

    def holds(context: Context) -> ColumnElement[bool] | None:
        if in_role(context, Role.secretariat):
            return None
        here = Edition.id == model.edition_id
        late = select(Edition.id).where(here, over(deadline, context.at)).exists()
        return or_(~late, locks.window_of(model, context.at))

    return Guard("closed", sentence, holds)


def _filled(attribute: Any, column: Column) -> ColumnElement[bool]:
    present: ColumnElement[bool] = attribute.is_not(None)
    return and_(present, attribute != "") if column.kind in ("text", "code") else present


def _always(rule: ColumnElement[bool]) -> Callable[[Context], ColumnElement[bool]]:
    return lambda _: rule


def complete(model: type[Base], when: Mapping[str, ColumnElement[bool]]) -> tuple[Guard, ...]:
    """One guard per mandatory column; ``when`` says for which rows the conditional ones are mandatory."""
    guards = []
    for column in columns_of(model).values():
        if not column.required or column.machine or (not column.nullable and column.kind not in ("text", "code")):
            continue
        filled = _filled(getattr(model, column.key), column)
        needed = filled if column.required == "always" else or_(~when[column.required], filled)
        guards.append(Guard(f"missing_{column.key}", f"必填项“{column.label}”未填写，请先补充", _always(needed)))
    return tuple(guards)


def has_attachment(kind: AttachmentKind, *, of_person: bool) -> Guard:
    """The picture that this noun needs is on file."""
    owner = (
        Attachment.person_id == Person.id
        if of_person
        else and_(Attachment.unit_id == Unit.id, Attachment.person_id.is_(None))
    )
    found = select(Attachment.id).where(Attachment.kind == kind, owner).exists()
    return Guard(f"no_{kind.value.lower()}", f"“{kind.label}”未上传，请先上传", lambda _: found)


def has_card(model: Any, statuses: tuple[CertificateStatus, ...]) -> ColumnElement[bool]:
    """Whether a card of the unit or person is in one of these statuses."""
    owner = Certificate.person_id == Person.id if model is Person else Certificate.unit_id == Unit.id
    return select(Certificate.id).where(owner, Certificate.status.in_(statuses)).exists()


def no_card(model: Any, statuses: tuple[CertificateStatus, ...], code: str, sentence: str) -> Guard:
    """No card of the unit or person is in one of these statuses."""
    found = has_card(model, statuses)
    return Guard(code, sentence, lambda _: ~found)


def was_made(card: Any = Certificate) -> ColumnElement[bool]:
    """Whether a card reached production, whatever became of it: once it has a number it was made, void or lost as well."""
    return or_(card.consumes_quota, card.card_no.is_not(None), card.status.in_(BEYOND_QUEUE))


def card_made(label: Any = None) -> ColumnElement[bool]:
    """Whether a card of the person (with this label) reached production: what it cost stays spent."""
    card = select(Certificate.id).where(Certificate.person_id == Person.id, was_made())
    return (card if label is None else card.where(Certificate.label == label)).exists()
