"""The table of moves of a certificate: production, handing out, re-activation, replacement (DOMAIN §1.3)."""

from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, exists, func, select
from sqlalchemy.orm import aliased

from models import (
    Attachment,
    AttachmentKind,
    Certificate,
    CertificateStatus,
    CertMode,
    Edition,
    GetMethod,
    Person,
    PersonStatus,
    Role,
)
from models.columns import attribute, columns_of
from models.edition import FREE_LABELS
from models.person import SETTLED
from workflow import certificates, glyphs, parcels, reissue, reuse
from workflow.engine.confirming import cascade
from workflow.guards import REASON, in_role
from workflow.moves import Ask, Context, Guard, Move, Tell, table

S = CertificateStatus
SECRETARIAT = (Role.secretariat,)
ADMINS = (Role.sub_delegation, Role.secretariat)
_MORE = 10**8  # added and cut off again, so that a number keeps its leading zeros on both engines
_SPARE = 9 * 10**7


def _holder(*rules: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the card's holder meets the rules."""
    return exists(select(Person.id).where(Person.id == Certificate.person_id, *rules))


def _always(rule: ColumnElement[bool]) -> Any:
    return lambda _: rule


IN_ORDER = Guard(
    "holder_out", "持证人未通过审核或未缴清，不能制证",
    _always(_holder(Person.review_status == PersonStatus.approved, Person.payment_status.in_(SETTLED))),
)  # fmt: skip
NOT_REUSE = Guard("is_reuse", "办理方式为证件复用，请办理“复用开通”", _always(Certificate.mode != CertMode.reuse))
IS_REUSE = Guard("not_reuse", "办理方式不是证件复用，请办理“开始制证”", _always(Certificate.mode == CertMode.reuse))
PHOTO = Guard(
    "no_photo", "没有证件照，请先在人员页上传",
    _always(exists(select(Attachment.id).where(
        Attachment.person_id == Certificate.person_id, Attachment.kind == AttachmentKind.PHOTO
    ))),
)  # fmt: skip
_other: Any = aliased(Certificate)
DRAWN = Guard("unprintable", "卡面有字库没有的字，请先办理“填写卡面姓名”", _always(Certificate.unprintable.is_(None)))
NOT_PRINTED = Guard("printed", "已打印过，请办理“重新打印”", _always(Certificate.print_count == 0))
PRINTED = Guard("not_printed", "尚未打印，请先办理“打印证件”", _always(Certificate.print_count > 0))
FACE_NAME = Ask(
    "face_name",
    "卡面姓名",
    min_length=1,
    max_length=50,
    help="按证件上的写法，用字库有的字代替，如以同音字或拼音代替缺字",
)
FACE_UNIT = Ask("face_unit", "卡面单位名称", required=False, max_length=100, help="不填则不变")
FEE = Guard(
    "fee_owed", "持证人的补办费未收，请先在人员页收取，或由省团秘书处免收", lambda _: ~reissue.owes()
)  # fmt: skip
PICKED_UP = Guard(
    "by_mail", "证件获取方式为寄递，请装入包裹寄出", _always(_holder(Person.get_method == GetMethod.PICKUP))
)
BY_MAIL = Guard(
    "pickup", "证件获取方式为现场领取，请办理“通知领取”", _always(_holder(Person.get_method == GetMethod.MAIL))
)
NOT_PACKED = Guard("in_parcel", "已装入包裹；如需改动请先拆开包裹", _always(~parcels.in_parcel()))
ADDRESSED = tuple(
    Guard(
        f"no_{key}", f"持证人的“{columns_of(Person)[key].label}”未填写，请先在人员页补充",
        _always(_holder(attribute(Person, key).is_not(None))),
    )
    for key in ("recv_name", "recv_mobile", "recv_region", "recv_address")
)  # fmt: skip
NOT_LOST_BEFORE = Guard(
    "lost_before", "每人只能挂失补办一次，如需再次补办请联系省交易团秘书处",
    lambda context: None if in_role(context, Role.secretariat) else ~exists(
        select(_other.id).where(_other.person_id == Certificate.person_id, _other.status == S.lost)
    ),
)  # fmt: skip


def _number(_: Context) -> ColumnElement[str]:
    """The card's number: the edition's code and eight digits, unique because the row's own number is.

    Where an earlier edition's card that is used again happens to have it, a number with a 9 in front stands in.
    """
    code = select(Edition.code).where(Edition.id == Certificate.edition_id).correlate(Certificate).scalar_subquery()
    own, spare = (code.concat(func.substr(cast(Certificate.id + more, String), 2)) for more in (_MORE, _MORE + _SPARE))
    here = (_other.edition_id == Certificate.edition_id, _other.id != Certificate.id)
    return case((exists(select(_other.id).where(*here, _other.card_no == own)), spare), else_=own)


def _produced(context: Context) -> dict[str, object]:
    return {"card_no": _number(context), "consumes_quota": Certificate.label.in_(FREE_LABELS)}


def _printed(context: Context) -> dict[str, object]:
    return {"print_count": Certificate.print_count + 1, "printed_at": context.at}


def _face(context: Context) -> dict[str, object]:
    """What is to stand on the card instead; characters that the font lacks are noted again."""
    name, unit = context.answers.get("face_name"), context.answers.get("face_unit")
    return {"holder_name": name, "unprintable": glyphs.missing(name, unit), **({"unit_name": unit} if unit else {})}


def _ended(context: Context) -> dict[str, object]:
    return {"void_reason": context.answers.get("reason")}


def _taken_out(context: Context) -> None:
    parcels.take_out(context, Certificate.id.in_(context.rows))


def _again(context: Context) -> None:
    holders = select(Certificate.person_id).where(Certificate.id.in_(context.rows))
    certificates.queue(context, holders, CertMode.reissue)


def _holder_reapplies(context: Context) -> None:
    holders = select(Certificate.person_id).where(Certificate.id.in_(context.rows))
    cascade(context, "person", "reuse_lost", Person.id.in_(holders))


REAPPLIES = "本分团 %(n)s 名人员不能复用原证件，已改为重新申办，请告知其单位"
CERTIFICATE = table(
    Certificate, "status", "holder_name",
    Move(
        name="start_production", label="开始制证", icon="certificate", source=(S.queued,), target=S.making, who=SECRETARIAT,
        guards=(NOT_REUSE, IN_ORDER, FEE, PHOTO, DRAWN), sets=_produced, confirm="开始制证后免费额度即消耗，不再退回。",
        tells=("为每张证件编号", "VIP、工作人员的额度由占用转为消耗"), help="编号后即可打印",
    ),
    Move(
        name="set_face", label="填写卡面姓名", icon="pencil", source=(S.queued,), target=None, who=SECRETARIAT, shows="holder_name",
        asks=(FACE_NAME, FACE_UNIT), sets=_face, bulk=False, help="只改变证件上印的字，不改变人员信息",
    ),
    Move(
        name="print_badges", label="打印证件", icon="printer", source=(S.making,), target=None, who=SECRETARIAT,
        shows="print_count", guards=(NOT_PRINTED,), sets=_printed, help="在回执页下载本批证件的 PDF",
    ),
    Move(
        name="reprint_badges", label="重新打印", icon="printer", source=(S.making, S.made), target=None, who=SECRETARIAT,
        shows="print_count", asks=(REASON,), guards=(PRINTED,), sets=_printed, help="证件号不变；旧的打印件请当场销毁",
    ),
    Move(
        name="finish_production", label="制证完成", icon="circle-check", source=(S.making,), target=S.made, who=SECRETARIAT,
        guards=(PRINTED,), revocable=True, help="证件已打印并核对",
    ),
    Move(
        name="call_for_pickup", label="通知领取", icon="bell", source=(S.made,), target=S.ready, who=SECRETARIAT,
        guards=(PICKED_UP, NOT_PACKED), revocable=True, help="现场领取的证件",
    ),
    Move(
        name="pack", label="装入包裹", icon="mail-forward", source=(S.made,), target=None, who=SECRETARIAT, shows="parcel_id",
        guards=(BY_MAIL, NOT_PACKED, *ADDRESSED), effects=(parcels.pack,), help="寄递的证件",
        tells=("按单位、收件人和收件地址合并，每个包裹最多 10 张", "收件信息按此刻的人员信息写入包裹"),
    ),
    Move(
        name="hand_over", label="登记领取", icon="user-check", source=(S.ready,), target=S.delivered, who=ADMINS,
        revocable=True, help="持证人或其单位已到现场领取",
    ),
    Move(
        name="activate", label="复用开通", icon="refresh", source=(S.queued,), target=S.activated, who=SECRETARIAT,
        guards=(IS_REUSE, IN_ORDER, *reuse.CONDITIONS), sets=lambda _: {"card_no": Certificate.old_card_no},
        help="往届证件继续使用，不制发新证件", tells=("往届证件号成为本届证件号",),
    ),
    Move(
        name="give_up_reuse", label="改为重新申办", icon="replace", source=(S.queued,), target=None, who=SECRETARIAT, shows="mode",
        guards=(IS_REUSE,), sets=lambda _: {"mode": CertMode.reapply}, effects=(_holder_reapplies,),
        help="原证件遗失、损坏或卡面信息有变，不能复用", tells=("持证人的办理方式改为重新申办", "已代付的差额记入统付台账，待支付的按新标准缴费"),
        notify=(Tell(to=lambda _: Certificate.delegation_id, sentence=REAPPLIES),),
    ),
    Move(
        name="remake", label="作废重制", icon="rotate", source=(S.making, S.made, S.ready), target=S.void, who=SECRETARIAT,
        asks=(REASON,), guards=(IN_ORDER,), sets=_ended, effects=(_taken_out, _again), danger=True,
        confirm="原证件立即失效，不能恢复。", tells=("原证件号失效", "新证件进入待制证"), help="印错、损坏或遗失在途",
    ),
    Move(
        name="report_lost", label="挂失补办", icon="id-badge-off", source=(S.delivered, S.activated), target=S.lost, who=ADMINS,
        asks=(REASON,), guards=(NOT_LOST_BEFORE, IN_ORDER), sets=_ended, effects=(_again, reissue.charge), danger=True,
        confirm="原证件立即失效，找回后也不能再用；分团对每人只能办理一次。",
        tells=("原证件号失效", "新证件进入待制证", "费用标准中有补办费的，收取或免收后才能制作新证件"),
    ),
    Move(name="mailed", label="随包裹寄出", source=(S.made,), target=S.mailing, who=(), hidden=True),
    Move(name="received", label="随包裹签收", source=(S.mailing,), target=S.delivered, who=(), hidden=True),
    Move(name="not_received", label="随包裹撤回签收", source=(S.delivered,), target=S.mailing, who=(), hidden=True),
    Move(name="came_back", label="随包裹退回", source=(S.mailing,), target=S.made, who=(), hidden=True),
)  # fmt: skip
