"""What a reviewer needs to know beside the fields: of a person the fee, who may pay it, and the quota left for labels."""

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select

from admin_views import stored
from admin_views.list_page import Reader
from exchange import labels
from models import DelegationEdition, Person, QuotaAllocation, Unit
from models.figures import yuan
from workflow import group_pay
from workflow.actors import unscoped
from workflow.rights import allowed

Facts = list[tuple[str, str]]


def _of_unit(_reader: Reader, _row: Any) -> Facts:
    return []


def _of_person(reader: Reader, row: Any) -> Facts:
    return [_unit(reader, row), _fee(reader, row), *_payer(reader), *_quota(reader, row)]


def _unit(reader: Reader, row: Any) -> tuple[str, str]:
    with unscoped(reader.session):  # whoever sees the person may know where he works
        name, status = reader.session.execute(select(Unit.name, Unit.review_status).where(Unit.id == row.unit_id)).one()
    told = _("（%(role)s）", role=labels.of_member(status, reader.lang))
    said = Markup("{}{}").format(stored.mark(name, reader.lang), told)
    if allowed(reader.actor, "details", "unit"):
        said = Markup('<a href="{}">{}</a>').format(url_for("unit.details", row_id=row.unit_id), said)
    return labels.of_noun(Unit, reader.lang), said


def _fee(reader: Reader, row: Any) -> tuple[str, str]:
    amount = reader.session.scalar(select(group_pay.fee()).where(Person.id == row.id))
    return _("证件费（现行标准）"), _("未设置") if amount is None else _("%(yuan)s 元", yuan=yuan(amount))


def _payer(reader: Reader) -> Facts:
    """What the node of whoever confirms has left to pay with."""
    if not allowed(reader.actor, "list", "delegation_edition"):
        return []
    own = (
        DelegationEdition.delegation_id == reader.actor.delegation_id,
        DelegationEdition.edition_id == reader.actor.edition_id,
    )
    found = reader.session.scalars(select(DelegationEdition).where(*own)).first()
    if found is None:
        return []
    left = yuan(found.group_pay_cap - found.group_pay_committed)
    said = _("已开启，余额 %(left)s 元", left=left) if found.group_pay_enabled else _("已关闭")
    return [(_("本级统付"), said)]


def _quota(reader: Reader, row: Any) -> Facts:
    if not allowed(reader.actor, "list", "quota_allocation"):
        return []
    found = reader.session.scalars(
        select(QuotaAllocation).where(QuotaAllocation.unit_id == row.unit_id).order_by(QuotaAllocation.label)
    )
    return [
        (
            _("%(label)s 额度", label=labels.of_member(one.label, reader.lang)),
            _("已用 %(used)s / 共 %(all)s", used=one.used, all=one.allotted),
        )
        for one in found
    ]


EXTRAS: dict[str, Callable[[Reader, Any], Facts]] = {"unit": _of_unit, "person": _of_person}
