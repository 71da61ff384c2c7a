"""A person's paper: its number, what the number states, age, validity, and one person one badge (DOMAIN §2.3, §4.2)."""

from datetime import date

from sqlalchemy import select

from models import IdType, Person, Unit, keyring
from models.columns import SHANGHAI
from models.masking import mask_name
from models.papers import Sex
from models.person import LIVE
from models.validators import Invalid as BadValue
from models.validators import check_identity, facts_from_identity, identity_warnings
from workflow.actors import unscoped
from workflow.rules import places
from workflow.rules.change import Change

PAPER = ("id_type", "id_no")
CHILD = 14  # PIPL article 28: below it even consent is the guardian's; the fair takes no children


def read_paper(change: Change) -> None:
    """Check the number by its kind of paper, and fill the birth date and the sex that it states."""
    number, kind = change.get("id_no"), change.get("id_type")
    if not change.changes(*PAPER) or not number or not isinstance(kind, IdType):
        return
    try:
        number = check_identity(kind.value, number, change.at.astimezone(SHANGHAI).date())
    except BadValue as bad:
        change.refuse("id_no", bad.message)
        return
    change.values["id_no"] = number
    birth, sex = facts_from_identity(kind.value, number)
    for key, fact in (("birth_date", birth), ("sex", Sex[sex] if sex else None)):
        if fact is not None and change.get(key) is None and key not in change.errors:
            change.values[key] = fact


def refuse_paper(change: Change) -> None:
    """Note what is wrong with the paper and with what it says of the person."""
    kind, number = change.get("id_type"), change.get("id_no")
    if number and "id_no" not in change.errors and kind:
        _refuse_other_facts(change, *facts_from_identity(kind.value, number))
    if change.changes(*PAPER) and number and "id_no" not in change.errors:
        refuse_second_badge(change, number)
    _refuse_age(change)
    _refuse_expired(change)
    if kind and change.changes("id_type", "nationality"):
        change.warnings += identity_warnings(kind.value, change.get("nationality") or "")


def _refuse_other_facts(change: Change, birth: date | None, sex: str | None) -> None:
    given, said = change.get("birth_date"), change.get("sex")
    if birth and given and given != birth:
        change.refuse("birth_date", f"出生日期与证件号码不符（证件号码为{birth}），请核对")
    if sex and said and said.value != sex:
        change.refuse("sex", f"性别与证件号码不符（证件号码为{Sex[sex].label}），请核对")


def refuse_second_badge(change: Change, number: str) -> None:
    """Look for the number in the whole edition; another unit's name is told masked."""
    edition_id, key = change.get("edition_id"), keyring.current().index(number, "id_no")
    same = (
        select(Person.id, Person.unit_id, Unit.name)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.edition_id == edition_id, Person.id_no_index == key, Person.review_status.in_(LIVE))  # type: ignore[attr-defined]  # it comes with the sealed column
    )
    with unscoped(change.session):
        found = next((row for row in change.session.execute(same) if row.id != change.row.id), None)
    if found is None:
        return
    if found.unit_id == change.get("unit_id"):
        change.refuse("id_no", "本单位已登记过该证件号码的人员（一人一证），请在人员列表中查找")
    else:
        change.refuse(
            "id_no", f"该证件号码已由其他单位（{mask_name(found.name)}）登记（一人一证），请核对或联系省交易团秘书处"
        )


def _age(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _refuse_age(change: Change) -> None:
    birth, edition = change.get("birth_date"), places.edition_of(change)
    if birth is None or edition is None or not change.changes("birth_date", *PAPER):
        return
    today = change.at.astimezone(SHANGHAI).date()
    if birth > today:
        change.refuse("birth_date", "出生日期晚于今天，请核对")
    elif _age(birth, today) < CHILD:
        change.refuse("birth_date", f"未满{CHILD}周岁，不能登记")
    elif _age(birth, edition.show_opens_on) < edition.minimum_age:
        change.refuse("birth_date", f"展会开幕日（{edition.show_opens_on}）未满{edition.minimum_age}周岁，不能登记")


def _refuse_expired(change: Change) -> None:
    expiry, edition = change.get("id_expiry"), places.edition_of(change)
    if not change.changes("id_expiry", "id_type"):
        return
    if expiry is None and change.get("id_type") is IdType.PASSPORT:
        change.refuse("id_expiry", "使用护照须填写“证件有效期至”")
    elif expiry is not None and edition is not None and expiry < edition.show_closes_on:
        change.refuse("id_expiry", f"证件在展会闭幕（{edition.show_closes_on}）前到期，请换证后登记")
