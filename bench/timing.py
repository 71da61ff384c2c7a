"""Timing variants in turn, so that whatever else the machine does falls on all of them alike.

What runs in this process and its children alone is timed by its processor (``cpu``): other people's load does not
count, nor do waits for the disk. Where a database server takes part, the clock on the wall counts (``wall``).
"""

import gc
import time
from collections.abc import Callable, Sequence
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median

Clocked = Callable[[], float]
wall = time.perf_counter


def cpu() -> float:
    """Return the processor seconds of this process and of the children it has waited for."""
    used = (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def clock(work: Callable[[], object], now: Clocked = cpu) -> float:
    """Return the seconds a piece of work takes."""
    gc.collect()
    started = now()
    work()
    return now() - started


def interleaved(rounds: int, *variants: Clocked) -> list[float]:
    """Run the variants in turn, ``rounds`` times over, and return the median seconds of each."""
    seconds: list[list[float]] = [[] for _ in variants]
    for _ in range(rounds):
        for taken, variant in zip(seconds, variants, strict=True):
            taken.append(variant())
    return [median(taken) for taken in seconds]


def head(*columns: str) -> None:
    """Print the head of a Markdown table."""
    row(*columns)
    row(*("---" for _ in columns))


def row(*cells: object) -> None:
    """Print a row of a Markdown table."""
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def milliseconds(seconds: float) -> str:
    """Write a time with three figures."""
    return f"{seconds * 1000:,.2f} ms" if seconds < 0.1 else f"{seconds:,.2f} s"


def ratio(seconds: float, floor: float) -> str:
    """Write how many times the floor it is."""
    return f"{seconds / floor:.2f}×"


def text_of(cells: Sequence[object]) -> str:
    """Join what belongs in one cell."""
    return ", ".join(str(cell) for cell in cells)
