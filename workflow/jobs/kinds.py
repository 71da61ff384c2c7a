"""What a kind of job declares, what its function is given, and what stops it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from workflow.actors import Actor


class Refused(Exception):
    """The work cannot be done; ``sentence`` says why and what to do.

    ``keep``: what the session wrote so far stands; ``receipt`` names what is to be looked at instead.
    """

    def __init__(self, sentence: str, *, keep: bool = False, receipt: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.keep = keep
        self.receipt = receipt


class Cancelled(Exception):
    """The asker took the job back, and the function has stopped."""


@dataclass(frozen=True)
class Context:
    """What a job's function is given: a session in which the asker acts, what was asked, and the way to be heard.

    ``path`` is where a result may be written; ``report(done, total)`` tells how far it is; ``cancelled()`` whether the
    asker has taken the job back, as of the last report. ``conclude(sentence, alarm)`` says what the work has found.
    """

    session: Session
    actor: Actor
    ref: str
    lang: str
    asked: Mapping[str, Any]
    path: Path
    report: Callable[[int, int], None]
    cancelled: Callable[[], bool]
    conclude: Callable[[str, bool], None] = lambda _sentence, _alarm: None

    def create(self) -> BinaryIO:
        """Open the result for writing; nobody but the program's own account may read it."""
        return os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of job. One that ``writes`` is a single transaction: done with its row, or not at all; nobody stops it.

    One that only reads is run again after an interruption; it returns the name under which its file is sent. ``after``
    runs when the transaction is committed; ``page`` is the endpoint that shows what was carried out. A ``quiet`` one is the
    program's own business: its asker neither finds it in the list nor is told of its end.
    """

    name: str
    label: str
    run: Callable[[Context], str]
    writes: bool = False
    quiet: bool = False
    page: str = ""
    after: Callable[[Context], None] | None = None
