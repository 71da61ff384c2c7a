"""What a reviewer of persons looks at: the paper, what it says of the person, and who else has the same."""

from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased

from models import Attachment, AttachmentKind, Edition, IdType, Person
from models.columns import SHANGHAI, attribute
from models.keyring import SealBroken
from models.kinds import now, opened
from models.validators import Invalid, check_identity, facts_from_identity
from workflow.checks.check import Check, Twin
from workflow.checks.missing import missing
from workflow.person_moves import READY

PORTRAIT = "portrait"  # stands for the picture


def _number(person: Person) -> str:
    try:
        return opened(person, "id_no")
    except SealBroken:
        return ""


def _is_wrong_number(person: Person) -> bool:
    if not (number := _number(person)):
        return person.id_no is not None
    try:
        check_identity(person.id_type.value, number, now().astimezone(SHANGHAI).date())
    except Invalid:
        return True
    return False


def _says_other_birth(person: Person) -> bool:
    birth, _sex = facts_from_identity(person.id_type.value, _number(person))
    return birth is not None and person.birth_date is not None and birth != person.birth_date


def _says_other_sex(person: Person) -> bool:
    _birth, sex = facts_from_identity(person.id_type.value, _number(person))
    return sex is not None and person.sex is not None and sex != person.sex.value


def _runs_out() -> ColumnElement[bool]:
    closes = select(Edition.show_closes_on).where(Edition.id == Person.edition_id).scalar_subquery()
    return and_(Person.id_expiry.is_not(None), Person.id_expiry < closes)


def _has_same_portrait(other: Any) -> ColumnElement[bool]:
    """Within a unit, where pictures are mixed up."""
    own, theirs = aliased(Attachment), aliased(Attachment)
    kind = AttachmentKind.PHOTO
    same = (
        select(theirs.person_id).join(own, theirs.sha256 == own.sha256)
        .where(own.person_id == Person.id, own.kind == kind, theirs.kind == kind, theirs.unit_id == own.unit_id)
        .correlate(Person)
    )  # fmt: skip
    return and_(other.unit_id == Person.unit_id, other.id.in_(same))


PERSON: tuple[Check, ...] = (
    Check(
        name="wrong_number", label="证件号码校验", field="id_no", tone="danger", plain=_is_wrong_number,
        sentence="证件号码校验未通过，可能有错位或错字",
    ),
    Check(
        name="other_birth", label="出生日期", field="birth_date", tone="danger", plain=_says_other_birth,
        sentence="出生日期与证件号码不符",
    ),
    Check(name="other_sex", label="性别", field="sex", tone="danger", plain=_says_other_sex, sentence="性别与证件号码不符"),
    Check(
        name="own_passport", label="证件类型", field="id_type", tone="warning", sentence="中国籍人员使用护照登记",
        finds=lambda _: and_(Person.id_type == IdType.PASSPORT, Person.nationality == "CHN"),
    ),
    Check(
        name="paper_runs_out", label="证件有效期", field="id_expiry", tone="warning", finds=lambda _: _runs_out(),
        sentence="证件在展会闭幕前到期",
    ),
    Twin(
        name="same_portrait", label="同一照片", field=PORTRAIT, tone="danger", same=_has_same_portrait,
        sentence="本单位另有人员使用同一张证件照",
    ),
    Twin(
        name="same_person", label="同名同生日", field="name", tone="warning",
        same=lambda other: and_(
            other.name == Person.name, other.birth_date == Person.birth_date,
            other.id_no_index != attribute(Person, "id_no_index"), other.province_id == Person.province_id,
        ),
        sentence="另有同名同生日的人员登记", elsewhere="其他分团另有同名同生日的人员登记",
    ),
    Twin(
        name="same_mobile", label="同一手机", field="mobile", tone="info",
        same=lambda other: other.mobile_index == attribute(Person, "mobile_index"),
        sentence="另有人员登记了同一手机号码", elsewhere="其他交易团/分团另有人员登记了同一手机号码",
    ),
    *missing(READY, {"no_photo": PORTRAIT, "no_consent": ""}),
)  # fmt: skip
