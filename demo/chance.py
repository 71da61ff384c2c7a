"""Chance with a seed: the same seed makes the same rows, row by row, however many there are."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Generic, TypeVar

from models.kinds import ALPHABET

T = TypeVar("T")
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]


class Odds(Generic[T]):
    """Values and how often each comes, in any unit."""

    def __init__(self, odds: Mapping[T, float]) -> None:
        self.values = [value for value, weight in odds.items() if weight]
        self.sums = list(accumulate(weight for weight in odds.values() if weight))


class Chance(random.Random):
    """The generator all rows of one load draw from, in one order."""

    def draw(self, odds: Odds[T]) -> T:
        """Return one value by its odds."""
        return self.choices(odds.values, cum_weights=odds.sums)[0]

    def happens(self, probability: float) -> bool:
        """Tell whether something of this probability (0 to 1) happens."""
        return self.random() < probability

    def one(self, values: Sequence[T]) -> T:
        """Return one of equally likely values (as ``choice``, at a third of its cost)."""
        return values[int(self.random() * len(values))]

    def ref(self) -> str:
        """Return a reference number as ``models.kinds.new_ref`` does: ten characters, 50 bits."""
        bits = self.getrandbits(50)
        return "".join([_PAIRS[bits >> shift & 1023] for shift in (40, 30, 20, 10, 0)])

    def later(self, moment: datetime, end: datetime, share: float = 0.5) -> datetime:
        """Return a moment after ``moment``, within the first ``share`` of what is left until ``end``."""
        return moment + (end - moment) * (share * self.random())
