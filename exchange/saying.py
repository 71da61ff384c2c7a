"""Sentences that remember what they were made of, so that whoever shows them can say them in another language."""

from typing import Any, Self


class Said(str):
    """A sentence in Chinese with its message id and what was filled into it.

    Where a sentence is one half of a longer one, ``whole`` is the message of both halves and this its first; the second
    has no message of its own.
    """

    __slots__ = ("filled", "message")

    message: str
    filled: dict[str, str]

    def __new__(cls, message: str, **filled: object) -> Self:
        """Fill the message in."""
        words = {name: str(value) for name, value in filled.items()}
        return cls._made(message % words if words else message, message, words)

    @classmethod
    def halves(cls, first: str, second: str, whole: str) -> tuple[Self, Self]:
        """Return the halves of a message that somebody else has filled in."""
        return cls._made(first, whole, {}), cls._made(second, "", {})

    @classmethod
    def _made(cls, text: str, message: str, filled: dict[str, str]) -> Self:
        made = super().__new__(cls, text)
        made.message, made.filled = message, filled
        return made


def told(text: str) -> Any:
    """Return a sentence as JSON takes it: message and fillings, or the text where it remembers none."""
    return [text.message, text.filled] if isinstance(text, Said) else text
