"""How days, moments, numbers and amounts are written for people: the one place that knows.

Chinese: 2026-11-25 18:05, 12500.5. English: 25 Nov 2026, 18:05, 12,500.5. Everybody reads the time of China.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(value: date, lang: str) -> str:
    """Write a day."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}" if lang == "en" else f"{value:%Y-%m-%d}"


def moment(value: datetime, lang: str, *, seconds: bool = False) -> str:
    """Write an aware moment to the minute, or to the second."""
    here = value.astimezone(SHANGHAI)
    clock = f"{here:%H:%M:%S}" if seconds else f"{here:%H:%M}"
    return f"{day(here, lang)}{', ' if lang == 'en' else ' '}{clock}"


def deadline(value: datetime, lang: str) -> str:
    """Write a moment before which something is due; a midnight is the end of the day before: 24:00 (notice: 24时)."""
    here = value.astimezone(SHANGHAI)
    if here.time() != time.min:
        return moment(value, lang)
    return f"{day(here - timedelta(days=1), lang)}{', ' if lang == 'en' else ' '}24:00"


def days_since(value: datetime) -> int:
    """Count the midnights in China since a moment."""
    return (datetime.now(SHANGHAI).date() - value.astimezone(SHANGHAI).date()).days


def respelt(text: str, lang: str) -> str:
    """Write a day or moment that is spelt the Chinese way in the reader's; what is neither stays as it is."""
    if lang != "en":
        return text
    try:
        found = datetime.fromisoformat(text.removesuffix(" 24:00"))
    except ValueError:
        return text
    if text.endswith(" 24:00"):
        return f"{day(found, lang)}, 24:00"
    return f"{day(found, lang)}, {found:%H:%M}" if len(text) > len("2026-11-25") else day(found, lang)


def number(value: Decimal | int, lang: str) -> str:
    """Write a number without idle zeros; English groups its thousands."""
    exact = f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
    whole, point, rest = exact.partition(".")
    return f"{int(whole):,}{point}{rest}" if lang == "en" and whole not in ("-0", "") else exact


def yuan(amount: int) -> str:
    """Write an amount of 分 as 元 with two places."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100:,}.{abs(amount) % 100:02d}"
