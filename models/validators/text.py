"""The first step of every check: one spelling of a text, whatever keyboard, spreadsheet or web page it came from."""

import re
import unicodedata

LONGEST_TEXT = 1000  # NFKC sorts combining marks in quadratic time: 32,000 of them take a second, 1,000 a millisecond
LONGEST_CODE = 60

# Soft hyphen, zero-width, bidirectional and tag characters, and the controls that break workbooks and PostgreSQL.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_HYPHEN = re.compile("[\u2010-\u2015\u2043\u2212]")  # full-width hyphens are already "-" after NFKC
_HALF, _FULL = str.maketrans("（）", "()"), str.maketrans("()", "（）")
_SPACE_OR_HYPHEN = re.compile(r"[\s-]")


class Invalid(ValueError):
    """A refused value; ``message`` is one Chinese sentence saying what is wrong and how to mend it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def normalise(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return the text in NFKC, trimmed, without characters nobody can see.

    Raises Invalid for more than ``limit`` characters and for half characters (lone surrogates), which no database takes.
    """
    if len(text) > limit:
        raise Invalid(f"内容过长（{len(text)}字），请控制在{limit}字以内")
    if _SURROGATE.search(text):
        raise Invalid("含有无法识别的字符，请删除后重新输入")
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).strip()


def spellings(text: str) -> tuple[str, ...]:
    """Return how a text may stand in a stored name, whose brackets stay as the licence prints them: full-width or not."""
    half, full = text.translate(_HALF), text.translate(_FULL)
    return (half,) if half == full else (half, full)


def plain_hyphens(text: str) -> str:
    """Turn every dash and minus sign into the hyphen of the keyboard."""
    return _HYPHEN.sub("-", text)


def clean_code(text: str, limit: int = LONGEST_CODE) -> str:
    """Return a code as it is stored and compared: normalised, upper-case, without spaces and hyphens."""
    return _SPACE_OR_HYPHEN.sub("", plain_hyphens(normalise(text, limit))).upper()
