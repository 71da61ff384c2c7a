"""What a reviewer of units looks at: the code, the name, the paper, the place, and who else has the same."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from models import (
    Attachment,
    AttachmentKind,
    Category,
    Delegation,
    DelegationKind,
    LicenceType,
    Origin,
    Recognition,
    Unit,
)
from models.columns import attribute
from models.validators import Invalid, check_uscc
from models.validators.uscc import CATEGORY_OF_PREFIX, KNOWN_PREFIXES, organisation_check_char
from workflow import recognition
from workflow.checks.check import Check, Twin
from workflow.checks.missing import missing
from workflow.checks.words import BESIDE, CITY, CITY_RANK, NAME_ENDS, RANKS
from workflow.moves import Context
from workflow.unit_moves import READY

READ = "read_"  # begins the names of the checks against what was read off the licence
LICENCE = "licence"  # stands for the picture
AFTER_ALL = chr(0x10FFFF)  # sorts after every text that begins alike
LICENCE_OF_CATEGORY = {
    Category.ENTERPRISE: LicenceType.BUSINESS, Category.INSTITUTION: LicenceType.INSTITUTION,
    Category.SOCIAL_ORG: LicenceType.SOCIAL_ORG, Category.GOVERNMENT: LicenceType.GOVERNMENT,
}  # fmt: skip
DOMESTIC = Unit.origin == Origin.DOMESTIC


def _is_wrong_code(unit: Unit) -> bool:
    try:
        check_uscc(unit.uscc or "")
    except Invalid:
        return unit.uscc is not None
    return False


def _is_wrong_inside(unit: Unit) -> bool:
    code = unit.uscc or ""
    return len(code) == 18 and not _is_wrong_code(unit) and organisation_check_char(code[8:16]) != code[16]


def _is_elsewhere(unit: Unit) -> bool:
    """Whether the address begins with another city than the one chosen; one that names none says nothing."""
    found = CITY.match(unit.address or "")
    return bool(found and unit.city and found[1] not in unit.city and unit.city not in found[1])


def _without(name: Any, words: Sequence[str]) -> Any:
    for word in words:
        name = func.replace(name, word, "")
    return name


def _is_nearly_called(other: Any) -> ColumnElement[bool]:
    """The same but for forms and places. An index finds what begins alike; of a whole city's names the next two
    characters leave few to be compared in full.
    """
    first = func.substr(Unit.name, 1, 2)
    near = and_(other.name >= first, other.name < first.concat(AFTER_ALL))
    own, theirs = (func.substr(_without(name, RANKS), 1, 4) for name in (Unit.name, other.name))
    cores = [_without(name, BESIDE) for name in (Unit.name, other.name)]
    return and_(near, own == theirs, other.name != Unit.name, cores[0] == cores[1], cores[0] != "")


def _has_same_licence(other: Any) -> ColumnElement[bool]:
    """Led by the row's own picture: the others are found by its digest, not each looked at."""
    own, theirs = aliased(Attachment), aliased(Attachment)
    kind = AttachmentKind.LICENCE
    return other.id.in_(  # type: ignore[no-any-return]  # an alias is untyped
        select(theirs.unit_id).join(own, theirs.sha256 == own.sha256)
        .where(own.unit_id == Unit.id, own.kind == kind, theirs.kind == kind)
        .correlate(Unit)
    )  # fmt: skip


def _ends_otherwise() -> ColumnElement[bool]:
    told = [
        and_(Unit.licence_type == paper, ~or_(*(Unit.name.endswith(end) for end in ends)))
        for paper, ends in NAME_ENDS.items()
    ]
    return and_(DOMESTIC, or_(*told))


def _prefix_belongs_elsewhere() -> ColumnElement[bool]:
    prefix = func.substr(attribute(Unit, "uscc"), 1, 2)
    expected = case(CATEGORY_OF_PREFIX, value=prefix, else_=None)
    return and_(expected.is_not(None), expected != Unit.category)


def _is_of_other_node() -> ColumnElement[bool]:
    """Another sub-delegation of the province is named after the unit's city, and its own is not (nor the one above it)."""
    own, other = aliased(Delegation), aliased(Delegation)
    named = func.replace(Unit.city, CITY_RANK, "").concat("%")
    mine = select(own.id).where(
        own.id == Unit.delegation_id, own.kind == DelegationKind.GOVERNMENT, own.short_name.not_like(named),
        select(other.id).where(
            other.province_id == own.province_id, other.kind == DelegationKind.GOVERNMENT, other.is_active,
            other.short_name.like(named), other.id.is_distinct_from(own.parent_id),
        ).correlate(Unit, own).exists(),
    )  # fmt: skip
    return and_(func.length(Unit.city) > 1, mine.exists())


def _reads_otherwise(key: str, _context: Context) -> ColumnElement[bool]:
    return recognition.differs(key)


UNIT: tuple[Check, ...] = (
    Check(
        name="wrong_code", label="代码校验位", field="uscc", tone="danger", plain=_is_wrong_code,
        sentence="统一社会信用代码校验未通过，可能有错位或错字",
    ),
    Check(
        name="unknown_prefix", label="代码前两位", field="uscc", tone="warning", sentence="代码前两位不在现行登记管理部门目录内",
        finds=lambda _: func.substr(attribute(Unit, "uscc"), 1, 2).not_in(sorted(KNOWN_PREFIXES)),
    ),
    Check(
        name="other_category", label="代码与分类", field="category", tone="warning", finds=lambda _: _prefix_belongs_elsewhere(),
        sentence="代码前两位所示的机构类别与单位观众分类不一致",
    ),
    Check(
        name="wrong_inside", label="组织机构代码", field="uscc", tone="info", plain=_is_wrong_inside,
        sentence="代码第9至17位（组织机构代码）校验不符",
    ),
    Check(
        name="name_of_other_paper", label="名称与证照类型", field="name", tone="warning", finds=lambda _: _ends_otherwise(),
        sentence="单位名称的形式与所选证照类型不符",
    ),
    Check(
        name="paper_of_other_category", label="证照类型与分类", field="licence_type", tone="warning",
        sentence="证照类型与单位观众分类不符",
        finds=lambda _: and_(
            DOMESTIC, Unit.licence_type != LicenceType.OTHER,
            case(LICENCE_OF_CATEGORY, value=Unit.category, else_=Unit.licence_type) != Unit.licence_type,
        ),
    ),
    Twin(
        name="same_name", label="同名单位", field="name", tone="danger", same=lambda other: other.name == Unit.name,
        sentence="已有同名单位登记", elsewhere="其他交易团/分团已有同名单位登记",
    ),
    Twin(
        name="near_name", label="近似名称", field="name", tone="warning", same=_is_nearly_called,
        sentence="有名称相近的单位", elsewhere="其他交易团/分团有名称相近的单位",
    ),
    Twin(
        name="same_licence", label="同一证照", field=LICENCE, tone="danger", same=_has_same_licence,
        sentence="同一份证照图片已用于其他单位", elsewhere="其他交易团/分团的单位用了同一份证照图片",
    ),
    Check(
        name="not_recognised", label="系统识别", field=LICENCE, tone="info", sentence="系统未能从证照识别出一致的名称和代码",
        finds=lambda _: Unit.recognised == Recognition.FAILED,
    ),
    *(
        Check(
            name=f"{READ}{key}", label="证照识别", field=key, tone="danger" if key in ("name", "uscc") else "warning",
            sentence="识别值与填写不符", finds=partial(_reads_otherwise, key),
        )
        for key in recognition.FIELDS
    ),
    Check(
        name="licence_runs_out", label="营业期限", field=LICENCE, tone="warning", sentence="证照上的营业期限在展会闭幕前届满",
        finds=lambda _: recognition.runs_out(),
    ),
    Twin(
        name="same_mobile", label="同一联系手机", field="contact_mobile", tone="warning",
        same=lambda other: other.contact_mobile_index == attribute(Unit, "contact_mobile_index"),
        sentence="同一联系人手机用于多家单位", elsewhere="其他交易团/分团的单位用了同一联系人手机",
    ),
    Check(
        name="other_city", label="地址与城市", field="address", tone="warning", plain=_is_elsewhere,
        sentence="详细地址中的城市与“所在城市”不一致",
    ),
    Check(
        name="other_node", label="城市与分团", field="delegation_id", tone="warning", finds=lambda _: _is_of_other_node(),
        sentence="所在城市另有对应的分团，请核对所属分团",
    ),
    Check(
        name="edited_by_admin", label="管理员修改", field="", tone="info", sentence="资料提交后经管理员修改",
        finds=lambda _: Unit.edited_by_admin.is_(True),
    ),
    *missing(READY, {"no_licence": LICENCE}),
)  # fmt: skip
