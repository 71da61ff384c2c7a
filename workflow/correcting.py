"""A mistyped credit code blocks another unit from registering: it is corrected, or released with a trace (DOMAIN §0.5)."""

from typing import Any, cast

from sqlalchemy import ColumnElement, String, and_, case, func, literal, or_, select, update
from sqlalchemy.orm import aliased

from models import Account, BatchRow, Origin, Person, Recognition, Role, Unit
from models.columns import columns_of
from models.person import LIVE
from models.validators import check_uscc
from workflow import notices, quota, quota_codes, releasing, trail
from workflow.engine.confirming import cascade
from workflow.moves import Ask, Context, Guard
from workflow.releasing import QUIET

CODE = Ask("code", "正确的统一社会信用代码", kind="code", check=check_uscc, max_length=40, help="18 位，请对照证照填写")
WANTED = "申请更正统一社会信用代码：{} 改为 {}，请核对后办理"
CORRECTED = "统一社会信用代码已由 {} 更正为 {}，请用新代码登录"
RELEASED = "统一社会信用代码 {} 系误填，已释放；本次登记作废，请用正确的代码重新登记"
_LONGEST = columns_of(Unit)["opinion"].length or 500


def _about_code(code: str, sentence: str, rule: Any) -> Guard:
    """A guard that needs to know the right code."""

    def holds(context: Context) -> ColumnElement[bool] | None:
        wanted = context.answers.get("code")
        return None if wanted is None else rule(wanted)

    return Guard(code, sentence, holds)


def _free(wanted: str) -> ColumnElement[bool]:
    other = aliased(Unit)
    taken = select(other.id).where(other.edition_id == Unit.edition_id, other.uscc == wanted, other.id != Unit.id)
    return ~taken.exists()


def _login_free(wanted: str) -> ColumnElement[bool]:
    """No login but the unit's own is called by the new code."""
    taken = select(Account.id).where(
        func.lower(Account.username) == wanted.lower(),
        or_(Account.role != Role.unit, func.lower(Account.username) != func.lower(Unit.uscc)),
    )
    return ~taken.exists()


HAS_CODE = Guard("no_code", "境外单位没有统一社会信用代码", lambda _: Unit.uscc.is_not(None))
IS_DOMESTIC = Guard(
    "overseas", HAS_CODE.sentence, lambda _: and_(Unit.uscc.is_not(None), Unit.origin == Origin.DOMESTIC)
)
OTHER_CODE = _about_code("same_code", "填写的代码与现有代码相同，无须更正", lambda wanted: Unit.uscc != wanted)
CODE_FREE = _about_code(
    "code_taken", "填写的代码在本届已由其他单位登记，请核对；如系对方误填，请先更正或释放对方的代码", _free
)
LOGIN_FREE = _about_code("login_taken", "填写的代码已是另一个登录账号的用户名，请联系系统管理员", _login_free)
CORRECTION = (IS_DOMESTIC, OTHER_CODE, CODE_FREE, LOGIN_FREE)


def _sentence(pattern: str, *filled: Any) -> ColumnElement[str]:
    """Fill a pattern's blanks with columns or values, in SQL."""
    first, *rest = pattern.split("{}")
    sentence: Any = literal(first)
    for value, text in zip(filled, rest, strict=True):
        sentence = sentence + value + literal(text)
    return cast("ColumnElement[str]", sentence)


def _noted(words: ColumnElement[str]) -> ColumnElement[str]:
    """Put words for the unit before the opinion that it may still have to read."""
    earlier = case((Unit.opinion.is_(None), literal("")), else_=literal("；") + Unit.opinion)
    return func.substr(words + earlier, 1, _LONGEST, type_=String)


def corrected(context: Context) -> dict[str, Any]:
    """What a correction writes on the unit; its licence has to be looked at against the new code."""
    wanted = context.answers.get("code")
    if wanted is None:
        return {}
    words = _sentence(CORRECTED, Unit.uscc, literal(wanted))
    return {
        "uscc": wanted, "former_uscc": Unit.uscc, "recognised": Recognition.NOT_TRIED, "edited_by_admin": True,
        "opinion": _noted(words),
    }  # fmt: skip


def quota_follows(context: Context) -> None:
    """The allotment follows the unit, presets stay with their codes."""
    for unit_id in sorted(context.session.scalars(context.rows)):
        quota.change_code(context.session, quota_codes.unit_of(context.session, unit_id), context.batch_id)


def login_follows(context: Context) -> None:
    """The unit's login is its code."""
    rows = select(BatchRow.before).where(BatchRow.batch_id == context.batch_id, BatchRow.refusal.is_(None))
    for old in context.session.scalars(rows).all():
        rename_login(context, old, context.answers["code"].lower(), active=None)


def rename_login(context: Context, old: str, new: str, *, active: bool | None) -> None:
    """Call the login of a unit by another name, and open or shut it; a unit without one has nothing to rename."""
    session = context.session
    mine = (Account.role == Role.unit, func.lower(Account.username) == old.lower())
    found = session.execute(select(Account.id, Account.ref, Account.username).where(*mine)).one_or_none()
    if found is None:
        return
    values: dict[str, Any] = {"username": new, "row_version": Account.row_version + 1}
    changes: dict[str, list[object]] = {"username": [found.username, new]}
    if active is not None:
        values["is_active"], changes["is_active"] = active, [not active, active]
    session.execute(update(Account).where(Account.id == found.id).values(values), execution_options=QUIET)
    trail.note(session, "account.edit", "account", found.id, found.ref, changes, context.said_to(), context.batch_id)


def tell_secretariat(context: Context) -> None:
    """Tell the province's desk which code a sub-delegation takes for the right one."""
    rows = select(Unit.id, Unit.province_id, Unit.uscc).where(Unit.id.in_(context.rows))
    for unit_id, province, old in context.session.execute(rows).all():
        words = WANTED.format(old, context.answers["code"])
        notices.tell(context.session, (province, province), words, "unit", unit_id, by=context.actor)


def released(_context: Context) -> dict[str, Any]:
    """What a release writes on the mistaken unit beside its state; the code itself goes after the tombstone is set."""
    return {"former_uscc": Unit.uscc, "opinion": _noted(_sentence(RELEASED, Unit.uscc))}


def free_code(context: Context) -> None:
    """Set a tombstone, take the persons out, give presets back to the code and the rest to the pool, free the code."""
    session = context.session
    releasing.hold_quota(context)
    releasing.bury_units(context)
    live = and_(Person.unit_id.in_(context.rows), Person.review_status.in_(LIVE))
    cascade(context, "person", "rejected_with_unit", live, {"reason": context.said_to()})
    units = [quota_codes.unit_of(session, unit_id) for unit_id in sorted(session.scalars(context.rows))]
    for unit in units:
        code = str(unit.uscc)
        quota.leave_code(session, unit, context.batch_id)
        quota.drop_share(session, [unit.id], context.batch_id)
        rename_login(context, code, f"{code.lower()}-{unit.ref.lower()}", active=False)
        told = {"uscc": [code, None]}
        trail.note(session, "unit.edit", "unit", unit.id, unit.ref, told, context.said_to(unit.id), context.batch_id)
    freed = update(Unit).where(Unit.id.in_([unit.id for unit in units])).values(uscc=None)
    session.execute(freed, execution_options=QUIET)
