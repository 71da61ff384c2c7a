"""The table of moves of a parcel: labels, handing to the courier, delivery and return; its cards go along (DOMAIN §1.3)."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, select, true
from sqlalchemy.orm import aliased

from models import Certificate, CertificateStatus, Parcel, ParcelStatus, Role
from models.columns import SHANGHAI
from workflow import parcels
from workflow.engine.confirming import cascade
from workflow.guards import REASON
from workflow.moves import Ask, Context, Guard, Move, Tell, table

S, C = ParcelStatus, CertificateStatus
SECRETARIAT = (Role.secretariat,)
TRACKING_FORM = re.compile(r"[A-Z0-9][A-Z0-9-]{5,39}")
COURIER = Ask("courier", "快递公司", min_length=2, max_length=50, help="如 顺丰速运")
TRACKING = Ask("tracking_no", "快递单号", min_length=6, max_length=40, help="运单上的号码，字母和数字")
WHY_BACK = Ask("reason", "退件原因", min_length=2, max_length=200, help="快递公司给出的原因，如 地址不详、无人签收")


def plain(text: str) -> str:
    """Return what somebody typed as a courier's name or a tracking number without odd spaces."""
    return " ".join(text.split())


def tracking(text: str) -> str:
    """Return a tracking number as it is stored: capitals, no spaces."""
    return "".join(text.split()).upper()


def _written(context: Context) -> dict[str, object]:
    courier, number = context.answers.get("courier"), context.answers.get("tracking_no")
    return {"courier": plain(courier or ""), "tracking_no": tracking(number or "")}


def _well_formed(context: Context) -> ColumnElement[bool] | None:
    number = context.answers.get("tracking_no")
    return None if number is None else true() if TRACKING_FORM.fullmatch(tracking(number)) else false()


def _number_free(context: Context) -> ColumnElement[bool] | None:
    courier, number = context.answers.get("courier"), context.answers.get("tracking_no")
    if courier is None or number is None:
        return None
    other: Any = aliased(Parcel)
    same = (other.courier == plain(courier), other.tracking_no == tracking(number))
    return ~exists(select(other.id).where(*same, other.edition_id == Parcel.edition_id, other.id != Parcel.id))


FORM = Guard("tracking_form", "快递单号须为 6 至 40 位字母、数字或连字符，请核对运单", _well_formed)
FREE = Guard("tracking_taken", "该快递单号已登记在另一包裹上，请核对运单", _number_free)
DRAWN = Guard(
    "unprintable",
    "面单上有字库没有的字：请拆开包裹，在人员页改写收件信息后重新装入",
    lambda _: Parcel.unprintable.is_(None),
)


def _cards(move: str, state: CertificateStatus) -> Callable[[Context], None]:
    """Let the parcels' cards in a state do a move of theirs."""

    def follow(context: Context) -> None:
        here = and_(Certificate.parcel_id.in_(context.rows), Certificate.status == state)
        cascade(context, "certificate", move, here)

    return follow


def _sent(context: Context) -> dict[str, object]:
    return {**_written(context), "sent_on": today(context.at)}


def today(moment: datetime) -> Any:
    """Return the day in Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def _told(sentence: str) -> tuple[Tell, ...]:
    return (Tell(to=lambda _: Parcel.delegation_id, sentence=sentence),)


ON_ITS_WAY = _told("本分团单位的 %(n)s 个包裹已寄出，可查看快递单号")
MAILED = _cards("mailed", C.made)

PARCEL = table(
    Parcel, "status", "number",
    Move(
        name="print_labels", label="打印面单", icon="printer", source=(S.packed, S.sent), target=None, who=SECRETARIAT,
        shows="label_prints", guards=(DRAWN,), sets=lambda _: {"label_prints": Parcel.label_prints + 1},
        help="在回执页下载面单 PDF，A4 每页八张",
    ),
    Move(
        name="dispatch", label="登记寄出", icon="send", source=(S.packed,), target=S.sent, who=SECRETARIAT, asks=(COURIER, TRACKING),
        guards=(FORM, FREE), sets=_sent, effects=(MAILED,), notify=ON_ITS_WAY, bulk=False,
        tells=("包裹内的证件转为“寄递发放中”",), help="逐个登记；成批登记请导入快递单号",
    ),
    Move(
        name="deliver", label="登记签收", icon="circle-check", source=(S.sent,), target=S.delivered, who=SECRETARIAT,
        sets=lambda context: {"delivered_at": context.at}, effects=(_cards("received", C.mailing),), tells=("包裹内的证件转为“已签收/已领取”",),
    ),
    Move(
        name="take_back_delivery", label="撤回签收", icon="arrow-back-up", source=(S.delivered,), target=S.sent, who=SECRETARIAT,
        asks=(REASON,), sets=lambda _: {"delivered_at": None}, effects=(_cards("not_received", C.delivered),),
        tells=("包裹内的证件回到“寄递发放中”",), danger=True, help="误登记的签收",
    ),
    Move(
        name="return_parcel", label="登记退件", icon="arrow-back", source=(S.sent,), target=S.returned, who=SECRETARIAT, asks=(WHY_BACK,),
        sets=lambda context: {"return_reason": context.answers.get("reason")}, effects=(_cards("came_back", C.mailing),), danger=True,
        confirm="包裹内的证件回到“已制证”，须在人员页核对收件信息后重新装入包裹。", tells=("包裹内的证件回到“已制证”",),
        notify=_told("本分团单位的 %(n)s 个包裹被退回，请督促单位核对收件信息"),
    ),
    Move(
        name="correct_tracking", label="更正快递单号", icon="pencil", source=(S.sent, S.delivered, S.returned), target=None, who=SECRETARIAT,
        shows="tracking_no", asks=(COURIER, TRACKING, REASON), guards=(FORM, FREE), sets=_written, bulk=False,
    ),
    Move(
        name="unpack", label="拆开包裹", icon="restore", source=(S.packed,), target=S.unpacked, who=SECRETARIAT,
        sets=lambda _: {"cards": 0}, effects=(parcels.empty,), danger=True, tells=("证件仍为“已制证”，可重新装入包裹", "包裹号不再使用"),
    ),
    Move(
        name="dispatched", label="随快递单号寄出", source=(S.packed,), target=S.sent, who=(), hidden=True,
        effects=(MAILED,), notify=ON_ITS_WAY,
    ),
    Move(
        name="emptied", label="证件已全部取出", source=(S.packed,), target=S.unpacked, who=(), hidden=True, effects=(parcels.empty,),
    ),
)  # fmt: skip
