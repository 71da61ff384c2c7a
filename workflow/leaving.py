"""A unit leaves for a delegation of another province that is not in this installation, and one arrives (DOMAIN §4.4, U16)."""

import re
from typing import Any

from sqlalchemy import and_, select

from models import Person, Role, TransferRequest, TransferStatus, Unit
from models.person import LIVE
from models.validators import Invalid, clean_code
from workflow import assigning, correcting, quota, releasing
from workflow.actors import Actor
from workflow.engine.confirming import cascade
from workflow.guards import no_card
from workflow.moves import Ask, Context, Tell

_REFERRAL = re.compile(r"Q[0-9]{7}")


def check_referral(code: str) -> str:
    """Return a referral code in its stored form; raise Invalid for what is none."""
    code = clean_code(code)
    if not _REFERRAL.fullmatch(code):
        raise Invalid("交易团推荐码应为Q加7位数字，请向对方核实")
    return code


OUTSIDE_NAME = Ask("outside_name", "接收的省交易团", min_length=2, max_length=100, help="填写全称，如“浙江省交易团”")
OUTSIDE_CODE = Ask(
    "outside_code", "对方推荐码", kind="code", check=check_referral, max_length=20, help="Q 加 7 位数字；只有持此推荐码的交易团能导入移交包"
)  # fmt: skip
NO_LIVE_CARD = no_card(
    Unit, assigning.ALIVE, "card_alive", "有人员持有或正在办理证件，不能转出本省：证件卡面印有交易团"
)
ASKED = Tell(
    to=lambda _: Unit.province_id, noun="transfer_request", sentence="分团申请将 %(n)s 家单位转出省外，请核对后移交",
)  # fmt: skip


def ask_secretariat(context: Context) -> None:
    """Open one request per unit being done; its target is not in this installation."""
    for unit in context.session.scalars(select(Unit).where(Unit.id.in_(context.rows)).order_by(Unit.id)):
        context.session.add(TransferRequest(
            unit_id=unit.id, unit_name=unit.name, delegation_id=unit.delegation_id, province_id=unit.province_id,
            outside_name=context.answers["outside_name"], outside_code=context.answers["outside_code"],
            reason=context.said_to(unit.id), requested_by_id=context.actor.account_id,
        ))  # fmt: skip
    context.session.flush()


def hand_over(context: Context) -> None:
    """Mark the units of the requests as gone."""
    units = Unit.id.in_(select(TransferRequest.unit_id).where(TransferRequest.id.in_(context.rows)))
    cascade(context, "unit", "left", units, {"reason": context.said_to()})


def gone(_context: Context) -> dict[str, Any]:
    """What leaving writes on a unit: its code is free here, and what it was stays told."""
    return {"former_uscc": Unit.uscc, "uscc": None}


def close_behind(context: Context) -> None:
    """Take the persons along, release the quota, shut the login; what was paid stays with the old payer."""
    session = context.session
    unit_ids = list(session.scalars(context.rows))
    releasing.hold_quota(context)
    releasing.quota_of_live(context, unit_ids)
    cascade(context, "person", "left_with_unit", and_(Person.unit_id.in_(unit_ids), Person.review_status.in_(LIVE)))
    quota.drop_share(session, unit_ids, context.batch_id)
    for code, ref in session.execute(select(Unit.former_uscc, Unit.ref).where(Unit.id.in_(unit_ids))).all():
        if code:
            correcting.rename_login(context, code, f"{code.lower()}-{ref.lower()}", active=False)


def may_pack(actor: Actor, request: TransferRequest) -> bool:
    """Whether the actor makes the package of a request: the secretariat, of a unit that has left."""
    return actor.role is Role.secretariat and request.status is TransferStatus.handed_over


def arrive(context: Context, unit_id: int, persons: list[int]) -> None:
    """Put a unit that came in a package before the first review, and those of its persons who had been submitted."""
    cascade(context, "unit", "arrived", Unit.id == unit_id)
    cascade(context, "person", "arrived_with_unit", Person.id.in_(persons))
