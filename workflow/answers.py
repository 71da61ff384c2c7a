"""What is filled in beside a move, checked and turned into what moves take and JSON can hold."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from models.columns import SHANGHAI
from models.kinds import now
from models.validators import Invalid
from workflow.moves import Ask, Move
from workflow.values import read_date, read_moment, read_money


class AnswersInvalid(Exception):
    """What was filled in beside the move is missing or wrong: field → sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(str(dict(errors)))
        self.errors = dict(errors)


def read_answers(move: Move, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Check and convert the answers a move asks for; raise AnswersInvalid with every error at once."""
    read: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for ask in move.asks:
        raw = answers.get(ask.name, ask.initial)
        text = raw.strip() if isinstance(raw, str) else raw
        if ask.kind == "bool":
            read[ask.name] = text in (True, "y", "on", "1", "true")
        elif not text:
            read[ask.name] = None
            if ask.required:
                errors[ask.name] = f"请填写“{ask.label}”"
        elif wrong := _wrong(ask, str(text)):
            errors[ask.name] = wrong
        else:
            read[ask.name] = _stored(ask, str(text))
    if errors:
        raise AnswersInvalid(errors)
    return read


def _stored(ask: Ask, text: str) -> int | str:
    read: Callable[[str], int | str] = ask.check or READ.get(ask.kind, str)
    return read(text)


def _amount(text: str) -> str:
    return f"{Decimal(read_money(text)).scaleb(-2):.2f}"


def _day(text: str) -> str:
    return read_date(text).isoformat()


def _moment(text: str) -> str:
    return f"{read_moment(text).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


READ: Mapping[str, Callable[[str], int | str]] = {"delegation": int, "money": _amount, "date": _day, "moment": _moment}


def moment_of(answer: str) -> datetime:
    """Return the moment that an answer spells."""
    return read_moment(answer)


def _wrong(ask: Ask, text: str) -> str:
    """Say what is wrong with an answer; no database takes NUL, and no node has a number of ten digits."""
    if "\0" in text:
        return f"“{ask.label}”含有无法保存的字符，请重新填写"
    if ask.kind in ("text", "code") and not ask.min_length <= len(text) <= ask.max_length:
        return f"“{ask.label}”须为 {ask.min_length} 至 {ask.max_length} 个字"
    if ask.kind == "choice" and text not in dict(ask.choices):
        return f"“{ask.label}”没有“{text}”这个选项"
    if ask.kind == "delegation" and not (text.isascii() and text.isdigit() and len(text) < 10):
        return f"请从列表中选择“{ask.label}”"
    return _unread(ask, text)


def _unread(ask: Ask, text: str) -> str:
    """Say why an answer means nothing."""
    try:
        _stored(ask, text)
    except Invalid as bad:
        return bad.message
    return _beyond(ask, read_moment(text)) if ask.kind == "moment" else ""


def _beyond(ask: Ask, moment: datetime) -> str:
    """Say that a moment lies behind or too far ahead."""
    if moment <= now():
        return f"“{ask.label}”须晚于现在，请填写北京时间，如 2024-10-20 18:00"
    if moment > now() + timedelta(days=ask.most_days):
        return f"“{ask.label}”最多为 {ask.most_days} 天之后，请改早"
    return ""
