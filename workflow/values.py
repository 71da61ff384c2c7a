"""What people type or a spreadsheet holds, turned into what a column stores (DOMAIN §5, §7).

One reader per kind of column; each raises ``Invalid`` with a Chinese sentence that says how to mend the value.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Numeric

from models.base import Base
from models.columns import SHANGHAI, Column, attribute
from models.countries import COUNTRIES
from models.validators import Invalid, check_mobile, normalise
from models.words import Labelled

EXCEL_DAY_ZERO = date(1899, 12, 30)
OLDEST, NEWEST = date(1900, 3, 1), date(2200, 1, 1)
LARGEST = 10**9
DIALLED_AT_HOME = {"HKG", "MAC", "TWN"}
YES, NO = {"1", "true", "on", "y", "yes", "是", "√"}, {"0", "false", "off", "n", "no", "否", "×"}

_DATE = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))"
    r"(?:[T ]*(\d{1,2})时(?:(\d{1,2})分)?|[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?"
)


def is_blank(raw: object) -> bool:
    """Whether nothing was given: None, or a text without a visible character."""
    return raw is None or (isinstance(raw, str) and not raw.strip())


def read_value(model: type[Base], column: Column, raw: Any, country: str = "CHN") -> Any:
    """Return the stored form of a given value, None for a blank; links are numbers and still to be looked up.

    ``country`` (ISO 3166-1 alpha-3) says how a mobile number without a dialling code is read.
    """
    if is_blank(raw):
        return False if column.kind == "bool" and not column.nullable else None
    if column.choices == "countries":
        return read_country(raw)
    if column.kind == "sealed" and column.sensitivity == "mobile":
        return _read_mobile(_text(raw), country)
    if column.kind == "number":
        return _read_number(attribute(model, column.key).type, raw)
    if column.kind in BY_COLUMN:
        return BY_COLUMN[column.kind](column, raw)
    return BY_KIND[column.kind](raw)


def _text(raw: Any) -> str:
    """Return what a spreadsheet's whole number says as text; a number beyond 15 digits has lost its last ones."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise Invalid("请填写文字")
    if not abs(raw) < 10**15:
        raise Invalid("单元格为数值格式，末位已丢失，请改为文本后重新填写")
    return str(int(raw)) if raw == int(raw) else str(raw)


def _read_mobile(text: str, country: str) -> str:
    """Read a number without a dialling code as the mainland's, else as the person's own country's."""
    try:
        return check_mobile(text)
    except Invalid:
        if country not in DIALLED_AT_HOME:
            raise
        return check_mobile(text, country)


def _read_text(column: Column, raw: Any) -> str | None:
    text = _text(raw)
    text = column.check(text) if column.check else normalise(text)
    if column.length and len(text) > column.length:
        raise Invalid(f"内容过长（{len(text)}字），请控制在{column.length}字以内")
    return text or None


def _read_enum(column: Column, raw: Any) -> Labelled:
    members = list(column.enum or ())
    text = normalise(_text(raw))
    found = next((member for member in members if text in (member.value, normalise(member.label))), None)
    if found is None:
        raise Invalid(f"“{text}”不在可选范围内，请从以下选择：{'、'.join(member.label for member in members)}")
    return found


def _read_bool(raw: Any) -> bool:
    text = str(raw).strip().lower()
    if text not in YES | NO:
        raise Invalid("请填写“是”或“否”")
    return text in YES


def read_date(raw: Any) -> date:
    """Read a date, a spreadsheet's serial number, or 1985-03-07, 1985/3/7, 1985.03.07, 19850307, 1985年3月7日."""
    if isinstance(raw, datetime):
        return raw.astimezone(SHANGHAI).date() if raw.tzinfo else raw.date()
    if isinstance(raw, date):
        return raw
    if isinstance(raw, int | float) and not isinstance(raw, bool) and 60 < raw < 110_000:
        return EXCEL_DAY_ZERO + timedelta(days=int(raw))
    text = normalise(_text(raw))
    found = _DATE.fullmatch(text)
    if found is None:
        raise Invalid(f"“{text}”不是可识别的日期，请填写如 1985-03-07")
    year, month, day = found[1], found[2] or found[4], found[3] or found[5]
    try:
        read = date(int(year), int(month), int(day))
    except ValueError as error:
        raise Invalid(f"日期“{text}”不存在，请核对月份和日期") from error
    if not OLDEST <= read < NEWEST:
        raise Invalid(f"日期“{text}”超出范围，请核对年份")
    return read


def read_moment(raw: Any) -> datetime:
    """Read a moment on Shanghai's clock; a date alone is its midnight, 24:00 (24时) the end of the day."""
    if isinstance(raw, datetime):
        return raw if raw.tzinfo else raw.replace(tzinfo=SHANGHAI)
    day = read_date(raw)
    found = _DATE.fullmatch(normalise(raw)) if isinstance(raw, str) else None
    clock = (found[6] or found[8], found[7] or found[9], found[10]) if found else (0, 0, 0)
    hours, minutes, seconds = (int(part or 0) for part in clock)
    if minutes > 59 or seconds > 59 or (hours, minutes, seconds) > (24, 0, 0):
        raise Invalid(f"时间“{raw}”不存在，请填写如 2024-10-20 18:00")
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    return midnight + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _number(raw: Any) -> Decimal:
    if isinstance(raw, bool):
        raise Invalid("请填写数字")
    text = normalise(str(raw)).replace(",", "").replace("，", "")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Invalid(f"“{text}”不是数字，请只填写数字，不带单位") from None
    if not value.is_finite():
        raise Invalid(f"“{text}”不是数字，请只填写数字，不带单位")
    if value < 0:
        raise Invalid("不能为负数")
    return value


def _places(value: Decimal, places: int) -> Decimal:
    """Refuse what would be rounded away; return the value with so many decimals."""
    if value != value.quantize(Decimal(1).scaleb(-places)):
        raise Invalid("请填写整数" if places == 0 else f"小数最多{places}位")
    return value.quantize(Decimal(1).scaleb(-places))


def _read_number(kind: object, raw: Any) -> int | Decimal:
    value = _number(raw)
    if isinstance(kind, Numeric):
        if value >= Decimal(10) ** ((kind.precision or 16) - (kind.scale or 0)):
            raise Invalid("数值过大，请核对单位")
        return _places(value, kind.scale or 0)
    if value > LARGEST:
        raise Invalid("数值过大，请核对")
    return int(_places(value, 0))


def read_money(raw: Any) -> int:
    """Read 元, return 分."""
    value = _number(raw)
    if value > LARGEST // 50:
        raise Invalid("金额过大，请核对单位（元）")
    return int(_places(value, 2) * 100)


def _read_link(raw: Any) -> int:
    text = str(raw).strip()
    if isinstance(raw, bool) or not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Invalid("请从列表中选择")
    return int(text)


def read_country(raw: Any) -> str:
    """Return a country's three letters (ISO 3166-1); its Chinese or English name is understood."""
    text = normalise(_text(raw))
    if text.upper() in COUNTRIES:
        return text.upper()
    found = next((code for code, names in COUNTRIES.items() if text in names), None)
    if found is None:
        raise Invalid(f"“{text}”不是国家（地区）名称或三位代码，请从列表中选择，如 中国、CHN")
    return found


BY_COLUMN: Mapping[str, Callable[[Column, Any], Any]] = {"text": _read_text, "code": _read_text, "enum": _read_enum}
BY_KIND: Mapping[str, Callable[[Any], Any]] = {
    "bool": _read_bool,
    "date": read_date,
    "moment": read_moment,
    "money": read_money,
    "link": _read_link,
    "sealed": _text,  # which check a paper's number must pass depends on the kind of paper: see the noun's rules
}
