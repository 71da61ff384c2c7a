"""The way back right after a move: for a few seconds every page offers to undo what was just done."""

import time
from typing import Any

from flask import session, url_for

from models import Batch
from workflow import engine
from workflow.actors import Actor

SECONDS = 10
_KEY = "undo"


def offer(actor: Actor, batch: Batch) -> None:
    """Remember a batch that was just done, when its account may take it back."""
    session.pop(_KEY, None)
    if batch.done and engine.undo_closed(actor, batch) is None:
        session[_KEY] = [batch.ref, batch.done, time.time()]


def withdraw() -> None:
    """Offer it no more."""
    session.pop(_KEY, None)


def context() -> dict[str, Any]:
    """Return what the layout says of it, nothing once the seconds are over; the receipt keeps its own button."""
    ref, done, at = session.get(_KEY) or ("", 0, 0.0)
    left = SECONDS - (time.time() - at)
    if not 0 < left <= SECONDS:
        return {"toast": None}
    return {"toast": {"done": done, "left": round(left * 1000), "undo_url": url_for("batches.undo", ref=ref)}}
