"""Assigning a unit to another node: at once inside the province, by request and acceptance elsewhere (DOMAIN §4.4)."""

from typing import Any

from sqlalchemy import Integer, and_, cast, exists, literal, or_, select
from sqlalchemy.orm import aliased

from models import (
    BatchRow,
    CertificateStatus,
    CertMode,
    Delegation,
    DelegationEdition,
    Person,
    PersonStatus,
    Role,
    TransferRequest,
    TransferStatus,
    Unit,
)
from models.certificate import DEAD
from models.edition import FREE_LABELS
from workflow import locks, quota, releasing, security
from workflow.engine.confirming import cascade
from workflow.guards import has_card, in_role, no_card
from workflow.moves import Ask, Context, Guard, Tell

TARGET = Ask("target", "接收的交易团/分团", kind="delegation", help="输入名称或代码查找")
WHY = Ask("reason", "说明", required=False, help="对方可见")
UNFINISHED = (CertificateStatus.queued, CertificateStatus.making)
ALIVE = tuple(status for status in CertificateStatus if status not in DEAD)
NO_QUEUED_CARD = no_card(Unit, UNFINISHED, "card_in_production", "有人员的证件待制证或制证中，不能指定")

ARRIVED = Tell(to=lambda _: Unit.delegation_id, sentence="有 %(n)s 家单位指定给本分团，请核对")
TAKEN = Tell(
    to=lambda _: cast(BatchRow.before, Integer), out_of_sight=True, sentence="本分团有 %(n)s 家单位已指定给其他分团，不再由本分团管理",
)  # fmt: skip
OFFERED = Tell(
    to=lambda context: literal(context.answers["target"], Integer), noun="transfer_request",
    sentence="收到 %(n)s 家单位的指定申请，请接收或退回",
)  # fmt: skip


def _about_target(code: str, sentence: str, rule: Any) -> Guard:
    """A guard that needs to know the target node."""

    def holds(context: Context) -> Any:
        target = context.answers.get("target")
        return None if target is None else rule(target, context)

    return Guard(code, sentence, holds)


def _node(target: int, *rules: Any) -> Any:
    return exists(select(Delegation.id).where(Delegation.id == target, *rules))


def _same_province(target: int, _: Context) -> Any:
    return _node(target, or_(Delegation.province_id == Unit.province_id, Delegation.id == Unit.province_id))


def _takes_part(target: int, _: Context) -> Any:
    here = and_(DelegationEdition.delegation_id == target, DelegationEdition.edition_id == Unit.edition_id)
    return _node(target, Delegation.is_active) & exists(select(DelegationEdition.id).where(here))


def _unlocked_there(target: int, context: Context) -> Any:
    if in_role(context, Role.secretariat):
        return None
    return ~locks.is_locked(target, Unit.edition_id, context.at)


def _no_card_abroad(target: int, context: Context) -> Any:
    return or_(_same_province(target, context), ~has_card(Unit, ALIVE))


OTHER_NODE = _about_target("same_node", "该单位已在所选交易团/分团", lambda target, _: Unit.delegation_id != target)
TAKES_PART = _about_target("no_such_node", "所选交易团/分团未启用或未参加本届", _takes_part)
SAME_PROVINCE = _about_target("other_province", "所选交易团在省外：请使用“申请指定”，由对方接收", _same_province)
TARGET_OPEN = _about_target("target_locked", "所选分团已锁定提交，请联系省交易团秘书处", _unlocked_there)
NO_CARD_ABROAD = _about_target("card_abroad", "已有证件的单位不能转出本省：证件卡面印有交易团", _no_card_abroad)


def _at_once(context: Context) -> Any:
    if in_role(context, Role.secretariat):
        return None
    by_request = select(DelegationEdition.id).where(
        DelegationEdition.delegation_id == Unit.delegation_id, DelegationEdition.edition_id == Unit.edition_id,
        DelegationEdition.transfer_by_request,
    )  # fmt: skip
    return ~by_request.exists()


AT_ONCE = Guard("by_request", "本分团设置为须对方接收：请使用“申请指定”", _at_once)
_open = select(TransferRequest.id).where(
    TransferRequest.unit_id == Unit.id, TransferRequest.status == TransferStatus.requested
)
NO_REQUEST = Guard("requested", "该单位已有待接收的指定申请", lambda _: ~_open.exists())


def place(context: Context) -> dict[str, Any]:
    """The unit's new place; its persons, files, history and cards follow by the composite key."""
    target = context.answers.get("target")
    if target is None:
        return {}
    province = context.session.scalar(select(Delegation.province_id).where(Delegation.id == target))
    return {"delegation_id": target, "province_id": province or target}


def share_travels(context: Context) -> None:
    """Inside the province the used quota goes along, the unused stays with the source pool."""
    batch_id = context.batch_id
    by_source: dict[int, list[int]] = {}
    for unit_id, before in context.session.execute(
        select(BatchRow.object_id, BatchRow.before).where(BatchRow.batch_id == batch_id, BatchRow.refusal.is_(None))
    ):
        by_source.setdefault(int(before), []).append(unit_id)
    for source, unit_ids in sorted(by_source.items()):
        quota.move_shares(context.session, unit_ids, source, context.answers["target"], batch_id)


def reuse_ends(context: Context) -> None:
    """The delegation is printed on the card face: a card to be reused must be made again."""
    here = and_(Person.unit_id.in_(context.rows), Person.cert_mode == CertMode.reuse)
    cascade(context, "person", "reuse_lost", and_(here, Person.review_status != PersonStatus.deleted))


def labels_fall(context: Context) -> None:
    """To another province free labels do not travel: they become professional visitors and are confirmed anew."""
    batch_id = context.batch_id
    unit_ids: list[int] = list(context.session.scalars(context.rows))
    free = and_(Person.unit_id.in_(unit_ids), Person.label.in_(FREE_LABELS))
    cascade(context, "person", "taken_back_from_security", and_(Person.unit_id.in_(unit_ids), security.SENT))
    releasing.hold_quota(context)
    releasing.quota_of_live(context, unit_ids)
    cascade(
        context,
        "person",
        "label_lost_decided",
        and_(free, Person.review_status.in_((PersonStatus.pending_review, PersonStatus.approved))),
    )
    waiting = (PersonStatus.draft, PersonStatus.submitted, PersonStatus.returned, PersonStatus.pending_confirm)
    cascade(context, "person", "label_lost", and_(free, Person.review_status.in_(waiting)))
    quota.drop_share(context.session, unit_ids, batch_id)


def ask_other_side(context: Context) -> None:
    """Open one transfer request per unit being done."""
    target = context.answers["target"]
    province = context.session.scalar(select(Delegation.province_id).where(Delegation.id == target)) or target
    for unit in context.session.scalars(select(Unit).where(Unit.id.in_(context.rows)).order_by(Unit.id)):
        context.session.add(TransferRequest(
            unit_id=unit.id, unit_name=unit.name, delegation_id=unit.delegation_id, province_id=unit.province_id,
            target_id=target, target_province_id=province, reason=context.said_to(unit.id),
            requested_by_id=context.actor.account_id,
        ))  # fmt: skip
    context.session.flush()


def carry_out(context: Context) -> None:
    """Move the units of the accepted requests, each by the rule of its target."""
    unit = aliased(Unit)
    rows = context.session.execute(
        select(
            TransferRequest.unit_id, TransferRequest.target_id, TransferRequest.target_province_id == unit.province_id
        )
        .join(unit, unit.id == TransferRequest.unit_id)
        .where(TransferRequest.id.in_(context.rows))
    ).all()
    for target, inside in sorted({(row[1], bool(row[2])) for row in rows}):
        units = [row[0] for row in rows if row[1] == target]
        move = "assigned" if inside else "transferred"
        cascade(context, "unit", move, Unit.id.in_(units), {"target": target, "reason": context.said_to()})
