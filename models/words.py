"""Words that live with values: enumerations whose members carry their Chinese label and a tone."""

from enum import StrEnum
from typing import Self

from models.terms import english


class Labelled(StrEnum):
    """An enumeration stored by name (name == value), shown by ``label``; ``tone`` colours its badge.

    Tones: ``muted``, ``info``, ``warning``, ``success``, ``danger``. ``means`` says in one sentence what it is to be so,
    for the pages of help; it may be left out where the label says it all.
    """

    label: str
    tone: str
    means: str

    def __new__(cls, value: str, label: str, tone: str = "muted", means: str = "") -> Self:
        """Attach the people-facing words to the stored value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.tone = tone
        member.means = means
        return member

    @property
    def english(self) -> str:
        """The member's standard English term."""
        text = self.value if self.value.isupper() and len(self.value) <= 3 else self.value.lower()
        return english(self.label, text)
