"""The search box: what was typed decides how it is looked for, so that a number is found by its blind index."""

import re
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_

from admin_views.sentences import spoken
from models import Base, keyring
from models.columns import Column, attribute, columns_of
from models.kinds import mask
from models.validators import Invalid, check_mobile, check_uscc, clean_code, normalise, spellings
from models.validators.identity import check_char_18

LONGEST = 100
_TAIL = re.compile(r"[0-9]{3}[0-9X]")
_CODE = re.compile(r"(?=.*[0-9])(?:[0-9A-Z]{10}|[0-9A-Z]{18})")
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
# An identity number, a paper's number or a mobile: anything of this shape stays out of the address (SECURITY D09).
_NUMBER = re.compile(r"[0-9]{17}[0-9X]|[A-Z]{0,3}\+?[0-9]{7,15}[A-Z]?")


@dataclass(frozen=True)
class Search:
    """What was typed, in its normal form."""

    text: str

    @property
    def code(self) -> str:
        """The text as a code is compared."""
        return clean_code(self.text) if len(self.text) <= 40 else ""

    @property
    def is_secret(self) -> bool:
        """Whether the text looks like somebody's number and must not be read in addresses and logs."""
        if not _NUMBER.fullmatch(self.code):
            return False
        if _EIGHTEEN.fullmatch(self.code) and check_char_18(self.code[:17]) == self.code[17]:
            return True  # one identity number in 31 would pass as somebody's USCC, too
        try:
            check_uscc(self.code)
        except Invalid:
            return True
        return False

    @property
    def shown(self) -> str:
        """What the box and the chips show."""
        return mask("identity", self.text) if self.is_secret else self.text

    def condition(self, model: type[Base]) -> ColumnElement[bool]:
        """Return the SQL condition: blind indexes for numbers, equality for codes, else words and codes."""
        columns = [column for column in columns_of(model).values() if column.searched]
        sealed = [column for column in columns if column.kind == "sealed"]
        words = [
            attribute(model, c.key).icontains(spelt, autoescape=True)
            for c in columns if c.searched is True for spelt in spellings(self.text)
        ]  # fmt: skip
        codes = [attribute(model, c.key) == self.code for c in columns if c.searched == "exact" and c.kind != "sealed"]
        if sealed and _TAIL.fullmatch(self.code):
            return or_(*(_tail(model, column, self.code) for column in sealed))
        if sealed and self.is_secret:
            return or_(*codes, *(_whole(model, column, self.code) for column in sealed))
        return or_(*codes) if codes and _CODE.fullmatch(self.code) else or_(*words, *codes)


def read(text: str) -> Search | None:
    """Return the search for what was typed, None for nothing; raise ValueError with a sentence."""
    try:
        text = normalise(text, LONGEST)
    except Invalid as error:
        raise ValueError(spoken(error.message)) from error
    return Search(text) if text else None


def searched(model: type[Base]) -> list[Column]:
    """Return the columns that the box looks into."""
    return [column for column in columns_of(model).values() if column.searched and not column.hidden]


def _whole(model: type[Base], column: Column, code: str) -> ColumnElement[bool]:
    if column.sensitivity == "mobile":
        with suppress(Invalid):  # what is no mobile number is found by no index
            code = check_mobile(code)
    index: ColumnElement[bool] = attribute(model, f"{column.key}_index") == keyring.current().index(code, column.key)
    return index


def _tail(model: type[Base], column: Column, code: str) -> ColumnElement[bool]:
    index = keyring.current().index(code, f"{column.key}.tail", keyring.TAIL_CHARS)
    found: ColumnElement[bool] = attribute(model, f"{column.key}_tail") == index
    return found
